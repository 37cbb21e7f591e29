package ingress

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pion/stun/v3"
	pion "github.com/pion/turn/v4"
	"golang.org/x/net/ipv4"
	"golang.org/x/sys/unix"

	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/turn"
)

const (
	relayPayload = 1000 // bytes
	// relayRound is how many packets go through one server before it is the other's turn, in each direction.
	relayRound = 10000
	// relayBatch packets leave at a time, relayBatches are on the way in each direction: less than any socket on the way drops.
	relayBatch, relayBatches = 16, 2
	relayChannel             = 0x4001
)

// BenchmarkBesideCoturn sends the same packets through our relay and through coturn: two clients, each with a relayed address, each
// the other's peer, channel data both ways at once. Servers are processes of their own on one core, clients are on the others; the
// servers take turns. What is told:
//
//	ours-ns/packet, coturn-ns/packet   processor time of the server for a packet that arrived, kernel included
//	ours-packets/s, coturn-packets/s   packets that arrived; a lost one fails
//	cpu-ratio, rate-ratio              ours is so many times better
func BenchmarkBesideCoturn(b *testing.B) {
	if _, err := exec.LookPath("turnserver"); err != nil {
		// Said on the standard error, because go test does not tell what a benchmark was skipped for.
		fmt.Fprintln(os.Stderr, "BenchmarkBesideCoturn: NOT MEASURED: turnserver is not there (Debian package coturn; mind that it starts a server of its own)")
		b.SkipNow()
	}
	core := "0"
	free := setAside(b, 0)
	defer free()
	ours, theirs := startOurs(b, core), startCoturn(b, core)
	for _, s := range []*relayServer{ours, theirs} {
		s.round(b) // warm
		s.packets, s.processor, s.took = 0, 0, 0
	}
	b.ResetTimer()
	for range b.N {
		ours.round(b)
		theirs.round(b)
	}
	b.StopTimer()
	b.ReportMetric(ours.perPacket(), "ours-ns/packet")
	b.ReportMetric(theirs.perPacket(), "coturn-ns/packet")
	b.ReportMetric(theirs.perPacket()/ours.perPacket(), "cpu-ratio")
	b.ReportMetric(ours.rate(), "ours-packets/s")
	b.ReportMetric(theirs.rate(), "coturn-packets/s")
	b.ReportMetric(ours.rate()/theirs.rate(), "rate-ratio")
}

// relayServer is a process that relays, with two clients.
type relayServer struct {
	process int
	clients [2]*net.UDPConn

	packets   int
	processor time.Duration
	took      time.Duration
}

func (s *relayServer) perPacket() float64 { return float64(s.processor) / float64(s.packets) }
func (s *relayServer) rate() float64      { return float64(s.packets) / s.took.Seconds() }

// round sends relayRound packets both ways.
func (s *relayServer) round(b *testing.B) {
	b.Helper()
	processor, begin := processorTime(b, s.process), time.Now()
	results := make(chan error, 4)
	for i, from := range s.clients {
		to := s.clients[1-i]
		arrived := make(chan struct{}, relayBatches)
		for range relayBatches {
			arrived <- struct{}{}
		}
		go func() { results <- sendRound(from, arrived) }()
		go func() { results <- receiveRound(to, arrived) }()
	}
	for range 4 {
		must(b, <-results)
	}
	s.took += time.Since(begin)
	s.processor += processorTime(b, s.process) - processor
	s.packets += 2 * relayRound
}

func batch() []ipv4.Message {
	messages := make([]ipv4.Message, relayBatch)
	for i := range messages {
		packet := make([]byte, 4+relayPayload)
		binary.BigEndian.PutUint16(packet, relayChannel)
		binary.BigEndian.PutUint16(packet[2:], relayPayload)
		messages[i].Buffers = [][]byte{packet}
	}
	return messages
}

// sendRound sends a batch for each that has arrived.
func sendRound(c *net.UDPConn, arrived <-chan struct{}) error {
	socket, messages := ipv4.NewPacketConn(c), batch()
	for range relayRound / relayBatch {
		select {
		case <-arrived:
		case <-time.After(3 * time.Second):
			return errors.New("nothing arrives any more")
		}
		for left := messages; len(left) > 0; {
			n, err := socket.WriteBatch(left, 0)
			if err != nil {
				return err
			}
			left = left[n:]
		}
	}
	return nil
}

