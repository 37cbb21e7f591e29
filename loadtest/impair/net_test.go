package impair

import (
	"errors"
	"net"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// Both ways of a socket are late, and its end is the end of everything that it started.
func TestNetIsLate(t *testing.T) {
	defer goleak.VerifyNone(t)
	const delay = 30 * time.Millisecond
	n, err := NewNet(Settings{Delay: delay}, 1)
	if err != nil {
		t.Fatal(err)
	}
	near, err := n.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	far, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	began := time.Now()
	if _, err := near.WriteTo([]byte("ping"), far.LocalAddr()); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 100)
	_, from, err := far.ReadFrom(buf)
	if err != nil || time.Since(began) < delay {
		t.Errorf("after %s: %v", time.Since(began), err)
	}
	if _, err := far.WriteTo([]byte("pong"), from); err != nil {
		t.Fatal(err)
	}
	size, _, err := near.ReadFrom(buf)
	if err != nil || string(buf[:size]) != "pong" || time.Since(began) < 2*delay {
		t.Errorf("%q after %s: %v", buf[:size], time.Since(began), err)
	}
	if err := near.SetDeadline(time.Now()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := near.ReadFrom(buf); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("after the deadline: %v", err)
	}
	if err := near.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := near.WriteTo([]byte("x"), far.LocalAddr()); !errors.Is(err, net.ErrClosed) {
		t.Errorf("after its end: %v", err)
	}
}
