package loadtest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/anteroom-video/anteroom/loadtest/impair"
	"github.com/anteroom-video/anteroom/loadtest/media"
	"github.com/anteroom-video/anteroom/signaling/client"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// person is one stay of one participant: the first of a room is the counsellor.
type person struct {
	run      *run
	room     int
	seat     int
	id       uint32
	began    time.Duration // when the join began, since the beginning of the test
	admitted time.Duration // when the counsellor let him in; 0 for the counsellor, who has nobody to see yet
	call     *client.Call
	probe    *media.Probe
	sent     atomic.Uint64
	arrived  chan struct{} // something of somebody came
	knocked  chan struct{} // somebody waits
	over     chan struct{} // closed when the stay is over

	mu sync.Mutex // guards the following
	// counted is what there was of everything at the last look.
	counted collected
	// waiting are the participants who wait to be let in.
	waiting map[string]bool
	// paused are the people whose picture the server does not send.
	paused []string
}

func newPerson(r *run, room, seat int) *person {
	return &person{
		run: r, room: room, seat: seat, id: uint32(room*1000 + seat), waiting: map[string]bool{},
		probe: media.NewProbe(), arrived: make(chan struct{}, 1), knocked: make(chan struct{}, 1), over: make(chan struct{}),
	}
}

func (p *person) options() (client.Options, error) {
	s := p.run.scenario
	o := p.run.target.Options
	o.OnRTP = func(r client.Received) {
		p.probe.Packet(media.Arrival{
			Stream: media.Stream{Generation: r.Generation, Slot: r.Slot, Video: r.Kind == wire.KindVideo},
			Person: r.Participant, RED: r.RED, Packet: r.Packet, At: p.run.since(),
		})
		select {
		case p.arrived <- struct{}{}:
		default: // whoever waits looks already
		}
	}
	o.Simulcast = len(s.Camera.Layers) > 1 && p.run.picture == nil
	o.RED, o.Sealed = s.Sound.RED, s.Sealed
	o.Screen = p.shares()
	if s.OnLine(p.seat) {
		line, err := impair.NewNet(s.Line.Settings, uint64(p.id))
		if err != nil {
			return o, err
		}
		o.Net = line
	}
	return o, nil
}

// shares reports whether he shares his screen.
func (p *person) shares() bool {
	s := p.run.scenario
	return p.seat == 0 && float64(p.room) < s.Screen.Share*float64(s.Rooms)
}

// retryAfter is how long to wait when the server has enough of our address: a load from one machine is what it guards against.
const retryAfter = time.Second

// join tries until the server does not hold us back.
func (p *person) join(ctx context.Context, try func(client.Options) (*client.Call, error)) error {
	options, err := p.options()
	if err != nil {
		return err
	}
	p.run.figures.joining()
	for {
		p.began = p.run.since()
		p.call, err = try(options)
		if err == nil {
			p.run.figures.entered(p)
		}
		if !heldBack(err) {
			return err
		}
		p.run.failed(err)
		select {
		case <-time.After(retryAfter):
		case <-ctx.Done():
			return err
		}
	}
}

// heldBack reports whether the server only wants us to wait.
func heldBack(err error) bool {
	if no, ok := errors.AsType[*client.HTTPError](err); ok {
		return no.Status == http.StatusTooManyRequests
	}
	no, ok := errors.AsType[*client.RequestError](err)
	return ok && no.Code == wire.CodeTooFast
}

