package ingress

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"io"
	"math/big"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if os.Getenv(relayProcess) != "" {
		serveRelay() // for BenchmarkBesideCoturn
		return
	}
	goleak.VerifyTestMain(m)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// What each kind says first.
var (
	saysHTTP = []byte("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	saysTURN = stunMessage(3) // Allocate
	saysICE  = framed(stunMessage(1))
)

// stunMessage is one without attributes.
func stunMessage(kind uint16) []byte {
	b := make([]byte, 20)
	binary.BigEndian.PutUint16(b, kind)
	binary.BigEndian.PutUint32(b[4:], stunCookie)
	return b
}

// framed puts the length in front (RFC 4571).
func framed(b []byte) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(b))), b...)
}

// port is a TCP under test, with an outlet of each kind.
type port struct {
	*TCP
	http, turn, ice *Outlet
}

func serve(l net.Listener, c *tls.Config) *port {
	p := &port{http: NewOutlet(l.Addr()), turn: NewOutlet(l.Addr()), ice: NewOutlet(l.Addr())}
	p.TCP = NewTCP(l, Config{TLS: c, HTTP: p.http, TURN: p.turn, ICE: p.ice})
	return p
}

// end closes everything.
func (p *port) end(t testing.TB) {
	t.Helper()
	must(t, errors.Join(p.Close(), p.http.Close(), p.turn.Close(), p.ice.Close()))
}

// outlet is that of a kind.
func (p *port) outlet(is kind) *Outlet { return p.TCP.outlet(is) }

// certificate makes a TLS configuration as the node has it.
func certificate(t testing.TB) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	now := time.Now()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), DNSNames: []string{"h"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	must(t, err)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, NextProtos: []string{"h2", "http/1.1"}}
}

// trusting is a client's configuration.
func trusting(protocols ...string) *tls.Config {
	return &tls.Config{InsecureSkipVerify: true, NextProtos: protocols}
}

// pipes is a listener of connections in memory, for tests in which time is not real.
type pipes struct {
	next chan accepted
	done chan struct{}
	once sync.Once

	// mu guards the following field: when somebody began to wait for the next.
	mu    sync.Mutex
	asked []time.Time
}

type accepted struct {
	conn net.Conn
	err  error
}

func newPipes() *pipes { return &pipes{next: make(chan accepted), done: make(chan struct{})} }

func (l *pipes) Accept() (net.Conn, error) {
	l.mu.Lock()
	l.asked = append(l.asked, time.Now())
	l.mu.Unlock()
	select {
	case a := <-l.next:
		return a.conn, a.err
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipes) times() []time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.asked)
}

func (l *pipes) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

func (l *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 443} }

// dial gives the client's end of a connection from that address.
func (l *pipes) dial(from string) net.Conn {
	here, there := net.Pipe()
	l.next <- accepted{conn: remote{here, netip.MustParseAddrPort(from)}}
	return there
}

// fail lets Accept fail.
func (l *pipes) fail(err error) { l.next <- accepted{err: err} }

// tooMany is what accept says when the process has no file left.
var tooMany = &net.OpError{Op: "accept", Net: "tcp", Err: syscall.EMFILE}

// remote is a connection that says where it is from.
type remote struct {
	net.Conn
	from netip.AddrPort
}

func (r remote) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(r.from) }

// ended reports whether a connection in memory was closed by the other end, without waiting.
func ended(c net.Conn) bool {
	_ = c.SetReadDeadline(time.Now())
	defer func() { _ = c.SetReadDeadline(time.Time{}) }()
	_, err := c.Read(make([]byte, 1))
	return errors.Is(err, io.EOF)
}
