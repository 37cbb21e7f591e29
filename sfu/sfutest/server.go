package sfutest

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/sfu/transport"
)

// NewServer makes a server on a free loopback port. Close ends with the test.
func NewServer(tb testing.TB, change func(*sfu.Config)) *sfu.Server {
	tb.Helper()
	c := sfu.Config{UDP: netip.MustParseAddrPort("127.0.0.1:0")}
	if change != nil {
		change(&c)
	}
	s, err := sfu.New(c)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), Deadline)
		defer cancel()
		if err := s.Close(ctx); err != nil {
			tb.Errorf("closing the server: %v", err)
		}
	})
	return s
}

// Answer lets a Client negotiate with a session.
func Answer(s *sfu.Session) Negotiate {
	return func(ctx context.Context, o transport.Offer) (string, error) {
		return s.Answer(ctx, Offer(o))
	}
}

// Offer is an offer in the engine's own words.
func Offer(o transport.Offer) sfu.Offer {
	lines := make([]sfu.Line, len(o.Lines))
	for i, l := range o.Lines {
		lines[i] = sfu.Line{Mid: l.Mid, Use: l.Use.String(), Slot: l.Slot}
	}
	return sfu.Offer{SDP: o.SDP, Lines: lines}
}

// Events is a Handler that remembers what is true now, and acknowledges mappings once Acknowledge was called.
type Events struct {
	changed chan struct{}

	mu      sync.Mutex
	session *sfu.Session
	slots   sfu.SlotMap
	pubs    []sfu.Publication
	states  []sfu.ConnState
	demand  map[string][]int
	paused  []string
	line    sfu.LineQuality
	codec   string
}

// NewEvents makes a Handler.
func NewEvents() *Events {
	return &Events{changed: make(chan struct{}, 1), demand: map[string][]int{}, line: sfu.LineGood, codec: sfu.CodecVP8}
}

// Acknowledge makes the Handler acknowledge the mappings of s from now on, those so far included.
func (e *Events) Acknowledge(s *sfu.Session) {
	e.mu.Lock()
	e.session = s
	seq := e.slots.Seq
	e.mu.Unlock()
	s.AckSlots(seq)
}

func (e *Events) wake() {
	select {
	case e.changed <- struct{}{}:
	default:
	}
}

func (e *Events) Slots(m sfu.SlotMap) {
	e.mu.Lock()
	e.slots = m
	s := e.session
	e.mu.Unlock()
	if s != nil {
		s.AckSlots(m.Seq)
	}
	e.wake()
}

func (e *Events) Published(p sfu.Publication) {
	e.mu.Lock()
	e.pubs = append(e.pubs, p)
	e.mu.Unlock()
	e.wake()
}

func (e *Events) Unpublished(id string) {
	e.mu.Lock()
	e.pubs = slices.DeleteFunc(e.pubs, func(p sfu.Publication) bool { return p.ID == id })
	e.mu.Unlock()
	e.wake()
}

func (e *Events) Demand(source string, layers []int) {
	e.mu.Lock()
	e.demand[source] = layers
	e.mu.Unlock()
	e.wake()
}

func (e *Events) PicturesPaused(publications []string) {
	e.mu.Lock()
	e.paused = publications
	e.mu.Unlock()
	e.wake()
}

func (e *Events) Line(q sfu.LineQuality) {
	e.mu.Lock()
	e.line = q
	e.mu.Unlock()
	e.wake()
}

func (e *Events) Codec(video string) {
	e.mu.Lock()
	e.codec = video
	e.mu.Unlock()
	e.wake()
}

func (e *Events) State(s sfu.ConnState) {
	e.mu.Lock()
	e.states = append(e.states, s)
	e.mu.Unlock()
	e.wake()
}

// Demanded are the layers of an own source that somebody watches; false before anything was said of it.
func (e *Events) Demanded(source string) ([]int, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	layers, ok := e.demand[source]
	return slices.Clone(layers), ok
}

// Paused are the publications whose picture is paused because of the line.
func (e *Events) Paused() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.paused)
}

// LineQuality is how good the line was said to be.
func (e *Events) LineQuality() sfu.LineQuality {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.line
}

// VideoCodec is what cameras are to be sent as.
func (e *Events) VideoCodec() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.codec
}

// Mapping is the latest mapping.
func (e *Events) Mapping() sfu.SlotMap {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.slots
}

// Publications are those that exist now.
func (e *Events) Publications() []sfu.Publication {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.pubs)
}

// States are those told so far.
func (e *Events) States() []sfu.ConnState {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.states)
}

// Await waits until ok.
func (e *Events) Await(tb testing.TB, what string, ok func() bool) {
	tb.Helper()
	deadline := time.After(Deadline)
	for !ok() {
		select {
		case <-e.changed:
		case <-deadline:
			tb.Fatalf("never: %s", what)
		}
	}
}

// Person is a client in a room: its connection, its session and what its Handler was told.
type Person struct {
	*Client
	*Events
	Session *sfu.Session
	Name    string
}

// Join puts a client into a room with everything allowed in the group "room", connects it, and acknowledges its slots.
func Join(tb testing.TB, r *sfu.Room, name string, o Options) *Person {
	tb.Helper()
	p := &Person{Client: NewClient(tb, o), Events: NewEvents(), Name: name}
	s, err := r.Join(name, 1, p.Events)
	if err != nil {
		tb.Fatal(err)
	}
	p.Session = s
	s.SetFlow(sfu.Flow{Group: "room", Audio: true, Video: true})
	p.Acknowledge(s)
	p.Connect(Answer(s))
	p.Events.Await(tb, name+" is connected", func() bool {
		return slices.Contains(p.States(), sfu.ConnConnected)
	})
	return p
}

// Sees waits until a participant has a slot and returns its number.
func (p *Person) Sees(tb testing.TB, participant string) int {
	tb.Helper()
	slot := -1
	p.Events.Await(tb, p.Name+" has a slot for "+participant, func() bool {
		for _, s := range p.Mapping().Slots {
			if s.Participant == participant && s.Source == sfu.SourceCamera {
				slot = s.Slot
				return true
			}
		}
		return false
	})
	return slot
}
