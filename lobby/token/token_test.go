package token_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"pgregory.net/rapid"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/memstore"
	"github.com/anteroom-video/anteroom/lobby/token"
)

// key makes a device.
func key(t testing.TB) (*ecdsa.PrivateKey, token.Device) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := private.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	device, err := token.ParseDevice(base64.RawURLEncoding.EncodeToString(raw))
	if err != nil {
		t.Fatal(err)
	}
	return private, device
}

// prove signs as WebCrypto does: ECDSA over SHA-256, r and s with 32 bytes each.
func prove(t testing.TB, private *ecdsa.PrivateKey, signed string) []byte {
	t.Helper()
	digest := sha256.Sum256([]byte(signed))
	r, s, err := ecdsa.Sign(rand.Reader, private, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	sig := make([]byte, 64)
	r.FillBytes(sig[:32])
	s.FillBytes(sig[32:])
	return sig
}

// desk is a signer with a clock that the test sets.
type desk struct {
	*token.Signer
	store *memstore.Store
	now   time.Time
}

func newDesk(t testing.TB) *desk {
	d := &desk{store: memstore.New(), now: time.Date(2030, 1, 2, 3, 4, 5, 678e6, time.UTC)}
	d.restart(t)
	return d
}

func (d *desk) restart(t testing.TB) {
	t.Helper()
	var err error
	if d.Signer, err = token.New(t.Context(), d.store, func() time.Time { return d.now }); err != nil {
		t.Fatal(err)
	}
}

func ticket(device token.Device) token.Ticket {
	return token.Ticket{
		Tenant: "default", Room: lobby.RoomID(rand.Text()), Session: rand.Text(), Person: lobby.PersonID(rand.Text()),
		Role: lobby.RoleClient, Device: device, Generation: 7, PIN: 3,
	}
}

func resume(device token.Device) token.Resume {
	return token.Resume{
		Tenant: "default", Room: lobby.RoomID(rand.Text()), Session: rand.Text(), Participant: "p4ZJt0c9",
		Account: lobby.AccountID(rand.Text()), Role: lobby.RoleCounsellor, Device: device, Admitted: true,
		Standing: lobby.Standing{AudioOff: true, VideoOff: true, VideoReserved: true, Held: true, Frozen: true, Locked: true, Reported: true},
	}
}

func issue(t testing.TB, d *desk, tk token.Ticket) string {
	t.Helper()
	s, err := d.IssueTicket(tk)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func issueResume(t testing.TB, d *desk, r token.Resume) string {
	t.Helper()
	s, err := d.IssueResume(r)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func wantErr(t testing.TB, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestTicketComesBack(t *testing.T) {
	d := newDesk(t)
	_, device := key(t)
	want := ticket(device)
	got, err := d.VerifyTicket(issue(t, d, want))
	if err != nil {
		t.Fatal(err)
	}
	if got.ID == "" || got.Expires.Sub(d.now) > token.TicketLife || got.Expires.Sub(d.now) < token.TicketLife-time.Second {
		t.Errorf("id %q, expires in %v", got.ID, got.Expires.Sub(d.now))
	}
	want.ID, want.Expires = got.ID, got.Expires
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if s := issue(t, d, want); len(s) > 1024 {
		t.Errorf("a ticket has %d bytes", len(s))
	}
}

func TestResumeComesBack(t *testing.T) {
	d := newDesk(t)
	_, device := key(t)
	want := resume(device)
	for range 2 { // more than once
		got, err := d.VerifyResume(issueResume(t, d, want))
		if err != nil {
			t.Fatal(err)
		}
		want.Expires = got.Expires
		if got != want {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	}
}

func TestTokensExpire(t *testing.T) {
	d := newDesk(t)
	_, device := key(t)
	tk, rs := issue(t, d, ticket(device)), issueResume(t, d, resume(device))
	d.now = d.now.Add(token.TicketLife - time.Second)
	if _, err := d.VerifyTicket(tk); err != nil {
		t.Errorf("a second before: %v", err)
	}
	verified, _ := d.VerifyTicket(tk)
	d.now = d.now.Add(time.Second)
	_, err := d.VerifyTicket(tk)
	wantErr(t, "ticket after its minute", err, token.ErrToken)
	wantErr(t, "taking it late", d.TakeTicket(verified), token.ErrToken)
	if _, err := d.VerifyResume(rs); err != nil {
		t.Errorf("resume after a minute: %v", err)
	}
	d.now = d.now.Add(token.ResumeLife - token.TicketLife)
	_, err = d.VerifyResume(rs)
	wantErr(t, "resume after its life", err, token.ErrToken)
}

func TestTicketIsTakenOnce(t *testing.T) {
	d := newDesk(t)
	_, device := key(t)
	verified, err := d.VerifyTicket(issue(t, d, ticket(device)))
	if err != nil {
		t.Fatal(err)
	}
	var took atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if err := d.TakeTicket(verified); err == nil {
				took.Add(1)
			} else {
				wantErr(t, "second", err, token.ErrToken)
			}
		})
	}
	wg.Wait()
	if took.Load() != 1 {
		t.Errorf("taken %d times", took.Load())
	}
}

func TestKindsAreNotMixed(t *testing.T) {
	d := newDesk(t)
	_, device := key(t)
	_, err := d.VerifyResume(issue(t, d, ticket(device)))
	wantErr(t, "ticket as resume token", err, token.ErrToken)
	_, err = d.VerifyTicket(issueResume(t, d, resume(device)))
	wantErr(t, "resume token as ticket", err, token.ErrToken)
}

func TestRestart(t *testing.T) {
	d := newDesk(t)
	_, device := key(t)
	before, rs := issue(t, d, ticket(device)), issueResume(t, d, resume(device))
	d.now = d.now.Add(time.Second)
	d.restart(t)
	_, err := d.VerifyTicket(before)
	wantErr(t, "ticket from before, which may have been taken", err, token.ErrToken)
	if _, err := d.VerifyResume(rs); err != nil {
		t.Errorf("resume token from before: %v", err)
	}
	if _, err := d.VerifyTicket(issue(t, d, ticket(device))); err != nil {
		t.Errorf("ticket from after: %v", err)
	}
}

func TestRotation(t *testing.T) {
	d := newDesk(t)
	_, device := key(t)
	first := issueResume(t, d, resume(device))
	for range 2 {
		if err := d.Rotate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := d.VerifyResume(first); err != nil {
			t.Errorf("token of an earlier key: %v", err)
		}
	}
	third := issueResume(t, d, resume(device))
	if header(t, first)["kid"] == header(t, third)["kid"] {
		t.Error("the key did not change")
	}
	d.restart(t)
	if _, err := d.VerifyResume(third); err != nil {
		t.Errorf("after a restart: %v", err)
	}
	if err := d.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err := d.VerifyResume(first)
	wantErr(t, "token of a key that is gone", err, token.ErrToken)
}

func TestTwoProcessesShareTheFirstKey(t *testing.T) {
	store := memstore.New()
	signers := make([]*token.Signer, 6)
	var wg sync.WaitGroup
	for i := range signers {
		wg.Go(func() {
			var err error
			if signers[i], err = token.New(t.Context(), store, time.Now); err != nil {
				t.Errorf("new: %v", err)
			}
		})
	}
	wg.Wait()
	_, device := key(t)
	s, err := signers[0].IssueResume(resume(device))
	if err != nil {
		t.Fatal(err)
	}
	for _, signer := range signers {
		if _, err := signer.VerifyResume(s); err != nil {
			t.Errorf("another process: %v", err)
		}
	}
}

func TestSpoiltKeysAreReported(t *testing.T) {
	for _, value := range []string{"", "null", "[]", "{", `[{"seed":"AAAA"}]`} {
		store := memstore.New()
		if err := store.SwapSetting(t.Context(), "token keys", nil, []byte(value)); err != nil {
			t.Fatal(err)
		}
		if _, err := token.New(t.Context(), store, time.Now); err == nil {
			t.Errorf("keys %q were taken", value)
		}
	}
}

func header(t testing.TB, s string) map[string]any {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(strings.Split(s, ".")[0])
	if err != nil {
		t.Fatal(err)
	}
	var h map[string]any
	if err := json.Unmarshal(raw, &h); err != nil {
		t.Fatal(err)
	}
	return h
}

// Forgeries: other algorithms with the public key or without any, other keys, changed bytes, missing claims.
func TestForgeriesAreRefused(t *testing.T) {
	d := newDesk(t)
	_, device := key(t)
	genuine := issue(t, d, ticket(device))
	if _, err := d.VerifyTicket(genuine); err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(genuine, ".")
	stored, err := d.store.Setting(t.Context(), "token keys")
	if err != nil {
		t.Fatal(err)
	}
	var keys []struct{ Seed []byte }
	if err := json.Unmarshal(stored, &keys); err != nil {
		t.Fatal(err)
	}
	private := ed25519.NewKeyFromSeed(keys[0].Seed)
	public := private.Public().(ed25519.PublicKey)
	_, other, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	var claims jwt.MapClaims
	raw, _ := base64.RawURLEncoding.DecodeString(parts[1])
	if err := json.Unmarshal(raw, &claims); err != nil {
		t.Fatal(err)
	}
	sign := func(method jwt.SigningMethod, with any, change func(jwt.MapClaims)) string {
		c := jwt.MapClaims{}
		for k, v := range claims {
			c[k] = v
		}
		c["jti"] = rand.Text()
		change(c)
		tk := jwt.NewWithClaims(method, c)
		tk.Header["kid"] = header(t, genuine)["kid"]
		s, err := tk.SignedString(with)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	same := func(jwt.MapClaims) {}
	without := func(name string) func(jwt.MapClaims) { return func(c jwt.MapClaims) { delete(c, name) } }
	with := func(name string, value any) func(jwt.MapClaims) { return func(c jwt.MapClaims) { c[name] = value } }
	if _, err := d.VerifyTicket(sign(jwt.SigningMethodEdDSA, private, same)); err != nil {
		t.Fatalf("the forger's tools do not make a genuine token either: %v", err)
	}
	point := base64.RawURLEncoding.EncodeToString(make([]byte, 65))
	for name, forged := range map[string]string{
		"HS256 with the public key": sign(jwt.SigningMethodHS256, []byte(public), same),
		"no algorithm":              sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, same),
		"another key":               sign(jwt.SigningMethodEdDSA, other, same),
		"no expiry":                 sign(jwt.SigningMethodEdDSA, private, without("exp")),
		"no audience":               sign(jwt.SigningMethodEdDSA, private, without("aud")),
		"no id":                     sign(jwt.SigningMethodEdDSA, private, without("jti")),
		"no tenant":                 sign(jwt.SigningMethodEdDSA, private, without("ten")),
		"no room":                   sign(jwt.SigningMethodEdDSA, private, without("room")),
		"no session":                sign(jwt.SigningMethodEdDSA, private, without("ses")),
		"nobody":                    sign(jwt.SigningMethodEdDSA, private, without("per")),
		"person and account":        sign(jwt.SigningMethodEdDSA, private, with("acc", "x")),
		"no device":                 sign(jwt.SigningMethodEdDSA, private, without("dev")),
		"device off the curve":      sign(jwt.SigningMethodEdDSA, private, with("dev", point)),
		"unknown role":              sign(jwt.SigningMethodEdDSA, private, with("rol", "admin")),
		"generation that is none":   sign(jwt.SigningMethodEdDSA, private, with("gen", -1)),
		"empty":                     "",
		"two parts":                 parts[0] + "." + parts[1],
		"no signature":              parts[0] + "." + parts[1] + ".",
		"too long":                  genuine + strings.Repeat("A", token.MaxLength),
	} {
		_, err := d.VerifyTicket(forged)
		wantErr(t, name, err, token.ErrToken)
	}
}

func TestAnyChangedCharacterIsRefused(t *testing.T) {
	d := newDesk(t)
	_, device := key(t)
	genuine := issueResume(t, d, resume(device))
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.= "
	// The last character has bits that do not count.
	last := len(genuine) - 1
	if _, err := d.VerifyResume(genuine[:last] + flip(genuine[last])); !errors.Is(err, token.ErrToken) {
		t.Errorf("another spelling of the signature: %v", err)
	}
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.IntRange(0, len(genuine)-1).Draw(t, "at")
		c := alphabet[rapid.IntRange(0, len(alphabet)-1).Draw(t, "character")]
		if genuine[at] == c {
			t.Skip("the same")
		}
		if _, err := d.VerifyResume(genuine[:at] + string(c) + genuine[at+1:]); !errors.Is(err, token.ErrToken) {
			t.Fatalf("character %d changed to %q: %v", at, c, err)
		}
	})
}

