package room

import (
	"cmp"
	"slices"

	"github.com/anteroom-video/anteroom/lobby"
)

// view gives what the participant of a seat may see at the time now.
func (s *State) view(x *seat, now int64) View {
	v := View{Counsellor: s.counsellor(), Room: s.room()}
	if !x.inside() {
		own := x.stay(s.d.consentOf(x))
		v.Counsellor, v.Stay = s.reception(), &own
		v.Room = v.Room.outside(x.Shut)
		return v
	}
	v.Self, v.Room.Rules = x.own(), s.rules()
	v.Self.ConsentAsked = s.d.consentOf(x) != ConsentNone
	if x.moderates() {
		v.Exits, v.Invited = slices.Clone(s.d.Exits), s.expected()
		v.LockedPINs = slices.Clone(s.d.LockedPINs)
	}
	v.Members = s.members(x)
	for _, y := range s.d.Seats {
		switch {
		case y.inside():
		case x.moderates() && !y.Shut:
			v.Waiting = append(v.Waiting, s.d.waiter(y, now, s.otherDevice(y)))
		}
	}
	return v
}

// members gives the others of whom this seat, which is inside, is told.
func (s *State) members(x *seat) (all []Member) {
	for _, y := range s.d.Seats {
		switch {
		case y == x || !y.inside() || !x.sees(y):
		case x.moderates():
			all = append(all, s.d.member(y))
		default:
			all = append(all, s.d.member(y).public())
		}
	}
	return all
}

func (s *State) counsellor() Presence {
	switch {
	case s.counsellorHere():
		return Here
	case s.d.Seen:
		return Away
	}
	return Absent
}

// room gives what also those who wait may know of the room.
func (s *State) room() Room {
	r := Room{Held: s.d.Held || s.d.Frozen, Frozen: s.d.Frozen, Paused: s.d.Paused, Locked: s.d.Locked, SoundOnly: s.d.Config.SoundOnly, Names: s.d.Config.Names}
	if at, ok := s.endsAt(); ok {
		r.EndsAt = at
	}
	return r
}

func (x *seat) phase() Phase {
	switch {
	case x.inside():
		return In
	case x.State == lobby.Declined:
		return Outside
	}
	return Waiting
}

// outside is the room as somebody outside sees it.
func (r Room) outside(shut bool) Room {
	r.Locked, r.Frozen = shut, false
	return r
}

// own is the seat as its person sees it.
func (x *seat) own() *Own {
	return &Own{Switches: x.On, EnteredMuted: x.EnteredMuted, Hand: x.Hand, Promoted: x.Promoted, Group: x.Group}
}

// member is the seat as those who moderate see it.
func (d *data) member(x *seat) Member {
	return Member{
		Participant: x.ID, Role: x.Role, Name: x.Name, Switches: x.On, Connection: x.connection(), Hand: x.Hand, Group: x.Group, Promoted: x.Promoted, Identity: slices.Clone(x.Identity),
		Details: &Details{MayPromote: d.lends(x), Person: x.Person, Label: x.Label, SealedLink: slices.Clone(x.SealedLink), Consent: d.consentOf(x), Company: x.Company},
	}
}

// public is the member as everybody sees it. That a camera is on for others than them is not for them to know.
func (m Member) public() Member {
	m.Details = nil
	m.Video, m.VideoReserved = m.Video && !m.VideoReserved, false
	return m
}

func (x *seat) connection() Connection {
	if x.Socket == "" || x.Lost {
		return Reconnecting
	}
	return cmp.Or(x.Claimed, OK)
}

func (d *data) waiter(x *seat, now int64, otherDevice bool) Waiter {
	return Waiter{
		Participant: x.ID, Person: x.Person, Role: x.Role, Label: x.Label, SealedLink: slices.Clone(x.SealedLink), Name: x.Name, Lang: x.Lang,
		Platform: x.Platform, Media: x.Media, Consent: d.consentOf(x), Company: x.Company, Notes: cloneNotes(x.Notes),
		WaitedMS: now - x.Since, OtherDevice: otherDevice, State: x.waitState(), Forecast: x.Forecast, Identity: slices.Clone(x.Identity),
	}
}

func (x *seat) waitState() WaitState {
	switch {
	case x.parted():
		return WaitGone
	case x.State == lobby.Declined:
		return WaitDeclined
	case x.Socket == "":
		return WaitReconnecting
	}
	return WaitWaiting
}

// parted reports whether his page was closed: nobody is there to be let in, unless it was only loaded anew.
func (x *seat) parted() bool { return x.Socket == "" && x.Parted }

// otherDevice reports whether the same link is open on another device.
func (s *State) otherDevice(x *seat) bool {
	return x.Person != "" && slices.ContainsFunc(s.d.Seats, func(y *seat) bool { return y != x && !y.Shut && y.Person == x.Person })
}

// Summary gives what a list of rooms shows.
func (s *State) Summary() Summary {
	m := Summary{Elsewhere: s.d.Elsewhere}
	for _, x := range s.d.Seats {
		if x.inside() {
			m.Members++
			if x.Account != "" && x.here() {
				m.Counsellors = append(m.Counsellors, x.Account)
			}
			m.Talking = m.Talking || !x.Role.Moderates()
			continue
		}
		if x.Shut || x.parted() {
			continue // he does not knock
		}
		m.Waiting++
		if !slices.Contains(m.WaitingPersons, x.Person) {
			m.WaitingPersons = append(m.WaitingPersons, x.Person)
		}
	}
	switch {
	case s.d.Over:
		m.Status = StatusEnded
	case s.d.Paused:
		m.Status = StatusPaused
	case s.d.Held || s.d.Frozen:
		m.Status = StatusHeld
	case s.counsellorHere() || s.d.OpenUntil != 0:
		m.Status = StatusOpen
	default:
		m.Status = StatusIdle
	}
	m.Frozen = s.d.Frozen
	m.Idle = !s.d.Over && !s.d.Begun && len(s.d.Seats) == 0 && len(s.d.Exits) == 0 && !s.d.Locked && !s.d.Held && !s.d.Frozen
	return m
}
