package room

import (
	"time"

	"github.com/anteroom-video/anteroom/lobby"
)

// Command is something that happened or that somebody asks for. The commands of participants name the socket that they
// came by: who asks is known from there and never from what was said, and a socket that was replaced is heard no more.
type Command interface{ commandType() string }

// Arrive signs a socket on: a hello whose ticket or resume token was verified, with the proof of the device. On success
// the socket gets a [Welcome], be the seat new, kept or taken over.
type Arrive struct {
	Socket Socket `json:"socket"`
	// Participant is the id of the seat if a new one is made: the one of the resume token, or a fresh one. A device that
	// has a seat keeps it with its id, which the Welcome tells.
	Participant Participant `json:"participant"`
	// Person is set for a link, Account for a signed-in counsellor; exactly one of them.
	Person  lobby.PersonID  `json:"person,omitempty"`
	Account lobby.AccountID `json:"account,omitempty"`
	Role    lobby.Role      `json:"role"`
	Device  Device          `json:"device"`
	// Generation is the person's admission generation as the store has it now (not as the token says).
	Generation uint32 `json:"generation,omitempty"`
	// Token is what the resume token proved; nil for a ticket.
	Token *Token `json:"token,omitempty"`
	// Fresh: the page was reloaded and holds no media connection. A ticket always is.
	Fresh bool `json:"fresh,omitempty"`

	Label lobby.Text `json:"label"` // the counsellor's words for the person
	Name  lobby.Text `json:"name"`  // what others may read
	// MayModerate: the link was marked for being lent moderation.
	MayModerate bool `json:"may_moderate,omitempty"`
	// SealedLink is the person's link, for the pages of those who moderate; nobody here reads it.
	SealedLink []byte   `json:"sealed_link,omitempty"`
	Lang       string   `json:"lang,omitempty"`
	Platform   Platform `json:"platform"`
	Media      Media    `json:"media"`
	// Consent is [ConsentGiven] or [ConsentWritten], as the page or the store says; "" for neither.
	Consent Consent `json:"consent,omitempty"`
	// ConsentText is the SHA-256 of the text that was agreed to; empty for none.
	ConsentText []byte `json:"consent_text,omitempty"`
	// Identity is what his page says of itself to the others' pages; nobody here reads it.
	Identity []byte `json:"identity,omitempty"`
	// LockedPINs are of who moderates: whose PIN is locked, as the store has it.
	LockedPINs []Invitee `json:"locked_pins,omitempty"`
}

// Token is what a genuine, unexpired resume token of this person and device says.
type Token struct {
	Session    string `json:"session"`
	Generation uint32 `json:"generation"`
	Admitted   bool   `json:"admitted"`
	// Standing is for a room that lost its state.
	lobby.Standing
}

// Disconnect: the socket is closed or was given up. A lost socket is not a leave. Parted: the page said that it goes, as it does when it is closed
// or loaded anew. [ErrNotFound] for a socket that holds no seat (any more).
type Disconnect struct {
	Socket Socket `json:"socket"`
	Parted bool   `json:"parted,omitempty"`
}

// Heard: something authentic came from this participant within the last second: a message or pong on his socket, or a
// packet of his media connection (RTP, RTCP or a connectivity check). Of those who moderate it is needed once a second
// while they are there, also by an open socket: a room whose counsellor is not heard for [LostAfter] falls silent. Of other
// members it is needed only while they have no socket and their media goes on.
type Heard struct {
	Participant Participant `json:"participant"`
}

// Leave ends the own presence deliberately. Quick: by the exit that leaves no trace on the screen; of who moderates, and where the policy has
// no such exit, it is a leave like any other.
type Leave struct {
	By    Socket `json:"by"`
	Quick bool   `json:"quick,omitempty"`
}

// Knock asks again after having been declined.
type Knock struct {
	By Socket `json:"by"`
}

// Foresee says what the line of somebody who is outside is expected to carry.
type Foresee struct {
	By      Socket  `json:"by"`
	Outlook Outlook `json:"outlook"`
}

// SayCompany says whether a person who waits is alone.
type SayCompany struct {
	By      Socket  `json:"by"`
	Company Company `json:"company"`
}

// Write is a note: of a person who waits to those who moderate, or of one of those to Participant, who waits. [ErrTooFast] within
// [NoteAgainAfter] of the last one in this direction.
type Write struct {
	By          Socket      `json:"by"`
	Participant Participant `json:"participant,omitempty"` // empty where who waits writes
	Note        Note        `json:"note"`
}

// Colleague tells those who wait that another counsellor comes, or no longer. It ends by itself when one comes in.
type Colleague struct {
	By Socket `json:"by"`
	On bool   `json:"on"`
}

// NoteConsent notes that a person's consent is there on paper, durably. [ErrWrongState] where none is open.
type NoteConsent struct {
	By          Socket      `json:"by"`
	Participant Participant `json:"participant"`
}

