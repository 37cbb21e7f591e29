package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/cmd/internal/config"
	"github.com/anteroom-video/anteroom/cmd/internal/control"
	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/receipt"
	"github.com/anteroom-video/anteroom/lobby/sqlstore"
	"github.com/anteroom-video/anteroom/signaling/client"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// alone is how long a room of these tests stays without a counsellor.
const alone = 2 * time.Second

// ending is a call that is about to be deleted: the counsellor, a client and an interpreter are in, another client waits.
type ending struct {
	t      *testing.T
	s      *site
	room   lobby.RoomID
	inside []*person
	waits  *person
}

// path is a way to the deletion of a room.
type path struct {
	// begin goes it, and says when the room's time is over. The receipt is of who asked for it; nil where nobody did.
	begin func(*ending) (due time.Time, asked *receipt.Signed)
	// asks: somebody asked for the deletion, and is to have the receipt. empty: nobody was there at the end.
	asks, empty bool
}

// signIn is the counsellor's page.
func (e *ending) signIn() *client.Account {
	e.t.Helper()
	account, err := client.SignIn(e.t.Context(), e.s.node.Origin(), name, password, client.Options{})
	must(e.t, err)
	return account
}

// fetch takes the receipt of a promise, as soon as it is there.
func (e *ending) fetch(promise string) (signed receipt.Signed) {
	e.t.Helper()
	eventually(e.t, forgotten, "the receipt is there", func() bool {
		status, body := ask(e.s, promise)
		if status == http.StatusOK {
			var err error
			signed, err = receipt.Parse(body)
			must(e.t, err)
		}
		return status == http.StatusOK
	})
	if status, _ := ask(e.s, promise); status != http.StatusNotFound {
		e.t.Errorf("asked again: %d", status)
	}
	return signed
}

// everybodyGoes closes the sockets of all, as lines that break do.
func (e *ending) everybodyGoes() {
	for _, p := range append(e.inside, e.waits) {
		p.end()
	}
}

// expires has the room's time end a little from now: the store is changed while no node has it.
func (e *ending) expires() (due time.Time) {
	e.t.Helper()
	e.s.stop()
	store, err := sqlstore.Open(e.t.Context(), sqlstore.Config{Dir: e.s.config.StateDir, KeyFile: e.s.config.StoreKey})
	must(e.t, err)
	due = time.Now().Add(3 * time.Second)
	must(e.t, store.Update(e.t.Context(), lobby.DefaultTenant, func(tx lobby.Tx) error {
		room, err := tx.Room(e.room)
		room.ExpiresAt, room.Begun = due, false // nobody was let in since its last day of use
		return errors.Join(err, tx.PutRoom(room))
	}))
	must(e.t, store.Close())
	e.s.start()
	return due
}

func paths() map[string]path {
	return map[string]path{
		"the counsellor ends": {begin: func(e *ending) (time.Time, *receipt.Signed) {
			now := time.Now()
			must(e.t, e.inside[0].End(e.inside[0].ctx()))
			return now, nil
		}},
		"portal": {asks: true, begin: func(e *ending) (time.Time, *receipt.Signed) {
			account, now := e.signIn(), time.Now()
			promise, err := account.EndRoom(e.t.Context(), string(e.room))
			must(e.t, err)
			signed := e.fetch(promise)
			return now, &signed
		}},
		"command line": {asks: true, begin: func(e *ending) (now time.Time, asked *receipt.Signed) {
			now = time.Now()
			e.s.control(func(c *control.Client) error {
				ended, err := c.EndRoom(e.t.Context(), e.room)
				asked = ended.Receipt
				return err
			})
			return now, asked
		}},
		"API": {asks: true, begin: func(e *ending) (time.Time, *receipt.Signed) {
			cookie := e.s.cookie()
			now := time.Now()
			var answer struct{ Receipt string }
			equal(e.t, "status", e.s.request("DELETE", "/rooms/"+string(e.room), cookie, nil, &answer), http.StatusOK)
			signed := e.fetch(answer.Receipt)
			return now, &signed
		}},
		"time without a counsellor": {begin: func(e *ending) (time.Time, *receipt.Signed) {
			now := time.Now()
			must(e.t, e.inside[0].Leave(e.inside[0].ctx()))
			return now.Add(alone), nil
		}},
		"restart": {empty: true, begin: func(e *ending) (time.Time, *receipt.Signed) {
			e.everybodyGoes()
			e.s.restart()
			return time.Now().Add(alone), nil
		}},
		"expiry": {empty: true, begin: func(e *ending) (time.Time, *receipt.Signed) {
			e.everybodyGoes()
			return e.expires(), nil
		}},
	}
}

