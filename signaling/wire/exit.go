package wire

// Exits tells those who moderate of everybody who left quickly and was not let in again: they must not be called back unasked.
type Exits struct {
	Exits List[Exit] `json:"exits"`
}

func (*Exits) Type() string       { return "exits" }
func (e *Exits) decode(f *fields) { e.Exits = readExits(f) }

// Exit is somebody who left quickly.
type Exit struct {
	Participant string `json:"participant"`
	Person      string `json:"person"`
	Role        Role   `json:"role"`
	Label       Text   `json:"label"`            // the counsellor's words for the person
	Name        Text   `json:"name"`             // the person's own words
	Waited      bool   `json:"waited,omitempty"` // from the waiting room
}

func readExits(f *fields) List[Exit] {
	return list(f, "exits", MaxList, func(f *fields) Exit {
		return Exit{f.id("participant"), f.id("person"), readRole(f), readText(f.sub("label")), readText(f.sub("name")), f.flag("waited")}
	})
}
