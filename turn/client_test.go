package turn

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/pion/stun/v3"
	pion "github.com/pion/turn/v4"
	"go.uber.org/goleak"
)

const deadline = 5 * time.Second

// house is a server on loopback sockets, read as the node reads them.
type house struct {
	*Server
	udp    *net.UDPConn
	tcp    net.Listener
	engine *engine
}

// engine stands for the media engine: it keeps what comes.
type engine struct {
	mu   sync.Mutex
	came []message
	more chan struct{}
}

func (e *engine) Receive(b []byte, from netip.AddrPort) {
	e.mu.Lock()
	e.came = append(e.came, message{from, append([]byte(nil), b...)})
	e.mu.Unlock()
	select {
	case e.more <- struct{}{}:
	default:
	}
}

// next waits for the oldest datagram that was not taken yet.
func (e *engine) next(t *testing.T) message {
	t.Helper()
	late := time.After(deadline)
	for {
		e.mu.Lock()
		if len(e.came) > 0 {
			m := e.came[0]
			e.came = e.came[1:]
			e.mu.Unlock()
			return m
		}
		e.mu.Unlock()
		select {
		case <-e.more:
		case <-late:
			t.Fatal("nothing came to the engine")
		}
	}
}

var engineAt = netip.MustParseAddrPort("198.51.100.7:3478")

type sender struct{ *net.UDPConn }

func (s sender) WriteToAddrPort(b []byte, to netip.AddrPort) (int, error) {
	return s.WriteToUDPAddrPort(b, to)
}

