package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
)

// Message is one message in its envelope.
type Message struct {
	ID   int32  // of a request, and of its reply; 0 for none
	Seq  uint64 // of an event: how many events this socket has carried, this one included; 0 for requests and replies
	Body Body   // a pointer to one of this package's message types
}

// Body is what a message says. The types that implement it are this package's alone.
type Body interface {
	Type() string
	decode(*fields)
}

// bare is the body of a message that says everything by its type.
type bare struct{}

func (bare) decode(*fields) {}
func (bare) isBare() bool   { return true }

// DecodeRequest decodes what a participant sends. With an error the message still carries the id, when that much could be
// read, so that the refusal can name it. Errors wrap [ErrBadMessage], [ErrUnknownType] or [ErrTooLarge].
func DecodeRequest(data []byte) (Message, error) { return decode(data, request) }

// DecodeUpdate decodes what the server sends: replies and events.
func DecodeUpdate(data []byte) (Message, error) { return decode(data, update) }

func decode(data []byte, newBody func(string) Body) (Message, error) {
	var m Message
	if len(data) > MaxLargeMessage {
		return m, ErrTooLarge
	}
	v, err := parse(data)
	if err != nil {
		return m, fmt.Errorf("%w: %w", ErrBadMessage, err)
	}
	if v.kind != kindObject {
		return m, fmt.Errorf("%w: not an object", ErrBadMessage)
	}
	f := &fields{object: v, path: "message", err: &err}
	if f.has("id") {
		m.ID = int32(f.number("id", 1, math.MaxInt32))
	}
	if f.has("seq") {
		m.Seq = uint64(f.number("seq", 1, math.MaxInt64))
	}
	name := f.word("type", MaxName)
	if err != nil {
		return m, err
	}
	body := newBody(name)
	if body == nil {
		return m, ErrUnknownType
	}
	if len(data) > MaxMessage && !large(body) {
		return m, ErrTooLarge
	}
	b := &fields{object: value{kind: kindObject}, path: name, err: &err}
	if f.has("body") {
		b = f.sub("body")
		b.path = name
	}
	if err == nil {
		body.decode(b)
	}
	if err != nil {
		return m, err
	}
	m.Body = body
	return m, nil
}

// large reports whether messages of a type may exceed MaxMessage: those with a session description or a room's state.
func large(b Body) bool {
	switch b.(type) {
	case *Offer, *Answer, *Welcome, *Admitted, *Grouped:
		return true
	}
	return false
}

// Encode writes a message. It fails with [ErrTooLarge] when the other end would refuse it for its size.
func Encode(m Message) ([]byte, error) {
	e := struct {
		Type string `json:"type"`
		ID   int32  `json:"id,omitzero"`
		Seq  uint64 `json:"seq,omitzero"`
		Body Body   `json:"body,omitempty"`
	}{m.Body.Type(), m.ID, m.Seq, m.Body}
	if b, ok := m.Body.(interface{ isBare() bool }); ok && b.isBare() {
		e.Body = nil
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e); err != nil {
		return nil, fmt.Errorf("encoding %s: %w", e.Type, err)
	}
	data := bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
	if len(data) > MaxLargeMessage || len(data) > MaxMessage && !large(m.Body) {
		return nil, ErrTooLarge
	}
	return data, nil
}

// request gives an empty message of a type that participants send, nil for any other.
func request(name string) Body {
	switch name {
	case "hello":
		return new(Hello)
	case "leave":
		return new(Leave)
	case "ping":
		return new(Ping)
	case "offer":
		return new(Offer)
	case "slots_ack":
		return new(SlotsAck)
	case "view":
		return new(View)
	case "self":
		return new(Self)
	case "admit":
		return new(Admit)
	case "decline":
		return new(Decline)
	case "put_back":
		return new(PutBack)
	case "remove":
		return new(Remove)
	case "mute":
		return new(Mute)
	case "mute_all":
		return new(MuteAll)
	case "reserve_video":
		return new(ReserveVideo)
	case "hold":
		return new(Hold)
	case "groups":
		return new(Groups)
	case "recall":
		return new(Recall)
	case "enter_group":
		return new(EnterGroup)
	case "incident":
		return new(Incident)
	case "end":
		return new(End)
	case "lock":
		return new(Lock)
	case "promote":
		return new(Promote)
	case "raise_hand":
		return new(RaiseHand)
	case "lower_hand":
		return new(LowerHand)
	case "leave_open":
		return new(LeaveOpen)
	case "share":
		return new(Share)
	case "pin":
		return new(Pin)
	case "card":
		return new(ShowCard)
	case "quality":
		return new(Quality)
	case "note":
		return new(WriteNote)
	case "company":
		return new(SayCompany)
	case "colleague":
		return new(Colleague)
	case "note_consent":
		return new(NoteConsent)
	case "unlock_pin":
		return new(UnlockPIN)
	case "withdraw":
		return new(Withdraw)
	case "knock":
		return new(Knock)
	case "line_check":
		return new(LineCheck)
	case "forecast":
		return new(Forecast)
	case "pair_signal":
		return new(PairSignal)
	case "pair_shown":
		return new(PairShown)
	case "sealed":
		return new(SendSealed)
	}
	return nil
}

// update gives an empty message of a type that the server sends, nil for any other.
func update(name string) Body {
	switch name {
	case "ok":
		return new(OK)
	case "error":
		return new(Error)
	case "welcome":
		return new(Welcome)
	case "pong":
		return new(Pong)
	case "answer":
		return new(Answer)
	case "admitted":
		return new(Admitted)
	case "declined":
		return new(Declined)
	case "put_back":
		return new(WasPutBack)
	case "removed":
		return new(Removed)
	case "ended":
		return new(Ended)
	case "replaced":
		return new(Replaced)
	case "promoted":
		return new(Promoted)
	case "own_hand":
		return new(OwnHand)
	case "grouped":
		return new(Grouped)
	case "token":
		return new(Token)
	case "waiting":
		return new(Waiting)
	case "waiting_gone":
		return new(WaitingGone)
	case "member":
		return new(Member)
	case "member_gone":
		return new(MemberGone)
	case "publication":
		return new(Publication)
	case "publication_gone":
		return new(PublicationGone)
	case "room":
		return new(Room)
	case "invited":
		return new(Invited)
	case "exits":
		return new(Exits)
	case "locked_pins":
		return new(LockedPINs)
	case "counsellor":
		return new(Counsellor)
	case "stay":
		return new(Stay)
	case "withdrawn":
		return new(Withdrawn)
	case "muted":
		return new(Muted)
	case "video_reserved":
		return new(VideoReserved)
	case "slots":
		return new(Slots)
	case "speaker":
		return new(Speaker)
	case "demand":
		return new(Demand)
	case "pictures_paused":
		return new(PicturesPaused)
	case "line":
		return new(LineChanged)
	case "codec":
		return new(Codec)
	case "pair":
		return new(Pair)
	case "pair_gone":
		return new(PairGone)
	case "peer_signal":
		return new(PeerSignal)
	case "peer_shown":
		return new(PeerShown)
	case "incident_noted":
		return new(IncidentNoted)
	case "line_way":
		return new(LineWay)
	case "sealed":
		return new(Sealed)
	}
	return nil
}
