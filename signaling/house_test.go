package signaling_test

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/auth"
	"github.com/anteroom-video/anteroom/lobby/memstore"
	"github.com/anteroom-video/anteroom/lobby/receipt"
	"github.com/anteroom-video/anteroom/lobby/token"
	"github.com/anteroom-video/anteroom/signaling"
	"github.com/anteroom-video/anteroom/signaling/session"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// house is a counselling service with one room: the real lobby, tokens, rooms and sockets, and an engine that notes what
// it is told.
type house struct {
	t        *testing.T
	store    *memstore.Store
	lobby    *failing
	accounts *auth.Service
	tokens   *token.Signer
	engine   *engine
	media    session.Engine // engine, or a real one
	server   *signaling.Server
	url      string
	connect  func(ctx context.Context, network, address string) (net.Conn, error)
	log      *journal
	serve    func(*house, http.Handler) (closing func())

	receipts   *session.Receipts
	counsellor auth.Account
	room       lobby.Room
	persons    map[string]lobby.Person
}

// invited are the persons of every house's room, by their labels.
var invited = map[string]lobby.Role{
	"anna": lobby.RoleClient, "ben": lobby.RoleClient, "ivo": lobby.RoleInterpreter, "mia": lobby.RoleCompanion, "cara": lobby.RoleCoCounsellor, "cora": lobby.RoleCoCounsellor,
}

func newHouse(t *testing.T) *house {
	t.Helper()
	return furnish(t, func(h *house, s http.Handler) (closing func()) {
		web := httptest.NewServer(s)
		h.url, h.connect = web.URL, new(net.Dialer).DialContext
		return web.Close
	})
}

// newHouseInBubble is a house without network, for use within synctest: an hour in it takes no time.
func newHouseInBubble(t *testing.T) *house {
	t.Helper()
	return furnish(t, func(h *house, s http.Handler) (closing func()) {
		l := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
		web := &http.Server{Handler: s}
		go web.Serve(l)
		h.url, h.connect = "http://pipe", l.dial
		return func() { _ = web.Close() }
	})
}

func furnish(t *testing.T, serve func(*house, http.Handler) func()) *house {
	t.Helper()
	h := &house{t: t, serve: serve, store: memstore.New(), engine: &engine{}, log: &journal{}, persons: map[string]lobby.Person{}}
	h.media = h.engine
	h.accounts = auth.New(h.store, time.Now, auth.Config{Cheap: true})
	tokens, err := token.New(t.Context(), h.store, time.Now)
	must(t, err)
	h.tokens = tokens
	signer, err := receipt.NewSigner(t.Context(), h.store)
	must(t, err)
	h.receipts = &session.Receipts{Signer: signer, Desk: receipt.NewDesk(), Software: "v0.test"}
	service, err := lobby.New(h.store, time.Now, policies(), h.accounts.Hasher())
	must(t, err)
	h.lobby = &failing{Service: service}
	h.counsellor = h.account("Frau Canary-Berater")
	h.room = h.newRoom(lobby.Series)
	h.open()
	return h
}

// policies are the shipped ones, and one of a service whose rooms may be left open.
func policies() lobby.Policies {
	all := lobby.ShippedPolicies()
	open := all[lobby.DefaultPolicy]
	open.Name, open.StayOpen = "stays open", 20*time.Minute
	all[open.Name] = open
	return all
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (h *house) account(name string) auth.Account {
	h.t.Helper()
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	must(h.t, err)
	a, err := h.accounts.CreateAccount(h.t.Context(), lobby.DefaultTenant, auth.Credentials{
		Name: name, DisplayName: name, Auth: [32]byte{1}, PublicKey: key.PublicKey().Bytes(), WrappedPrivateKey: make([]byte, 200),
	})
	must(h.t, err)
	return a
}

func (h *house) newRoom(kind lobby.Kind) lobby.Room { return h.newRoomUnder(lobby.DefaultPolicy, kind) }

func (h *house) newRoomUnder(policy string, kind lobby.Kind) lobby.Room {
	h.t.Helper()
	return h.newRoomFor(lobby.NewRoom{Policy: policy, Kind: kind})
}

// newRoomFor makes this room, with everybody who is invited.
func (h *house) newRoomFor(n lobby.NewRoom) lobby.Room {
	h.t.Helper()
	n.WrappedSecrets = map[lobby.AccountID][]byte{h.counsellor.ID: {1}}
	lends := policies()[n.Policy].Delegates()
	for label, role := range invited {
		var hash lobby.LinkHash
		rand.Read(hash[:])
		n.Persons = append(n.Persons, lobby.NewPerson{Role: role, MayModerate: lends && role.Lendable(), Label: lobby.Text{Plain: label + "-canary"}, NewLink: lobby.NewLink{LinkHash: hash, SealedLink: []byte("link of " + label)}})
	}
	r, persons, err := h.lobby.CreateRoom(h.t.Context(), lobby.DefaultTenant, h.counsellor.ID, n)
	must(h.t, err)
	for _, p := range persons {
		h.persons[strings.TrimSuffix(p.Label.Plain, "-canary")] = p.Person
	}
	return r
}

// open starts a server on what the house keeps, as a restart does.
func (h *house) open() {
	h.server = signaling.New(signaling.Config{
		Lobby: h.lobby, Accounts: h.accounts, Tokens: h.tokens, Media: h.media,
		Logger: slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Nodes:  []string{"wss://other.example"}, Receipts: h.receipts,
	})
	server := h.server
	closing := h.serve(h, server)
	h.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := server.Close(ctx); err != nil {
			h.t.Errorf("close the server: %v", err)
		}
		closing()
	})
}

