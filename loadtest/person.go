package loadtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtp"

	"github.com/anteroom-video/anteroom/loadtest/media"
	"github.com/anteroom-video/anteroom/signaling/client"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// person is one participant: the first of a room is the counsellor.
type person struct {
	run      *run
	id       uint32
	began    time.Duration // when the join began, since the beginning of the test
	admitted time.Duration // when the counsellor let him in; 0 for the counsellor, who has nobody to see yet
	call     *client.Call
	probe    *media.Probe
	sent     atomic.Uint64
	complete atomic.Bool
	arrived  chan struct{} // something of somebody came
}

func newPerson(r *run, room, seat int) *person {
	return &person{run: r, id: uint32(room*1000 + seat), probe: media.NewProbe(), arrived: make(chan struct{}, 1)}
}

func (p *person) options() client.Options {
	o := p.run.target.Options
	o.OnRTP = func(r client.Received) {
		p.probe.Packet(r.Packet.Payload, r.Kind == wire.KindVideo, p.run.since())
		if p.complete.Load() {
			return
		}
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
			case client.MediaState:
				if e.State == "connected" {
					begin()
				}
			case *wire.Publication:
				p.watch(ctx)
			case client.Reconnecting:
				p.run.failed(errLine)
			case client.Finished:
				if e.Err != nil && ctx.Err() == nil {
					p.run.failed(fmt.Errorf("in the call: %w", e.Err))
				}
			}
		}
	}
}

var (
	errNoMedia = errors.New("the media of somebody else never came")
	errLine    = errors.New("a line was lost, and resumed")
)

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

// What a speaker's level says: speech of 1.2 s, a pause of 0.8 s.
const (
	speechLevel, pauseLevel   = 25, 80
	speechPackets, allPackets = 60, 100
)

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
		number, timestamp = number+1, timestamp+960
		media.Mark{Sender: p.id, Number: count, Sent: p.run.since()}.Put(payload)
		out := packet(number, timestamp, payload, false)
		level := uint8(speechLevel)
		if count%allPackets >= speechPackets {
			level = pauseLevel
		}
		if sender.SetLevel(out, level, level == speechLevel) == nil && sender.WriteRTP(out) == nil {
			p.sent.Add(1)
			count++
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
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
	picture := &media.Picture{Width: pictureWidth, Height: pictureHeight, FrameBytes: v.Bitrate / 8 / v.FrameRate, PacketBytes: v.Packet}
	number, timestamp := randomStart()
	ticker := time.NewTicker(time.Second / time.Duration(v.FrameRate))
	defer ticker.Stop()
	key := true
	for count := uint32(0); ; {
		timestamp += uint32(90000 / v.FrameRate)
		payloads := picture.Frame(key)
		for i, payload := range payloads {
			number++
			media.Mark{Sender: p.id, Number: count, Sent: p.run.since()}.Put(payload)
			if sender.WriteRTP(packet(number, timestamp, payload, i == len(payloads)-1)) == nil {
				p.sent.Add(1)
				count++
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		select {
		case <-sender.KeyframeWanted():
			key = true
		default:
			key = false
		}
	}
}

// picture is the size that the pictures claim to have.
const pictureWidth, pictureHeight = 1280, 720

func packet(number uint16, timestamp uint32, payload []byte, marker bool) *rtp.Packet {
	return &rtp.Packet{Header: rtp.Header{Version: 2, Marker: marker, SequenceNumber: number, Timestamp: timestamp}, Payload: payload}
}

func randomStart() (uint16, uint32) { return uint16(rand.Uint32()), rand.Uint32() }
