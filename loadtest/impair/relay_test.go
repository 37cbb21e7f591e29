package impair

import (
	"context"
	"net"
	"net/netip"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// A packet goes to the server and its answer comes back, each late by the delay; a changed line holds at once, and the end
// leaves nothing behind.
func TestRelay(t *testing.T) {
	defer goleak.VerifyNone(t)
	server, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	echoed := make(chan struct{})
	go func() {
		defer close(echoed)
		buf := make([]byte, 100)
		for {
			n, from, err := server.ReadFromUDPAddrPort(buf)
			if err != nil {
				return
			}
			_, _ = server.WriteToUDPAddrPort(buf[:n], from)
		}
	}()
	relay, err := Listen("127.0.0.1:0", server.LocalAddr().(*net.UDPAddr).AddrPort(), Settings{Delay: 30 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan error, 1)
	go func() { over <- relay.Run(ctx) }()
	client, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(relay.Addr()))
	if err != nil {
		t.Fatal(err)
	}
	ask := func(within time.Duration) (time.Duration, error) {
		begin := time.Now()
		if _, err := client.Write([]byte("hello")); err != nil {
			t.Fatal(err)
		}
		_ = client.SetReadDeadline(begin.Add(within))
		n, err := client.Read(make([]byte, 100))
		if err == nil && n != 5 {
			t.Errorf("%d bytes came back", n)
		}
		return time.Since(begin), err
	}
	if took, err := ask(5 * time.Second); err != nil || took < 60*time.Millisecond {
		t.Errorf("took %v, %v", took, err)
	}
	relay.Change(Settings{Loss: 1})
	if _, err := ask(200 * time.Millisecond); err == nil {
		t.Error("everything is lost, and an answer came")
	}
	relay.Change(Settings{})
	if _, err := ask(5 * time.Second); err != nil {
		t.Error(err)
	}
	cancel()
	if err := <-over; err != nil {
		t.Error(err)
	}
	_ = client.Close()
	_ = server.Close()
	<-echoed
	if _, err := Listen("nowhere:x", netip.AddrPort{}, Settings{}); err == nil {
		t.Error("a relay on nothing")
	}
}
