package credential

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"errors"
	"flag"
	"math/big"
	"os"
	"testing"
)

const vectorsFile = "../../../web/test/vectors/credential.json"

var update = flag.Bool("update", false, "write the golden vectors anew (they have random parts: only when a derivation changes)")

// vectors is the file that Go and JavaScript share. Byte strings are base64url without padding.
type vectors struct {
	Comment  string           `json:"comment"`
	Password []passwordVector `json:"password"`
	Recovery []recoveryVector `json:"recovery"`
	Account  accountVector    `json:"account_key"`
	Room     roomVector       `json:"room_secret"`
	Text     []textVector     `json:"text"`
	Link     []linkVector     `json:"link"`
	Device   deviceVector     `json:"device"`
}

type passwordVector struct {
	Tenant     string `json:"tenant"`
	Name       string `json:"name"`
	Password   string `json:"password"`
	NormalName string `json:"normal_name"`
	Auth       string `json:"auth"`
	Wrap       string `json:"wrap"`
}

type recoveryVector struct {
	Typed  string `json:"typed"`
	Phrase string `json:"phrase"` // empty: it is none
	Wrap   string `json:"wrap,omitempty"`
}

type accountVector struct {
	Wrap    string `json:"wrap"`
	Public  string `json:"public_key"`
	Private string `json:"private_key_pkcs8"`
	Wrapped string `json:"wrapped_private_key"`
}

type roomVector struct {
	Secret  string `json:"secret"`
	Wrapped string `json:"wrapped_secret"`        // for the account above, by anybody
	Own     string `json:"own_wrapped_secret"`    // by the account above
	Handed  string `json:"handed_wrapped_secret"` // for the account above, by whose key it names
	From    string `json:"handed_from_code"`      // the code of that key
}

type textVector struct {
	Secret  string `json:"room_secret"`
	Context string `json:"context"`
	Text    string `json:"text"`
	Sealed  string `json:"sealed"`
}

type linkVector struct {
	Secret    string `json:"secret"`
	PublicURL string `json:"public_url"`
	Link      string `json:"link"`
	Auth      string `json:"auth"`
	AuthHash  string `json:"auth_hash"`
	E2EE      string `json:"e2ee"`
	Code      string `json:"code"`
	CodeAuth  string `json:"code_auth"`
	CodeHash  string `json:"code_auth_hash"`
}

type deviceVector struct {
	Private string `json:"private_key_pkcs8"`
	Public  string `json:"device"`
	Token   string `json:"token"`
	Proof   string `json:"proof"`
}

