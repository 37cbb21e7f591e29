package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// Every message of the document meets what strangers do to it: cut anywhere, made too long, given a field of another kind. It is refused by a
// code of its own or means what it meant; it is never another message.
func TestEveryMessageInEveryBadForm(t *testing.T) {
	for i, example := range examples(t) {
		m, decode, _ := decodeExample(t, example)
		t.Run(fmt.Sprintf("%d %s", i, m.Body.Type()), func(t *testing.T) {
			for n := range len(example) {
				if got, err := decode([]byte(example[:n])); !errors.Is(err, ErrBadMessage) || got.Body != nil {
					t.Fatalf("cut off after %d bytes: %+v, %v", n, got, err)
				}
			}
			pad := func(size int) []byte {
				head := `{"x":"`
				return []byte(head + strings.Repeat("x", size-len(head)-len(`",`)-len(example)+1) + `",` + example[1:])
			}
			for _, size := range []int{MaxMessage, MaxMessage + 1, MaxLargeMessage, MaxLargeMessage + 1} {
				got, err := decode(pad(size))
				if fits := size <= MaxMessage || size <= MaxLargeMessage && large(m.Body); fits != (err == nil) || !fits && !errors.Is(err, ErrTooLarge) || fits && !reflect.DeepEqual(got, m) {
					t.Errorf("of %d bytes: %v", size, err)
				}
			}
			var whole map[string]any
			if err := json.Unmarshal([]byte(example), &whole); err != nil {
				t.Fatal(err)
			}
			for field := range everyField("", whole) {
				for _, bad := range []any{nil, []any{[]any{}}, map[string]any{"a": map[string]any{}}, 0.5, -1, 1e300, true, "", "\x00", strings.Repeat("ü", 5000)} {
					var changed map[string]any
					_ = json.Unmarshal([]byte(example), &changed)
					set(changed, field, bad)
					data, err := json.Marshal(changed)
					if err != nil {
						t.Fatal(err)
					}
					got, err := decode(data)
					switch {
					case err != nil && (got.Body != nil || CodeOf(err) == CodeInternal):
						t.Errorf("%s is %v: %+v, %v", field, bad, got, err)
					case err == nil && bad == nil:
						t.Errorf("%s is null: %+v", field, got)
					case err == nil && field != ".type" && got.Body.Type() != m.Body.Type():
						t.Errorf("%s is %v: another message, %+v", field, bad, got)
					}
				}
			}
		})
	}
}

// everyField are the paths of a value's fields, at all levels.
func everyField(path string, v any) map[string]bool {
	all := map[string]bool{}
	below := func(name string, child any) {
		all[path+"."+name] = true
		for field := range everyField(path+"."+name, child) {
			all[field] = true
		}
	}
	switch v := v.(type) {
	case map[string]any:
		for name, child := range v {
			below(name, child)
		}
	case []any:
		for i, child := range v {
			below(fmt.Sprint(i), child)
		}
	}
	return all
}

// set puts a value where the path says.
func set(in any, path string, value any) {
	name, rest, deeper := strings.Cut(path[1:], ".")
	switch in := in.(type) {
	case map[string]any:
		if deeper {
			set(in[name], "."+rest, value)
		} else {
			in[name] = value
		}
	case []any:
		var i int
		_, _ = fmt.Sscan(name, &i)
		if deeper {
			set(in[i], "."+rest, value)
		} else {
			in[i] = value
		}
	}
}
