// Package transport is the seam between the media engine and one peer's packets.
//
// Above it stands the engine, which decides what is sent; below it ICE, DTLS,
// SRTP and session descriptions. An implementation carries packets and knows
// nothing of rooms, layers or permissions. The suite in transporttest holds
// every implementation to the contract:
//
//   - **The peer offers, we answer.** An offer outside the contract of
//     PROTOCOL.md is refused with ErrBadOffer before anything of it is applied.
//   - **One packet, one call.** [Handler.RTP] gets each packet of the peer that
//     authenticates, once, in the order of arrival, with calls for one transport
//     never overlapping; RTX is unwrapped.
//   - **Nothing waits.** SendRTP, SendRTX and SendRTCP hand over to the network
//     or drop; they never wait for the peer.
//   - **Nothing after Close.** When Close has returned no call to the Handler is
//     under way and none begins.
package transport

import (
	"context"
	"errors"
	"time"

	"github.com/pion/rtcp"

	"github.com/anteroom-video/anteroom/sfu/codec"
)

var (
	// ErrBadOffer: the offer is outside the contract; nothing of it was applied.
	ErrBadOffer = errors.New("transport: bad offer")
	// ErrClosed: the transport was closed, or ended by itself.
	ErrClosed = errors.New("transport: closed")
	// ErrTooManyOffers: nothing of the offer was applied; the transport took as many as it may.
	ErrTooManyOffers = errors.New("transport: too many offers")
	// ErrNotReady: the transport is not connected, or has no such stream; the packet is dropped.
	ErrNotReady = errors.New("transport: not ready")
)

// Use is what an m-line of an offer is for.
type Use uint8

// The first four are sent by the peer, the last two received in slots.
const (
	Microphone Use = iota + 1
	Camera
	Screen
	ScreenAudio
	SlotAudio
	SlotVideo
)

// ParseUse reads the words of PROTOCOL.md.
func ParseUse(s string) (Use, bool) {
	for u := Microphone; u <= SlotVideo; u++ {
		if u.String() == s {
			return u, true
		}
	}
	return 0, false
}

// String is the word of PROTOCOL.md.
func (u Use) String() string {
	switch u {
	case Microphone:
		return "microphone"
	case Camera:
		return "camera"
	case Screen:
		return "screen"
	case ScreenAudio:
		return "screen_audio"
	case SlotAudio:
		return "audio"
	case SlotVideo:
		return "video"
	}
	return "unknown"
}

// Sends reports whether the peer sends on lines of this use.
func (u Use) Sends() bool { return u >= Microphone && u <= ScreenAudio }

// Kind is the media kind of the line.
func (u Use) Kind() Kind {
	switch u {
	case Camera, Screen, SlotVideo:
		return Video
	default:
		return Audio
	}
}

// Kind is a media kind.
type Kind uint8

const (
	Audio Kind = iota
	Video
)

// String is the word of session descriptions.
func (k Kind) String() string {
	if k == Video {
		return "video"
	}
	return "audio"
}

// ClockRate is the RTP clock of the kind's codec, in Hz.
func (k Kind) ClockRate() uint32 {
	if k == Video {
		return 90000
	}
	return 48000
}

// Line says what one m-line is for. Lines of an offer are in the order of its m-lines.
type Line struct {
	Mid string
	Use Use
	// Slot counts from 0; meaningful for SlotAudio and SlotVideo.
	Slot int
}

// Offer is what the peer offers: its session description and the meaning of each m-line.
type Offer struct {
	SDP   string
	Lines []Line
}

// Codec is a payload format that was negotiated.
type Codec uint8

const (
	UnknownCodec Codec = iota
	Opus
	// RED is Opus with the packets before it repeated (RFC 2198).
	RED
	VP8
	VP9
)

// Kind is the media kind of the codec.
func (c Codec) Kind() Kind {
	if c == VP8 || c == VP9 {
		return Video
	}
	return Audio
}

// Received is one packet of the peer. It and all it refers to are valid during the call alone.
type Received struct {
	// Packet is the view into Raw. For RTX it is the original packet (RFC 4588 section 4), under its own sequence
	// number; SSRC is always the one it came on.
	codec.Packet
	// Raw is the whole packet, opened; for RTX as the original was.
	Raw []byte
	// Arrival is read as close to the socket as the implementation can.
	Arrival time.Time
	// Line is the index of the m-line, or -1 where the packet cannot be assigned to one: probes, and streams that
	// have not yet said what they are. Such packets count for transport feedback and are not media.
	Line int
	// Layer is the index of the simulcast layer in the order offered (the client's smallest first), 0 without layers.
	Layer int
	// RTX says that the packet came as a retransmission (or as a probe that repeats a packet).
	RTX   bool
	Codec Codec
	// TransportSeq is the transport-wide number, if the packet has one.
	TransportSeq    uint16
	HasTransportSeq bool
	// Level is the sender's statement of loudness, if the packet has one (RFC 6464).
	Level    codec.AudioLevel
	HasLevel bool
	// CaptureTime is the element of abs-capture-time, or nil: eight bytes of NTP time of capture, perhaps eight of the clock's
	// offset (webrtc.org/experiments/rtp-hdrext/abs-capture-time).
	CaptureTime []byte
	// Descriptor is the element of the Dependency Descriptor, or nil.
	Descriptor []byte
	// Size of the packet in bytes as it came, without IP, UDP and SRTP overhead.
	Size int
}