// On every path to its end nothing of a room is in a file five seconds after its time, everybody who was in it has a receipt that says so, and so has
// whoever asked for the deletion; the node forgets them.
func TestDeletedOnEveryPath(t *testing.T) {
	t.Parallel()
	for way, path := range paths() {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "policies.yaml")
			must(t, os.WriteFile(file, fmt.Appendf(nil, "policies:\n  kurz:\n    base: %s\n    end_after: %v\n", lobby.DefaultPolicy, alone), 0o600))
			s := open(t, func(c *config.Config) { c.Policies = file })
			c := &canaries{of: map[string]string{}}
			a := s.inviteUnder("kurz", "Canary Mustermann", "interpreter:Canary Dolmetsch", "Canary Wartend")
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

			e := &ending{t, s, a.room, []*person{counsellor, anna, ivo}, waits}
			due, asked := path.begin(e)
			if way == "expiry" { // in the last seconds somebody knocks
				waits = join(t, a.links[2])
			}
			equal(t, "who asked has a receipt", asked != nil, path.asks)
			var receipts []receipt.Signed
			if asked != nil {
				receipts = append(receipts, *asked)
			}
			if !path.empty {
				told := e.inside
				if way == "time without a counsellor" {
					told = told[1:] // she was not there
				}
				for _, p := range told {
					promise := expect[*wire.Ended](p).Receipt
					equal(t, "the end", p.finished(), client.ErrEnded)
					receipts = append(receipts, e.fetch(promise))
				}
			}
			if !path.empty || way == "expiry" {
				equal(t, "the promise of who waited", expect[*wire.Ended](waits).Receipt, "")
			}
			eventually(t, time.Until(due)+forgotten, "nothing of the room is in a file", func() bool { return len(filesWith(t, s.config.StateDir, c)) == 0 })
			took := time.Since(due)
			t.Logf("deleted and proven %v after its time", took.Round(time.Millisecond))
			if took > forgotten {
				t.Errorf("it took %v", took)
			}
			s.holds(receipts)
			s.stop()
			// Neither the log nor a file knows that there was a receipt.
			for _, r := range receipts {
				c.add("pseudonym", r.Receipt.Pseudonym)
			}
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

// holds checks that receipts are genuine, also after a restart, and say that everything is deleted, and of how many people, and nothing else.
func (s *site) holds(receipts []receipt.Signed) {
	s.t.Helper()
	if len(receipts) == 0 {
		return
	}
	var key receipt.PublicKey
	get(s, "/.well-known/anteroom/receipt-key", &key)
	for _, r := range receipts {
		must(s.t, r.Verify(key))
		if !slices.Equal(slices.Collect(kinds(r)), receipt.Kinds()) || len(r.Receipt.Stays) != 0 {
			s.t.Errorf("deleted %+v, stays %+v", r.Receipt.Deleted, r.Receipt.Stays)
		}
		if p := r.Receipt.People; len(p) != 3 || p["client"] != 1 || p["interpreter"] != 1 || p["counsellor"] != 1 {
			s.t.Errorf("people: %v", p)
		}
		equal(s.t, "pseudonym", r.Receipt.Pseudonym, receipts[0].Receipt.Pseudonym)
	}
	s.restart()
	get(s, "/.well-known/anteroom/receipt-key", &key)
	must(s.t, receipts[0].Verify(key))
}

// A room in which no session is live is deleted without a receipt: there is nothing to say of anybody.
func TestDeletedWithoutASession(t *testing.T) {
	t.Parallel()
	s := open(t)
	account, err := client.SignIn(t.Context(), s.node.Origin(), name, password, client.Options{})
	must(t, err)
	promise, err := account.EndRoom(context.WithoutCancel(t.Context()), string(s.invite("Anna").room))
	must(t, err)
	equal(t, "the promise", promise, "")
	s.control(func(c *control.Client) error {
		ended, err := c.EndRoom(t.Context(), s.invite("Anna").room)
		equal(t, "a receipt", ended.Receipt == nil, true)
		return err
	})
}
