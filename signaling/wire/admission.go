package wire

import "math"

// Admit lets exactly this waiting participant in.
type Admit struct {
	Participant string `json:"participant"`
}

// Decline leaves a waiting participant outside, told so.
type Decline struct {
	Participant string `json:"participant"`
}

// PutBack sends a member back to the waiting room.
type PutBack struct {
	Participant string `json:"participant"`
}

// Remove ends somebody's presence and revokes his link.
type Remove struct {
	Participant string `json:"participant"`
}

func (*Admit) Type() string   { return "admit" }
func (*Decline) Type() string { return "decline" }
func (*PutBack) Type() string { return "put_back" }
func (*Remove) Type() string  { return "remove" }

func (m *Admit) decode(f *fields)   { m.Participant = f.id("participant") }
func (m *Decline) decode(f *fields) { m.Participant = f.id("participant") }
func (m *PutBack) decode(f *fields) { m.Participant = f.id("participant") }
func (m *Remove) decode(f *fields)  { m.Participant = f.id("participant") }

// Knock puts a declined person into the waiting room again.
type Knock struct{ bare }

func (*Knock) Type() string { return "knock" }

// Admitted tells a person that he was let in.
type Admitted struct {
	Resume string          `json:"resume"`
	State  State           `json:"state"`
	Relays List[ICEServer] `json:"relays,omitzero"` // as in [Welcome]
}

func (*Admitted) Type() string { return "admitted" }

func (a *Admitted) decode(f *fields) {
	a.Resume = f.word("resume", MaxToken)
	a.State = readState(f.sub("state"))
	a.Relays = readRelays(f)
}

// Declined tells a waiting person that he was not let in. He may [Knock] again.
type Declined struct{ bare }

// Removed is the last message to somebody whose link was revoked.
type Removed struct{ bare }

// Ended is the last message to everybody when the room was ended, waiting people included.
type Ended struct {
	// Receipt gets the deletion's receipt from the HTTP API, once, within two minutes; "" for who was not in.
	Receipt string `json:"receipt,omitempty"`
}

// Replaced is the last message to a socket whose seat was taken elsewhere.
type Replaced struct{ bare }

func (*Declined) Type() string { return "declined" }
func (*Removed) Type() string  { return "removed" }
func (*Ended) Type() string    { return "ended" }
func (*Replaced) Type() string { return "replaced" }

func (e *Ended) isBare() bool { return *e == Ended{} }

func (e *Ended) decode(f *fields) {
	if f.has("receipt") {
		e.Receipt = f.id("receipt")
	}
}

// WasPutBack tells a member that he is in the waiting room again. On the wire it has the type of the request that it
// follows from, [PutBack]; the direction tells them apart.
type WasPutBack struct {
	Resume string `json:"resume"`
	State  State  `json:"state"`
}

func (*WasPutBack) Type() string { return "put_back" }

func (p *WasPutBack) decode(f *fields) {
	p.Resume = f.word("resume", MaxToken)
	p.State = readState(f.sub("state"))
}

// Waiting tells those who moderate that somebody waits, or what changed about him.
type Waiting struct {
	Participant string     `json:"participant"`
	Person      string     `json:"person"`
	Role        Role       `json:"role"`
	Label       Text       `json:"label"` // the counsellor's words for the person
	Name        Text       `json:"name"`  // the person's own words
	Lang        string     `json:"lang"`
	Device      Device     `json:"device"`
	Media       Media      `json:"media"`
	Consent     Consent    `json:"consent"`
	Company     Company    `json:"company,omitempty"`
	Notes       List[Note] `json:"notes,omitzero"` // the last ones, in their order; nil for none
	WaitedMS    int64      `json:"waited_ms"`
	OtherDevice bool       `json:"other_device"`
	State       WaitState  `json:"state"`
	// Forecast is what his page found of his line; "" before it did.
	Forecast   Outlook `json:"forecast,omitempty"`
	Identity   Bytes   `json:"identity,omitempty"`    // as his page said it in its hello
	SealedLink Bytes   `json:"sealed_link,omitempty"` // as in [Member]
}

func (*Waiting) Type() string { return "waiting" }

func (w *Waiting) decode(f *fields) {
	w.Participant = f.id("participant")
	w.Person = f.id("person")
	w.Role = readRole(f)
	w.Label = readText(f.sub("label"))
	w.Name = readText(f.sub("name"))
	w.Lang = f.string("lang", MaxLang)
	w.Device = oneOf(f, "device", Phone, Tablet, Computer)
	w.Media = oneOf(f, "media", MediaAV, MediaAudio, MediaNone)
	w.Consent = readConsent(f)
	if f.has("company") {
		w.Company = readCompany(f)
	}
	if f.has("notes") {
		w.Notes = list(f, "notes", MaxNotes, readNote)
	}
	w.WaitedMS = f.number("waited_ms", 0, math.MaxInt64)
	w.OtherDevice = f.bool("other_device")
	w.State = oneOf(f, "state", WaitWaiting, WaitDeclined, WaitReconnecting, WaitGone)
	if f.has("forecast") {
		w.Forecast = oneOf(f, "forecast", OutlookGood, OutlookSound, OutlookWeak)
	}
	if f.has("identity") {
		w.Identity = f.bytes("identity", MaxIdentity)
	}
	if f.has("sealed_link") {
		w.SealedLink = f.bytes("sealed_link", MaxSealedLink)
	}
}

// WaitingGone tells those who moderate that somebody is no longer in the waiting room.
type WaitingGone struct {
	Participant string `json:"participant"`
	Reason      Reason `json:"reason"` // admitted, left, removed or replaced
}

func (*WaitingGone) Type() string { return "waiting_gone" }

func (w *WaitingGone) decode(f *fields) {
	w.Participant = f.id("participant")
	w.Reason = oneOf(f, "reason", ReasonAdmitted, ReasonLeft, ReasonRemoved, ReasonReplaced)
}
