package auth_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/auth"
	"github.com/anteroom-video/anteroom/lobby/auth/passkey/passkeytest"
)

const (
	origin = "https://beratung.example.org"
	host   = "beratung.example.org"
)

// challenge is one that was given for this account, or with none for signing in.
func (o *office) challenge(t *testing.T, account lobby.AccountID) auth.Challenge {
	t.Helper()
	given, err := o.PasskeyChallenge(tenant, account)
	if err != nil {
		t.Fatal(err)
	}
	return given
}

// add adds an authenticator's passkey to an account whose password pw stands for.
func (o *office) add(t *testing.T, a auth.Account, pw byte, device *passkeytest.Authenticator) (auth.Passkey, error) {
	t.Helper()
	challenge := o.challenge(t, a.ID)
	return o.AddPasskey(t.Context(), a, [32]byte{pw}, home, auth.NewPasskey{
		Name: "Telefon", Challenge: challenge, Created: device.Create(challenge[:], []byte(a.ID)), WrappedPrivateKey: []byte("by passkey"),
	})
}

func (o *office) byPasskey(t *testing.T, device *passkeytest.Authenticator) (auth.Account, auth.Passkey, string, error) {
	t.Helper()
	challenge := o.challenge(t, "")
	return o.SignInByPasskey(t.Context(), tenant, challenge, device.Sign(challenge[:]), home)
}

func (o *office) passkeys(t *testing.T, a auth.Account) []auth.Passkey {
	t.Helper()
	a, err := o.Account(t.Context(), tenant, a.ID)
	if err != nil {
		t.Fatal(err)
	}
	return a.Passkeys
}

func TestAPasskeySignsIn(t *testing.T) {
	o := newOffice(t)
	anna, ben := o.account(t, "anna", 1), o.account(t, "ben", 2)
	phone, key := passkeytest.New(t, origin, host), passkeytest.New(t, origin, host)
	phone.Count = 1
	for _, device := range []*passkeytest.Authenticator{phone, key} {
		if _, err := o.add(t, anna, 1, device); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		for _, device := range []*passkeytest.Authenticator{phone, key} {
			account, used, cookie, err := o.byPasskey(t, device)
			if err != nil || account.ID != anna.ID || string(used.WrappedPrivateKey) != "by passkey" || !bytes.Equal(used.Credential.ID, device.ID) {
				t.Fatalf("%+v, %+v, %v", account, used, err)
			}
			wantErr(t, "signed in", o.lookup(cookie), nil)
		}
	}
	if kept := o.passkeys(t, anna); kept[0].Credential.Count != phone.Count || kept[1].Credential.Count != 0 {
		t.Errorf("%+v", kept)
	}
	if kept := o.passkeys(t, ben); len(kept) != 0 {
		t.Errorf("another account has %+v", kept)
	}
	// Removed, it signs nobody in; the other one does.
	gone := o.passkeys(t, anna)[0].ID
	wantErr(t, "remove another account's", o.RemovePasskey(t.Context(), ben, gone), lobby.ErrNotFound)
	wantErr(t, "remove", o.RemovePasskey(t.Context(), anna, gone), nil)
	wantErr(t, "remove again", o.RemovePasskey(t.Context(), anna, gone), lobby.ErrNotFound)
	_, _, _, err := o.byPasskey(t, phone)
	wantErr(t, "a removed one", err, auth.ErrUnauthenticated)
	_, _, _, err = o.byPasskey(t, key)
	wantErr(t, "the other one", err, nil)
	if _, err := o.Disable(t.Context(), tenant, "anna"); err != nil {
		t.Fatal(err)
	}
	_, _, _, err = o.byPasskey(t, key)
	wantErr(t, "disabled", err, auth.ErrUnauthenticated)
}

func TestAPasskeyIsAddedWithThePasswordAlone(t *testing.T) {
	o := newOffice(t)
	anna, ben := o.account(t, "anna", 1), o.account(t, "ben", 2)
	device := passkeytest.New(t, origin, host)
	_, err := o.add(t, anna, 9, device)
	wantErr(t, "wrong password", err, auth.ErrPassword)
	with := func(change func(*auth.NewPasskey)) error {
		challenge := o.challenge(t, anna.ID)
		n := auth.NewPasskey{Name: "x", Challenge: challenge, Created: device.Create(challenge[:], []byte(anna.ID)), WrappedPrivateKey: []byte("x")}
		change(&n)
		_, err := o.AddPasskey(t.Context(), anna, [32]byte{1}, home, n)
		return err
	}
	wantErr(t, "no name", with(func(n *auth.NewPasskey) { n.Name = "" }), auth.ErrInvalid)
	wantErr(t, "a long name", with(func(n *auth.NewPasskey) { n.Name = string(bytes.Repeat([]byte("x"), auth.MaxPasskeyName+1)) }), auth.ErrInvalid)
	wantErr(t, "no key", with(func(n *auth.NewPasskey) { n.WrappedPrivateKey = nil }), auth.ErrInvalid)
	wantErr(t, "a long key", with(func(n *auth.NewPasskey) { n.WrappedPrivateKey = make([]byte, auth.MaxWrappedKey+1) }), auth.ErrInvalid)
	wantErr(t, "another challenge", with(func(n *auth.NewPasskey) { n.Challenge = o.challenge(t, anna.ID) }), auth.ErrPasskey)
	wantErr(t, "another account's challenge", with(func(n *auth.NewPasskey) {
		n.Challenge = o.challenge(t, ben.ID)
		n.Created = device.Create(n.Challenge[:], []byte(anna.ID))
	}), auth.ErrPasskey)
	wantErr(t, "a challenge for signing in", with(func(n *auth.NewPasskey) {
		n.Challenge = o.challenge(t, "")
		n.Created = device.Create(n.Challenge[:], []byte(anna.ID))
	}), auth.ErrPasskey)
	device.Unverified = true
	wantErr(t, "an owner who is unknown", with(func(*auth.NewPasskey) {}), auth.ErrPasskey)
	device.Unverified = false
	if kept := o.passkeys(t, anna); len(kept) != 0 {
		t.Fatalf("%+v", kept)
	}
	wantErr(t, "all right", with(func(*auth.NewPasskey) {}), nil)
	wantErr(t, "the same again", with(func(*auth.NewPasskey) {}), lobby.ErrConflict)
	for range auth.MaxPasskeys - 1 {
		device = passkeytest.New(t, origin, host)
		wantErr(t, "one more", with(func(*auth.NewPasskey) {}), nil)
	}
	device = passkeytest.New(t, origin, host)
	wantErr(t, "one too many", with(func(*auth.NewPasskey) {}), lobby.ErrConflict)
}

