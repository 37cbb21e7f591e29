package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/anteroom-video/anteroom/lobby/receipt"
	"github.com/anteroom-video/anteroom/signaling/client"
	"github.com/anteroom-video/anteroom/signaling/client/credential"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// canaries are texts and bytes of a room that must be found nowhere, by what they are.
type canaries struct {
	mu sync.Mutex // guards the following
	of map[string]string
}

func (c *canaries) add(what, value string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(value) >= 5 {
		c.of[value] = what
	}
}

// addSecret adds bytes as they are and in the ways in which they are written.
func (c *canaries) addSecret(what string, secret []byte) {
	c.add(what, string(secret))
	c.add(what+" in hex", hex.EncodeToString(secret))
	c.add(what+" in base64", base64.RawStdEncoding.EncodeToString(secret))
	c.add(what+" in base64url", base64.RawURLEncoding.EncodeToString(secret))
}

// addLink adds everything that can be derived from a link.
func (c *canaries) addLink(t *testing.T, what, link string) {
	t.Helper()
	_, secret, err := credential.ParseLink(link)
	must(t, err)
	auth, hash := secret.Auth(), secret.AuthHash()
	code := secret.Code()
	typed, typedHash := code.Auth(), code.AuthHash()
	for name, value := range map[string][]byte{"secret": secret[:], "auth": auth[:], "hash": hash[:], "code's auth": typed[:], "code's hash": typedHash[:]} {
		c.addSecret(what+"'s "+name, value)
	}
	c.add(what+"'s code", code.Show())
	c.add(what+"'s code, as typed", string(code[:]))
}

// in says which canaries are in a text.
func (c *canaries) in(text []byte) (found []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for value, what := range c.of {
		if bytes.Contains(text, []byte(value)) {
			found = append(found, what)
		}
	}
	return found
}

// listen adds tickets and resume tokens, which the server makes.
func (c *canaries) listen(o *client.Options) {
	o.HTTP = &http.Client{Transport: tickets{c, &http.Transport{DisableKeepAlives: true}}}
}

type tickets struct {
	canaries *canaries
	next     http.RoundTripper
}

var ticketIn = regexp.MustCompile(`"ticket":"([^"]+)"`)

func (x tickets) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := x.next.RoundTrip(r)
	if err != nil || !strings.HasPrefix(r.URL.Path, "/api/") {
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(body))
	for _, ticket := range ticketIn.FindAllSubmatch(body, -1) {
		x.canaries.addToken("ticket", string(ticket[1]))
	}
	return resp, err
}

// addToken adds a token and its parts.
func (c *canaries) addToken(what, token string) {
	c.add(what, token)
	parts := strings.Split(token, ".")
	c.add(what+"'s claims", parts[1])
	c.add(what+"'s signature", parts[2])
}