func TestProof(t *testing.T) {
	private, device := key(t)
	stranger, _ := key(t)
	const tk = "eyJhbGciOiJFZERTQSJ9.e30.c2ln"
	good := prove(t, private, "anteroom hello v1\n"+tk)
	if err := token.VerifyProof(device, tk, good); err != nil {
		t.Fatal(err)
	}
	der, err := private.Sign(rand.Reader, make([]byte, 32), crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		device token.Device
		token  string
		sig    []byte
	}{
		"another token":       {device, tk + "x", good},
		"another device":      {device, tk, prove(t, stranger, "anteroom hello v1\n"+tk)},
		"another purpose":     {device, tk, prove(t, private, "anteroom hello v2\n"+tk)},
		"without a purpose":   {device, tk, prove(t, private, tk)},
		"no signature":        {device, tk, nil},
		"zero signature":      {device, tk, make([]byte, 64)},
		"short signature":     {device, tk, good[:63]},
		"long signature":      {device, tk, append(good[:64:64], 0)},
		"ASN.1 signature":     {device, tk, der},
		"no device":           {token.Device{}, tk, good},
		"r beyond the order":  {device, tk, append([]byte(strings.Repeat("\xff", 32)), good[32:]...)},
		"halves exchanged":    {device, tk, append(append([]byte{}, good[32:]...), good[:32]...)},
		"signature of nobody": {device, "", good},
	} {
		wantErr(t, name, token.VerifyProof(c.device, c.token, c.sig), token.ErrProof)
	}
}

