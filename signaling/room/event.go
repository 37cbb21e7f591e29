package room

import "github.com/anteroom-video/anteroom/lobby"

// Event is something that follows from a command: a message to participants or an effect for whoever runs the room.
//
// The order of one command's events matters: what cuts media comes first, then what people are told, then what opens
// media, and last what is to be written down.
type Event struct {
	// To are the sockets that get the message. They are resolved when the event is made, so a node that forwards needs no
	// state. Empty for effects.
	To   []Socket `json:"to,omitempty"`
	Body Body     `json:"body"`
}

// Body is what an event says: a message (from [Welcome] to [Standing]), [Close], or an effect ([Flow], [Drop], [Paired], [Parted], [Over], [Durable]).
type Body interface{ eventType() string }

// Welcome answers [Arrive] with everything that this participant may see.
type Welcome struct {
	Participant Participant `json:"participant"`
	Role        lobby.Role  `json:"role"`
	Phase       Phase       `json:"phase"`
	// Generation, Phase == In and Standing are what a new resume token says.
	Generation uint32         `json:"generation"`
	Standing   lobby.Standing `json:"standing,omitzero"`
	// Kept: the media session of this seat goes on.
	Kept bool `json:"kept"`
	// OtherDevice: the same link is open on another device.
	OtherDevice bool `json:"other_device"`
	View        View `json:"view"`
}

// Admitted tells a person that he was let in. A new resume token says this generation and standing, admitted.
type Admitted struct {
	Generation uint32         `json:"generation"`
	Standing   lobby.Standing `json:"standing,omitzero"`
	View       View           `json:"view"`
}

// SentBack tells a member that he waits again. A new resume token says this generation and standing, not admitted.
type SentBack struct {
	Generation uint32         `json:"generation"`
	Standing   lobby.Standing `json:"standing,omitzero"`
	View       View           `json:"view"`
}

// Declined tells a waiting person that he was not let in.
type Declined struct{}

// Removed is the last message to somebody who was removed.
type Removed struct{}

// Ended is the last message to everybody when the room ends. WasIn: to those who were inside, who may have the receipt.
type Ended struct {
	WasIn bool `json:"was_in,omitempty"`
}

// Withdrawn is the last message to somebody whose consent was withdrawn, with his own participant, and tells those who moderate whose it was.
type Withdrawn struct {
	Participant Participant `json:"participant"`
}

// StayChanged tells a person who waits what changed about his own waiting.
type StayChanged struct{ Stay }

// Replaced is the last message to a socket whose seat was taken elsewhere.
type Replaced struct{}

// WaitingChanged tells those who moderate that somebody waits, or what changed about him.
type WaitingChanged struct{ Waiter }

// WaitingGone tells those who moderate that somebody is no longer in the waiting room.
type WaitingGone struct {
	Participant Participant `json:"participant"`
	Reason      Reason      `json:"reason"`
}

// MemberChanged tells members that somebody is in the room, or what changed about him. Those who moderate get an
// event of their own, with Details.
type MemberChanged struct{ Member }

// MemberGone tells members that somebody is no longer in the room.
type MemberGone struct {
	Participant Participant `json:"participant"`
	Reason      Reason      `json:"reason"`
}

// RoomChanged tells everybody what holds for the whole room.
type RoomChanged struct{ Room }

// ExitsChanged tells those who moderate of everybody who left quickly and was not let in again.
type ExitsChanged struct {
	Exits []Exit `json:"exits"`
}

// InvitedChanged tells those who moderate of everybody who was invited meanwhile and is not there yet.
type InvitedChanged struct {
	Invited []Invitee `json:"invited"`
}

// LockedPINsChanged tells those who moderate of everybody whose PIN is locked.
type LockedPINsChanged struct {
	LockedPINs []Invitee `json:"locked_pins"`
}

// CounsellorChanged tells everybody where the counsellor is.
type CounsellorChanged struct {
	Counsellor Presence `json:"counsellor"`
}

// Muted tells a member that a counsellor switched off his sound or picture, or ended his sharing.
type Muted struct {
	Kind Kind `json:"kind"`
}

// OwnHand tells a member that his hand is up, or no longer, whoever put it down. Others read it in the [Member].
type OwnHand struct {
	Hand uint64 `json:"hand"` // as in [Member]
}

// Grouped tells a member that he is in another group now, 0 being the main room, and who is in that he may know of. Others read it in the [Member].
type Grouped struct {
	Group   int      `json:"group"`
	Members []Member `json:"members,omitempty"` // as in [View]
}

// Standing tells a socket what a new resume token is to say, since it has changed. What carries a View says it itself.
type Standing struct{ lobby.Standing }

// VideoReserved tells a member that his camera is for those who moderate alone from now on, or, by his own word, for all again.
type VideoReserved struct {
	On bool `json:"on"`
}

// Promotion tells a member that moderation was lent to him, with what he sees from now on, or that it was taken back: then he sees of the members what
// everybody does, and nothing of who waits.
type Promotion struct {
	On      bool     `json:"on"`
	Members []Member `json:"members,omitempty"`
	Door
}

// Close asks to close the sockets in To, after everything that was sent to them before.
type Close struct {
	Reason Reason `json:"reason"`
}

