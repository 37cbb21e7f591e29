package auth_test

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/auth"
	"github.com/anteroom-video/anteroom/lobby/memstore"
)

const tenant = lobby.DefaultTenant

// office is a service on an empty store, with a clock that the test sets.
type office struct {
	*auth.Service
	store auth.Store
	now   time.Time
}

func newOffice(t testing.TB) *office {
	t.Helper()
	o := &office{store: memstore.New(), now: time.Date(2030, 5, 6, 9, 0, 0, 0, time.UTC)}
	o.Service = auth.New(o.store, func() time.Time { return o.now }, auth.Config{Cheap: true, Origin: origin})
	return o
}

var home = netip.MustParseAddr("192.0.2.1")

// credentials are valid ones, with a password that pw stands for.
func credentials(t testing.TB, name string, pw byte) auth.Credentials {
	t.Helper()
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return auth.Credentials{
		Name: name, DisplayName: "Beratung Mitte", Auth: [32]byte{pw},
		PublicKey: key.PublicKey().Bytes(), WrappedPrivateKey: []byte("wrapped"),
	}
}

func (o *office) account(t testing.TB, name string, pw byte) auth.Account {
	t.Helper()
	a, err := o.CreateAccount(t.Context(), tenant, credentials(t, name, pw))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (o *office) signIn(name string, pw byte) (auth.Account, auth.Session, string, error) {
	return o.SignIn(context.Background(), tenant, name, [32]byte{pw}, home)
}

func (o *office) cookie(t testing.TB, name string, pw byte) string {
	t.Helper()
	_, _, cookie, err := o.signIn(name, pw)
	if err != nil {
		t.Fatal(err)
	}
	return cookie
}

func (o *office) lookup(cookie string) error {
	_, _, err := o.Lookup(context.Background(), tenant, cookie)
	return err
}

func wantErr(t testing.TB, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestSignIn(t *testing.T) {
	o := newOffice(t)
	made := o.account(t, "Anna@Example.org ", 1)
	if made.Name != "anna@example.org" || made.Tenant != tenant || made.ID == "" || !made.CreatedAt.Equal(o.now) || made.Disabled {
		t.Errorf("made %+v", made)
	}
	for _, name := range []string{"anna@example.org", "ANNA@EXAMPLE.ORG", " ａnna@example.org"} {
		account, session, cookie, err := o.signIn(name, 1)
		if err != nil || !reflect.DeepEqual(account, made) || session.Account != made.ID || len(cookie) < 26 {
			t.Errorf("%q: %v", name, err)
		}
		if strings.Contains(session.ID, cookie) || session.Expires.Sub(o.now) != auth.SessionLife {
			t.Errorf("session %+v", session)
		}
		if found, _, err := o.Lookup(t.Context(), tenant, cookie); err != nil || !reflect.DeepEqual(found, made) {
			t.Errorf("look-up: %v", err)
		}
	}
	if !strings.HasPrefix(made.Hash, "$argon2id$") || strings.Contains(made.Hash, "\x01") {
		t.Errorf("hash %q", made.Hash)
	}
}

// T-21: unknown, wrong, disabled, impossible and foreign are one answer.
func TestRefusalsAreOne(t *testing.T) {
	o := newOffice(t)
	o.account(t, "anna", 1)
	o.account(t, "ben", 2)
	if _, err := o.Disable(t.Context(), tenant, "ben"); err != nil {
		t.Fatal(err)
	}
	texts := map[string]bool{}
	for what, try := range map[string]func() error{
		"wrong password":  func() error { _, _, _, err := o.signIn("anna", 9); return err },
		"unknown name":    func() error { _, _, _, err := o.signIn("carla", 1); return err },
		"disabled":        func() error { _, _, _, err := o.signIn("ben", 2); return err },
		"impossible name": func() error { _, _, _, err := o.signIn("\x00", 1); return err },
		"another tenant": func() error {
			_, _, _, err := o.SignIn(t.Context(), "other", "anna", [32]byte{1}, home)
			return err
		},
	} {
		err := try()
		wantErr(t, what, err, auth.ErrUnauthenticated)
		texts[err.Error()] = true
	}
	if len(texts) != 1 {
		t.Errorf("refusals differ: %v", texts)
	}
}

// An unknown name costs the hash that a known one costs. Compared are the least times of several tries, so that a busy machine
// does not matter: a name that cost nothing would never come near.
func TestUnknownNameCostsTheSame(t *testing.T) {
	o := newOffice(t)
	o.Service = auth.New(o.store, time.Now, auth.Config{})
	o.account(t, "anna", 1)
	least := map[string]time.Duration{"anna": time.Hour, "nobody": time.Hour}
	for i := range 9 { // from the tenth failure on an account is held
		for name, best := range least {
			begun := time.Now()
			_, _, _, err := o.SignIn(t.Context(), tenant, name, [32]byte{9}, netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}))
			wantErr(t, name, err, auth.ErrUnauthenticated)
			least[name] = min(best, time.Since(begun))
		}
		if i > 1 && least["nobody"] > least["anna"]/2 && least["anna"] > least["nobody"]/2 {
			return
		}
	}
	t.Errorf("least times: %v", least)
}

