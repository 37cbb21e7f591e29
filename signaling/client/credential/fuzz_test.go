package credential

import (
	"errors"
	"strings"
	"testing"
)

// What people paste and type is read as one thing or not at all, and never repeated in an error: it may be a secret.

func FuzzParseLink(f *testing.F) {
	f.Add("https://beratung.example/j#" + strings.Repeat("A", 22))
	f.Add("http://localhost:8080/j#" + NewLinkSecret().Link("")[len("/j#"):])
	f.Add("https://x/j?a=b#%41")
	f.Add("https://[::1]/sub/j#-_-_")
	f.Fuzz(func(t *testing.T, link string) {
		server, secret, err := ParseLink(link)
		if err != nil {
			if !errors.Is(err, ErrLink) || len(link) > 40 && strings.Contains(err.Error(), link[len(link)-22:]) {
				t.Fatalf("%q: %v", link, err)
			}
			return
		}
		if again, same, err := ParseLink(secret.Link(server)); err != nil || again != server || same != secret {
			t.Fatalf("%q came back as %q: %v", link, again, err)
		}
	})
}

func FuzzParseCode(f *testing.F) {
	f.Add("ABCD-EFGH-JKMN")
	f.Add("abcd efgh\u00a0jkmn")
	f.Add("OIL0-OIL1–oil0")
	f.Add("ſſſſ-ıııı-µµµµ")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseCode(text)
		if err != nil {
			if err != ErrCode || c != (Code{}) {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		if strings.Trim(string(c[:]), codeLetters) != "" {
			t.Fatalf("%q is read as %q", text, c[:])
		}
		if again, err := ParseCode(c.Show()); err != nil || again != c {
			t.Fatalf("%q came back as %q: %v", text, again[:], err)
		}
	})
}

func FuzzParsePhrase(f *testing.F) {
	for _, r := range readVectors(f).Recovery {
		f.Add(r.Typed)
	}
	f.Add(strings.Repeat("ﬃ", 40))
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParsePhrase(text)
		if err != nil {
			if !errors.Is(err, ErrPhrase) || p != (Phrase{}) {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		if again, err := ParsePhrase(string(p[:])); err != nil || again != p {
			t.Fatalf("%q came back as another: %v", text, err)
		}
	})
}