func TestVectors(t *testing.T) {
	if *update {
		writeVectors(t)
	}
	raw, err := os.ReadFile(vectorsFile)
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	t.Run("password", func(t *testing.T) {
		for _, p := range v.Password {
			keys := FromPassword(p.Tenant, p.Name, p.Password)
			equal(t, p.Name, NormalName(p.Name), p.NormalName)
			equal(t, p.Name, Encode(keys.Auth[:]), p.Auth)
			equal(t, p.Name, Encode(keys.Wrap[:]), p.Wrap)
		}
	})
	t.Run("recovery phrase", func(t *testing.T) {
		for _, r := range v.Recovery {
			phrase, err := ParsePhrase(r.Typed)
			if r.Phrase == "" {
				if !errors.Is(err, ErrPhrase) {
					t.Errorf("%q: %v", r.Typed, err)
				}
				continue
			}
			wrap := phrase.Wrap()
			equal(t, r.Typed, string(phrase[:]), r.Phrase)
			equal(t, r.Typed, Encode(wrap[:]), r.Wrap)
		}
	})
	t.Run("account key and room secret", func(t *testing.T) {
		private, err := OpenAccountKey(Key(must(t, v.Account.Wrap)), must(t, v.Account.Wrapped))
		if err != nil {
			t.Fatal(err)
		}
		der, err := x509.MarshalPKCS8PrivateKey(private)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "private key", Encode(der), v.Account.Private)
		equal(t, "public key", Encode(private.PublicKey().Bytes()), v.Account.Public)
		for wrapped, byItself := range map[string]bool{v.Room.Wrapped: false, v.Room.Own: true} {
			secret, own, err := UnwrapRoomSecret(private, must(t, wrapped))
			if err != nil || own != byItself {
				t.Fatal(own, err)
			}
			equal(t, "room secret", Encode(secret[:]), v.Room.Secret)
		}
		secret, from, err := UnwrapHanded(private, must(t, v.Room.Handed))
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "room secret handed over", Encode(secret[:]), v.Room.Secret)
		equal(t, "code of the sender's key", KeyCode(from).Show(), v.Room.From)
		if _, _, err := UnwrapRoomSecret(private, must(t, v.Room.Handed)); !errors.Is(err, ErrSealed) {
			t.Errorf("as anybody's: %v", err)
		}
	})
	t.Run("text", func(t *testing.T) {
		for _, x := range v.Text {
			text, err := RoomSecret(must(t, x.Secret)).Open(x.Context, must(t, x.Sealed))
			if err != nil {
				t.Fatal(err)
			}
			equal(t, x.Context, string(text), x.Text)
		}
	})
	t.Run("link", func(t *testing.T) {
		for _, l := range v.Link {
			secret := LinkSecret(must(t, l.Secret))
			equal(t, "link", secret.Link(l.PublicURL), l.Link)
			auth, hash, e2ee := secret.Auth(), secret.AuthHash(), secret.E2EE()
			equal(t, "auth", Encode(auth[:]), l.Auth)
			equal(t, "auth hash", Encode(hash[:]), l.AuthHash)
			equal(t, "e2ee", Encode(e2ee[:]), l.E2EE)
			code := secret.Code()
			codeAuth, codeHash := code.Auth(), code.AuthHash()
			equal(t, "code", code.Show(), l.Code)
			equal(t, "code auth", Encode(codeAuth[:]), l.CodeAuth)
			equal(t, "code auth hash", Encode(codeHash[:]), l.CodeHash)
			_, parsed, err := ParseLink(l.Link)
			if err != nil || parsed != secret {
				t.Errorf("ParseLink(%q) = %x, %v", l.Link, parsed[:], err)
			}
		}
	})
	t.Run("device", func(t *testing.T) {
		equal(t, "public point", Encode(deviceFrom(t, v.Device.Private).Public()), v.Device.Public)
		if !proofHolds(must(t, v.Device.Public), v.Device.Token, must(t, v.Device.Proof)) {
			t.Error("the proof in the file does not verify")
		}
	})
}

