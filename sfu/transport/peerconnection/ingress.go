package peerconnection

import (
	"encoding/binary"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/transport/v4/packetio"
	"golang.org/x/time/rate"

	"github.com/anteroom-video/anteroom/sfu/codec"
	"github.com/anteroom-video/anteroom/sfu/transport"
	"github.com/anteroom-video/anteroom/sfu/transport/demux"
	"github.com/anteroom-video/anteroom/sfu/transport/offer"
)

const (
	// maxRTPStreams and maxRTCPStreams bound what Pion keeps for each SSRC it sees, until the connection closes. RTCP
	// names our own SSRCs too: two for each slot.
	maxRTPStreams  = 128
	maxRTCPStreams = 512
	// maxHeader is the longest header of a packet, extensions included, in bytes: all that was negotiated takes about 200,
	// of which a Dependency Descriptor that begins a sequence is the most.
	maxHeader = 512
	// Packets per second, and at once, that authenticate and cannot be read, or say too much; who sends more is ended. A
	// browser sends none, and to find out can cost milliseconds for each.
	garbledPackets, garbledBurst = 5, 50
)

// ingress is the way in: Pion opens packets, we say whose they are.
type ingress struct {
	rtpStreams, rtcpStreams atomic.Int32
	// received is used by the goroutine that opens RTP packets alone.
	received transport.Received
	// lastRTCP is used by the goroutine that opens RTCP packets alone.
	lastRTCP []byte

	// garbled is how many packets that cannot be read, or say too much, are borne with.
	garbled *rate.Limiter

	// mu guards the following fields.
	mu    sync.Mutex
	table *demux.Table
	ext   offer.Extensions
	types offer.PayloadTypes
}

func (in *ingress) update(d *offer.Description) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.table == nil {
		in.table = demux.New(d)
	} else {
		in.table.Update(d)
	}
	in.ext, in.types = d.Extensions, d.PayloadTypes
}

// packetBuffer stands where Pion would queue opened packets. It has nothing to read: who tries (Pion, to find out what a
// stream is) gives up at once.
type packetBuffer func([]byte)

func (take packetBuffer) Write(b []byte) (int, error) { take(b); return len(b), nil }
func (packetBuffer) Read([]byte) (int, error)         { return 0, io.EOF }
func (packetBuffer) Close() error                     { return nil }

// buffer is Pion's buffer factory: called once for each SSRC that RTP comes from or RTCP is about.
func (p *peer) buffer(kind packetio.BufferPacketType, _ uint32) io.ReadWriteCloser {
	count, limit, take := &p.in.rtpStreams, int32(maxRTPStreams), p.takeRTP
	if kind == packetio.RTCPBufferPacket {
		count, limit, take = &p.in.rtcpStreams, maxRTCPStreams, p.takeRTCP
	}
	if count.Add(1) > limit {
		p.tell(transport.Failed)
		return packetBuffer(func([]byte) {})
	}
	return packetBuffer(take)
}

// takeRTP is called with each opened packet, by one goroutine for each connection. raw is the packet's only copy.
func (p *peer) takeRTP(raw []byte) {
	defer p.rescue()
	if p.ended.Load() {
		return
	}
	arrival := time.Now()
	packet, err := codec.ParseRTP(raw)
	if err != nil {
		return
	}
	if len(raw)-int(packet.Padding)-len(packet.Payload) > maxHeader {
		p.unread()
		return
	}
	r := &p.in.received
	*r = transport.Received{Packet: packet, Raw: raw, Arrival: arrival, Line: -1, Size: len(raw)}
	p.in.assign(r)
	p.handler.RTP(r)
}

// rescue turns a panic over a peer's bytes into the end of that peer's connection. To be deferred.
func (p *peer) rescue() {
	if v := recover(); v != nil {
		p.factory.fault(v)
		p.tell(transport.Failed)
	}
}

// assign says whose packet it is and reads its extensions.
func (in *ingress) assign(r *transport.Received) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.table == nil {
		return
	}
	s := in.table.Assign(&r.Packet)
	r.Line, r.Layer, r.RTX, r.Codec = s.Line, s.Layer, s.RTX, s.Codec
	if in.ext.TransportCC != 0 {
		if e, ok := r.Extension(in.ext.TransportCC); ok && len(e) >= 2 {
			r.TransportSeq, r.HasTransportSeq = binary.BigEndian.Uint16(e), true
		}
	}
	if in.ext.CaptureTime != 0 {
		if e, ok := r.Extension(in.ext.CaptureTime); ok && len(e) >= 8 {
			r.CaptureTime = e
		}
	}
	if in.ext.AudioLevel != 0 && (r.Codec == transport.Opus || r.Codec == transport.RED) {
		if e, ok := r.Extension(in.ext.AudioLevel); ok {
			if level, err := codec.ParseAudioLevel(e); err == nil {
				r.Level, r.HasLevel = level, true
			}
		}
	}
	original := in.types.VP8
	if r.Codec == transport.VP9 {
		original = in.types.VP9
	}
	if r.RTX && !unwrap(r, original) {
		r.Line = -1 // padding alone: a probe
	}
	if in.ext.Descriptor != 0 && r.Codec.Kind() == transport.Video {
		r.Descriptor, _ = r.Extension(in.ext.Descriptor)
	}
}

// unwrap restores the packet that an RTX packet carries (RFC 4588 section 4), in place: the header moves up over the
// two bytes of the original sequence number. False if it carries none.
func unwrap(r *transport.Received, payloadType uint8) bool {
	if len(r.Payload) < 2 {
		return false
	}
	header := len(r.Raw) - int(r.Padding) - len(r.Payload)
	original := binary.BigEndian.Uint16(r.Payload)
	raw := r.Raw[:header+len(r.Payload)] // without padding
	copy(raw[2:], raw[:header])
	raw = raw[2:]
	raw[0] &^= 0x20
	raw[1] = raw[1]&0x80 | payloadType
	binary.BigEndian.PutUint16(raw[2:], original)
	captured := r.CaptureTime != nil
	packet, err := codec.ParseRTP(raw)
	if err != nil {
		return false
	}
	r.Packet, r.Raw = packet, raw
	if captured {
		r.CaptureTime = nil // of the retransmission, and moved
	}
	return true
}

// takeRTCP is called with each packet of an opened compound, by one goroutine for each connection. A packet about
// several SSRCs comes once for each, as the same slice; keeping the last one keeps its address from being used again.
func (p *peer) takeRTCP(b []byte) {
	defer p.rescue()
	if p.ended.Load() || len(b) == 0 {
		return
	}
	if last := p.in.lastRTCP; len(last) > 0 && &last[0] == &b[0] {
		return
	}
	p.in.lastRTCP = b
	packets, err := rtcp.Unmarshal(b)
	if err != nil {
		p.unread()
		return
	}
	now := time.Now()
	for _, packet := range packets {
		p.handler.RTCP(packet, now)
	}
}

// unread counts a packet that authenticated and cannot be read, or whose header is too long, and ends who goes on sending
// such.
func (p *peer) unread() {
	p.factory.garbled.Add(1)
	if !p.in.garbled.AllowN(time.Now(), 1) {
		p.tell(transport.Failed)
	}
}
