package sfu_test

import (
	"testing"
	"time"

	"github.com/pion/rtcp"

	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/sfu/sfutest"
	"github.com/anteroom-video/anteroom/sfu/transport"
)

// ntpOf is a time as sender reports write it (RFC 3550 section 4).
func ntpOf(t time.Time) uint64 {
	return uint64(t.Unix()+2208988800)<<32 | uint64(t.Nanosecond())<<32/1e9
}

// TestLipsStayInStep: a sender whose wall clock is years off, whose sound and picture began at odd times, whose layers
// have clocks of their own; from the sender reports that the receiver gets, sound and picture captured at one moment
// must be due at one moment, through changes of layer and of person.
func TestLipsStayInStep(t *testing.T) {
	sfutest.NoLeaks(t)
	fakes := &sfutest.Fakes{}
	_, room := fakeRoom(t, fakes, nil)
	viewer := sfutest.JoinFake(t, fakes, room, "viewer", 1, false)
	for i, off := range []time.Duration{-3 * 365 * 24 * time.Hour, 7 * time.Minute} {
		name := []string{"bob", "cem"}[i]
		bob := sfutest.JoinFake(t, fakes, room, name, 1, false)
		begin := time.Now()
		base := uint32(i * 0x1000)
		opus := sfutest.NewOpus(base+1, 1)
		var layers [3]*sfutest.VP8
		for l := range layers {
			layers[l] = sfutest.NewVP8(base+uint32(0x10+l), 1, sizes[l][0], sizes[l][1])
			layers[l].Step = 90 * 10
			layers[l].Header.Timestamp = uint32(123456789 * (l + 1))
		}
		opus.Header.Timestamp = 987654321
		audioAt := func(t time.Time) uint32 { return uint32(987654321) + uint32(t.Sub(begin)*48000/time.Second) }
		videoAt := func(l int, t time.Time) uint32 {
			return uint32(123456789*(l+1)) + uint32(t.Sub(begin)*90000/time.Second)
		}
		report := func(at time.Time) {
			bob.Control(&rtcp.SenderReport{SSRC: base + 1, NTPTime: ntpOf(at.Add(off)), RTPTime: audioAt(at)})
			for l := range layers {
				bob.Control(&rtcp.SenderReport{SSRC: base + uint32(0x10+l), NTPTime: ntpOf(at.Add(off)), RTPTime: videoAt(l, at)})
			}
		}
		wanted := map[uint32]bool{}
		frame := func() {
			now := time.Now()
			for _, p := range bob.RTCP() {
				if pli, ok := p.(*rtcp.PictureLossIndication); ok {
					wanted[pli.MediaSSRC] = true
				}
			}
			opus.Header.Timestamp = audioAt(now) - 960
			bob.Inject(sfutest.FakeMicrophone, 0, opus.Packet())
			for l, v := range layers {
				v.Header.Timestamp = videoAt(l, now) - v.Step
				for _, p := range v.Frame(wanted[v.Header.SSRC], 1) {
					bob.Inject(sfutest.FakeCamera, l, p)
				}
				delete(wanted, v.Header.SSRC)
			}
			report(now)
		}
		audio, video := viewer.Sent(0, transport.Audio), viewer.Sent(0, transport.Video)
		var camera string
		for _, height := range []int{180, 720, 360} {
			layer := map[int]int{180: 0, 360: 1, 720: 2}[height]
			deadline := time.Now().Add(sfutest.Deadline)
			for {
				for _, p := range viewer.Publications() {
					if p.Participant == name && p.Source == sfu.SourceCamera {
						camera = p.ID
					}
				}
				viewer.Session.Views([]sfu.View{{Publication: camera, Width: height * 16 / 9, Height: height}})
				frame()
				sent := video.All()
				if n := len(sent); n > 0 && audio.Count.Load() > 0 {
					if mark, _ := sfutest.ReadMark(sent[n-1].Payload); mark.SSRC == base+uint32(0x10+layer) {
						break
					}
				}
				if time.Now().After(deadline) {
					t.Fatalf("%s: layer %d never came", name, layer)
				}
				time.Sleep(10 * time.Millisecond) // the camera's pace
			}
			// A second, in which reports come.
			viewer.RTCP()
			var sound, picture *rtcp.SenderReport
			for sound == nil || picture == nil {
				frame()
				for _, p := range viewer.RTCP() {
					if sr, ok := p.(*rtcp.SenderReport); ok && sr.SSRC == audio.SSRC() {
						sound = sr
					} else if ok && sr.SSRC == video.SSRC() {
						picture = sr
					}
				}
				if time.Now().After(deadline) {
					t.Fatalf("%s: no reports: %v %v", name, sound, picture)
				}
				time.Sleep(10 * time.Millisecond) // the camera's pace
			}
			frame() // both captured now
			a, v := audio.All()[len(audio.All())-1], video.All()[len(video.All())-1]
			due := func(sr *rtcp.SenderReport, timestamp uint32, rate int64) time.Duration {
				at := time.Duration(sr.NTPTime>>32)*time.Second + time.Duration((sr.NTPTime&0xffffffff)*1e9>>32)
				return at + time.Duration(int64(int32(timestamp-sr.RTPTime))*1e9/rate)
			}
			if apart := due(sound, a.Timestamp, 48000) - due(picture, v.Timestamp, 90000); apart.Abs() > 5*time.Millisecond {
				t.Errorf("%s, layer %d: sound and picture of one moment are %v apart", name, layer, apart)
			}
			// In our clock, not in the sender's: whoever takes the slot next goes on in it.
			if lag := time.Duration(ntpOf(time.Now())>>32-sound.NTPTime>>32) * time.Second; lag.Abs() > 2*time.Second {
				t.Errorf("%s: the report is %v off our clock", name, lag)
			}
		}
		if err := bob.Session.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAnUnmuteKeepsTheSendersClock: what comes first after a mute is due when the sender's clock says, however late it
// came, and so is what follows; a stream that began anew has a clock of its own.
func TestAnUnmuteKeepsTheSendersClock(t *testing.T) {
	sfutest.NoLeaks(t)
	fakes := &sfutest.Fakes{}
	_, room := fakeRoom(t, fakes, nil)
	viewer := sfutest.JoinFake(t, fakes, room, "viewer", 1, false)
	bob := sfutest.JoinFake(t, fakes, room, "bob", 1, false)
	opus, vp8 := sfutest.NewOpus(1, 1), sfutest.NewVP8(2, 1, 640, 360)
	now := time.Now()
	send := func(at time.Time) {
		bob.InjectAt(sfutest.FakeMicrophone, 0, opus.Packet(), false, at)
		for _, p := range vp8.Frame(true, 1) {
			bob.InjectAt(sfutest.FakeCamera, 0, p, false, at)
		}
	}
	audio, video := viewer.Sent(0, transport.Audio), viewer.Sent(0, transport.Video)
	for _, s := range []*sfutest.FakeStream{audio, video} {
		kind := transport.Audio
		if s == video {
			kind = transport.Video
		}
		viewer.Carries(t, 0, kind, func() { now = now.Add(time.Millisecond); send(now) })
	}
	// From here on the sender's clocks are at these, and he says so.
	bob.ControlAt(&rtcp.SenderReport{SSRC: 1, NTPTime: ntpOf(now), RTPTime: opus.Header.Timestamp}, now)
	bob.ControlAt(&rtcp.SenderReport{SSRC: 2, NTPTime: ntpOf(now), RTPTime: vp8.Header.Timestamp}, now)
	soundShift := audio.All()[len(audio.All())-1].Timestamp - opus.Header.Timestamp
	pictureShift := video.All()[len(video.All())-1].Timestamp - vp8.Header.Timestamp
	unmute := func() {
		bob.Session.SetFlow(sfu.Flow{Group: "room"})
		bob.Session.SetFlow(all)
	}
	unmute()
	const muted, late = 2 * time.Second, 300 * time.Millisecond
	opus.Header.Timestamp += uint32(muted * 48000 / time.Second)
	vp8.Header.Timestamp += uint32(muted * 90000 / time.Second)
	before := len(video.All())
	now = now.Add(muted + late)
	send(now)
	if len(video.All()) == before {
		t.Fatal("no picture after the mute")
	}
	if got := audio.All()[len(audio.All())-1].Timestamp - opus.Header.Timestamp; got != soundShift {
		t.Errorf("sound is %d ticks off the sender's clock", int32(got-soundShift))
	}
	if got := video.All()[len(video.All())-1].Timestamp - vp8.Header.Timestamp; got != pictureShift {
		t.Errorf("the picture is %d ticks off the sender's clock", int32(got-pictureShift))
	}
	// Another microphone, half a second off: the report of the old one says nothing about it.
	unmute()
	was := audio.All()[len(audio.All())-1].Timestamp
	opus.Header.SSRC = 9
	opus.Header.Timestamp += 48000/2 + 48000
	now = now.Add(time.Second)
	send(now)
	if got := audio.All()[len(audio.All())-1].Timestamp - was; got != 48000 {
		t.Errorf("another stream went on %d ticks after a second", got)
	}
}
