package e2e

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtp/codecs"

	"github.com/anteroom-video/anteroom/loadtest/media"
	"github.com/anteroom-video/anteroom/signaling/client"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// ivf makes a file of VP8 frames at 25 per second.
func ivf(frames [][]byte) []byte {
	file := binary.LittleEndian.AppendUint16([]byte("DKIF\x00\x00"), 32)
	file = append(file, "VP80"...)
	for _, v := range []uint16{320, 180} {
		file = binary.LittleEndian.AppendUint16(file, v)
	}
	for _, v := range []uint32{25, 1, uint32(len(frames)), 0} {
		file = binary.LittleEndian.AppendUint32(file, v)
	}
	for i, frame := range frames {
		file = binary.LittleEndian.AppendUint32(file, uint32(len(frame)))
		file = binary.LittleEndian.AppendUint64(file, uint64(i))
		file = append(file, frame...)
	}
	return file
}

// vp8 makes a frame that says its number: a header as RFC 6386 has it, and filling.
func vp8(i int, key bool, size int) []byte {
	frame := bytes.Repeat([]byte{byte(i)}, size)
	copy(frame, []byte{0x11, 0, 0})
	if key {
		copy(frame, []byte{0x10, 0, 0, 0x9d, 0x01, 0x2a, 64, 1, 180, 0})
	}
	return frame
}

// opusFile makes a file of packets, several on a page.
func opusFile(packets [][]byte) []byte {
	page := func(granule uint64, packets ...[]byte) []byte {
		header := append([]byte("OggS\x00\x00"), make([]byte, 21)...)
		binary.LittleEndian.PutUint64(header[6:], granule)
		var body []byte
		for _, p := range packets {
			body = append(body, p...)
			header = append(header, byte(len(p)))
		}
		header[26] = byte(len(packets))
		return append(header, body...)
	}
	file := page(0, append([]byte("OpusHead\x01\x01"), make([]byte, 9)...))
	file = append(file, page(0, append([]byte("OpusTags"), make([]byte, 8)...))...)
	granule := uint64(0)
	for some := range slices.Chunk(packets, 7) {
		granule += uint64(960 * len(some))
		file = append(file, page(granule, some...)...)
	}
	return file
}

// Files are published as they are, sealed or not: every frame and every packet comes out as it was, in order, at its pace; a receiver who
// comes later gets a key frame first.
func TestFilesArePublished(t *testing.T) {
	for name, sealed := range map[string]bool{"plain": false, "sealed": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			publishFiles(t, sealed)
		})
	}
}

func publishFiles(t *testing.T, sealed bool) {
	s := open(t)
	a := s.invite("Anna", "Ben")
	quiet := func(o *client.Options) { o.OnRTP, o.Sealed = nil, sealed }
	counsellor := join(t, a.counsellor, quiet)
	counsellor.stop() // it sends files and nothing else

	frames := make([][]byte, 50)
	for i := range frames {
		frames[i] = vp8(i, i == 0, 500+60*i) // of one packet to four
	}
	packets := make([][]byte, 100)
	for i := range packets {
		packets[i] = media.Sound()
		packets[i][1] = byte(i)
	}
	camera, err := counsellor.Publish(wire.SourceCamera)
	must(t, err)
	microphone, err := counsellor.Publish(wire.SourceMicrophone)
	must(t, err)
	if _, err := counsellor.Publish(wire.SourceScreen); err == nil {
		t.Error("a call has no line for a screen")
	}
	playing, stop := context.WithCancel(t.Context())
	var plays sync.WaitGroup
	var ended [2]error
	plays.Go(func() { ended[0] = camera.PlayIVF(playing, bytes.NewReader(ivf(frames))) })
	plays.Go(func() { ended[1] = microphone.PlayOgg(playing, bytes.NewReader(opusFile(packets))) })
	defer plays.Wait()
	defer stop()

	for _, link := range a.links {
		watch := &viewer{more: make(chan struct{}, 1)}
		viewer := join(t, link, func(o *client.Options) {
			o.OnRTP, o.Sealed = watch.receive, sealed
			if sealed {
				o.OnFrame, o.OnRTP = watch.receiveFrame, watch.receiveSound
			}
		})
		viewer.stop()
		counsellor.admits(viewer)
		late := time.After(patience)
		for !watch.enough() {
			select {
			case <-watch.more:
			case <-late:
				frames, sounds := watch.came()
				t.Fatalf("%d frames and %d packets came", frames, sounds)
			}
		}
		watch.check(t, frames, packets)
	}
	stop()
	plays.Wait()
	for _, err := range ended {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("playing ended with %v", err)
		}
	}
}