func TestGuessingIsSlowed(t *testing.T) {
	o := newOffice(t)
	o.account(t, "anna", 1)
	for range 10 {
		_, _, _, err := o.signIn("someone else", 9)
		wantErr(t, "guess", err, auth.ErrUnauthenticated)
	}
	_, _, _, err := o.signIn("anna", 1)
	var soon *auth.TooSoonError
	if !errors.As(err, &soon) || soon.After != time.Second {
		t.Fatalf("after ten failures: %v", err)
	}
	o.now = o.now.Add(soon.After)
	if _, _, _, err := o.signIn("anna", 1); err != nil {
		t.Errorf("after waiting: %v", err)
	}
	if _, _, _, err := o.SignIn(t.Context(), tenant, "anna", [32]byte{1}, netip.MustParseAddr("192.0.2.2")); err != nil {
		t.Errorf("from elsewhere: %v", err)
	}
}

func TestSessionsEnd(t *testing.T) {
	for _, c := range []struct {
		name string
		end  func(t *testing.T, o *office, cookie string)
	}{
		{"idle", func(t *testing.T, o *office, _ string) { o.now = o.now.Add(auth.SessionIdle) }},
		{"signed out", func(t *testing.T, o *office, cookie string) {
			for range 2 {
				wantErr(t, "sign out", o.SignOut(t.Context(), tenant, cookie), nil)
			}
		}},
		{"disabled", func(t *testing.T, o *office, _ string) {
			_, err := o.Disable(t.Context(), tenant, "anna")
			wantErr(t, "disable", err, nil)
		}},
		{"reset", func(t *testing.T, o *office, _ string) {
			_, err := o.Reset(t.Context(), tenant, credentials(t, "anna", 5))
			wantErr(t, "reset", err, nil)
		}},
		{"reset begun", func(t *testing.T, o *office, _ string) {
			_, err := o.NewReset(t.Context(), tenant, "anna")
			wantErr(t, "reset", err, nil)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOffice(t)
			o.account(t, "anna", 1)
			cookie := o.cookie(t, "anna", 1)
			wantErr(t, "before", o.lookup(cookie), nil)
			c.end(t, o, cookie)
			wantErr(t, "after", o.lookup(cookie), auth.ErrUnauthenticated)
			wantErr(t, "another cookie", o.lookup("x"), auth.ErrUnauthenticated)
			wantErr(t, "no cookie", o.lookup(""), auth.ErrUnauthenticated)
		})
	}
}

func TestSessionIsOfItsTenant(t *testing.T) {
	o := newOffice(t)
	o.account(t, "anna", 1)
	cookie := o.cookie(t, "anna", 1)
	_, _, err := o.Lookup(t.Context(), "other", cookie)
	wantErr(t, "look-up", err, auth.ErrUnauthenticated)
	wantErr(t, "sign out", o.SignOut(t.Context(), "other", cookie), nil)
	wantErr(t, "still", o.lookup(cookie), nil)
}

