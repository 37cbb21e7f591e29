package sfutest

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"github.com/anteroom-video/anteroom/sfu/transport"
)

// Deadline is how long anything in a test may take.
const Deadline = 10 * time.Second

// Negotiate hands an offer to the engine (a session or a transport) and returns its answer.
type Negotiate func(context.Context, transport.Offer) (string, error)

// Options of a Client.
type Options struct {
	Microphone, Screen bool
	// Camera: nil for none, otherwise the rids of its layers; an empty list for a camera without layers.
	Camera []string
	// Pairs of receive slots in the first offer.
	Pairs int
	// TCP alone, no UDP.
	TCP bool
	// Plain leaves out every interceptor: the client reports nothing and asks for nothing by itself.
	Plain bool
	// ICEServers are relays that it has leave to use; none without.
	ICEServers []webrtc.ICEServer
	// Setting may change the engine before the connection is made.
	Setting func(*webrtc.SettingEngine)
}

// Client is a peer as the browser client is one, on Pion's PeerConnection with its default interceptors.
type Client struct {
	tb      testing.TB
	options Options
	PC      *webrtc.PeerConnection

	states chan webrtc.PeerConnectionState

	// mu guards the following fields.
	mu    sync.Mutex
	lines []line
	slots map[slotKey]*Slot
	rtcp  []rtcp.Packet
}

type slotKey struct {
	slot int
	kind transport.Kind
}

type line struct {
	use         transport.Use
	slot        int
	transceiver *webrtc.RTPTransceiver
	track       *rawTrack
}

// Slot is what one receive line got.
type Slot struct {
	// Packets in the order that the client's stack gave them; retransmitted ones are marked.
	Packets chan Packet
	Dropped atomic.Uint64
}

// Packet is one packet as received.
type Packet struct {
	*rtp.Packet
	RTX bool
	At  time.Time
}

// NewClient makes a client; it is closed with the test.
func NewClient(tb testing.TB, o Options) *Client {
	tb.Helper()
	c := &Client{tb: tb, options: o, slots: map[slotKey]*Slot{}, states: make(chan webrtc.PeerConnectionState, 64)}
	pc, err := newPeerConnection(o)
	if err != nil {
		tb.Fatal(err)
	}
	c.PC = pc
	tb.Cleanup(c.Close)
	pc.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
		select {
		case c.states <- s:
		default:
		}
	})
	pc.OnTrack(c.onTrack)
	if o.Microphone {
		c.addSender(transport.Microphone)
	}
	if o.Camera != nil {
		c.addSender(transport.Camera)
	}
	if o.Screen {
		c.addSender(transport.Screen)
	}
	c.Grow(o.Pairs)
	return c
}

func newPeerConnection(o Options) (*webrtc.PeerConnection, error) {
	media := &webrtc.MediaEngine{}
	if err := media.RegisterDefaultCodecs(); err != nil {
		return nil, err
	}
	extensions := []string{
		"urn:ietf:params:rtp-hdrext:sdes:mid", "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
		"urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id", "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
		"http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
		"http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time",
	}
	if o.Plain { // who will not report does not say that he would
		extensions = slices.DeleteFunc(extensions, func(uri string) bool { return strings.Contains(uri, "transport-wide-cc") })
	}
	for _, kind := range []webrtc.RTPCodecType{webrtc.RTPCodecTypeAudio, webrtc.RTPCodecTypeVideo} {
		for _, uri := range extensions {
			if err := media.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: uri}, kind); err != nil {
				return nil, err
			}
		}
	}
	registry := &interceptor.Registry{}
	if !o.Plain {
		if err := webrtc.RegisterDefaultInterceptors(media, registry); err != nil {
			return nil, err
		}
	}
	var s webrtc.SettingEngine
	s.SetIncludeLoopbackCandidate(true)
	s.SetInterfaceFilter(func(name string) bool { return name == "lo" })
	if o.TCP {
		s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeTCP4})
	} else {
		s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	}
	if o.Setting != nil {
		o.Setting(&s)
	}
	api := webrtc.NewAPI(webrtc.WithMediaEngine(media), webrtc.WithInterceptorRegistry(registry),
		webrtc.WithSettingEngine(s))
	return api.NewPeerConnection(webrtc.Configuration{ICEServers: o.ICEServers})
}