// viewer puts frames together.
type viewer struct {
	mu     sync.Mutex // guards the following
	frame  []byte
	broken bool
	next   uint16
	frames [][]byte
	times  []uint32
	sounds [][]byte
	begun  time.Time
	took   time.Duration
	more   chan struct{}
}

// receiveSound keeps sound alone.
func (v *viewer) receiveSound(r client.Received) {
	if r.Kind == wire.KindAudio {
		v.receive(r)
	}
}

// receiveFrame keeps frames that somebody else has put together.
func (v *viewer) receiveFrame(f client.Frame) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.broken = v.broken || f.Keyframe != (f.Data[0]&1 == 0) || f.Source != wire.SourceCamera
	v.frames = append(v.frames, slices.Clone(f.Data))
	v.times = append(v.times, f.Timestamp)
}

func (v *viewer) receive(r client.Received) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.begun.IsZero() {
		v.begun = r.Arrival
	}
	if r.Kind == wire.KindAudio {
		v.sounds = append(v.sounds, slices.Clone(r.Packet.Payload))
	} else {
		var d codecs.VP8Packet
		payload, err := d.Unmarshal(r.Packet.Payload)
		if len(v.frame) == 0 != (d.S == 1 && d.PID == 0) || err != nil || v.next != 0 && r.Packet.SequenceNumber != v.next {
			v.broken = true
		}
		v.next = r.Packet.SequenceNumber + 1
		v.frame = append(v.frame, payload...)
		if r.Packet.Marker {
			v.frames, v.frame = append(v.frames, v.frame), nil
			v.times = append(v.times, r.Packet.Timestamp)
		}
	}
	v.took = r.Arrival.Sub(v.begun)
	select {
	case v.more <- struct{}{}:
	default:
	}
}

func (v *viewer) came() (frames, sounds int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.frames), len(v.sounds)
}

func (v *viewer) enough() bool {
	frames, sounds := v.came()
	return frames >= 60 && sounds >= 120
}

func (v *viewer) check(t *testing.T, frames, packets [][]byte) {
	t.Helper()
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.broken {
		t.Error("frames came in pieces")
	}
	if !bytes.Equal(v.frames[0], frames[0]) {
		t.Error("the first frame that came is no key frame")
	}
	at := 0
	for i, got := range v.frames {
		if at >= len(frames) || i > 0 && bytes.Equal(got, frames[0]) {
			at = 0 // over again, or a key frame was wanted
		}
		if !bytes.Equal(got, frames[at]) {
			t.Fatalf("frame %d is not the file's frame %d", i, at)
		}
		if i > 0 && v.times[i]-v.times[i-1] != 3600 {
			t.Errorf("frame %d is %d ticks after the one before", i, v.times[i]-v.times[i-1])
		}
		at++
	}
	at = int(v.sounds[0][1])
	for i, got := range v.sounds {
		if !bytes.Equal(got, packets[at%len(packets)]) {
			t.Fatalf("packet %d is not the file's packet %d", i, at%len(packets))
		}
		at++
	}
	if pace := v.took / time.Duration(len(v.sounds)); pace < 15*time.Millisecond || pace > 30*time.Millisecond {
		t.Errorf("a packet of 20 ms came every %v", pace)
	}
}

func TestFilesThatCannotBePlayed(t *testing.T) {
	t.Parallel()
	s := open(t)
	call, err := client.Join(t.Context(), s.invite().counsellor, client.Options{NoMedia: true})
	must(t, err)
	defer call.Close()
	camera, err := call.Publish(wire.SourceCamera)
	must(t, err)
	vp9 := bytes.Replace(ivf([][]byte{vp8(0, true, 100)}), []byte("VP80"), []byte("VP90"), 1)
	for name, file := range map[string][]byte{"empty": nil, "another codec": vp9, "no frames": ivf(nil), "cut": ivf([][]byte{vp8(0, true, 100)})[:60]} {
		if err := camera.PlayIVF(t.Context(), bytes.NewReader(file)); err == nil || errors.Is(err, context.Canceled) {
			t.Errorf("IVF, %s: %v", name, err)
		}
		if err := camera.PlayOgg(t.Context(), bytes.NewReader(file)); err == nil || errors.Is(err, context.Canceled) {
			t.Errorf("Ogg, %s: %v", name, err)
		}
	}
}
