package api

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/auth"
	"github.com/anteroom-video/anteroom/lobby/auth/passkey/passkeytest"
	"github.com/anteroom-video/anteroom/lobby/memstore"
	"github.com/anteroom-video/anteroom/lobby/receipt"
	"github.com/anteroom-video/anteroom/lobby/token"
)

const origin = "https://beratung.example.org"

// fixture is an API on a real store, real accounts and real tokens; only the live rooms are a list.
type fixture struct {
	policies lobby.Policies
	hasher   *hasher
	t        testing.TB
	api      *API
	handler  http.Handler
	lobby    *lobby.Service
	auth     *auth.Service
	tokens   *token.Signer
	live     *liveRooms
	desk     *receipt.Desk
	observed []string
	// withoutPasskeys are the same accounts at an address that can have no passkeys.
	withoutPasskeys func() *auth.Service
	store           stored

	mu   sync.Mutex
	now  time.Time
	from netip.Addr
}

// liveRooms stands where signalling will: it remembers what it was asked.
type liveRooms struct {
	state   State
	ended   []lobby.RoomID
	left    []lobby.Ended
	removed []lobby.PersonID
	linked  []uint32 // generations
	invited []lobby.PersonID
	handed  []lobby.HandedOver
	promise string
	pins    []lobby.Person
	settle  func(context.Context) // what is written while it is waited for; nil: no live room
}

func (l *liveRooms) Room(lobby.RoomID) State { return l.state }
func (l *liveRooms) Settled(ctx context.Context, _ lobby.RoomID) bool {
	if l.settle == nil {
		return false
	}
	l.settle(ctx)
	return true
}
func (l *liveRooms) EndRoom(_ context.Context, id lobby.RoomID, left lobby.Ended) (string, error) {
	l.ended = append(l.ended, id)
	l.left = append(l.left, left)
	return l.promise, nil
}
func (l *liveRooms) InvitePerson(_ context.Context, _ lobby.RoomID, p lobby.Person) error {
	l.invited = append(l.invited, p.ID)
	return nil
}
func (l *liveRooms) HandOver(_ context.Context, h lobby.HandedOver) error {
	l.handed = append(l.handed, h)
	return nil
}
func (l *liveRooms) RemovePerson(_ context.Context, _ lobby.RoomID, id lobby.PersonID) error {
	l.removed = append(l.removed, id)
	return nil
}

func (l *liveRooms) ReplaceLink(_ context.Context, _ lobby.RoomID, _ lobby.PersonID, generation uint32) error {
	l.linked = append(l.linked, generation)
	return nil
}

func (l *liveRooms) NotePIN(_ context.Context, p lobby.Person) error {
	l.pins = append(l.pins, p)
	return nil
}

// hasher refuses to hash while err is set.
type hasher struct {
	*auth.Hasher
	err    error
	verify func() // called before each look, where it is set
}

func (h *hasher) Hash(ctx context.Context, secret []byte) (string, error) {
	if h.err != nil {
		return "", h.err
	}
	return h.Hasher.Hash(ctx, secret)
}

func (h *hasher) Verify(ctx context.Context, hash string, secret []byte) (bool, error) {
	if h.err != nil {
		return false, h.err
	}
	if h.verify != nil {
		h.verify()
	}
	return h.Hasher.Verify(ctx, hash, secret)
}

// otherPIN is one that is not this one.
func otherPIN(pin string) string {
	if pin == "000000" {
		return "000001"
	}
	return "000000"
}

func newFixture(t testing.TB) *fixture { return newFixtureOn(t, memstore.New()) }

// stored is what a fixture stands on.
type stored interface {
	lobby.Store
	auth.Store
	token.Settings
}

func newFixtureOn(t testing.TB, store stored) *fixture {
	t.Helper()
	f := &fixture{t: t, live: &liveRooms{}, desk: receipt.NewDesk(), now: time.UnixMilli(1_795_340_000_000), from: netip.MustParseAddr("192.0.2.1")}
	clock := func() time.Time { f.mu.Lock(); defer f.mu.Unlock(); return f.now }
	f.store = store
	f.policies, f.hasher = lobby.ShippedPolicies(), &hasher{Hasher: auth.NewHasher(0, true)}
	f.withoutPasskeys = func() *auth.Service {
		return auth.New(store, clock, auth.Config{Cheap: true, Origin: "https://192.0.2.1"})
	}
	var err error
	if f.lobby, err = lobby.New(store, clock, f.policies, f.hasher); err != nil {
		t.Fatal(err)
	}
	f.auth = auth.New(store, clock, auth.Config{Cheap: true, Origin: origin})
	if f.tokens, err = token.New(t.Context(), store, clock); err != nil {
		t.Fatal(err)
	}
	f.api = New(Config{
		Tenant: lobby.DefaultTenant, Lobby: f.lobby, Auth: f.auth, Tokens: f.tokens, Live: f.live, Receipts: f.desk,
		Service: Service{Name: "Beratung Mitte", Phone: "030 1", Lang: "de", Version: "v0", Helplines: []Helpline{{"Notruf", "112"}}, QuickExit: "https://weather.example/"},
		Origin:  origin, Policies: lobby.ShippedCatalogue(), Address: func(*http.Request) netip.Addr { return f.from }, Clock: clock, Logger: slog.New(slog.DiscardHandler),
		Observe: func(route string, _ int, _ time.Duration) {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.observed = append(f.observed, route)
		},
	})
	mux := http.NewServeMux()
	f.api.Routes(mux)
	f.handler = mux
	return f
}

