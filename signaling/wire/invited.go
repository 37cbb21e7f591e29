package wire

// Invited tells those who moderate of everybody who was invited while the room is live and is not there yet.
type Invited struct {
	Invited List[Invitee] `json:"invited"`
}

func (*Invited) Type() string       { return "invited" }
func (i *Invited) decode(f *fields) { i.Invited = readInvitees(f, "invited") }

// Invitee is somebody in front of the door, of whom those who moderate are told.
type Invitee struct {
	Person string `json:"person"`
	Role   Role   `json:"role"`
	Label  Text   `json:"label"` // the counsellor's words for the person
}

func readInvitees(f *fields, name string) List[Invitee] {
	return list(f, name, MaxList, func(f *fields) Invitee {
		return Invitee{f.id("person"), readRole(f), readText(f.sub("label"))}
	})
}
