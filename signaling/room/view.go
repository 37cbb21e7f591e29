package room

import (
	"time"

	"github.com/anteroom-video/anteroom/lobby"
)

// Phase is where a participant stands.
type Phase string

// The phases.
const (
	Waiting Phase = "waiting"
	Outside Phase = "declined" // declined; may knock again
	In      Phase = "in"
)

// Presence is where the counsellor is.
type Presence string

// Where the counsellor can be.
const (
	Here   Presence = "here"   // a counsellor is in the room
	Away   Presence = "away"   // was here; lost the line or stepped out
	Absent Presence = "absent" // not yet here
	// For those who wait alone:
	Busy   Presence = "busy"   // in a conversation, here or elsewhere
	Coming Presence = "coming" // another counsellor comes, as one who moderates says
)

// Connection is how a member's line is.
type Connection string

// How a line can be.
const (
	OK Connection = "ok"
	// Reconnecting: his socket is lost, nothing was heard of him, or he says so of his media connection.
	Reconnecting Connection = "reconnecting"
	// Interrupted: he says that his device lets him neither speak nor hear for now, as a telephone that rings.
	Interrupted Connection = "interrupted"
)

// View is what one participant may see of the room. Who waits or was declined sees Counsellor, Room and Stay alone.
type View struct {
	Counsellor Presence `json:"counsellor"`
	Room       Room     `json:"room"`
	// Stay is nil for who is in.
	Stay *Stay `json:"stay,omitempty"`
	// Self is nil for who is not in.
	Self *Own `json:"self,omitempty"`
	// Members are all others who are in, in joining order; for who does not moderate those of his group, and those who moderate.
	Members []Member `json:"members,omitempty"`
	Door
}

// Door is what those who moderate are told of who is not in; of others it is empty.
type Door struct {
	// Waiting is everybody outside, in order of arrival.
	Waiting []Waiter `json:"waiting,omitempty"`
	// Exits are those who left quickly and were not let in again.
	Exits []Exit `json:"exits,omitempty"`
	// Invited are those who were invited meanwhile and are not there yet.
	Invited []Invitee `json:"invited,omitempty"`
	// LockedPINs are those who cannot knock before somebody unlocks their PIN.
	LockedPINs []Invitee `json:"locked_pins,omitempty"`
}

// Room is what holds for the whole room.
type Room struct {
	Held   bool `json:"held"`             // by a counsellor: nothing flows to or from those who do not moderate
	Frozen bool `json:"frozen,omitempty"` // by a reported incident: nothing flows between anybody; Held is true as well
	Paused bool `json:"paused"`           // no counsellor is here
	// Locked: nobody new may knock. Those outside are told so where they came too late and do not knock.
	Locked bool `json:"locked,omitempty"`
	// EndsAt is when a paused room ends, in ms since the Unix epoch; 0 when it is not paused.
	EndsAt int64 `json:"ends_at,omitempty"`
	// SoundOnly: nobody's camera is forwarded, or to be asked for.
	SoundOnly bool `json:"sound_only,omitempty"`
	// Names is what those who do not moderate may call themselves.
	Names lobby.NameRule `json:"names,omitempty"`
	// Rules are for those who are in; zero for others.
	Rules
}

// Rules is what those who are in see of the room besides.
type Rules struct {
	// Share is who may share a screen. ShareLocked: the policy lets nobody change it.
	Share       ShareRule `json:"share,omitempty"`
	ShareLocked bool      `json:"share_locked,omitempty"`
	// Lines is the most lines of a camera's picture: 720 or 1080.
	Lines int `json:"lines,omitempty"`
	// CameraCheck: who moderates may reserve somebody's camera.
	CameraCheck bool `json:"camera_check,omitempty"`
	// Consultation: the room is held so that those who moderate speak among themselves.
	Consultation bool `json:"consultation,omitempty"`
	// SealedOnly: nobody can agree to go on without end-to-end encryption.
	SealedOnly bool `json:"sealed_only,omitempty"`
	// Chat is who may write to whom.
	Chat lobby.ChatRule `json:"chat,omitempty"`
	// Reentry is how long a person who left may come back without a new admission; 0 for never.
	Reentry time.Duration `json:"reentry,omitempty"`
	// Colleague: those who wait are told that another counsellor comes.
	Colleague bool `json:"colleague,omitempty"`
	// StayOpen is the longest that a counsellor who goes out may leave the room open; 0 for not at all.
	StayOpen time.Duration `json:"stay_open,omitempty"`
	// OpenUntil is until when the last counsellor has left the room open, in ms since the Unix epoch; 0 when he has not.
	OpenUntil int64 `json:"open_until,omitempty"`
	// Pin is what is pinned for all; zero for nothing.
	Pin Pin `json:"pin,omitzero"`
	// Groupable: the policy lets who moderates divide the room into groups. Groups is how many there are; 0 while it is whole.
	Groupable bool `json:"groupable,omitempty"`
	Groups    int  `json:"groups,omitempty"`
	// SilentSign: the pages offer the silent sign.
	SilentSign bool `json:"silent_sign,omitempty"`
	// Shown is the card that was shown last; zero for none.
	Shown Shown `json:"shown,omitzero"`
}

// Pin is a picture that is shown first to everybody.
type Pin struct {
	Participant Participant `json:"participant"`
	Source      Source      `json:"source"`
}

