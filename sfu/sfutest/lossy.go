package sfutest

import (
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
)

// Lossy is a UDP socket that loses a share of the media that passes, in both directions: RTP and RTCP, not the
// handshakes before. The same seed loses the same packets of the same sequence.
type Lossy struct {
	Socket
	// Passed and Lost count media packets.
	Passed, Lost atomic.Uint64
	// mu guards the following fields.
	mu     sync.Mutex
	rate   float64
	random *rand.Rand
}

// Socket is what the muxes read from and write to; see package icemux.
type Socket interface {
	ReadFromAddrPort(b []byte) (int, netip.AddrPort, error)
	WriteToAddrPort(b []byte, to netip.AddrPort) (int, error)
	LocalAddr() net.Addr
	Close() error
}

// NewLossy wraps a socket. It loses nothing until SetRate.
func NewLossy(s Socket, seed uint64) *Lossy {
	return &Lossy{Socket: s, random: rand.New(rand.NewPCG(seed, seed))}
}

// SetRate sets the share that is lost, from 0 to 1.
func (l *Lossy) SetRate(rate float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rate = rate
}

func (l *Lossy) loses(b []byte) bool {
	if len(b) == 0 || b[0] < 128 || b[0] > 191 { // RFC 7983
		return false
	}
	l.mu.Lock()
	lost := l.random.Float64() < l.rate
	l.mu.Unlock()
	if lost {
		l.Lost.Add(1)
	} else {
		l.Passed.Add(1)
	}
	return lost
}

// ReadFromAddrPort implements Socket.
func (l *Lossy) ReadFromAddrPort(b []byte) (int, netip.AddrPort, error) {
	for {
		n, from, err := l.Socket.ReadFromAddrPort(b)
		if err != nil || !l.loses(b[:n]) {
			return n, from, err
		}
	}
}

// WriteToAddrPort implements Socket.
func (l *Lossy) WriteToAddrPort(b []byte, to netip.AddrPort) (int, error) {
	if l.loses(b) {
		return len(b), nil
	}
	return l.Socket.WriteToAddrPort(b, to)
}
