package wire

// How many groups a room can be divided into, and how many members one request assigns.
const (
	MinGroups = 2
	MaxGroups = 8
	MaxPlaces = 40
)

// Groups divides the room into small groups, or changes those that run. Whom Places does not name stays where he is.
type Groups struct {
	Groups int         `json:"groups"`
	Places List[Place] `json:"places"`
}

// Place is the group that a member is to be in; 0 is the main room.
type Place struct {
	Participant string `json:"participant"`
	Group       int    `json:"group"`
}

func (*Groups) Type() string { return "groups" }

func (g *Groups) decode(f *fields) {
	g.Groups = readGroups(f)
	g.Places = list(f, "places", MaxPlaces, func(f *fields) Place {
		return Place{f.id("participant"), int(f.number("group", 0, int64(max(g.Groups, 0))))}
	})
	named := map[string]bool{}
	for _, p := range g.Places {
		if named[p.Participant] {
			f.fail("places", "somebody twice")
		}
		named[p.Participant] = true
	}
}

// Recall brings everybody back to the main room, and ends the groups.
type Recall struct{ bare }

func (*Recall) Type() string { return "recall" }

// EnterGroup takes whoever asks, who moderates, into a group, or with 0 back to the main room.
type EnterGroup struct {
	Group int `json:"group"`
}

func (*EnterGroup) Type() string       { return "enter_group" }
func (e *EnterGroup) decode(f *fields) { e.Group = int(f.number("group", 0, MaxGroups)) }

// Grouped tells a member that he is in another group now, and who else is in: those of that group, and those who moderate.
type Grouped struct {
	Group   int          `json:"group"` // 0 for the main room
	Members List[Member] `json:"members"`
}

func (*Grouped) Type() string { return "grouped" }

func (g *Grouped) decode(f *fields) {
	g.Group = int(f.number("group", 0, MaxGroups))
	g.Members = list(f, "members", MaxList, read[Member])
}

func readGroups(f *fields) int { return int(f.number("groups", MinGroups, MaxGroups)) }

// readGroup reads the group that somebody is in; missing for the main room.
func readGroup(f *fields) int {
	if !f.has("group") {
		return 0
	}
	return int(f.number("group", 1, MaxGroups))
}