func TestParseDevice(t *testing.T) {
	_, device := key(t)
	if again, err := token.ParseDevice(device.String()); err != nil || again != device {
		t.Errorf("got %v, %v", again, err)
	}
	if device.Hash() != sha256.Sum256(device[:]) {
		t.Error("hash")
	}
	b64 := base64.RawURLEncoding.EncodeToString
	off := device
	off[64] ^= 1
	compressed := append([]byte{2 + device[64]&1}, device[1:33]...)
	hybrid := device
	hybrid[0] = 6 + device[64]&1
	for name, s := range map[string]string{
		"empty":         "",
		"no base64":     strings.Repeat("*", 87),
		"padded":        base64.URLEncoding.EncodeToString(device[:]),
		"off the curve": b64(off[:]),
		"infinity":      b64([]byte{0}),
		"compressed":    b64(compressed),
		"hybrid":        b64(hybrid[:]),
		"too long":      device.String() + "AA",
		"trailing bits": device.String()[:86] + flip(device.String()[86]),
	} {
		_, err := token.ParseDevice(s)
		wantErr(t, name, err, token.ErrProof)
	}
}

// flip changes the last character's bits that do not count.
func flip(c byte) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return string(alphabet[strings.IndexByte(alphabet, c)^1])
}

func TestNothingInLogs(t *testing.T) {
	_, device := key(t)
	var out strings.Builder
	log := slog.New(slog.NewJSONHandler(&out, nil))
	tk, rs := ticket(device), resume(device)
	log.Info("test", "ticket", tk, "resume", rs, "device", device)
	for _, secret := range []string{string(tk.Room), tk.Session, string(tk.Person), string(rs.Room), string(rs.Account), device.String(), fmt.Sprint(device[1:5])} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("%q is in the log: %s", secret, out.String())
		}
	}
}