// What is known of a room's people stands in no line of the log, however talkative, and after the end in no file.
func TestNoTraces(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := &canaries{of: map[string]string{}}
	s.codes = true
	labels := []string{"Canary Mustermann", "co-counsellor:Canary Kollegin", "Canary Declined", "Canary Removed", "Canary Waiting", "Canary Exit", "Canary Withdrawn"}
	a := s.invite(labels...)
	for _, l := range labels {
		c.add("label", l[strings.Index(l, ":")+1:])
	}
	c.add("title", "Termin")
	c.add("display name", "Beratung Mitte")
	c.add("address", "127.0.0.1")
	c.add("room", string(a.room))
	for i, link := range append(a.links, a.counsellor) {
		c.addLink(t, fmt.Sprint("link ", i), link)
	}
	before := filesWith(t, s.config.StateDir, c)
	t.Logf("while it is kept: %v", before)
	if len(before) == 0 {
		t.Error("nothing of the room is found while it is kept: the search would find nothing afterwards either")
	}

	quiet := func(o *client.Options) { c.listen(o) }
	counsellor, anna, colleague := join(t, a.counsellor, quiet), join(t, a.links[0], quiet), join(t, a.links[1], quiet)
	declined, removed := join(t, a.links[2], quiet), join(t, a.links[3], quiet)
	waits, goes, withdraws := join(t, a.links[4], quiet), join(t, a.links[5], quiet), join(t, a.links[6], quiet)
	everybody := []*person{counsellor, anna, colleague, declined, removed, waits, goes, withdraws}
	counsellor.admits(anna)
	counsellor.admits(removed)
	must(t, counsellor.Decline(counsellor.ctx(), declined.Participant()))
	meet(counsellor, anna, colleague)
	must(t, counsellor.PutBack(counsellor.ctx(), anna.Participant()))
	counsellor.admits(anna)
	anna.DropSocket()
	expect[client.Reconnected](anna)
	must(t, counsellor.Remove(counsellor.ctx(), removed.Participant()))
	// Refusals are logged too, if anything is.
	_ = anna.End(anna.ctx())
	_ = anna.SendRaw(t.Context(), []byte(`{"type":"Canary Mustermann"}`))
	_, _ = client.Join(t.Context(), a.links[3], client.Options{})
	_, _ = anna.Request(t.Context(), &wire.Offer{Generation: 1, SDP: "v=0\r\no=Canary Mustermann\r\n", Lines: wire.List[wire.Line]{{Mid: "0", Use: wire.UseMicrophone}}})
	say(t, c.everything(cast{counsellor, colleague, anna, waits, goes, withdraws}))
	meet(counsellor, anna, colleague)
	// By a code as by its link, and by one that is wrong.
	for _, code := range []string{typedCode(t, a.links[0]), typedCode(t, a.links[6])} {
		resp, err := s.admin.Post(s.node.Origin()+"/api/v1/links/check", "application/json", strings.NewReader(`{"code":"`+code+`"}`))
		must(t, err)
		resp.Body.Close()
	}
	for _, p := range everybody {
		c.add("participant", p.Participant())
		p.mu.Lock()
		for _, e := range p.events {
			switch e := e.(type) {
			case *wire.Welcome:
				c.addToken("resume token", e.Resume)
			case *wire.Admitted:
				c.addToken("resume token", e.Resume)
			case *wire.WasPutBack:
				c.addToken("resume token", e.Resume)
			case *wire.Member:
				c.add("person", e.Person)
			case *wire.Waiting:
				c.add("person", e.Person)
			}
		}
		p.mu.Unlock()
	}
	if len(c.of) < 150 {
		t.Errorf("only %d canaries", len(c.of))
	}

	must(t, counsellor.End(counsellor.ctx()))
	for _, p := range []*person{counsellor, anna, colleague, declined, waits} {
		if err := p.finished(); err != client.ErrEnded {
			t.Errorf("ended: %v", err)
		}
	}
	// The receipt is for who was in, and nothing of it stays here.
	for _, p := range []*person{counsellor, anna, colleague} {
		promise := expect[*wire.Ended](p).Receipt
		c.add("receipt's token", promise)
		var signed receipt.Signed
		eventually(t, forgotten, "the receipt is there", func() bool {
			status, body := ask(s, promise)
			return status == http.StatusOK && json.Unmarshal(body, &signed) == nil
		})
		c.add("receipt's pseudonym", signed.Receipt.Pseudonym)
		c.add("receipt's signature", signed.Signature)
	}
	delete(c.of, "Beratung Mitte") // the account stays
	eventually(t, patience, "nothing of the room is in a file", func() bool { return len(filesWith(t, s.config.StateDir, c)) == 0 })
	s.stop()
	if found := filesWith(t, s.config.StateDir, c); len(found) > 0 {
		t.Errorf("after the node stopped: %v", found)
	}

	c.add("display name", "Beratung Mitte")
	log := s.log.String()
	for _, line := range []string{`"msg":"signed on"`, `"msg":"socket closed"`, `"level":"DEBUG"`} {
		if !strings.Contains(log, line) {
			t.Errorf("the log has no %s: it is not the talkative one", line)
		}
	}
	for line := range strings.Lines(log) {
		if found := c.in([]byte(line)); len(found) > 0 {
			t.Errorf("in the log, %v: %s", found, line)
		}
	}
}

// filesWith says which canaries are in which files below a folder.
func filesWith(t *testing.T, dir string, c *canaries) (found []string) {
	t.Helper()
	files := 0
	must(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		for _, what := range c.in(content) {
			found = append(found, what+" in "+filepath.Base(path))
		}
		return nil
	}))
	if files == 0 {
		t.Error("the state folder is empty")
	}
	return found
}
