package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"
	"github.com/pion/webrtc/v4/pkg/media/ivfreader"

	"github.com/anteroom-video/anteroom/signaling/client/ogg"
)

// packetSize is the largest packet that a Sender makes, in bytes of payload and header; the rest of a datagram is for header extensions.
const packetSize = 1172

// What [Sender.SetLevel] is given for sound whose loudness nobody measured, in -dBov.
const (
	SpeechLevel uint8 = 25
	PauseLevel  uint8 = 80
)

// timeline is when the frames of one source are due and what their timestamps are. It goes on over the end of a file.
type timeline struct {
	packetizer rtp.Packetizer
	clock      int // ticks per second of the timestamps
	due        time.Time
}

// next waits until step after the frame before, a number of ticks.
func (t *timeline) next(ctx context.Context, step int) error {
	t.packetizer.SkipSamples(uint32(step))
	t.due = t.due.Add(time.Duration(step) * time.Second / time.Duration(t.clock))
	if behind := time.Since(t.due); behind > time.Second {
		t.due = t.due.Add(behind) // the machine slept: what was missed is not sent in a burst
	}
	timer := time.NewTimer(time.Until(t.due))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// send sends a frame as the packets that it takes, sealed in a sealed call. Errors: [ErrNoKey] and those of [Sender.WriteRTP] but ErrNotReady.
func (s *Sender) send(t *timeline, frame []byte, prepare func(*rtp.Packet)) error {
	if s.stream != nil {
		sealed, err := s.Seal(frame)
		if err != nil {
			return err
		}
		frame = sealed
	}
	for _, p := range t.packetizer.Packetize(frame, 0) {
		prepare(p)
		if err := s.WriteRTP(p); err != nil && !errors.Is(err, ErrNotReady) {
			return err
		}
	}
	return nil
}

// PlayIVF sends a VP8 file at its own pace, over and over, until the context ends. Whenever a key frame is wanted it starts again from the
// file's first frame, which is one; as long as there is no key to seal it with, it stays there. Errors: the context's, or why the file cannot be played.
func (s *Sender) PlayIVF(ctx context.Context, file io.ReadSeeker) error {
	t := &timeline{
		packetizer: rtp.NewPacketizer(packetSize, 96, 0, &codecs.VP8Payloader{EnablePictureID: true}, rtp.NewRandomSequencer(), 90000),
		clock:      90000, due: time.Now(),
	}
	for {
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			return fmt.Errorf("client: rewinding: %w", err)
		}
		reader, header, err := ivfreader.NewWith(file)
		if err != nil {
			return fmt.Errorf("client: reading the IVF file: %w", err)
		}
		if header.FourCC != "VP80" {
			return errors.New("client: the IVF file holds no VP8")
		}
		if err := s.playFrames(ctx, reader, header, t); err != nil {
			return err
		}
	}
}

// playFrames sends a file once, or until a key frame is wanted.
func (s *Sender) playFrames(ctx context.Context, reader *ivfreader.IVFReader, header *ivfreader.IVFFileHeader, t *timeline) error {
	rate, scale := uint64(header.TimebaseDenominator), uint64(header.TimebaseNumerator) // a frame's time is its number × scale / rate seconds
	if scale > rate {
		return errors.New("client: the IVF file's clock is slower than a second")
	}
	var last uint64
	for n := 0; ; n++ {
		frame, frameHeader, err := reader.ParseNextFrame()
		if errors.Is(err, io.EOF) && n > 0 {
			return nil
		}
		if err != nil {
			return fmt.Errorf("client: reading a frame: %w", err)
		}
		// The reader gives number × rate / scale, rounded down: with scale ≤ rate the number is what it was, rounded up.
		high, low := bits.Mul64(frameHeader.Timestamp, scale)
		if high != 0 {
			return errors.New("client: a frame's time is out of bounds")
		}
		number := (low + rate - 1) / rate
		ticks := uint64(1)
		if n > 0 && number > last {
			ticks = number - last
		}
		last = number
		if err := t.next(ctx, int(min(ticks*90000*scale/rate, 90000))); err != nil {
			return err
		}
		select {
		case <-s.keyframe:
			if n > 0 {
				return nil
			}
		default:
		}
		err = s.send(t, frame, func(*rtp.Packet) {})
		if errors.Is(err, ErrNoKey) {
			return nil // what follows could not be decoded without it
		}
		if err != nil {
			return err
		}
	}
}

// PlayOgg sends an Opus file at its own pace, over and over, until the context ends. How loud it is, is not known without decoding it: the
// levels say speech with pauses. As long as there is no key to seal with, nothing of it is sent. Errors: the context's, or why the file cannot be played.
func (s *Sender) PlayOgg(ctx context.Context, file io.ReadSeeker) error {
	t := &timeline{
		packetizer: rtp.NewPacketizer(packetSize, 111, 0, &codecs.OpusPayloader{}, rtp.NewRandomSequencer(), 48000),
		clock:      48000, due: time.Now(),
	}
	for {
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			return fmt.Errorf("client: rewinding: %w", err)
		}
		reader, err := ogg.NewReader(file)
		if err != nil {
			return fmt.Errorf("client: reading the Ogg file: %w", err)
		}
		if err := s.playPackets(ctx, reader, t); err != nil {
			return err
		}
	}
}

// playPackets sends a file once.
func (s *Sender) playPackets(ctx context.Context, reader *ogg.Reader, t *timeline) error {
	for n := 0; ; n++ {
		packet, samples, err := reader.Next()
		if errors.Is(err, io.EOF) && n > 0 {
			return nil
		}
		if err != nil {
			return fmt.Errorf("client: reading a packet: %w", err)
		}
		level := SpeechLevel
		if n%100 >= 80 { // an unbroken level is noise to whoever looks for speakers
			level = PauseLevel
		}
		prepare := func(p *rtp.Packet) { _ = s.SetLevel(p, level, level == SpeechLevel) } // where none is negotiated there is nothing to do
		if err := s.send(t, packet, prepare); err != nil && !errors.Is(err, ErrNoKey) {
			return err
		}
		if err := t.next(ctx, samples); err != nil {
			return err
		}
	}
}
