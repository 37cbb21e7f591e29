package room

import (
	"slices"

	"github.com/anteroom-video/anteroom/lobby"
)

// asks gives the seat of the socket that a command came by.
func (t *step) asks(by Socket) (*seat, error) {
	x := t.s.seatAt(by)
	if x == nil {
		return nil, ErrNotFound
	}
	return x, nil
}

// moderator gives the seat of the socket if it moderates and is itself inside.
func (t *step) moderator(by Socket) (*seat, error) {
	x, err := t.asks(by)
	if err != nil {
		return nil, err
	}
	if !x.moderator() {
		return nil, ErrNotAllowed
	}
	return x, nil
}

// target gives moderator and target of a command, and where the target's action leads to.
func (t *step) target(by Socket, id Participant, action lobby.Action) (m, x *seat, next lobby.State, err error) {
	if m, err = t.moderator(by); err != nil {
		return nil, nil, "", err
	}
	if x = t.s.seat(id); x == nil || x.Shut {
		return nil, nil, "", ErrNotFound
	}
	if next, err = lobby.Next(x.State, action); err != nil {
		return nil, nil, "", ErrWrongState
	}
	return m, x, next, nil
}

// admit is the door: exactly this seat comes in, by somebody who is in.
func (t *step) admit(c Admit) error {
	m, x, _, err := t.target(c.By, c.Participant, lobby.Admit)
	if err != nil {
		return err
	}
	if !t.s.hasRoom(x.Role, x.Person) {
		return ErrRoomFull
	}
	if t.s.d.consentOf(x) == ConsentOpen {
		return ErrConsentOpen
	}
	t.hear(m)
	p := t.s.d.Persons[x.Person]
	if other := (p.Bound != Device{} && p.Bound != x.Device); other {
		// The other device's token says admitted too. It must be worth nothing, also after a restart.
		t.raise(x.Person)
	}
	t.moveIn(x)
	t.enterMuted(x)
	if x.Socket == "" {
		// His line is lost at this moment. The seat is kept for him; of who moderates nothing is heard yet.
		x.State, x.GoneAt, x.Lost = lobby.Reconnecting, t.now, x.Role.Moderates()
		return nil
	}
	t.tellView(x, func(v View) Body { return Admitted{Generation: p.Generation, Standing: t.s.standing(x), View: v} })
	return nil
}

// moveIn brings a seat from outside to the end of those inside.
func (t *step) moveIn(x *seat) {
	x.State = lobby.Admitted
	x.Since, x.HeardAt, x.Lost, x.DeclinedAt, x.Claimed = t.now, t.now, false, 0, ""
	x.Notes, x.Group = nil, 0
	if p := t.s.d.Persons[x.Person]; p != nil {
		p.Group = 0
	}
	t.s.d.ColleagueComes = t.s.d.ColleagueComes && !x.Role.Moderates()
	t.last(x)
	t.cameIn(x)
}

// cameIn does what follows when a seat is inside: other devices of the person are closed, the admission is bound to this one.
func (t *step) cameIn(x *seat) {
	for _, other := range slices.Clone(t.s.d.Seats) {
		if other != x && x.Person != "" && other.Person == x.Person && other.inside() {
			t.unseat(other, ReasonReplaced)
			t.farewell(other, Replaced{}, ReasonReplaced)
		}
	}
	t.s.d.Attended.note(x, t.now)
	if x.Role.Moderates() {
		return
	}
	if !t.s.d.Begun {
		t.s.d.Begun = true
		t.durable = append(t.durable, Durable{Op: Begin})
	}
	p := t.s.d.Persons[x.Person]
	p.Bound, p.LeftAt, p.DeclinedAt = x.Device, 0, 0
}

func (t *step) decline(c Decline) error {
	m, x, next, err := t.target(c.By, c.Participant, lobby.Decline)
	if err != nil {
		return err
	}
	t.hear(m)
	x.State, x.DeclinedAt = next, t.now
	t.s.d.Persons[x.Person].DeclinedAt = t.now
	t.tell(x.Socket, Declined{})
	return nil
}

func (t *step) foresee(c Foresee) error {
	x, err := t.asks(c.By)
	if err != nil {
		return err
	}
	if x.inside() {
		return ErrWrongState
	}
	x.Forecast = c.Outlook
	return nil
}

