package wire

import (
	"encoding/json"
	"math"
)

// Offer is a session description (RFC 8829) by the client, who alone offers.
type Offer struct {
	Generation int        `json:"generation"` // counts the peer connections of this participant, from 1
	SDP        string     `json:"sdp"`
	SVC        bool       `json:"svc,omitempty"` // VP9 with spatial layers in one stream can be sent and decoded
	Lines      List[Line] `json:"lines"`
}

// Line says what an m-line is for.
type Line struct {
	Mid  string
	Use  Use
	Slot int // of a line that receives
}

func (l Line) MarshalJSON() ([]byte, error) {
	type line struct {
		Mid  string `json:"mid"`
		Use  Use    `json:"use"`
		Slot *int   `json:"slot,omitempty"`
	}
	if l.Use.Receives() {
		return json.Marshal(line{l.Mid, l.Use, &l.Slot})
	}
	return json.Marshal(line{Mid: l.Mid, Use: l.Use})
}

func (*Offer) Type() string { return "offer" }

func (o *Offer) decode(f *fields) {
	o.Generation = readGeneration(f)
	o.SDP = f.string("sdp", MaxSDP)
	o.SVC = f.flag("svc")
	o.Lines = list(f, "lines", MaxList, readLine)
}

func readLine(f *fields) Line {
	var l Line
	l.Mid = f.word("mid", MaxName)
	l.Use = oneOf(f, "use", UseMicrophone, UseCamera, UseScreen, UseScreenAudio, UseAudio, UseVideo)
	switch {
	case l.Use.Receives():
		l.Slot = int(f.number("slot", 0, MaxList-1))
	case f.has("slot"):
		f.fail("slot", "of a line that sends")
	}
	return l
}

func readGeneration(f *fields) int { return int(f.number("generation", 1, math.MaxInt32)) }

// Answer is the server's answer to [Offer], with all of its candidates.
type Answer struct {
	Generation int    `json:"generation"`
	SDP        string `json:"sdp"`
}

func (*Answer) Type() string { return "answer" }

func (a *Answer) decode(f *fields) {
	a.Generation = readGeneration(f)
	a.SDP = f.string("sdp", MaxSDP)
}

// Slots is the whole mapping of receive slots to people; a slot that is not listed is empty.
type Slots struct {
	Seq   uint64     `json:"seq"`
	Pairs int        `json:"pairs"` // of audio and video lines that the server wants offered
	Slots List[Slot] `json:"slots"`
}

// Slot is what one slot carries: sound and picture of one participant's source.
type Slot struct {
	Slot        int    `json:"slot"`
	Participant string `json:"participant"`
	Source      Source `json:"source"`
}

func (*Slots) Type() string { return "slots" }

func (s *Slots) decode(f *fields) {
	s.Seq = readMapping(f)
	s.Pairs = int(f.number("pairs", 0, MaxList))
	s.Slots = list(f, "slots", MaxList, func(f *fields) Slot {
		return Slot{int(f.number("slot", 0, MaxList-1)), f.id("participant"), readSource(f)}
	})
}

func readMapping(f *fields) uint64 { return uint64(f.number("seq", 0, math.MaxInt64)) }

// SlotsAck says that everything up to this mapping is applied.
type SlotsAck struct {
	Seq uint64 `json:"seq"`
}

func (*SlotsAck) Type() string       { return "slots_ack" }
func (a *SlotsAck) decode(f *fields) { a.Seq = readMapping(f) }

// View says how large each publication is shown; the list is complete, what is missing is not shown.
type View struct {
	Views List[Viewed] `json:"views"`
}

// Viewed is the size of one publication's box on the screen, in physical pixels.
type Viewed struct {
	Publication string `json:"publication"`
	Width       int    `json:"width"`
	Height      int    `json:"height"`
	Stage       bool   `json:"stage,omitempty"` // what is looked at: it gets its picture first
}

func (*View) Type() string { return "view" }

func (v *View) decode(f *fields) {
	v.Views = list(f, "views", MaxList, func(f *fields) Viewed {
		return Viewed{
			f.id("publication"), int(f.number("width", 0, MaxPixels)), int(f.number("height", 0, MaxPixels)), f.flag("stage"),
		}
	})
}

// Publication tells members that something can be received, or, in a state, what can be.
type Publication struct {
	Publication string `json:"publication"`
	Participant string `json:"participant"`
	Source      Source `json:"source"`
}

func (*Publication) Type() string { return "publication" }

func (p *Publication) decode(f *fields) {
	p.Publication = f.id("publication")
	p.Participant = f.id("participant")
	p.Source = readSource(f)
}

// PublicationGone tells members that something can no longer be received.
type PublicationGone struct {
	Publication string `json:"publication"`
}

func (*PublicationGone) Type() string       { return "publication_gone" }
func (p *PublicationGone) decode(f *fields) { p.Publication = f.id("publication") }

// Speaker says who speaks: the dominant one, "" for nobody, and all who speak now.
type Speaker struct {
	Dominant string       `json:"dominant"`
	Speaking List[string] `json:"speaking"`
}

func (*Speaker) Type() string { return "speaker" }

func (s *Speaker) decode(f *fields) {
	if s.Dominant = f.string("dominant", MaxID); s.Dominant != "" && !isWord(s.Dominant) {
		f.fail("dominant", "not a word of printable ASCII")
	}
	s.Speaking = f.words("speaking", MaxList, MaxID)
}
