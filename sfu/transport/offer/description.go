package offer

import (
	"fmt"
	"slices"
	"strings"

	"github.com/anteroom-video/anteroom/sfu/transport"
)

// Limits of one offer.
const (
	MaxBytes = 256 << 10
	MaxLines = 64
	// MaxSlots of each kind: what MaxLines leaves beside the four lines that send.
	MaxSlots = (MaxLines - 4) / 2
	MaxRIDs  = 3
	// maxSSRCs declared for one m-line: three layers with retransmissions, and room for what a browser adds.
	maxSSRCs = 16
	// maxToken is what fits into the one-byte form of a header extension (RFC 8285 section 4.2).
	maxToken = 16
)

// Description is an offer that was understood.
type Description struct {
	UsernameFragment, Password string
	// Fingerprint is "hash value" as in RFC 8122 section 5.
	Fingerprint string
	Lines       []Line
	PayloadTypes
	Extensions
}

// PayloadTypes are the same in all m-lines; 0 is none. RED (RFC 2198, of Opus), VP9 (profile 0) and the retransmissions of
// VP9 are there only where every line of their kind offers them.
type PayloadTypes struct{ Opus, RED, VP8, RTX, VP9, VP9RTX uint8 }

// Extensions are header extension ids, the same in all m-lines; 0 is none.
type Extensions struct {
	MID, RID, RepairedRID, AudioLevel, TransportCC, CaptureTime, Descriptor uint8
}

// Line is one m-line.
type Line struct {
	transport.Line
	// RIDs of simulcast layers in the order offered, or empty.
	RIDs []string
	// Sources that were declared with a=ssrc.
	Sources []Source
	// RTX says that the line offers retransmission.
	RTX bool
	// what the line offers beside Opus and VP8: payload types, 0 for none.
	red, vp9, vp9RTX uint8
	// extensions that the line offers: an answer may have no others.
	extensions []string
	// port0 was offered as a bundle-only line (RFC 8843 section 6).
	port0 bool
}

// Source is a declared SSRC. RepairOf is the SSRC it retransmits (a=ssrc-group:FID), or 0.
type Source struct{ SSRC, RepairOf uint32 }

const (
	uriMID         = "urn:ietf:params:rtp-hdrext:sdes:mid"
	uriRID         = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
	uriRepairedRID = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
	AudioLevelURI  = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
	uriTransportCC = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
	CaptureTimeURI = "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time"
	uriDescriptor  = "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension"
)

// TransportCCURI is the header extension of transport-wide numbers.
const TransportCCURI = uriTransportCC

// Extension is a header extension that is accepted (RFC 8285), and the kinds of media that it is for.
type Extension struct {
	URI   string
	Kinds []transport.Kind
	// Inbound: of lines that send alone. We write none of our own.
	Inbound bool
}

// Known lists the header extensions that are accepted.
func Known() []Extension {
	both := []transport.Kind{transport.Audio, transport.Video}
	return []Extension{
		{URI: uriMID, Kinds: both}, {URI: uriTransportCC, Kinds: both}, {URI: CaptureTimeURI, Kinds: both},
		{URI: AudioLevelURI, Kinds: both[:1]},
		{URI: uriRID, Kinds: both[1:]}, {URI: uriRepairedRID, Kinds: both[1:]},
		{URI: uriDescriptor, Kinds: both[1:], Inbound: true},
	}
}

func (e *Extensions) field(uri string) *uint8 {
	switch uri {
	case uriMID:
		return &e.MID
	case uriRID:
		return &e.RID
	case uriRepairedRID:
		return &e.RepairedRID
	case AudioLevelURI:
		return &e.AudioLevel
	case uriTransportCC:
		return &e.TransportCC
	case CaptureTimeURI:
		return &e.CaptureTime
	case uriDescriptor:
		return &e.Descriptor
	}
	return nil
}

// OpusParameters is the format of Opus in the answer: we ask the sender for in-band error correction and for silence
// suppression (RFC 7587 section 6.1).
const OpusParameters = "minptime=10;useinbandfec=1;usedtx=1"

// VideoFeedback lists the kinds of RTCP feedback for video, as in a=rtcp-fb.
func VideoFeedback() []string { return []string{"transport-cc", "ccm fir", "nack", "nack pli"} }

// AudioFeedback lists those for audio.
func AudioFeedback() []string { return []string{"transport-cc"} }

// Mixed allows header extensions of both forms in one stream (RFC 8285 section 4.1.2): a Dependency Descriptor that
// begins a sequence is longer than the short form can say.
const Mixed = "extmap-allow-mixed"

// REDParameters is the format of RED in offer and answer: each block is Opus (RFC 2198 section 5).
func (p PayloadTypes) REDParameters() string { return fmt.Sprintf("%d/%d", p.Opus, p.Opus) }

// format is one payload format of a line.
type format struct {
	payloadType uint8
	name        string
	parameters  string
	feedback    []string
}

