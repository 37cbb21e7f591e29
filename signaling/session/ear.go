package session

import (
	"slices"
	"sync"

	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// telling is the half of a seat that hears the media session and tells the socket.
type telling struct {
	told sync.Mutex // guards the following fields; held for memory and for queueing messages

	socket       *Session
	ear          *ear // of the present media session: what an older one says is not heard
	publications []sfu.Publication
	slots        *sfu.SlotMap
	adaptation
	line  sfu.LineQuality // "" for a good one
	hears string          // the group that he is in, in which it concerns him who speaks; "" for none
	assignment
	moderates bool // written with control held as well
}

// assignment is where somebody is in a room that is divided.
type assignment struct {
	within    string // the group that he is assigned to; "" while he moves, and outside
	entrusted bool   // moderates
}

// adaptation is what the client is told of its present media session alone, beside the slots.
type adaptation struct {
	known   bool // the client knows of the session: before, it would take what it hears for the last one's
	demands []wire.Demand
	paused  []string
	codec   string // "" for the one at the beginning
}

// listenTo hears a new media session from now on. What the one before told is no longer so.
func (x *seat) listenTo(e *ear) {
	x.told.Lock()
	defer x.told.Unlock()
	for _, p := range x.publications {
		x.sendLocked(&wire.PublicationGone{Publication: p.ID})
	}
	x.ear, x.publications, x.slots, x.adaptation = e, nil, nil, adaptation{}
}

// greet makes s the socket of this seat and lets it say the first word, with what the media session has told so far.
// What it tells later comes after.
func (x *seat) greet(s *Session, moderates bool, say func(publications []sfu.Publication, kept bool)) {
	x.control.Lock()
	defer x.control.Unlock()
	x.told.Lock()
	defer x.told.Unlock()
	x.socket, x.moderates = s, moderates
	say(slices.Clone(x.publications), x.media != nil)
	if x.slots != nil {
		x.sendLocked(slotsOf(*x.slots))
	}
	if x.media != nil {
		x.adaptAllLocked()
	}
	x.tellSpeakerLocked()
}

// trust has this seat read of others' lines from now on, and its media count as a sign of life, or no longer.
func (x *seat) trust(moderates bool) {
	x.control.Lock()
	defer x.control.Unlock()
	x.told.Lock()
	defer x.told.Unlock()
	x.moderates = moderates
}

// part takes the socket from the seat, if it still has it.
func (x *seat) part(s *Session) {
	x.told.Lock()
	defer x.told.Unlock()
	if x.socket == s {
		x.socket = nil
	}
}

func (x *seat) tellSpeaker(group string, s *wire.Speaker) {
	x.told.Lock()
	defer x.told.Unlock()
	if x.hears == group {
		x.sendLocked(s)
	}
}

// tellSpeakerLocked tells who was last said to speak in his group.
func (x *seat) tellSpeakerLocked() {
	if speaker, known := x.live.speaker.Load(x.hears); known && x.hears != "" {
		x.sendLocked(speaker.(*wire.Speaker))
	}
}

func (x *seat) sendLocked(b wire.Body) {
	if x.socket != nil {
		x.socket.send(b)
	}
}

// ear hears one media session (sfu.Handler) and passes on what concerns the client.
type ear struct{ *seat }

// hear runs f unless the media session has been replaced.
func (e *ear) hear(f func()) {
	e.told.Lock()
	defer e.told.Unlock()
	if e.ear == e {
		f()
	}
}

func (e *ear) Slots(m sfu.SlotMap) {
	e.hear(func() {
		m.Slots = slices.Clone(m.Slots)
		e.slots = &m
		e.sendLocked(slotsOf(m))
	})
}

func (e *ear) Published(p sfu.Publication) {
	e.hear(func() {
		if !slices.ContainsFunc(e.publications, func(q sfu.Publication) bool { return q.ID == p.ID }) {
			e.publications = append(e.publications, p)
		}
		published := publicationOf(p)
		e.sendLocked(&published)
	})
}

func (e *ear) Unpublished(id string) {
	e.hear(func() {
		e.publications = slices.DeleteFunc(e.publications, func(p sfu.Publication) bool { return p.ID == id })
		e.sendLocked(&wire.PublicationGone{Publication: id})
	})
}

func (e *ear) Demand(source string, layers []int) {
	e.hear(func() {
		d := wire.Demand{Source: wire.Source(source), Layers: slices.Clone(layers)}
		if i := slices.IndexFunc(e.demands, func(o wire.Demand) bool { return o.Source == d.Source }); i >= 0 {
			e.demands[i] = d
		} else {
			e.demands = append(e.demands, d)
		}
		e.adaptLocked(&d)
	})
}

func (e *ear) PicturesPaused(publications []string) {
	e.hear(func() {
		e.paused = slices.Clone(publications)
		e.adaptLocked(&wire.PicturesPaused{Publications: e.paused})
	})
}

func (e *ear) Codec(video string) {
	e.hear(func() {
		e.codec = video
		e.adaptLocked(&wire.Codec{Video: wire.VideoCodec(video)})
	})
}

// hearing gives what is to be done when the answer to an offer for the present media session has been sent.
func (x *seat) hearing() func() {
	x.told.Lock()
	defer x.told.Unlock()
	if x.ear == nil {
		return nil
	}
	return x.ear.answered
}

// answered notes that the client has been sent the answer by which it knows of this media session, and tells it what
// is not as at the beginning.
func (e *ear) answered() {
	e.hear(func() {
		e.known = true
		e.adaptAllLocked()
	})
}

// adaptLocked tells what has changed, to a client that knows of the session.
func (x *seat) adaptLocked(b wire.Body) {
	if x.known {
		x.sendLocked(b)
	}
}

// adaptAllLocked tells all that is not as at the beginning.
func (x *seat) adaptAllLocked() {
	for _, d := range x.demands {
		x.adaptLocked(&d)
	}
	if len(x.paused) > 0 {
		x.adaptLocked(&wire.PicturesPaused{Publications: x.paused})
	}
	if x.codec != "" {
		x.adaptLocked(&wire.Codec{Video: wire.VideoCodec(x.codec)})
	}
}

func (e *ear) State(s sfu.ConnState) {
	if s == sfu.ConnFailed {
		e.live.ending.Go(func() { e.failed(e) })
	}
}
