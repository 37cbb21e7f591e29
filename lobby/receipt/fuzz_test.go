package receipt

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"
)

// Whatever file somebody shows as a receipt: it is refused by an error of this package, or is what it says, and nobody signed it but who did.
func FuzzParse(f *testing.F) {
	s := signer(f, kept{})
	good, err := s.Sign(example())
	if err != nil {
		f.Fatal(err)
	}
	file, err := json.Marshal(good)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file)
	f.Add([]byte(`{"receipt":{"version":1,"people":{"client":1}},"key":"","signature":""}`))
	f.Add([]byte(`{"receipt":null}{}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := Parse(file)
		if err != nil {
			if !errors.Is(err, ErrInvalid) || !reflect.DeepEqual(r, Signed{}) {
				t.Fatalf("%q: %v", file, err)
			}
			return
		}
		switch err := r.Verify(s.Public()); {
		case err == nil:
			said, _ := r.Receipt.bytes()
			if want, _ := good.Receipt.bytes(); string(said) != string(want) {
				t.Fatalf("signed is %s", said)
			}
		case !errors.Is(err, ErrInvalid) && !errors.Is(err, ErrKey) && !errors.Is(err, ErrSignature):
			t.Fatalf("%q: %v", file, err)
		}
	})
}