// Used all the time, a session lasts twelve hours and not longer.
func TestSessionInUse(t *testing.T) {
	o := newOffice(t)
	o.account(t, "anna", 1)
	begin := o.now
	cookie := o.cookie(t, "anna", 1)
	for o.now = begin; o.now.Before(begin.Add(auth.SessionLife)); o.now = o.now.Add(40 * time.Minute) {
		if err := o.lookup(cookie); err != nil {
			t.Fatalf("after %v: %v", o.now.Sub(begin), err)
		}
	}
	wantErr(t, "after its life", o.lookup(cookie), auth.ErrUnauthenticated)
}

// T-19: every sign-in has a new cookie, and knowing the list of sessions opens none.
func TestSessionsList(t *testing.T) {
	o := newOffice(t)
	account := o.account(t, "anna", 1)
	var cookies []string
	for range auth.MaxSessions + 3 {
		cookies = append(cookies, o.cookie(t, "anna", 1))
	}
	list, err := o.Sessions(t.Context(), tenant, account.ID)
	if err != nil || len(list) != auth.MaxSessions {
		t.Fatalf("%d sessions, %v", len(list), err)
	}
	for i, cookie := range cookies {
		want := error(nil)
		if i < 3 {
			want = auth.ErrUnauthenticated
		}
		wantErr(t, "cookie", o.lookup(cookie), want)
		if slices.Index(cookies, cookie) != i {
			t.Error("a cookie was given twice")
		}
	}
	for _, session := range list {
		wantErr(t, "id as cookie", o.lookup(session.ID), auth.ErrUnauthenticated)
		wantErr(t, "hash as cookie", o.lookup(string(session.Hash[:])), auth.ErrUnauthenticated)
	}
	o.now = o.now.Add(auth.SessionIdle)
	if list, err := o.Sessions(t.Context(), tenant, account.ID); err != nil || len(list) != 0 {
		t.Errorf("%d idle sessions are listed, %v", len(list), err)
	}
}

func TestSetup(t *testing.T) {
	o := newOffice(t)
	token, err := o.NewSetup(t.Context(), tenant, "")
	if err != nil {
		t.Fatal(err)
	}
	bad := credentials(t, "anna", 1)
	bad.PublicKey = []byte{4}
	_, _, _, err = o.Setup(t.Context(), tenant, token, bad)
	wantErr(t, "bad key", err, auth.ErrInvalid)
	_, _, _, err = o.Setup(t.Context(), "other", token, credentials(t, "anna", 1))
	wantErr(t, "another tenant", err, auth.ErrSetupToken)
	_, _, _, err = o.Setup(t.Context(), tenant, token+"x", credentials(t, "anna", 1))
	wantErr(t, "another token", err, auth.ErrSetupToken)

	account, session, cookie, err := o.Setup(t.Context(), tenant, token, credentials(t, "anna", 1))
	if err != nil || account.Name != "anna" || session.Account != account.ID {
		t.Fatalf("setup: %v", err)
	}
	wantErr(t, "signed in by it", o.lookup(cookie), nil)
	_, _, _, err = o.signIn("anna", 1)
	wantErr(t, "sign in", err, nil)
	_, _, _, err = o.Setup(t.Context(), tenant, token, credentials(t, "ben", 1))
	wantErr(t, "a second time", err, auth.ErrSetupToken)
}

func TestSetupTokenExpires(t *testing.T) {
	o := newOffice(t)
	token, err := o.NewSetup(t.Context(), tenant, "anna")
	if err != nil {
		t.Fatal(err)
	}
	o.now = o.now.Add(auth.SetupLife)
	_, _, _, err = o.Setup(t.Context(), tenant, token, credentials(t, "anna", 1))
	wantErr(t, "after a day", err, auth.ErrSetupToken)
}