func (c *Client) addSender(use transport.Use) {
	c.tb.Helper()
	track := &rawTrack{kind: use.Kind(), id: use.String()}
	t, err := c.PC.AddTransceiverFromTrack(track, webrtc.RTPTransceiverInit{
		Direction: webrtc.RTPTransceiverDirectionSendonly,
	})
	if err != nil {
		c.tb.Fatal(err)
	}
	go func() { // RTCP flows only if somebody reads it
		for {
			packets, _, err := t.Sender().ReadRTCP()
			if err != nil {
				return
			}
			c.mu.Lock()
			c.rtcp = append(c.rtcp, packets...)
			c.mu.Unlock()
		}
	}()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lines = append(c.lines, line{use: use, transceiver: t, track: track})
}

// Grow adds receive slots until there are that many pairs. It takes effect with the next Connect.
func (c *Client) Grow(pairs int) {
	c.tb.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for slot := range pairs {
		for _, use := range []transport.Use{transport.SlotAudio, transport.SlotVideo} {
			key := slotKey{slot, use.Kind()}
			if c.slots[key] != nil {
				continue
			}
			kind := webrtc.RTPCodecTypeAudio
			if use.Kind() == transport.Video {
				kind = webrtc.RTPCodecTypeVideo
			}
			t, err := c.PC.AddTransceiverFromKind(kind, webrtc.RTPTransceiverInit{
				Direction: webrtc.RTPTransceiverDirectionRecvonly,
			})
			if err != nil {
				c.tb.Fatal(err)
			}
			c.lines = append(c.lines, line{use: use, slot: slot, transceiver: t})
			c.slots[key] = &Slot{Packets: make(chan Packet, 1<<12)}
		}
	}
}

var ssrcLines = regexp.MustCompile(`a=(ssrc|ssrc-group|rid|simulcast):[^\n]*\n`)

// Offer makes the next offer. The connection waits for its answer ([Client.Accept]).
func (c *Client) Offer() (transport.Offer, error) { return c.offer(nil) }

// Restart negotiates with new ICE credentials.
func (c *Client) Restart(ctx context.Context, n Negotiate) error {
	offer, err := c.offer(&webrtc.OfferOptions{ICERestart: true})
	if err != nil {
		return err
	}
	answer, err := n(ctx, offer)
	if err != nil {
		return err
	}
	return c.Accept(answer)
}

func (c *Client) offer(options *webrtc.OfferOptions) (transport.Offer, error) {
	offer, err := c.PC.CreateOffer(options)
	if err != nil {
		return transport.Offer{}, err
	}
	gathered := webrtc.GatheringCompletePromise(c.PC)
	if err := c.PC.SetLocalDescription(offer); err != nil {
		return transport.Offer{}, err
	}
	<-gathered
	sdp := c.PC.LocalDescription().SDP
	c.mu.Lock()
	defer c.mu.Unlock()
	lines := make([]transport.Line, len(c.lines))
	for i, l := range c.lines {
		lines[i] = transport.Line{Mid: l.transceiver.Mid(), Use: l.use, Slot: l.slot}
	}
	// Pion writes m-lines in the order of mids, which are given in the order of making.
	sections := strings.Split(sdp, "\r\nm=")
	if len(sections) != len(lines)+1 {
		return transport.Offer{}, fmt.Errorf("sfutest: %d sections for %d lines", len(sections)-1, len(lines))
	}
	for i, l := range lines {
		if l.Use == transport.Camera && len(c.options.Camera) > 0 {
			section := ssrcLines.ReplaceAllString(sections[i+1]+"\r\n", "")
			for _, rid := range c.options.Camera {
				section += "a=rid:" + rid + " send\r\n"
			}
			sections[i+1] = section + "a=simulcast:send " + strings.Join(c.options.Camera, ";")
		}
	}
	sdp = strings.Join(sections, "\r\nm=")
	if !strings.HasSuffix(sdp, "\r\n") {
		sdp += "\r\n"
	}
	return transport.Offer{SDP: sdp, Lines: lines}, nil
}

