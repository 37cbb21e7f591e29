package session

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/signaling/room"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// ListenEvery is how often [Live.Listen] is to be called.
const ListenEvery = 500 * time.Millisecond

// answerWithin bounds an offer's work, all of which is this machine's own.
const answerWithin = 5 * time.Second

// seat is where one participant's media session and his socket meet. Either may be missing for a while: the socket
// between a loss and the resume, the media session before the first offer.
//
// It has two locks because calls go both ways: the room's loop and the socket call the media session under control, the
// media session calls the socket under told. told may be taken within control, never the other way round.
type seat struct {
	live *Live
	id   room.Participant

	offers sync.Mutex // held for a whole offer, so that a replaced socket's last one is done before the next

	control sync.Mutex // guards the following fields; held for memory only

	open       bool // between the Flow and the Drop of the room: there may be a media session
	flow       sfu.Flow
	frozen     bool // what he has sealed is not handed on
	generation int  // of the client's peer connection, 0 before the first
	media      MediaSession
	heardAt    time.Time     // what Listen last saw
	choice     sfu.Choice    // of pictures; "" for none said
	renewed    *rate.Limiter // of new generations
	relayed    relayed       // while open

	telling

	users int // who works on it; guarded by the room's lock
}

// setFlow is the room's rule for this seat. When it has returned, nothing passes against it.
func (x *seat) setFlow(b room.Flow) {
	f := sfu.Flow{Group: b.Group, Audio: b.Audio, Video: b.Video, Screen: b.Screen, VideoReserved: b.VideoReserved, Entrusted: b.Entrusted}
	x.control.Lock()
	defer x.control.Unlock()
	if !x.open {
		x.relayed.begin(x.live.host.Relays)
	}
	x.open, x.flow, x.frozen = true, f, b.Frozen
	if x.media != nil {
		x.media.SetFlow(f)
	}
	x.told.Lock()
	defer x.told.Unlock()
	moved := x.hears != f.Group
	x.hears, x.within, x.entrusted = f.Group, b.Within, f.Entrusted
	if moved {
		x.tellSpeakerLocked()
	}
}

// drop takes the leave to have media back and gives the media session that is to be closed, nil for none. Nothing passes
// through it any more.
func (x *seat) drop() MediaSession {
	x.control.Lock()
	defer x.control.Unlock()
	media := x.media
	if media != nil {
		media.SetFlow(sfu.Flow{})
	}
	x.open, x.flow, x.frozen, x.generation, x.media, x.choice = false, sfu.Flow{}, false, 0, nil, ""
	x.relayed.end()
	x.told.Lock()
	defer x.told.Unlock()
	x.ear, x.publications, x.slots, x.adaptation, x.hears = nil, nil, nil, adaptation{}, ""
	x.within, x.entrusted = "", false
	return media
}

// isIn reports whether the participant may have a media session.
func (x *seat) isIn() bool {
	x.control.Lock()
	defer x.control.Unlock()
	return x.open
}

// offer negotiates. A higher generation than before replaces the media session, the same goes on with it. told is to be
// called when the answer has been sent.
func (x *seat) offer(ctx context.Context, o *wire.Offer) (answer *wire.Answer, told func(), err error) {
	x.offers.Lock()
	defer x.offers.Unlock()
	media, err := x.session(o.Generation)
	if err != nil {
		return nil, nil, err
	}
	told = x.hearing()
	lines := make([]sfu.Line, len(o.Lines))
	for i, l := range o.Lines {
		lines[i] = sfu.Line{Mid: l.Mid, Use: string(l.Use), Slot: l.Slot}
	}
	// The media session outlives the socket that an offer came by: an offer broken off half-way would end it.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerWithin)
	defer cancel()
	sdp, err := media.Answer(ctx, sfu.Offer{SDP: o.SDP, Lines: lines, SVC: o.SVC})
	if err != nil {
		return nil, nil, err
	}
	return &wire.Answer{Generation: o.Generation, SDP: sdp}, told, nil
}

// session gives the media session for a generation, and makes it when it is a new one. Under offers.
func (x *seat) session(generation int) (MediaSession, error) {
	x.control.Lock()
	open, have, media := x.open, x.generation, x.media
	x.control.Unlock()
	switch {
	case !open, generation < have, generation == have && media == nil:
		return nil, refusal(wire.CodeWrongState)
	case generation == have:
		return media, nil
	case !x.renewed.Allow():
		return nil, refusal(wire.CodeTooFast)
	}
	e := &ear{x}
	x.listenTo(e)
	x.forgetLine()
	old := media
	media, err := x.live.media().Join(string(x.id), x.live.joins.Add(1), e)
	x.control.Lock()
	defer x.control.Unlock()
	if err != nil {
		if x.media == old && old != nil { // nobody hears it any more
			x.media = nil
			x.live.ending.Go(func() { _ = old.Close() })
		}
		return nil, err
	}
	if !x.open { // dropped meanwhile: the leave to have it is gone
		x.live.ending.Go(func() { _ = media.Close() })
		return nil, refusal(wire.CodeWrongState)
	}
	x.generation, x.media, x.heardAt = generation, media, time.Time{}
	media.SetFlow(x.flow)
	if x.choice != "" {
		media.Choose(x.choice)
	}
	return media, nil
}

// choose says what pictures the participant wants, of this media session and of those that replace it.
func (x *seat) choose(c sfu.Choice) error {
	x.control.Lock()
	defer x.control.Unlock()
	if !x.open {
		return refusal(wire.CodeWrongState)
	}
	x.choice = c
	if x.media != nil {
		x.media.Choose(c)
	}
	return nil
}

// present gives the media session; wrong_state when there is none.
func (x *seat) present() (MediaSession, error) {
	x.control.Lock()
	defer x.control.Unlock()
	if x.media == nil {
		return nil, refusal(wire.CodeWrongState)
	}
	return x.media, nil
}

// failed closes a media session whose connection is lost for good. The client offers the next generation.
func (x *seat) failed(e *ear) {
	x.control.Lock()
	x.told.Lock()
	current := x.ear == e
	x.told.Unlock()
	var media MediaSession
	if current {
		media, x.media = x.media, nil
	}
	x.control.Unlock()
	if media != nil {
		_ = media.Close()
	}
}

// heardMedia reports whether media of somebody whose silence matters was heard since it was asked last.
func (x *seat) heardMedia() bool {
	x.told.Lock()
	alone := x.socket == nil
	x.told.Unlock()
	x.control.Lock()
	media, last := x.media, x.heardAt
	matters := x.moderates || alone
	x.control.Unlock()
	if media == nil || !matters {
		return false
	}
	at := media.LastHeard()
	if !at.After(last) {
		return false
	}
	x.control.Lock()
	defer x.control.Unlock()
	x.heardAt = at
	return true
}

func (x *seat) unused() bool {
	x.control.Lock()
	defer x.control.Unlock()
	x.told.Lock()
	defer x.told.Unlock()
	return !x.open && x.socket == nil
}