// Packet is one packet to send. Payload and CaptureTime are not kept.
type Packet struct {
	Payload   []byte
	Timestamp uint32
	// Seq is the number on the primary SSRC. Each may be given to SendRTP once only (SRTP: one nonce, one packet).
	Seq    uint16
	Marker bool
	// Codec is one that the transport speaks, of the stream's kind.
	Codec Codec
	// TransportSeq is the transport-wide number, sent where the transport feeds back (see [Transport]). Each is given
	// away once, over all streams of a transport.
	TransportSeq uint16
	// Level is sent where HasLevel is set and the extension negotiated.
	Level    codec.AudioLevel
	HasLevel bool
	// CaptureTime is sent as it is where the extension was negotiated.
	CaptureTime []byte
}

// Stream sends to one m-line of a slot. Its methods may be called from any
// goroutine, but the caller serialises calls to one Stream.
type Stream interface {
	// SSRC is the primary one; RTX that of retransmissions, 0 where none was negotiated.
	SSRC() uint32
	RTX() uint32
	// SendRTP sends on the primary SSRC. It drops and returns ErrNotReady while the transport is not connected.
	SendRTP(*Packet) error
	// SendRTX sends the packet again, on the RTX SSRC under a number of its own. Without RTX: ErrNotReady.
	SendRTX(*Packet) error
	// SendPadding sends a packet of padding alone (RFC 3550 section 5.1) on the RTX SSRC: a probe of the line that carries
	// nothing. bytes is at most MaxPadding. Without RTX: ErrNotReady.
	SendPadding(bytes int, transportSeq uint16) error
}

// MaxPadding is the most that one packet can be padded with: its last byte counts.
const MaxPadding = 255

// State of a transport.
type State uint8

const (
	New State = iota
	Connecting
	Connected
	// Disconnected: nothing heard for some seconds; may become Connected again by itself.
	Disconnected
	// Failed is final: only Close is left.
	Failed
	Closed
)

// String is the word for logs and messages.
func (s State) String() string {
	switch s {
	case New:
		return "new"
	case Connecting:
		return "connecting"
	case Connected:
		return "connected"
	case Disconnected:
		return "disconnected"
	case Failed:
		return "failed"
	}
	return "closed"
}

// Handler is what a transport tells. Calls come from the implementation's
// goroutines and hold up the packets behind them. They must not call Close of
// the transport (start it elsewhere); sending is allowed.
type Handler interface {
	// RTP gets each packet once; see [Received].
	RTP(*Received)
	// RTCP gets each packet of a compound one once. p is valid during the call alone.
	RTCP(p rtcp.Packet, arrival time.Time)
	// State tells changes, each once, in order.
	State(State)
}

// Transport carries one peer's packets.
type Transport interface {
	// Answer applies an offer and returns the answer, with every candidate in it. The first starts the connection, later
	// ones grow the pool of lines. Answer waits for session-description work and local gathering, never for the peer. A
	// context that has ended changes nothing; once an offer is being applied it is applied to the end, for half of one
	// cannot be taken back. Errors: ErrBadOffer and those of the context (nothing changed, try again), ErrTooManyOffers,
	// ErrClosed, or another one, after which the transport is Failed. One call at a time.
	Answer(context.Context, Offer) (sdp string, err error)
	// Stream is the sending side of a slot; false while the slot was not negotiated. It stays valid until Close.
	Stream(slot int, kind Kind) (Stream, bool)
	// Speaks reports whether a codec was negotiated for every line of its kind.
	Speaks(Codec) bool
	// FeedsBack reports whether the peer says which of our packets arrived and when
	// (draft-holmer-rmcat-transport-wide-cc-extensions-01).
	FeedsBack() bool
	// SendRTCP sends one compound packet of ours.
	SendRTCP([]rtcp.Packet) error
	// Flush hands over to the network what SendRTP and SendRTX may have held back. The engine calls it at the end of
	// every burst; an implementation must not wait for it longer than a millisecond.
	Flush()
	// LastCheck is when the peer's last connectivity check authenticated (RFC 7675 asks for one each five seconds, silent
	// or not); zero for never.
	LastCheck() time.Time
	// Close ends the connection and waits for every goroutine of the transport.
	Close() error
}

// Factory makes transports on the ports that it owns.
type Factory interface {
	New(Handler) (Transport, error)
	// Stats counts since the factory was made.
	Stats() Stats
	// Close closes the ports. Transports must have been closed before.
	Close() error
}

// Stats are counts at the sockets, over all transports.
type Stats struct {
	// Datagrams received at the UDP socket; Media those of them that are neither STUN nor DTLS (RFC 7983).
	Datagrams, Media uint64
	// Unknown datagrams came from addresses that never passed a connectivity check, Overflow found a full queue: dropped.
	Unknown, Overflow uint64
	// Control packets (RTCP) over the bound of one connection, dropped while still sealed; Garbled packets were opened and
	// cannot be read, or have a header too long.
	Control, Garbled uint64
	// TCPRefused connections were over the bound.
	TCPRefused uint64
	// Panics that ended a transport, a TCP connection, or cost one datagram.
	Panics uint64
}
