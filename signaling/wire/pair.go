package wire

// Pair tells one of two who are alone in the room that they may connect to each other, beside their connections to the
// server. It comes again, with the same id, when the socket was lost meanwhile.
type Pair struct {
	Pair        string          `json:"pair"`        // names this connection; every other message about it does
	Participant string          `json:"participant"` // the other
	Offers      bool            `json:"offers"`      // makes the offers; the other answers
	Mode        PairMode        `json:"mode"`
	Relays      List[ICEServer] `json:"relays"`
}

// PairGone tells that what [Pair] began is over, and both are on the way of the server again: at once, or, gently, as soon as
// something comes there, within [PairFades].
type PairGone struct {
	Pair   string `json:"pair"`
	Gently bool   `json:"gently,omitempty"`
}

// PairSignal is what one browser tells the other: a description, or candidates.
type PairSignal struct {
	Pair        string              `json:"pair"`
	Description *Description        `json:"description,omitempty"` // this or Candidates
	Candidates  List[PairCandidate] `json:"candidates,omitzero"`
}

// Description is a session description (W3C WebRTC, RTCSessionDescriptionInit).
type Description struct {
	Type SDPType `json:"type"`
	SDP  string  `json:"sdp"`
}

// PairCandidate is one candidate (RTCIceCandidateInit); an empty one is the end of them.
type PairCandidate struct {
	Candidate string `json:"candidate"`
	Mid       string `json:"mid"`
}

// PairShown tells whether the sender plays and shows what comes on the direct connection; the other then needs to send it
// there alone. Without it both ways are sent.
type PairShown struct {
	Pair  string `json:"pair"`
	Shown bool   `json:"shown"`
}

// PeerSignal is the other's [PairSignal], cleaned of what the mode does not let him tell.
type PeerSignal PairSignal

// PeerShown is the other's [PairShown].
type PeerShown PairShown

func (*PeerSignal) Type() string       { return "peer_signal" }
func (p *PeerSignal) decode(f *fields) { (*PairSignal)(p).decode(f) }
func (*PeerShown) Type() string        { return "peer_shown" }
func (p *PeerShown) decode(f *fields)  { (*PairShown)(p).decode(f) }

func (*Pair) Type() string       { return "pair" }
func (*PairGone) Type() string   { return "pair_gone" }
func (*PairSignal) Type() string { return "pair_signal" }
func (*PairShown) Type() string  { return "pair_shown" }

func (p *Pair) decode(f *fields) {
	p.Pair = f.id("pair")
	p.Participant = f.id("participant")
	p.Offers = f.bool("offers")
	p.Mode = oneOf(f, "mode", PairRelay, PairDirect)
	p.Relays = list(f, "relays", MaxRelays, readICEServer)
}

func (p *PairGone) decode(f *fields) {
	p.Pair = f.id("pair")
	if f.has("gently") {
		p.Gently = f.bool("gently")
	}
}

func (p *PairShown) decode(f *fields) {
	p.Pair = f.id("pair")
	p.Shown = f.bool("shown")
}

func (p *PairSignal) decode(f *fields) {
	p.Pair = f.id("pair")
	switch {
	case f.has("description") == f.has("candidates"):
		f.fail("description", "either it or candidates")
	case f.has("description"):
		d := f.sub("description")
		p.Description = &Description{Type: oneOf(d, "type", SDPOffer, SDPAnswer), SDP: d.string("sdp", MaxPairSDP)}
	default:
		p.Candidates = list(f, "candidates", MaxCandidates, func(f *fields) PairCandidate {
			return PairCandidate{Candidate: f.string("candidate", MaxCandidate), Mid: f.word("mid", MaxName)}
		})
	}
}
