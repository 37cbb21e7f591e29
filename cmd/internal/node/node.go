package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/anteroom-video/anteroom/cmd/internal/config"
	"github.com/anteroom-video/anteroom/cmd/internal/control"
	"github.com/anteroom-video/anteroom/cmd/internal/ingress"
	"github.com/anteroom-video/anteroom/cmd/internal/obs"
	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/auth"
	"github.com/anteroom-video/anteroom/lobby/receipt"
	"github.com/anteroom-video/anteroom/lobby/sqlstore"
	"github.com/anteroom-video/anteroom/lobby/token"
	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/sfu/health"
	"github.com/anteroom-video/anteroom/signaling"
	"github.com/anteroom-video/anteroom/signaling/session"
	"github.com/anteroom-video/anteroom/turn"
	"github.com/anteroom-video/anteroom/web"
	"github.com/anteroom-video/anteroom/web/api"
)

// tenant is the one that a node serves until it can serve several.
const tenant = lobby.DefaultTenant

// Options of a node beside its configuration.
type Options struct {
	Version string
	Logger  *slog.Logger
	// Auth says how dear a sign-in is; the zero value is right for a server.
	Auth auth.Config

	acme acmeTiming // the zero value is right for a server
}

// Node is one running node. Close it.
type Node struct {
	config config.Config
	log    *slog.Logger
	origin string
	hosts  []string // where pages can be reached, as URLs, the best first

	auth  *auth.Service
	lobby *lobby.Service
	// catalogue is the service's policies.
	catalogue lobby.Catalogue
	media     *sfu.Server
	relay     *turn.Server
	probe     *health.Probe
	live      *signaling.Server
	api       *api.API

	receipts session.Receipts

	// tcp is the port that pages, TURN and ICE share, or the latter two; what it tells apart goes to ice and turn.
	tcp       *ingress.TCP
	ice, turn *ingress.Outlet

	acme acmeTiming
	// certified tells of the certificate that the node gets by itself; nil: it does not.
	certified func() control.Certificate

	admin  net.Listener // nil: off
	ready  atomic.Bool
	panics atomic.Uint64 // in requests, and over datagrams of the relay
	failed chan error    // servers that ended by themselves
	// closers stop what was started, the last first.
	closers []func(context.Context) error
	closed  sync.Once
}

// Start builds and starts a node. When it returns without error, pages are served. ctx bounds the start alone.
func Start(ctx context.Context, c config.Config, o Options) (*Node, error) {
	n := &Node{config: c, log: o.Logger, acme: o.acme, failed: make(chan error, 4)}
	if err := n.start(ctx, o); err != nil {
		return nil, errors.Join(err, n.Close(context.WithoutCancel(ctx)))
	}
	return n, nil
}

// closing notes how to stop what was just started.
func (n *Node) closing(f func(context.Context) error) { n.closers = append(n.closers, f) }

func (n *Node) start(ctx context.Context, o Options) error {
	folder, err := control.Own(n.config.StateDir)
	if err != nil {
		return err
	}
	n.closing(func(context.Context) error { return folder.Close() })

	catalogue, err := n.config.Catalogue()
	if err != nil {
		return err
	}
	n.catalogue = catalogue
	site, err := web.New(web.Config{
		Dir: n.config.WebDir, Service: n.config.ServiceName, Phone: n.config.ServicePhone, Lang: n.config.ServiceLang,
	})
	if err != nil {
		return &StartError{Thing: "the web client in " + n.config.WebDir + " cannot be read", Reason: err, Way: "name its folder with --web-dir"}
	}
	pages, err := n.listen()
	if err != nil {
		return err
	}
	n.closing(func(context.Context) error { return ignoreClosed(pages.Close()) })

	store, err := sqlstore.Open(ctx, sqlstore.Config{Dir: n.config.StateDir, KeyFile: n.config.StoreKey})
	if err != nil {
		return err
	}
	n.closing(func(context.Context) error { return store.Close() })
	if err := control.KeepOrigin(ctx, store, n.origin); err != nil {
		return err
	}
	accounts := o.Auth
	accounts.Origin = n.origin
	n.auth = auth.New(store, time.Now, accounts)
	if n.lobby, err = lobby.New(store, time.Now, catalogue.Policies, n.auth.Hasher()); err != nil {
		return err
	}
	tokens, err := token.New(ctx, store, time.Now)
	if err != nil {
		return err
	}

	signer, err := receipt.NewSigner(ctx, store)
	if err != nil {
		return err
	}
	n.receipts = session.Receipts{Signer: signer, Desk: receipt.NewDesk(), Software: printed(o.Version)}

	if err := n.startMedia(); err != nil {
		return err
	}
	address := clientAddress(n.config.TrustedProxies)
	metrics := obs.NewMetrics(o.Version)
	n.live = signaling.New(signaling.Config{
		Lobby: n.lobby, Accounts: n.auth, Tokens: tokens, Media: session.NewEngine(n.media), Logger: n.log,
		Origins: []string{n.origin}, Address: address, Relays: n.relays(), Receipts: &n.receipts,
	})
	n.api = api.New(api.Config{
		Tenant: tenant, Lobby: n.lobby, Auth: n.auth, Tokens: tokens, Live: liveRooms{n.live}, Receipts: n.receipts.Desk, Origin: n.origin, Policies: catalogue,
		Service: n.service(o.Version),
		Address: address, Observe: metrics.Request, Clock: time.Now, Logger: n.log,
	})
	n.observe(metrics)
	if err := n.startAdmin(metrics); err != nil {
		return err
	}
	n.startSweeping()
	if err := n.startControl(folder, o.Version, pages.Addr()); err != nil {
		return err
	}
	n.serve("pages", pages, n.handler(site))
	n.closing(n.live.Close)
	begun, err := n.lobby.Begun(ctx)
	if err != nil {
		return err
	}
	if err := n.live.Revive(begun); err != nil {
		return err
	}
	n.ready.Store(true)
	n.closing(func(context.Context) error { n.ready.Store(false); return nil })
	return nil
}

