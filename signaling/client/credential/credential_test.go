package credential

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestSealedTextOpensForItsRoomAndContextAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SliceOfN(rapid.Byte(), 0, 600).Draw(t, "text")
		contexts := []string{ContextTitle, ContextLabel, ContextLink}
		context := rapid.SampledFrom(contexts).Draw(t, "context")
		room, other := NewRoomSecret(), NewRoomSecret()
		sealed := room.Seal(context, text)
		if got, err := room.Open(context, sealed); err != nil || !bytes.Equal(got, text) {
			t.Fatalf("Open = %x, %v", got, err)
		}
		if bytes.Equal(sealed, room.Seal(context, text)) {
			t.Fatal("the same text was sealed to the same bytes twice")
		}
		for _, c := range contexts {
			if _, err := room.Open(c, sealed); (err == nil) != (c == context) {
				t.Fatalf("sealed as %s, opening as %s: %v", context, c, err)
			}
		}
		if _, err := other.Open(context, sealed); !errors.Is(err, ErrSealed) {
			t.Fatalf("another room opened it: %v", err)
		}
		damaged := bytes.Clone(sealed)
		damaged[rapid.IntRange(0, len(sealed)-1).Draw(t, "at")] ^= byte(rapid.IntRange(1, 255).Draw(t, "bits"))
		if _, err := room.Open(context, damaged); !errors.Is(err, ErrSealed) {
			t.Fatalf("damaged: %v", err)
		}
		if _, err := room.Open(context, sealed[:rapid.IntRange(0, len(sealed)-1).Draw(t, "cut")]); !errors.Is(err, ErrSealed) {
			t.Fatalf("cut: %v", err)
		}
	})
}

func TestALinkCanBeShownAgain(t *testing.T) {
	room, link := NewRoomSecret(), NewLinkSecret()
	for _, role := range []string{"client", "co-counsellor"} {
		if got, err := room.OpenLink(role, room.SealLink(link)); err != nil || got != link {
			t.Errorf("%s: %v", role, err)
		}
	}
	opens := room.Seal(ContextCoCounsellorLink, []byte(Encode(link[:])))
	if got, err := room.OpenLink("co-counsellor", opens); err != nil || got != link {
		t.Errorf("%v", err)
	}
	if _, err := room.OpenLink("client", opens); !errors.Is(err, ErrSealed) {
		t.Errorf("a link that opens the room is shown as a client's: %v", err)
	}
	for _, sealed := range [][]byte{room.Seal(ContextLink, []byte("short")), room.Seal(ContextLabel, []byte(Encode(link[:]))), nil} {
		if _, err := room.OpenLink("client", sealed); !errors.Is(err, ErrSealed) {
			t.Errorf("%v", err)
		}
	}
}

func TestRoomSecretOpensForItsAccountAlone(t *testing.T) {
	wrap, otherWrap := Key{1}, Key{2}
	account, err := NewAccountKey(wrap)
	if err != nil {
		t.Fatal(err)
	}
	private, err := OpenAccountKey(wrap, account.Wrapped)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenAccountKey(otherWrap, account.Wrapped); !errors.Is(err, ErrSealed) {
		t.Errorf("another password opened the key: %v", err)
	}
	secret := NewRoomSecret()
	wrapped, err := secret.Wrap(account.Public)
	if err != nil {
		t.Fatal(err)
	}
	if got, own, err := UnwrapRoomSecret(private, wrapped); err != nil || own || got != secret {
		t.Errorf("Unwrap: own %v, %v", own, err)
	}
	made, err := secret.WrapOwn(private)
	if err != nil {
		t.Fatal(err)
	}
	if got, own, err := UnwrapRoomSecret(private, made); err != nil || !own || got != secret {
		t.Errorf("Unwrap what the account has wrapped: own %v, %v", own, err)
	}
	stranger, err := NewAccountKey(wrap)
	if err != nil {
		t.Fatal(err)
	}
	strangerKey, err := OpenAccountKey(wrap, stranger.Wrapped)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := UnwrapRoomSecret(strangerKey, wrapped); !errors.Is(err, ErrSealed) {
		t.Errorf("another account opened the room's secret: %v", err)
	}
	for cut := range wrapped {
		if _, _, err := UnwrapRoomSecret(private, wrapped[:cut]); !errors.Is(err, ErrSealed) {
			t.Fatalf("cut to %d bytes: %v", cut, err)
		}
	}
	if _, err := secret.Wrap([]byte("no point")); err == nil {
		t.Error("wrapped for something that is no key")
	}
}

