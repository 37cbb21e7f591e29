package circle

import "time"

// Admit states that the counsellor here lets somebody in: exactly this device, as it is shown at this moment.
func (c *Circle) Admit(s Seat) {
	c.loop.do(func() {
		id, err := ReadIdentity(s.Identity)
		if err != nil || !c.speaks() {
			return
		}
		proves := c.secrets.Room != nil && id.Proves(c.secrets.Room, Counsellor)
		// A role of the server's makes no speaker where there is a secret to prove it by.
		speaks := speaker(s.Role) && (c.secrets.Room == nil || proves)
		link := c.linkOf(s)
		c.state(statement{
			participant: s.Participant, person: s.Person, role: s.Role, subject: name(id.Device), in: true, speaks: speaks,
			verified: speaks && proves || link != nil && id.Proves(link, Person),
		})
	})
}

// Dismiss states that the counsellor here puts somebody back, or removes him: whatever device has this seat.
func (c *Circle) Dismiss(participant string) {
	c.loop.do(func() {
		if !c.speaks() {
			return
		}
		for _, about := range c.stated.ofSeat(participant) {
			if about.in {
				about.in = false
				c.state(about)
			}
		}
		// A counsellor who was never stated, whose own word has counted until now; or somebody whom the server shows in another's seat.
		o := c.others[participant]
		if o == nil || o.identity == nil {
			return
		}
		if about := c.stated.of(o.device()); about == nil || about.in {
			c.state(statement{
				participant: participant, person: o.seat.Person, role: o.seat.Role, subject: o.device(), speaks: about != nil && about.speaks,
			})
		}
	})
}

// Lend states that moderation is lent to somebody who is in, or taken back. The server is to know first that it is lent, or what it says of him takes it back.
func (c *Circle) Lend(participant string, on bool) {
	c.loop.do(func() {
		o := c.others[participant]
		if o == nil || o.identity == nil {
			return
		}
		if about := c.stated.of(o.device()); about != nil && about.in && about.participant == participant && !about.speaks {
			about.lent = on
			c.state(*about)
		}
	})
}

// returned is somebody of whom the server says that moderation is lent to him no longer, or who has gone: so it is for everybody, until it is lent anew.
func (c *Circle) returned(device string) {
	if about := c.stated.of(device); about != nil && about.in && about.lent {
		about.lent = false
		c.state(*about)
	}
}

// confirm is for the others too: that it is known here who somebody is, whom somebody let in to whom moderation is lent and who never can know.
func (c *Circle) confirm(o *other) {
	if o.identity == nil || !o.proven {
		return
	}
	if about := c.stated.of(o.device()); about != nil && about.in && !about.verified && c.stated.isLent(about.by) {
		about.verified = true
		c.state(*about)
	}
}

// takeOver states anew who was let in by somebody who leaves, is sent out or to whom moderation is lent no longer: they stay in, by the word of this one,
// and whom he has sent out, where it was lent, stays out. Who comes later has not met the other.
func (c *Circle) takeOver(device string) {
	if !c.speaks() || !c.stated.counts(device) {
		return
	}
	if c.stated.isLent(device) {
		for _, about := range c.stated.everybody() {
			if about.by == device && !about.in {
				c.state(about)
			}
		}
	}
	for participant, o := range c.others {
		if o.identity == nil {
			continue
		}
		about := c.stated.of(o.device())
		if about == nil || !about.in || about.by != device || about.participant != participant {
			continue
		}
		about.verified, about.speaks = o.proven, about.speaks && o.claims
		c.state(*about)
	}
}

// state says it, signed, to everybody.
func (c *Circle) state(about statement) {
	about.lent = about.lent && about.in
	if !c.speaks() || !c.stated.may(name(c.own.public.Device), about) {
		return
	}
	if !about.in || !about.lent && c.stated.isLent(about.subject) {
		c.takeOver(about.subject)
	}
	if _, err := c.stated.say(c.own, about, time.Now()); err != nil {
		return
	}
	c.look(nil)
	// Who is out is told as well: he knows that he is not to be heard.
	c.tell(func(*other) bool { return true })
}

func (c *Circle) isIn(device, participant string) bool {
	if about := c.stated.of(device); about != nil {
		return about.in && about.participant == participant
	}
	return c.stated.counts(device)
}
