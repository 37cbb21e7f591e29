package wire

// NoteConsent notes that the consent of somebody who waits is there on paper.
type NoteConsent struct {
	Participant string `json:"participant"`
}

func (*NoteConsent) Type() string       { return "note_consent" }
func (c *NoteConsent) decode(f *fields) { c.Participant = f.id("participant") }

// Withdraw withdraws one's own consent, and is a message without a body; or, by whoever moderates, that of Participant.
type Withdraw struct {
	Participant string `json:"participant,omitempty"`
}

func (*Withdraw) Type() string   { return "withdraw" }
func (w *Withdraw) isBare() bool { return w.Participant == "" }

func (w *Withdraw) decode(f *fields) {
	if f.has("participant") {
		w.Participant = f.id("participant")
	}
}

// Withdrawn is the last message to somebody whose consent is withdrawn, with his own participant, and tells those who moderate whose it was.
type Withdrawn struct {
	Participant string `json:"participant"`
}

func (*Withdrawn) Type() string       { return "withdrawn" }
func (w *Withdrawn) decode(f *fields) { w.Participant = f.id("participant") }
