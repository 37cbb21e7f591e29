package room

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
)

// State is one room. Its zero value is of no use; make one with [New] or by decoding. It is not safe for concurrent use.
type State struct{ d data }

// data is all there is of a room. Times are ms since the Unix epoch by the clock of whoever applies, 0 for never.
type data struct {
	Config Config `json:"config"`
	// Seats stand in the order in which each came to where it is: those inside in joining order, those outside in the
	// order in which they knocked.
	Seats   []*seat                     `json:"seats,omitempty"`
	Persons map[lobby.PersonID]*invitee `json:"persons,omitempty"`
	Held    bool                        `json:"held,omitempty"`
	// Frozen: an incident was reported, by the seat FrozenBy; nothing passes between anybody. FrozenBy is empty when it is not known.
	Frozen   bool        `json:"frozen,omitempty"`
	FrozenBy Participant `json:"frozen_by,omitempty"`
	// Consultation: it is held so that those who moderate speak among themselves; as long as there are two of them.
	Consultation bool `json:"consultation,omitempty"`
	// HoldSaid: somebody held this room, or let it go on, FrozenSaid: froze it or thawed it, so that what a resume token says of it is old.
	HoldSaid   bool `json:"hold_said,omitempty"`
	FrozenSaid bool `json:"frozen_said,omitempty"`
	// Locked: nobody new may knock. LockSaid: somebody locked or unlocked this room, so that what a resume token says of it is old.
	Locked   bool `json:"locked,omitempty"`
	LockSaid bool `json:"lock_said,omitempty"`
	// Hands counts the hands that were put up.
	Hands uint64 `json:"hands,omitempty"`
	// Groups is how many groups the room is divided into; 0 while it is whole.
	Groups int `json:"groups,omitempty"`
	// OpenUntil is until when the last counsellor, who went out, has left the room open.
	OpenUntil int64 `json:"open_until,omitempty"`
	// ShareOpen: who does not moderate may share a screen too.
	ShareOpen bool `json:"share_open,omitempty"`
	// ColleagueComes: whoever moderates says to those who wait that another counsellor comes. Elsewhere: one of this room is in another
	// conversation.
	ColleagueComes bool `json:"colleague_comes,omitempty"`
	Elsewhere      bool `json:"elsewhere,omitempty"`
	// Pin is what is pinned for all; zero for nothing.
	Pin Pin `json:"pin,omitzero"`
	// Shown is the card that was shown last; zero for none.
	Shown Shown `json:"shown,omitzero"`
	// Exits are those who left quickly, the latest last.
	Exits []Exit `json:"exits,omitempty"`
	// Invited are those who were invited meanwhile and were not let in yet.
	Invited []Invitee `json:"invited,omitempty"`
	// LockedPINs are those in front of the door whose PIN is locked, as far as this room was told. Never changed in place.
	LockedPINs []Invitee `json:"locked_pins,omitempty"`
	// Pair is the two who may connect to each other; nil for none. Pairs counts them; before PairAfter there is no other.
	Pair      *pair  `json:"pair,omitempty"`
	Pairs     uint64 `json:"pairs,omitempty"`
	PairAfter int64  `json:"pair_after,omitempty"`
	// Seen: a counsellor was here. Begun: somebody who does not moderate was inside, so there is a session to end.
	Seen  bool `json:"seen,omitempty"`
	Begun bool `json:"begun,omitempty"`
	// Attended is who was inside, and what the room's receipt says of it.
	Attended attended `json:"attended,omitzero"`
	// Paused: the session has begun and no counsellor is here, since PausedAt.
	Paused   bool  `json:"paused,omitempty"`
	PausedAt int64 `json:"paused_at,omitempty"`
	// Latest is the latest time that was seen.
	Latest int64 `json:"latest,omitempty"`
	// Over: the room has ended. Then nothing else is left in here.
	Over bool `json:"over,omitempty"`
}

