package credential

import (
	"errors"
	"testing"
)

func TestCodesAreReadAsPeopleWriteThem(t *testing.T) {
	link := LinkSecret{1, 2, 3}
	code := link.Code()
	for _, text := range []string{code.Show(), string(code[:]), " " + code.Show() + "\n"} {
		if got, err := ParseCode(text); err != nil || got != code {
			t.Errorf("%q: %v", text, err)
		}
	}
	want, err := ParseCode("0011-ABCD-EFGH")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"oOiL abcd efgh", "0o1l–abcd–efgh", "0 0 1 1 a b c d e f g h"} {
		if got, err := ParseCode(text); err != nil || got != want {
			t.Errorf("%q: %q, %v", text, got[:], err)
		}
	}
	for _, text := range []string{"", "0011-ABCD-EFG", "0011-ABCD-EFGHJ", "0011-ABCD-EFGU", "0011-ABCD-EFG!", "0011-ABCD-ÄFGH"} {
		if _, err := ParseCode(text); !errors.Is(err, ErrCode) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
