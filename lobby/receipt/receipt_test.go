package receipt

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
)

// kept are settings in memory.
type kept map[string][]byte

func (k kept) Setting(_ context.Context, name string) ([]byte, error) { return k[name], nil }
func (k kept) SwapSetting(_ context.Context, name string, old, value []byte) error {
	if string(k[name]) != string(old) {
		return errors.New("another was faster")
	}
	k[name] = value
	return nil
}

func signer(t *testing.T, k kept) *Signer {
	t.Helper()
	s, err := NewSigner(t.Context(), k)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func example() Receipt {
	began := Rounded(time.Date(2026, 11, 30, 14, 2, 11, 0, time.UTC))
	ended := Rounded(time.Date(2026, 11, 30, 14, 47, 31, 0, time.UTC))
	return Receipt{
		Version: Version, Pseudonym: "ABCDEFGHIJKL", Software: "devel-1234+changes", Policy: "erziehungsberatung",
		ConsentTexts: []string{base64.RawURLEncoding.EncodeToString(make([]byte, 32))},
		Began:        &began, Ended: ended, People: map[string]int{"counsellor": 1, "client": 2},
		Deleted: []Deleted{{"keys", ended}, {"media", ended}},
		Stays:   []Stay{{StaysPersons, 2, BecauseSeries}},
	}
}

func TestSignedAndVerified(t *testing.T) {
	k := kept{}
	s := signer(t, k)
	signed, err := s.Sign(example())
	if err != nil {
		t.Fatal(err)
	}
	// As a browser saves it: spaced in its own way.
	file, err := json.MarshalIndent(signed, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	read, err := Parse(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := read.Verify(s.Public()); err != nil {
		t.Errorf("verify: %v", err)
	}
	if err := read.Verify(signer(t, k).Public()); err != nil {
		t.Errorf("after a restart of the server: %v", err)
	}
	if err := read.Verify(signer(t, kept{}).Public()); !errors.Is(err, ErrKey) {
		t.Errorf("by another installation's key: %v", err)
	}
	for what, change := range map[string]func(*Receipt){
		"people":    func(r *Receipt) { r.People["client"]++ },
		"policy":    func(r *Receipt) { r.Policy = "schutz" },
		"ended":     func(r *Receipt) { r.Ended = r.Ended.Add(Round) },
		"deleted":   func(r *Receipt) { r.Deleted = r.Deleted[:1] },
		"stays":     func(r *Receipt) { r.Stays = nil },
		"pseudonym": func(r *Receipt) { r.Pseudonym = "BBCDEFGHIJKL" },
	} {
		forged, _ := Parse(file)
		change(&forged.Receipt)
		if err := forged.Verify(s.Public()); !errors.Is(err, ErrSignature) {
			t.Errorf("%s changed: %v", what, err)
		}
	}
}

// What could carry something about a person is refused, before it is signed and after it was changed.
func TestNothingPersonalCanStandInIt(t *testing.T) {
	s := signer(t, kept{})
	precise := time.Date(2026, 11, 30, 14, 47, 31, 0, time.UTC)
	for what, change := range map[string]func(*Receipt){
		"a name for a pseudonym": func(r *Receipt) { r.Pseudonym = "Frau Mustermann" },
		"a name for a policy":    func(r *Receipt) { r.Policy = "Frau M." },
		"a name for a version":   func(r *Receipt) { r.Software = "für Frau M." },
		"a text for a hash":      func(r *Receipt) { r.ConsentTexts = []string{"Ich bin Frau Mustermann"} },
		"a text twice":           func(r *Receipt) { r.ConsentTexts = append(r.ConsentTexts, r.ConsentTexts[0]) },
		"a name for a role":      func(r *Receipt) { r.People["Frau M."] = 1 },
		"a precise end":          func(r *Receipt) { r.Ended = precise },
		"a precise beginning":    func(r *Receipt) { r.Began = &precise },
		"a precise deletion":     func(r *Receipt) { r.Deleted[0].At = precise },
		"an unknown kind":        func(r *Receipt) { r.Deleted[0].What = "Frau M." },
		"a kind twice":           func(r *Receipt) { r.Deleted = append(r.Deleted, r.Deleted[0]) },
		"an unknown reason":      func(r *Receipt) { r.Stays[0].Why = "Frau M." },
		"an unknown rest":        func(r *Receipt) { r.Stays[0].What = "Frau M." },
	} {
		r := example()
		change(&r)
		if _, err := s.Sign(r); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", what, err)
		}
		if err := (Signed{r, s.Public().ID, "AAAA"}).Verify(s.Public()); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s, verified: %v", what, err)
		}
	}
	signed, _ := s.Sign(example())
	file, _ := json.Marshal(signed)
	for what, text := range map[string]string{
		"a field more":       strings.Replace(string(file), `{"receipt":{`, `{"receipt":{"name":"Frau M.",`, 1),
		"something after it": string(file) + `{"name":"Frau M."}`,
		"nothing":            "",
		"too much":           string(file) + strings.Repeat(" ", MaxFile),
	} {
		if _, err := Parse([]byte(text)); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestTimesAreRounded(t *testing.T) {
	for at, want := range map[string]string{"14:02:29": "14:00", "14:02:30": "14:05", "14:57:31": "15:00"} {
		precise, _ := time.Parse(time.DateTime, "2026-11-30 "+at)
		if got := Rounded(precise).Format("15:04"); got != want {
			t.Errorf("%s is rounded to %s, not %s", at, got, want)
		}
	}
}

func TestDeskGivesOnceAndForgets(t *testing.T) {
	for what, forget := range map[string]func(*Desk, time.Time){
		"swept":     (*Desk).Sweep,
		"looked at": func(*Desk, time.Time) {},
	} {
		now := time.UnixMilli(1_795_340_000_000)
		d := NewDesk()
		s := d.Open(now)
		anna, ben := s.Promise(), s.Promise()
		if anna == "" || anna == ben {
			t.Fatalf("promises %q, %q", anna, ben)
		}
		if _, err := d.Take(anna, now); err != ErrNotYet {
			t.Errorf("before it is made: %v", err)
		}
		if _, err := d.Take("guessed", now); err != ErrNone {
			t.Errorf("a guess: %v", err)
		}
		s.Fill(Signed{Key: "k"})
		if got, err := d.Take(anna, now); err != nil || got.Key != "k" {
			t.Errorf("taken: %+v, %v", got, err)
		}
		if _, err := d.Take(anna, now); err != ErrNone {
			t.Errorf("again: %v", err)
		}
		later := d.Open(now.Add(Keep - 1))
		cleo := later.Promise()
		now = now.Add(Keep)
		forget(d, now)
		if _, err := d.Take(cleo, now); err != ErrNotYet {
			t.Errorf("%s: with another's: %v", what, err)
		}
		if _, err := d.Take(ben, now); err != ErrNone {
			t.Errorf("after %v: %v", Keep, err)
		}
		s.Fill(Signed{Key: "late"})
		if s.Promise() != "" || len(d.promises) != 1 || len(d.slips) != 1 || s.made != nil {
			t.Errorf("%s: something is remembered", what)
		}
	}
}

// The schema names the fields and the words of the code.
func TestSchema(t *testing.T) {
	raw, err := os.ReadFile("receipt.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema map[string]any
	if err := json.Unmarshal(raw, &schema); err != nil {
		t.Fatal(err)
	}
	at := func(path ...string) any {
		var v any = schema
		for _, p := range path {
			v, _ = v.(map[string]any)[p]
		}
		return v
	}
	names := func(of reflect.Type) map[string]bool {
		all := map[string]bool{}
		for f := range of.Fields() {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			all[name] = true
		}
		return all
	}
	for _, c := range []struct {
		path []string
		of   reflect.Type
	}{
		{nil, reflect.TypeFor[Signed]()},
		{[]string{"properties", "receipt"}, reflect.TypeFor[Receipt]()},
		{[]string{"properties", "receipt", "properties", "deleted", "items"}, reflect.TypeFor[Deleted]()},
		{[]string{"properties", "receipt", "properties", "stays", "items"}, reflect.TypeFor[Stay]()},
	} {
		got := map[string]bool{}
		for name := range at(append(c.path, "properties")...).(map[string]any) {
			got[name] = true
		}
		if !reflect.DeepEqual(got, names(c.of)) {
			t.Errorf("%v: the schema has %v, the code %v", c.path, got, names(c.of))
		}
		if at(append(c.path, "additionalProperties")...) != false {
			t.Errorf("%v: the schema lets other fields pass", c.path)
		}
	}
	words := func(v any) (all []string) {
		for _, w := range v.([]any) {
			all = append(all, w.(string))
		}
		return all
	}
	if got := words(at("properties", "receipt", "properties", "deleted", "items", "properties", "what", "enum")); !reflect.DeepEqual(got, Kinds()) {
		t.Errorf("kinds: %v", got)
	}
	if got := words(at("properties", "receipt", "properties", "people", "propertyNames", "enum")); !reflect.DeepEqual(got, roles) {
		t.Errorf("roles: %v", got)
	}
	for field, of := range map[string]*regexp.Regexp{"pseudonym": pseudonym, "software": software, "policy": word} {
		if got := at("properties", "receipt", "properties", field, "pattern"); got != of.String() {
			t.Errorf("%s: %v, not %v", field, got, of)
		}
	}
}
