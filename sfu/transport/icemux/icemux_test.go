package icemux

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

const deadline = 5 * time.Second

// check makes a binding request for a user name fragment.
func check(ufrag string) []byte {
	name := []byte(ufrag + ":peer")
	b := make([]byte, stunHeader)
	binary.BigEndian.PutUint16(b, bindingRequest)
	binary.BigEndian.PutUint32(b[4:], stunMagic)
	b = append(b, 0x80, 0x22, 0, 3, 'a', 'b', 'c', 0) // SOFTWARE, padded
	b = binary.BigEndian.AppendUint16(b, attrUsername)
	b = binary.BigEndian.AppendUint16(b, uint16(len(name)))
	b = append(b, name...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)-stunHeader))
	return b
}

func noLeaks(t *testing.T) {
	t.Helper()
	here := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, here) })
}

// unexpected fails the test when a panic was caught.
func unexpected(t *testing.T) func(any) {
	return func(v any) { t.Errorf("a fault: %v", v) }
}

func newUDP(t *testing.T) *UDP {
	t.Helper()
	noLeaks(t)
	s, err := OpenUDP(netip.MustParseAddrPort("127.0.0.1:0"), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	u := NewUDP(s, unexpected(t))
	t.Cleanup(func() {
		if err := u.Close(); err != nil {
			t.Error(err)
		}
	})
	return u
}

// peer is a socket of somebody outside.
func newPeer(t *testing.T) *net.UDPConn {
	t.Helper()
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func at(c *net.UDPConn) netip.AddrPort { return canonical(c.LocalAddr().(*net.UDPAddr).AddrPort()) }

func session(t *testing.T, u *UDP, ufrag string) *conn {
	t.Helper()
	c, err := u.GetConn(ufrag, u.GetListenAddresses()[0])
	if err != nil {
		t.Fatal(err)
	}
	return c.(*conn)
}

// next reads one packet with a deadline.
func next(t *testing.T, c *conn) ([]byte, netip.AddrPort) {
	t.Helper()
	type result struct {
		b    []byte
		from netip.AddrPort
		err  error
	}
	done := make(chan result, 1)
	go func() {
		b := make([]byte, 2000)
		n, from, err := c.ReadFromAddrPort(b)
		done <- result{b[:n], from, err}
	}()
	select {
	case r := <-done:
		if r.err != nil {
			t.Fatal(r.err)
		}
		return r.b, r.from
	case <-time.After(deadline):
		t.Fatal("nothing came")
	}
	return nil, netip.AddrPort{}
}

func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(deadline); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

func send(t *testing.T, from *net.UDPConn, to *UDP, b []byte) {
	t.Helper()
	if _, err := from.WriteToUDPAddrPort(b, to.LocalAddr()); err != nil {
		t.Fatal(err)
	}
}

func TestEachSessionGetsItsOwn(t *testing.T) {
	u := newUDP(t)
	a, b := session(t, u, "aaaa"), session(t, u, "bbbb")
	pa, pb := newPeer(t), newPeer(t)
	media := []byte{0x80, 111, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0}

	send(t, pa, u, media) // from nobody yet
	await(t, "a stranger's packet is counted", func() bool { return u.Stats().Unknown == 1 })
	send(t, pa, u, check("cccc"))
	await(t, "a check for nobody is counted", func() bool { return u.Stats().Unknown == 2 })

	send(t, pa, u, check("aaaa"))
	send(t, pb, u, check("bbbb"))
	for c, p := range map[*conn]*net.UDPConn{a: pa, b: pb} {
		got, from := next(t, c)
		if !isSTUN(got) || from != at(p) {
			t.Fatalf("%x from %v", got, from)
		}
		// The agent answers: the address is the session's from now on.
		if _, err := c.WriteToAddrPort([]byte("answer"), from); err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 100)
		if n, err := p.Read(buf); err != nil || string(buf[:n]) != "answer" {
			t.Fatalf("%q, %v", buf[:n], err)
		}
	}
	send(t, pa, u, append(media, 'a'))
	send(t, pb, u, append(media, 'b'))
	for c, want := range map[*conn]byte{a: 'a', b: 'b'} {
		if got, _ := next(t, c); got[len(got)-1] != want {
			t.Errorf("%c got %c", want, got[len(got)-1])
		}
	}
	if s := u.Stats(); s.Datagrams != 6 || s.Media != 3 {
		t.Errorf("%+v", s)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	send(t, pa, u, media)
	await(t, "nothing for a session that has gone", func() bool { return u.Stats().Unknown == 3 })
	if _, err := a.WriteToAddrPort(media, at(pa)); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("a closed session sends: %v", err)
	}
	again := session(t, u, "aaaa")
	if again == a {
		t.Error("a closed session is handed out again")
	}
}

func TestAnAddressIsNotStolen(t *testing.T) {
	u := newUDP(t)
	owner, thief := session(t, u, "aaaa"), session(t, u, "bbbb")
	p := newPeer(t)
	send(t, p, u, check("aaaa"))
	_, from := next(t, owner)
	if _, err := owner.WriteToAddrPort([]byte("x"), from); err != nil {
		t.Fatal(err)
	}
	// The thief checks from the same address (forged, or behind the same NAT) and its agent answers.
	send(t, p, u, check("bbbb"))
	next(t, thief)
	if _, err := thief.WriteToAddrPort([]byte("x"), from); err != nil {
		t.Fatal(err)
	}
	send(t, p, u, []byte{0x80, 1, 2, 3})
	if got, _ := next(t, owner); got[0] != 0x80 {
		t.Errorf("%x", got)
	}
	// When the owner has been silent for long enough, the address may change hands: a NAT gave it to somebody else.
	u.mu.Lock()
	u.owners[from].heard.Store(time.Now().Add(-2 * silent).UnixNano())
	u.mu.Unlock()
	if _, err := thief.WriteToAddrPort([]byte("x"), from); err != nil {
		t.Fatal(err)
	}
	send(t, p, u, []byte{0x80, 4, 5, 6})
	if got, _ := next(t, thief); got[1] != 4 {
		t.Errorf("%x", got)
	}
}

func TestQueuesAndAddressesAreBounded(t *testing.T) {
	u := newUDP(t)
	c := session(t, u, "aaaa")
	p := newPeer(t)
	await(t, "the queue is full", func() bool {
		for range 50 {
			send(t, p, u, check("aaaa"))
		}
		return u.Stats().Overflow > 0
	})
	if c.count != queueDepth {
		t.Errorf("%d packets wait", c.count)
	}
	for range queueDepth {
		next(t, c)
	}
	for i := range 2 * maxAddresses {
		_, _ = c.WriteToAddrPort([]byte("x"), netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(30000+i)))
	}
	u.mu.RLock()
	n := len(u.owners)
	u.mu.RUnlock()
	if n > maxAddresses {
		t.Errorf("%d addresses for one session", n)
	}
	send(t, p, u, make([]byte, packetSize+100))
	await(t, "a datagram that is too long is dropped", func() bool { return u.Stats().TooLong == 1 })
}

