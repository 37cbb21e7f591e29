package wire

// Promote lends moderation to a member, or takes it back.
type Promote struct {
	Participant string `json:"participant"`
	On          bool   `json:"on"`
}

func (*Promote) Type() string { return "promote" }

func (p *Promote) decode(f *fields) {
	p.Participant = f.id("participant")
	p.On = f.bool("on")
}

// Promoted tells a member that moderation was lent to him, with what he is told of the others from now on, or taken back: then Members is what
// everybody is told, and the rest is empty.
type Promoted struct {
	On         bool             `json:"on"`
	Members    List[Member]     `json:"members"`
	Waiting    List[Waiting]    `json:"waiting,omitzero"`
	Exits      List[Exit]       `json:"exits,omitzero"`
	Invited    List[Invitation] `json:"invited,omitzero"`
	LockedPINs List[LockedPIN]  `json:"locked_pins,omitzero"`
}

func (*Promoted) Type() string { return "promoted" }

func (p *Promoted) decode(f *fields) {
	p.On = f.bool("on")
	p.Members = list(f, "members", MaxList, read[Member])
	if f.has("waiting") {
		p.Waiting = list(f, "waiting", MaxList, read[Waiting])
	}
	if f.has("exits") {
		p.Exits = readExits(f)
	}
	if f.has("invited") {
		p.Invited = readInvited(f)
	}
	if f.has("locked_pins") {
		p.LockedPINs = readLockedPINs(f)
	}
}
