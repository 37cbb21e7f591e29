package wire

import "math"

// Incident reports something that must not go on, or lets the room go on. Reporting is answered with [IncidentNoted].
type Incident struct {
	On bool `json:"on"`
}

// IncidentNoted is what the server adds to a note about an incident. It names nobody.
type IncidentNoted struct {
	Pseudonym string `json:"pseudonym"` // of the session, as its receipt will have it
	At        int64  `json:"at"`        // ms since the Unix epoch, rounded to 5 minutes
	Policy    string `json:"policy"`
	Software  string `json:"software"`
}

func (*Incident) Type() string      { return "incident" }
func (*IncidentNoted) Type() string { return "incident_noted" }

func (i *Incident) decode(f *fields) { i.On = f.bool("on") }

func (n *IncidentNoted) decode(f *fields) {
	n.Pseudonym, n.At = f.id("pseudonym"), f.number("at", 1, math.MaxInt64)
	n.Policy, n.Software = f.word("policy", MaxID), f.word("software", MaxSoftware)
}
