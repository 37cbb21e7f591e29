package ingress

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/stun/v3"
	pion "github.com/pion/turn/v4"

	"github.com/anteroom-video/anteroom/turn"
)

// conn is a real socket as the engine reads it.
type conn struct{ *net.UDPConn }

func (c conn) ReadFromAddrPort(b []byte) (int, netip.AddrPort, error) {
	return c.ReadFromUDPAddrPort(b)
}

func (c conn) WriteToAddrPort(b []byte, to netip.AddrPort) (int, error) {
	return c.WriteToUDPAddrPort(b, to)
}

func openUDP(t *testing.T) conn {
	t.Helper()
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	must(t, err)
	t.Cleanup(func() { _ = c.Close() })
	must(t, c.SetDeadline(time.Now().Add(5*time.Second)))
	return conn{c}
}

func (c conn) at() netip.AddrPort { return c.LocalAddr().(*net.UDPAddr).AddrPort() }

// engine keeps what relays send to it.
type engine struct{ came chan datagram }

type datagram struct {
	from netip.AddrPort
	b    string
}

func (e engine) Receive(b []byte, from netip.AddrPort) { e.came <- datagram{from, string(b)} }

var engineAt = netip.MustParseAddrPort("198.51.100.7:3478")

func message(s ...stun.Setter) []byte {
	return stun.MustBuild(append([]stun.Setter{stun.TransactionID}, s...)...).Raw
}

// What is for the relay never comes to the engine, and what is the engine's always does; in order, too.
func TestDatagramsAreToldApart(t *testing.T) {
	socket, client := openUDP(t), openUDP(t)
	u := NewUDP(socket, func(v any) { t.Errorf("a fault: %v", v) })
	b := make([]byte, 1500)
	next := func() string {
		t.Helper()
		n, from, err := u.ReadFromAddrPort(b)
		must(t, err)
		if from != client.at() {
			t.Errorf("it is from %v", from)
		}
		return string(b[:n])
	}
	say := func(m []byte) {
		t.Helper()
		_, err := client.WriteToAddrPort(m, socket.at())
		must(t, err)
	}
	relays := map[string][]byte{
		"a binding request": message(stun.BindingRequest),
		"Allocate":          message(stun.NewType(stun.MethodAllocate, stun.ClassRequest)),
		"channel data":      {0x40, 0, 0, 1, 'x', 0, 0, 0},
	}
	engines := map[string][]byte{
		"a check":      message(stun.BindingRequest, stun.NewUsername("a:b")),
		"an answer":    message(stun.BindingSuccess),
		"DTLS":         {22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
		"RTP":          {128, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0},
		"one byte":     {0x40},
		"no byte":      {},
		"a full frame": append([]byte{0x40, 0, 5, 216}, make([]byte, 1496)...), // its end may be missing
	}
	for name, m := range relays { // nobody else is there yet
		if say(m); next() != string(m) {
			t.Errorf("%s did not come before there is a relay", name)
		}
	}
	relay, err := turn.New(turn.Config{UDP: socket})
	must(t, err)
	defer relay.Close()
	u.Join(relay)
	for name, m := range engines {
		for _, other := range relays {
			say(other)
		}
		if say(m); next() != string(m) {
			t.Errorf("%s did not come to the engine, or the relay's came", name)
		}
	}
	n, from, err := client.ReadFromAddrPort(b)
	must(t, err)
	if m := (&stun.Message{Raw: b[:n]}); from != socket.at() || m.Decode() != nil || m.Type.Class == stun.ClassRequest {
		t.Errorf("the relay answered %x from %v", b[:n], from)
	}
	must(t, socket.Close())
	if _, _, err := u.ReadFromAddrPort(b); err == nil {
		t.Error("the end of the socket was not told")
	}
}

// A client at a relay is, to the engine, a client like others.
func TestTheEngineSpeaksWithRelays(t *testing.T) {
	socket, client, other := openUDP(t), openUDP(t), openUDP(t)
	u := NewUDP(socket, func(v any) { t.Errorf("a fault: %v", v) })
	e := engine{make(chan datagram, 8)}
	relay, err := turn.New(turn.Config{UDP: socket, Engine: e, EngineAddrs: []netip.AddrPort{engineAt}})
	must(t, err)
	defer relay.Close()
	u.Join(relay)
	read := make(chan struct{})
	go func() {
		defer close(read)
		b := make([]byte, 1500)
		for {
			n, from, err := u.ReadFromAddrPort(b)
			if err != nil {
				return
			}
			t.Errorf("%x came from %v past the relay", b[:n], from)
		}
	}()
	defer func() { _ = socket.Close(); <-read }()
	grant := relay.Grant(turn.Scope{Engine: true})
	defer grant.Close()
	c, err := pion.NewClient(&pion.ClientConfig{
		TURNServerAddr: socket.at().String(), Conn: client, Username: grant.Username, Password: grant.Password,
	})
	must(t, err)
	defer c.Close()
	must(t, c.Listen())
	relayed, err := c.Allocate()
	must(t, err)
	defer relayed.Close()
	_, err = relayed.WriteTo([]byte("a check"), net.UDPAddrFromAddrPort(engineAt))
	must(t, err)
	got := <-e.came
	if got.b != "a check" || !turn.Virtual(got.from) {
		t.Fatalf("%q from %v", got.b, got.from)
	}
	if n, err := u.WriteToAddrPort([]byte("an answer"), got.from); err != nil || n != 9 {
		t.Errorf("%d (%v)", n, err)
	}
	b := make([]byte, 1500)
	must(t, relayed.SetReadDeadline(time.Now().Add(5*time.Second)))
	n, from, err := relayed.ReadFrom(b)
	must(t, err)
	if string(b[:n]) != "an answer" || from.String() != engineAt.String() {
		t.Errorf("%q from %v", b[:n], from)
	}
	// Others are on the network.
	_, err = u.WriteToAddrPort([]byte("direct"), other.at())
	must(t, err)
	if n, from, err := other.ReadFromAddrPort(b); err != nil || string(b[:n]) != "direct" || from != socket.at() {
		t.Errorf("%q from %v (%v)", b[:n], from, err)
	}
}

// Before there is a relay its address is one like others, so that an error is told and not swallowed.
func TestVirtualAddressesWithoutARelay(t *testing.T) {
	s := &recording{}
	u := NewUDP(s, nil)
	virtual := netip.MustParseAddrPort("192.0.0.8:50000")
	_, err := u.WriteToAddrPort([]byte("x"), virtual)
	must(t, err)
	if s.to != virtual {
		t.Errorf("it went to %v", s.to)
	}
	relay, err := turn.New(turn.Config{UDP: u})
	must(t, err)
	defer relay.Close()
	u.Join(relay)
	s.to = netip.AddrPort{}
	if n, err := u.WriteToAddrPort([]byte("x"), virtual); n != 1 || err != nil || s.to.IsValid() {
		t.Errorf("%d (%v) went to %v", n, err, s.to)
	}
}

// recording notes where a datagram went.
type recording struct {
	conn
	to netip.AddrPort
}

func (r *recording) WriteToAddrPort(b []byte, to netip.AddrPort) (int, error) {
	r.to = to
	return len(b), nil
}

func (r *recording) LocalAddr() net.Addr { return &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }

// A panic over one datagram is told and ends nothing.
func TestAFaultOverADatagram(t *testing.T) {
	var told any
	u := NewUDP(nil, func(v any) { told = v })
	u.guard(func() { panic("over a datagram") })
	if told != "over a datagram" {
		t.Errorf("told %v", told)
	}
}
