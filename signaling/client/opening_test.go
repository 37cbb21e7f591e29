package client

import (
	"bytes"
	"testing"
	"time"

	"github.com/pion/rtp"

	"github.com/anteroom-video/anteroom/signaling/client/circle"
	"github.com/anteroom-video/anteroom/signaling/client/credential"
	"github.com/anteroom-video/anteroom/signaling/client/frame"
	"github.com/anteroom-video/anteroom/signaling/client/sealer"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// stage is one stream that comes, and whoever sends it.
type stage struct {
	*opening
	t     *testing.T
	own   *sealer.Own
	keys  circle.Key
	now   time.Time
	shown []Frame
	asked int
	video *picture
}

func newStage(t *testing.T) *stage {
	device, err := credential.NewDevice()
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{t: t, own: sealer.NewOwn(func() {}), keys: circle.Key{Tag: 7, Epoch: 1, Secret: [32]byte{1}}, now: time.Unix(1_800_000_000, 0), video: newPicture(1)}
	s.opening = &opening{
		sealing: newSealing(device, circle.Secrets{}, func(Event) {}),
		onFrame: func(f Frame) { f.Data = bytes.Clone(f.Data); s.shown = append(s.shown, f) },
		ask:     func() { s.asked++ },
	}
	s.own.Begin(s.keys)
	return s
}

func (s *stage) arrives(kind wire.Kind, whose string, p *rtp.Packet) (*rtp.Packet, bool) {
	s.t.Helper()
	r := &Received{Kind: kind, Participant: whose, Source: wire.SourceCamera, Packet: p, Arrival: s.now}
	ok := s.came(r)
	return r.Packet, ok
}

// shows sends a frame of a picture; a lost one does not arrive.
func (s *stage) shows(stream *sealer.Stream, whose string, key, lost bool) {
	s.t.Helper()
	plain := bytes.Repeat([]byte{1}, 300)
	if key {
		plain[0] = 0
	}
	sealed, ok := stream.Seal(nil, plain, frame.ClearOfVP8(key))
	if !ok {
		s.t.Fatal("not sealed")
	}
	s.now = s.now.Add(40 * time.Millisecond)
	for _, p := range s.video.packetizer.Packetize(sealed, 3600) {
		if lost {
			continue
		}
		if _, ok := s.arrives(wire.KindVideo, whose, p); !ok {
			s.t.Error("a picture's packet is not handed on")
		}
	}
}

// What of a picture cannot be decoded is not handed on, and a key frame is asked for once a second, if it would help.
func TestPicturesGoOnWithAKeyFrame(t *testing.T) {
	s := newStage(t)
	camera := s.own.Stream(frame.Camera)
	for range 30 {
		s.shows(camera, "ben", true, false)
	}
	if len(s.shown) != 0 || s.asked != 0 {
		t.Errorf("before there is a secret: %d frames, asked %d times", len(s.shown), s.asked)
	}
	s.sealing.Learn("ben", s.keys)
	for range 60 { // 2.4 s
		s.shows(camera, "ben", false, false)
	}
	if len(s.shown) != 0 || s.asked != 3 {
		t.Errorf("without a key frame: %d frames, asked %d times", len(s.shown), s.asked)
	}
	s.shows(camera, "ben", true, false)
	s.shows(camera, "ben", false, false)
	if len(s.shown) != 2 || !s.shown[0].Keyframe || s.shown[1].Keyframe || len(s.shown[1].Data) != 300 || s.shown[0].Participant != "ben" {
		t.Fatalf("%d frames", len(s.shown))
	}
	s.shows(camera, "ben", false, true)
	for range 60 {
		s.shows(camera, "ben", false, false)
	}
	if len(s.shown) != 2 || s.asked < 4 {
		t.Errorf("after a loss: %d frames, asked %d times", len(s.shown), s.asked)
	}
	s.shows(camera, "ben", true, false)
	asked := s.asked
	for range 60 { // somebody else's place now: what still comes of him is foreign there
		s.shows(camera, "eva", false, false)
	}
	if len(s.shown) != 3 || s.asked != asked {
		t.Errorf("in another's place: %d frames, asked %d times", len(s.shown), s.asked-asked)
	}
}

// Of sound each packet is opened; padding is nothing, and what does not open is not handed on.
func TestSoundIsOpenedByThePacket(t *testing.T) {
	s := newStage(t)
	s.sealing.Learn("ben", s.keys)
	sealed, _ := s.own.Stream(frame.Microphone).Seal(nil, []byte("sound"), 0)
	if p, ok := s.arrives(wire.KindAudio, "ben", &rtp.Packet{Payload: sealed}); !ok || string(p.Payload) != "sound" {
		t.Errorf("%q, %v", p.Payload, ok)
	}
	for name, payload := range map[string][]byte{"padding": nil, "again": sealed, "plain": bytes.Repeat([]byte{0x78}, 80)} {
		if _, ok := s.arrives(wire.KindAudio, "ben", &rtp.Packet{Payload: payload}); ok {
			t.Errorf("%s is handed on", name)
		}
	}
	s.sealing.mu.Lock()
	defer s.sealing.mu.Unlock()
	if got := s.sealing.tallies["ben"].counts; got.Passed != 1 || got.Lost() != 2 {
		t.Errorf("it counts %+v", got)
	}
}
