package room

import (
	"encoding/json"
	"errors"
	"fmt"
)

// tagged is a value with its type beside it, as it crosses from node to node.
type tagged struct {
	Type string          `json:"type"`
	To   []Socket        `json:"to,omitempty"`
	Body json.RawMessage `json:"body"`
}

// EncodeCommand gives the JSON of a command, with its type beside it. The error is ErrBadCommand for a command that Apply
// would refuse as such.
func EncodeCommand(c Command) ([]byte, error) {
	if err := check(c); err != nil {
		return nil, err
	}
	return encode(tagged{Type: c.commandType()}, c)
}

// DecodeCommand reads what EncodeCommand wrote, also on a node of another version: unknown fields are ignored, an
// unknown type and a value over its bound are an error.
func DecodeCommand(raw []byte) (Command, error) {
	var t tagged
	if err := json.Unmarshal(raw, &t); err != nil {
		return nil, fmt.Errorf("room: read a command: %w", err)
	}
	c, err := command(t)
	if err != nil {
		return nil, fmt.Errorf("room: read a command: %w", err)
	}
	if err := check(c); err != nil {
		return nil, err
	}
	return c, nil
}

// EncodeEvent gives the JSON of an event, with the type of its body beside it.
func EncodeEvent(e Event) ([]byte, error) {
	if e.Body == nil {
		return nil, errors.New("room: an event without a body")
	}
	return encode(tagged{Type: e.Body.eventType(), To: e.To}, e.Body)
}

// DecodeEvent reads what EncodeEvent wrote.
func DecodeEvent(raw []byte) (Event, error) {
	var t tagged
	if err := json.Unmarshal(raw, &t); err != nil {
		return Event{}, fmt.Errorf("room: read an event: %w", err)
	}
	b, err := body(t)
	if err != nil {
		return Event{}, fmt.Errorf("room: read an event: %w", err)
	}
	return Event{To: t.To, Body: b}, nil
}

func encode(t tagged, body any) ([]byte, error) {
	var err error
	if t.Body, err = json.Marshal(body); err != nil {
		return nil, fmt.Errorf("room: write %s: %w", t.Type, err)
	}
	return json.Marshal(t)
}

var errUnknownType = errors.New("unknown type")

func as[T any](t tagged) (v T, err error) {
	err = json.Unmarshal(t.Body, &v)
	return v, err
}

// command reads the body by the type beside it.
func command(t tagged) (Command, error) {
	switch t.Type {
	case Arrive{}.commandType():
		return as[Arrive](t)
	case Disconnect{}.commandType():
		return as[Disconnect](t)
	case Heard{}.commandType():
		return as[Heard](t)
	case Leave{}.commandType():
		return as[Leave](t)
	case Knock{}.commandType():
		return as[Knock](t)
	case Foresee{}.commandType():
		return as[Foresee](t)
	case SayCompany{}.commandType():
		return as[SayCompany](t)
	case Write{}.commandType():
		return as[Write](t)
	case Colleague{}.commandType():
		return as[Colleague](t)
	case NoteConsent{}.commandType():
		return as[NoteConsent](t)
	case Withdraw{}.commandType():
		return as[Withdraw](t)
	case NotePIN{}.commandType():
		return as[NotePIN](t)
	case UnlockPIN{}.commandType():
		return as[UnlockPIN](t)
	case Elsewhere{}.commandType():
		return as[Elsewhere](t)
	case Admit{}.commandType():
		return as[Admit](t)
	case Decline{}.commandType():
		return as[Decline](t)
	case PutBack{}.commandType():
		return as[PutBack](t)
	case Remove{}.commandType():
		return as[Remove](t)
	case Self{}.commandType():
		return as[Self](t)
	case Mute{}.commandType():
		return as[Mute](t)
	case MuteAll{}.commandType():
		return as[MuteAll](t)
	case Promote{}.commandType():
		return as[Promote](t)
	case ReserveVideo{}.commandType():
		return as[ReserveVideo](t)
	case Hold{}.commandType():
		return as[Hold](t)
	case Divide{}.commandType():
		return as[Divide](t)
	case Recall{}.commandType():
		return as[Recall](t)
	case EnterGroup{}.commandType():
		return as[EnterGroup](t)
	case Incident{}.commandType():
		return as[Incident](t)
	case Lock{}.commandType():
		return as[Lock](t)
	case RaiseHand{}.commandType():
		return as[RaiseHand](t)
	case LowerHand{}.commandType():
		return as[LowerHand](t)
	case LeaveOpen{}.commandType():
		return as[LeaveOpen](t)
	case Share{}.commandType():
		return as[Share](t)
	case PinFor{}.commandType():
		return as[PinFor](t)
	case ShowCard{}.commandType():
		return as[ShowCard](t)
	case End{}.commandType():
		return as[End](t)
	case RemovePerson{}.commandType():
		return as[RemovePerson](t)
	case ReplaceLink{}.commandType():
		return as[ReplaceLink](t)
	case Invite{}.commandType():
		return as[Invite](t)
	case StandIn{}.commandType():
		return as[StandIn](t)
	case EndRoom{}.commandType():
		return as[EndRoom](t)
	case Tick{}.commandType():
		return as[Tick](t)
	}
	return nil, errUnknownType
}

// body reads the body by the type beside it.
func body(t tagged) (Body, error) {
	switch t.Type {
	case Welcome{}.eventType():
		return as[Welcome](t)
	case Admitted{}.eventType():
		return as[Admitted](t)
	case SentBack{}.eventType():
		return as[SentBack](t)
	case Declined{}.eventType():
		return as[Declined](t)
	case Removed{}.eventType():
		return as[Removed](t)
	case Ended{}.eventType():
		return as[Ended](t)
	case Replaced{}.eventType():
		return as[Replaced](t)
	case WaitingChanged{}.eventType():
		return as[WaitingChanged](t)
	case WaitingGone{}.eventType():
		return as[WaitingGone](t)
	case MemberChanged{}.eventType():
		return as[MemberChanged](t)
	case MemberGone{}.eventType():
		return as[MemberGone](t)
	case RoomChanged{}.eventType():
		return as[RoomChanged](t)
	case CounsellorChanged{}.eventType():
		return as[CounsellorChanged](t)
	case Withdrawn{}.eventType():
		return as[Withdrawn](t)
	case StayChanged{}.eventType():
		return as[StayChanged](t)
	case InvitedChanged{}.eventType():
		return as[InvitedChanged](t)
	case ExitsChanged{}.eventType():
		return as[ExitsChanged](t)
	case LockedPINsChanged{}.eventType():
		return as[LockedPINsChanged](t)
	case Muted{}.eventType():
		return as[Muted](t)
	case Promotion{}.eventType():
		return as[Promotion](t)
	case VideoReserved{}.eventType():
		return as[VideoReserved](t)
	case Grouped{}.eventType():
		return as[Grouped](t)
	case OwnHand{}.eventType():
		return as[OwnHand](t)
	case Standing{}.eventType():
		return as[Standing](t)
	case Close{}.eventType():
		return as[Close](t)
	case Flow{}.eventType():
		return as[Flow](t)
	case Drop{}.eventType():
		return as[Drop](t)
	case Paired{}.eventType():
		return as[Paired](t)
	case Parted{}.eventType():
		return as[Parted](t)
	case Over{}.eventType():
		return as[Over](t)
	case Durable{}.eventType():
		return as[Durable](t)
	}
	return nil, errUnknownType
}