// Switches is what a person has switched on, whether he shares his screen, and whether his camera is for those who moderate alone.
type Switches struct {
	Audio  bool `json:"audio"`
	Video  bool `json:"video"`
	Screen bool `json:"screen,omitempty"`
	// VideoReserved is shown to himself and to those who moderate. To others his camera is off then.
	VideoReserved bool `json:"video_reserved,omitempty"`
}

// Own is what somebody who is in is told of himself.
type Own struct {
	Switches
	// EnteredMuted: the policy let him in with his sound off, and he has not switched it on since.
	EnteredMuted bool `json:"entered_muted,omitempty"`
	// Hand and Group are as in [Member].
	Hand uint64 `json:"hand,omitempty"`
	// Promoted: moderation was lent to him.
	Promoted bool `json:"promoted,omitempty"`
	Group    int  `json:"group,omitempty"`
	// ConsentAsked: a consent is asked of him, or is there on paper, so that there is one to withdraw.
	ConsentAsked bool `json:"consent_asked,omitempty"`
}

// Member is somebody in the room as others see him.
type Member struct {
	Participant Participant `json:"participant"`
	Role        lobby.Role  `json:"role"`
	Name        lobby.Text  `json:"name"`
	Switches
	Connection Connection `json:"connection"`
	// Hand is 0 while his hand is down. Of those that are up, the one with the lowest number has been up longest.
	Hand uint64 `json:"hand,omitempty"`
	// Promoted: moderation was lent to him.
	Promoted bool `json:"promoted,omitempty"`
	// Group is the group that he is in; 0 is the main room.
	Group    int    `json:"group,omitempty"`
	Identity []byte `json:"identity,omitempty"` // what his page says of itself to the others' pages
	// Details are for those who moderate; nil for others.
	Details *Details `json:"details,omitempty"`
}

// Details is what those who moderate see besides.
type Details struct {
	// Person is empty for a signed-in counsellor.
	Person lobby.PersonID `json:"person,omitempty"`
	Label  lobby.Text     `json:"label"`
	// SealedLink opens with the room's secret: by it their pages know the person's.
	SealedLink []byte  `json:"sealed_link,omitempty"`
	Consent    Consent `json:"consent"`
	Company    Company `json:"company,omitempty"`
	// MayPromote: moderation may be lent to him.
	MayPromote bool `json:"may_promote,omitempty"`
}

// Waiter is somebody in the waiting room as those who moderate see him.
type Waiter struct {
	Participant Participant    `json:"participant"`
	Person      lobby.PersonID `json:"person"`
	Role        lobby.Role     `json:"role"`
	Label       lobby.Text     `json:"label"`
	SealedLink  []byte         `json:"sealed_link,omitempty"` // as in [Details]
	Name        lobby.Text     `json:"name"`
	Lang        string         `json:"lang,omitempty"`
	Platform    Platform       `json:"platform"`
	Media       Media          `json:"media"`
	Consent     Consent        `json:"consent"`
	Company     Company        `json:"company,omitempty"`
	Notes       []Note         `json:"notes,omitempty"` // the last ones, in their order
	// WaitedMS is how long he has waited since he knocked (last), in ms.
	WaitedMS int64 `json:"waited_ms"`
	// OtherDevice: the same link is open on another device.
	OtherDevice bool      `json:"other_device"`
	State       WaitState `json:"state"`
	Forecast    Outlook   `json:"forecast,omitempty"`
	Identity    []byte    `json:"identity,omitempty"`
}

// Outlook is what a line is expected to carry, as the person's page found before he was let in; "" where it has not.
type Outlook string

// What a line can be expected to carry.
const (
	OutlookGood  Outlook = "good"  // sound and picture
	OutlookSound Outlook = "sound" // sound; the picture may pause
	OutlookWeak  Outlook = "weak"  // the sound may break off
)

// WaitState is how somebody in the waiting room stands there.
type WaitState string

// The ways to stand there.
const (
	WaitWaiting      WaitState = "waiting"
	WaitDeclined     WaitState = "declined"
	WaitReconnecting WaitState = "reconnecting" // his socket is lost; he keeps his place for [WaitingGrace]
	WaitGone         WaitState = "gone"         // his page was closed; so does he, in case that it is loaded anew
)

// Summary is what a list of rooms shows of a live room.
type Summary struct {
	Members int `json:"members"` // seats in the room
	Waiting int `json:"waiting"` // seats in the waiting room
	// WaitingPersons are the persons of these seats, each once.
	WaitingPersons []lobby.PersonID `json:"waiting_persons,omitempty"`
	// Counsellors are the accounts of signed-in counsellors who are here. Talking: somebody whom they counsel is in.
	Counsellors []lobby.AccountID `json:"counsellors,omitempty"`
	Talking     bool              `json:"talking,omitempty"`
	// Elsewhere is what the last [Elsewhere] said.
	Elsewhere bool   `json:"elsewhere,omitempty"`
	Status    Status `json:"status"`
	// Frozen: an incident was reported.
	Frozen bool `json:"frozen,omitempty"`
	// Idle: nobody is here and nobody was ever let in: the room can be forgotten and made anew without a difference.
	Idle bool `json:"idle"`
}

// Status is the state of the room in one word.
type Status string

// The words.
const (
	StatusIdle   Status = "idle" // no counsellor is here, nobody was let in yet
	StatusOpen   Status = "open"
	StatusPaused Status = "paused"
	StatusHeld   Status = "held"
	StatusEnded  Status = "ended"
)
