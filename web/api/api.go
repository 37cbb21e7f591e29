package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/auth"
	"github.com/anteroom-video/anteroom/lobby/receipt"
	"github.com/anteroom-video/anteroom/lobby/token"
)

// Prefix begins every path.
const Prefix = "/api/v1"

// Live is what the API asks of the live rooms.
type Live interface {
	// Room tells how the room stands now; the zero State for one that nobody is in.
	Room(lobby.RoomID) State
	// Settled waits a moment until what the live room decided by now is in the store, and reports whether there is one.
	Settled(context.Context, lobby.RoomID) bool
	// EndRoom ends a room that is ended in the store already, for everybody in it and waiting for it; left is what the store kept. The promise
	// gives the receipt; it is "" where no session was live. None is no error.
	EndRoom(ctx context.Context, room lobby.RoomID, left lobby.Ended) (promise string, err error)
	// InvitePerson tells those who moderate of a person who is invited in the store already. No live room is no error.
	InvitePerson(ctx context.Context, room lobby.RoomID, person lobby.Person) error
	// HandOver tells those who wait of a stand-in who has the room in the store already, and puts out who lost it. No live room is no error.
	HandOver(context.Context, lobby.HandedOver) error
	// RemovePerson ends the presence of a person whose link is revoked in the store already. None is no error.
	RemovePerson(context.Context, lobby.RoomID, lobby.PersonID) error
	// NotePIN tells those who moderate whether a person's PIN is locked, as it is in the store now. No live room is no error.
	NotePIN(context.Context, lobby.Person) error
	// ReplaceLink puts out who came by the old link of a person that has a new one in the store already, with this
	// generation. None is no error.
	ReplaceLink(ctx context.Context, room lobby.RoomID, person lobby.PersonID, generation uint32) error
}

// State of a live room.
type State struct {
	Members, Waiting int
	// Is says what goes on: idle (also when empty), open, paused, held.
	Is string
	// WaitingPersons are those of the persons who wait.
	WaitingPersons []lobby.PersonID
}

// Helpline is a number to call at any hour.
type Helpline struct {
	Name  string `json:"name"`
	Phone string `json:"phone"`
}

// Service is what every page shows of the counselling service.
type Service struct {
	Name  string `json:"name"`
	Phone string `json:"phone"`
	// Privacy is whom to tell of an incident, Survey the address of a questionnaire, Helplines whom to call at any hour: "" and none
	// where the service has named none.
	Privacy   string     `json:"privacy"`
	Survey    string     `json:"survey"`
	Helplines []Helpline `json:"helplines"`
	Lang      string     `json:"lang"`
	Version   string     `json:"version"`
	// QuickExit is where the quick exit leads: a page that is harmless in everybody's eyes. Told by links whose policy has the exit alone.
	QuickExit string `json:"-"`
}

// Receipts is where receipts wait. Take gives each once: receipt.ErrNone, receipt.ErrNotYet.
type Receipts interface {
	Take(token string, now time.Time) (receipt.Signed, error)
}

// Config of an API. All fields are needed.
type Config struct {
	Tenant lobby.TenantID
	Lobby  *lobby.Service
	Auth   *auth.Service
	Tokens *token.Signer
	Live   Live
	// Receipts hands out the receipts of sessions that were deleted.
	Receipts Receipts
	Service  Service
	// Policies are the service's; counsellors choose from those that are offered.
	Policies lobby.Catalogue
	// Origin is the address that people open, without a slash at the end. https makes the cookie a secure one.
	Origin string
	// Address is where a request came from, proxies seen through.
	Address func(*http.Request) netip.Addr
	// Observe counts an answered request, by its route's template.
	Observe func(route string, status int, took time.Duration)
	Clock   func() time.Time
	Logger  *slog.Logger
}

// API serves the routes.
type API struct {
	Config
	cookie     cookie
	wrongLinks *limiter
	codes      *codeTries
	pins       *turns
	sessions   *limiter
}

// New returns an API.
func New(c Config) *API {
	return &API{
		Config:     c,
		cookie:     newCookie(c.Origin),
		wrongLinks: newLimiter(wrongLinkBudget()),
		codes:      newCodeTries(),
		pins:       newTurns(),
		sessions:   newLimiter(sessionBudget()),
	}
}

// route is one line of the contract.
type route struct {
	method, path string
	// signedIn: only for a counsellor; call.account is set.
	signedIn bool
	// limit slows addresses that ask too often; nil: no limit beside the work itself.
	limit *limiter
	// status of an answer without error.
	status int
	handle func(*call) (any, error)
}

