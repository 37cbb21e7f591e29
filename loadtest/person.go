package loadtest

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/anteroom-video/anteroom/loadtest/media"
	"github.com/anteroom-video/anteroom/signaling/client"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// person is one participant: the first of a room is the counsellor, who admits whoever waits.
type person struct {
	run      *run
	id       uint32
	began    time.Duration // when the join began
	call     *client.Call
	probe    *media.Probe
	in       atomic.Int64 // when the way in was open, as time.Duration since the beginning of the test
	sent     atomic.Uint64
	complete atomic.Bool
	arrived  chan struct{} // something of somebody came
}

func newPerson(r *run, room, seat int) *person {
	p := &person{run: r, id: uint32(room*1000 + seat), probe: media.NewProbe(), arrived: make(chan struct{}, 1)}
	p.began = r.since()
	p.in.Store(int64(p.began))
	return p
}

func (p *person) options() client.Options {
	o := p.run.target.Options
	o.OnRTP = func(r client.Received) {
		p.probe.Packet(r.Packet.Payload, r.Kind == wire.KindVideo, p.run.since())
		select {
		case p.arrived <- struct{}{}:
		default: // whoever waits looks already
		}
	}
	return o
}

// live takes part until the context ends.
func (p *person) live(ctx context.Context) {
	var senders sync.WaitGroup
	sending, stop := context.WithCancel(ctx)
	defer func() {
		stop()
		senders.Wait()
		_ = p.call.Close()
	}()
	begin := sync.OnceFunc(func() {
		if p.run.scenario.Audio {
			senders.Go(func() { p.speak(sending) })
		}
		if p.run.scenario.Video.Bitrate > 0 {
			senders.Go(func() { p.show(sending) })
		}
	})
	for {
		select {
		case <-ctx.Done():
			return
		case e, ok := <-p.call.Events():
			if !ok {
				return
			}
			switch e := e.(type) {
			case *wire.Welcome:
				if e.Phase == wire.PhaseIn {
					begin()
				}
				for _, w := range e.State.Waiting {
					p.admit(ctx, w.Participant)
				}
			case *wire.Admitted:
				p.in.Store(int64(p.run.since()))
				begin()
			case *wire.Waiting:
				if e.State == wire.WaitWaiting {
					p.admit(ctx, e.Participant)
				}
			case *wire.Publication:
				p.watch(ctx)
			case client.Finished:
				if e.Err != nil && ctx.Err() == nil {
					p.run.failed(fmt.Errorf("in the call: %w", e.Err))
				}
			}
		}
	}
}

func (p *person) admit(ctx context.Context, who string) {
	if err := p.call.Admit(ctx, who); err != nil && ctx.Err() == nil {
		p.run.failed(fmt.Errorf("admitting: %w", err))
	}
}

// watch asks for everything in full size: the load is the worst case.
func (p *person) watch(ctx context.Context) {
	var views []wire.Viewed
	for _, publication := range p.call.Publications() {
		if publication.Source == wire.SourceCamera {
			views = append(views, wire.Viewed{Publication: publication.Publication, Width: pictureWidth, Height: pictureHeight})
		}
	}
	if err := p.call.View(ctx, views...); err != nil && ctx.Err() == nil {
		p.run.failed(fmt.Errorf("choosing what to watch: %w", err))
	}
}

// waitFor waits until streams of so many kinds and senders have come.
func (p *person) waitFor(ctx context.Context, streams int) error {
	for p.probe.Streams() < streams {
		select {
		case <-p.arrived:
		case <-ctx.Done():
			return errNoMedia
		}
	}
	p.complete.Store(true)
	return nil
}

// speak sends a packet of sound every 20 ms.
func (p *person) speak(ctx context.Context) {
	sender, err := p.call.Publish(wire.SourceMicrophone)
	if err != nil {
		p.run.failed(err)
		return
	}
	number, timestamp := randomStart()
	payload := media.Sound()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for count := uint32(0); ; {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		number, timestamp = number+1, timestamp+960
		media.Mark{Sender: p.id, Number: count, Sent: p.run.since()}.Put(payload)
		out := packet(number, timestamp, payload, false)
		if sender.SetLevel(out, 30, true) != nil {
			continue // nothing is negotiated yet
		}
		if sender.WriteRTP(out) == nil {
			p.sent.Add(1)
			count++
		}
	}
}

// show sends frames at the scenario's rate, a key frame whenever one is wanted.
func (p *person) show(ctx context.Context) {
	sender, err := p.call.Publish(wire.SourceCamera)
	if err != nil {
		p.run.failed(err)
		return
	}
	v := p.run.scenario.Video
	picture := pictureOf(v)
	number, timestamp := randomStart()
	key := true
	ticker := time.NewTicker(time.Second / time.Duration(v.FrameRate))
	defer ticker.Stop()
	for count := uint32(0); ; {
		select {
		case <-ctx.Done():
			return
		case <-sender.KeyframeWanted():
			key = true
			continue
		case <-ticker.C:
		}
		timestamp += uint32(90000 / v.FrameRate)
		payloads := picture.Frame(key)
		key = false
		for i, payload := range payloads {
			number++
			media.Mark{Sender: p.id, Number: count, Sent: p.run.since()}.Put(payload)
			if sender.WriteRTP(packet(number, timestamp, payload, i == len(payloads)-1)) == nil {
				p.sent.Add(1)
				count++
			}
		}
	}
}
