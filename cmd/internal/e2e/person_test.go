package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/rtp"

	"github.com/anteroom-video/anteroom/loadtest/media"
	"github.com/anteroom-video/anteroom/signaling/client"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// patience is how long a test waits for what must come.
const patience = 15 * time.Second

// person takes part with eyes and ears: from the admission on he shows marks of his own, whatever he is told, and keeps whose marks he
// sees and hears.
type person struct {
	*client.Call
	t    testing.TB
	mark uint32 // in his packets, different for everybody in a test's process
	// sealed: what he shows is sealed, and what he sees was opened.
	sealed bool
	stop   context.CancelFunc
	wg     sync.WaitGroup
	// next are the numbers of the next packets of sound and picture.
	next [2]atomic.Uint32

	mu sync.Mutex // guards the following
	// events that came and were not asked for yet.
	events []client.Event
	over   bool
	seen   map[uint32]*sight
	more   chan struct{} // closed and made anew when something came
	// strange packets had no mark.
	strange int
}

// sight is what a person has of another.
type sight struct {
	packets [2]int    // of sound and picture
	last    [2]uint32 // highest numbers
	at      time.Time // when the last came
	gap     time.Duration
	// slow is the longest time that a packet was under way.
	slow time.Duration
	// as are the participants under whose name it was shown.
	as map[string]int
}

// Kinds of packets.
const (
	sound = iota
	picture
)

var marks atomic.Uint32 // of everybody

var epoch = time.Now() // of the times in marks

// join opens a link.
func join(t testing.TB, link string, change ...func(*client.Options)) *person {
	t.Helper()
	p, err := tryJoin(t, link, change...)
	must(t, err)
	return p
}

func tryJoin(t testing.TB, link string, change ...func(*client.Options)) (*person, error) {
	t.Helper()
	return enter(t, func(ctx context.Context, o client.Options) (*client.Call, error) { return client.Join(ctx, link, o) }, change...)
}

// enter takes part by whatever way gives a call.
func enter(t testing.TB, by func(context.Context, client.Options) (*client.Call, error), change ...func(*client.Options)) (*person, error) {
	t.Helper()
	p := &person{t: t, mark: marks.Add(1), seen: map[uint32]*sight{}, more: make(chan struct{})}
	options := client.Options{Loopback: true, Lang: "de", OnRTP: p.receive}
	for _, f := range change {
		f(&options)
	}
	if p.sealed = options.Sealed; p.sealed && options.OnFrame == nil {
		options.OnFrame = func(f client.Frame) { p.saw(f.Data, picture, f.Participant) }
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	call, err := by(ctx, options)
	if err != nil {
		return nil, err
	}
	p.follow(call)
	return p, nil
}

func (p *person) follow(call *client.Call) {
	p.Call = call
	var life context.Context
	life, p.stop = context.WithCancel(context.Background())
	p.wg.Go(func() { p.read(call) })
	for kind := range p.next {
		p.wg.Go(func() { p.send(life, kind) })
	}
	p.t.Cleanup(p.end)
}

// end closes the call without leaving and waits for everything of it.
func (p *person) end() {
	_ = p.Close()
	p.stop()
	p.wg.Wait()
}

// again is the same device's second tab.
func (p *person) again() *person {
	p.t.Helper()
	tab, err := enter(p.t, p.Again, func(o *client.Options) { o.Sealed = p.sealed })
	must(p.t, err)
	return tab
}

func (p *person) read(call *client.Call) {
	for e := range call.Events() {
		p.mu.Lock()
		p.events = append(p.events, e)
		p.news()
		p.mu.Unlock()
	}
	p.mu.Lock()
	p.over = true
	p.news()
	p.mu.Unlock()
}

func (p *person) news() { close(p.more); p.more = make(chan struct{}) }

// send sends a packet every 20 ms, whoever may want it, from the first connection on.
func (p *person) send(ctx context.Context, kind int) {
	source := [2]wire.Source{wire.SourceMicrophone, wire.SourceCamera}[kind]
	sender, err := p.Publish(source)
	if err != nil {
		p.t.Error(err)
		return
	}
	frames := &media.Picture{Width: 320, Height: 180, FrameBytes: 300, PacketBytes: 300}
	key := true
	out := &rtp.Packet{Header: rtp.Header{Version: 2, Marker: kind == picture, SequenceNumber: uint16(rand.Uint32()), Timestamp: rand.Uint32()}}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-sender.KeyframeWanted():
			key = true
			continue
		case <-tick.C:
		}
		out.SequenceNumber++
		if kind == picture {
			out.Timestamp += 1800
			out.Payload = frames.Frame(key)[0]
		} else {
			out.Timestamp += 960
			out.Payload = media.Sound()
			level := uint8(80)
			if number := p.next[kind].Load(); number%100 < 60 {
				level = 20 // what is equally loud all the time is no speech
			}
			_ = sender.SetLevel(out, level, true) // once it is negotiated
		}
		number := p.next[kind].Load()
		media.Mark{Sender: p.mark, Number: number, Sent: time.Since(epoch)}.Put(out.Payload)
		if p.sealed && !seal(sender, out, kind) {
			out.SequenceNumber-- // nobody has a key yet
			continue
		}
		if sender.WriteRTP(out) == nil {
			p.next[kind].Add(1)
			key = false
		}
	}
}

// seal seals the one frame of a packet.
func seal(sender *client.Sender, p *rtp.Packet, kind int) bool {
	descriptor := [2]int{0, 4}[kind] // of a picture's packet
	sealed, err := sender.Seal(p.Payload[descriptor:])
	p.Payload = append(p.Payload[:descriptor:descriptor], sealed...)
	return err == nil
}

