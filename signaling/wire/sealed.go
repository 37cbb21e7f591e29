package wire

// SendSealed asks that another participant who is in gets what this one's page sealed for his. Nobody between them reads it.
type SendSealed struct {
	To     string `json:"to"`
	Sealed Bytes  `json:"sealed"`
}

func (*SendSealed) Type() string { return "sealed" }

func (s *SendSealed) decode(f *fields) {
	s.To = f.id("to")
	s.Sealed = f.bytes("sealed", MaxSealed)
}

// Sealed is what another participant's page has sealed for this one.
type Sealed struct {
	From   string `json:"from"` // as the server knows it: the page believes what opens
	Sealed Bytes  `json:"sealed"`
}

func (*Sealed) Type() string { return "sealed" }

func (s *Sealed) decode(f *fields) {
	s.From = f.id("from")
	s.Sealed = f.bytes("sealed", MaxSealed)
}
