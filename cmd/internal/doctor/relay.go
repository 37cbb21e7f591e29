package doctor

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/pion/logging"
	"github.com/pion/transport/v4/stdnet"
	pion "github.com/pion/turn/v4"

	"github.com/anteroom-video/anteroom/cmd/internal/control"
)

// relay tries the media port and the relay as two browsers do: each asks for a relayed address, and they send to each other's.
func (e *examination) relay(ctx context.Context) {
	checks := []string{"STUN over UDP", "TURN over UDP", "TURN over TCP", "TURN over TLS"}
	if e.node == nil {
		for _, check := range checks {
			e.skip(check, "no node answers on the state folder")
		}
		return
	}
	r, err := e.node.Rehearse(ctx)
	if err != nil {
		for _, check := range checks {
			e.skip(check, "the node gives no credential: %v", err)
		}
		return
	}
	const open = "open or forward the port, and see that --media-ips names the address under which others reach this machine"
	for i, try := range []func(context.Context, string) error{mapped, func(ctx context.Context, at string) error { return rehearse(ctx, r.Persons, datagrams(at)) }} {
		if len(r.Datagrams) == 0 {
			e.fail(checks[i], "name one with --media-ips", "clients are told no address for media")
			continue
		}
		var good, bad []string
		for _, at := range r.Datagrams {
			if err := try(ctx, at.String()); err != nil {
				bad = append(bad, fmt.Sprintf("%s: %v", at, err))
			} else {
				good = append(good, at.String())
			}
		}
		switch {
		case len(bad) == 0:
			e.ok(checks[i], "comes back at %s, as this machine sees it", strings.Join(good, " and "))
		case len(good) == 0:
			e.fail(checks[i], open, "%s", strings.Join(bad, "; "))
		default:
			e.warn(checks[i], open, "comes back at %s, but not everywhere that clients are told: %s", strings.Join(good, " and "), strings.Join(bad, "; "))
		}
	}
	e.stream(ctx, r)
}

// stream tries the relay over TCP, and over TLS where that is taken off here.
func (e *examination) stream(ctx context.Context, r control.Rehearsal) {
	do := "open or forward the port, so that picture and sound come out of networks that block UDP"
	if err := rehearse(ctx, r.Persons, connections(r.Stream, nil)); err != nil {
		e.fail("TURN over TCP", do, "%s: %v", r.Stream, err)
	} else {
		e.ok("TURN over TCP", "comes back at %s, as this machine sees it", r.Stream)
	}
	if !r.TLS {
		e.skip("TURN over TLS", "tls is off, and a proxy passes pages alone; networks that let nothing but TLS out are not reached")
		return
	}
	if err := rehearse(ctx, r.Persons, connections(r.Stream, e.tls())); err != nil {
		e.fail("TURN over TLS", do, "%s: %v", r.Stream, err)
		return
	}
	e.ok("TURN over TLS", "comes back at %s, as this machine sees it", r.Stream)
}

// media asks the node for a round trip through its engine.
func (e *examination) media(ctx context.Context) {
	if !e.running("media") {
		return
	}
	start := time.Now()
	if err := e.node.Media(ctx); err != nil {
		e.fail("media", "the node's log says more; start it again", "sound does not come through the node: %v", err)
		return
	}
	e.ok("media", "sound goes through the node and comes back, encrypted, in %d ms", time.Since(start).Milliseconds())
}

// way opens a client's way to the relay.
type way func(context.Context) (net.PacketConn, string, error)

func datagrams(at string) way {
	return func(ctx context.Context) (net.PacketConn, string, error) {
		socket, err := new(net.ListenConfig).ListenPacket(ctx, "udp", ":0")
		return socket, at, err
	}
}

// connections go over TCP, with TLS unless it is nil.
func connections(at string, secured *tls.Config) way {
	return func(ctx context.Context) (net.PacketConn, string, error) {
		dial := new(net.Dialer).DialContext
		if secured != nil {
			dial = (&tls.Dialer{Config: secured}).DialContext
		}
		conn, err := dial(ctx, "tcp", at)
		if err != nil {
			return nil, "", err
		}
		// Pion asks for an address that it can look up; what is sent goes over the connection.
		return pion.NewSTUNConn(conn), conn.RemoteAddr().String(), nil
	}
}