// TestControlPacketsAreBoundedWhileSealed: over the bound they are dropped and counted; media and checks still come.
func TestControlPacketsAreBoundedWhileSealed(t *testing.T) {
	now := time.Now()
	for name, size := range map[string]int{"packets": 60, "bytes": 1200} {
		c := newConn(key{}, &net.UDPAddr{}, nil, nil, nil)
		control := make([]byte, size)
		control[0], control[1] = 0x8f, 205
		took := func(at time.Time) (n int) {
			for range 2 * controlPacketsBurst {
				if c.admits(control, at) {
					n++
				}
			}
			return n
		}
		if n, most := took(now), min(controlPacketsBurst, controlBytesBurst/size); n != most {
			t.Errorf("%s: %d at once, not %d", name, n, most)
		}
		if n, most := took(now.Add(time.Second)), min(controlPackets, controlBytes/size+1); n > most || n < most-2 {
			t.Errorf("%s: %d a second later, not %d", name, n, most)
		}
		for _, other := range [][]byte{{0x80, 111}, {0x80, 0x80 | 111}, check("aaaa"), {22, 205}} {
			if !c.admits(other, now) {
				t.Errorf("%x is taken for a control packet", other[:2])
			}
		}
	}

	u := newUDP(t)
	c, p := session(t, u, "aaaa"), newPeer(t)
	send(t, p, u, check("aaaa"))
	_, from := next(t, c)
	if _, err := c.WriteToAddrPort([]byte("x"), from); err != nil {
		t.Fatal(err)
	}
	c.controlPackets.SetBurst(0)
	send(t, p, u, []byte{0x8f, 205, 0, 0})
	await(t, "it is counted", func() bool { return u.Stats().Control == 1 })

	m := newTCP(t)
	got, err := m.GetConnByUfrag("aaaa", false, net.IPv4(127, 0, 0, 1))
	if err != nil {
		t.Fatal(err)
	}
	got.(*conn).controlPackets.SetBurst(0)
	if _, err := dial(t, m).Write(append(frame(check("aaaa")), frame([]byte{0x8f, 205, 0, 0})...)); err != nil {
		t.Fatal(err)
	}
	await(t, "it is counted over TCP", func() bool { return m.Stats().Control == 1 })
}