// Each challenge is for one answer, soon, of the kind that it was given for.
func TestAChallengeIsAnsweredOnce(t *testing.T) {
	o := newOffice(t)
	anna := o.account(t, "anna", 1)
	device := passkeytest.New(t, origin, host)
	if _, err := o.add(t, anna, 1, device); err != nil {
		t.Fatal(err)
	}
	signIn := func(challenge auth.Challenge) error {
		_, _, _, err := o.SignInByPasskey(t.Context(), tenant, challenge, device.Sign(challenge[:]), home)
		return err
	}
	once := o.challenge(t, "")
	wantErr(t, "once", signIn(once), nil)
	wantErr(t, "twice", signIn(once), auth.ErrUnauthenticated)
	wantErr(t, "one of its own", signIn(auth.Challenge{1}), auth.ErrUnauthenticated)
	wantErr(t, "for a new passkey", signIn(o.challenge(t, anna.ID)), auth.ErrUnauthenticated)
	late := o.challenge(t, "")
	o.now = o.now.Add(auth.ChallengeLife)
	wantErr(t, "late", signIn(late), auth.ErrUnauthenticated)
	foreign := o.challenge(t, "")
	_, _, _, err := o.SignInByPasskey(t.Context(), "other", foreign, device.Sign(foreign[:]), home)
	wantErr(t, "in another tenant", err, auth.ErrUnauthenticated)
}

func TestWrongPasskeysAreSlowed(t *testing.T) {
	o := newOffice(t)
	anna := o.account(t, "anna", 1)
	right, wrong := passkeytest.New(t, origin, host), passkeytest.New(t, origin, host)
	if _, err := o.add(t, anna, 1, right); err != nil {
		t.Fatal(err)
	}
	wrong.User = []byte("nobody")
	for range 10 {
		_, _, _, err := o.byPasskey(t, wrong)
		wantErr(t, "unknown", err, auth.ErrUnauthenticated)
	}
	_, _, _, err := o.byPasskey(t, right)
	var soon *auth.TooSoonError
	if !errors.As(err, &soon) || soon.After != time.Second {
		t.Fatalf("after ten failures: %v", err)
	}
	o.now = o.now.Add(soon.After)
	_, _, _, err = o.byPasskey(t, right)
	wantErr(t, "after waiting", err, nil)
}

func TestPasskeysGoWithTheirKeyPair(t *testing.T) {
	for what, keep := range map[string]bool{"the same pair": true, "another pair": false} {
		o := newOffice(t)
		anna := o.account(t, "anna", 1)
		device := passkeytest.New(t, origin, host)
		if _, err := o.add(t, anna, 1, device); err != nil {
			t.Fatal(err)
		}
		c := credentials(t, "anna", 2)
		if keep {
			c.PublicKey = anna.PublicKey
		}
		if _, err := o.Reset(t.Context(), tenant, c); err != nil {
			t.Fatal(err)
		}
		_, _, _, err := o.byPasskey(t, device)
		if keep != (err == nil) {
			t.Errorf("%s: %v", what, err)
		}
		// Made for the pair before, while the reset came in between.
		if _, err := o.add(t, anna, 2, passkeytest.New(t, origin, host)); keep != (err == nil) {
			t.Errorf("%s, one more: %v", what, err)
		}
	}
}

func TestAnAddressWithoutANameHasNoPasskeys(t *testing.T) {
	o := newOffice(t)
	o.Service = auth.New(o.store, func() time.Time { return o.now }, auth.Config{Cheap: true, Origin: "https://192.0.2.1"})
	anna := o.account(t, "anna", 1)
	_, err := o.PasskeyHost()
	wantErr(t, "host", err, auth.ErrNoPasskeys)
	_, err = o.PasskeyChallenge(tenant, anna.ID)
	wantErr(t, "challenge", err, auth.ErrNoPasskeys)
	_, err = o.AddPasskey(t.Context(), anna, [32]byte{1}, home, auth.NewPasskey{Name: "x", WrappedPrivateKey: []byte("x")})
	wantErr(t, "add", err, auth.ErrNoPasskeys)
	_, _, _, err = o.SignInByPasskey(t.Context(), tenant, auth.Challenge{}, passkeytest.New(t, origin, host).Sign(nil), home)
	wantErr(t, "sign in", err, auth.ErrNoPasskeys)
}