// handler is everything that browsers ask for.
func (n *Node) handler(site *web.Site) http.Handler {
	mux := http.NewServeMux()
	site.Routes(mux)
	n.api.Routes(mux)
	mux.Handle("GET /ws", n.live)
	mux.HandleFunc("GET /.well-known/anteroom/nodes.json", n.serveNetwork)
	mux.HandleFunc("GET /.well-known/anteroom/receipt-key", n.serveReceiptKey)
	https := n.secure()
	return n.guarded(web.Secured(mux, https, n.config.TLS != config.TLSDev))
}

// serve answers on a listener until the node stops.
func (n *Node) serve(name string, l net.Listener, h http.Handler) {
	server := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      90 * time.Second, // a client of 150 kB on a line of 2 kB/s; websockets set their own
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		// Handshakes that fail and clients that go away: the weather of the Internet.
		ErrorLog: slog.NewLogLogger(n.log.Handler(), slog.LevelDebug),
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			n.fail(fmt.Errorf("serving %s: %w", name, err))
		}
	}()
	n.closing(func(ctx context.Context) error {
		err := server.Shutdown(ctx)
		if err != nil {
			err = errors.Join(err, server.Close())
		}
		<-done
		return err
	})
}

// fail reports a part that ended by itself; the first report counts.
func (n *Node) fail(err error) {
	select {
	case n.failed <- err:
	default:
	}
}

// Failed gives the error of a part that ended by itself, after which the node is to be closed.
func (n *Node) Failed() <-chan error { return n.failed }

// Close stops the node: calls are told to resume elsewhere, requests that run are answered, what must be kept is kept. What is not
// done when ctx ends is cut off. It returns when nothing of the node runs any more.
func (n *Node) Close(ctx context.Context) (err error) {
	n.closed.Do(func() {
		for _, f := range slices.Backward(n.closers) {
			err = errors.Join(err, f(ctx))
		}
	})
	return err
}

// Origin is the address that people open, without a slash at the end.
func (n *Node) Origin() string { return n.origin }

// Addresses are all under which this machine's pages can be tried, the best first.
func (n *Node) Addresses() []string { return n.hosts }

// AdminURL is where health and metrics are; empty when that is off.
func (n *Node) AdminURL() string {
	if n.admin == nil {
		return ""
	}
	return "http://" + n.admin.Addr().String()
}

// Certificate tells of the TLS certificate that the node gets by itself (with tls: auto).
func (n *Node) Certificate() control.Certificate {
	if n.certified == nil {
		return control.Certificate{}
	}
	return n.certified()
}

// MediaPort is the UDP port of picture and sound.
func (n *Node) MediaPort() uint16 { return n.media.MediaAddr().Port() }

// FirstSetupLink is a one-time link for making the first account; empty when there is an account already. It withdraws the link
// of an earlier start.
func (n *Node) FirstSetupLink(ctx context.Context) (string, error) {
	accounts, err := n.auth.Accounts(ctx, tenant)
	if err != nil || len(accounts) > 0 {
		return "", err
	}
	token, err := n.auth.NewSetup(ctx, tenant, "")
	if errors.Is(err, lobby.ErrErasurePending) {
		err = nil // the older link is withdrawn; the store wipes it from the disk with its next write
	}
	return n.origin + "/setup#" + token, err
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
