package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/lobby/receipt"
	"github.com/anteroom-video/anteroom/lobby/sqlstore"
)

// A receipt of this installation is told apart from a changed one and from another's, with a node and without.
func TestReceiptVerify(t *testing.T) {
	p := newPlace(t)
	p.counsellor("ada")
	store, err := sqlstore.Open(t.Context(), sqlstore.Config{Dir: p.state, KeyFile: filepath.Join(filepath.Dir(p.state), "key")})
	if err != nil {
		t.Fatal(err)
	}
	signer, err := receipt.NewSigner(t.Context(), store)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	at := receipt.Rounded(time.UnixMilli(1_795_340_000_000))
	signed, err := signer.Sign(receipt.Receipt{
		Version: receipt.Version, Pseudonym: "ABCDEFGHIJKLMN", Software: "v1", Policy: "schule", Ended: at,
		People: map[string]int{"client": 1}, Deleted: []receipt.Deleted{{What: "room", At: at}},
	})
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, v any) string {
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	genuine, key := write("receipt.json", signed), write("key.json", signer.Public())
	forged := signed
	forged.Receipt.Policy = "schutz"
	other := signer.Public()
	other.Public = strings.Repeat("A", len(other.Public))
	for name, test := range map[string]struct {
		args []string
		code int
		says string
	}{
		"genuine":           {[]string{genuine}, exitOK, "genuine"},
		"by the key":        {[]string{genuine, "--key", key}, exitOK, "ABCDEFGHIJKLMN"},
		"changed":           {[]string{write("forged.json", forged)}, exitFailed, "NOT genuine"},
		"by another key":    {[]string{genuine, "--key", write("other.json", other)}, exitFailed, "another installation"},
		"no receipt":        {[]string{key}, exitFailed, "no deletion receipt"},
		"no file":           {[]string{filepath.Join(t.TempDir(), "none")}, exitFailed, "none"},
		"the key is no key": {[]string{genuine, "--key", genuine}, exitFailed, ""},
	} {
		r := p.run("", append([]string{"receipt", "verify"}, test.args...)...)
		if r.code != test.code || !strings.Contains(r.out+r.err, test.says) {
			t.Errorf("%s: %d, %s%s", name, r.code, r.out, r.err)
		}
	}
	p.serve()
	if out := p.ok("", "receipt", "verify", genuine, "--json"); !strings.Contains(out, `"pseudonym":"ABCDEFGHIJKLMN"`) {
		t.Error(out)
	}
}
