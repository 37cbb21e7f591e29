package wire

// OK answers a request that was done.
type OK struct{ bare }

// Error answers a request that was refused.
type Error struct {
	Code Code `json:"code"`
}

func (*OK) Type() string    { return "ok" }
func (*Error) Type() string { return "error" }

// An unknown code is no reason to refuse the refusal: a newer server may know more.
func (e *Error) decode(f *fields) { e.Code = Code(f.word("code", MaxName)) }
