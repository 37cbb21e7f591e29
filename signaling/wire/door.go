package wire

// Lock closes the room to whoever is not in, or opens it again.
type Lock struct {
	On bool `json:"on"`
}

func (*Lock) Type() string       { return "lock" }
func (l *Lock) decode(f *fields) { l.On = f.bool("on") }

// LeaveOpen is a leave of the last counsellor that leaves the room open to those inside.
type LeaveOpen struct {
	ForMS int64 `json:"for_ms"`
}

func (*LeaveOpen) Type() string       { return "leave_open" }
func (l *LeaveOpen) decode(f *fields) { l.ForMS = f.number("for_ms", 1, MaxLeaveOpen.Milliseconds()) }
