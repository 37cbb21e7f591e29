package wire

// The words of the protocol. Decoding refuses any other.

// Role is what a participant may do. It comes from link or account alone.
type Role string

const (
	RoleCounsellor   Role = "counsellor"
	RoleCoCounsellor Role = "co-counsellor"
	RoleInterpreter  Role = "interpreter"
	RoleSpecialist   Role = "specialist"
	RoleCompanion    Role = "companion"
	RoleClient       Role = "client"
)

// Phase is where in the admission a participant stands.
type Phase string

const (
	PhaseWaiting  Phase = "waiting"
	PhaseDeclined Phase = "declined"
	PhaseIn       Phase = "in"
)

// Presence is where the counsellor is.
type Presence string

const (
	Here   Presence = "here"   // in the room
	Away   Presence = "away"   // was here
	Absent Presence = "absent" // not yet here
	// To those who wait alone:
	Busy   Presence = "busy"   // in a conversation, here or elsewhere
	Coming Presence = "coming" // another counsellor comes
)

// Consent is how it stands with a person's consent.
type Consent string

const (
	ConsentNone    Consent = "none"    // none is asked of this person
	ConsentOpen    Consent = "open"    // one is asked, and there is none
	ConsentGiven   Consent = "given"   // on the page
	ConsentWritten Consent = "written" // on paper
)

func readConsent(f *fields) Consent {
	return oneOf(f, "consent", ConsentNone, ConsentOpen, ConsentGiven, ConsentWritten)
}

// Company says whether a person who waits is alone; "" where he has not said.
type Company string

const (
	Alone       Company = "alone"
	Accompanied Company = "accompanied"
)

func readCompany(f *fields) Company { return oneOf(f, "company", Alone, Accompanied) }

// Writer is who wrote a note.
type Writer string

const (
	ByPerson     Writer = "person"     // who waits
	ByCounsellor Writer = "counsellor" // somebody who moderates
)

// Device is what a person holds in hand.
type Device string

const (
	Phone    Device = "phone"
	Tablet   Device = "tablet"
	Computer Device = "computer"
)

// Media is how a person wants to take part.
type Media string

const (
	MediaAV    Media = "av"
	MediaAudio Media = "audio"
	MediaNone  Media = "none"
)

// Connection is whether a member can be heard and seen for now, as the server finds it or he says it himself.
type Connection string

const (
	ConnectionOK           Connection = "ok"
	ConnectionReconnecting Connection = "reconnecting"
	ConnectionInterrupted  Connection = "interrupted"
)

// Outlook is what a line is expected to carry.
type Outlook string

const (
	OutlookGood  Outlook = "good"  // sound and picture
	OutlookSound Outlook = "sound" // sound; the picture may pause
	OutlookWeak  Outlook = "weak"  // the sound may break off
)

// WaitState is how a waiting person waits.
type WaitState string

const (
	WaitWaiting      WaitState = "waiting"
	WaitDeclined     WaitState = "declined"
	WaitReconnecting WaitState = "reconnecting"
	WaitGone         WaitState = "gone"
)

// Reason is why somebody is no longer where he was.
type Reason string

const (
	ReasonAdmitted Reason = "admitted"
	ReasonLeft     Reason = "left"
	ReasonPutBack  Reason = "put_back"
	ReasonRemoved  Reason = "removed"
	ReasonReplaced Reason = "replaced"
	ReasonGroup    Reason = "group" // in another group, of which one is not told
)

// Kind is one part of what a person sends.
type Kind string

const (
	KindAudio Kind = "audio"
	KindVideo Kind = "video"
	// KindScreen is the shared screen, its picture and its sound.
	KindScreen Kind = "screen"
)

// Source is where a publication comes from.
type Source string

const (
	SourceMicrophone  Source = "microphone"
	SourceCamera      Source = "camera"
	SourceScreen      Source = "screen"
	SourceScreenAudio Source = "screen_audio"
)

// Use is what an m-line is for: one of the sources, when it sends, or the sound or picture of a slot, when it receives.
type Use string

const (
	UseMicrophone  Use = "microphone"
	UseCamera      Use = "camera"
	UseScreen      Use = "screen"
	UseScreenAudio Use = "screen_audio"
	UseAudio       Use = "audio"
	UseVideo       Use = "video"
)

// Receives reports whether a line of this use belongs to a slot.
func (u Use) Receives() bool { return u == UseAudio || u == UseVideo }

func readRole(f *fields) Role {
	return oneOf(f, "role", RoleCounsellor, RoleCoCounsellor, RoleSpecialist, RoleInterpreter, RoleCompanion, RoleClient)
}

func readPresence(f *fields) Presence {
	return oneOf(f, "counsellor", Here, Away, Absent, Busy, Coming)
}

func readSource(f *fields) Source {
	return oneOf(f, "source", SourceMicrophone, SourceCamera, SourceScreen, SourceScreenAudio)
}

func readKind(f *fields) Kind { return oneOf(f, "kind", KindAudio, KindVideo, KindScreen) }

// ShareRule is who may share a screen.
type ShareRule string

const (
	ShareNobody      ShareRule = "nobody"
	ShareCounsellors ShareRule = "counsellors" // those who moderate
	ShareAll         ShareRule = "all"
)

// ChatRule is who may write to whom in the call.
type ChatRule string

const (
	ChatAll         ChatRule = "all"
	ChatCounsellors ChatRule = "counsellors" // who does not moderate writes to those who do, and to nobody else
)

// NameRule is what those who do not moderate may call themselves, in names that pages seal for each other.
type NameRule string

const (
	NamesFree      NameRule = "free"
	NamesReference NameRule = "reference"  // a name or the number of the case
	NamesFirst     NameRule = "first_name" // the first name is asked for
	NamesInitials  NameRule = "initials"   // at most four letters or digits
	NamesNone      NameRule = "none"       // nothing is asked, and nothing is shown that was typed all the same
)

// Choice is what a person wants to receive of the pictures. Sound is always sent.
type Choice string

const (
	ChoiceAuto  Choice = "auto"  // what box and line allow
	ChoiceHigh  Choice = "high"  // the same, with the stage as large as it is sent
	ChoiceSaver Choice = "saver" // small pictures
	ChoiceSound Choice = "sound" // none
)

// LineQuality is how good somebody's line is.
type LineQuality string

const (
	LineGood LineQuality = "good"
	LineMid  LineQuality = "mid"
	LineBad  LineQuality = "bad"
)

// VideoCodec is what a camera's picture is sent as.
type VideoCodec string

const (
	CodecVP8 VideoCodec = "vp8"
	CodecVP9 VideoCodec = "vp9" // one stream with spatial layers
)

// PairMode is how two browsers may connect to each other.
type PairMode string

const (
	PairRelay  PairMode = "relay"  // over the relay alone: neither learns the other's address
	PairDirect PairMode = "direct" // as they can
)

// SDPType is what a session description is.
type SDPType string

const (
	SDPOffer  SDPType = "offer"
	SDPAnswer SDPType = "answer"
)
