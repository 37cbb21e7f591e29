package e2e

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/anteroom-video/anteroom/cmd/internal/control"
	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/signaling/client"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// other is a PIN that is not this one.
func other(pin lobby.PIN) string {
	last := pin[lobby.PINDigits-1]
	return string(pin[:lobby.PINDigits-1]) + string('0'+(last-'0'+1)%10)
}

// A PIN told by telephone, from outside: five wrong ones and it is locked, over a restart too, until somebody who moderates lets the person try again; the
// command line can, and makes a new one, after which the old one is wrong.
func TestPIN(t *testing.T) {
	t.Parallel()
	s := open(t)
	a := s.inviteUnder("schutz", "Frau M.")
	who, pin := a.persons[1], a.persons[1].NewPIN
	anna := newPage(s, a.links[0], "127.0.0.1")
	equal(t, "without", anna.post("/links/join", "", "").Code, "pin_needed")
	equal(t, "four digits", anna.post("/links/pin", "pin", "1234").Code, "bad_request")
	state, err := client.CheckLink(t.Context(), a.links[0], client.Options{})
	must(t, err)
	equal(t, "the link says so", state.PIN, true)

	for left := lobby.PINTries - 1; left > 0; left-- {
		answer := anna.post("/links/pin", "pin", other(pin))
		equal(t, "wrong", answer, aboutLink{Code: "pin_wrong", Left: left})
		if left == 3 {
			s.restart()
		}
	}
	counsellor := join(t, a.counsellor, a.pinned(0))
	equal(t, "the fifth", anna.post("/links/pin", "pin", other(pin)).Code, "pin_locked")
	told := expect[*wire.LockedPINs](counsellor)
	equal(t, "whose", told.LockedPINs[0].Person+" "+told.LockedPINs[0].Label.Plain, string(who.ID)+" Frau M.")
	equal(t, "the right one", anna.post("/links/pin", "pin", string(pin)).Code, "pin_locked")

	_, err = counsellor.Request(counsellor.ctx(), &wire.UnlockPIN{Person: string(who.ID)})
	must(t, err)
	pass := anna.post("/links/pin", "pin", string(pin)).Pass
	equal(t, "unlocked", anna.post("/links/join", "pass", pass).Code, "")
	ben := newPage(s, a.links[0], "127.0.0.1")
	equal(t, "another device's pass", ben.post("/links/join", "pass", pass).Code, "pin_needed")

	// One right one gives all tries back, and the command line what else there is.
	for range lobby.PINTries {
		anna.post("/links/pin", "pin", other(pin))
	}
	expect(counsellor, func(l *wire.LockedPINs) bool { return len(l.LockedPINs) == 1 })
	of := control.RoomPerson{Room: a.room, Person: who.ID}
	s.control(func(c *control.Client) error {
		list, err := c.Persons(t.Context(), a.room)
		must(t, err)
		equal(t, "listed", list[1], control.Person{ID: who.ID, Role: lobby.RoleClient, Label: "Frau M.", PIN: "locked"})
		unlocked, err := c.UnlockPIN(t.Context(), of)
		equal(t, "unlocked", unlocked.PIN, "set")
		return err
	})
	expect(counsellor, func(l *wire.LockedPINs) bool { return len(l.LockedPINs) == 0 })
	old := anna.post("/links/join", "pass", pass).Ticket
	var renewed control.Person
	s.control(func(c *control.Client) (err error) {
		renewed, err = c.NewPIN(t.Context(), of)
		return err
	})
	equal(t, "what the old one gave", anna.post("/links/join", "pass", pass).Code, "pin_needed")
	_, refused := anna.signOn(wire.Hello{Ticket: old})
	equal(t, "a ticket by the old one", refused.(*wire.Error).Code, wire.CodeToken)
	if renewed.NewPIN != pin {
		equal(t, "the old one", anna.post("/links/pin", "pin", string(pin)).Code, "pin_wrong")
	}
	anna.pin = string(renewed.NewPIN)
	_, welcome := anna.signOn(wire.Hello{Ticket: anna.ticket()})
	equal(t, "with the new one", welcome.(*wire.Welcome).Phase, wire.PhaseWaiting)

	// Six digits would be found in any log by chance: what a log must not have are the words that could carry them.
	log := s.log.String()
	for _, digits := range []lobby.PIN{pin, renewed.NewPIN} {
		for _, written := range []string{`"` + string(digits) + `"`, "=" + string(digits), " " + string(digits)} {
			if strings.Contains(log, written) {
				t.Errorf("a PIN stands in the log, as %s", written)
			}
		}
	}
	for _, sign := range []string{"argon2id", "links/pin?", `"pin":`} {
		if strings.Contains(log, sign) {
			t.Errorf("the log has %s", sign)
		}
	}
	s.stop()
	must(t, filepath.WalkDir(s.config.StateDir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		if strings.Contains(string(content), "argon2id$v=19$m=8") && strings.Contains(string(content), string(who.ID)) && strings.Contains(string(content), `"hash"`) {
			t.Errorf("%s has a PIN's hash in clear", path)
		}
		return err
	}))
}

// Any number of tries at once are five.
func TestPINAtOnce(t *testing.T) {
	t.Parallel()
	s := open(t)
	a := s.inviteUnder("schutz", "Frau M.")
	wrong := other(a.persons[1].NewPIN)
	var mu sync.Mutex
	codes := map[string]int{}
	var all sync.WaitGroup
	for range 30 {
		all.Go(func() {
			answer := newPage(s, a.links[0], "127.0.0.1").post("/links/pin", "pin", wrong)
			mu.Lock()
			defer mu.Unlock()
			codes[answer.Code]++
		})
	}
	all.Wait()
	equal(t, "wrong ones that were looked at", codes["pin_wrong"], lobby.PINTries-1)
	equal(t, "locked", codes["pin_locked"], 30-lobby.PINTries+1)
	equal(t, "the right one", newPage(s, a.links[0], "127.0.0.1").post("/links/pin", "pin", string(a.persons[1].NewPIN)).Code, "pin_locked")
}
