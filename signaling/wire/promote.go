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
	On      bool         `json:"on"`
	Members List[Member] `json:"members"`
	Door
}

func (*Promoted) Type() string { return "promoted" }

func (p *Promoted) decode(f *fields) {
	p.On = f.bool("on")
	p.Members = list(f, "members", MaxList, read[Member])
	p.Door = readDoor(f)
}