// ticketFor is what the HTTP API does for somebody with a link or a signed-in counsellor.
func (h *house) ticketFor(who any, d *device) string {
	h.t.Helper()
	var a lobby.Access
	var err error
	switch who := who.(type) {
	case auth.Account:
		a, err = h.lobby.AccountAccess(h.t.Context(), lobby.DefaultTenant, h.room.ID, who.ID)
	case string:
		a, err = h.lobby.PersonAccess(h.t.Context(), lobby.DefaultTenant, h.room.ID, h.persons[who].ID)
	}
	must(h.t, err)
	ticket, err := h.tokens.IssueTicket(token.Ticket{
		Tenant: lobby.DefaultTenant, Room: h.room.ID, Session: a.Room.Session, Person: a.Person.ID, Account: a.Account,
		Role: a.Role, Device: d.public, Generation: a.Person.Generation, PIN: a.Person.PIN.Serial,
	})
	must(h.t, err)
	return ticket
}

// failing is the lobby with a store that can be made to fail.
type failing struct {
	*lobby.Service

	mu   sync.Mutex // guards the following
	err  error
	slow chan struct{} // until it is closed generations are not raised; nil: at once
}

func (f *failing) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err = err
}

func (f *failing) waits(slow chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.slow = slow
}

func (f *failing) failure() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

func (f *failing) RaiseGeneration(ctx context.Context, t lobby.TenantID, r lobby.RoomID, p lobby.PersonID) (uint32, error) {
	if err := f.failure(); err != nil {
		return 0, err
	}
	f.mu.Lock()
	slow := f.slow
	f.mu.Unlock()
	if slow != nil {
		<-slow
	}
	return f.Service.RaiseGeneration(ctx, t, r, p)
}

func (f *failing) EndSession(ctx context.Context, t lobby.TenantID, r lobby.RoomID, session string) (lobby.Ended, error) {
	if err := f.failure(); err != nil {
		return lobby.Ended{}, err
	}
	return f.Service.EndSession(ctx, t, r, session)
}

func (f *failing) Revoke(ctx context.Context, t lobby.TenantID, r lobby.RoomID, p lobby.PersonID) error {
	if err := f.failure(); err != nil {
		return err
	}
	return f.Service.Revoke(ctx, t, r, p)
}

var errDisk = errors.New("the disk is full")

// journal keeps what was logged.
type journal struct {
	mu   sync.Mutex // guards the following
	text strings.Builder
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// eventually waits until something is so.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); !is(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it never happens: %s", what)
		}
	}
}

var _ session.Lobby = (*failing)(nil)

func (h *house) person(label string) lobby.Person {
	h.t.Helper()
	_, persons, err := h.lobby.Room(h.t.Context(), lobby.DefaultTenant, h.counsellor.ID, h.room.ID)
	must(h.t, err)
	for _, p := range persons {
		if p.ID == h.persons[label].ID {
			return p
		}
	}
	h.t.Fatalf("nobody is called %s", label)
	return lobby.Person{}
}

func (h *house) generation(label string) uint32 { return h.person(label).Generation }

// pipes is a listener without a network.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
}

func (l *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipes) Close() error   { close(l.done); return nil }
func (l *pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (l *pipes) dial(context.Context, string, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	l.conns <- theirs
	return ours, nil
}
