package loadtest

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/pion/rtp"

	"github.com/anteroom-video/anteroom/loadtest/media"
	"github.com/anteroom-video/anteroom/loadtest/scenario"
	"github.com/anteroom-video/anteroom/signaling/client"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// send starts everything that the person sends, until the context ends.
func (p *person) send(ctx context.Context, senders *sync.WaitGroup) {
	s := p.run.scenario
	if s.Has(s.Sound.Share, p.seat) {
		p.start(senders, wire.SourceMicrophone, func(sender *client.Sender) { p.speak(ctx, sender) })
	}
	switch {
	case !s.Has(s.Camera.Share, p.seat):
	case p.run.picture != nil:
		p.start(senders, wire.SourceCamera, func(sender *client.Sender) { p.play(ctx, sender) })
	default:
		for i, sender := range p.call.Layers()[:p.fitting()] {
			senders.Go(func() { p.show(ctx, sender, s.Camera.Layers[i], s.Camera.FrameRate) })
		}
	}
	if p.shares() {
		if err := p.call.Screen(ctx, true); err != nil && ctx.Err() == nil {
			p.run.failed(fmt.Errorf("sharing the screen: %w", err))
			return
		}
		p.start(senders, wire.SourceScreen, func(sender *client.Sender) { p.show(ctx, sender, s.Screen.Layer, s.Screen.FrameRate) })
	}
}

const (
	// overhead of a packet on the wire, in bytes.
	overhead = 70
	// usable is the part of a line that browsers use at the most.
	usable = 0.9
)

// play sends the run's picture, over and over.
func (p *person) play(ctx context.Context, sender *client.Sender) {
	err := sender.PlayIVF(ctx, bytes.NewReader(p.run.picture)) // it ends with an error alone
	if ctx.Err() == nil {
		p.run.failed(err)
	}
}

// shows reports whether the person's pictures can be seen: he has a camera, and the line for it.
func (p *person) shows() bool {
	return p.run.scenario.Has(p.run.scenario.Camera.Share, p.seat) && p.fitting() > 0
}

// fitting is how many of the camera's layers the person's line carries upwards. A browser would find it out; a person of a load test knows.
func (p *person) fitting() int {
	camera, line := p.run.scenario.Camera, p.run.scenario.Line.Settings
	if line.Rate == 0 || !p.run.scenario.OnLine(p.seat) {
		return len(camera.Layers)
	}
	left := usable*float64(line.Rate) - 8*50*float64(2*len(media.Sound())+overhead)
	for i, layer := range camera.Layers {
		packets := float64(camera.FrameRate) * math.Ceil(float64(layer.Bitrate)/8/float64(camera.FrameRate)/float64(camera.Packet))
		left -= float64(layer.Bitrate) + 8*overhead*packets
		if left < 0 {
			return i
		}
	}
	return len(camera.Layers)
}

func (p *person) start(senders *sync.WaitGroup, source wire.Source, send func(*client.Sender)) {
	sender, err := p.call.Publish(source)
	if err != nil {
		p.run.failed(err)
		return
	}
	senders.Go(func() { send(sender) })
}

// A speaker speaks for 1.2 s and pauses for 0.8 s, in packets.
const speechPackets, allPackets = 60, 100

const (
	// turn is how long one person speaks when people talk in turns.
	turn = 5 * time.Second
	// silence is every how many packets somebody who is silent sends one (DTX, RFC 6716 section 2.1.9).
	silence = 20
)

// speaking gives the level of the packet that is due, and whether it is sent at all.
func (p *person) speaking(tick uint32) (level uint8, sent bool) {
	s := p.run.scenario
	if s.Sound.Talk == scenario.TalkTurns && int(p.run.since()/turn)%s.Persons != p.seat {
		return client.PauseLevel, tick%silence == 0
	}
	if tick%allPackets >= speechPackets {
		return client.PauseLevel, true
	}
	return client.SpeechLevel, true
}

// speak sends a packet of sound every 20 ms.
func (p *person) speak(ctx context.Context, sender *client.Sender) {
	number, timestamp := randomStart()
	sound := media.Sound()
	var past media.Redundant
	beat := newBeat(20 * time.Millisecond)
	for tick, count := uint32(0), uint32(0); ; tick++ {
		timestamp += 960 * beat.steps
		level, due := p.speaking(tick)
		payload := sound
		if due {
			media.Mark{Sender: p.id, Number: count, Sent: p.run.since()}.Put(sound)
			switch {
			case p.run.scenario.Sealed:
				var err error
				payload, err = sender.Seal(sound)
				due = err == nil // nobody has a key yet
			case p.run.scenario.Sound.RED:
				payload = past.Wrap(sound, timestamp)
			}
		}
		if due {
			number++
			out := packet(number, timestamp, payload, false)
			if sender.SetLevel(out, level, level == client.SpeechLevel) == nil && sender.WriteRTP(out) == nil {
				p.sent.Add(1)
				count++
			}
		}
		if !beat.wait(ctx) {
			return
		}
	}
}

// beat is a steady pace. A program that was held up leaves steps out rather than fall behind: timestamps follow the clock.
type beat struct {
	every time.Duration
	due   time.Time
	steps uint32 // since the last
}

func newBeat(every time.Duration) *beat { return &beat{every: every, due: time.Now(), steps: 1} }

// wait waits for the next step; false at the end of the context.
func (b *beat) wait(ctx context.Context) bool {
	b.steps = 1
	b.due = b.due.Add(b.every)
	if behind := time.Since(b.due); behind > b.every {
		b.steps += uint32(behind / b.every)
		b.due = b.due.Add(behind / b.every * b.every)
	}
	timer := time.NewTimer(time.Until(b.due))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// show sends the frames of one layer while somebody watches it, a key frame whenever one is wanted.
func (p *person) show(ctx context.Context, sender *client.Sender, layer scenario.Layer, rate int) {
	picture := &media.Picture{
		Width: layer.Lines * 16 / 9, Height: layer.Lines, FrameBytes: max(layer.Bitrate/8/rate, 1), PacketBytes: max(p.run.scenario.Camera.Packet, smallestPacket),
	}
	number, timestamp := randomStart()
	beat := newBeat(time.Second / time.Duration(rate))
	key := true
	for count := uint32(0); ; {
		timestamp += uint32(90000/rate) * beat.steps
		if !sender.Watched() {
			key = true // who looks again has seen nothing of it
		} else {
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
		if !beat.wait(ctx) {
			return
		}
		select {
		case <-sender.KeyframeWanted():
			key = true
		default:
		}
	}
}

// smallestPacket is the size of packets where the scenario has no camera that says it.
const smallestPacket = 1100

func packet(number uint16, timestamp uint32, payload []byte, marker bool) *rtp.Packet {
	return &rtp.Packet{Header: rtp.Header{Version: 2, Marker: marker, SequenceNumber: number, Timestamp: timestamp}, Payload: payload}
}

func randomStart() (uint16, uint32) { return uint16(rand.Uint32()), rand.Uint32() }
