package passkey_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/anteroom-video/anteroom/lobby/auth/passkey"
	"github.com/anteroom-video/anteroom/lobby/auth/passkey/passkeytest"
)

const (
	origin = "https://beratung.example.org"
	host   = "beratung.example.org"
)

var challenge, user = bytes.Repeat([]byte{7}, 32), []byte("account")

func verifier(t *testing.T) *passkey.Verifier {
	t.Helper()
	v, err := passkey.New(origin)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestAPasskeyIsMadeAndSigns(t *testing.T) {
	v := verifier(t)
	for _, synced := range []bool{false, true} {
		for _, count := range []uint32{0, 5} {
			a := passkeytest.New(t, origin, host)
			a.Synced, a.Count = synced, count
			made, err := v.Created(challenge, user, a.Create(challenge, user))
			if err != nil || !bytes.Equal(made.ID, a.ID) || made.Count != count || made.Synced != synced {
				t.Fatalf("%+v, %v", made, err)
			}
			for range 3 {
				used, err := v.Signed(challenge, user, made, a.Sign(challenge))
				if err != nil || used.Count != a.Count {
					t.Fatalf("%+v, %v", used, err)
				}
				made = used
			}
		}
	}
}

func TestWhatIsNotForUsIsRefused(t *testing.T) {
	v := verifier(t)
	for what, spoil := range map[string]func(*passkeytest.Authenticator){
		"another page":            func(a *passkeytest.Authenticator) { a.Origin = "https://beratung.example.com" },
		"another port":            func(a *passkeytest.Authenticator) { a.Origin = origin + ":8443" },
		"without TLS":             func(a *passkeytest.Authenticator) { a.Origin = "http://" + host },
		"another host":            func(a *passkeytest.Authenticator) { a.Host = "example.org" },
		"an owner who is unknown": func(a *passkeytest.Authenticator) { a.Unverified = true },
	} {
		a := passkeytest.New(t, origin, host)
		good, err := v.Created(challenge, user, a.Create(challenge, user))
		if err != nil {
			t.Fatal(err)
		}
		spoil(a)
		if _, err := v.Created(challenge, user, a.Create(challenge, user)); !errors.Is(err, passkey.ErrRefused) {
			t.Errorf("%s makes a passkey: %v", what, err)
		}
		if _, err := v.Signed(challenge, user, good, a.Sign(challenge)); !errors.Is(err, passkey.ErrRefused) {
			t.Errorf("%s signs: %v", what, err)
		}
	}
}

func TestWhatWasChangedIsRefused(t *testing.T) {
	v := verifier(t)
	a, other := passkeytest.New(t, origin, host), passkeytest.New(t, origin, host)
	a.Count = 5
	created := a.Create(challenge, user)
	good, err := v.Created(challenge, user, created)
	if err != nil {
		t.Fatal(err)
	}
	signed := a.Sign(challenge)
	refused := func(what string, err error) {
		t.Helper()
		if !errors.Is(err, passkey.ErrRefused) {
			t.Errorf("%s: %v", what, err)
		}
	}
	sign := func(what string, known passkey.Credential, change func(*passkey.Signed)) {
		t.Helper()
		s := signed
		change(&s)
		_, err := v.Signed(challenge, user, known, s)
		refused(what, err)
	}
	flip := func(b []byte) []byte {
		b = bytes.Clone(b)
		b[len(b)-1] ^= 1
		return b
	}
	sign("another passkey's id", good, func(s *passkey.Signed) { s.ID = other.ID })
	sign("another account", good, func(s *passkey.Signed) { s.User = []byte("another") })
	sign("no account", good, func(s *passkey.Signed) { s.User = nil })
	sign("a changed signature", good, func(s *passkey.Signed) { s.Signature = flip(s.Signature) })
	sign("changed data", good, func(s *passkey.Signed) { s.AuthenticatorData = flip(s.AuthenticatorData) })
	sign("cut data", good, func(s *passkey.Signed) { s.AuthenticatorData = s.AuthenticatorData[:20] })
	sign("no JSON", good, func(s *passkey.Signed) { s.ClientData = []byte("{") })
	sign("nothing", good, func(s *passkey.Signed) { *s = passkey.Signed{} })
	copied := good
	copied.Count = 6
	sign("a count that does not rise", copied, func(*passkey.Signed) {})
	another := bytes.Repeat([]byte{8}, 32)
	_, err = v.Signed(another, user, good, signed)
	refused("another challenge", err)
	_, err = v.Created(another, user, created)
	refused("another challenge for a passkey", err)
	for what, c := range map[string]passkey.Created{
		"nothing":        {},
		"no attestation": {ID: created.ID, ClientData: created.ClientData},
		"cut":            {ID: created.ID, ClientData: created.ClientData, Attestation: created.Attestation[:60]},
		"a signature":    {ID: created.ID, ClientData: signed.ClientData, Attestation: created.Attestation},
		"another id":     {ID: other.ID, ClientData: created.ClientData, Attestation: created.Attestation},
	} {
		_, err := v.Created(challenge, user, c)
		refused(what, err)
	}
}

func TestAddresses(t *testing.T) {
	for origin, want := range map[string]string{
		"https://talk.example.org": "talk.example.org", "https://talk.example.org:8443": "talk.example.org", "http://localhost:8080": "localhost",
		"https://192.0.2.1": "", "https://[2001:db8::1]:8443": "", "": "", "x": "",
	} {
		v, err := passkey.New(origin)
		if want == "" {
			if !errors.Is(err, passkey.ErrAddress) {
				t.Errorf("%q: %v", origin, err)
			}
			continue
		}
		if err != nil || v.Host() != want {
			t.Errorf("%q: %v", origin, err)
		}
	}
}

// Whatever comes is refused and breaks nothing.
func FuzzAnswers(f *testing.F) {
	v, err := passkey.New(origin)
	if err != nil {
		f.Fatal(err)
	}
	a := passkeytest.New(f, origin, host)
	c := a.Create(challenge, user)
	s := a.Sign(challenge)
	f.Add(c.ClientData, c.Attestation)
	f.Add(s.ClientData, s.AuthenticatorData)
	f.Fuzz(func(t *testing.T, client, data []byte) {
		v.Created(challenge, user, passkey.Created{ID: a.ID, ClientData: client, Attestation: data})
		v.Signed(challenge, user, passkey.Credential{ID: a.ID, PublicKey: data}, passkey.Signed{ID: a.ID, User: user, ClientData: client, AuthenticatorData: data, Signature: data})
	})
}
