package offer

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"

	"github.com/anteroom-video/anteroom/sfu/transport"
)

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
	if l.Use == transport.Microphone && !slices.Contains(l.extensions, AudioLevelURI) {
		return bad("no audio level") // in a large room nobody would ever hear it
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
	parameters := map[string]string{}
	for _, a := range m.Attributes {
		pt, rest, _ := strings.Cut(a.Value, " ")
		switch a.Key {
		case "rtpmap":
			names[pt] = strings.ToLower(rest)
		case "fmtp":
			parameters[pt] = rest
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
		for _, pt := range m.MediaName.Formats {
			if names[pt] == "red/48000/2" && parameters[pt] == primary+"/"+primary {
				return setPayloadType(&l.red, pt)
			}
		}
		return nil
	}
	repair := func(of string) string {
		for _, pt := range m.MediaName.Formats {
			if names[pt] == "rtx/90000" && apt[pt] == of {
				return pt
			}
		}
		return ""
	}
	if pt := repair(primary); pt != "" {
		l.RTX = true
		if err := setPayloadType(&d.RTX, pt); err != nil {
			return err
		}
	}
	for _, pt := range m.MediaName.Formats {
		if names[pt] != "vp9/90000" || !isVP9(parameters[pt]) {
			continue
		}
		if err := setPayloadType(&l.vp9, pt); err != nil {
			return err
		}
		if again := repair(pt); again != "" {
			return setPayloadType(&l.vp9RTX, again)
		}
		return nil
	}
	return nil
}

// isVP9 reports whether parameters name profile 0, which is also meant where none is named (RFC 9628 section 6).
func isVP9(parameters string) bool {
	for p := range strings.SplitSeq(parameters, ";") {
		if v, ok := strings.CutPrefix(strings.TrimSpace(p), "profile-id="); ok {
			return v == "0"
		}
	}
	return true
}

// agree sets the payload types that count only where every line of their kind has them, and with one number.
func (d *Description) agree() {
	of := func(kind transport.Kind, number func(*Line) uint8) uint8 {
		agreed, seen := uint8(0), false
		for i := range d.Lines {
			if l := &d.Lines[i]; l.Use.Kind() == kind {
				if n := number(l); n == 0 || seen && n != agreed {
					return 0
				} else {
					agreed, seen = n, true
				}
			}
		}
		return agreed
	}
	d.RED = of(transport.Audio, func(l *Line) uint8 { return l.red })
	d.VP9 = of(transport.Video, func(l *Line) uint8 { return l.vp9 })
	if d.VP9 != 0 {
		d.VP9RTX = of(transport.Video, func(l *Line) uint8 { return l.vp9RTX })
	}
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
		if at < 0 || !slices.Contains(known[at].Kinds, l.Use.Kind()) || known[at].Inbound && !l.Use.Sends() {
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