func TestSetupForAName(t *testing.T) {
	o := newOffice(t)
	o.account(t, "ben", 2)
	_, err := o.NewSetup(t.Context(), tenant, "Ben")
	wantErr(t, "for an account that exists", err, lobby.ErrConflict)
	_, err = o.NewReset(t.Context(), tenant, "carla")
	wantErr(t, "reset of nobody", err, lobby.ErrNotFound)
	first, err := o.NewSetup(t.Context(), tenant, "Anna")
	wantErr(t, "first", err, nil)
	second, err := o.NewSetup(t.Context(), tenant, "anna")
	wantErr(t, "second", err, nil)
	_, _, _, err = o.Setup(t.Context(), tenant, first, credentials(t, "anna", 1))
	wantErr(t, "the first, which the second replaced", err, auth.ErrSetupToken)
	_, _, _, err = o.Setup(t.Context(), tenant, second, credentials(t, "carla", 1))
	wantErr(t, "for another name", err, auth.ErrSetupToken)
	_, _, _, err = o.Setup(t.Context(), tenant, second, credentials(t, "ANNA", 1))
	wantErr(t, "for its name", err, nil)

	free, err := o.NewSetup(t.Context(), tenant, "")
	wantErr(t, "free", err, nil)
	_, _, _, err = o.Setup(t.Context(), tenant, free, credentials(t, "ben", 7))
	wantErr(t, "a free token for an account that exists", err, lobby.ErrConflict)
	_, _, _, err = o.signIn("ben", 2)
	wantErr(t, "ben still signs in", err, nil)
	_, _, _, err = o.Setup(t.Context(), tenant, free, credentials(t, "dora", 7))
	wantErr(t, "the free token is still good", err, nil)
}

// Each start of a new server offers a link for the first account: one of them makes one account.
func TestTokensWithoutANameAreWithdrawn(t *testing.T) {
	for what, first := range map[string]func(o *office, last string) error{
		"by the last token": func(o *office, last string) error {
			_, _, _, err := o.Setup(t.Context(), tenant, last, credentials(t, "anna", 1))
			return err
		},
		"by the command line": func(o *office, _ string) error {
			_, err := o.CreateAccount(t.Context(), tenant, credentials(t, "anna", 1))
			return err
		},
		"by a token with a name": func(o *office, _ string) error {
			named, err := o.NewSetup(t.Context(), tenant, "anna")
			if err != nil {
				return err
			}
			_, _, _, err = o.Setup(t.Context(), tenant, named, credentials(t, "anna", 1))
			return err
		},
	} {
		t.Run(what, func(t *testing.T) {
			o := newOffice(t)
			named, err := o.NewSetup(t.Context(), tenant, "carla")
			wantErr(t, "with a name", err, nil)
			old, err := o.NewSetup(t.Context(), tenant, "")
			wantErr(t, "old", err, nil)
			last, err := o.NewSetup(t.Context(), tenant, "")
			wantErr(t, "last", err, nil)
			_, _, _, err = o.Setup(t.Context(), tenant, old, credentials(t, "ben", 1))
			wantErr(t, "the older one", err, auth.ErrSetupToken)
			wantErr(t, "the first account", first(o, last), nil)
			_, _, _, err = o.Setup(t.Context(), tenant, last, credentials(t, "ben", 1))
			wantErr(t, "the last one, after the first account", err, auth.ErrSetupToken)
			_, _, _, err = o.Setup(t.Context(), tenant, named, credentials(t, "carla", 1))
			wantErr(t, "one with another name", err, nil)
		})
	}
}

func TestOneOfManySetupsWins(t *testing.T) {
	o := newOffice(t)
	token, err := o.NewSetup(t.Context(), tenant, "")
	if err != nil {
		t.Fatal(err)
	}
	var won atomic.Int32
	var wg sync.WaitGroup
	for i := range 6 {
		c := credentials(t, string(rune('a'+i)), 1)
		wg.Go(func() {
			if _, _, _, err := o.Setup(context.Background(), tenant, token, c); err == nil {
				won.Add(1)
			} else {
				wantErr(t, "loser", err, auth.ErrSetupToken)
			}
		})
	}
	wg.Wait()
	if accounts, err := o.Accounts(t.Context(), tenant); won.Load() != 1 || len(accounts) != 1 || err != nil {
		t.Errorf("%d won, %d accounts, %v", won.Load(), len(accounts), err)
	}
}