func TestCloseWakesReaders(t *testing.T) {
	u := newUDP(t)
	var readers sync.WaitGroup
	for _, ufrag := range []string{"aaaa", "bbbb"} {
		c := session(t, u, ufrag)
		readers.Go(func() {
			if _, _, err := c.ReadFromAddrPort(make([]byte, 100)); !errors.Is(err, io.EOF) {
				t.Errorf("%v", err)
			}
		})
	}
	u.RemoveConnByUfrag("aaaa")
	if err := u.Close(); err != nil {
		t.Fatal(err)
	}
	readers.Wait()
	if _, err := u.GetConn("cccc", u.GetListenAddresses()[0]); !errors.Is(err, net.ErrClosed) {
		t.Errorf("a closed mux hands out a session: %v", err)
	}
	if len(u.conns)+len(u.owners)+len(u.owned) != 0 {
		t.Error("something is left in the tables")
	}
}

func TestWildcardServesBothFamilies(t *testing.T) {
	noLeaks(t)
	s, err := OpenUDP(netip.MustParseAddrPort("[::]:0"), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	u := NewUDP(s, unexpected(t))
	defer func() { _ = u.Close() }()
	if n := len(u.GetListenAddresses()); n != 2 {
		t.Fatalf("%d families", n)
	}
	c := session(t, u, "aaaa")
	p := newPeer(t)
	to := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), u.LocalAddr().Port())
	if _, err := p.WriteToUDPAddrPort(check("aaaa"), to); err != nil {
		t.Fatal(err)
	}
	_, from := next(t, c)
	if from != at(p) {
		t.Errorf("from %v, sent from %v", from, at(p))
	}
	if _, err := c.WriteToAddrPort([]byte("answer"), from); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 100)
	if n, err := p.Read(buf); err != nil || string(buf[:n]) != "answer" {
		t.Errorf("%q, %v", buf[:n], err)
	}
}

// flaky is a listener whose Accept fails now and then, as with too many open files.
type flaky struct {
	net.Listener
	mu    sync.Mutex
	fails int
}

func (f *flaky) Accept() (net.Conn, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fails > 0 {
		f.fails--
		return nil, errors.New("too many open files")
	}
	f.mu.Unlock()
	defer f.mu.Lock()
	return f.Listener.Accept()
}

