package circle

import (
	"crypto/hmac"

	"github.com/anteroom-video/anteroom/signaling/client/credential"
)

// Who speaks for the room, as far as can be known here: by the room's secret, by one's own link, or on somebody's word alone. A role of the server's proves
// nothing; what is proven takes the place of what was merely said, and never the other way round.

func speaker(role string) bool { return role == "counsellor" || role == "co-counsellor" }

// speaks reports whether this one may say who is in: by its role, or because moderation is lent to it. The server's word for that is not enough.
func (c *Circle) speaks() bool {
	return speaker(c.me.Role) || c.stated.isLent(name(c.own.public.Device))
}

// spoke is somebody who has spoken with the key of this session: what he claims was not merely kept by somebody.
func (c *Circle) spoke(o *other) {
	if o.claims && c.byItself(o.device()) {
		c.stated.accept(o.device(), true)
	}
}

// vouched is somebody who says that he speaks for the room. True where he is taken on his word from now on.
func (c *Circle) vouched(o *other, said string) bool {
	link := c.secrets.Link
	counsels := speaker(o.seat.Role)
	// Who speaks himself knows his like by the room's secret; without it, one who came by a link is told as everybody is. To whom moderation is lent he
	// knows by the signature alone.
	if !counsels && !o.seat.Promoted || speaker(c.me.Role) && (c.secrets.Room != nil || link == nil || !counsels) {
		return false
	}
	want := vouch(link, o.identity.Device, c.own.public.Device)
	if link != nil && hmac.Equal([]byte(said), []byte(credential.Encode(want[:]))) {
		if c.byItself(o.device()) {
			c.trust(o.device())
		}
		return false
	}
	if c.proven {
		return false
	}
	// One at a time, and another only when he is gone. To whom, as the server says, moderation is lent comes after whoever can have lent it.
	for _, one := range c.others {
		if one.identity == nil {
			continue
		}
		_, accepted := c.stated.accepted[one.device()]
		if accepted && (!one.seat.Promoted || o.seat.Promoted) || !accepted && o.seat.Promoted && speaker(one.seat.Role) {
			return false
		}
	}
	c.doubt()
	c.stated.accept(o.device(), false)
	return true
}

// tookOnWord states whom this one has taken on his word, where it speaks itself: who comes later may take this one on its word, and then knows the other by
// it alone.
func (c *Circle) tookOnWord(o *other) {
	if c.stated.of(o.device()) == nil {
		c.state(statement{participant: o.seat.Participant, role: o.seat.Role, subject: o.device(), in: true, speaks: true})
	}
}

// doubt takes those who were taken on their word for nobody who speaks for the room.
func (c *Circle) doubt() { c.stated.doubt(name(c.own.public.Device)) }

// trust takes somebody for one who is known to speak for the room: those who were taken on their word give way.
func (c *Circle) trust(device string) {
	if !c.proven {
		c.doubt()
	}
	c.proven = true
	c.stated.accept(device, true)
}

// byItself reports whether a device counts by what it proves alone. Who spoke for the room and was sent out can prove the same with another device: from
// then on those who count and are here say who speaks.
func (c *Circle) byItself(device string) bool {
	if c.stated.counts(device) || !c.sentOut() {
		return true
	}
	return !speaker(c.me.Role) && c.by(func(id *Identity) bool { return c.stated.counts(name(id.Device)) }) == nil
}

// sentOut reports whether another who spoke for the room is out.
func (c *Circle) sentOut() bool {
	for _, about := range c.stated.everybody() {
		if !about.in && speaker(about.role) && about.subject != name(c.own.public.Device) {
			return true
		}
	}
	return false
}
