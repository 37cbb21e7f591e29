package offer

import (
	"slices"
	"strconv"
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

// readMedia reads one m-line.
func (d *Description) readMedia(m *sdp.MediaDescription, l *Line) error {
	if m.MediaName.Media != l.Use.Kind().String() {
		return bad("media of another kind")
	}
	if strings.Join(m.MediaName.Protos, "/") != "UDP/TLS/RTP/SAVPF" {
		return bad("transport protocol")
	}
	if mid, _ := m.Attribute("mid"); mid != l.Mid {
		return bad("mid")
	}
	if _, ok := m.Attribute("rtcp-mux"); !ok {
		return bad("no rtcp-mux")
	}
	if m.MediaName.Port.Value == 0 {
		if _, ok := m.Attribute("bundle-only"); !ok {
			return bad("rejected line")
		}
		l.port0 = true
	}
	want := "recvonly"
	if l.Use.Sends() {
		want = "sendonly"
	}
	for _, direction := range []string{"sendrecv", "sendonly", "recvonly", "inactive"} {
		if _, ok := m.Attribute(direction); ok != (direction == want) {
			return bad("direction")
		}
	}
	if err := d.readFormats(m, l); err != nil {
		return err
	}
	if err := d.readExtensions(m, l); err != nil {
		return err
	}
	if !l.Use.Sends() {
		return nil
	}
	if err := readRIDs(m, l); err != nil {
		return err
	}
	return readSources(m, l)
}

// readFormats finds the payload types that we speak among those offered.
func (d *Description) readFormats(m *sdp.MediaDescription, l *Line) error {
	names := map[string]string{}
	apt := map[string]string{}
	for _, a := range m.Attributes {
		pt, rest, _ := strings.Cut(a.Value, " ")
		switch a.Key {
		case "rtpmap":
			names[pt] = strings.ToLower(rest)
		case "fmtp":
			if v, ok := strings.CutPrefix(rest, "apt="); ok {
				apt[pt] = v
			}
		}
	}
	codec, into := "opus/48000/2", &d.Opus
	if l.Use.Kind() == transport.Video {
		codec, into = "vp8/90000", &d.VP8
	}
	var primary string
	for _, pt := range m.MediaName.Formats {
		if primary == "" && names[pt] == codec {
			primary = pt
			if err := setPayloadType(into, pt); err != nil {
				return err
			}
		}
	}
	if primary == "" {
		return bad("no codec in common")
	}
	if l.Use.Kind() == transport.Audio {
		return nil
	}
	for _, pt := range m.MediaName.Formats {
		if names[pt] == "rtx/90000" && apt[pt] == primary {
			l.RTX = true
			return setPayloadType(&d.RTX, pt)
		}
	}
	return nil
}

// setPayloadType wants a dynamic number that cannot be taken for RTCP (RFC 5761 section 4), and the same in every line.
func setPayloadType(into *uint8, pt string) error {
	n, err := strconv.ParseUint(pt, 10, 8)
	if err != nil || n < 35 || n > 127 || n >= 64 && n <= 95 {
		return bad("payload type")
	}
	if *into != 0 && *into != uint8(n) {
		return bad("payload types differ between lines")
	}
	*into = uint8(n)
	return nil
}

// readExtensions takes the header extensions we know. Unknown ones are left out of the answer and are never sent.
func (d *Description) readExtensions(m *sdp.MediaDescription, l *Line) error {
	known := Known()
	for _, a := range m.Attributes {
		if a.Key != "extmap" {
			continue
		}
		number, rest, _ := strings.Cut(a.Value, " ")
		uri, _, _ := strings.Cut(rest, " ")
		at := slices.IndexFunc(known, func(e Extension) bool { return e.URI == uri })
		if at < 0 || !slices.Contains(known[at].Kinds, l.Use.Kind()) {
			continue
		}
		number, _, _ = strings.Cut(number, "/")
		id, err := strconv.ParseUint(number, 10, 8)
		if err != nil || id == 0 {
			return bad("header extension id")
		}
		if id > 14 {
			continue // needs the two-byte form, which we do not write
		}
		into := d.Extensions.field(uri)
		if *into != 0 && *into != uint8(id) {
			return bad("header extension ids differ between lines")
		}
		*into = uint8(id)
		l.extensions = append(l.extensions, uri)
	}
	return nil
}

// readRIDs reads simulcast layers (RFC 8851, RFC 8853); alternatives and restrictions of formats are not supported.
func readRIDs(m *sdp.MediaDescription, l *Line) error {
	for _, a := range m.Attributes {
		switch a.Key {
		case "rid":
			words := strings.Fields(a.Value)
			if len(words) < 2 || words[1] != "send" || !isAlphanumeric(words[0]) || len(words[0]) > maxToken {
				return bad("rid")
			}
			if l.Use.Kind() != transport.Video || slices.Contains(l.RIDs, words[0]) || len(l.RIDs) == MaxRIDs {
				return bad("rids")
			}
			l.RIDs = append(l.RIDs, words[0])
		case "simulcast":
			list, ok := strings.CutPrefix(a.Value, "send ")
			if !ok || strings.ContainsAny(list, ", ") {
				return bad("simulcast")
			}
		}
	}
	if v, ok := m.Attribute("simulcast"); ok {
		list := strings.Split(strings.TrimPrefix(v, "send "), ";")
		for i := range list {
			list[i] = strings.TrimPrefix(list[i], "~")
		}
		// The order of the simulcast list is that of the layers; a=rid lines may come in any.
		if len(list) != len(l.RIDs) {
			return bad("simulcast names other rids")
		}
		for _, rid := range l.RIDs {
			if !slices.Contains(list, rid) {
				return bad("simulcast names other rids")
			}
		}
		l.RIDs = list
	} else if len(l.RIDs) > 0 {
		return bad("rids without simulcast")
	}
	return nil
}

// readSources reads declared SSRCs, which clients without the mid extension are told apart by.
func readSources(m *sdp.MediaDescription, l *Line) error {
	repairs := map[uint32]uint32{}
	for _, a := range m.Attributes {
		if a.Key != "ssrc-group" {
			continue
		}
		words := strings.Fields(a.Value)
		if len(words) != 3 || words[0] != "FID" {
			continue
		}
		primary, err1 := strconv.ParseUint(words[1], 10, 32)
		repair, err2 := strconv.ParseUint(words[2], 10, 32)
		if err1 != nil || err2 != nil || primary == repair || len(repairs) == maxSSRCs {
			return bad("ssrc-group")
		}
		repairs[uint32(repair)] = uint32(primary)
	}
	for _, a := range m.Attributes {
		if a.Key != "ssrc" {
			continue
		}
		word, _, _ := strings.Cut(a.Value, " ")
		n, err := strconv.ParseUint(word, 10, 32)
		if err != nil {
			return bad("ssrc")
		}
		ssrc := uint32(n)
		if slices.ContainsFunc(l.Sources, func(s Source) bool { return s.SSRC == ssrc }) {
			continue
		}
		if len(l.Sources) == maxSSRCs {
			return bad("too many ssrcs")
		}
		l.Sources = append(l.Sources, Source{SSRC: ssrc, RepairOf: repairs[ssrc]})
	}
	return nil
}

// checkNumbers refuses numbers with two meanings, and SSRCs declared in two lines.
func (d *Description) checkNumbers() error {
	seen := map[uint8]bool{}
	for _, pt := range []uint8{d.Opus, d.VP8, d.RTX} {
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
