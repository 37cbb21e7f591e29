package circle

import (
	"maps"
	"slices"
	"time"
)

// other is one of the others while the server lists him with the same identity.
type other struct {
	seat     Seat
	identity *Identity
	link     *link
	claims   bool // to speak for the room, with the room's secret: believed when he is heard
	proven   bool // found here: he has his link, or the room's secret
	early    *Key // his newest, while he is not known to be in
	epoch    *int // of his that was learnt last
	in       bool
	unable   bool // his browser cannot seal, as he says: he is given no key
	heardAt  time.Time
}

func (o *other) device() string  { return name(o.identity.Device) }
func (o *other) session() string { return name(o.identity.Session) }

// Members says who is in the room, as the server says; oneself may be among them.
func (c *Circle) Members(seats []Seat) {
	c.pending.meet(seats)
	c.loop.do(func() {
		now := map[string]Seat{}
		for _, s := range seats {
			if s.Participant != c.me.Participant {
				now[s.Participant] = s
			}
		}
		var gone, returned []string // devices
		for participant, o := range c.others {
			// Who has none is looked at again: whose it was may be gone.
			s, ok := now[participant]
			if o.identity != nil && (!ok || o.seat.Promoted && !s.Promoted) {
				returned = append(returned, o.device())
			}
			if ok && string(s.Identity) == string(o.seat.Identity) && o.identity != nil {
				o.seat = s
				continue
			}
			if !ok && o.identity != nil {
				gone = append(gone, o.device())
			}
			c.lose(participant, o)
		}
		for _, device := range gone {
			c.takeOver(device)
		}
		for _, device := range returned {
			c.returned(device)
		}
		// Those first whom a statement names: of two who show the same identity it is theirs.
		stated := slices.DeleteFunc(slices.Sorted(maps.Keys(now)), func(p string) bool { return len(c.stated.ofSeat(p)) == 0 })
		for _, participant := range append(stated, slices.Sorted(maps.Keys(now))...) {
			if c.others[participant] == nil {
				c.meet(now[participant])
			}
		}
		c.look(nil)
	})
}

func (c *Circle) lose(participant string, o *other) {
	delete(c.others, participant)
	c.around.Frames.Forget(participant)
	if o.link == nil {
		return
	}
	stop(&o.link.timer)
	device := o.device()
	if !c.speaks() || c.leaving[device] != nil {
		return
	}
	c.leaving[device] = c.loop.after(c.around.Reentry, func() {
		delete(c.leaving, device)
		about := c.stated.of(device)
		if about != nil && about.in && c.by(func(id *Identity) bool { return name(id.Device) == device }) == nil {
			about.in = false
			c.state(*about)
		}
	})
}

func (c *Circle) meet(s Seat) {
	o := &other{seat: s, heardAt: time.Now()}
	c.others[s.Participant] = o
	id, err := ReadIdentity(s.Identity)
	if err != nil {
		return
	}
	if about := c.stated.of(name(id.Device)); about != nil && about.participant == s.Participant {
		c.strip(id)
	}
	if id.Device == c.own.public.Device || id.Session == c.own.public.Session ||
		c.by(func(known *Identity) bool { return known.Device == id.Device || known.Session == id.Session }) != nil {
		return
	}
	l := c.linkTo(id)
	if l == nil {
		return
	}
	o.identity, o.link = &id, l
	o.claims = speaker(c.me.Role) && speaker(s.Role) && c.secrets.Room != nil && id.Proves(c.secrets.Room, Counsellor)
	theirs := c.linkOf(s)
	o.proven = o.claims || theirs != nil && id.Proves(theirs, Person)
	if stop := c.leaving[o.device()]; stop != nil {
		stop()
		delete(c.leaving, o.device())
	}
	l.changed()
	c.confirm(o)
	if !s.Promoted {
		c.returned(o.device())
	}
}

// strip takes an identity from whoever shows it besides the seat that a statement names.
func (c *Circle) strip(id Identity) {
	for _, o := range c.others {
		if o.identity != nil && o.identity.Device == id.Device {
			stop(&o.link.timer)
			o.identity, o.link = nil, nil
		}
	}
}

// linkTo gives nil where there is none to be had: of him, or of anybody else.
func (c *Circle) linkTo(id Identity) *link {
	session := name(id.Session)
	if l := c.links[session]; l != nil {
		return l
	}
	ch, err := c.own.channelTo(id)
	if err != nil {
		return nil
	}
	l := &link{channel: ch, loop: c.loop}
	l.tell = func(version uint64) { c.say(session, version) }
	c.links[session] = l
	return l
}

func (c *Circle) linkOf(s Seat) []byte {
	if !speaker(c.me.Role) || s.Person == "" || c.secrets.LinkOf == nil {
		return nil
	}
	return c.secrets.LinkOf(s.Person)
}

func (c *Circle) by(is func(*Identity) bool) *other {
	for _, o := range c.others {
		if o.identity != nil && is(o.identity) {
			return o
		}
	}
	return nil
}

// here gives the devices that are in the room, one's own among them.
func (c *Circle) here() map[string]bool {
	all := map[string]bool{name(c.own.public.Device): true}
	for _, o := range c.others {
		if o.identity != nil {
			all[name(o.identity.Device)] = true
		}
	}
	return all
}