// Accept applies the answer.
func (c *Client) Accept(answer string) error {
	// Pion as an offerer wants no simulcast in the answer to a sender that has one encoding.
	answer = regexp.MustCompile(`a=(rid|simulcast):[^\n]*\n`).ReplaceAllString(answer, "")
	return c.PC.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer})
}

// Negotiate offers and accepts once.
func (c *Client) Negotiate(ctx context.Context, n Negotiate) error {
	offer, err := c.Offer()
	if err != nil {
		return err
	}
	answer, err := n(ctx, offer)
	if err != nil {
		return err
	}
	return c.Accept(answer)
}

// Connect negotiates and waits until the connection stands.
func (c *Client) Connect(n Negotiate) {
	c.tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Deadline)
	defer cancel()
	if err := c.Negotiate(ctx, n); err != nil {
		c.tb.Fatal(err)
	}
	if err := c.Await(ctx, webrtc.PeerConnectionStateConnected); err != nil {
		c.tb.Fatal(err)
	}
}

// Await waits for a state of the connection.
func (c *Client) Await(ctx context.Context, want webrtc.PeerConnectionState) error {
	for c.PC.ConnectionState() != want {
		select {
		case <-c.states:
		case <-ctx.Done():
			return fmt.Errorf("sfutest: connection is %s, not %s", c.PC.ConnectionState(), want)
		}
	}
	return nil
}

// Close ends the connection.
func (c *Client) Close() {
	if err := c.PC.GracefulClose(); err != nil && !errors.Is(err, webrtc.ErrConnectionClosed) {
		c.tb.Logf("sfutest: closing a client: %v", err)
	}
}

// Slot returns what a receive line got.
func (c *Client) Slot(slot int, kind transport.Kind) *Slot {
	c.tb.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.slots[slotKey{slot, kind}]
	if s == nil {
		c.tb.Fatalf("sfutest: no slot %d", slot)
	}
	return s
}

// Next waits for the next packet.
func (s *Slot) Next(ctx context.Context) (Packet, error) {
	select {
	case p := <-s.Packets:
		return p, nil
	case <-ctx.Done():
		return Packet{}, ctx.Err()
	}
}

// Drain returns what came so far.
func (s *Slot) Drain() []Packet {
	var all []Packet
	for {
		select {
		case p := <-s.Packets:
			all = append(all, p)
		default:
			return all
		}
	}
}

func (c *Client) onTrack(track *webrtc.TrackRemote, receiver *webrtc.RTPReceiver) {
	c.mu.Lock()
	at := slices.IndexFunc(c.lines, func(l line) bool { return l.transceiver.Receiver() == receiver })
	if at < 0 {
		c.mu.Unlock()
		return
	}
	slot := c.slots[slotKey{c.lines[at].slot, c.lines[at].use.Kind()}]
	c.mu.Unlock()
	go func() {
		for {
			packets, _, err := receiver.ReadRTCP()
			if err != nil {
				return
			}
			c.mu.Lock()
			c.rtcp = append(c.rtcp, packets...)
			c.mu.Unlock()
		}
	}()
	buf := make([]byte, 2000)
	for {
		n, attributes, err := track.Read(buf)
		if err != nil {
			return
		}
		p := Packet{Packet: &rtp.Packet{}, At: time.Now(), RTX: attributes.Get(webrtc.AttributeRtxSsrc) != nil}
		if p.Unmarshal(slices.Clone(buf[:n])) != nil {
			continue
		}
		select {
		case slot.Packets <- p:
		default:
			slot.Dropped.Add(1)
		}
	}
}

// RTCP returns the packets received so far, and forgets them.
func (c *Client) RTCP() []rtcp.Packet {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := c.rtcp
	c.rtcp = nil
	return all
}

