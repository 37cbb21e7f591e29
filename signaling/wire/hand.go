package wire

import "math"

// RaiseHand puts the own hand up, behind those that are up already, or down.
type RaiseHand struct {
	Up bool `json:"up"`
}

func (*RaiseHand) Type() string       { return "raise_hand" }
func (r *RaiseHand) decode(f *fields) { r.Up = f.bool("up") }

// LowerHand puts one member's hand down. The zero value, a message without a body, puts down everybody's.
type LowerHand struct {
	Participant string `json:"participant"`
}

func (*LowerHand) Type() string   { return "lower_hand" }
func (l *LowerHand) isBare() bool { return *l == LowerHand{} }

func (l *LowerHand) decode(f *fields) {
	if f.has("participant") {
		l.Participant = f.id("participant")
	}
}

// OwnHand tells a member that his hand is up, or no longer.
type OwnHand struct {
	Hand int64 `json:"hand"` // as in [Member]; 0 for down
}

func (*OwnHand) Type() string       { return "own_hand" }
func (o *OwnHand) decode(f *fields) { o.Hand = f.number("hand", 0, math.MaxInt64) }