func TestResetByToken(t *testing.T) {
	o := newOffice(t)
	before := o.account(t, "anna", 1)
	token, err := o.NewReset(t.Context(), tenant, "anna")
	if err != nil {
		t.Fatal(err)
	}
	old := o.cookie(t, "anna", 1) // the old password, until the token is used
	fresh := credentials(t, "anna", 2)
	after, _, cookie, err := o.Setup(t.Context(), tenant, token, fresh)
	if err != nil || after.ID != before.ID || !slices.Equal(after.PublicKey, fresh.PublicKey) {
		t.Fatalf("got %+v, %v", after, err)
	}
	wantErr(t, "signed in", o.lookup(cookie), nil)
	wantErr(t, "signed in with the old password before", o.lookup(old), auth.ErrUnauthenticated)
	_, _, _, err = o.signIn("anna", 1)
	wantErr(t, "old password", err, auth.ErrUnauthenticated)
	_, _, _, err = o.signIn("anna", 2)
	wantErr(t, "new password", err, nil)
}

func TestResetAndDisable(t *testing.T) {
	o := newOffice(t)
	o.account(t, "anna", 1)
	token, err := o.NewReset(t.Context(), tenant, "anna")
	wantErr(t, "token", err, nil)
	disabled, err := o.Disable(t.Context(), tenant, " ANNA")
	if err != nil || !disabled.Disabled {
		t.Errorf("disabled %+v, %v", disabled, err)
	}
	_, _, _, err = o.Setup(t.Context(), tenant, token, credentials(t, "anna", 2))
	wantErr(t, "disabling withdraws the token", err, auth.ErrSetupToken)
	_, _, _, err = o.signIn("anna", 1)
	wantErr(t, "disabled", err, auth.ErrUnauthenticated)
	if _, err := o.Reset(t.Context(), tenant, credentials(t, "anna", 3)); err != nil {
		t.Fatal(err)
	}
	_, _, _, err = o.signIn("anna", 3)
	wantErr(t, "after a reset", err, nil)
	for _, f := range []func() error{
		func() error { _, err := o.Disable(t.Context(), tenant, "nobody"); return err },
		func() error { _, err := o.Reset(t.Context(), tenant, credentials(t, "nobody", 1)); return err },
		func() error { _, err := o.Disable(t.Context(), "other", "anna"); return err },
		func() error { _, err := o.AccountByName(t.Context(), tenant, "nobody"); return err },
		func() error { _, err := o.Account(t.Context(), tenant, "nobody"); return err },
	} {
		wantErr(t, "of nobody", f(), lobby.ErrNotFound)
	}
}

// Disabled while the password was being hashed: no session comes of it.
func TestDisabledMeanwhile(t *testing.T) {
	o := newOffice(t)
	o.account(t, "anna", 1)
	slow := &meanwhile{Store: o.store, do: func() {
		if _, err := o.Disable(context.Background(), tenant, "anna"); err != nil {
			t.Error(err)
		}
	}}
	s := auth.New(slow, func() time.Time { return o.now }, auth.Config{Cheap: true})
	_, _, _, err := s.SignIn(t.Context(), tenant, "anna", [32]byte{1}, home)
	wantErr(t, "sign in", err, auth.ErrUnauthenticated)
}

// meanwhile does something once, after the first look.
type meanwhile struct {
	auth.Store
	do func()
}

func (m *meanwhile) ViewAccounts(ctx context.Context, tenant lobby.TenantID, f func(auth.Tx) error) error {
	err := m.Store.ViewAccounts(ctx, tenant, f)
	m.do()
	return err
}