// Flow says what may be forwarded of a participant's media, and among whom. A media session of a participant may exist
// from his first Flow to his [Drop], and at no other time.
type Flow struct {
	Participant Participant `json:"participant"`
	// Group: sessions forward to each other only within the same group; with "" nothing goes to or from this one.
	Group string `json:"group"`
	// Within is the group that he is assigned to, whatever may flow: what pages seal for each other is handed on among those within the same
	// one, and to and from whoever is Entrusted. While he moves it is "" for a moment.
	Within string `json:"within"`
	// Audio, Video and Screen: what his microphone, his camera, and the screen that he shares (with its sound) send may be
	// forwarded.
	Audio  bool `json:"audio"`
	Video  bool `json:"video"`
	Screen bool `json:"screen,omitempty"`
	// VideoReserved: his camera may be forwarded to those alone who are Entrusted.
	VideoReserved bool `json:"video_reserved,omitempty"`
	Entrusted     bool `json:"entrusted,omitempty"`
	// Frozen: what his page has sealed for another is not handed on either.
	Frozen bool `json:"frozen,omitempty"`
}

// Drop ends a participant's media session. A Flow that follows allows a new one.
type Drop struct {
	Participant Participant `json:"participant"`
}

// Paired says that two may connect to each other beside the server, by what the mode allows. The first makes the offers.
type Paired struct {
	Number uint64           `json:"number"` // of this pair, in this room
	Of     [2]Participant   `json:"of"`
	Mode   lobby.PeerToPeer `json:"mode"`
}

// Parted ends what Paired began. Gently: nothing is to be kept from either, a third or a screen came; otherwise nothing may pass
// from this moment on.
type Parted struct {
	Number uint64 `json:"number"`
	Gently bool   `json:"gently,omitempty"`
}

// Over says that the room has ended, before anybody is told. It is all that is left of it.
type Over struct{ Record }

// Durable is to be written down. [Loop] acknowledges the command after the write.
type Durable struct {
	Op Op `json:"op"`
	// Person is empty for [Begin] and [Delete].
	Person lobby.PersonID `json:"person,omitempty"`
	// Generation is what the person's generation must be at least; for [Raise] alone.
	Generation uint32 `json:"generation,omitempty"`
}

// Op is what is to be written down.
type Op string

// The operations. Each may be done twice with the same result.
const (
	Begin     Op = "begin"     // the session has begun: it must come to an end, also over a restart
	Raise     Op = "raise"     // the person's admission generation is at least Generation
	Revoke    Op = "revoke"    // the person's link is worth nothing any more
	Unlocked  Op = "unlocked"  // the person has all tries of his PIN again
	Consented Op = "consented" // the person's consent is there on paper
	Forget    Op = "forget"    // the person has withdrawn: the link is worth nothing any more, and what is known of him is deleted
	Delete    Op = "delete"    // the room has ended
)

// Reason says why somebody is gone or a socket is closed.
type Reason string

// The reasons.
const (
	ReasonAdmitted  Reason = "admitted"
	ReasonLeft      Reason = "left"
	ReasonPutBack   Reason = "put_back"
	ReasonGroup     Reason = "group" // in another group, of which others are not told
	ReasonRemoved   Reason = "removed"
	ReasonReplaced  Reason = "replaced"
	ReasonWithdrawn Reason = "withdrawn"
	ReasonEnded     Reason = "ended"
	ReasonInternal  Reason = "internal" // a fault of the server; from [Loop] alone
)

func (Welcome) eventType() string           { return "welcome" }
func (Admitted) eventType() string          { return "admitted" }
func (SentBack) eventType() string          { return "put_back" }
func (Declined) eventType() string          { return "declined" }
func (Removed) eventType() string           { return "removed" }
func (Ended) eventType() string             { return "ended" }
func (Withdrawn) eventType() string         { return "withdrawn" }
func (StayChanged) eventType() string       { return "stay" }
func (Replaced) eventType() string          { return "replaced" }
func (WaitingChanged) eventType() string    { return "waiting" }
func (WaitingGone) eventType() string       { return "waiting_gone" }
func (MemberChanged) eventType() string     { return "member" }
func (MemberGone) eventType() string        { return "member_gone" }
func (RoomChanged) eventType() string       { return "room" }
func (ExitsChanged) eventType() string      { return "exits" }
func (InvitedChanged) eventType() string    { return "invited" }
func (LockedPINsChanged) eventType() string { return "locked_pins" }
func (CounsellorChanged) eventType() string { return "counsellor" }
func (Muted) eventType() string             { return "muted" }
func (VideoReserved) eventType() string     { return "video_reserved" }
func (Promotion) eventType() string         { return "promotion" }
func (OwnHand) eventType() string           { return "own_hand" }
func (Grouped) eventType() string           { return "grouped" }
func (Standing) eventType() string          { return "standing" }
func (Close) eventType() string             { return "close" }
func (Flow) eventType() string              { return "flow" }
func (Drop) eventType() string              { return "drop" }
func (Paired) eventType() string            { return "paired" }
func (Parted) eventType() string            { return "parted" }
func (Over) eventType() string              { return "over" }
func (Durable) eventType() string           { return "durable" }
