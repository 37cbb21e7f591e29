package node

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/anteroom-video/anteroom/cmd/internal/config"
	"github.com/anteroom-video/anteroom/cmd/internal/control"
	"github.com/anteroom-video/anteroom/cmd/internal/ingress"
	"github.com/anteroom-video/anteroom/cmd/internal/obs"
)

// listen opens the address of the pages, with TLS where it is on, and finds out how people reach it.
func (n *Node) listen() (net.Listener, error) {
	l, err := net.Listen("tcp", n.config.Listen)
	if err != nil {
		return nil, listening("pages", n.config.Listen, "listen", err)
	}
	host, _, err := net.SplitHostPort(n.config.Listen)
	if err != nil {
		return nil, err // validated
	}
	port := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	hosts := []string{host}
	if addr, err := netip.ParseAddr(host); host == "" || err == nil && addr.IsUnspecified() {
		hosts = ownHosts()
	}
	for _, host := range hosts {
		n.hosts = append(n.hosts, n.scheme()+net.JoinHostPort(host, port))
	}
	n.origin = n.hosts[0]
	if n.config.PublicURL != "" {
		n.origin = strings.TrimRight(n.config.PublicURL, "/")
	}
	secured, err := n.certificate(l.Addr().(*net.TCPAddr), hosts)
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	if secured == nil {
		return l, nil
	}
	pages := ingress.NewOutlet(l.Addr())
	n.share(l, ingress.Config{TLS: secured, HTTP: pages}, n.publicPort())
	return pages, nil
}

// certificate is how TLS is spoken at the address of the pages, which is open already; nil: not at all.
func (n *Node) certificate(at *net.TCPAddr, hosts []string) (*tls.Config, error) {
	switch n.config.TLS {
	case config.TLSAuto:
		a, err := fromCA(n.config, at, n.acme, n.log)
		if err != nil {
			return nil, err
		}
		n.closing(func(context.Context) error { a.close(); return nil })
		n.certified = a.state
		return a.tlsConfig(), nil
	case config.TLSFiles:
		f, err := fromFiles(n.config.TLSCert, n.config.TLSKey, time.Now, n.log)
		if err != nil {
			return nil, err
		}
		return tlsConfig(f.certificate), nil
	case config.TLSDev:
		own, err := selfSigned(n.config.StateDir, append(hosts, "localhost"), time.Now())
		if err != nil {
			return nil, err
		}
		return tlsConfig(func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &own, nil }), nil
	default:
		return nil, nil
	}
}

func (n *Node) scheme() string {
	if n.config.TLS == config.TLSOff {
		return "http://"
	}
	return "https://"
}

// secure tells whether people come by https, here or at a proxy in front.
func (n *Node) secure() bool { return strings.HasPrefix(n.origin, "https://") }

// startAdmin serves health, metrics and profiling.
func (n *Node) startAdmin(metrics *obs.Metrics) error {
	if n.config.AdminListen == config.AdminOff {
		return nil
	}
	l, err := net.Listen("tcp", n.config.AdminListen)
	if err != nil {
		return listening("health and metrics", n.config.AdminListen, "admin-listen", err)
	}
	n.admin = l
	n.serve("health and metrics", l, obs.Admin{
		Metrics: metrics, Logger: n.log, Health: n.probe.Check, Ready: n.ready.Load,
	}.Handler())
	return nil
}

// startControl answers commands on the socket in the state folder.
func (n *Node) startControl(folder *control.Folder, version string, pages net.Addr) error {
	l, err := folder.Listen()
	if err != nil {
		return err
	}
	d := &diagnosis{node: n, version: version, pages: pages}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() {
		err := control.Serve(ctx, l, &control.Operations{
			Tenant: tenant, Lobby: n.lobby, Auth: n.auth, Origin: n.origin, ReceiptKey: n.receipts.Signer.Public(), Receipts: n.receipts.Desk, Live: liveRooms{n.live}, Node: d, Policies: n.catalogue, Logger: n.log,
		})
		if ctx.Err() == nil {
			n.fail(err)
		}
		served <- err
	}()
	n.closing(func(context.Context) error {
		stop()
		err := <-served
		d.end()
		return err
	})
	return nil
}
