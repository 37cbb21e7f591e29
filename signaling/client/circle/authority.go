package circle

import (
	"crypto/hmac"

	"github.com/anteroom-video/anteroom/signaling/client/credential"
)

// Who speaks for the room, as far as can be known here: by the room's secret, by one's own link, or on somebody's word alone. A role of the server's proves
// nothing; what is proven takes the place of what was merely said, and never the other way round.

func speaker(role string) bool { return role == "counsellor" || role == "co-counsellor" }

// spoke is somebody who has spoken with the key of this session: what he claims was not merely kept by somebody.
func (c *Circle) spoke(o *other) {
	if o.claims && c.byItself(o.device()) {
		c.stated.accept(o.device(), true)
	}
}

// vouched is somebody who says that he speaks for the room.
func (c *Circle) vouched(o *other, said string) {
	if speaker(c.me.Role) || !speaker(o.seat.Role) {
		return
	}
	want := vouch(c.secrets.Link, o.identity.Device, c.own.public.Device)
	if c.secrets.Link != nil && hmac.Equal([]byte(said), []byte(credential.Encode(want[:]))) {
		if c.byItself(o.device()) {
			c.trust(o.device())
		}
		return
	}
	if c.proven {
		return
	}
	// On his word alone: one at a time, and another only when he is gone.
	for device := range c.stated.accepted {
		if c.by(func(id *Identity) bool { return name(id.Device) == device }) != nil {
			return
		}
	}
	c.stated.doubt()
	c.stated.accept(o.device(), false)
}

// trust takes somebody for one who is known to speak for the room: those who were taken on their word give way.
func (c *Circle) trust(device string) {
	if !c.proven {
		c.stated.doubt()
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
