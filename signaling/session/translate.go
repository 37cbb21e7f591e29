package session

import (
	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/signaling/room"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// stateOf puts what the room shows somebody together with what media has told him. Who is not in sees no lists at all,
// and who does not moderate nobody who waits.
func stateOf(v room.View, in, moderates bool, publications []sfu.Publication) wire.State {
	s := wire.State{Counsellor: wire.Presence(v.Counsellor), Room: roomOf(v.Room)}
	if !in {
		if v.Stay != nil {
			s.Stay = stayOf(*v.Stay)
		}
		return s
	}
	if v.Self != nil {
		s.Self = &wire.Switches{Audio: v.Self.Audio, Video: v.Self.Video, Screen: v.Self.Screen, VideoReserved: v.Self.VideoReserved, EnteredMuted: v.Self.EnteredMuted, Hand: int64(v.Self.Hand), Promoted: v.Self.Promoted, Group: v.Self.Group, ConsentAsked: v.Self.ConsentAsked}
	}
	s.Members = each(v.Members, memberOf)
	s.Publications = each(publications, publicationOf)
	if moderates {
		s.Door = doorOf(v.Door)
	}
	return s
}

// doorOf leaves out what there is nobody to be told of, but for the waiting room.
func doorOf(d room.Door) wire.Door {
	out := wire.Door{Waiting: each(d.Waiting, waitingOf)}
	if len(d.Exits) > 0 {
		out.Exits = each(d.Exits, exitOf)
	}
	if len(d.Invited) > 0 {
		out.Invited = each(d.Invited, inviteeOf)
	}
	if len(d.LockedPINs) > 0 {
		out.LockedPINs = each(d.LockedPINs, inviteeOf)
	}
	return out
}

// each translates a list; the result is never nil.
func each[A, B any](from []A, f func(A) B) []B {
	to := make([]B, len(from))
	for i, a := range from {
		to[i] = f(a)
	}
	return to
}

func stayOf(s room.Stay) *wire.Stay {
	return &wire.Stay{Company: wire.Company(s.Company), Sealed: s.Sealed, Notes: each(s.Notes, wireNoteOf), ConsentAsked: s.ConsentAsked}
}

func wireNoteOf(n room.Note) wire.Note {
	return wire.Note{From: wire.Writer(n.From), Plain: n.Plain, Sealed: n.Sealed}
}

// noteOf is the command of a note: whom it is to says who writes.
func noteOf(by room.Socket, b *wire.WriteNote) room.Write {
	n := room.Note{From: room.ByPerson, Plain: b.Plain, Sealed: b.Sealed}
	if b.To != "" {
		n.From = room.ByCounsellor
	}
	return room.Write{By: by, Participant: room.Participant(b.To), Note: n}
}

func roomOf(r room.Room) wire.Room {
	return wire.Room{
		Held: r.Held, Frozen: r.Frozen, Paused: r.Paused, Locked: r.Locked, EndsAt: r.EndsAt, Share: wire.ShareRule(r.Share), ShareLocked: r.ShareLocked, Lines: r.Lines,
		CameraCheck: r.CameraCheck, Consultation: r.Consultation, Groupable: r.Groupable, Groups: r.Groups,
		SoundOnly: r.SoundOnly, SealedOnly: r.SealedOnly, Chat: wire.ChatRule(r.Chat), Names: wire.NameRule(r.Names), Reentry: int(r.Reentry.Seconds()),
		StayOpen: int(r.StayOpen.Seconds()), OpenUntil: r.OpenUntil, Colleague: r.Colleague, Pin: wire.Pin{Participant: string(r.Pin.Participant), Source: wire.Source(r.Pin.Source)},
		SilentSign: r.SilentSign, Shown: wire.Shown{Card: wire.Card(r.Shown.Card), Number: r.Shown.Number},
	}
}

func memberOf(m room.Member) wire.Member {
	out := wire.Member{
		Participant: string(m.Participant), Role: wire.Role(m.Role), Name: textOf(m.Name),
		Audio: m.Audio, Video: m.Video, Screen: m.Screen, VideoReserved: m.VideoReserved, Connection: wire.Connection(m.Connection), Hand: int64(m.Hand), Promoted: m.Promoted, Group: m.Group, Identity: m.Identity,
	}
	if m.Details != nil {
		label := textOf(m.Details.Label)
		out.Person, out.Label, out.SealedLink = string(m.Details.Person), &label, m.Details.SealedLink
		out.Consent, out.Company = wire.Consent(m.Details.Consent), wire.Company(m.Details.Company)
		out.MayPromote = m.Details.MayPromote
	}
	return out
}

func waitingOf(w room.Waiter) wire.Waiting {
	out := wire.Waiting{
		Participant: string(w.Participant), Person: string(w.Person), Role: wire.Role(w.Role),
		Label: textOf(w.Label), SealedLink: w.SealedLink, Name: textOf(w.Name), Lang: w.Lang, Device: wire.Device(w.Platform), Media: wire.Media(w.Media),
		Consent: wire.Consent(w.Consent), Company: wire.Company(w.Company), WaitedMS: w.WaitedMS, OtherDevice: w.OtherDevice, State: wire.WaitState(w.State), Forecast: wire.Outlook(w.Forecast),
		Identity: w.Identity,
	}
	if len(w.Notes) > 0 {
		out.Notes = each(w.Notes, wireNoteOf)
	}
	return out
}

// divisionOf is the command of a request that divides the room.
func divisionOf(by room.Socket, b *wire.Groups) room.Divide {
	return room.Divide{By: by, Groups: b.Groups, Places: each(b.Places, func(p wire.Place) room.Place {
		return room.Place{Participant: room.Participant(p.Participant), Group: p.Group}
	})}
}

func exitOf(e room.Exit) wire.Exit {
	return wire.Exit{Participant: string(e.Participant), Person: string(e.Person), Role: wire.Role(e.Role), Label: textOf(e.Label), Name: textOf(e.Name), Waited: e.Waited}
}

func inviteeOf(i room.Invitee) wire.Invitee {
	return wire.Invitee{Person: string(i.Person), Role: wire.Role(i.Role), Label: textOf(i.Label)}
}

func publicationOf(p sfu.Publication) wire.Publication {
	return wire.Publication{Publication: p.ID, Participant: p.Participant, Source: wire.Source(p.Source)}
}

func slotsOf(m sfu.SlotMap) *wire.Slots {
	return &wire.Slots{Seq: m.Seq, Pairs: m.Pairs, Slots: each(m.Slots, func(s sfu.Slot) wire.Slot {
		return wire.Slot{Slot: s.Slot, Participant: s.Participant, Source: wire.Source(s.Source)}
	})}
}

func textOf(t lobby.Text) wire.Text { return wire.Text{Plain: t.Plain, Sealed: t.Sealed} }
