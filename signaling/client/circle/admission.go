package circle

import "time"

// Admit states that the counsellor here lets somebody in: exactly this device, as it is shown at this moment.
func (c *Circle) Admit(s Seat) {
	c.loop.do(func() {
		id, err := ReadIdentity(s.Identity)
		if err != nil || !speaker(c.me.Role) {
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
		if !speaker(c.me.Role) {
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

// takeOver states anew who was let in by somebody who leaves or is sent out: they stay in, by the word of this one. Who comes later has not met the other.
func (c *Circle) takeOver(device string) {
	if !speaker(c.me.Role) || !c.stated.counts(device) {
		return
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
	if !about.in {
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