func FuzzVerify(f *testing.F) {
	d := newDesk(f)
	_, device := key(f)
	genuine := map[string]bool{}
	for _, s := range []string{issue(f, d, ticket(device)), issueResume(f, d, resume(device))} {
		genuine[s] = true
		f.Add(s)
	}
	f.Add("")
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Fuzz(func(t *testing.T, s string) {
		_, err := d.VerifyTicket(s)
		_, err2 := d.VerifyResume(s)
		if (err == nil || err2 == nil) && !genuine[s] {
			t.Errorf("%q was taken", s)
		}
		if err != nil && !errors.Is(err, token.ErrToken) || err2 != nil && !errors.Is(err2, token.ErrToken) {
			t.Errorf("other errors: %v, %v", err, err2)
		}
	})
}

func FuzzProof(f *testing.F) {
	private, device := key(f)
	const tk = "a.b.c"
	good := prove(f, private, token.ProofPrefix+tk)
	f.Add(device[:], tk, good)
	f.Add([]byte{4}, "", []byte{})
	f.Fuzz(func(t *testing.T, point []byte, tk2 string, sig []byte) {
		var d token.Device
		copy(d[:], point)
		err := token.VerifyProof(d, tk2, sig)
		if err != nil && !errors.Is(err, token.ErrProof) {
			t.Errorf("another error: %v", err)
		}
		if err == nil && d == device && tk2 != tk {
			t.Error("a proof of another token was taken")
		}
		if parsed, err := token.ParseDevice(base64.RawURLEncoding.EncodeToString(point)); err == nil && string(parsed[:]) != string(point) {
			t.Error("a device came back changed")
		}
	})
}
