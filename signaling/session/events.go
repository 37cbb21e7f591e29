package session

import (
	"time"

	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/signaling/room"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// pingModerators is how often somebody who moderates is pinged: often enough for the room to notice within
// [room.LostAfter] that he is gone, when his media is not heard either.
const pingModerators = time.Second

// sink is a session as the room's loop sees it.
type sink struct{ *Session }

// Close closes the socket once everything sent before is written.
func (k sink) Close(r room.Reason) {
	k.pulse.Store(nil)
	k.answerLast()
	k.conn.Close(closeCode(r))
}

// Send tells the participant what the room decided. A fault in it costs this connection and not the room.
func (k sink) Send(b room.Body) {
	defer k.guard("connection")
	switch b := b.(type) {
	case room.Welcome:
		k.welcome(b)
	case room.Admitted:
		k.admitted(b)
	case room.SentBack:
		k.sentBack(b)
	case room.Declined:
		k.waits(false)
		k.send(&wire.Declined{})
	case room.Removed:
		k.send(&wire.Removed{})
	case room.Ended:
		k.answerLast()
		k.send(&wire.Ended{Receipt: k.live.proof.promise(b.WasIn)})
	case room.Withdrawn:
		if x := k.seat(); x != nil && x.id == b.Participant {
			k.answerLast()
		}
		k.send(&wire.Withdrawn{Participant: string(b.Participant)})
	case room.StayChanged:
		k.send(stayOf(b.Stay))
	case room.Replaced:
		k.send(&wire.Replaced{})
	case room.WaitingChanged:
		waiting := waitingOf(b.Waiter)
		k.send(&waiting)
	case room.WaitingGone:
		k.send(&wire.WaitingGone{Participant: string(b.Participant), Reason: wire.Reason(b.Reason)})
	case room.MemberChanged:
		member := memberOf(b.Member)
		k.send(&member)
	case room.MemberGone:
		k.send(&wire.MemberGone{Participant: string(b.Participant), Reason: wire.Reason(b.Reason)})
	case room.RoomChanged:
		changed := roomOf(b.Room)
		k.send(&changed)
	case room.LockedPINsChanged:
		k.send(&wire.LockedPINs{LockedPINs: each(b.LockedPINs, inviteeOf)})
	case room.ExitsChanged:
		k.send(&wire.Exits{Exits: each(b.Exits, exitOf)})
	case room.InvitedChanged:
		k.send(&wire.Invited{Invited: each(b.Invited, inviteeOf)})
	case room.CounsellorChanged:
		k.send(&wire.Counsellor{Counsellor: wire.Presence(b.Counsellor)})
	case room.Muted:
		k.send(&wire.Muted{Kind: wire.Kind(b.Kind)})
	case room.VideoReserved:
		k.send(&wire.VideoReserved{On: b.On})
	case room.Promotion:
		k.promoted(b)
	case room.OwnHand:
		k.send(&wire.OwnHand{Hand: int64(b.Hand)})
	case room.Grouped:
		k.send(&wire.Grouped{Group: b.Group, Members: each(b.Members, memberOf)})
	case room.Standing:
		k.stands(b)
	}
}

// welcome is the reply to the hello. Everything that follows from the sign-on is so before the client knows of it.
func (s *Session) welcome(w room.Welcome) {
	s.signed()
	s.conn.TakeLarge()
	if s.identity.resume != nil {
		s.host.Counts.Resumes.Add(1)
	} else {
		s.host.Counts.Joins.Add(1)
	}
	in := w.Phase == room.In
	s.waits(w.Phase == room.Waiting)
	s.live.at(w.Participant, func(x *seat) {
		s.sitDown(x)
		moderates := s.moderates(w.View)
		x.greet(s, moderates, func(publications []sfu.Publication, media bool) {
			kept := w.Kept && media
			if kept {
				s.host.Counts.Kept.Add(1)
			}
			s.reply(s.hello, &wire.Welcome{
				Version: wire.Version, Participant: string(w.Participant), Role: wire.Role(w.Role), Phase: wire.Phase(w.Phase),
				Resume: s.issue(pass{participant: w.Participant, generation: w.Generation, admitted: in, standing: w.Standing}), Kept: kept, OtherDevice: w.OtherDevice,
				Now: s.host.Clock().UnixMilli(), Nodes: s.host.Nodes, State: stateOf(w.View, in, moderates, publications),
				Relays: x.relayed.servers,
			})
		})
		x.tellLines()
	})
	s.live.retellPair(w.Participant)
	s.listen(in && s.moderates(w.View), w.Participant)
}

func (s *Session) admitted(b room.Admitted) {
	s.countWait()
	x := s.seat()
	s.send(&wire.Admitted{
		Resume: s.issue(pass{participant: x.id, generation: b.Generation, admitted: true, standing: b.Standing}), State: stateOf(b.View, true, s.identity.role.Moderates(), nil), Relays: x.relays(),
	})
	x.tellLines()
	s.listen(s.identity.role.Moderates(), x.id)
}

func (s *Session) sentBack(b room.SentBack) {
	s.waits(true)
	x := s.seat()
	s.send(&wire.WasPutBack{Resume: s.issue(pass{participant: x.id, generation: b.Generation, standing: b.Standing}), State: stateOf(b.View, false, false, nil)})
	x.trust(s.identity.role.Moderates())
	s.listen(false, x.id)
}

// promoted is told to whom moderation was lent, or taken back from. Who has it is listened to, and reads of lines, as everybody who moderates.
func (s *Session) promoted(b room.Promotion) {
	x := s.seat()
	x.trust(b.On)
	told := &wire.Promoted{On: b.On, Members: each(b.Members, memberOf)}
	if b.On {
		told.Door = doorOf(b.Door)
	}
	s.send(told)
	s.listen(b.On, x.id)
	x.tellLines()
}

// moderates reports whether who sees this moderates: by his role, or because it was lent.
func (s *Session) moderates(v room.View) bool {
	return s.identity.role.Moderates() || v.Self != nil && v.Self.Promoted
}

func (s *Session) sitDown(x *seat) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = x
}

// listen has somebody who moderates listened to closely while he is in the room (promise 4).
func (s *Session) listen(closely bool, p room.Participant) {
	if closely {
		s.pulse.Store(&p)
		s.conn.PingEvery(pingModerators)
		return
	}
	if s.pulse.Swap(nil) != nil {
		s.conn.PingEvery(wire.PingEvery)
	}
}