// live takes part until the context ends or the call is over.
func (p *person) live(ctx context.Context) {
	var senders sync.WaitGroup
	sending, stop := context.WithCancel(ctx)
	defer func() {
		stop()
		senders.Wait()
		_ = p.call.Close()
		close(p.over)
		p.run.figures.went(p)
	}()
	begin := sync.OnceFunc(func() { p.send(sending, &senders) })
	for {
		select {
		case <-ctx.Done():
			return
		case e, ok := <-p.call.Events():
			if !ok {
				return
			}
			switch e := e.(type) {
			case client.MediaState:
				if e.State == "connected" {
					begin()
				}
			case *wire.Admitted:
				// In a room of many one arrives with the sound off, by the room's policy.
				if self := e.State.Self; self != nil && self.EnteredMuted {
					if err := p.call.Self(ctx, true, self.Video); err != nil && ctx.Err() == nil {
						p.run.failed(fmt.Errorf("switching the sound on: %w", err))
					}
				}
			case *wire.Publication, *wire.Speaker:
				p.watch(ctx, e)
			case *wire.PicturesPaused:
				p.pause(e.Publications)
			case *wire.Waiting:
				p.saw(e.Participant)
			case *wire.WaitingGone:
				p.mu.Lock()
				delete(p.waiting, e.Participant)
				p.mu.Unlock()
			case client.Reconnecting:
				p.run.failed(errLine)
			case client.Reconnected:
				for _, w := range e.Welcome.State.Waiting {
					p.saw(w.Participant)
				}
			case client.Finished:
				if e.Err != nil && ctx.Err() == nil {
					p.run.failed(fmt.Errorf("in the call: %w", e.Err))
				}
			}
		}
	}
}

// saw notes somebody who waits.
func (p *person) saw(participant string) {
	p.mu.Lock()
	p.waiting[participant] = true
	p.mu.Unlock()
	select {
	case p.knocked <- struct{}{}:
	default: // whoever looks is to look already
	}
}

// sees waits until somebody is seen to wait; false if the stay or the context ends before.
func (p *person) sees(ctx context.Context, participant string) bool {
	for {
		p.mu.Lock()
		seen := p.waiting[participant]
		p.mu.Unlock()
		if seen {
			return true
		}
		select {
		case <-p.knocked:
		case <-p.over:
			return false
		case <-ctx.Done():
			return false
		}
	}
}

// leave ends the stay from the person's side.
func (p *person) leave(ctx context.Context) {
	if err := p.call.Leave(ctx); err != nil && ctx.Err() == nil {
		p.run.failed(fmt.Errorf("leaving: %w", err))
	}
}

var (
	errNoMedia = errors.New("the media of somebody else never came")
	errLine    = errors.New("a line was lost, and resumed")
)

// pause notes whose pictures are not sent. What comes of them afterwards is not late.
func (p *person) pause(publications []string) {
	var now []string
	for _, one := range p.call.Publications() {
		if slices.Contains(publications, one.Publication) {
			now = append(now, one.Participant)
		}
	}
	p.mu.Lock()
	before := p.paused
	p.paused = now
	p.mu.Unlock()
	for _, person := range slices.Concat(before, now) {
		p.probe.Interrupt(person)
	}
}

// collect gives what the person sent and received since the last look.
func (p *person) collect() collected {
	p.mu.Lock()
	defer p.mu.Unlock()
	mapping := p.call.Mapping()
	all := collected{sent: p.sent.Load()}
	for _, of := range p.call.Opened() {
		all.opened += of.Passed
		all.dropped += of.Lost()
	}
	c := collected{sent: all.sent - p.counted.sent, opened: all.opened - p.counted.opened, dropped: all.dropped - p.counted.dropped}
	p.counted = all
	c.came = p.probe.Take(p.run.since(), func(s media.Stream) (string, bool) {
		who := mapping[s.Slot].Participant
		return who, who != "" && !(s.Video && slices.Contains(p.paused, who))
	})
	return c
}

// settle waits until the media of the people in the room has come: every picture, and somebody's sound, because of many only the loudest is
// heard. On a bad line anything is enough. It reports whether that came to be.
func (p *person) settle(ctx context.Context, people []*person) bool {
	sounds, pictures := 0, 0
	for _, other := range people {
		if other.id == p.id {
			continue
		}
		if p.run.scenario.Has(p.run.scenario.Sound.Share, other.seat) {
			sounds = 1
		}
		if other.shows() {
			pictures++
		}
	}
	if p.run.scenario.OnLine(p.seat) {
		sounds, pictures = min(sounds, 1), min(pictures, 1-sounds)
	}
	return p.await(ctx, func(s, v int) bool { return s >= sounds && v >= pictures })
}

// await waits until enough sounds and pictures have come; false if the stay or the context ended before.
func (p *person) await(ctx context.Context, enough func(sounds, pictures int) bool) bool {
	for {
		if enough(p.probe.Senders()) {
			p.run.figures.arrived(p)
			return true
		}
		select {
		case <-p.arrived:
		case <-p.over:
			return false
		case <-ctx.Done():
			return false
		}
	}
}