// Withdraw withdraws a consent: one's own, or, by whoever moderates, that of Participant, who has said so. The person's part ends on all his
// devices, his link is worth nothing and what is known of him is deleted, durably.
type Withdraw struct {
	By          Socket      `json:"by"`
	Participant Participant `json:"participant,omitempty"` // empty for one's own
}

// Admit lets exactly this waiting participant in.
type Admit struct {
	By          Socket      `json:"by"`
	Participant Participant `json:"participant"`
}

// Decline leaves a waiting participant outside, told so.
type Decline struct {
	By          Socket      `json:"by"`
	Participant Participant `json:"participant"`
}

// PutBack sends a member who does not moderate back to the waiting room. His admission is worth nothing any more,
// durably.
type PutBack struct {
	By          Socket      `json:"by"`
	Participant Participant `json:"participant"`
}

// Remove ends somebody's presence on all devices and revokes his link, durably. Who moderates can be removed by a
// counsellor alone, and only if he came by link.
type Remove struct {
	By          Socket      `json:"by"`
	Participant Participant `json:"participant"`
}

// Self says what the person switches on or off, whether he shares his screen, and how his own connection is; nil and "" stay as they
// are. It is the only way to switch on. Sharing is refused with [ErrNotAllowed] to whom the room's rule does not let, with [ErrWrongState] while
// somebody else shares.
type Self struct {
	By         Socket     `json:"by"`
	Audio      *bool      `json:"audio,omitempty"`
	Video      *bool      `json:"video,omitempty"`
	Screen     *bool      `json:"screen,omitempty"`
	Connection Connection `json:"connection,omitempty"`
	// Unreserve: his camera is for all again. He alone can say so.
	Unreserve bool `json:"unreserve,omitempty"`
}

// Mute switches one member's sound or picture off, or ends his sharing.
type Mute struct {
	By          Socket      `json:"by"`
	Participant Participant `json:"participant"`
	Kind        Kind        `json:"kind"`
}

// MuteAll switches off everybody's sound but that of those who moderate.
type MuteAll struct {
	By Socket `json:"by"`
}

// Promote lends moderation to a member who does not moderate, or takes it back. [ErrNotAllowed] where the policy does not let it, of a link that was
// not marked for it, and by whom it was lent to himself; [ErrWrongState] where it is so already, and of who is not here.
type Promote struct {
	By          Socket      `json:"by"`
	Participant Participant `json:"participant"`
	On          bool        `json:"on"`
}

// ReserveVideo makes the camera of a member who does not moderate one for those who moderate alone, whether it is on or not, until he
// himself shows it to all again ([Self]). A pin of it ends. [ErrNotAllowed] where the policy offers it not, and of who moderates.
type ReserveVideo struct {
	By          Socket      `json:"by"`
	Participant Participant `json:"participant"`
}

// Hold stops, and lets go on, all forwarding to and from those who do not moderate. Consultation says what it is for: those who moderate
// speak among themselves; [ErrWrongState] unless two of them are here.
type Hold struct {
	By           Socket `json:"by"`
	On           bool   `json:"on"`
	Consultation bool   `json:"consultation,omitempty"`
}

// Lock closes the room to whoever is not in, and opens it again: while it is locked nobody new knocks. Those who wait already go on
// waiting and can be let in, those who are in come back as always, and so do those who moderate.
type Lock struct {
	By Socket `json:"by"`
	On bool   `json:"on"`
}

// Divide opens groups in the room, or changes them while they run: each who is named goes to his group, or to the main room, and who is not
// named stays where he is. A shared screen ends for whoever moves; what was pinned for all is pinned no longer. [ErrNotAllowed] where the policy has no groups and of
// who moderates, who goes himself; [ErrWrongState] where somebody is in a group that there would not be any more.
type Divide struct {
	By     Socket  `json:"by"`
	Groups int     `json:"groups"` // [MinGroups] to [MaxGroups]
	Places []Place `json:"places,omitempty"`
}

// Recall brings everybody back to the main room at once, and ends the groups. [ErrWrongState] where there are none.
type Recall struct {
	By Socket `json:"by"`
}

// EnterGroup takes whoever asks, who moderates, into a group, or with 0 back to the main room. [ErrWrongState] where there is no such group.
type EnterGroup struct {
	By    Socket `json:"by"`
	Group int    `json:"group"`
}

// Incident reports something that must not go on: nothing is forwarded between anybody until whoever reported it, or a counsellor, says
// that the room may go on, or ends it. [ErrNotAllowed] for other co-counsellors.
type Incident struct {
	By Socket `json:"by"`
	On bool   `json:"on"`
}