// seat is one participant.
type seat struct {
	ID      Participant     `json:"id"`
	Person  lobby.PersonID  `json:"person,omitempty"`
	Account lobby.AccountID `json:"account,omitempty"`
	Role    lobby.Role      `json:"role"`
	Device  Device          `json:"device"`
	// State is Waiting, Declined, Admitted or Reconnecting (admitted and without a socket).
	State lobby.State `json:"state"`
	// Socket is empty while there is none, since GoneAt. Parted: his page said then that it goes.
	Socket Socket `json:"socket,omitempty"`
	GoneAt int64  `json:"gone_at,omitempty"`
	Parted bool   `json:"parted,omitempty"`
	// Since is when the person knocked, or came in.
	Since int64 `json:"since"`
	// HeardAt is when something was last heard of somebody inside. Lost: of who moderates nothing was for LostAfter.
	HeardAt int64 `json:"heard_at"`
	Lost    bool  `json:"lost,omitempty"`
	// Claimed is how he says that his connection is, since he got his socket: empty, Reconnecting or Interrupted.
	Claimed Connection `json:"claimed,omitempty"`
	// DeclinedAt is when this seat was last declined.
	DeclinedAt int64    `json:"declined_at,omitempty"`
	On         Switches `json:"on"`
	// Silenced: what a counsellor switched off, or, after a restart, may have, until the person switched it on again.
	Silenced Switches `json:"silenced,omitzero"`
	// EnteredMuted: the policy let him in with his sound off, and he has not switched it on since.
	EnteredMuted bool `json:"entered_muted,omitempty"`
	// Hand is the number that his hand got when he put it up: the lowest has been up longest. 0 while it is down.
	Hand uint64 `json:"hand,omitempty"`
	// MayModerate: his link was marked for it. Promoted: somebody who moderates by his role has lent him moderation.
	MayModerate bool `json:"may_moderate,omitempty"`
	Promoted    bool `json:"promoted,omitempty"`
	// Group is the group that he is in; 0 is the main room.
	Group int `json:"group,omitempty"`
	// Shut: he came while the room was locked, and does not knock before it is unlocked.
	Shut bool `json:"shut,omitempty"`

	Label      lobby.Text `json:"label"`
	SealedLink []byte     `json:"sealed_link,omitempty"`
	Name       lobby.Text `json:"name"`
	Lang       string     `json:"lang,omitempty"`
	Platform   Platform   `json:"platform"`
	Media      Media      `json:"media"`
	// Consent is [ConsentGiven] or [ConsentWritten]; "" for neither.
	Consent Consent `json:"consent,omitempty"`
	// ConsentText is the SHA-256 of the text that was agreed to; empty when the page did not say one.
	ConsentText []byte  `json:"consent_text,omitempty"`
	Company     Company `json:"company,omitempty"`
	Notes       []Note  `json:"notes,omitempty"` // while he waits
	Forecast    Outlook `json:"forecast,omitempty"`
	Identity    []byte  `json:"identity,omitempty"`
}

// invitee is what a room remembers of a person, whether or not he has a seat.
type invitee struct {
	Generation uint32 `json:"generation"`
	// Link is the generation of the present link, as far as this room saw it made: a ticket from before is for another.
	Link    uint32 `json:"link,omitempty"`
	Removed bool   `json:"removed,omitempty"`
	// ConsentInWriting: his consent is there on paper, as this room was told.
	ConsentInWriting bool `json:"consent_in_writing,omitempty"`
	// WroteAt is when he last wrote a note, WrittenToAt when one was last written to him.
	WroteAt     int64 `json:"wrote_at,omitempty"`
	WrittenToAt int64 `json:"written_to_at,omitempty"`
	// Bound is the device of the present admission: the person is inside with it, or left at LeftAt and may re-enter.
	// Zero when this room has not seen an admission, or it is worth nothing any more.
	Bound  Device `json:"bound"`
	LeftAt int64  `json:"left_at,omitempty"`
	// Group is the one that he left, to come back to; 0 for none.
	Group int `json:"group,omitempty"`
	// DeclinedAt is when a seat of the person was last declined.
	DeclinedAt int64 `json:"declined_at,omitempty"`
	// VideoReserved is as in the switches of his seats, and outlives them: who comes back shows nobody more than before.
	VideoReserved bool `json:"video_reserved,omitempty"`
}

// New makes an empty room. The error names what is wrong with the configuration.
func New(c Config) (*State, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	return &State{data{Config: c, Seen: c.Begun, Begun: c.Begun, ColleagueComes: c.StandIn}}, nil
}

// Apply does one command at the time now and gives what follows, in order. On an error, always a [Refusal], nothing has
// changed. Time never runs backwards in a room: an earlier now counts as the latest that was seen. The events share
// no memory with the state but byte slices that neither side writes to.
func (s *State) Apply(c Command, now time.Time) ([]Event, error) {
	if s.d.Over {
		return nil, ErrEnded
	}
	if err := check(c); err != nil {
		return nil, err
	}
	at := max(now.UnixMilli(), s.d.Latest, 1)
	if heard, ok := c.(Heard); ok && s.heardAgain(heard.Participant, at) {
		return nil, nil
	}
	t := &step{s: s, now: at, before: s.picture()}
	if err := t.do(c); err != nil {
		return nil, err
	}
	if !s.d.Over {
		s.d.Latest = at
		t.settle()
	}
	return t.events(), nil
}

