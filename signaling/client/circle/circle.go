package circle

import (
	"time"

	"github.com/anteroom-video/anteroom/signaling/client/credential"
)

// Seat is a participant as the server says it.
type Seat struct {
	Participant, Role string
	Identity          []byte
	Person            string // of the invited; told to those who moderate alone
	Promoted          bool   // moderation is lent to him, as the server says
	Apart             bool   // in another group: in the room, and given no key
}

// Secrets are what one knows oneself; each may be missing.
type Secrets struct {
	Link   []byte                            // of who came by a link: credential.LinkSecret.E2EE
	Room   []byte                            // of a counsellor who can open it
	LinkOf func(person string) (link []byte) // of an invited person, for a counsellor; nil where it is not known
}

// Frames is what seals and opens.
type Frames interface {
	Begin(Key) // what is sealed from now on is sealed with this
	End()
	Learn(participant string, k Key)
	Forget(participant string)
}

// Letter is what is sealed for a participant. While it waits to be sent, a later one of the same kind to the same participant takes its place: that has
// all of it, and whoever sends may leave the earlier one out.
type Letter struct {
	To, Kind string
	Sealed   []byte
}

// Around is what a circle works on. It is called on the circle's goroutine, and may call the circle.
type Around struct {
	// Send hands a letter to the server.
	Send       func(Letter)
	Frames     Frames
	OnStanding func(map[string]Standing) // by participant
	// Reentry is how long who left may come back without being let in anew.
	Reentry time.Duration
}

const (
	pendingMost = 32 // messages that wait to be heard, of one participant and of all who are not known yet
	pulseEvery  = 20 * time.Second
)

func name(point [pointSize]byte) string { return credential.Encode(point[:]) }

// Circle is the people of a room. Make it with [New].
type Circle struct {
	own     *Own
	me      Seat
	secrets Secrets
	around  Around
	loop    *loop
	pending pending

	// On the loop:
	stated  *statements
	epochs  *epochs
	others  map[string]*other // by participant
	links   map[string]*link  // by session, of all that this one has spoken with
	leaving map[string]func() // by device: who is gone and may come back until then
	held    bool
	proven  bool // somebody who speaks for the room has proven it
	shown   map[string]Standing
	ticks   []func()
}

// New begins. Close it at the end of the call.
func New(own *Own, me Seat, secrets Secrets, around Around) *Circle {
	c := &Circle{
		own: own, me: me, secrets: secrets, around: around, loop: newLoop(), stated: newStatements(),
		others: map[string]*other{}, links: map[string]*link{}, leaving: map[string]func(){},
	}
	c.epochs = &epochs{loop: c.loop, tag: own.public.Tag, use: around.Frames.Begin, changed: func() { c.tell(func(o *other) bool { return o.in }) }}
	c.loop.do(func() {
		c.every(lookedEvery, c.show)
		if speaker(me.Role) {
			c.stated.accept(name(own.public.Device), true)
		}
		c.every(pulseEvery, func() { c.tell(func(*other) bool { return c.speaks() }) })
	})
	return c
}

// every calls f again and again, until the end.
func (c *Circle) every(d time.Duration, f func()) {
	at := len(c.ticks)
	c.ticks = append(c.ticks, nil)
	var next func()
	next = func() {
		c.ticks[at] = c.loop.after(d, func() {
			f()
			next()
		})
	}
	next()
}

// Close ends it: nothing is sealed or opened any more. It waits.
func (c *Circle) Close() {
	c.loop.close(func() {
		c.epochs.end()
		c.around.Frames.End()
		for _, l := range c.links {
			stop(&l.timer)
		}
		for _, stop := range c.ticks {
			stop()
		}
		for _, stop := range c.leaving {
			stop()
		}
		for participant := range c.others {
			c.around.Frames.Forget(participant)
		}
		clear(c.others)
	})
}

func (c *Circle) tell(whom func(*other) bool) {
	for _, o := range c.others {
		if o.link != nil && whom(o) {
			o.link.changed()
		}
	}
}

// say tells one of the others all that he is to know.
func (c *Circle) say(session string, version uint64) {
	o := c.by(func(id *Identity) bool { return name(id.Session) == session })
	if o == nil {
		return
	}
	alone := ""
	if !o.in {
		alone = o.device()
	}
	m := message{Type: "state", V: version, Statements: c.stated.told(c.here(), alone), Has: o.epoch}
	if c.speaks() {
		said := ""
		if link := c.linkOf(o.seat); link != nil {
			mac := vouch(link, c.own.public.Device, o.identity.Device)
			said = credential.Encode(mac[:])
		}
		m.Mac = &said
	}
	if k := c.epochs.keyFor(session); o.in && k != nil {
		m.Epoch, m.Secret = &k.Epoch, credential.Encode(k.Secret[:])
	}
	c.send(o, m)
}