func writeVectors(t *testing.T) {
	v := vectors{Comment: "Golden vectors of signaling/client/credential and web/static/e2ee/keys.js. " +
		"Byte strings are base64url without padding. Written by: go test ./signaling/client/credential -update"}
	for _, p := range []passwordVector{
		{Tenant: "default", Name: "beratung@example.org", Password: "correct horse battery staple"},
		{Tenant: "default", Name: "  Jörg.Müller  ", Password: "Grüße, ﬁnale!"}, // ligature: NFKC makes it two letters
		{Tenant: "default", Name: "\uFEFFΟΔΟΣ", Password: "κωδικός"},            // a final sigma
		{Tenant: "mitte", Name: "İPEK", Password: "şifre １２３４"},                 // dotted capital I, full-width digits
	} {
		keys := FromPassword(p.Tenant, p.Name, p.Password)
		p.NormalName, p.Auth, p.Wrap = NormalName(p.Name), Encode(keys.Auth[:]), Encode(keys.Wrap[:])
		v.Password = append(v.Password, p)
	}
	for _, typed := range []string{
		"BCDFB GHJKV LMNPP RSTVK WXZBF CDFGZ HJKLT MNPRN",
		"bcdfb-ghjkv-lmnpp-rstvk\nwxzbf.cdfgz.hjklt.mnprn ",
		"ＢＣＤＦＢGHJKVLMNPPRSTVKWXZBFCDFGZHJKLTMNPRN",
		"BCDFB GHJKV LMNPP RSTVK WXZBF CDFGZ HJKLT MNPRB", // a wrong letter
		"CBDFB GHJKV LMNPP RSTVK WXZBF CDFGZ HJKLT MNPRN", // two letters swapped
		"GHJKV BCDFB LMNPP RSTVK WXZBF CDFGZ HJKLT MNPRN", // two groups swapped
		"BCDFB GHJKV LMNPP RSTVK WXZBF CDFGZ HJKLT MNPR",
		"ACDFB GHJKV LMNPP RSTVK WXZBF CDFGZ HJKLT MNPRN",
	} {
		r := recoveryVector{Typed: typed}
		if phrase, err := ParsePhrase(typed); err == nil {
			wrap := phrase.Wrap()
			r.Phrase, r.Wrap = string(phrase[:]), Encode(wrap[:])
		}
		v.Recovery = append(v.Recovery, r)
	}
	wrap := Key(must(t, v.Password[0].Wrap))
	account, err := NewAccountKey(wrap)
	if err != nil {
		t.Fatal(err)
	}
	private, err := OpenAccountKey(wrap, account.Wrapped)
	if err != nil {
		t.Fatal(err)
	}
	v.Account = accountVector{
		Wrap: Encode(wrap[:]), Public: Encode(account.Public), Private: encodeKey(t, private), Wrapped: Encode(account.Wrapped),
	}
	secret := NewRoomSecret()
	wrapped, err := secret.Wrap(account.Public)
	if err != nil {
		t.Fatal(err)
	}
	own, err := secret.WrapOwn(private)
	if err != nil {
		t.Fatal(err)
	}
	other, err := NewAccountKey(wrap)
	if err != nil {
		t.Fatal(err)
	}
	sender, err := OpenAccountKey(wrap, other.Wrapped)
	if err != nil {
		t.Fatal(err)
	}
	handed, err := secret.WrapFor(sender, account.Public)
	if err != nil {
		t.Fatal(err)
	}
	v.Room = roomVector{Secret: Encode(secret[:]), Wrapped: Encode(wrapped), Own: Encode(own), Handed: Encode(handed), From: KeyCode(other.Public).Show()}
	for _, x := range []textVector{
		{Context: ContextTitle, Text: "Familie M., Mittwoch"},
		{Context: ContextLabel, Text: "Frau Ümit ♥"},
		{Context: ContextLink, Text: "AAAAAAAAAAAAAAAAAAAAAA"},
		{Context: ContextLabel, Text: ""},
	} {
		x.Secret, x.Sealed = Encode(secret[:]), Encode(secret.Seal(x.Context, []byte(x.Text)))
		v.Text = append(v.Text, x)
	}
	for i, url := range []string{"https://beratung.example.org", "http://localhost:8080/"} {
		link := NewLinkSecret()
		if i == 0 {
			link = LinkSecret{0xfb, 0xff, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14} // has both - and _ in base64url
		}
		auth, hash, e2ee := link.Auth(), link.AuthHash(), link.E2EE()
		code := link.Code()
		codeAuth, codeHash := code.Auth(), code.AuthHash()
		v.Link = append(v.Link, linkVector{
			Secret: Encode(link[:]), PublicURL: url, Link: link.Link(url),
			Auth: Encode(auth[:]), AuthHash: Encode(hash[:]), E2EE: Encode(e2ee[:]),
			Code: code.Show(), CodeAuth: Encode(codeAuth[:]), CodeHash: Encode(codeHash[:]),
		})
	}
	device, err := NewDevice()
	if err != nil {
		t.Fatal(err)
	}
	token := "eyJhbGciOiJFZERTQSJ9.e30.c2ln"
	proof, err := device.Prove(token)
	if err != nil {
		t.Fatal(err)
	}
	v.Device = deviceVector{Private: encodeKey(t, device.key), Public: Encode(device.Public()), Token: token, Proof: Encode(proof)}

	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(vectorsFile, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func encodeKey(t *testing.T, key any) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return Encode(der)
}

func deviceFrom(t *testing.T, pkcs8 string) Device {
	t.Helper()
	key, err := x509.ParsePKCS8PrivateKey(must(t, pkcs8))
	if err != nil {
		t.Fatal(err)
	}
	return Device{key.(*ecdsa.PrivateKey)}
}

func proofHolds(point []byte, token string, proof []byte) bool {
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil || len(proof) != 64 {
		return false
	}
	digest := sha256.Sum256([]byte("anteroom hello v1\n" + token))
	return ecdsa.Verify(public, digest[:], new(big.Int).SetBytes(proof[:32]), new(big.Int).SetBytes(proof[32:]))
}

func must(t *testing.T, s string) []byte {
	t.Helper()
	b, err := Decode(s)
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return b
}

func equal(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}