// do runs the one handler of the command. A handler decides first and changes afterwards: what returns an error has
// changed nothing.
func (t *step) do(c Command) error {
	switch c := c.(type) {
	case Arrive:
		return t.arrive(c)
	case Disconnect:
		return t.disconnect(c)
	case Heard:
		return t.heard(c)
	case Leave:
		return t.leave(c)
	case Foresee:
		return t.foresee(c)
	case Knock:
		return t.knock(c)
	case SayCompany:
		return t.accompanied(c)
	case Write:
		return t.write(c)
	case Colleague:
		return t.colleague(c)
	case NoteConsent:
		return t.noteConsent(c)
	case Withdraw:
		return t.withdraw(c)
	case NotePIN:
		return t.notePIN(c)
	case UnlockPIN:
		return t.unlockPIN(c)
	case Elsewhere:
		t.s.d.Elsewhere = c.On
		return nil
	case Admit:
		return t.admit(c)
	case Decline:
		return t.decline(c)
	case PutBack:
		return t.putBack(c)
	case Remove:
		return t.remove(c)
	case Self:
		return t.self(c)
	case Mute:
		return t.mute(c)
	case MuteAll:
		return t.muteAll(c)
	case Promote:
		return t.promote(c)
	case ReserveVideo:
		return t.reserveVideo(c)
	case Hold:
		return t.hold(c)
	case Divide:
		return t.divide(c)
	case Recall:
		return t.recall(c)
	case EnterGroup:
		return t.enterGroup(c)
	case Incident:
		return t.incident(c)
	case Lock:
		return t.lock(c)
	case RaiseHand:
		return t.raiseHand(c)
	case LowerHand:
		return t.lowerHand(c)
	case LeaveOpen:
		return t.leaveOpen(c)
	case Share:
		return t.share(c)
	case PinFor:
		return t.pin(c)
	case ShowCard:
		return t.showCard(c)
	case End:
		return t.endBy(c)
	case RemovePerson:
		return t.removePerson(c)
	case ReplaceLink:
		return t.replaceLink(c)
	case Invite:
		return t.invite(c)
	case StandIn:
		t.standIn()
		return nil
	case EndRoom:
		t.end()
		return nil
	case Tick:
		t.tick()
		return nil
	}
	return ErrBadCommand
}

func (s *State) seat(id Participant) *seat {
	for _, x := range s.d.Seats {
		if x.ID == id {
			return x
		}
	}
	return nil
}

func (s *State) seatAt(socket Socket) *seat {
	for _, x := range s.d.Seats {
		if x.Socket == socket && socket != "" {
			return x
		}
	}
	return nil
}

// inside reports whether the seat is in the room, with or without a socket.
func (x *seat) inside() bool { return x.State.Inside() }

// waiting reports whether the seat is in the waiting room, not declined.
func (x *seat) waiting() bool { return x.State == lobby.Waiting }

// moderates reports whether the seat may moderate once it is inside: by its role, or because it was lent.
func (x *seat) moderates() bool { return x.Role.Moderates() || x.Promoted }

// moderator reports whether the seat may moderate: and is inside itself.
func (x *seat) moderator() bool { return x.moderates() && x.inside() }

// here reports whether the seat is a counsellor in the room of whom something is heard.
func (x *seat) here() bool { return x.moderator() && !x.Lost }

// counsellorHere is what promise 4 hangs on.
func (s *State) counsellorHere() bool {
	for _, x := range s.d.Seats {
		if x.here() {
			return true
		}
	}
	return false
}

// MarshalJSON gives the whole room.
func (s *State) MarshalJSON() ([]byte, error) { return json.Marshal(&s.d) }

// UnmarshalJSON reads what MarshalJSON wrote. An error leaves the state as it was.
func (s *State) UnmarshalJSON(raw []byte) error {
	var d data
	if err := json.Unmarshal(raw, &d); err != nil {
		return fmt.Errorf("room: read the state: %w", err)
	}
	if err := d.check(); err != nil {
		return fmt.Errorf("room: read the state: %w", err)
	}
	s.d = d
	return nil
}