func (a *API) routes() []route {
	return []route{
		{"GET", "/service", false, nil, 200, a.service},
		{"POST", "/setup", false, a.sessions, 201, a.setup},
		{"POST", "/setup/check", false, a.sessions, 200, a.checkSetup},
		{"POST", "/session", false, a.sessions, 200, a.signIn},
		{"POST", "/session/challenge", false, a.sessions, 200, a.signInChallenge},
		{"POST", "/session/passkey", false, a.sessions, 200, a.signInByPasskey},
		{"GET", "/session", true, nil, 200, a.session},
		{"DELETE", "/session", false, nil, 204, a.signOut},
		{"PUT", "/account/recovery", true, a.sessions, 200, a.setRecovery},
		{"DELETE", "/account/recovery", true, nil, 204, a.removeRecovery},
		{"GET", "/account/passkeys", true, nil, 200, a.listPasskeys},
		{"POST", "/account/passkeys", true, a.sessions, 201, a.addPasskey},
		{"POST", "/account/passkeys/challenge", true, a.sessions, 200, a.passkeyChallenge},
		{"DELETE", "/account/passkeys/{passkey}", true, nil, 204, a.removePasskey},
		{"GET", "/counsellors", true, nil, 200, a.listCounsellors},
		{"GET", "/policies", true, nil, 200, a.listPolicies},
		{"GET", "/rooms", true, nil, 200, a.listRooms},
		{"POST", "/rooms", true, nil, 201, a.createRoom},
		{"GET", "/rooms/{room}", true, nil, 200, a.getRoom},
		{"DELETE", "/rooms/{room}", true, nil, 200, a.deleteRoom},
		{"PUT", "/rooms/{room}/secret", true, nil, 200, a.keepSecret},
		{"POST", "/rooms/{room}/hand-over", true, nil, 204, a.handOver},
		{"POST", "/rooms/{room}/persons", true, nil, 201, a.addPerson},
		{"DELETE", "/rooms/{room}/persons/{person}", true, nil, 204, a.revokePerson},
		{"PUT", "/rooms/{room}/persons/{person}/link", true, nil, 200, a.replaceLink},
		{"PUT", "/rooms/{room}/persons/{person}/pin", true, nil, 200, a.newPIN},
		{"DELETE", "/rooms/{room}/persons/{person}/pin/lock", true, nil, 200, a.unlockPIN},
		{"POST", "/rooms/{room}/ticket", true, nil, 200, a.roomTicket},
		{"POST", "/links/check", false, nil, 200, a.checkLink},
		{"POST", "/links/pin", false, nil, 200, a.passLink},
		{"POST", "/links/join", false, nil, 200, a.joinLink},
		{"POST", "/receipts", false, nil, 200, a.takeReceipt},
	}
}

// Routes adds the API to a mux.
func (a *API) Routes(mux *http.ServeMux) {
	own := http.NewServeMux()
	for _, r := range a.routes() {
		own.Handle(r.method+" "+Prefix+r.path, a.serve(r))
	}
	own.HandleFunc(Prefix+"/", func(w http.ResponseWriter, _ *http.Request) { refuse(w, errNoRoute) })
	mux.Handle(Prefix+"/", a.fromOurPages(own))
}

// fromOurPages refuses what a browser sends for another site: changes by http.CrossOriginProtection, and reading too, so that
// nobody learns from times and sizes whether somebody is signed in (XS-Leaks).
func (a *API) fromOurPages(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	// Behind a proxy the Host header may be another than the address that people open.
	if err := protection.AddTrustedOrigin(a.Origin); err != nil {
		a.Logger.Error("the public address is no origin", "err", err)
	}
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { refuse(w, errCrossOrigin) }))
	return protection.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if site := r.Header.Get("Sec-Fetch-Site"); site == "cross-site" || site == "same-site" {
			refuse(w, errCrossOrigin)
			return
		}
		next.ServeHTTP(w, r)
	}))
}

// call is one request while it is answered.
type call struct {
	w       http.ResponseWriter
	r       *http.Request
	now     time.Time
	account auth.Account // where the route asks for one
	budget  *limiter     // of the route, may be nil
	from    netip.Addr
}

func (c *call) ctx() context.Context { return c.r.Context() }

// wrongGuess makes a wrong guess dearer than a right one: whoever tries passwords is slowed soon, an office that signs in at
// the same minute behind one address is not.
func (c *call) wrongGuess() {
	if c.budget != nil {
		c.budget.charge(c.from, guessCost, c.now)
	}
}

// serve answers one route.
func (a *API) serve(r route) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		start := time.Now()
		status := a.answer(w, req, r)
		a.Observe(Prefix+r.path, status, time.Since(start))
	}
}

func (a *API) answer(w http.ResponseWriter, req *http.Request, r route) (status int) {
	c := &call{w: w, r: req, now: a.Clock(), budget: r.limit, from: a.Address(req)}
	body, err := a.attempt(c, r)
	if err != nil {
		p := problemOf(err)
		if p.status == http.StatusInternalServerError || errors.Is(err, lobby.ErrUnavailable) {
			a.Logger.Error("a request failed", "route", r.method+" "+r.path, "err", err)
		}
		p.write(w)
		return p.status
	}
	respond(w, r.status, body)
	return r.status
}

func (a *API) attempt(c *call, r route) (any, error) {
	if r.limit != nil && !r.limit.allow(c.from, c.now) {
		return nil, errTooFast
	}
	if r.signedIn {
		var err error
		if c.account, err = a.account(c.r); err != nil {
			return nil, err
		}
	}
	return r.handle(c)
}

// settled takes the one error that is none for who asked: what was to be deleted is deleted, only old copies are not wiped from
// the disk yet. The store tries again by itself.
func (a *API) settled(err error) error {
	if errors.Is(err, lobby.ErrErasurePending) {
		a.Logger.Warn("deleted data is not wiped from the disk yet", "err", err)
		return nil
	}
	return err
}

// service tells what every page shows.
func (a *API) service(*call) (any, error) {
	return struct {
		Tenant lobby.TenantID `json:"tenant"`
		Service
	}{a.Tenant, a.Service}, nil
}