func (c *Circle) send(o *other, m message) {
	sealed, err := o.link.seal(m)
	if err != nil {
		return
	}
	kind := m.Type
	if kind == "have" && m.V == 0 {
		kind = "learnt" // it answers nothing, and takes no answer's place
	}
	c.around.Send(Letter{To: o.seat.Participant, Kind: kind, Sealed: sealed})
}

// Heard is what came sealed of a participant, as the server says. More than some that wait are lost, as on a line.
func (c *Circle) Heard(from string, sealed []byte) {
	as, ok := c.pending.take(from)
	if !ok {
		return
	}
	c.loop.do(func() {
		c.pending.done(as)
		o := c.others[from]
		if o == nil || o.link == nil {
			return
		}
		m := o.link.open(sealed)
		if m == nil {
			return
		}
		o.heardAt = time.Now()
		switch m.Type {
		case "state":
			c.hear(o, m)
		case "have":
			o.link.heard(m.V)
			if m.Epoch != nil {
				c.epochs.has(o.session(), *m.Epoch)
			}
			c.missed(o, m.Epoch)
		case "want":
			o.link.wanted()
		}
		c.show()
	})
}

func (c *Circle) hear(o *other, m *message) {
	c.spoke(o)
	if m.Mac != nil && c.vouched(o, *m.Mac) {
		c.tookOnWord(o)
	}
	if c.stated.hear(m.Statements, time.Now()) {
		c.tell(func(one *other) bool { return one != o && c.speaks() })
		for _, one := range c.others {
			c.confirm(one)
		}
	}
	o.unable = m.Able != nil && !*m.Able
	if secret := decoded(m.Secret, 32); secret != nil && m.Epoch != nil && *m.Epoch >= 0 && *m.Epoch < 256 {
		o.early = &Key{Epoch: *m.Epoch, Tag: o.identity.Tag, Secret: [32]byte(secret)}
	}
	c.look(o)
	c.missed(o, m.Has)
	c.send(o, message{Type: "have", V: m.V, Epoch: o.epoch})
}

// learn takes his secret, once he is in; false where there was nothing to learn.
func (c *Circle) learn(o *other) bool {
	if !o.in || o.early == nil {
		return false
	}
	k := *o.early
	o.early, o.epoch = nil, &k.Epoch
	c.around.Frames.Learn(o.seat.Participant, k)
	return true
}

// missed tells him again where he has nothing of ours: it was lost, or he has taken us for gone.
func (c *Circle) missed(o *other, epoch *int) {
	if epoch == nil && c.epochs.keyFor(o.session()) != nil {
		o.link.wanted()
	}
}

// Missing says that frames of a participant came that cannot be opened.
func (c *Circle) Missing(participant string) {
	c.loop.do(func() {
		if o := c.others[participant]; o != nil && o.in {
			c.send(o, message{Type: "want"})
		}
	})
}

// Again says that the line to the server was away: what was said meanwhile is lost.
func (c *Circle) Again() {
	c.loop.do(func() {
		for _, o := range c.others {
			if o.link != nil {
				o.link.again()
			}
		}
	})
}

// Hold says whether the room is held: from then on nobody is told what opens but who speaks for the room; or those again who are in the same group.
func (c *Circle) Hold(held bool) {
	c.loop.do(func() {
		c.held = held
		c.look(nil)
	})
}

// Renew makes the next secret for the same people: the numbers of the last are spent.
func (c *Circle) Renew() { c.loop.do(func() { c.epochs.renew() }) }

// look draws the consequences of what is known now. answered is told by an answer what is learnt of him; nil for nobody.
func (c *Circle) look(answered *other) {
	sessions := map[string]bool{}
	for participant, o := range c.others {
		was := o.in
		o.in = o.identity != nil && c.isIn(o.device(), participant)
		if was && !o.in {
			o.epoch = nil
			c.around.Frames.Forget(participant)
		}
		if !o.in || o.unable {
			continue
		}
		if c.held && c.stated.counts(o.device()) || !c.held && !o.seat.Apart {
			sessions[o.session()] = true
		}
		if c.learn(o) && o != answered {
			c.send(o, message{Type: "have", Epoch: o.epoch})
		}
	}
	// Who was put back or removed seals for nobody, whatever he is told by the server.
	if c.out() {
		clear(sessions)
	}
	c.epochs.share(sessions)
	c.show()
}