func quiet() logging.LoggerFactory {
	return &logging.DefaultLoggerFactory{Writer: io.Discard, DefaultLogLevel: logging.LogLevelDisabled}
}

var errSilence = errors.New("nothing comes back")

// mapped asks the media port under which address it sees us (STUN, RFC 8489).
func mapped(ctx context.Context, at string) error {
	socket, err := new(net.ListenConfig).ListenPacket(ctx, "udp", ":0")
	if err != nil {
		return err
	}
	defer socket.Close()
	client, err := newClient(pion.ClientConfig{STUNServerAddr: at, Conn: socket})
	if err != nil {
		return err
	}
	defer client.Close()
	if err := client.Listen(); err != nil {
		return err
	}
	if _, err := client.SendBindingRequest(); err != nil {
		return errSilence
	}
	return nil
}

// anyFamily looks addresses up for Pion's client, which asks for IPv4 alone although it sends to either.
type anyFamily struct{ *stdnet.Net }

func (anyFamily) ResolveUDPAddr(_, address string) (*net.UDPAddr, error) {
	return net.ResolveUDPAddr("udp", address)
}

func newClient(c pion.ClientConfig) (*pion.Client, error) {
	ours, err := stdnet.NewNet()
	if err != nil {
		return nil, err
	}
	c.Net, c.RTO, c.LoggerFactory = anyFamily{ours}, hurry, quiet()
	return pion.NewClient(&c)
}

// hurry is how long the first answer of a relay is waited for. It doubles with each of seven tries (RFC 8489 section 6.2.1): three seconds
// in all.
const hurry = 25 * time.Millisecond

// end is one person's relayed address.
type end struct {
	conn    net.PacketConn
	client  *pion.Client
	relayed net.PacketConn
}

func (e *end) close() {
	if e.relayed != nil {
		_ = e.relayed.Close()
	}
	if e.client != nil {
		e.client.Close()
	}
	_ = e.conn.Close()
}

func open(ctx context.Context, by way, c control.Credential) (*end, error) {
	conn, at, err := by(ctx)
	if err != nil {
		return nil, cause(err)
	}
	e := &end{conn: conn}
	if e.client, err = newClient(pion.ClientConfig{STUNServerAddr: at, TURNServerAddr: at, Conn: conn, Username: c.Username, Password: c.Password}); err == nil {
		err = e.client.Listen()
	}
	if err == nil {
		e.relayed, err = e.client.Allocate()
	}
	if err != nil {
		e.close()
		return nil, fmt.Errorf("the relay gives no address: %w", err)
	}
	return e, nil
}

// rehearse sends something from one person to the other and back, through the relay alone.
func rehearse(ctx context.Context, persons [2]control.Credential, by way) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var ends [2]*end
	for i, p := range persons {
		one, err := open(ctx, by, p)
		if err != nil {
			return err
		}
		defer one.close()
		ends[i] = one
	}
	for i, one := range ends {
		if err := one.client.CreatePermission(ends[1-i].relayed.LocalAddr()); err != nil {
			return fmt.Errorf("the relay permits nothing: %w", err)
		}
	}
	for i, from := range ends {
		if err := pass(ctx, from.relayed, ends[1-i].relayed); err != nil {
			return err
		}
	}
	return nil
}

// pass sends until it arrives: datagrams may be lost.
func pass(ctx context.Context, from, to net.PacketConn) error {
	const word = 26 // letters of rand.Text
	said := rand.Text()
	b := make([]byte, 2*word)
	for ctx.Err() == nil {
		if _, err := from.WriteTo([]byte(said), to.LocalAddr()); err != nil {
			return fmt.Errorf("the relay takes nothing: %w", err)
		}
		_ = to.SetReadDeadline(time.Now().Add(8 * hurry))
		n, at, err := to.ReadFrom(b)
		if err == nil && string(b[:n]) == said && at.String() == from.LocalAddr().String() {
			return nil
		}
	}
	return errors.New("the relay passes nothing on")
}
