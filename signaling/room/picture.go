package room

import (
	"bytes"
	"slices"

	"github.com/anteroom-video/anteroom/lobby"
)

// picture is what there is to be seen of the room. What people are told is the difference between two of them.
type picture struct {
	counsellor Presence
	reception  Presence // what those who wait are told of it
	room       Room
	rules      Rules
	pair       *pair
	exits      []Exit // never changed in place
	invited    []Invitee
	lockedPINs []Invitee // nor these
	seats      []seen    // in the order of the room
}

// seen is a seat as it was, with what depends on others.
type seen struct {
	seat
	flow        Flow
	standing    lobby.Standing
	otherDevice bool
	consent     Consent
}

func (s *State) picture() picture {
	p := picture{counsellor: s.counsellor(), reception: s.reception(), room: s.room(), rules: s.rules(), pair: s.d.Pair, exits: s.d.Exits, invited: s.expected(), lockedPINs: s.d.LockedPINs, seats: make([]seen, len(s.d.Seats))}
	open, here := s.open(), s.counsellorHere()
	for i, x := range s.d.Seats {
		p.seats[i] = seen{seat: *x, consent: s.d.consentOf(x), standing: s.standing(x)}
		if x.inside() {
			p.seats[i].flow = x.flow(open, here, s.d.Frozen)
		} else {
			p.seats[i].otherDevice = s.otherDevice(x)
		}
	}
	return p
}

// find gives a seat, which mostly stands where it stood in the other picture; nil when it is not there.
func (p *picture) find(id Participant, at int) *seen {
	if at < len(p.seats) && p.seats[at].ID == id {
		return &p.seats[at]
	}
	for i := range p.seats {
		if p.seats[i].ID == id {
			return &p.seats[i]
		}
	}
	return nil
}

// open reports whether those who do not moderate may be forwarded at all: not while the room is held, nor while no
// counsellor is here, unless the last one has left the room open, nor while it is frozen.
func (s *State) open() bool {
	return (s.counsellorHere() || s.d.OpenUntil != 0) && !s.d.Held && !s.d.Frozen
}

// everybody is the one group of a room that is not divided, and the main room of one that is. Who must not be forwarded to or from anybody is
// in none; while the room is held those who moderate are together, whatever group each is in.
const everybody = "room"

// flow is what may be forwarded of somebody inside: never what is switched off, and no screen that nobody is to see now.
// here: a counsellor is; open: and the room is neither held nor frozen.
func (x *seat) flow(open, here, frozen bool) Flow {
	f := Flow{Participant: x.ID, Audio: x.On.Audio, Video: x.On.Video, VideoReserved: x.On.VideoReserved, Entrusted: x.moderates(), Frozen: frozen}
	f.Within = groupName(x.Group)
	switch {
	case open:
		f.Group = f.Within
	case x.moderates() && !frozen:
		f.Group = everybody
	}
	if f.Group != "" {
		f.Screen = x.On.Screen && here
	}
	return f
}

// flows gives what changed for media: what must come before people are told, and what may only come after.
func (t *step) flows(after *picture) (first, last []Event) {
	renewed := func(id Participant) bool { return slices.Contains(t.renewed, id) }
	for i := range t.before.seats {
		if old := &t.before.seats[i]; old.inside() {
			if now := after.find(old.ID, i); now == nil || !now.inside() || renewed(old.ID) {
				first = append(first, Event{Body: Drop{old.ID}})
			}
		}
	}
	for i := range after.seats {
		now := &after.seats[i]
		if !now.inside() {
			continue
		}
		old := t.before.find(now.ID, i)
		switch {
		case old == nil, !old.inside(), renewed(now.ID):
			// Leave to have a media session must come before its client is told that he is in: he offers at once.
			first = append(first, Event{Body: now.flow})
		case old.flow == now.flow:
		case moves(old.flow, now.flow):
			// Out of everything first: while some have moved and others not yet, nobody is with whom he never was to be.
			away := now.flow
			away.Group, away.Within = "", ""
			first, last = append(first, Event{Body: away}), append(last, Event{Body: now.flow})
		case cuts(old.flow, now.flow):
			first = append(first, Event{Body: now.flow})
		case old.flow.Frozen && !now.flow.Frozen:
			// Pages tell each other keys as soon as they read that the room goes on: it must be so by then.
			thawed := old.flow
			thawed.Frozen = false
			first = append(first, Event{Body: thawed})
			if thawed != now.flow {
				last = append(last, Event{Body: now.flow})
			}
		default:
			last = append(last, Event{Body: now.flow})
		}
	}
	return first, last
}

func moves(old, now Flow) bool {
	return old.Within != now.Within || old.Group != "" && now.Group != "" && old.Group != now.Group
}

func cuts(old, now Flow) bool {
	return old.Group != "" && now.Group == "" || old.Audio && !now.Audio || old.Video && !now.Video || old.Screen && !now.Screen ||
		!old.VideoReserved && now.VideoReserved || !old.Frozen && now.Frozen || old.Entrusted && !now.Entrusted
}

