package api

import (
	"context"
	"errors"
	"sync"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/token"
)

// passLink takes the PIN of a link's person and gives the device a pass. It is asked before anything else is answered, long before somebody
// knocks, so it gives no ticket, which would have run out by then. What is right and what is wrong takes as long.
func (a *API) passLink(c *call) (any, error) {
	var in struct {
		shown
		Device string    `json:"device"`
		PIN    lobby.PIN `json:"pin"`
	}
	if err := c.body(&in); err != nil {
		return nil, err
	}
	device, err := token.ParseDevice(in.Device)
	if err != nil {
		return nil, err
	}
	access, err := a.link(c, in.shown)
	if err != nil {
		return nil, err
	}
	done, err := a.pins.take(c.ctx(), access.Person.ID)
	if err != nil {
		return nil, err
	}
	defer done()
	access.Person, err = a.Lobby.TryPIN(c.ctx(), access, in.PIN)
	if wrong, ok := errors.AsType[*lobby.PINError](err); ok && wrong.Left == 0 {
		a.notePIN(c, access.Person)
	}
	if err != nil {
		return nil, err
	}
	pass, err := a.Tokens.IssuePass(a.passOf(access, device))
	return map[string]string{"pass": pass}, err
}

// turns has one PIN of each person looked at at a time. Each costs a slow hash, and of those few run at once for everybody: whoever has a link and
// sends its PIN again and again must not keep others from theirs, or counsellors from signing in.
type turns struct {
	mu   sync.Mutex // guards the following
	here map[lobby.PersonID]*turn
}

type turn struct {
	users int           // who has it, and who waits
	free  chan struct{} // has a token while nobody has it
}

// maxTurns is how many of one person may wait, with the one whose turn it is.
const maxTurns = 32

func newTurns() *turns { return &turns{here: map[lobby.PersonID]*turn{}} }

// take waits for the person's turn; done gives it to the next.
func (t *turns) take(ctx context.Context, id lobby.PersonID) (done func(), err error) {
	t.mu.Lock()
	mine := t.here[id]
	if mine == nil {
		mine = &turn{free: make(chan struct{}, 1)}
		mine.free <- struct{}{}
		t.here[id] = mine
	}
	full := mine.users >= maxTurns
	if !full {
		mine.users++
	}
	t.mu.Unlock()
	if full {
		return nil, errTooFast
	}
	leave := func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if mine.users--; mine.users == 0 {
			delete(t.here, id)
		}
	}
	select {
	case <-mine.free:
		return func() { mine.free <- struct{}{}; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, ctx.Err()
	}
}

// passOf is the pass that somebody who has this access needs now.
func (a *API) passOf(access lobby.Access, device token.Device) token.Pass {
	return token.Pass{
		Tenant: a.Tenant, Room: access.Room.ID, Session: access.Room.Session, Person: access.Person.ID, Role: access.Role, Device: device,
		PIN: access.Person.PIN.Serial,
	}
}

// newPIN is answered with the digits, once.
func (a *API) newPIN(c *call) (any, error) {
	made, err := a.Lobby.NewPIN(c.ctx(), a.Tenant, c.account.ID, c.room(), c.person())
	if err != nil {
		return nil, a.final(err)
	}
	a.notePIN(c, made.Person)
	return viewInvited(made, a.Live.Room(c.room())), nil
}

func (a *API) unlockPIN(c *call) (any, error) {
	person, err := a.Lobby.UnlockPersonPIN(c.ctx(), a.Tenant, c.account.ID, c.room(), c.person())
	if err != nil {
		return nil, err
	}
	a.notePIN(c, person)
	return viewPerson(person, a.Live.Room(c.room())), nil
}

// notePIN tells the live room. What it is not told now it learns when the next who moderates comes in.
func (a *API) notePIN(c *call, p lobby.Person) {
	if err := a.Live.NotePIN(c.ctx(), p); err != nil {
		a.Logger.Warn("a live room was not told of a PIN", "room", p.Room, "err", err)
	}
}
