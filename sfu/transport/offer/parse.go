package offer

import (
	"slices"
	"strings"

	"github.com/pion/sdp/v3"

	"github.com/anteroom-video/anteroom/sfu/transport"
)

// Parse reads an offer. Errors wrap [transport.ErrBadOffer] and say what is wrong without quoting the offer.
func Parse(o transport.Offer) (*Description, error) {
	if len(o.SDP) > MaxBytes {
		return nil, bad("too large")
	}
	if n := strings.Count(o.SDP, "\nm="); n == 0 || n > MaxLines || n != len(o.Lines) {
		return nil, bad("%d m-lines, %d described", n, len(o.Lines))
	}
	if err := checkLines(o.Lines); err != nil {
		return nil, err
	}
	var parsed sdp.SessionDescription
	if err := parsed.UnmarshalString(o.SDP); err != nil {
		return nil, bad("not a session description")
	}
	if len(parsed.MediaDescriptions) != len(o.Lines) {
		return nil, bad("%d m-lines, %d described", len(parsed.MediaDescriptions), len(o.Lines))
	}
	if _, lite := parsed.Attribute("ice-lite"); lite {
		return nil, bad("ice-lite")
	}
	d := &Description{Lines: make([]Line, len(o.Lines))}
	if err := d.readBundle(&parsed, o.Lines); err != nil {
		return nil, err
	}
	if err := d.readConnection(&parsed); err != nil {
		return nil, err
	}
	for i, m := range parsed.MediaDescriptions {
		l := &d.Lines[i]
		l.Line = o.Lines[i]
		if err := d.readMedia(m, l); err != nil {
			return nil, err
		}
	}
	d.agree()
	if err := d.checkNumbers(); err != nil {
		return nil, err
	}
	return d, nil
}

// checkLines holds what the client says about its lines to the contract.
func checkLines(lines []transport.Line) error {
	mids := make(map[string]bool, len(lines))
	type seat struct {
		use  transport.Use
		slot int
	}
	seats := make(map[seat]bool, len(lines))
	for _, l := range lines {
		if !isToken(l.Mid) || mids[l.Mid] {
			return bad("mid")
		}
		mids[l.Mid] = true
		s := seat{use: l.Use}
		switch {
		case l.Use.Sends():
			if l.Slot != 0 {
				return bad("slot of a line that sends")
			}
		case l.Use == transport.SlotAudio || l.Use == transport.SlotVideo:
			if l.Slot < 0 || l.Slot >= MaxSlots {
				return bad("slot out of range")
			}
			s.slot = l.Slot
		default:
			return bad("unknown use")
		}
		if seats[s] {
			return bad("two lines of one use")
		}
		seats[s] = true
	}
	return nil
}

// readBundle wants exactly one BUNDLE group with every line in it.
func (d *Description) readBundle(s *sdp.SessionDescription, lines []transport.Line) error {
	var group []string
	for _, a := range s.Attributes {
		if a.Key != "group" {
			continue
		}
		words := strings.Fields(a.Value)
		if len(words) == 0 || words[0] != "BUNDLE" {
			continue
		}
		if group != nil {
			return bad("two BUNDLE groups")
		}
		group = words[1:]
	}
	if len(group) != len(lines) {
		return bad("BUNDLE does not hold every line")
	}
	for _, l := range lines {
		if !slices.Contains(group, l.Mid) {
			return bad("BUNDLE does not hold every line")
		}
	}
	return nil
}

// readConnection reads what is common to the whole bundle: the session's, or else the first line's; no line may differ.
func (d *Description) readConnection(s *sdp.SessionDescription) error {
	one := func(key string, into *string) error {
		set := func(v string) error {
			if *into != "" && *into != v {
				return bad("%s differs between lines", key)
			}
			*into = v
			return nil
		}
		for _, a := range s.Attributes {
			if a.Key == key {
				if err := set(a.Value); err != nil {
					return err
				}
			}
		}
		for _, m := range s.MediaDescriptions {
			for _, a := range m.Attributes {
				if a.Key == key {
					if err := set(a.Value); err != nil {
						return err
					}
				}
			}
		}
		if *into == "" {
			return bad("no %s", key)
		}
		return nil
	}
	var setup string
	for key, into := range map[string]*string{
		"ice-ufrag": &d.UsernameFragment, "ice-pwd": &d.Password, "fingerprint": &d.Fingerprint, "setup": &setup,
	} {
		if err := one(key, into); err != nil {
			return err
		}
	}
	// RFC 8839 section 5.4.
	if !isICE(d.UsernameFragment, 4, 256) || !isICE(d.Password, 22, 256) {
		return bad("ICE credentials")
	}
	if setup != "actpass" && setup != "active" {
		return bad("setup")
	}
	return d.checkFingerprint()
}

// checkFingerprint wants a hash that is still trusted and writes it in one form.
func (d *Description) checkFingerprint() error {
	hash, value, ok := strings.Cut(d.Fingerprint, " ")
	hash, value = strings.ToLower(hash), strings.ToUpper(strings.TrimSpace(value))
	size := map[string]int{"sha-256": 32, "sha-384": 48, "sha-512": 64}[hash]
	if !ok || size == 0 || len(value) != 3*size-1 {
		return bad("fingerprint")
	}
	for i := range len(value) {
		c := value[i]
		isHex := c >= '0' && c <= '9' || c >= 'A' && c <= 'F'
		if (i%3 == 2) != (c == ':') || i%3 != 2 && !isHex {
			return bad("fingerprint")
		}
	}
	d.Fingerprint = hash + " " + value
	return nil
}

// checkNumbers refuses numbers with two meanings, and SSRCs declared in two lines.
func (d *Description) checkNumbers() error {
	seen := map[uint8]bool{}
	for _, pt := range []uint8{d.Opus, d.RED, d.VP8, d.RTX, d.VP9, d.VP9RTX} {
		if pt != 0 && seen[pt] {
			return bad("payload type with two meanings")
		}
		seen[pt] = true
	}
	clear(seen)
	for _, e := range Known() {
		if id := *d.Extensions.field(e.URI); id != 0 {
			if seen[id] {
				return bad("header extension id with two meanings")
			}
			seen[id] = true
		}
	}
	ssrcs := map[uint32]bool{}
	for _, l := range d.Lines {
		for _, s := range l.Sources {
			if ssrcs[s.SSRC] {
				return bad("ssrc in two lines")
			}
			ssrcs[s.SSRC] = true
		}
	}
	return nil
}

// isToken: the letters that browsers and RFC 9143 section 5 allow, short enough for the header extension.
func isToken(s string) bool {
	return s != "" && len(s) <= maxToken && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r > '~' || strings.ContainsRune(`"(),/:;<=>?@[\]`, r)
	})
}

func isAlphanumeric(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
}

// isICE: ice-char of RFC 8839 section 5.4.
func isICE(s string, low, high int) bool {
	return len(s) >= low && len(s) <= high && isAlphanumeric(strings.NewReplacer("+", "0", "/", "0").Replace(s))
}
