package circle

import (
	"crypto/hmac"
	"maps"
	"slices"
	"time"

	"github.com/anteroom-video/anteroom/signaling/client/credential"
)

// Seat is a participant as the server says it.
type Seat struct {
	Participant, Role string
	Identity          []byte
	Person            string // of the invited; told to those who moderate alone
}

// Standing is how one of the others stands.
type Standing string

// The ways to stand.
const (
	Unable     Standing = "unable"     // he introduced himself with nothing, or with what is another's
	Unknown    Standing = "unknown"    // nobody who may has stated this device
	Waiting    Standing = "waiting"    // he does not say that he has what he was told; or, of who speaks for the room, was not heard of for long
	Unverified Standing = "unverified" // in, and what is said is sealed
	Verified   Standing = "verified"   // and he is who he is said to be
)

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
	linksMost   = 128
	pendingMost = 32 // messages of one participant that wait to be heard
	pulseEvery  = 20 * time.Second
	missedAfter = 50 * time.Second
	lookedEvery = 2 * time.Second
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
	heardAt  time.Time
}

func (o *other) device() string  { return name(o.identity.Device) }
func (o *other) session() string { return name(o.identity.Session) }

func name(point [pointSize]byte) string { return credential.Encode(point[:]) }

func speaker(role string) bool { return role == "counsellor" || role == "co-counsellor" }

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
	links   map[string]*link  // by session, as long as this lives: what was said once is not to be said again
	leaving map[string]func() // by device: who is gone and may come back until then
	proven  bool              // somebody who speaks for the room has proven it
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
			c.every(pulseEvery, func() { c.tell(func(*other) bool { return true }) })
		}
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

// Members says who is in the room, as the server says; oneself may be among them.
func (c *Circle) Members(seats []Seat) {
	c.loop.do(func() {
		now := map[string]Seat{}
		for _, s := range seats {
			if s.Participant != c.me.Participant {
				now[s.Participant] = s
			}
		}
		for participant, o := range c.others {
			// Who has none is looked at again: whose it was may be gone.
			if s, ok := now[participant]; ok && string(s.Identity) == string(o.seat.Identity) && o.identity != nil {
				o.seat = s
				continue
			}
			c.lose(participant, o)
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
	if !speaker(c.me.Role) || c.leaving[device] != nil {
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

func (c *Circle) linkTo(id Identity) *link {
	session := name(id.Session)
	if l := c.links[session]; l != nil {
		return l
	}
	ch, err := newChannel(c.own, id)
	if err != nil {
		return nil
	}
	for old := range c.links {
		if len(c.links) < linksMost {
			break
		}
		delete(c.links, old)
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

func (c *Circle) tell(whom func(*other) bool) {
	for _, o := range c.others {
		if o.link != nil && whom(o) {
			o.link.changed()
		}
	}
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

// say tells one of the others all that he is to know.
func (c *Circle) say(session string, version uint64) {
	o := c.by(func(id *Identity) bool { return name(id.Session) == session })
	if o == nil {
		return
	}
	m := message{Type: "state", V: version, Statements: c.stated.told(c.here()), Has: o.epoch}
	if speaker(c.me.Role) {
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
	if !c.pending.take(from) {
		return
	}
	c.loop.do(func() {
		c.pending.done(from)
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
	// He has spoken with the key of this session: what he claims was not merely kept by somebody.
	if o.claims {
		c.stated.accept(o.device(), true)
	}
	if m.Mac != nil {
		c.vouched(o, *m.Mac)
	}
	if c.stated.hear(m.Statements, time.Now()) && speaker(c.me.Role) {
		c.tell(func(one *other) bool { return one != o })
	}
	if secret := decoded(m.Secret, 32); secret != nil && m.Epoch != nil && *m.Epoch >= 0 && *m.Epoch < 256 {
		o.early = &Key{Epoch: *m.Epoch, Tag: o.identity.Tag, Secret: [32]byte(secret)}
	}
	c.look(o)
	c.missed(o, m.Has)
	c.send(o, message{Type: "have", V: m.V, Epoch: o.epoch})
}

// vouched is somebody who says that he speaks for the room.
func (c *Circle) vouched(o *other, said string) {
	if speaker(c.me.Role) || !speaker(o.seat.Role) {
		return
	}
	want := vouch(c.secrets.Link, o.identity.Device, c.own.public.Device)
	if c.secrets.Link != nil && hmac.Equal([]byte(said), []byte(credential.Encode(want[:]))) {
		// Those who were taken on their word give way to one who proves it.
		if !c.proven {
			c.stated.doubt()
		}
		c.proven = true
		c.stated.accept(o.device(), true)
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

// Admit states that the counsellor here lets somebody in: exactly this device, as it is shown at this moment.
func (c *Circle) Admit(s Seat) {
	c.loop.do(func() {
		id, err := ReadIdentity(s.Identity)
		if err != nil || !speaker(c.me.Role) {
			return
		}
		// A role of the server's does not make a speaker.
		speaks := speaker(s.Role) && c.secrets.Room != nil && id.Proves(c.secrets.Room, Counsellor)
		link := c.linkOf(s)
		c.state(statement{
			participant: s.Participant, person: s.Person, role: s.Role, subject: name(id.Device), in: true, speaks: speaks,
			verified: speaks || link != nil && id.Proves(link, Person),
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
		// A counsellor who was never stated: his own word has counted until now.
		if o := c.others[participant]; o != nil && o.identity != nil && c.stated.of(o.device()) == nil {
			c.state(statement{participant: participant, person: o.seat.Person, role: o.seat.Role, subject: o.device()})
		}
	})
}

func (c *Circle) state(about statement) {
	if _, err := c.stated.say(c.own, about, time.Now()); err != nil {
		return
	}
	c.look(nil)
	// Who is out is told as well: he knows that he is not to be heard.
	c.tell(func(*other) bool { return true })
}

// Renew makes the next secret: after a hold, or when the numbers of the last are spent.
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
		if !o.in {
			continue
		}
		sessions[o.session()] = true
		if c.learn(o) && o != answered {
			c.send(o, message{Type: "have", Epoch: o.epoch})
		}
	}
	// Who was put back or removed seals for nobody, whatever he is told by the server.
	if about := c.stated.of(name(c.own.public.Device)); about != nil && !about.in {
		clear(sessions)
	}
	c.epochs.share(sessions)
	c.show()
}

func (c *Circle) isIn(device, participant string) bool {
	if about := c.stated.of(device); about != nil {
		return about.in && about.participant == participant
	}
	return c.stated.counts(device)
}

func (c *Circle) show() {
	standing := make(map[string]Standing, len(c.others))
	for participant, o := range c.others {
		standing[participant] = c.standingOf(o)
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
	case o.link.silent(), c.stated.counts(o.device()) && time.Since(o.heardAt) > missedAfter:
		return Waiting
	}
	about := c.stated.of(o.device())
	known := about != nil && about.verified
	switch {
	case speaker(c.me.Role):
		known = known || o.proven
	case about == nil:
		known = c.proven
	}
	if known {
		return Verified
	}
	return Unverified
}