// receive keeps what came.
func (p *person) receive(r client.Received) {
	switch {
	case r.Kind == wire.KindAudio:
		p.saw(r.Packet.Payload, sound, r.Participant)
	case !p.sealed:
		p.saw(r.Packet.Payload, picture, r.Participant)
	}
}

// saw keeps what came of somebody.
func (p *person) saw(content []byte, kind int, of string) {
	mark, ok := media.ReadMark(content)
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	defer p.news()
	if !ok {
		p.strange++
		return
	}
	s := p.seen[mark.Sender]
	if s == nil {
		s = &sight{as: map[string]int{}, at: now}
		p.seen[mark.Sender] = s
	}
	s.packets[kind]++
	s.last[kind] = max(s.last[kind], mark.Number)
	s.gap, s.at = max(s.gap, now.Sub(s.at)), now
	s.slow = max(s.slow, time.Since(epoch)-mark.Sent)
	s.as[of]++
}

// of is what the person has seen of another so far.
func (p *person) of(other *person) sight {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := p.seen[other.mark]; s != nil {
		copied := *s
		copied.as = map[string]int{}
		for who, n := range s.as {
			copied.as[who] = n
		}
		return copied
	}
	return sight{}
}

// fresh forgets gaps and delays of another until now.
func (p *person) fresh(other *person) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := p.seen[other.mark]; s != nil {
		s.gap, s.slow, s.at = 0, 0, time.Now()
	}
}

// until waits until something is so, looking whenever something came.
func (p *person) until(what string, is func() bool) {
	p.t.Helper()
	late := time.After(patience)
	for {
		p.mu.Lock()
		more := p.more
		p.mu.Unlock()
		if is() {
			return
		}
		select {
		case <-more:
		case <-late:
			p.t.Fatalf("not within %v: %s\nevents: %s", patience, what, p.history())
		}
	}
}

func (p *person) history() (types []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range p.events {
		types = append(types, fmt.Sprintf("%T", e))
	}
	return types
}

// sees waits for sound and picture of another that were sent from now on.
func (p *person) sees(other *person) {
	p.t.Helper()
	heard, seen := p.getting(other, sound), p.getting(other, picture)
	heard()
	seen()
}

// gets waits for several packets of a kind that were sent from now on.
func (p *person) gets(other *person, kind int) {
	p.t.Helper()
	p.getting(other, kind)()
}

// getting is gets in two steps, so that it can be waited for several things in the same time.
func (p *person) getting(other *person, kind int) (wait func()) {
	from := other.next[kind].Load()
	before := p.of(other).packets[kind]
	return func() {
		p.t.Helper()
		p.until(fmt.Sprintf("%s of %d at %d", [2]string{"sound", "picture"}[kind], other.mark, p.mark), func() bool {
			s := p.of(other)
			return s.packets[kind] >= before+5 && s.last[kind] >= from
		})
	}
}

// meet has several people see and hear each other, both ways.
func meet(people ...*person) {
	people[0].t.Helper()
	var waits []func()
	for _, p := range people {
		for _, q := range people {
			if p != q {
				waits = append(waits, p.getting(q, sound), p.getting(q, picture))
			}
		}
	}
	for _, wait := range waits {
		wait()
	}
}

// expect waits for an event of this type for which something is so, and forgets it and nothing else.
func expect[E client.Event](p *person, is ...func(E) bool) (found E) {
	p.t.Helper()
	p.until(fmt.Sprintf("%T at %d", found, p.mark), func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		for i, e := range p.events {
			if e, ok := e.(E); ok && !slices.ContainsFunc(is, func(f func(E) bool) bool { return !f(e) }) {
				found = e
				p.events = slices.Delete(p.events, i, i+1)
				return true
			}
		}
		return false
	})
	return found
}

// came reports whether an event of this type came and was not asked for.
func came[E client.Event](p *person) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.ContainsFunc(p.events, func(e client.Event) bool { _, ok := e.(E); return ok })
}

// finished waits for the call's end and gives its reason.
func (p *person) finished() error {
	p.t.Helper()
	return expect[client.Finished](p).Err
}

func (p *person) ctx() context.Context {
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	p.t.Cleanup(cancel)
	return ctx
}

// admits lets somebody in who waits, and who speaks, whatever the policy says of the fourth.
func (p *person) admits(other *person) {
	p.t.Helper()
	if p.sealed { // he lets in whom he has seen
		expect(p, func(w *wire.Waiting) bool { return w.Participant == other.Participant() })
	}
	must(p.t, p.Admit(p.ctx(), other.Participant()))
	if self := expect[*wire.Admitted](other).State.Self; self.EnteredMuted {
		must(p.t, other.Self(other.ctx(), true, self.Video))
	}
}

// counselled is a call: the counsellor, and so many clients who were let in. They see and hear each other.
func counselled(s *site, clients int, change ...func(*client.Options)) (counsellor *person, others []*person, a appointment) {
	s.t.Helper()
	labels := make([]string, clients)
	for i := range labels {
		labels[i] = label(i)
	}
	a = s.invite(labels...)
	counsellor = join(s.t, a.counsellor, change...)
	for _, link := range a.links {
		p := join(s.t, link, change...)
		counsellor.admits(p)
		others = append(others, p)
	}
	meet(append([]*person{counsellor}, others...)...)
	return counsellor, others, a
}
