package client

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"github.com/anteroom-video/anteroom/signaling/wire"
)

// connection is one generation's peer connection.
type connection struct {
	media      *media
	generation int
	pc         *webrtc.PeerConnection
	published  []*webrtc.RTPTransceiver // in the order of the call's publications

	// Of the goroutine that negotiates: pairs are what was negotiated, offer is under way until it is answered.
	pairs   int
	offer   *wire.Offer
	offered int // pairs in offer

	readers sync.WaitGroup

	mu sync.Mutex // guards the following
	// told is the state that the program knows.
	told   webrtc.PeerConnectionState
	closed bool // nothing is started any more
}

func (m *media) connect(generation int) (*connection, error) {
	api, err := newAPI(m.call.options)
	if err != nil {
		return nil, err
	}
	pc, err := api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return nil, fmt.Errorf("client: making a peer connection: %w", err)
	}
	k := &connection{media: m, generation: generation, pc: pc}
	pc.OnConnectionStateChange(func(webrtc.PeerConnectionState) { k.changed() })
	pc.OnTrack(func(track *webrtc.TrackRemote, receiver *webrtc.RTPReceiver) {
		k.start(func() { k.receive(track, receiver) })
		k.start(func() { drain(receiver) })
	})
	for _, p := range m.senders {
		if err := k.add(p); err != nil {
			k.close()
			return nil, fmt.Errorf("client: adding the %s: %w", p.source, err)
		}
	}
	return k, nil
}

// add makes the line of a source.
func (k *connection) add(p publication) error {
	t, err := k.pc.AddTransceiverFromTrack(p.layers[0].track, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly})
	if err != nil {
		return err
	}
	for _, layer := range p.layers[1:] {
		if err := t.Sender().AddEncoding(layer.track); err != nil {
			return err
		}
	}
	k.published = append(k.published, t)
	for _, layer := range p.layers {
		k.start(func() { layer.listen(t.Sender()) })
	}
	return nil
}

// start runs f until the connection ends, unless it has.
func (k *connection) start(f func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.closed {
		k.readers.Go(f)
	}
}

// changed tells a new state, once. Pion says each from a goroutine of its own, in no order; what counts is what is so now.
func (k *connection) changed() {
	k.mu.Lock()
	defer k.mu.Unlock()
	state := k.pc.ConnectionState()
	if k.closed || state == k.told {
		return
	}
	k.told = state
	k.media.call.emit(MediaState{k.generation, state.String()})
	if k.broken() {
		k.media.look()
	}
}

// broken reports whether the connection is lost for good.
func (k *connection) broken() bool {
	state := k.pc.ConnectionState()
	return state == webrtc.PeerConnectionStateFailed || state == webrtc.PeerConnectionStateClosed
}

// carries reports whether packets can be sent.
func (k *connection) carries() bool {
	state := k.pc.ConnectionState()
	return state == webrtc.PeerConnectionStateConnected || state == webrtc.PeerConnectionStateDisconnected
}

// negotiate makes an offer with so many receive pairs, more than there are, and applies the answer. An offer whose answer was lost
// is made again as it was; then the pairs may be fewer.
func (k *connection) negotiate(ctx context.Context, pairs int) error {
	if k.offer == nil {
		if err := k.prepare(pairs); err != nil {
			return err
		}
	}
	reply, err := k.media.call.Request(ctx, k.offer)
	if err != nil {
		return err
	}
	answer, ok := reply.Body.(*wire.Answer)
	if !ok {
		return fmt.Errorf("%w: %s in reply to an offer", ErrProtocol, reply.Body.Type())
	}
	if err := k.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer.SDP}); err != nil {
		return fmt.Errorf("client: applying the answer: %w", err)
	}
	k.pairs, k.offer = k.offered, nil
	for i, p := range k.media.senders {
		for _, layer := range p.layers {
			layer.bind(k, k.published[i])
		}
	}
	if k.pairs < pairs {
		k.media.look()
	}
	return nil
}

