package wire

import "math"

// Hello signs a participant on, with a ticket, or goes on where a lost socket left off, with a resume token.
type Hello struct {
	Version int    `json:"version"`
	Ticket  string `json:"ticket,omitempty"` // this or Resume
	Resume  string `json:"resume,omitempty"`
	Proof   Bytes  `json:"proof,omitempty"` // by the device key, over a prefix and the ticket or resume token
	Lang    string `json:"lang"`            // language tag (RFC 5646), may be empty
	Device  Device `json:"device,omitempty"`
	Media   Media  `json:"media,omitempty"`
	Consent Bytes  `json:"consent,omitempty"` // SHA-256 of the text agreed to; empty where none was asked
	Fresh   bool   `json:"fresh,omitempty"`   // with a resume token: the page holds no media connection any more
	// Identity is what the page says of itself to the others' pages, which alone read it; nil where it cannot encrypt.
	Identity Bytes `json:"identity,omitempty"`
}

func (*Hello) Type() string { return "hello" }

func (h *Hello) decode(f *fields) {
	h.Version = int(f.number("version", 1, 1000))
	if h.Version != Version {
		return // another version may have other fields; what can be answered is that it is another one
	}
	switch {
	case f.has("ticket") == f.has("resume"):
		f.fail("ticket", "either it or resume")
	case f.has("ticket"):
		h.Ticket = f.word("ticket", MaxToken)
	default:
		h.Resume = f.word("resume", MaxToken)
	}
	h.Proof = f.bytes("proof", MaxProof)
	h.Lang = f.string("lang", MaxLang)
	if h.Lang != "" && !isWord(h.Lang) {
		f.fail("lang", "not a word of printable ASCII")
	}
	h.Device = oneOf(f, "device", Phone, Tablet, Computer)
	h.Media = oneOf(f, "media", MediaAV, MediaAudio, MediaNone)
	if f.has("consent") {
		h.Consent = f.bytes("consent", MaxConsent)
	}
	if f.has("fresh") {
		h.Fresh = f.bool("fresh")
	}
	if f.has("identity") {
		h.Identity = f.bytes("identity", MaxIdentity)
	}
}

// Welcome answers [Hello] with everything that this participant may see.
type Welcome struct {
	Version     int          `json:"version"`
	Participant string       `json:"participant"`
	Role        Role         `json:"role"`
	Phase       Phase        `json:"phase"`
	Resume      string       `json:"resume"`
	Kept        bool         `json:"kept"`         // the media session was kept
	OtherDevice bool         `json:"other_device"` // the same link is open on another device
	Now         int64        `json:"now"`          // ms since the Unix epoch
	Nodes       List[string] `json:"nodes"`        // other addresses to try when this one does not answer
	State       State        `json:"state"`
	// Relays lead to the server where nothing else does; for who is in.
	Relays List[ICEServer] `json:"relays,omitzero"`
}

func (*Welcome) Type() string { return "welcome" }

func (w *Welcome) decode(f *fields) {
	w.Version = int(f.number("version", 1, 1000))
	w.Participant = f.id("participant")
	w.Role = readRole(f)
	w.Phase = oneOf(f, "phase", PhaseWaiting, PhaseDeclined, PhaseIn)
	w.Resume = f.word("resume", MaxToken)
	w.Kept = f.bool("kept")
	w.OtherDevice = f.bool("other_device")
	w.Now = f.number("now", 0, math.MaxInt64)
	w.Nodes = f.words("nodes", MaxNodes, MaxNode)
	w.State = readState(f.sub("state"))
	w.Relays = readRelays(f)
}

// State is a room as one participant may see it. Who waits or was declined sees Counsellor, Room and Stay alone, Waiting is
// for those who moderate: the others have nil there, which is not an empty list.
type State struct {
	Counsellor   Presence          `json:"counsellor"`
	Room         Room              `json:"room"`
	Stay         *Stay             `json:"stay,omitempty"` // of who waits
	Self         *Switches         `json:"self,omitempty"`
	Members      List[Member]      `json:"members,omitzero"` // everybody admitted but oneself, in joining order
	Publications List[Publication] `json:"publications,omitzero"`
	Door
}

// Door is what those who moderate are told of who is not in.
type Door struct {
	Waiting List[Waiting] `json:"waiting,omitzero"` // in the order of arrival
	// Exits are those who left quickly; nil for nobody, as the following are.
	Exits List[Exit] `json:"exits,omitzero"`
	// Invited are those who were invited meanwhile and are not there yet.
	Invited List[Invitee] `json:"invited,omitzero"`
	// LockedPINs are those whose PIN is locked.
	LockedPINs List[Invitee] `json:"locked_pins,omitzero"`
}

func readDoor(f *fields) (d Door) {
	if f.has("waiting") {
		d.Waiting = list(f, "waiting", MaxList, read[Waiting])
	}
	if f.has("exits") {
		d.Exits = readExits(f)
	}
	if f.has("invited") {
		d.Invited = readInvitees(f, "invited")
	}
	if f.has("locked_pins") {
		d.LockedPINs = readInvitees(f, "locked_pins")
	}
	return d
}

func readState(f *fields) State {
	var s State
	s.Counsellor = readPresence(f)
	s.Room.decode(f.sub("room"))
	if f.has("stay") {
		s.Stay = new(read[Stay](f.sub("stay")))
	}
	if f.has("self") {
		s.Self = new(readSwitches(f.sub("self")))
	}
	if f.has("members") {
		s.Members = list(f, "members", MaxList, read[Member])
	}
	if f.has("publications") {
		s.Publications = list(f, "publications", MaxSources, read[Publication])
	}
	s.Door = readDoor(f)
	return s
}

// read reads a message's body where it stands in a list.
func read[T any, P interface {
	*T
	Body
}](f *fields) (v T) {
	P(&v).decode(f)
	return v
}

// Token brings a new resume token before the old one expires.
type Token struct {
	Resume string `json:"resume"`
}

func (*Token) Type() string       { return "token" }
func (t *Token) decode(f *fields) { t.Resume = f.word("resume", MaxToken) }

// Leave ends the own presence deliberately; a lost socket is not a leave.
type Leave struct {
	Quick bool `json:"quick,omitempty"` // by the exit that leaves no trace on the screen
}

// Ping is answered by [Pong] at once.
type Ping struct{ bare }

// Pong answers [Ping].
type Pong struct{ bare }

func (*Leave) Type() string       { return "leave" }
func (l *Leave) isBare() bool     { return !l.Quick }
func (l *Leave) decode(f *fields) { l.Quick = f.flag("quick") }

func (*Ping) Type() string { return "ping" }
func (*Pong) Type() string { return "pong" }