func TestCredentialsAreChecked(t *testing.T) {
	for name, change := range map[string]func(*auth.Credentials){
		"no name":            func(c *auth.Credentials) { c.Name = " " },
		"control characters": func(c *auth.Credentials) { c.Name = "an\nna" },
		"long name":          func(c *auth.Credentials) { c.Name = strings.Repeat("a", auth.MaxName+1) },
		"very long name":     func(c *auth.Credentials) { c.Name = strings.Repeat("a", 1<<20) },
		"name that is none":  func(c *auth.Credentials) { c.Name = "\xff" },
		"long display name":  func(c *auth.Credentials) { c.DisplayName = strings.Repeat("a", auth.MaxDisplayName+1) },
		"no public key":      func(c *auth.Credentials) { c.PublicKey = nil },
		"point off curve":    func(c *auth.Credentials) { c.PublicKey[64] ^= 1 },
		"no private key":     func(c *auth.Credentials) { c.WrappedPrivateKey = nil },
		"long private key":   func(c *auth.Credentials) { c.WrappedPrivateKey = make([]byte, auth.MaxWrappedKey+1) },
		"no password":        func(c *auth.Credentials) { c.Auth = [32]byte{} },
	} {
		o := newOffice(t)
		c := credentials(t, "anna", 1)
		change(&c)
		_, err := o.CreateAccount(t.Context(), tenant, c)
		wantErr(t, name, err, auth.ErrInvalid)
	}
	o := newOffice(t)
	c := credentials(t, "anna", 1)
	c.DisplayName = ""
	if a, err := o.CreateAccount(t.Context(), tenant, c); err != nil || a.DisplayName != "anna" {
		t.Errorf("without a display name: %q, %v", a.DisplayName, err)
	}
	_, err := o.CreateAccount(t.Context(), tenant, credentials(t, "ANNA", 1))
	wantErr(t, "taken name", err, lobby.ErrConflict)
}

func TestSweepAccounts(t *testing.T) {
	o := newOffice(t)
	o.account(t, "anna", 1)
	o.cookie(t, "anna", 1)
	if _, err := o.NewSetup(t.Context(), tenant, "ben"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		after time.Duration
		rows  int
	}{{0, 0}, {auth.SessionIdle - time.Second, 0}, {auth.SessionIdle, 1}, {auth.SetupLife, 1}, {auth.SetupLife, 0}} {
		if n, err := o.Sweep(t.Context(), o.now.Add(c.after)); err != nil || n != c.rows {
			t.Errorf("after %v: %d rows, %v", c.after, n, err)
		}
	}
}

func TestNormalize(t *testing.T) {
	for name, want := range map[string]string{
		"anna": "anna", "  Anna\t": "anna", "ÄNNA": "änna", "A\u0308nna": "änna", "ａｎｎａ": "anna", "ﬁnn": "finn", "Straße": "straße", "İpek": "i\u0307pek", "ΟΔΥΣΣΕΥΣ": "οδυσσευς", "أنا": "أنا",
	} {
		if got, err := auth.Normalize(name); err != nil || got != want {
			t.Errorf("%q: got %q, %v", name, got, err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		name, err := auth.Normalize(rapid.String().Draw(t, "name"))
		if err != nil {
			return
		}
		if again, err := auth.Normalize(name); err != nil || again != name {
			t.Fatalf("%q becomes %q, %v", name, again, err)
		}
	})
}

func TestNothingOfAccountsInLogs(t *testing.T) {
	o := newOffice(t)
	c := credentials(t, "canary-name", 1)
	c.DisplayName = "canary-display"
	account, err := o.CreateAccount(t.Context(), tenant, c)
	if err != nil {
		t.Fatal(err)
	}
	_, session, cookie, err := o.signIn("canary-name", 1)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	log := slog.New(slog.NewJSONHandler(&out, nil))
	log.Info("test", "account", account, "session", session, "credentials", c, "hash", session.Hash,
		"token", auth.SetupToken{Name: "canary-token"})
	for _, secret := range []string{"canary", "argon2", cookie, session.ID, string(account.ID)} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("%q is in the log: %s", secret, out.String())
		}
	}
}

func FuzzNormalize(f *testing.F) {
	f.Add("Anna")
	f.Add("\u0130\u0308ﷺ")
	f.Fuzz(func(t *testing.T, s string) {
		name, err := auth.Normalize(s)
		if err != nil {
			wantErr(t, s, err, auth.ErrInvalid)
			return
		}
		if again, err := auth.Normalize(name); err != nil || again != name || len(name) > auth.MaxName {
			t.Errorf("%q becomes %q, then %q, %v", s, name, again, err)
		}
	})
}
