package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/cmd/internal/control"
	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/receipt"
	"github.com/anteroom-video/anteroom/signaling/client"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// forgotten is how long anything of a room may last after its end.
const forgotten = 5 * time.Second

// get reads what the node publishes.
func get(s *site, path string, into any) {
	s.t.Helper()
	resp, err := s.admin.Get(s.node.Origin() + path)
	must(s.t, err)
	defer resp.Body.Close()
	equal(s.t, "status of "+path, resp.StatusCode, http.StatusOK)
	must(s.t, json.NewDecoder(resp.Body).Decode(into))
}

// ask asks for a receipt as a page does.
func ask(s *site, token string) (status int, body []byte) {
	s.t.Helper()
	resp, err := s.admin.Post(s.node.Origin()+"/api/v1/receipts", "application/json", strings.NewReader(fmt.Sprintf(`{"token":%q}`, token)))
	must(s.t, err)
	defer resp.Body.Close()
	body, err = io.ReadAll(resp.Body)
	must(s.t, err)
	return resp.StatusCode, body
}

// Ended from outside, a room is in no file five seconds later, and everybody who was in it has a receipt that says so, which the node forgets.
func TestEndedFromOutside(t *testing.T) {
	t.Parallel()
	for way, end := range map[string]func(*testing.T, *site, lobby.RoomID){
		"command line": func(t *testing.T, s *site, room lobby.RoomID) {
			s.control(func(c *control.Client) error { _, err := c.EndRoom(t.Context(), room); return err })
		},
		"API": func(t *testing.T, s *site, room lobby.RoomID) {
			account, err := client.SignIn(t.Context(), s.node.Origin(), name, password, client.Options{})
			must(t, err)
			_, err = account.EndRoom(t.Context(), string(room))
			must(t, err)
		},
	} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			c := &canaries{of: map[string]string{}}
			a := s.invite("Canary Mustermann", "interpreter:Canary Dolmetsch", "Canary Wartend")
			for _, canary := range []string{"Canary Mustermann", "Canary Dolmetsch", "Canary Wartend", "Termin", string(a.room)} {
				c.add(canary, canary)
			}
			for i, link := range append(a.links, a.counsellor) {
				c.addLink(t, fmt.Sprint("link ", i), link)
			}
			counsellor, anna, ivo, waits := join(t, a.counsellor), join(t, a.links[0]), join(t, a.links[1]), join(t, a.links[2])
			counsellor.admits(anna)
			counsellor.admits(ivo)
			meet(counsellor, anna, ivo)
			if len(filesWith(t, s.config.StateDir, c)) == 0 {
				t.Error("nothing of the room is found while it is kept")
			}

			began := time.Now()
			end(t, s, a.room)
			var receipts []receipt.Signed
			for _, p := range []*person{counsellor, anna, ivo} {
				promise := expect[*wire.Ended](p).Receipt
				equal(t, "the end", p.finished(), client.ErrEnded)
				var signed receipt.Signed
				eventually(t, forgotten, "the receipt is there", func() bool {
					status, body := ask(s, promise)
					if status != http.StatusOK {
						return false
					}
					if found := c.in(body); len(found) > 0 {
						t.Errorf("the receipt says %v", found)
					}
					read, err := receipt.Parse(body)
					must(t, err)
					signed = read
					return true
				})
				if status, _ := ask(s, promise); status != http.StatusNotFound {
					t.Errorf("asked again: %d", status)
				}
				receipts = append(receipts, signed)
			}
			equal(t, "the promise of who waited", expect[*wire.Ended](waits).Receipt, "")
			eventually(t, forgotten, "nothing of the room is in a file", func() bool { return len(filesWith(t, s.config.StateDir, c)) == 0 })
			if took := time.Since(began); took > forgotten {
				t.Errorf("it took %v", took)
			}
			var key receipt.PublicKey
			get(s, "/.well-known/anteroom/receipt-key", &key)
			for _, r := range receipts {
				must(t, r.Verify(key))
				if !slices.Equal(slices.Collect(kinds(r)), receipt.Kinds()) || len(r.Receipt.Stays) != 0 {
					t.Errorf("deleted %+v, stays %+v", r.Receipt.Deleted, r.Receipt.Stays)
				}
				if p := r.Receipt.People; len(p) != 3 || p["client"] != 1 || p["interpreter"] != 1 || p["counsellor"] != 1 {
					t.Errorf("people: %v", p)
				}
			}
			pseudonym := receipts[0].Receipt.Pseudonym
			s.restart()
			get(s, "/.well-known/anteroom/receipt-key", &key)
			must(t, receipts[0].Verify(key))
			s.stop()
			// Neither the log nor a file knows that there was a receipt.
			c.add("pseudonym", pseudonym)
			if found := filesWith(t, s.config.StateDir, c); len(found) > 0 {
				t.Errorf("after the node stopped: %v", found)
			}
			for line := range bytes.Lines([]byte(s.log.String())) {
				if found := c.in(line); len(found) > 0 {
					t.Errorf("in the log, %v: %s", found, line)
				}
			}
		})
	}
}

func kinds(r receipt.Signed) func(func(string) bool) {
	return func(yield func(string) bool) {
		for _, d := range r.Receipt.Deleted {
			if !yield(d.What) {
				return
			}
		}
	}
}

// In a sealed call an incident stops everything between everybody; afterwards everything passes again, under new keys.
func TestIncidentInACall(t *testing.T) {
	t.Parallel()
	s := open(t)
	counsellor, others, _ := counselled(s, 2)
	anna, ben := others[0], others[1]
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	noted, err := counsellor.Incident(ctx)
	must(t, err)
	if noted.Pseudonym == "" || noted.Policy != lobby.DefaultPolicy {
		t.Errorf("noted: %+v", noted)
	}
	nothing(counsellor, both, []*person{anna, ben}, func() {})
	nothing(anna, both, []*person{counsellor, ben}, func() {})
	must(t, counsellor.IncidentOver(ctx))
	meet(counsellor, anna, ben)
}