// formats lists those of a line in the order in which they are preferred.
func (d *Description) formats(l *Line) []format {
	if l.Use.Kind() == transport.Audio {
		opus := format{d.Opus, "opus/48000/2", OpusParameters, AudioFeedback()}
		if d.RED == 0 {
			return []format{opus}
		}
		red := format{d.RED, "red/48000/2", d.REDParameters(), nil}
		return []format{red, opus}
	}
	all := []format{{d.VP8, "VP8/90000", "", VideoFeedback()}}
	if l.RTX {
		all = append(all, format{d.RTX, "rtx/90000", fmt.Sprintf("apt=%d", d.VP8), nil})
	}
	if d.VP9 != 0 {
		all = append(all, format{d.VP9, "VP9/90000", VP9Parameters, VideoFeedback()})
	}
	if l.RTX && d.VP9RTX != 0 {
		all = append(all, format{d.VP9RTX, "rtx/90000", fmt.Sprintf("apt=%d", d.VP9), nil})
	}
	return all
}

// VP9Parameters is the format of VP9: 8 bits a sample, the one profile that every decoder has (RFC 9628 section 6).
const VP9Parameters = "profile-id=0"

// String writes the offer anew.
func (d *Description) String() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\r\n", args...) }
	line("v=0")
	line("o=- 1 1 IN IP4 0.0.0.0")
	line("s=-")
	line("t=0 0")
	mids := make([]string, len(d.Lines))
	for i, l := range d.Lines {
		mids[i] = l.Mid
	}
	line("a=group:BUNDLE %s", strings.Join(mids, " "))
	line("a=%s", Mixed)
	for i := range d.Lines {
		d.writeLine(line, &d.Lines[i])
	}
	return b.String()
}

func (d *Description) writeLine(line func(string, ...any), l *Line) {
	port := 9
	if l.port0 {
		port = 0
	}
	kind := l.Use.Kind()
	formats := d.formats(l)
	var numbers []string
	for _, f := range formats {
		numbers = append(numbers, fmt.Sprint(f.payloadType))
	}
	line("m=%s %d UDP/TLS/RTP/SAVPF %s", kind, port, strings.Join(numbers, " "))
	line("c=IN IP4 0.0.0.0")
	if l.port0 {
		line("a=bundle-only")
	}
	line("a=ice-ufrag:%s", d.UsernameFragment)
	line("a=ice-pwd:%s", d.Password)
	line("a=fingerprint:%s", d.Fingerprint)
	line("a=setup:actpass")
	line("a=mid:%s", l.Mid)
	for _, uri := range l.extensions {
		line("a=extmap:%d %s", *d.Extensions.field(uri), uri)
	}
	if len(d.Lines) == 1 {
		// Pion makes a transceiver of its own for each unknown SSRC if the only line declares none.
		line("a=ssrc:1 cname:-")
	}
	if l.Use.Sends() {
		line("a=sendonly")
	} else {
		line("a=recvonly")
	}
	line("a=rtcp-mux")
	line("a=rtcp-rsize")
	for _, f := range formats {
		line("a=rtpmap:%d %s", f.payloadType, f.name)
		if f.parameters != "" {
			line("a=fmtp:%d %s", f.payloadType, f.parameters)
		}
		for _, feedback := range f.feedback {
			line("a=rtcp-fb:%d %s", f.payloadType, feedback)
		}
	}
	if len(l.RIDs) > 0 {
		for _, rid := range l.RIDs {
			line("a=rid:%s send", rid)
		}
		line("a=simulcast:send %s", strings.Join(l.RIDs, ";"))
	}
}

// Extends reports, as an error, why d may not follow prev on one connection: lines only grow, and numbers keep their
// meaning (RFC 8829 section 5.2.2, RFC 8843 section 9).
func (d *Description) Extends(prev *Description) error {
	switch {
	case len(d.Lines) < len(prev.Lines):
		return bad("lines were taken away")
	case d.Fingerprint != prev.Fingerprint:
		return bad("another certificate")
	case !keeps(d.Opus, prev.Opus) || !keeps(d.VP8, prev.VP8) || !keeps(d.RTX, prev.RTX),
		d.RED != prev.RED && prev.Opus != 0, d.VP9 != prev.VP9 && prev.VP8 != 0, d.VP9RTX != prev.VP9RTX && prev.VP8 != 0:
		return bad("payload type with another meaning")
	}
	for _, e := range Known() {
		if !keeps(*d.Extensions.field(e.URI), *prev.Extensions.field(e.URI)) {
			return bad("header extension id with another meaning")
		}
	}
	for i := range prev.Lines {
		now, was := &d.Lines[i], &prev.Lines[i]
		if now.Line != was.Line || now.RTX != was.RTX || !slices.Equal(now.RIDs, was.RIDs) {
			return bad("line %d with another meaning", i)
		}
	}
	return nil
}

func keeps(now, was uint8) bool { return was == 0 || now == was }

func bad(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{transport.ErrBadOffer}, args...)...)
}
