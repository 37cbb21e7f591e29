package wire

// Invited tells those who moderate of everybody who was invited while the room is live and is not there yet.
type Invited struct {
	Invited List[Invitation] `json:"invited"`
}

func (*Invited) Type() string       { return "invited" }
func (i *Invited) decode(f *fields) { i.Invited = readInvited(f) }

// Invitation is somebody who may knock.
type Invitation struct {
	Person string `json:"person"`
	Role   Role   `json:"role"`
	Label  Text   `json:"label"` // the counsellor's words for the person
}

func readInvited(f *fields) List[Invitation] {
	return list(f, "invited", MaxList, func(f *fields) Invitation {
		return Invitation{f.id("person"), readRole(f), readText(f.sub("label"))}
	})
}