func TestLinksSurviveTheirWay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		secret := LinkSecret(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "secret"))
		server := rapid.SampledFrom([]string{"https://host", "http://localhost:8080", "https://host.example:8443"}).Draw(t, "server")
		link := secret.Link(server)
		if want := len(server) + len("/j#") + 22; len(link) != want {
			t.Fatalf("%d characters, want %d", len(link), want)
		}
		gotServer, got, err := ParseLink(link)
		if err != nil || got != secret || gotServer != server {
			t.Fatalf("ParseLink: %q, %v", gotServer, err)
		}
	})
	good := NewLinkSecret().Link("https://host")
	for _, bad := range []string{"", "https://host/j", "https://host/j#", "https://host/k" + good[len("https://host/j"):],
		good[:len(good)-1], good + "A", good + "=", "ftp://host" + good[len("https://host"):], "/j" + good[len("https://host/j"):], "http://[::1/j#x"} {
		if _, _, err := ParseLink(bad); !errors.Is(err, ErrLink) {
			t.Errorf("%q: %v", bad, err)
		} else if secret := good[len(good)-22:]; strings.Contains(err.Error(), secret) {
			t.Errorf("the error repeats the secret: %v", err)
		}
	}
}

func TestTheDerivationsOfALinkAreUnrelated(t *testing.T) {
	secret := NewLinkSecret()
	auth, hash, e2ee := secret.Auth(), secret.AuthHash(), secret.E2EE()
	if auth == e2ee || Key(hash) == auth || Key(hash) == e2ee {
		t.Error("two derivations of a link are the same")
	}
}

func TestProofIsForOneTokenAndOneDevice(t *testing.T) {
	device, err := NewDevice()
	if err != nil {
		t.Fatal(err)
	}
	other, err := NewDevice()
	if err != nil {
		t.Fatal(err)
	}
	proof, err := device.Prove("ticket")
	if err != nil {
		t.Fatal(err)
	}
	if !proofHolds(device.Public(), "ticket", proof) {
		t.Error("a genuine proof does not verify")
	}
	if proofHolds(device.Public(), "another", proof) || proofHolds(other.Public(), "ticket", proof) {
		t.Error("a proof verifies for what it does not prove")
	}
}

// Names that JavaScript's trim, normalize and toLowerCase treat in ways of their own.
func TestNormalNameFollowsJavaScript(t *testing.T) {
	for name, want := range map[string]string{
		"  Ada ":          "ada",
		"\uFEFFada\u3000": "ada",
		"\u0085ada":       "\u0085ada", // NEL is white space for Go, not for JavaScript
		"STRASSE":         "strasse",
		"Straße":          "straße",
		"ΟΔΟΣ":            "οδος",
		"İ":               "i\u0307",
		"Ⅻ":               "xii",
	} {
		if got := NormalName(name); got != want {
			t.Errorf("NormalName(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	device, err := NewDevice()
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []any{Key{1}, RoomSecret{1}, LinkSecret{1}, device} {
		for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
			if got := fmt.Sprintf(format, secret); got != "[secret]" {
				t.Errorf("%T with %s prints %q", secret, format, got)
			}
		}
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "secret", secret)
		if !strings.Contains(log.String(), "secret=[secret]") {
			t.Errorf("%T logs as %s", secret, log.String())
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("AAAA")
	f.Add("AB")
	f.Add("A\nA")
	f.Fuzz(func(t *testing.T, s string) {
		b, err := Decode(s)
		if err == nil && Encode(b) != s {
			t.Errorf("%q and %q are the same bytes", s, Encode(b))
		}
	})
}

func BenchmarkFromPassword(b *testing.B) {
	for b.Loop() {
		FromPassword("default", "beratung@example.org", "correct horse battery staple")
	}
}
