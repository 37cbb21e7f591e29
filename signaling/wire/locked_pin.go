package wire

// LockedPINs tells those who moderate of everybody in front of the door whose PIN was typed wrongly too often.
type LockedPINs struct {
	LockedPINs List[Invitee] `json:"locked_pins"`
}

func (*LockedPINs) Type() string       { return "locked_pins" }
func (l *LockedPINs) decode(f *fields) { l.LockedPINs = readInvitees(f, "locked_pins") }

// UnlockPIN gives somebody his tries again.
type UnlockPIN struct {
	Person string `json:"person"`
}

func (*UnlockPIN) Type() string       { return "unlock_pin" }
func (u *UnlockPIN) decode(f *fields) { u.Person = f.id("person") }
