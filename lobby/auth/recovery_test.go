package auth_test

import (
	"bytes"
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/auth"
)

// phrase keeps a wrapping for an account whose password pw stands for.
func (o *office) phrase(t *testing.T, a auth.Account, pw byte, wrapped string) error {
	t.Helper()
	_, err := o.SetRecovery(t.Context(), a, [32]byte{pw}, home, []byte(wrapped))
	return err
}

func (o *office) recovery(t *testing.T, a auth.Account) auth.Recovery {
	t.Helper()
	a, err := o.Account(t.Context(), tenant, a.ID)
	if err != nil {
		t.Fatal(err)
	}
	return a.Recovery
}

func TestARecoveryPhraseIsMadeReplacedAndRemoved(t *testing.T) {
	o := newOffice(t)
	anna, ben := o.account(t, "anna", 1), o.account(t, "ben", 2)
	cookie := o.cookie(t, "anna", 1)
	for _, wrapped := range []string{"first", "second"} {
		o.now = o.now.Add(time.Minute)
		wantErr(t, wrapped, o.phrase(t, anna, 1, wrapped), nil)
		if got := o.recovery(t, anna); string(got.WrappedPrivateKey) != wrapped || !got.MadeAt.Equal(o.now) {
			t.Errorf("%+v", got)
		}
	}
	wantErr(t, "the session goes on", o.lookup(cookie), nil)
	if got := o.recovery(t, ben); got.WrappedPrivateKey != nil {
		t.Errorf("another account has %+v", got)
	}
	for range 2 {
		wantErr(t, "remove", o.RemoveRecovery(t.Context(), anna), nil)
	}
	if got := o.recovery(t, anna); got.WrappedPrivateKey != nil || !got.MadeAt.IsZero() {
		t.Errorf("removed: %+v", got)
	}
}

func TestARecoveryPhraseTakesThePassword(t *testing.T) {
	o := newOffice(t)
	anna := o.account(t, "anna", 1)
	wantErr(t, "nothing", o.phrase(t, anna, 1, ""), auth.ErrInvalid)
	wantErr(t, "too much", o.phrase(t, anna, 1, string(make([]byte, auth.MaxWrappedKey+1))), auth.ErrInvalid)
	for range 10 {
		wantErr(t, "wrong password", o.phrase(t, anna, 9, "x"), auth.ErrPassword)
	}
	wantErr(t, "guessing", o.phrase(t, anna, 1, "x"), auth.ErrTooSoon)
	elsewhere := func() error {
		_, err := o.SetRecovery(t.Context(), anna, [32]byte{1}, netip.MustParseAddr("192.0.2.2"), []byte("x"))
		return err
	}
	wantErr(t, "from elsewhere", elsewhere(), nil)
	if _, err := o.Disable(t.Context(), tenant, "anna"); err != nil {
		t.Fatal(err)
	}
	wantErr(t, "disabled", elsewhere(), auth.ErrPassword)
}

// Whoever takes the key pair along keeps the phrase that opens it; with another pair the phrase would open nothing.
func TestARecoveryPhraseGoesWithItsKeyPair(t *testing.T) {
	for what, keep := range map[string]bool{"the same pair": true, "another pair": false} {
		o := newOffice(t)
		anna := o.account(t, "anna", 1)
		wantErr(t, what, o.phrase(t, anna, 1, "by phrase"), nil)
		token, err := o.NewReset(t.Context(), tenant, "anna")
		if err != nil {
			t.Fatal(err)
		}
		name, before, err := o.SetupFor(t.Context(), tenant, token)
		if err != nil || name != "anna" || before.ID != anna.ID || string(before.Recovery.WrappedPrivateKey) != "by phrase" {
			t.Fatalf("%s: %q %+v %v", what, name, before, err)
		}
		c := credentials(t, "anna", 2)
		if keep {
			c.PublicKey = before.PublicKey
		}
		after, _, _, err := o.Setup(t.Context(), tenant, token, c)
		if err != nil || bytes.Equal(after.PublicKey, anna.PublicKey) != keep || (after.Recovery.WrappedPrivateKey != nil) != keep {
			t.Errorf("%s: %+v %v", what, after, err)
		}
	}
}

func TestWhatASetupTokenIsFor(t *testing.T) {
	o := newOffice(t)
	look := func(token string) (string, auth.Account, error) { return o.SetupFor(t.Context(), tenant, token) }
	free, err := o.NewSetup(t.Context(), tenant, "")
	named, err2 := o.NewSetup(t.Context(), tenant, "Anna")
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	for token, want := range map[string]string{free: "", named: "anna"} {
		for range 2 {
			if name, account, err := look(token); name != want || account.ID != "" || err != nil {
				t.Errorf("%q, %+v, %v", name, account, err)
			}
		}
	}
	_, _, err = look(named + "x")
	wantErr(t, "another token", err, auth.ErrSetupToken)
	_, _, err = o.SetupFor(t.Context(), lobby.TenantID("other"), named)
	wantErr(t, "another tenant", err, auth.ErrSetupToken)
	o.now = o.now.Add(auth.SetupLife)
	_, _, err = look(named)
	wantErr(t, "after a day", err, auth.ErrSetupToken)
}