func receiveRound(c *net.UDPConn, arrived chan<- struct{}) error {
	socket, messages := ipv4.NewPacketConn(c), batch()
	waiting := 0
	for got := 0; got < relayRound; {
		if err := c.SetReadDeadline(time.Now().Add(2 * time.Second)); err != nil {
			return err
		}
		n, err := socket.ReadBatch(messages, 0)
		if err != nil {
			return fmt.Errorf("%d of %d packets arrived: %w", got, relayRound, err)
		}
		for _, m := range messages[:n] {
			if head := m.Buffers[0]; m.N != 4+relayPayload || binary.BigEndian.Uint16(head) != relayChannel {
				return fmt.Errorf("%d bytes arrived: %x", m.N, head[:min(m.N, 8)])
			}
		}
		got += n
		for waiting += n; waiting >= relayBatch; waiting -= relayBatch {
			arrived <- struct{}{}
		}
	}
	return nil
}

// join makes two clients that reach each other through the server.
func (s *relayServer) join(b *testing.B, at string, users, passwords [2]string) {
	b.Helper()
	var relayed [2]netip.AddrPort
	var sessions [2]*relaySession
	for i := range s.clients {
		conn, err := net.Dial("udp4", at)
		must(b, err)
		b.Cleanup(func() { _ = conn.Close() })
		s.clients[i] = conn.(*net.UDPConn)
		sessions[i] = &relaySession{conn: conn, user: users[i], password: passwords[i]}
		answer := sessions[i].ask(b, stun.MethodAllocate, stun.RawAttribute{Type: stun.AttrRequestedTransport, Value: []byte{17, 0, 0, 0}})
		var address stun.XORMappedAddress
		must(b, address.GetFromAs(answer, stun.AttrXORRelayedAddress))
		ip, _ := netip.AddrFromSlice(address.IP)
		relayed[i] = netip.AddrPortFrom(ip.Unmap(), uint16(address.Port))
	}
	for i, session := range sessions {
		peer := relayed[1-i]
		number := binary.BigEndian.AppendUint16(nil, relayChannel)
		session.ask(b, stun.MethodChannelBind, stun.RawAttribute{Type: stun.AttrChannelNumber, Value: append(number, 0, 0)}, xorPeer(peer))
	}
}

// relaySession is a client's credential.
type relaySession struct {
	conn                         net.Conn
	user, password, realm, nonce string
}

// xorPeer is a peer's address as an attribute.
type xorPeer netip.AddrPort

func (x xorPeer) AddTo(m *stun.Message) error {
	a := netip.AddrPort(x)
	return stun.XORMappedAddress{IP: a.Addr().AsSlice(), Port: int(a.Port())}.AddToAs(m, stun.AttrXORPeerAddress)
}

func (s *relaySession) ask(b *testing.B, method stun.Method, attributes ...stun.Setter) *stun.Message {
	b.Helper()
	buffer := make([]byte, 1500)
	for range 3 {
		setters := append([]stun.Setter{stun.TransactionID, stun.NewType(method, stun.ClassRequest)}, attributes...)
		if s.nonce != "" {
			setters = append(setters, stun.NewUsername(s.user), stun.NewRealm(s.realm), stun.NewNonce(s.nonce),
				stun.MessageIntegrity(pion.GenerateAuthKey(s.user, s.realm, s.password)))
		}
		m, err := stun.Build(append(setters, stun.Fingerprint)...)
		must(b, err)
		_, err = s.conn.Write(m.Raw)
		must(b, err)
		must(b, s.conn.SetReadDeadline(time.Now().Add(2*time.Second)))
		n, err := s.conn.Read(buffer)
		must(b, err)
		answer := &stun.Message{Raw: buffer[:n]}
		must(b, answer.Decode())
		if answer.Type.Class == stun.ClassSuccessResponse {
			return answer
		}
		var realm stun.Realm
		var nonce stun.Nonce
		if err := errors.Join(realm.GetFrom(answer), nonce.GetFrom(answer)); err != nil {
			b.Fatalf("%v was refused: %v", method, answer)
		}
		s.realm, s.nonce = realm.String(), nonce.String()
	}
	b.Fatalf("%v: the credential is not taken", method)
	return nil
}

// relayProcess tells this test binary to be the server.
const relayProcess = "ANTEROOM_TEST_RELAY"