// lose starts the service anew without a policy.
func (f *fixture) lose(policy string) {
	f.t.Helper()
	catalogue := lobby.ShippedCatalogue()
	delete(catalogue.Policies, policy)
	catalogue.Offered = slices.DeleteFunc(catalogue.Offered, func(name string) bool { return name == policy })
	service, err := lobby.New(f.store, func() time.Time { return f.now }, catalogue.Policies, f.hasher)
	if err != nil {
		f.t.Fatal(err)
	}
	f.lobby, f.api.Lobby, f.api.Policies = service, service, catalogue
}

func (f *fixture) pass(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(d)
}

// ask sends a request. A body that is a string goes as it is; headers are pairs.
func (f *fixture) ask(method, path string, body any, headers ...string) *http.Response {
	f.t.Helper()
	var reader io.Reader
	switch body := body.(type) {
	case nil:
	case string:
		reader = strings.NewReader(body)
	default:
		raw, err := json.Marshal(body)
		if err != nil {
			f.t.Fatal(err)
		}
		reader = bytes.NewReader(raw)
	}
	r := httptest.NewRequest(method, "https://beratung.example.org"+Prefix+path, reader)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, r)
	return w.Result()
}

// object is a JSON object.
type object = map[string]any

// want asks and reads the answer, whose status must be this one.
func (f *fixture) want(status int, method, path string, body any, headers ...string) object {
	f.t.Helper()
	resp := f.ask(method, path, body, headers...)
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	if resp.StatusCode != status {
		f.t.Fatalf("%s %s: %d %s, want %d", method, path, resp.StatusCode, raw, status)
	}
	if resp.Header.Get("Cache-Control") != "no-store" {
		f.t.Errorf("%s %s may be stored", method, path)
	}
	if len(raw) == 0 {
		return nil
	}
	var answer object
	if err := json.Unmarshal(raw, &answer); err != nil {
		f.t.Fatalf("%s %s: %s: %v", method, path, raw, err)
	}
	return answer
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

func point() []byte {
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	return key.PublicKey().Bytes()
}

func (f *fixture) credentials(name string) auth.Credentials {
	return auth.Credentials{Name: name, Auth: [32]byte{1, 2, 3}, PublicKey: point(), WrappedPrivateKey: random(80)}
}

// counsellor makes an account and returns the header of its cookie.
func (f *fixture) counsellor(name string) (account auth.Account, cookie [2]string) {
	f.t.Helper()
	account, err := f.auth.CreateAccount(f.t.Context(), lobby.DefaultTenant, f.credentials(name))
	if err != nil {
		f.t.Fatal(err)
	}
	_, _, value, err := f.auth.SignIn(f.t.Context(), lobby.DefaultTenant, name, [32]byte{1, 2, 3}, f.from)
	if err != nil {
		f.t.Fatal(err)
	}
	return account, [2]string{"Cookie", "__Host-anteroom=" + value}
}

// invitation is a person as the browser makes it, with what the link sends.
type invitation struct {
	auth string
	json object
}

func invite(role, label string) invitation {
	secret := random(32)
	sum := sha256.Sum256(secret)
	return invitation{b64(secret), object{"role": role, "label": object{"plain": label}, "link_auth": b64(sum[:]), "sealed_link": b64(random(50))}}
}

func newRoom(persons ...invitation) object {
	list := []object{}
	for _, p := range persons {
		list = append(list, p.json)
	}
	return object{"kind": "once", "wrapped_secret": b64(random(120)), "persons": list}
}

// room makes a room and returns its path.
func (f *fixture) room(cookie [2]string, persons ...invitation) (path string, room object) {
	f.t.Helper()
	room = f.want(201, "POST", "/rooms", newRoom(persons...), cookie[0], cookie[1])
	return "/rooms/" + room["id"].(string), room
}

func personPath(roomPath string, room object, i int) string {
	return roomPath + "/persons/" + room["persons"].([]any)[i].(object)["id"].(string)
}

func cookieOf(resp *http.Response) *http.Cookie {
	all := resp.Cookies()
	if i := slices.IndexFunc(all, func(c *http.Cookie) bool { return c.Name == "__Host-anteroom" }); i >= 0 {
		return all[i]
	}
	return nil
}

func bytesOf(t testing.TB, v any) []byte {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(v.(string))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// newPasskey is what the browser sends for a passkey that this authenticator makes.
func (f *fixture) newPasskey(cookie [2]string, device *passkeytest.Authenticator) object {
	f.t.Helper()
	wish := f.want(200, "POST", "/account/passkeys/challenge", nil, cookie[0], cookie[1])
	made := device.Create(bytesOf(f.t, wish["challenge"]), bytesOf(f.t, wish["user"]))
	return object{
		"auth": b64(append([]byte{1, 2, 3}, make([]byte, 29)...)), "name": "Telefon", "challenge": wish["challenge"], "credential": b64(made.ID),
		"client_data": b64(made.ClientData), "attestation": b64(made.Attestation), "wrapped_private_key": b64(random(90)),
	}
}

// signed is what the browser sends to sign in with it.
func (f *fixture) signed(device *passkeytest.Authenticator) object {
	f.t.Helper()
	challenge := f.want(200, "POST", "/session/challenge", nil)["challenge"]
	s := device.Sign(bytesOf(f.t, challenge))
	return object{
		"challenge": challenge, "credential": b64(s.ID), "user": b64(s.User), "client_data": b64(s.ClientData),
		"authenticator_data": b64(s.AuthenticatorData), "signature": b64(s.Signature),
	}
}
