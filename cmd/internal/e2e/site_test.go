package e2e

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/anteroom-video/anteroom/cmd/internal/config"
	"github.com/anteroom-video/anteroom/cmd/internal/control"
	"github.com/anteroom-video/anteroom/cmd/internal/node"
	"github.com/anteroom-video/anteroom/cmd/internal/obs"
	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/auth"
	"github.com/anteroom-video/anteroom/signaling/client/credential"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The one counsellor of every site.
const (
	name     = "ada"
	password = "correct horse battery staple"
)

// keys are derived once: it is dear on purpose.
var keys = sync.OnceValue(func() credential.PasswordKeys {
	return credential.FromPassword(string(lobby.DefaultTenant), name, password)
})

// site is one node on ports and in a folder of its own, with everything that it logs at its most talkative.
type site struct {
	t      testing.TB
	config config.Config
	log    journal
	node   *node.Node
	admin  *http.Client
	public []byte // the account's key
}

// open starts a node with an account.
func open(t testing.TB, change ...func(*config.Config)) *site {
	t.Helper()
	dir := t.TempDir()
	s := &site{t: t, config: config.Defaults(false), admin: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
	c := &s.config
	c.Listen, c.AdminListen, c.MediaPort = "127.0.0.1:0", "127.0.0.1:0", 0
	c.MediaIPs = []netip.Addr{netip.MustParseAddr("127.0.0.1")}
	c.StateDir, c.StoreKey = filepath.Join(dir, "state"), filepath.Join(dir, "key")
	for _, f := range change {
		f(c)
	}
	s.start()
	t.Cleanup(s.stop)
	account, err := credential.NewAccountKey(keys().Wrap)
	must(t, err)
	s.public = account.Public
	s.control(func(c *control.Client) error {
		_, err := c.AddCounsellor(t.Context(), control.Credentials{Name: name, DisplayName: "Beratung Mitte", Keys: &control.Keys{
			Auth: keys().Auth, PublicKey: account.Public, WrappedPrivateKey: account.Wrapped,
		}})
		return err
	})
	return s
}

// start starts the node where it was before.
func (s *site) start() {
	s.t.Helper()
	n, err := node.Start(s.t.Context(), s.config, node.Options{
		Version: "test", Logger: obs.NewLogger(&s.log, slog.LevelDebug, true), Auth: auth.Config{Cheap: true},
	})
	must(s.t, err)
	s.node = n
	s.config.Listen, s.config.MediaPort = strings.TrimPrefix(n.Addresses()[0], s.scheme()), n.MediaPort()
}

func (s *site) scheme() string {
	if s.config.TLS == config.TLSOff {
		return "http://"
	}
	return "https://"
}

func (s *site) stop() {
	s.t.Helper()
	if s.node == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := s.node.Close(ctx); err != nil {
		s.t.Errorf("stopping the node: %v", err)
	}
	s.node = nil
	if text := s.log.String(); strings.Contains(text, `"level":"ERROR"`) {
		s.t.Errorf("the node logged an error:\n%s", text)
	}
}

// restart stops the node and starts it on the same state folder.
func (s *site) restart() { s.t.Helper(); s.stop(); s.start() }

// control asks the node as the command line does.
func (s *site) control(f func(*control.Client) error) {
	s.t.Helper()
	c, err := control.Reach(s.t.Context(), control.Place{StateDir: s.config.StateDir, StoreKey: s.config.StoreKey, Logger: slog.New(slog.DiscardHandler)})
	must(s.t, err)
	defer c.Close()
	must(s.t, f(c))
}

// cookie signs the counsellor in and gives what the browser keeps of it.
func (s *site) cookie() *http.Cookie {
	s.t.Helper()
	auth := keys().Auth
	body, err := json.Marshal(map[string]string{"name": name, "auth": base64.RawURLEncoding.EncodeToString(auth[:])})
	must(s.t, err)
	resp, err := s.admin.Post(s.node.Origin()+"/api/v1/session", "application/json", bytes.NewReader(body))
	must(s.t, err)
	defer resp.Body.Close()
	if len(resp.Cookies()) != 1 {
		s.t.Fatalf("signing in: %s", resp.Status)
	}
	return resp.Cookies()[0]
}

// request asks the API as any program does, with a session or without, and reads what it answers.
func (s *site) request(method, path string, session *http.Cookie, body, into any) (status int) {
	s.t.Helper()
	raw, err := json.Marshal(body)
	must(s.t, err)
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.node.Origin()+"/api/v1"+path, bytes.NewReader(raw))
	must(s.t, err)
	r.Header.Set("Content-Type", "application/json")
	if session != nil {
		r.AddCookie(session)
	}
	resp, err := s.admin.Do(r)
	must(s.t, err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	must(s.t, err)
	if len(answer) > 0 && into != nil {
		must(s.t, json.Unmarshal(answer, into))
	}
	return resp.StatusCode
}

// appointment is a room with its links.
type appointment struct {
	room       lobby.RoomID
	counsellor string
	links      []string // of the others, in their order
}

// invite makes a room as the command line makes it: with clients, whose labels are plain, and others as ROLE:LABEL.
func (s *site) invite(persons ...string) appointment {
	s.t.Helper()
	return s.inviteUnder(lobby.DefaultPolicy, persons...)
}

func (s *site) inviteUnder(policy string, persons ...string) appointment {
	s.t.Helper()
	room := credential.NewRoomSecret()
	wrapped, err := room.Wrap(s.public)
	must(s.t, err)
	in := control.NewRoom{Counsellor: name, Title: "Termin", Kind: lobby.Once, Policy: policy, WrappedSecret: wrapped}
	var a appointment
	for i, invited := range append([]string{"counsellor:"}, persons...) {
		role, label, ok := strings.Cut(invited, ":")
		if !ok {
			role, label = string(lobby.RoleClient), invited
		}
		secret := credential.NewLinkSecret()
		in.Persons = append(in.Persons, control.NewPerson{Role: lobby.Role(role), Label: label, LinkHash: secret.AuthHash(), SealedLink: room.SealLink(secret)})
		if i == 0 {
			a.counsellor = secret.Link(s.node.Origin())
		} else {
			a.links = append(a.links, secret.Link(s.node.Origin()))
		}
	}
	s.control(func(c *control.Client) error {
		made, err := c.CreateRoom(s.t.Context(), in)
		a.room = made.ID
		return err
	})
	return a
}

// count is one of the node's counters, by its name in the metrics; with a label as name{reason="flow"}.
func (s *site) count(metric string) int {
	s.t.Helper()
	text := s.metrics()
	value, found := metricIn(text, metric)
	if !found && !strings.Contains(metric, "{") { // a label that was never counted is not there
		s.t.Fatalf("there is no metric %s", metric)
	}
	return value
}

func (s *site) metrics() string {
	s.t.Helper()
	resp, err := s.admin.Get(s.node.AdminURL() + "/metrics")
	must(s.t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	must(s.t, err)
	return string(body)
}

func metricIn(text, metric string) (value int, found bool) {
	for line := range strings.Lines(text) {
		if number, ok := strings.CutPrefix(line, metric+" "); ok {
			v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
			return int(v), err == nil
		}
	}
	return 0, false
}

// unheard is how many datagrams came to the media port, neither connectivity checks nor handshakes, that were no authentic media
// packets: those of strangers and of connections that are no more, and control packets.
func (s *site) unheard() int {
	s.t.Helper()
	text := s.metrics()
	datagrams, _ := metricIn(text, "anteroom_media_datagrams_total")
	packets, _ := metricIn(text, "anteroom_media_packets_in_total")
	return datagrams - packets
}

// journal is what a node logs.
type journal struct {
	mu   sync.Mutex // guards the following
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// eventually waits until something is so. It asks often: what it waits for has no event that could be waited for.
func eventually(t testing.TB, within time.Duration, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(within); !is(); {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("not within %v: %s", within, what)
		}
	}
}

func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func label(i int) string { return fmt.Sprintf("Frau %c.", 'A'+i) }
