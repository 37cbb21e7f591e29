package peerconnection

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/rtcp"
	"github.com/pion/sdp/v3"
	"github.com/pion/stun/v4"
	"github.com/pion/webrtc/v4"
	"golang.org/x/time/rate"

	"github.com/anteroom-video/anteroom/sfu/transport"
	"github.com/anteroom-video/anteroom/sfu/transport/offer"
)

const (
	// closeWithin is how long Pion may take to close; it has had dead-locks there.
	closeWithin = 5 * time.Second
	// gatherWithin bounds gathering, which asks nobody: it lists the sockets that there are.
	gatherWithin = 5 * time.Second
	// staleAfter is how long the selected pair must be silent before a nominated one of lower priority replaces it.
	staleAfter = 1500 * time.Millisecond
	// maxOffers is how many offers are applied, and maxEarlyOffers how many of them before the connection stands: until
	// then Pion keeps each of them whole.
	maxOffers, maxEarlyOffers = 256, 16
)

// errStuck: Pion did not close in time; its goroutines are left behind.
var errStuck = errors.New("peerconnection: close did not end")

// lineKey names the sending side of a slot's m-line.
type lineKey struct {
	slot int
	kind transport.Kind
}

// peer is one connection. It implements transport.Transport.
type peer struct {
	factory *Factory
	handler transport.Handler
	in      ingress
	// ready: packets may be sent. Set when first connected, unset when failed or closed.
	ready atomic.Bool
	// ended: failed or closed; packets are neither taken nor sent.
	ended atomic.Bool
	// nominated is the remote candidate that last asked to be used.
	nominated atomic.Pointer[ice.Candidate]
	// spoken is what was negotiated; nil before.
	spoken atomic.Pointer[spoken]
	// checked is when the last connectivity check came (Unix nanoseconds).
	checked atomic.Int64

	// negotiate is held by Answer and Close, and guards the following fields. pc is set once, before ready is.
	negotiate sync.Mutex
	pc        *webrtc.PeerConnection
	closed    bool
	last      *offer.Description
	answer    string // to last
	offers    int    // that were applied

	// placed guards the following field.
	placed  sync.RWMutex
	streams map[lineKey]*stream

	// said guards the following field and is held while the handler is told of a state.
	said  sync.Mutex
	state transport.State
}

func newPeer(f *Factory, h transport.Handler) *peer {
	p := &peer{factory: f, handler: h, streams: map[lineKey]*stream{}}
	p.in.garbled = rate.NewLimiter(garbledPackets, garbledBurst)
	return p
}

// Answer implements transport.Transport.
func (p *peer) Answer(ctx context.Context, o transport.Offer) (string, error) {
	d, err := offer.Parse(o)
	if err != nil {
		return "", err
	}
	p.negotiate.Lock()
	defer p.negotiate.Unlock()
	if p.ended.Load() {
		return "", transport.ErrClosed
	}
	if p.last != nil {
		if err := d.Extends(p.last); err != nil {
			return "", err
		}
	}
	if err := ctx.Err(); err != nil {
		return "", err
	}
	early := !p.ready.Load()
	if early && reflect.DeepEqual(d, p.last) {
		return p.answer, nil
	}
	if p.offers >= maxOffers || early && p.offers >= maxEarlyOffers {
		return "", transport.ErrTooManyOffers
	}
	p.offers++
	answer, err := p.apply(d)
	if err != nil {
		// What Pion applied of the offer stays applied: the connection cannot be trusted any more.
		p.tell(transport.Failed)
		return "", fmt.Errorf("peerconnection: applying an offer: %w", err)
	}
	p.last, p.answer = d, answer
	return answer, nil
}

// spoken are the payload types of the connection, and whether its peer feeds back.
type spoken struct {
	offer.PayloadTypes
	feedsBack bool
}

// Speaks implements transport.Transport.
func (p *peer) Speaks(c transport.Codec) bool {
	payloadType, _ := p.payloadTypes(c)
	return payloadType != 0
}