// prepare makes an offer.
func (k *connection) prepare(pairs int) error {
	for range pairs - k.pairs {
		for _, kind := range []webrtc.RTPCodecType{webrtc.RTPCodecTypeAudio, webrtc.RTPCodecTypeVideo} {
			if _, err := k.pc.AddTransceiverFromKind(kind, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}); err != nil {
				return fmt.Errorf("client: adding a receive line: %w", err)
			}
		}
	}
	description, err := k.pc.CreateOffer(nil)
	if err != nil {
		return fmt.Errorf("client: making an offer: %w", err)
	}
	if err := k.pc.SetLocalDescription(description); err != nil {
		return fmt.Errorf("client: applying the own offer: %w", err)
	}
	offer := &wire.Offer{Generation: k.generation, SDP: description.SDP, Lines: k.media.lines(pairs)}
	for i, t := range k.pc.GetTransceivers() {
		offer.Lines[i].Mid = t.Mid()
	}
	k.offer, k.offered = offer, pairs
	return nil
}

// slotOf finds the slot of a receiver: transceivers stand in the order of the lines.
func (k *connection) slotOf(receiver *webrtc.RTPReceiver) (slot int, ok bool) {
	for i, t := range k.pc.GetTransceivers() {
		if sources := len(k.media.senders); t.Receiver() == receiver && i >= sources {
			return (i - sources) / 2, true
		}
	}
	return 0, false
}

// receive hands every packet of one stream to the program, with the name that its slot has now.
func (k *connection) receive(track *webrtc.TrackRemote, receiver *webrtc.RTPReceiver) {
	slot, ok := k.slotOf(receiver)
	if !ok {
		return
	}
	kind := wire.KindVideo
	if track.Kind() == webrtc.RTPCodecTypeAudio {
		kind = wire.KindAudio
	}
	options := k.media.call.options
	var wanting nacks
	ssrc := uint32(track.SSRC())
	var opens *opening // nil in a call that is not sealed
	if s := k.media.call.sealing; s != nil {
		opens = &opening{sealing: s, onFrame: options.OnFrame, ask: func() { k.askKeyframe(ssrc) }}
	}
	if kind == wire.KindVideo {
		done := make(chan struct{})
		defer close(done)
		k.start(func() { k.askOn(ssrc, &wanting, done) })
	}
	buf := make([]byte, 1500)
	var packet rtp.Packet
	for {
		n, _, err := track.Read(buf)
		if err != nil {
			return
		}
		if packet.Unmarshal(buf[:n]) != nil {
			continue
		}
		if kind == wire.KindVideo {
			k.ask(ssrc, wanting.came(packet.SequenceNumber, time.Now()))
		}
		if options.OnRTP == nil && opens == nil {
			continue
		}
		who := (*k.media.mapping.Load())[slot]
		received := Received{
			Generation: k.generation, Slot: slot, Kind: kind, Participant: who.Participant, Source: who.Source,
			RED: packet.PayloadType == payloadTypeRED, Packet: &packet, Arrival: time.Now(),
		}
		if opens != nil && !opens.came(&received) || options.OnRTP == nil {
			continue
		}
		options.OnRTP(received)
	}
}

// askKeyframe asks for a key frame of a stream.
func (k *connection) askKeyframe(ssrc uint32) {
	_ = k.pc.WriteRTCP([]rtcp.Packet{&rtcp.PictureLossIndication{MediaSSRC: ssrc}}) // it is asked for again
}

// drain reads the control packets of a stream: interceptors see only what is read.
func drain(receiver *webrtc.RTPReceiver) {
	for {
		if _, _, err := receiver.ReadRTCP(); err != nil {
			return
		}
	}
}

// close ends the connection and waits for everything that it started.
func (k *connection) close() {
	k.mu.Lock()
	k.closed = true
	k.mu.Unlock()
	for _, p := range k.media.senders {
		for _, layer := range p.layers {
			layer.release(k)
		}
	}
	_ = k.pc.GracefulClose() // it has nothing to say that would help
	k.readers.Wait()
	k.media.call.emit(MediaState{k.generation, webrtc.PeerConnectionStateClosed.String()})
}
