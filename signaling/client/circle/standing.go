package circle

import (
	"maps"
	"time"
)

// Standing is how one of the others stands.
type Standing string

// The ways to stand.
const (
	Unable     Standing = "unable"     // he introduced himself with nothing, or with what is another's, or there were too many before him; or says that his browser cannot
	Unknown    Standing = "unknown"    // nobody who may has stated this device
	Waiting    Standing = "waiting"    // he does not say that he has what he was told; or, of who speaks for the room, was not heard of for long; or one is out oneself
	Unverified Standing = "unverified" // in, and what is said is sealed
	Verified   Standing = "verified"   // and he is who he is said to be
)

const (
	missedAfter = 50 * time.Second
	lookedEvery = 2 * time.Second
)

func (c *Circle) show() {
	standing := make(map[string]Standing, len(c.others))
	for participant, o := range c.others {
		// Who is in another group hears nothing of this one; but that somebody is in the room whom nobody let in is for everybody to know.
		if how := c.standingOf(o); !o.seat.Apart || how == Unknown || how == Unable {
			standing[participant] = how
		}
	}
	if !maps.Equal(standing, c.shown) {
		c.shown = standing
		c.around.OnStanding(maps.Clone(standing))
	}
}

func (c *Circle) standingOf(o *other) Standing {
	switch {
	case o.identity == nil:
		return Unable
	case !o.in:
		return Unknown
	case o.unable:
		return Unable
	case c.out(), o.link.silent(), c.stated.counts(o.device()) && time.Since(o.heardAt) > missedAfter:
		return Waiting
	}
	about := c.stated.of(o.device())
	known := o.proven || c.proven
	if about != nil {
		known = about.verified || speaker(c.me.Role) && o.proven
	}
	if known {
		return Verified
	}
	return Unverified
}

// out reports whether one was put back or removed oneself.
func (c *Circle) out() bool {
	about := c.stated.of(name(c.own.public.Device))
	return about != nil && !about.in
}
