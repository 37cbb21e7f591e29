package room

import "github.com/anteroom-video/anteroom/lobby"

// The commands that tell a room what was done outside it: what is durable of that is written already. No message of a participant becomes one of
// these.

// Elsewhere says whether a counsellor of this room is in another conversation.
type Elsewhere struct {
	On bool `json:"on"`
}

// RemovePerson removes a person whose link was revoked outside the room (HTTP API, command line), here or not.
type RemovePerson struct {
	Person lobby.PersonID `json:"person"`
}

// ReplaceLink gives up the seats of a person who was given a new link outside the room: who has the old one is out, on all
// devices, and whoever has the new one arrives anew. Generation is what the store has since then.
type ReplaceLink struct {
	Person     lobby.PersonID `json:"person"`
	Generation uint32         `json:"generation"`
}

// Invite says that somebody was invited outside the room, who may knock from now on.
type Invite struct {
	Person lobby.PersonID `json:"person"`
	Role   lobby.Role     `json:"role"`
	Label  lobby.Text     `json:"label"`
}

// StandIn says that the room was handed over to a stand-in.
type StandIn struct{}

// NotePIN notes whether a person's PIN is locked, as the store has it.
type NotePIN struct {
	Invitee
	Locked bool `json:"locked"`
}

// EndRoom ends a room that was ended or deleted outside it.
type EndRoom struct{}

func (Elsewhere) commandType() string    { return "elsewhere" }
func (RemovePerson) commandType() string { return "remove_person" }
func (ReplaceLink) commandType() string  { return "replace_link" }
func (Invite) commandType() string       { return "invite" }
func (StandIn) commandType() string      { return "stand_in" }
func (NotePIN) commandType() string      { return "note_pin" }
func (EndRoom) commandType() string      { return "end_room" }