// RaiseHand puts the own hand up, behind those that are up already, or down.
type RaiseHand struct {
	By Socket `json:"by"`
	Up bool   `json:"up"`
}

// LowerHand puts one member's hand down, or everybody's where Participant is empty.
type LowerHand struct {
	By          Socket      `json:"by"`
	Participant Participant `json:"participant,omitempty"`
}

// LeaveOpen is a leave of the last counsellor that leaves the room open to those inside for that long, at least a millisecond. Then it is
// paused as after every other leave. [ErrNotAllowed] for longer than the policy lets, [ErrWrongState] while another counsellor is here, nobody else is
// inside, the room is held or paused, or there are groups.
type LeaveOpen struct {
	By  Socket        `json:"by"`
	For time.Duration `json:"for"`
}

// Share says who may share a screen: [ShareCounsellors] or [ShareAll]. Closing it ends the sharing of who may no longer.
// [ErrNotAllowed] where the policy has locked the rule.
type Share struct {
	By   Socket    `json:"by"`
	Rule ShareRule `json:"rule"`
}

// PinFor shows one member's camera or screen first to everybody, or, with a zero Pin, nothing in particular. [ErrNotFound]
// for who is not in, [ErrWrongState] while there are groups, for a screen that is not shared, or a camera that is reserved.
type PinFor struct {
	By  Socket `json:"by"`
	Pin Pin    `json:"pin,omitzero"`
}

// ShowCard shows a card to everybody who is in, and to who comes in later, until another is shown.
type ShowCard struct {
	By   Socket `json:"by"`
	Card Card   `json:"card"`
}

// End ends the room for all and deletes it.
type End struct {
	By Socket `json:"by"`
}

// UnlockPIN gives a person whose PIN is locked all tries again, durably. [ErrNotFound] of who is not among them.
type UnlockPIN struct {
	By     Socket         `json:"by"`
	Person lobby.PersonID `json:"person"`
}

// Tick does what is due; see [State.Deadline].
type Tick struct{}

func (Arrive) commandType() string       { return "arrive" }
func (Disconnect) commandType() string   { return "disconnect" }
func (Heard) commandType() string        { return "heard" }
func (Leave) commandType() string        { return "leave" }
func (Knock) commandType() string        { return "knock" }
func (Foresee) commandType() string      { return "foresee" }
func (SayCompany) commandType() string   { return "company" }
func (Write) commandType() string        { return "note" }
func (Colleague) commandType() string    { return "colleague" }
func (NoteConsent) commandType() string  { return "note_consent" }
func (Withdraw) commandType() string     { return "withdraw" }
func (Admit) commandType() string        { return "admit" }
func (Decline) commandType() string      { return "decline" }
func (PutBack) commandType() string      { return "put_back" }
func (Remove) commandType() string       { return "remove" }
func (Self) commandType() string         { return "self" }
func (Mute) commandType() string         { return "mute" }
func (MuteAll) commandType() string      { return "mute_all" }
func (Promote) commandType() string      { return "promote" }
func (ReserveVideo) commandType() string { return "reserve_video" }
func (Hold) commandType() string         { return "hold" }
func (Divide) commandType() string       { return "groups" }
func (Recall) commandType() string       { return "recall" }
func (EnterGroup) commandType() string   { return "enter_group" }
func (Incident) commandType() string     { return "incident" }
func (Lock) commandType() string         { return "lock" }
func (RaiseHand) commandType() string    { return "raise_hand" }
func (LowerHand) commandType() string    { return "lower_hand" }
func (LeaveOpen) commandType() string    { return "leave_open" }
func (Share) commandType() string        { return "share" }
func (PinFor) commandType() string       { return "pin" }
func (ShowCard) commandType() string     { return "card" }
func (End) commandType() string          { return "end" }
func (UnlockPIN) commandType() string    { return "unlock_pin" }
func (Tick) commandType() string         { return "tick" }

// Platform is the sort of device that a person came with.
type Platform string

// The platforms.
const (
	Phone    Platform = "phone"
	Tablet   Platform = "tablet"
	Computer Platform = "computer"
)

// Media is how a person wants to take part.
type Media string

// The ways to take part.
const (
	MediaAV    Media = "av"
	MediaAudio Media = "audio"
	MediaNone  Media = "none"
)

// Kind is sound, picture or shared screen.
type Kind string

// The kinds.
const (
	Audio  Kind = "audio"
	Video  Kind = "video"
	Screen Kind = "screen" // its picture and its sound
)

// ShareRule is who may share a screen.
type ShareRule string

// The rules.
const (
	ShareNobody      ShareRule = "nobody"
	ShareCounsellors ShareRule = "counsellors" // those who moderate
	ShareAll         ShareRule = "all"
)

// Source is a picture that can be pinned.
type Source string

// The sources.
const (
	SourceCamera Source = "camera"
	SourceScreen Source = "screen"
)
