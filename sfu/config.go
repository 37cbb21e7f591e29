package sfu

import (
	"log/slog"
	"net"
	"net/netip"
	"time"

	"github.com/anteroom-video/anteroom/sfu/transport"
	"github.com/anteroom-video/anteroom/sfu/transport/icemux"
)

// Config of a Server.
type Config struct {
	// UDP is the address that all media goes through. An unspecified address listens on every one; port 0 takes a
	// free port (see [Server.MediaAddr]).
	UDP netip.AddrPort
	// Socket is used in place of one opened on UDP, where others share it. The Server owns it from New on and closes it.
	Socket icemux.Socket
	// TCP takes ICE-TCP connections (RFC 6544), for networks that let no UDP pass; nil for none. The Server owns it
	// from New on and closes it.
	TCP net.Listener
	// IPs are the addresses told to clients, in place of the local ones. Empty: UDP's address, or, if that is
	// unspecified, the addresses of the network interfaces.
	IPs []netip.Addr
	// Logger gets no address, no description and no key. nil: nothing is logged.
	Logger *slog.Logger
	// Limits; fields that are zero take the value of DefaultLimits.
	Limits Limits
	// Transports makes the connections; nil for Pion's PeerConnection on UDP and TCP. The Server closes it.
	Transports transport.Factory
}

// Limits bound what clients can make the engine hold and do. Over a bound
// packets are dropped and counted; a session that stays over it for
// Limits.Patience is ended.
type Limits struct {
	// Sessions of the server, and of one room.
	Sessions, SessionsPerRoom int
	// SSRCs that one peer may send on before it is ended at once.
	SSRCs int
	// VideoPackets and AudioPackets per second and publication (all layers, retransmissions included).
	VideoPackets, AudioPackets int
	// VideoBits and AudioBits per second and publication (all layers, retransmissions included).
	VideoBits, AudioBits int
	// Flood is how many bytes of one picture pass at once to one receiver, whatever was expected of it; a large key frame.
	Flood int
	// RTCPPackets per second and session, and NACKedPackets answered per second and slot; eight times as many are
	// looked for.
	RTCPPackets, NACKedPackets int
	// Patience is how long a session may be over a rate before it is ended; pauses wear off half as fast as that adds up.
	Patience time.Duration
}

// DefaultLimits let three layers of 720p with retransmissions and probes pass, and twice what browsers make of stereo in Opus with
// its repetition. Sound is never left out for a thin line, so that what one sends is taken from what others show.
func DefaultLimits() Limits {
	return Limits{
		Sessions: 4096, SessionsPerRoom: 64,
		SSRCs:        64,
		VideoPackets: 2500, AudioPackets: 300,
		VideoBits: 12_000_000, AudioBits: 300_000,
		Flood:       200_000,
		RTCPPackets: 500, NACKedPackets: 500,
		Patience: 5 * time.Second,
	}
}

// withDefaults fills in what is zero.
func (l Limits) withDefaults() Limits {
	d := DefaultLimits()
	for _, f := range [...]struct{ value, fallback *int }{
		{&l.Sessions, &d.Sessions},
		{&l.SessionsPerRoom, &d.SessionsPerRoom},
		{&l.SSRCs, &d.SSRCs},
		{&l.VideoPackets, &d.VideoPackets},
		{&l.AudioPackets, &d.AudioPackets},
		{&l.VideoBits, &d.VideoBits},
		{&l.AudioBits, &d.AudioBits},
		{&l.Flood, &d.Flood},
		{&l.RTCPPackets, &d.RTCPPackets},
		{&l.NACKedPackets, &d.NACKedPackets},
	} {
		if *f.value == 0 {
			*f.value = *f.fallback
		}
	}
	if l.Patience == 0 {
		l.Patience = d.Patience
	}
	return l
}
