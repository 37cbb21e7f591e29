package room

import "github.com/anteroom-video/anteroom/lobby"

// standing is what a resume token says of this seat. Who is outside is told nothing of the room, and has kept what of his own was off: he
// may be let in after a restart. Of a shared screen it says nothing: after a restart nobody shares.
func (s *State) standing(x *seat) lobby.Standing {
	k := lobby.Standing{AudioOff: !x.On.Audio, VideoOff: !x.On.Video, VideoReserved: x.On.VideoReserved}
	if x.inside() {
		// Of groups a room that lost its state knows nothing: it is held then, and brings nobody together.
		k.Held, k.Frozen, k.Locked = s.d.Held || s.d.Groups > 0, s.d.Frozen, s.d.Locked
		k.Reported = s.d.Frozen && s.d.FrozenBy == x.ID
	}
	return k
}

// remember closes a room that lost its state as the token of somebody who comes in says it was, unless somebody has said otherwise since:
// this room only does not know of it any more.
func (t *step) remember(a Arrive, x *seat) {
	d, k := &t.s.d, a.Token
	if k == nil || k.Session != d.Config.Session {
		return
	}
	d.Held = d.Held || k.Held && !d.HoldSaid
	if k.Frozen && !d.FrozenSaid {
		d.Frozen = true
		if k.Reported && x.Role.Moderates() && d.FrozenBy == "" {
			d.FrozenBy = x.ID
		}
	}
	d.Locked = d.Locked || k.Locked && !d.LockSaid
}

// switches is what a new seat has on: what the person wants, without what was off before. See the package's comment.
func (a Arrive) switches() Switches {
	on, off := a.Media.switches(), a.silenced()
	on.Audio, on.Video = on.Audio && !off.Audio, on.Video && !off.Video
	return on
}

// silenced is what a counsellor may have switched off: of a seat that is remembered by its token alone nobody knows who did.
func (a Arrive) silenced() Switches {
	if a.Token == nil {
		return Switches{}
	}
	return Switches{Audio: a.Token.AudioOff, Video: a.Token.VideoOff}
}
