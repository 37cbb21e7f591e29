package wire

import (
	"errors"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// The standard library's decoder takes the last of two equal keys, matches keys whatever their case and replaces what
// is not UTF-8. Two readers of one message could then understand two things, which has been used to forge messages
// in systems of this kind (Jitsi JSA-2023-0001). So the text is parsed here, to a tree that has none of these liberties.

type kind byte

const (
	kindNull kind = iota
	kindFalse
	kindTrue
	kindNumber
	kindString
	kindList
	kindObject
)

// value is one JSON value (RFC 8259). Strings are kept unescaped, numbers as they were written.
type value struct {
	kind    kind
	text    string
	items   []value
	members []member
}

type member struct {
	name  string
	value value
}

var (
	errSyntax    = errors.New("not JSON")
	errUTF8      = errors.New("not UTF-8")
	errDepth     = errors.New("nested too deeply")
	errDuplicate = errors.New("duplicate key")
	errTooMany   = errors.New("too many values")
	errTrailing  = errors.New("data after the message")
)

// parse reads exactly one JSON value.
func parse(data []byte) (value, error) {
	if !utf8.Valid(data) {
		return value{}, errUTF8
	}
	p := parser{data: data}
	v, err := p.value(0)
	if err != nil {
		return value{}, err
	}
	if p.space(); p.at < len(p.data) {
		return value{}, errTrailing
	}
	return v, nil
}

type parser struct {
	data   []byte
	at     int
	values int
}

func (p *parser) space() {
	for p.at < len(p.data) {
		switch p.data[p.at] {
		case ' ', '\t', '\n', '\r':
			p.at++
		default:
			return
		}
	}
}

// peek skips white space and gives the next byte, 0 at the end (a NUL byte is no JSON either).
func (p *parser) peek() byte {
	p.space()
	if p.at == len(p.data) {
		return 0
	}
	return p.data[p.at]
}

func (p *parser) value(depth int) (value, error) {
	if p.values++; p.values > MaxValues {
		return value{}, errTooMany
	}
	switch c := p.peek(); {
	case c == '{':
		return p.object(depth + 1)
	case c == '[':
		return p.list(depth + 1)
	case c == '"':
		text, err := p.string()
		return value{kind: kindString, text: text}, err
	case c == '-' || '0' <= c && c <= '9':
		text, err := p.number()
		return value{kind: kindNumber, text: text}, err
	case c == 'n':
		return value{kind: kindNull}, p.word("null")
	case c == 'f':
		return value{kind: kindFalse}, p.word("false")
	case c == 't':
		return value{kind: kindTrue}, p.word("true")
	}
	return value{}, errSyntax
}

func (p *parser) word(w string) error {
	if len(p.data)-p.at < len(w) || string(p.data[p.at:p.at+len(w)]) != w {
		return errSyntax
	}
	p.at += len(w)
	return nil
}

func (p *parser) object(depth int) (value, error) {
	if depth > MaxDepth {
		return value{}, errDepth
	}
	v := value{kind: kindObject}
	p.at++
	if p.peek() == '}' {
		p.at++
		return v, nil
	}
	for {
		if p.peek() != '"' {
			return value{}, errSyntax
		}
		name, err := p.string()
		if err != nil {
			return value{}, err
		}
		if _, twice := v.member(name); twice {
			return value{}, errDuplicate
		}
		if len(v.members) == MaxMembers {
			return value{}, errTooMany
		}
		if p.peek() != ':' {
			return value{}, errSyntax
		}
		p.at++
		val, err := p.value(depth)
		if err != nil {
			return value{}, err
		}
		v.members = append(v.members, member{name, val})
		switch p.peek() {
		case ',':
			p.at++
		case '}':
			p.at++
			return v, nil
		default:
			return value{}, errSyntax
		}
	}
}

func (p *parser) list(depth int) (value, error) {
	if depth > MaxDepth {
		return value{}, errDepth
	}
	v := value{kind: kindList}
	p.at++
	if p.peek() == ']' {
		p.at++
		return v, nil
	}
	for {
		item, err := p.value(depth)
		if err != nil {
			return value{}, err
		}
		v.items = append(v.items, item)
		switch p.peek() {
		case ',':
			p.at++
		case ']':
			p.at++
			return v, nil
		default:
			return value{}, errSyntax
		}
	}
}

// number reads a number by the grammar of RFC 8259 section 6.
func (p *parser) number() (string, error) {
	start := p.at
	if p.data[p.at] == '-' {
		p.at++
	}
	if p.at < len(p.data) && p.data[p.at] == '0' {
		p.at++
	} else if !p.digits() {
		return "", errSyntax
	}
	if p.at < len(p.data) && p.data[p.at] == '.' {
		p.at++
		if !p.digits() {
			return "", errSyntax
		}
	}
	if p.at < len(p.data) && (p.data[p.at] == 'e' || p.data[p.at] == 'E') {
		p.at++
		if p.at < len(p.data) && (p.data[p.at] == '+' || p.data[p.at] == '-') {
			p.at++
		}
		if !p.digits() {
			return "", errSyntax
		}
	}
	return string(p.data[start:p.at]), nil
}

func (p *parser) digits() bool {
	start := p.at
	for p.at < len(p.data) && '0' <= p.data[p.at] && p.data[p.at] <= '9' {
		p.at++
	}
	return p.at > start
}

// string reads a string from its opening quote on.
func (p *parser) string() (string, error) {
	p.at++
	start := p.at
	for p.at < len(p.data) {
		switch c := p.data[p.at]; {
		case c == '"':
			s := string(p.data[start:p.at])
			p.at++
			return s, nil
		case c == '\\':
			return p.escaped(append([]byte(nil), p.data[start:p.at]...))
		case c < ' ':
			return "", errSyntax
		}
		p.at++
	}
	return "", errSyntax
}

// escaped goes on with a string from its first escape; text is what came before.
func (p *parser) escaped(text []byte) (string, error) {
	for p.at < len(p.data) {
		c := p.data[p.at]
		p.at++
		switch {
		case c == '"':
			return string(text), nil
		case c < ' ':
			return "", errSyntax
		case c != '\\':
			text = append(text, c)
			continue
		}
		if p.at == len(p.data) {
			break
		}
		c = p.data[p.at]
		p.at++
		switch c {
		case '"', '\\', '/':
			text = append(text, c)
		case 'b':
			text = append(text, '\b')
		case 'f':
			text = append(text, '\f')
		case 'n':
			text = append(text, '\n')
		case 'r':
			text = append(text, '\r')
		case 't':
			text = append(text, '\t')
		case 'u':
			r, err := p.unicode()
			if err != nil {
				return "", err
			}
			text = utf8.AppendRune(text, r)
		default:
			return "", errSyntax
		}
	}
	return "", errSyntax
}

// unicode reads the rest of \uXXXX, and the second half of a surrogate pair. Half a pair is not Unicode text.
func (p *parser) unicode() (rune, error) {
	high, err := p.hex4()
	if err != nil || !utf16.IsSurrogate(high) {
		return high, err
	}
	if err := p.word(`\u`); err != nil {
		return 0, errUTF8
	}
	low, err := p.hex4()
	if err != nil {
		return 0, err
	}
	r := utf16.DecodeRune(high, low)
	if r == utf8.RuneError {
		return 0, errUTF8
	}
	return r, nil
}

func (p *parser) hex4() (rune, error) {
	if len(p.data)-p.at < 4 {
		return 0, errSyntax
	}
	digits := p.data[p.at : p.at+4]
	n, err := strconv.ParseUint(string(digits), 16, 32)
	if err != nil {
		return 0, errSyntax
	}
	p.at += 4
	return rune(n), nil
}

// member finds a member of an object. An object has at most MaxMembers, so a search is as good as a map.
func (v value) member(name string) (value, bool) {
	for _, m := range v.members {
		if m.name == name {
			return m.value, true
		}
	}
	return value{}, false
}