// differences gives what changed for those who did not just get a whole view.
func (t *step) differences(after *picture) []Event {
	var events []Event
	send := func(b Body, to []Socket) {
		if len(to) > 0 {
			events = append(events, Event{to, b})
		}
	}
	who := func(sees func(*seat) bool) []Socket {
		return t.s.sockets(func(x *seat) bool { return sees(x) && !slices.Contains(t.whole, x.Socket) })
	}
	// Who is in another group than before is told of all its people at once.
	stays := func(x *seat) bool { return !t.grouped(x) }
	for i := range t.before.seats {
		old := &t.before.seats[i]
		now := after.find(old.ID, i)
		switch {
		case now != nil && now.place() == old.place():
			// He is in another group, or does not moderate any more.
			send(MemberGone{old.ID, ReasonGroup}, who(func(x *seat) bool { return x.inside() && stays(x) && x.sees(&old.seat) && !x.sees(&now.seat) }))
		case old.inside():
			send(MemberGone{old.ID, t.reason(old.ID, ReasonPutBack)}, who(func(x *seat) bool { return x.inside() && stays(x) && x.sees(&old.seat) }))
		case old.Shut: // nobody knew of him
		case now != nil && now.Shut:
			send(WaitingGone{old.ID, ReasonLeft}, who((*seat).moderator))
		default:
			send(WaitingGone{old.ID, t.reason(old.ID, ReasonAdmitted)}, who((*seat).moderator))
		}
	}
	for i := range after.seats {
		now := &after.seats[i]
		old := t.before.find(now.ID, i)
		switch {
		case old != nil && now.place() == old.place() && now.looksLike(old):
		case now.inside():
			member := t.s.d.member(&now.seat)
			send(MemberChanged{member}, who(func(x *seat) bool { return x.moderator() && stays(x) && x.ID != now.ID }))
			send(MemberChanged{member.public()}, who(func(x *seat) bool {
				return x.inside() && !x.moderates() && stays(x) && x.sees(&now.seat) && x.ID != now.ID
			}))
		case now.Shut:
		default:
			send(WaitingChanged{t.s.d.waiter(&now.seat, t.now, now.otherDevice)}, who((*seat).moderator))
		}
	}
	for _, x := range t.s.d.Seats {
		if t.grouped(x) {
			send(Grouped{x.Group, t.s.members(x)}, who(func(y *seat) bool { return y == x }))
		}
	}
	if after.room != t.before.room || after.rules != t.before.rules {
		room := after.room
		room.Rules = after.rules
		send(RoomChanged{room}, who((*seat).inside))
	}
	for _, shut := range []bool{false, true} {
		room := after.room.outside(shut)
		send(RoomChanged{room}, who(func(x *seat) bool {
			old := t.before.find(x.ID, 0)
			return !x.inside() && x.Shut == shut && old != nil && room != t.before.room.outside(old.Shut)
		}))
	}
	if !sameExits(after.exits, t.before.exits) {
		send(ExitsChanged{slices.Clone(after.exits)}, who((*seat).moderator))
	}
	if !sameInvitees(after.invited, t.before.invited) {
		send(InvitedChanged{slices.Clone(after.invited)}, who((*seat).moderator))
	}
	if !sameInvitees(after.lockedPINs, t.before.lockedPINs) {
		send(LockedPINsChanged{slices.Clone(after.lockedPINs)}, who((*seat).moderator))
	}
	if after.counsellor != t.before.counsellor {
		send(CounsellorChanged{after.counsellor}, who((*seat).inside))
	}
	if after.reception != t.before.reception {
		send(CounsellorChanged{after.reception}, who(func(x *seat) bool { return !x.inside() }))
	}
	for i := range after.seats {
		now := &after.seats[i]
		if old := t.before.find(now.ID, i); now.inside() && old != nil && now.Hand != old.Hand {
			send(OwnHand{now.Hand}, who(func(x *seat) bool { return x.ID == now.ID }))
		}
	}
	for i := range after.seats {
		now := &after.seats[i]
		old := t.before.find(now.ID, i)
		if old != nil && !now.inside() && !now.stay(now.consent).equal(old.stay(old.consent)) {
			send(StayChanged{now.stay(now.consent)}, who(func(x *seat) bool { return x.ID == now.ID }))
		}
		if old != nil && now.standing != old.standing {
			send(Standing{now.standing}, who(func(x *seat) bool { return x.ID == now.ID }))
		}
	}
	return events
}

// grouped reports whether somebody who was in before is in another group now.
func (t *step) grouped(x *seat) bool {
	old := t.before.find(x.ID, 0)
	return old != nil && old.inside() && x.inside() && old.Group != x.Group
}

// reason is why a seat was given up; moved when it was not.
func (t *step) reason(id Participant, moved Reason) Reason {
	if why, ok := t.gone[id]; ok {
		return why
	}
	return moved
}

// looksLike reports whether nobody sees a difference between the two, which are on the same side of the door.
func (x *seen) looksLike(o *seen) bool {
	if x.Role != o.Role || x.Person != o.Person || !x.Name.Equal(o.Name) || !x.Label.Equal(o.Label) ||
		!bytes.Equal(x.Identity, o.Identity) || !bytes.Equal(x.SealedLink, o.SealedLink) || x.consent != o.consent || x.Company != o.Company {
		return false
	}
	if x.inside() {
		return x.On == o.On && x.connection() == o.connection() && x.Hand == o.Hand && x.Promoted == o.Promoted && x.Group == o.Group
	}
	return x.waitState() == o.waitState() && x.otherDevice == o.otherDevice && x.Lang == o.Lang &&
		x.Platform == o.Platform && x.Media == o.Media && x.Forecast == o.Forecast && slices.EqualFunc(x.Notes, o.Notes, Note.equal)
}

// place is where a seat stands for those who moderate: inside, in the queue, or out of their sight.
func (x *seat) place() int {
	switch {
	case x.inside():
		return 0
	case x.Shut:
		return 1
	}
	return 2
}

// sockets gives the sockets of the seats that a message is for.
func (s *State) sockets(is func(*seat) bool) []Socket {
	var to []Socket
	for _, x := range s.d.Seats {
		if x.Socket != "" && is(x) {
			to = append(to, x.Socket)
		}
	}
	return to
}
