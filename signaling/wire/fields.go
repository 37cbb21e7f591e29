package wire

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
)

// fields reads the members of one object under bounds. The first violation is kept and every later read gives a zero
// value, so that a decoder reads like a list of its fields.
type fields struct {
	object value
	path   string
	err    *error
}

// child reads an object within f's; what is wrong with it is f's error.
func (f *fields) child(name string, v value) *fields {
	c := &fields{object: v, path: f.path + "." + name, err: f.err}
	if v.kind != kindObject {
		f.fail(name, "not an object")
		c.object = value{kind: kindObject}
	}
	return c
}

// fail notes what is wrong with a field: its name and the rule, never what stood there.
func (f *fields) fail(name, rule string) {
	if *f.err == nil {
		*f.err = fmt.Errorf("%w: %s.%s: %s", ErrBadMessage, f.path, name, rule)
	}
}

func (f *fields) has(name string) bool {
	_, ok := f.object.member(name)
	return ok
}

// want finds a member that must be there and be of one kind.
func (f *fields) want(name string, k kind) (value, bool) {
	v, ok := f.object.member(name)
	switch {
	case *f.err != nil:
	case !ok:
		f.fail(name, "missing")
	case v.kind != k:
		f.fail(name, "of the wrong kind")
	}
	return v, *f.err == nil
}

func (f *fields) string(name string, longest int) string {
	v, ok := f.want(name, kindString)
	if !ok {
		return ""
	}
	if len(v.text) > longest {
		f.fail(name, "too long")
		return ""
	}
	return v.text
}

// word is a string of at least one and at most longest printable ASCII characters: an id, a name, a token.
func (f *fields) word(name string, longest int) string {
	s := f.string(name, longest)
	if *f.err == nil && !isWord(s) {
		f.fail(name, "not a word of printable ASCII")
		return ""
	}
	return s
}

func isWord(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return s != ""
}

func (f *fields) id(name string) string { return f.word(name, MaxID) }

func (f *fields) number(name string, least, most int64) int64 {
	v, ok := f.want(name, kindNumber)
	if !ok {
		return 0
	}
	n, err := strconv.ParseInt(v.text, 10, 64)
	if err != nil || n < least || n > most {
		f.fail(name, "not a whole number within its bounds")
		return 0
	}
	return n
}

func (f *fields) bool(name string) bool {
	v, ok := f.object.member(name)
	switch {
	case *f.err != nil:
	case !ok:
		f.fail(name, "missing")
	case v.kind != kindTrue && v.kind != kindFalse:
		f.fail(name, "of the wrong kind")
	}
	return v.kind == kindTrue
}

func (f *fields) bytes(name string, longest int) Bytes {
	v, ok := f.want(name, kindString)
	if !ok {
		return nil
	}
	if len(v.text) > base64.RawURLEncoding.EncodedLen(longest) {
		f.fail(name, "too long")
		return nil
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(v.text)
	if err != nil || len(b) == 0 || base64.RawURLEncoding.EncodeToString(b) != v.text {
		f.fail(name, "not base64url without padding")
		return nil
	}
	return b
}

// sub reads a member that is itself an object.
func (f *fields) sub(name string) *fields {
	v, ok := f.want(name, kindObject)
	if !ok {
		v = value{kind: kindObject}
	}
	return f.child(name, v)
}

// oneOf reads a string that must be one of a few.
func oneOf[T ~string](f *fields, name string, allowed ...T) T {
	s := T(f.string(name, MaxName))
	if *f.err == nil && !slices.Contains(allowed, s) {
		f.fail(name, "not one of its values")
		return ""
	}
	return s
}

// flag reads a truth that is left out where it is not so.
func (f *fields) flag(name string) bool { return f.has(name) && f.bool(name) }

// list reads a list of objects; it is never nil, so that an empty list stays one.
func list[T any](f *fields, name string, most int, read func(*fields) T) []T {
	v, ok := f.want(name, kindList)
	if !ok {
		return nil
	}
	if len(v.items) > most {
		f.fail(name, "too many")
		return nil
	}
	out := make([]T, 0, len(v.items))
	for _, item := range v.items {
		out = append(out, read(f.child(name, item)))
	}
	return out
}

// words reads a list of printable ASCII strings.
func (f *fields) words(name string, most, longest int) []string {
	v, ok := f.want(name, kindList)
	if !ok {
		return nil
	}
	if len(v.items) > most {
		f.fail(name, "too many")
		return nil
	}
	out := make([]string, 0, len(v.items))
	for _, item := range v.items {
		if item.kind != kindString || len(item.text) > longest || !isWord(item.text) {
			f.fail(name, "not a list of words of printable ASCII")
			return nil
		}
		out = append(out, item.text)
	}
	return out
}

// numbers reads a list of whole numbers from 0 to below.
func (f *fields) numbers(name string, most, below int) []int {
	v, ok := f.want(name, kindList)
	if !ok {
		return nil
	}
	if len(v.items) > most {
		f.fail(name, "too many")
		return nil
	}
	out := make([]int, 0, len(v.items))
	for _, item := range v.items {
		n, err := strconv.ParseUint(item.text, 10, 31)
		if item.kind != kindNumber || err != nil || int(n) >= below {
			f.fail(name, "not a list of whole numbers within their bounds")
			return nil
		}
		out = append(out, int(n))
	}
	return out
}
