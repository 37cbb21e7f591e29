package lobby

// Standing is what a resume token remembers of its owner's seat and of the room, so that a live room that lost its state is not more
// open than before. Each of it only ever closes, but Reported: its owner may take back what he said himself, as before. The names in JSON are short because every hello carries them, and lasting, because
// tokens outlive the server that made them.
type Standing struct {
	AudioOff bool `json:"aoff,omitempty"` // his sound was switched off, by himself or a counsellor
	VideoOff bool `json:"voff,omitempty"` // his picture was
	// VideoReserved: his camera was for those who moderate alone.
	VideoReserved bool `json:"vres,omitempty"`
	// Held, Frozen and Locked: the room was held, frozen by an incident, and locked. Of who is outside they say nothing.
	Held   bool `json:"held,omitempty"`
	Frozen bool `json:"frz,omitempty"`
	Locked bool `json:"lck,omitempty"`
	// Reported: it was frozen by an incident that he reported.
	Reported bool `json:"rep,omitempty"`
}