func open(t testing.TB, limits Limits) *house {
	t.Helper()
	here := goleak.IgnoreCurrent()
	udp, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	must(t, err)
	_ = udp.SetReadBuffer(4 << 20)
	tcp, err := net.Listen("tcp4", "127.0.0.1:0")
	must(t, err)
	h := &house{udp: udp, tcp: tcp, engine: &engine{more: make(chan struct{}, 1)}}
	h.Server, err = New(Config{UDP: sender{udp}, TCP: tcp, Engine: h.engine, EngineAddrs: []netip.AddrPort{engineAt}, Limits: limits})
	must(t, err)
	read := make(chan struct{})
	go func() {
		defer close(read)
		var b [packetSize]byte
		for {
			n, from, err := udp.ReadFromUDPAddrPort(b[:])
			if err != nil {
				return
			}
			if Claims(b[:n]) {
				h.Receive(b[:n], from)
			}
		}
	}()
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
		_ = udp.Close()
		<-read
		goleak.VerifyNone(t, here)
	})
	return h
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// eventually waits until something is so.
func eventually(t testing.TB, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(deadline); !so(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

// peer is a client of the relay that says what it wants, right or wrong.
type peer struct {
	t      testing.TB
	conn   net.Conn
	stream *bufio.Reader // nil: UDP
	grant  *Grant
	nonce  string
	// data are Data indications and channel data that came while an answer was waited for.
	data []message
	// RelayAddr is the virtual address.
	relayAddr netip.AddrPort
}

func (h *house) dial(t testing.TB, network string, g *Grant) *peer {
	t.Helper()
	at := h.udp.LocalAddr().String()
	if network == "tcp" {
		at = h.tcp.Addr().String()
	}
	conn, err := net.Dial(network, at)
	must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	p := &peer{t: t, conn: conn, grant: g}
	if network == "tcp" {
		p.stream = bufio.NewReader(conn)
	}
	return p
}

// errSilence: nothing came for the time that was waited.
var errSilence = errors.New("silence")

func (p *peer) read(within time.Duration) ([]byte, error) {
	must(p.t, p.conn.SetReadDeadline(time.Now().Add(within)))
	b := make([]byte, packetSize)
	var n int
	var err error
	if p.stream == nil {
		n, err = p.conn.Read(b)
	} else if count, ok := readFrame(p.stream, b); ok {
		n = count
	} else if _, err = p.stream.Peek(1); err == nil {
		err = errors.New("no frame")
	}
	var late net.Error
	if errors.As(err, &late) && late.Timeout() {
		return nil, errSilence
	}
	return b[:n], err
}

// refusal is an error response.
type refusal int

func (r refusal) Error() string { return fmt.Sprintf("refused with %d", int(r)) }

// request asks and gives the answer; errSilence if there is none within half a second. It takes up the nonce.
func (p *peer) request(method stun.Method, attributes ...stun.Setter) (*stun.Message, error) {
	for range 2 {
		answer, err := p.once(method, attributes...)
		var r refusal
		if !errors.As(err, &r) || answer == nil || r != 401 && r != 438 || p.nonce != "" && r == 401 {
			return answer, err
		}
		var nonce stun.Nonce
		if nonce.GetFrom(answer) != nil {
			return answer, err
		}
		p.nonce = nonce.String()
	}
	return nil, errors.New("the nonce is never taken")
}

func (p *peer) once(method stun.Method, attributes ...stun.Setter) (*stun.Message, error) {
	setters := append([]stun.Setter{stun.TransactionID, stun.NewType(method, stun.ClassRequest)}, attributes...)
	if p.nonce != "" {
		setters = append(setters, stun.NewUsername(p.grant.Username), stun.NewRealm(realm), stun.NewNonce(p.nonce),
			stun.MessageIntegrity(pion.GenerateAuthKey(p.grant.Username, realm, p.grant.Password)))
	}
	m, err := stun.Build(append(setters, stun.Fingerprint)...)
	must(p.t, err)
	if _, err := p.conn.Write(m.Raw); err != nil {
		return nil, err
	}
	for {
		b, err := p.read(500 * time.Millisecond)
		if err != nil {
			return nil, err
		}
		answer := &stun.Message{Raw: b}
		if isChannelData(b) || answer.Decode() != nil || answer.TransactionID != m.TransactionID {
			p.keep(b)
			continue
		}
		if answer.Type.Class == stun.ClassErrorResponse {
			var code stun.ErrorCodeAttribute
			_ = code.GetFrom(answer)
			return answer, refusal(code.Code)
		}
		return answer, nil
	}
}

// keep notes data that came.
func (p *peer) keep(b []byte) {
	if isChannelData(b) {
		n := binary.BigEndian.Uint16(b[2:])
		p.data = append(p.data, message{netip.AddrPortFrom(netip.Addr{}, binary.BigEndian.Uint16(b)), b[channelHeader : channelHeader+n]})
		return
	}
	m := &stun.Message{Raw: b}
	if m.Decode() != nil || m.Type != stun.NewType(stun.MethodData, stun.ClassIndication) {
		return
	}
	data, err := m.Get(stun.AttrData)
	must(p.t, err)
	var from stun.XORMappedAddress
	must(p.t, from.GetFromAs(m, stun.AttrXORPeerAddress))
	ip, _ := netip.AddrFromSlice(from.IP)
	p.data = append(p.data, message{netip.AddrPortFrom(ip.Unmap(), uint16(from.Port)), data})
}

// next waits for data; of a channel, the port of its sender is the channel's number.
func (p *peer) next() (message, error) {
	for len(p.data) == 0 {
		b, err := p.read(deadline)
		if err != nil {
			return message{}, err
		}
		p.keep(b)
	}
	m := p.data[0]
	p.data = p.data[1:]
	return m, nil
}

// silent holds that no data comes for so long as a loopback round trip takes many times.
func (p *peer) silent() {
	p.t.Helper()
	if len(p.data) > 0 {
		p.t.Errorf("%q came", p.data[0].b)
	}
	if b, err := p.read(100 * time.Millisecond); !errors.Is(err, errSilence) {
		p.t.Errorf("%q came (%v)", b, err)
	}
}

const (
	methodAllocateT = stun.MethodAllocate
	udpTransport    = 17
)

func transport(protocol byte) stun.Setter {
	return stun.RawAttribute{Type: stun.AttrRequestedTransport, Value: []byte{protocol, 0, 0, 0}}
}

func lifetime(d time.Duration) stun.Setter {
	return stun.RawAttribute{Type: stun.AttrLifetime, Value: binary.BigEndian.AppendUint32(nil, uint32(d/time.Second))}
}

// allocate asks for a relay.
func (p *peer) allocate(more ...stun.Setter) error {
	answer, err := p.request(methodAllocateT, append([]stun.Setter{transport(udpTransport)}, more...)...)
	if err != nil {
		return err
	}
	var at stun.XORMappedAddress
	must(p.t, at.GetFromAs(answer, stun.AttrXORRelayedAddress))
	ip, _ := netip.AddrFromSlice(at.IP)
	p.relayAddr = netip.AddrPortFrom(ip.Unmap(), uint16(at.Port))
	return nil
}

// toward is a peer address.
type toward netip.AddrPort

func (a toward) AddTo(m *stun.Message) error {
	at := netip.AddrPort(a)
	// IPv4-mapped addresses go out in sixteen bytes, which stun's own setter does not do.
	family, ip := byte(1), at.Addr().AsSlice()
	if at.Addr().Is6() {
		family = 2
	}
	value := append([]byte{0, family, 0, 0}, ip...)
	binary.BigEndian.PutUint16(value[2:], at.Port()^uint16(stunCookie>>16))
	key := append(binary.BigEndian.AppendUint32(nil, stunCookie), m.TransactionID[:]...)
	for i := range ip {
		value[4+i] ^= key[i]
	}
	m.Add(stun.AttrXORPeerAddress, value)
	return nil
}

func (p *peer) permit(to netip.AddrPort) error {
	_, err := p.request(stun.MethodCreatePermission, toward(to))
	return err
}

func (p *peer) bind(number uint16, to netip.AddrPort) error {
	value := binary.BigEndian.AppendUint16(nil, number)
	_, err := p.request(stun.MethodChannelBind, stun.RawAttribute{Type: stun.AttrChannelNumber, Value: append(value, 0, 0)}, toward(to))
	return err
}

func (p *peer) refresh(d time.Duration) error {
	_, err := p.request(stun.MethodRefresh, lifetime(d))
	return err
}

// send is a Send indication.
func (p *peer) send(to netip.AddrPort, data string) {
	p.t.Helper()
	m, err := stun.Build(stun.TransactionID, stun.NewType(stun.MethodSend, stun.ClassIndication), toward(to),
		stun.RawAttribute{Type: stun.AttrData, Value: []byte(data)})
	must(p.t, err)
	_, err = p.conn.Write(m.Raw)
	must(p.t, err)
}

func channelData(number uint16, data string) []byte {
	b := binary.BigEndian.AppendUint16(nil, number)
	b = binary.BigEndian.AppendUint16(b, uint16(len(data)))
	return append(b, data...)
}

func (p *peer) channel(number uint16, data string) {
	p.t.Helper()
	b := channelData(number, data)
	for p.stream != nil && len(b)%4 != 0 {
		b = append(b, 0)
	}
	_, err := p.conn.Write(b)
	must(p.t, err)
}