// serveRelay is a node's relay with its socket and without the rest, until the input ends.
func serveRelay() {
	socket, err := sfu.OpenSocket(netip.AddrPortFrom(netip.IPv6Unspecified(), 0)) // as the node opens it
	if err != nil {
		panic(err)
	}
	u := NewUDP(socket, func(v any) { panic(v) })
	relay, err := turn.New(turn.Config{UDP: socket, Limits: turn.Limits{Packets: 1 << 30}})
	if err != nil {
		panic(err)
	}
	u.Join(relay)
	a, b := relay.Grant(turn.Scope{Call: "c", Person: "a"}), relay.Grant(turn.Scope{Call: "c", Person: "b"})
	fmt.Println(socket.LocalAddr().(*net.UDPAddr).Port, a.Username, a.Password, b.Username, b.Password)
	go func() {
		buffer := make([]byte, 1500)
		for {
			if _, _, err := u.ReadFromAddrPort(buffer); err != nil {
				panic(err)
			}
		}
	}()
	_, _ = io.Copy(io.Discard, os.Stdin)
}

func startOurs(b *testing.B, core string) *relayServer {
	b.Helper()
	c := exec.Command("taskset", "-c", core, os.Args[0])
	c.Env = append(os.Environ(), relayProcess+"=1", "GOMAXPROCS=1")
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	must(b, err)
	in, err := c.StdinPipe()
	must(b, err)
	must(b, c.Start())
	b.Cleanup(func() { _ = in.Close(); _ = c.Wait() })
	var port int
	var users, passwords [2]string
	_, err = fmt.Fscanln(bufio.NewReader(out), &port, &users[0], &passwords[0], &users[1], &passwords[1])
	must(b, err)
	s := &relayServer{process: c.Process.Pid}
	s.join(b, fmt.Sprintf("127.0.0.1:%d", port), users, passwords)
	return s
}

func startCoturn(b *testing.B, core string) *relayServer {
	b.Helper()
	free, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	must(b, err)
	port := free.LocalAddr().(*net.UDPAddr).Port
	must(b, free.Close())
	dir := b.TempDir()
	c := exec.Command("taskset", "-c", core, "turnserver", "-n", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1",
		"--listening-port="+strconv.Itoa(port), "--relay-threads=1", "--lt-cred-mech", "--realm=r", "--user=u:p", "--allow-loopback-peers",
		"--no-cli", "--no-tls", "--no-dtls", "--no-stdout-log", "--simple-log", "--log-file="+os.DevNull,
		"--userdb="+filepath.Join(dir, "db"), "--pidfile="+filepath.Join(dir, "pid"))
	must(b, c.Start())
	b.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	at := fmt.Sprintf("127.0.0.1:%d", port)
	eventually(b, "coturn answers", func() bool { return answers(at) })
	s := &relayServer{process: c.Process.Pid}
	s.join(b, at, [2]string{"u", "u"}, [2]string{"p", "p"})
	return s
}

// answers reports whether a STUN server is there.
func answers(at string) bool {
	conn, err := net.Dial("udp4", at)
	if err != nil {
		return false
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(50 * time.Millisecond))
	_, _ = conn.Write(stun.MustBuild(stun.TransactionID, stun.BindingRequest).Raw)
	_, err = conn.Read(make([]byte, 1500))
	return err == nil
}

// processorTime is what a process has used, of all its threads.
func processorTime(b *testing.B, process int) (sum time.Duration) {
	b.Helper()
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", process))
	must(b, err)
	for _, thread := range threads {
		raw, err := os.ReadFile(thread)
		if err != nil {
			continue // it has ended
		}
		ns, err := strconv.ParseInt(strings.Fields(string(raw))[0], 10, 64)
		must(b, err)
		sum += time.Duration(ns)
	}
	if sum == 0 {
		b.Fatal("the kernel does not tell what processes use")
	}
	return sum
}

// setAside keeps this process off a core, where there is another.
func setAside(b *testing.B, core int) (undo func()) {
	b.Helper()
	var all unix.CPUSet
	must(b, unix.SchedGetaffinity(0, &all))
	others := all
	others.Clear(core)
	if others.Count() == 0 || runtime.NumCPU() == 1 {
		b.Log("one core alone: clients and servers share it")
		return func() {}
	}
	set := func(to *unix.CPUSet) {
		threads, err := os.ReadDir("/proc/self/task")
		must(b, err)
		for _, thread := range threads {
			id, err := strconv.Atoi(thread.Name())
			must(b, err)
			_ = unix.SchedSetaffinity(id, to)
		}
	}
	set(&others)
	return func() { set(&all) }
}
