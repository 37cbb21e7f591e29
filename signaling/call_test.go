package signaling_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/sfu/sfutest"
	"github.com/anteroom-video/anteroom/sfu/transport"
	"github.com/anteroom-video/anteroom/signaling/session"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// newHouseWithMedia is a house with the real media engine.
func newHouseWithMedia(t *testing.T) *house {
	t.Helper()
	media := sfutest.NewServer(t, nil)
	h := newHouse(t)
	h.media = session.NewEngine(media)
	h.open()
	return h
}

// caller is a page with a microphone that sends all the time.
type caller struct {
	*peer
	*sfutest.Client
	stop func()
}

// negotiate offers through the socket, as a page does.
func negotiate(p *peer, generation int) sfutest.Negotiate {
	return func(_ context.Context, o transport.Offer) (string, error) {
		offer := &wire.Offer{Generation: generation, SDP: o.SDP}
		for _, l := range o.Lines {
			line := wire.Line{Mid: l.Mid, Use: wire.Use(l.Use.String())}
			if line.Use.Receives() {
				line.Slot = l.Slot
			}
			offer.Lines = append(offer.Lines, line)
		}
		switch b := p.ask(offer).(type) {
		case *wire.Answer:
			return b.SDP, nil
		case *wire.Error:
			return "", errors.New(string(b.Code))
		}
		return "", errors.New("no answer")
	}
}

// call connects media and begins to send.
func (p *peer) call() *caller {
	p.t.Helper()
	c := &caller{peer: p, Client: sfutest.NewClient(p.t, sfutest.Options{Microphone: true, Pairs: 1, Plain: true})}
	c.Connect(negotiate(p, 1))
	ctx, cancel := context.WithCancel(context.Background())
	var sending sync.WaitGroup
	sending.Go(func() {
		voice := sfutest.NewOpus(1, 1)
		for ctx.Err() == nil {
			_ = c.TrySend(transport.Microphone, "", voice.Packet())
			time.Sleep(20 * time.Millisecond)
		}
	})
	c.stop = sync.OnceFunc(func() { cancel(); sending.Wait() })
	p.t.Cleanup(c.stop)
	return c
}

// hears waits for sound in the first slot.
func (c *caller) hears(what string) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	c.Slot(0, transport.Audio).Drain()
	if _, err := c.Slot(0, transport.Audio).Next(ctx); err != nil {
		c.t.Fatalf("hears nothing: %s", what)
	}
}

// deaf checks that for a while nothing comes but what was on its way.
func (c *caller) deaf(what string) {
	c.t.Helper()
	time.Sleep(100 * time.Millisecond)
	c.Slot(0, transport.Audio).Drain()
	time.Sleep(400 * time.Millisecond)
	if n := len(c.Slot(0, transport.Audio).Drain()); n > 0 {
		c.t.Errorf("hears %d packets: %s", n, what)
	}
}

// maps waits for the mapping that has somebody in it, and acknowledges it.
func (c *caller) maps(who *peer) {
	c.t.Helper()
	m := expectThat(c.peer, func(s *wire.Slots) bool { return len(s.Slots) == 1 && s.Slots[0].Participant == who.id() })
	c.say(&wire.SlotsAck{Seq: m.Seq})
}

// The whole way, with real media: what is heard, and above all when nothing is.
func TestCall(t *testing.T) {
	h := newHouseWithMedia(t)
	counsellor := h.counsel().call()
	page := h.join("anna", newDevice(t))
	silent := sfutest.NewClient(t, sfutest.Options{Microphone: true, Pairs: 1})
	if err := silent.Negotiate(t.Context(), negotiate(page, 1)); err == nil || err.Error() != "wrong_state" {
		t.Fatalf("somebody who waits gets a media session: %v", err)
	}
	counsellor.admit(page)
	anna := page.call()
	equal(t, "publication", expect[*wire.Publication](anna.peer).Participant, counsellor.id())
	anna.deaf("before she acknowledged the mapping")
	anna.maps(counsellor.peer)
	counsellor.maps(anna.peer)
	anna.hears("the counsellor")
	counsellor.hears("the client")

	anna.ok(&wire.Self{Audio: new(false), Video: new(true)})
	counsellor.deaf("she switched off")
	anna.ok(&wire.Self{Audio: new(true), Video: new(true)})
	counsellor.hears("switched on again")
	counsellor.ok(&wire.Mute{Participant: anna.id(), Kind: wire.KindAudio})
	counsellor.deaf("she was muted")
	anna.ok(&wire.Self{Audio: new(true), Video: new(true)})

	counsellor.ok(&wire.Hold{On: true})
	anna.deaf("on hold")
	counsellor.deaf("on hold")
	counsellor.ok(&wire.Hold{On: false})
	anna.maps(counsellor.peer)
	anna.hears("after the hold")

	// The socket is lost, the sound is not.
	anna.drop()
	anna.hears("without a socket")
	anna.peer = anna.comeBack(false)
	equal(t, "media kept", anna.self.Kept, true)
	if len(anna.self.State.Publications) != 1 {
		t.Errorf("comes back to %+v", anna.self.State.Publications)
	}
	anna.maps(counsellor.peer)
	anna.hears("after coming back")

	counsellor.ok(&wire.PutBack{Participant: anna.id()})
	counsellor.deaf("she was put back")
	anna.deaf("she was put back")
}

// The counsellor's socket is silent, his media is not: the room goes on. Then his media stops too.
func TestCounsellorIsHeardByRealMedia(t *testing.T) {
	h := newHouseWithMedia(t)
	counsellor := h.counsel().call()
	page := h.join("anna", newDevice(t))
	counsellor.admit(page)
	anna := page.call()
	anna.maps(counsellor.peer)
	anna.hears("the counsellor")
	counsellor.freeze()
	time.Sleep(4 * time.Second)
	none[*wire.Room](page)
	counsellor.stop()
	counsellor.Client.Close()
	start := time.Now()
	expectThat(page, func(r *wire.Room) bool { return r.Paused })
	if took := time.Since(start); took > 4500*time.Millisecond {
		t.Errorf("silent after %v", took)
	}
}
