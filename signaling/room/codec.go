package room

// EncodeCommand gives the JSON of a command, with its type beside it.
func EncodeCommand(c Command) ([]byte, error) { return nil, ErrBadCommand }

// DecodeCommand reads what EncodeCommand wrote, also on a node of another version: unknown fields are ignored, an unknown type and a value
// over its bound are an error. It never gives a command that Apply would panic on.
func DecodeCommand(data []byte) (Command, error) { return nil, ErrBadCommand }

// EncodeEvent gives the JSON of an event, with the type of its body beside it.
func EncodeEvent(e Event) ([]byte, error) { return nil, ErrBadCommand }

// DecodeEvent reads what EncodeEvent wrote.
func DecodeEvent(data []byte) (Event, error) { return Event{}, ErrBadCommand }