// FeedsBack implements transport.Transport.
func (p *peer) FeedsBack() bool {
	s := p.spoken.Load()
	return s != nil && s.feedsBack
}

// payloadTypes are those of a codec and of its retransmissions; 0 for what was not negotiated.
func (p *peer) payloadTypes(c transport.Codec) (primary, repair uint8) {
	s := p.spoken.Load()
	if s == nil {
		return 0, 0
	}
	switch c {
	case transport.Opus:
		return s.Opus, 0
	case transport.RED:
		return s.RED, 0
	case transport.VP8:
		return s.VP8, s.RTX
	case transport.VP9:
		return s.VP9, s.VP9RTX
	}
	return 0, 0
}

func (p *peer) apply(d *offer.Description) (string, error) {
	if p.pc == nil {
		pc, err := p.factory.connection(p)
		if err != nil {
			return "", err
		}
		p.pc = pc
		// Pion runs each call on a goroutine of its own, in no order: ask for the state that is true now.
		pc.OnConnectionStateChange(func(webrtc.PeerConnectionState) { p.tell(stateOf(pc.ConnectionState())) })
	}
	added, err := p.addSlots(d)
	if err != nil {
		return "", err
	}
	p.in.update(d)
	p.spoken.Store(&spoken{d.PayloadTypes, d.TransportCC != 0})
	remote := webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: d.String()}
	if err := p.pc.SetRemoteDescription(remote); err != nil {
		return "", err
	}
	answer, err := p.pc.CreateAnswer(nil)
	if err != nil {
		return "", err
	}
	gathered := webrtc.GatheringCompletePromise(p.pc)
	if err := p.pc.SetLocalDescription(answer); err != nil {
		return "", err
	}
	select {
	case <-gathered: // the muxes have the session's queues now
	case <-time.After(gatherWithin):
		return "", errors.New("gathering did not end")
	}
	if err := p.place(d, added); err != nil {
		return "", err
	}
	return p.factory.complete(p.pc.LocalDescription().SDP, d)
}

// addSlots makes a sending transceiver for each slot line that is new. Pion matches them to the offer's lines of the
// same kind in order.
func (p *peer) addSlots(d *offer.Description) ([]*stream, error) {
	var added []*stream
	first := 0
	if p.last != nil {
		first = len(p.last.Lines)
	}
	for _, l := range d.Lines[first:] {
		if l.Use.Sends() {
			continue
		}
		s := &stream{peer: p, mid: l.Mid, line: lineKey{l.Slot, l.Use.Kind()}}
		_, err := p.pc.AddTransceiverFromTrack(s, webrtc.RTPTransceiverInit{
			Direction: webrtc.RTPTransceiverDirectionSendonly,
		})
		if err != nil {
			return nil, err
		}
		added = append(added, s)
	}
	return added, nil
}

// place checks that each stream came to stand on its own line, and offers it to the engine.
func (p *peer) place(d *offer.Description, added []*stream) error {
	on := map[string]webrtc.TrackLocal{}
	for _, t := range p.pc.GetTransceivers() {
		if s := t.Sender(); s != nil && t.Mid() != "" {
			on[t.Mid()] = s.Track()
		}
	}
	p.placed.Lock()
	defer p.placed.Unlock()
	for _, s := range added {
		if on[s.mid] != webrtc.TrackLocal(s) || s.bound.Load() == nil {
			return errors.New("a slot is not on its line")
		}
		p.streams[s.line] = s
	}
	return nil
}