func newTCP(t *testing.T) *TCP {
	t.Helper()
	noLeaks(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := NewTCP(&flaky{Listener: l, fails: 3}, unexpected(t))
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

func dial(t *testing.T, m *TCP) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", m.listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func frame(b []byte) []byte { return append([]byte{byte(len(b) >> 8), byte(len(b))}, b...) }

// ended waits until the other side has closed the connection.
func ended(t *testing.T, c net.Conn) {
	t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(deadline))
	if _, err := c.Read(make([]byte, 10)); err == nil || errors.Is(err, io.ErrNoProgress) || isTimeout(err) {
		t.Errorf("the connection goes on: %v", err)
	}
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}

func TestTCPCarriesFrames(t *testing.T) {
	m := newTCP(t)
	got, err := m.GetConnByUfrag("aaaa", false, net.IPv4(127, 0, 0, 1))
	if err != nil {
		t.Fatal(err)
	}
	c := got.(*conn)
	p := dial(t, m)
	if _, err := p.Write(append(frame(check("aaaa")), frame([]byte{0x80, 1, 2})...)); err != nil {
		t.Fatal(err)
	}
	first, from := next(t, c)
	if !isSTUN(first) {
		t.Fatalf("%x", first)
	}
	if second, _ := next(t, c); !bytes.Equal(second, []byte{0x80, 1, 2}) {
		t.Fatalf("%x", second)
	}
	if _, err := c.WriteToAddrPort([]byte("answer"), from); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 8)
	if _, err := io.ReadFull(p, buf); err != nil || string(buf) != "\x00\x06answer" {
		t.Errorf("%q, %v", buf, err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	ended(t, p)
}

func TestTCPStrangersAreShownOut(t *testing.T) {
	m := newTCP(t)
	for name, first := range map[string][]byte{
		"another session":  frame(check("zzzz")),
		"not a check":      frame([]byte("GET / HTTP/1.1\r\n")),
		"an empty frame":   {0, 0},
		"a frame too long": {0xff, 0xff},
	} {
		p := dial(t, m)
		if _, err := p.Write(first); err != nil {
			t.Fatal(err)
		}
		t.Log(name)
		ended(t, p)
	}
	await(t, "nothing is kept of them", func() bool {
		m.mu.RLock()
		defer m.mu.RUnlock()
		return len(m.links)+len(m.from) == 0
	})
}

// TestTCPConnectionsAreBounded: the newcomer takes the place of the oldest that has said nothing, and of none that named
// its session.
func TestTCPConnectionsAreBounded(t *testing.T) {
	m := newTCP(t)
	got, err := m.GetConnByUfrag("aaaa", false, net.IPv4(127, 0, 0, 1))
	if err != nil {
		t.Fatal(err)
	}
	name := func(p net.Conn) {
		t.Helper()
		if _, err := p.Write(frame(check("aaaa"))); err != nil {
			t.Fatal(err)
		}
		next(t, got.(*conn))
	}
	name(dial(t, m))
	silent := []net.Conn{dial(t, m)}
	await(t, "the oldest is there", func() bool { return m.Stats().Accepted == 2 })
	for range maxTCPPerAddress - 2 {
		silent = append(silent, dial(t, m))
	}
	await(t, "all are taken", func() bool { return m.Stats().Accepted == maxTCPPerAddress })
	name(dial(t, m))
	ended(t, silent[0])
	for _, p := range silent[2:] {
		name(p)
	}
	name(dial(t, m)) // in place of silent[1]
	ended(t, silent[1])
	ended(t, dial(t, m))
	if s := m.Stats(); s.Refused != 3 || s.Accepted != maxTCPPerAddress+2 {
		t.Errorf("%+v", s)
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	if len(m.links) != maxTCPPerAddress || m.from[netip.MustParseAddr("127.0.0.1")] != maxTCPPerAddress {
		t.Errorf("%d connections, counted %v", len(m.links), m.from)
	}
}

// from is a connection from an address that this machine does not have.
type from struct {
	net.Conn
	at string
}

func (f from) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(f.at)) }
func (from) Close() error           { return nil }

// TestTCPCountsANetworkAsOne: an IPv6 /64 has the places of one address, and all together those of the mux.
func TestTCPCountsANetworkAsOne(t *testing.T) {
	m := newTCP(t)
	var links []*link
	defer func() {
		for _, l := range links {
			m.release(l)
		}
	}()
	take := func(at string) {
		l, ok := m.admit(from{at: at})
		if !ok {
			t.Fatal("refused")
		}
		links = append(links, l)
	}
	for i := range 2 * maxTCPPerAddress {
		take(fmt.Sprintf("[2001:db8::%x]:4000", i+1))
	}
	if len(m.links) != maxTCPPerAddress {
		t.Errorf("%d places for one network", len(m.links))
	}
	for i := range maxTCP {
		take(fmt.Sprintf("10.0.%d.%d:4000", i/64, i%64))
	}
	if len(m.links) != maxTCP {
		t.Errorf("%d places in all", len(m.links))
	}
}

// TestTCPDoesNotWait: a peer that does not read costs a queue, not the sender's time.
func TestTCPDoesNotWait(t *testing.T) {
	m := newTCP(t)
	got, err := m.GetConnByUfrag("aaaa", false, net.IPv4(127, 0, 0, 1))
	if err != nil {
		t.Fatal(err)
	}
	c := got.(*conn)
	p := dial(t, m)
	if _, err := p.Write(frame(check("aaaa"))); err != nil {
		t.Fatal(err)
	}
	_, from := next(t, c)
	payload := make([]byte, 1400)
	begin := time.Now()
	for m.Stats().Overflow == 0 {
		if _, err := c.WriteToAddrPort(payload, from); err != nil {
			t.Fatal(err)
		}
		if time.Since(begin) > deadline {
			t.Fatal("the queue never fills")
		}
	}
}

func FuzzRequestFor(f *testing.F) {
	f.Add(check("aaaa"))
	f.Add(check(""))
	f.Fuzz(func(t *testing.T, b []byte) {
		ufrag, ok := requestFor(b)
		if ok && (!isSTUN(b) || !bytes.Contains(b, append(bytes.Clone(ufrag), ':'))) {
			t.Fatalf("%q in %x", ufrag, b)
		}
		if isSTUN(b) && isMedia(b) {
			t.Fatal("both")
		}
	})
}

// TestAFaultCostsOneDatagram: a fault over the bytes of one peer is told, and those of the others come.
func TestAFaultCostsOneDatagram(t *testing.T) {
	noLeaks(t)
	s, err := OpenUDP(netip.MustParseAddrPort("127.0.0.1:0"), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	faults := make(chan any, 8)
	u := NewUDP(s, func(v any) { faults <- v })
	defer func() { _ = u.Close() }()
	broken, sound := session(t, u, "aaaa"), session(t, u, "bbbb")
	broken.mu.Lock()
	broken.head = -1 // no input is known to do this
	broken.mu.Unlock()
	p := newPeer(t)
	send(t, p, u, check("aaaa"))
	select {
	case <-faults:
	case <-time.After(deadline):
		t.Fatal("no fault")
	}
	send(t, p, u, check("bbbb"))
	next(t, sound)
	broken.mu.Lock()
	broken.head = 0
	broken.mu.Unlock()
	send(t, p, u, check("aaaa"))
	next(t, broken)
}

// TestAFaultEndsOneTCPConnection: and no other.
func TestAFaultEndsOneTCPConnection(t *testing.T) {
	noLeaks(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	faults := make(chan any, 8)
	m := NewTCP(l, func(v any) { faults <- v })
	defer func() { _ = m.Close() }()
	conns := map[string]*conn{}
	for _, ufrag := range []string{"aaaa", "bbbb"} {
		c, err := m.GetConnByUfrag(ufrag, false, net.IPv4(127, 0, 0, 1))
		if err != nil {
			t.Fatal(err)
		}
		conns[ufrag] = c.(*conn)
	}
	conns["aaaa"].mu.Lock()
	conns["aaaa"].head = -1 // no input is known to do this
	conns["aaaa"].mu.Unlock()
	bad, good := dial(t, m), dial(t, m)
	if _, err := bad.Write(frame(check("aaaa"))); err != nil {
		t.Fatal(err)
	}
	ended(t, bad)
	if len(faults) != 1 {
		t.Errorf("%d faults told", len(faults))
	}
	if _, err := good.Write(frame(check("bbbb"))); err != nil {
		t.Fatal(err)
	}
	next(t, conns["bbbb"])
	conns["aaaa"].mu.Lock()
	conns["aaaa"].head = 0
	conns["aaaa"].mu.Unlock()
}
