package wire

// LockedPINs tells those who moderate of everybody in front of the door whose PIN was typed wrongly too often.
type LockedPINs struct {
	LockedPINs List[LockedPIN] `json:"locked_pins"`
}

func (*LockedPINs) Type() string       { return "locked_pins" }
func (l *LockedPINs) decode(f *fields) { l.LockedPINs = readLockedPINs(f) }

// LockedPIN is somebody whose PIN is locked.
type LockedPIN struct {
	Person string `json:"person"`
	Role   Role   `json:"role"`
	Label  Text   `json:"label"` // the counsellor's words for the person
}

func readLockedPINs(f *fields) List[LockedPIN] {
	return list(f, "locked_pins", MaxList, func(f *fields) LockedPIN {
		return LockedPIN{f.id("person"), readRole(f), readText(f.sub("label"))}
	})
}

// UnlockPIN gives somebody his tries again.
type UnlockPIN struct {
	Person string `json:"person"`
}

func (*UnlockPIN) Type() string       { return "unlock_pin" }
func (u *UnlockPIN) decode(f *fields) { u.Person = f.id("person") }