// complete writes our candidates into an answer, in place of the labels that the agent knows, and what Pion cannot say.
func (f *Factory) complete(answer string, offered *offer.Description) (string, error) {
	var d sdp.SessionDescription
	if err := d.UnmarshalString(answer); err != nil {
		return "", err
	}
	mixed := sdp.NewPropertyAttribute(offer.Mixed)
	if !slices.Contains(d.Attributes, mixed) {
		d.Attributes = append(d.Attributes, mixed)
	}
	for i, m := range d.MediaDescriptions {
		if m.MediaName.Media == "audio" && offered.RED != 0 {
			m.Attributes = append(m.Attributes,
				sdp.NewAttribute("fmtp", fmt.Sprintf("%d %s", offered.RED, offered.REDParameters())))
		}
		kept := m.Attributes[:0]
		for _, a := range m.Attributes {
			if a.Key != "candidate" && a.Key != "end-of-candidates" {
				kept = append(kept, a)
			}
		}
		m.Attributes = kept
		if i > 0 {
			continue // the first line's are the bundle's
		}
		for _, c := range f.candidates() {
			m.Attributes = append(m.Attributes, sdp.NewAttribute("candidate", c))
		}
		m.Attributes = append(m.Attributes, sdp.NewPropertyAttribute("end-of-candidates"))
	}
	b, err := d.Marshal()
	return string(b), err
}

// Stream implements transport.Transport.
func (p *peer) Stream(slot int, kind transport.Kind) (transport.Stream, bool) {
	p.placed.RLock()
	defer p.placed.RUnlock()
	s, ok := p.streams[lineKey{slot, kind}]
	if !ok {
		return nil, false
	}
	return s, true
}

// SendRTCP implements transport.Transport.
func (p *peer) SendRTCP(packets []rtcp.Packet) error {
	if !p.ready.Load() {
		return transport.ErrNotReady
	}
	return p.pc.WriteRTCP(packets)
}

// LastCheck implements transport.Transport.
func (p *peer) LastCheck() time.Time {
	if at := p.checked.Load(); at != 0 {
		return time.Unix(0, at)
	}
	return time.Time{}
}

// Flush implements transport.Transport. Pion sends each packet at once.
func (p *peer) Flush() {}

// Close implements transport.Transport.
func (p *peer) Close() error {
	p.ended.Store(true)
	p.ready.Store(false)
	p.said.Lock()
	p.state = transport.Closed
	p.said.Unlock()
	p.negotiate.Lock()
	defer p.negotiate.Unlock()
	if p.pc == nil || p.closed {
		return nil
	}
	p.closed = true
	done := make(chan error, 1)
	go func() { done <- p.pc.GracefulClose() }()
	select {
	case err := <-done:
		return err
	case <-time.After(closeWithin):
		return errStuck
	}
}

func stateOf(s webrtc.PeerConnectionState) transport.State {
	switch s {
	case webrtc.PeerConnectionStateConnecting:
		return transport.Connecting
	case webrtc.PeerConnectionStateConnected:
		return transport.Connected
	case webrtc.PeerConnectionStateDisconnected:
		return transport.Disconnected
	case webrtc.PeerConnectionStateFailed, webrtc.PeerConnectionStateClosed:
		return transport.Failed
	}
	return transport.New
}

// tell tells the handler of a change. Failed and Closed are final.
func (p *peer) tell(s transport.State) {
	p.said.Lock()
	defer p.said.Unlock()
	if s == p.state || s == transport.New || p.state >= transport.Failed {
		return
	}
	p.state = s
	switch s {
	case transport.Connected:
		p.ready.Store(true)
	case transport.Failed:
		p.ready.Store(false)
		p.ended.Store(true)
	}
	p.handler.State(s)
}

// follow sees every connectivity check that authenticated, and says whether to send to where it came from from now on.
// ICE alone would stay with the pair of higher priority until it fails, which is many seconds after a phone has left
// its Wi-Fi: a pair that the client nominates and that answered us replaces one that has gone silent.
func (p *peer) follow(m *stun.Message, _, remote ice.Candidate, pair *ice.CandidatePair) bool {
	p.checked.Store(time.Now().UnixNano())
	if !m.Contains(stun.AttrUseCandidate) || pair.CurrentRoundTripTime() == 0 {
		return false
	}
	last := p.nominated.Load()
	if last != nil && (*last).Equal(remote) {
		return false
	}
	if last != nil && time.Since((*last).LastReceived()) < staleAfter {
		return false
	}
	p.nominated.Store(&remote)
	return last != nil
}
