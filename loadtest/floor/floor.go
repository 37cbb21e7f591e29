// Package floor measures what the machine takes for a packet that nobody can do without: sealing it (SRTP, AES-128-GCM) and handing it to the
// kernel, many at a time. A server's cost for a packet is told in multiples of that, so that runs on different machines compare.
package floor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
	"golang.org/x/net/ipv4"
	"golang.org/x/sys/unix"

	"github.com/anteroom-video/anteroom/loadtest/report"
)

const (
	// batch is how many packets go to the kernel at once.
	batch = 32
	// PacketBytes is the payload of the packets that are measured: a full one of a picture.
	PacketBytes = 1100
)

// Measure seals and sends for a time to a socket of this machine from which nobody reads.
func Measure(ctx context.Context, duration time.Duration) (*report.Floor, error) {
	sink, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, fmt.Errorf("floor: %w", err)
	}
	defer sink.Close()
	source, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, fmt.Errorf("floor: %w", err)
	}
	defer source.Close()
	sealer, err := newSealer()
	if err != nil {
		return nil, fmt.Errorf("floor: %w", err)
	}
	messages := make([]ipv4.Message, batch)
	for i := range messages {
		messages[i].Addr = sink.LocalAddr()
		messages[i].Buffers = [][]byte{nil}
	}
	seal := func() error {
		for i := range messages {
			if err := sealer.next(&messages[i].Buffers[0]); err != nil {
				return err
			}
		}
		return nil
	}
	kernel := ipv4.NewPacketConn(source)
	send := func() error {
		for sent := 0; sent < batch; {
			n, err := kernel.WriteBatch(messages[sent:], 0)
			if err != nil {
				return err
			}
			sent += n
		}
		return nil
	}
	sealing, err := perPacket(ctx, duration/2, seal)
	if err != nil {
		return nil, err
	}
	both, err := perPacket(ctx, duration/2, func() error { return errors.Join(seal(), send()) })
	if err != nil {
		return nil, err
	}
	return &report.Floor{PacketBytes: PacketBytes, PerPacket: both, Seal: sealing}, nil
}

// sealer seals the packets of one stream.
type sealer struct {
	context *srtp.Context
	packet  rtp.Packet
	plain   []byte
}

func newSealer() (*sealer, error) {
	key, salt := make([]byte, 16), make([]byte, 12) // what the key is costs nothing
	c, err := srtp.CreateContext(key, salt, srtp.ProtectionProfileAeadAes128Gcm)
	if err != nil {
		return nil, err
	}
	return &sealer{context: c, packet: rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 96, SSRC: 1}, Payload: make([]byte, PacketBytes)}}, nil
}

// next seals the next packet into a buffer, which grows as needed.
func (s *sealer) next(into *[]byte) error {
	s.packet.SequenceNumber++
	s.packet.Timestamp += 3600
	if s.plain == nil {
		s.plain = make([]byte, s.packet.MarshalSize())
	}
	n, err := s.packet.MarshalTo(s.plain)
	if err != nil {
		return err
	}
	*into, err = s.context.EncryptRTP((*into)[:0], s.plain[:n], &s.packet.Header)
	return err
}

// perPacket gives the nanoseconds of processor time that a packet takes when a function that handles a batch is called over and over.
func perPacket(ctx context.Context, duration time.Duration, handle func() error) (float64, error) {
	if err := handle(); err != nil { // buffers are made
		return 0, fmt.Errorf("floor: %w", err)
	}
	before, err := used()
	if err != nil {
		return 0, err
	}
	packets := 0
	for end := time.Now().Add(duration); time.Now().Before(end) && ctx.Err() == nil; packets += batch {
		if err := handle(); err != nil {
			return 0, fmt.Errorf("floor: %w", err)
		}
	}
	after, err := used()
	if err != nil {
		return 0, err
	}
	return float64(after-before) / float64(max(packets, 1)), context.Cause(ctx)
}

// used is the processor time of this program, which does nothing else.
func used() (time.Duration, error) {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return 0, fmt.Errorf("floor: reading the processor time: %w", err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}
