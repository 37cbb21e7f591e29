package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"syscall"

	"github.com/anteroom-video/anteroom/cmd/internal/config"
	"github.com/anteroom-video/anteroom/cmd/internal/ingress"
	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/sfu/health"
	"github.com/anteroom-video/anteroom/sfu/transport/icemux"
	"github.com/anteroom-video/anteroom/turn"
)

// anyPortTries is how often a free port is looked for that is free for both UDP and TCP.
const anyPortTries = 20

// startMedia opens the media port and puts engine and relay behind it. TCP comes to the pages' port where TLS is taken off here, else
// to the media port's number.
func (n *Node) startMedia() error {
	socket, err := n.openMedia()
	if err != nil {
		return listening("media", fmt.Sprintf("port %d", n.config.MediaPort), "media-port", err)
	}
	shared := ingress.NewUDP(socket, func(v any) { n.fault("relay", v) })
	if n.media, err = sfu.New(sfu.Config{Socket: shared, TCP: n.ice, IPs: n.config.MediaIPs, Logger: n.log}); err != nil {
		return errors.Join(err, ignoreClosed(socket.Close()))
	}
	n.closing(n.media.Close)
	n.probe = health.New(n.media)
	if n.relay, err = turn.New(turn.Config{UDP: socket, TCP: n.turn, Engine: n.media, EngineAddrs: n.media.Told()}); err != nil {
		return err
	}
	shared.Join(n.relay)
	n.closing(func(context.Context) error { return n.relay.Close() })
	return nil
}

// openMedia opens the UDP port and, where no other TCP port is shared, the TCP port of the same number.
func (n *Node) openMedia() (socket icemux.Socket, err error) {
	if n.config.TLS != config.TLSOff {
		everywhere := netip.IPv6Unspecified()
		if socket, err = sfu.OpenSocket(netip.AddrPortFrom(everywhere, n.config.MediaPort)); errors.Is(err, syscall.EAFNOSUPPORT) {
			socket, err = sfu.OpenSocket(netip.AddrPortFrom(netip.IPv4Unspecified(), n.config.MediaPort))
		}
		return socket, err
	}
	for range anyPortTries {
		if socket, err = n.tryMedia(); err == nil || n.config.MediaPort != 0 || !errors.Is(err, syscall.EADDRINUSE) {
			break
		}
	}
	return socket, err
}

func (n *Node) tryMedia() (icemux.Socket, error) {
	tcp, err := net.Listen("tcp", net.JoinHostPort("", strconv.Itoa(int(n.config.MediaPort))))
	if err != nil {
		return nil, err
	}
	at := tcp.Addr().(*net.TCPAddr)
	// Both families through one socket; a kernel without IPv6 has the other one alone.
	everywhere := netip.IPv6Unspecified()
	if at.IP.To4() != nil {
		everywhere = netip.IPv4Unspecified()
	}
	socket, err := sfu.OpenSocket(netip.AddrPortFrom(everywhere, uint16(at.Port)))
	if err != nil {
		return nil, errors.Join(err, tcp.Close())
	}
	n.share(tcp, ingress.Config{}, at.Port)
	return socket, nil
}

// share tells the connections of a TCP port apart; clients of ICE and TURN are told that it has the number port.
func (n *Node) share(l net.Listener, c ingress.Config, port int) {
	n.ice, n.turn = ingress.NewOutlet(&net.TCPAddr{Port: port}), ingress.NewOutlet(l.Addr())
	c.ICE, c.TURN = n.ice, n.turn
	n.tcp = ingress.NewTCP(l, c)
	n.closing(func(context.Context) error { return n.tcp.Close() })
}

// publicHost is the host under which people open the pages, by which the certificate is made out.
func (n *Node) publicHost() string {
	u, err := url.Parse(n.origin)
	if err != nil {
		return "" // validated
	}
	return u.Hostname()
}

// publicPort is the port under which people open the pages.
func (n *Node) publicPort() int {
	u, err := url.Parse(n.origin)
	if err != nil {
		return 0 // validated
	}
	if port, err := strconv.Atoi(u.Port()); err == nil {
		return port
	}
	if u.Scheme == "https" {
		return 443
	}
	return 80
}