// Send sends a packet on the line of a use, with the header extensions that a browser would write: mid, and rid (or
// repaired rid for an RTX payload type) where rid is not empty. The packet's own extensions stay.
func (c *Client) Send(use transport.Use, rid string, p *rtp.Packet) {
	c.tb.Helper()
	if err := c.TrySend(use, rid, p); err != nil {
		c.tb.Fatal(err)
	}
}

// SendBare sends a packet on the line of a use as it is.
func (c *Client) SendBare(use transport.Use, p *rtp.Packet) {
	c.tb.Helper()
	w, _, err := c.line(use)
	if err != nil {
		c.tb.Fatal(err)
	}
	if _, err := w.WriteRTP(&p.Header, p.Payload); err != nil {
		c.tb.Fatal(err)
	}
}

// SSRC is what the client's stack declared for a use, for tests of its own retransmission.
func (c *Client) SSRC(use transport.Use) (primary, rtx uint32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, l := range c.lines {
		if l.use == use {
			e := l.transceiver.Sender().GetParameters().Encodings[0]
			return uint32(e.SSRC), uint32(e.RTX.SSRC)
		}
	}
	c.tb.Fatalf("sfutest: no line for %s", use)
	return 0, 0
}

// line finds the line that sends a use.
func (c *Client) line(use transport.Use) (*rawWriter, string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, l := range c.lines {
		if l.use == use {
			if w := l.track.writer.Load(); w != nil {
				return w, l.transceiver.Mid(), nil
			}
			return nil, "", errors.New("sfutest: not negotiated")
		}
	}
	return nil, "", fmt.Errorf("sfutest: no line for %s", use)
}

// TrySend is Send that returns its error.
func (c *Client) TrySend(use transport.Use, rid string, p *rtp.Packet) error {
	w, mid, err := c.line(use)
	if err != nil {
		return err
	}
	h := p.Header
	h.Extensions = slices.Clone(h.Extensions)
	if err := w.set(&h, "urn:ietf:params:rtp-hdrext:sdes:mid", mid); err != nil {
		return err
	}
	if rid != "" {
		uri := "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
		if h.PayloadType == 97 {
			uri = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
		}
		if err := w.set(&h, uri, rid); err != nil {
			return err
		}
	}
	_, err = w.WriteRTP(&h, p.Payload)
	return err
}

// SendLevel sends an audio packet on the microphone's line with a level in -dBov.
func (c *Client) SendLevel(p *rtp.Packet, level uint8) {
	c.tb.Helper()
	w, _, err := c.line(transport.Microphone)
	if err != nil {
		c.tb.Fatal(err)
	}
	if err := w.set(&p.Header, "urn:ietf:params:rtp-hdrext:ssrc-audio-level", string([]byte{level})); err != nil {
		c.tb.Fatal(err)
	}
	c.Send(transport.Microphone, "", p)
}

// rawTrack is a track whose packets are written by the test.
type rawTrack struct {
	kind   transport.Kind
	id     string
	writer atomic.Pointer[rawWriter]
}

type rawWriter struct {
	webrtc.TrackLocalWriter
	ids map[string]uint8
}

func (w *rawWriter) set(h *rtp.Header, uri, value string) error {
	id, ok := w.ids[uri]
	if !ok {
		return nil
	}
	return h.SetExtension(id, []byte(value))
}

func (t *rawTrack) Bind(c webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	w := &rawWriter{c.WriteStream(), map[string]uint8{}}
	for _, e := range c.HeaderExtensions() {
		w.ids[e.URI] = uint8(e.ID)
	}
	t.writer.Store(w)
	return c.CodecParameters()[0], nil
}

func (t *rawTrack) Unbind(webrtc.TrackLocalContext) error { return nil }
func (t *rawTrack) ID() string                            { return t.id }
func (t *rawTrack) RID() string                           { return "" }
func (t *rawTrack) StreamID() string                      { return "own" }
func (t *rawTrack) Kind() webrtc.RTPCodecType {
	if t.kind == transport.Video {
		return webrtc.RTPCodecTypeVideo
	}
	return webrtc.RTPCodecTypeAudio
}