func (t *step) knock(c Knock) error {
	x, err := t.asks(c.By)
	if err != nil {
		return err
	}
	next, err := lobby.Next(x.State, lobby.Knock)
	if err != nil {
		return ErrWrongState
	}
	if t.now < x.DeclinedAt+KnockAgainAfter.Milliseconds() {
		return ErrTooFast
	}
	x.State, x.Since, x.Shut = next, t.now, t.s.shuts(x.Role)
	t.last(x)
	return nil
}

func (t *step) putBack(c PutBack) error {
	m, x, next, err := t.target(c.By, c.Participant, lobby.PutBack)
	if err != nil {
		return err
	}
	if x.Role.Moderates() || t.s.d.spares(m, x) {
		return ErrNotAllowed // who moderates by his role would take his seat again by arriving
	}
	t.hear(m)
	t.raise(x.Person)
	x.State, x.Since, x.On.Screen, x.Hand, x.Promoted, x.Group = next, t.now, false, 0, false, 0
	if x.Socket == "" {
		x.GoneAt = t.now
	}
	t.last(x)
	generation := t.s.d.Persons[x.Person].Generation
	t.tellView(x, func(v View) Body { return SentBack{Generation: generation, Standing: t.s.standing(x), View: v} })
	return nil
}

func (t *step) remove(c Remove) error {
	m, x, _, err := t.target(c.By, c.Participant, lobby.Remove)
	if err != nil {
		return err
	}
	// Who moderates can be removed by a counsellor alone, and only where there is a link to revoke.
	if x.Person == "" || x.Role == lobby.RoleCounsellor || x.Role.Moderates() && m.Role != lobby.RoleCounsellor || t.s.d.spares(m, x) {
		return ErrNotAllowed
	}
	t.hear(m)
	t.removeAll(x.Person)
	t.durable = append(t.durable, Durable{Op: Revoke, Person: x.Person})
	return nil
}

// removePerson does in the room what was done outside it.
func (t *step) removePerson(c RemovePerson) error {
	t.know(Arrive{Person: c.Person})
	t.removeAll(c.Person)
	return nil
}

// removeAll ends the person in this session, on all devices.
func (t *step) removeAll(id lobby.PersonID) {
	t.clear(id, Removed{}, ReasonRemoved)
	t.unexit(id)
	t.unlockedPIN(id)
	p := t.s.d.Persons[id]
	*p = invitee{Generation: p.Generation, Removed: true}
}

// replaceLink does in the room what was done outside it.
func (t *step) replaceLink(c ReplaceLink) error {
	t.know(Arrive{Person: c.Person})
	p := t.s.d.Persons[c.Person]
	if p.Removed {
		return nil
	}
	t.clear(c.Person, Replaced{}, ReasonReplaced)
	*p = invitee{Generation: max(p.Generation, c.Generation-1), VideoReserved: p.VideoReserved}
	if p.Generation++; p.Generation > c.Generation {
		// This room had raised further than the store knew, so tokens of the store's generation are about.
		t.durable = append(t.durable, Durable{Op: Raise, Person: c.Person, Generation: p.Generation})
	}
	p.Link = p.Generation
	return nil
}

// clear takes all seats of a person, with the last word to each.
func (t *step) clear(id lobby.PersonID, last Body, why Reason) {
	for _, x := range slices.Clone(t.s.d.Seats) {
		if x.Person == id {
			t.unseat(x, why)
			t.farewell(x, last, why)
		}
	}
}

// raise makes every token of the person's admissions until now worthless.
func (t *step) raise(id lobby.PersonID) {
	p := t.s.d.Persons[id]
	p.Generation++
	p.Bound, p.LeftAt, p.Group = Device{}, 0, 0
	t.durable = append(t.durable, Durable{Op: Raise, Person: id, Generation: p.Generation})
}

// unseat takes the seat out of the room.
func (t *step) unseat(x *seat, why Reason) {
	t.s.d.Seats = slices.DeleteFunc(t.s.d.Seats, func(y *seat) bool { return y == x })
	if t.gone == nil {
		t.gone = map[Participant]Reason{}
	}
	t.gone[x.ID] = why
}

// last puts the seat behind all others.
func (t *step) last(x *seat) {
	t.s.d.Seats = append(slices.DeleteFunc(t.s.d.Seats, func(y *seat) bool { return y == x }), x)
}
