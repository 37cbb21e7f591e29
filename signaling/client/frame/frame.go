package frame

// Kind is what a frame is of; it is authenticated, so that nobody can show a camera as a screen.
type Kind byte

// The kinds, as they are authenticated.
const (
	Microphone Kind = iota
	Camera
	Screen
	Sound // of the shared screen
)

// pictured says that the server reads the first bytes of such frames; how many they are stands at the end.
func (k Kind) pictured() bool { return k == Camera || k == Screen }

// ClearOfVP8 is how many bytes of a VP8 frame the server and the receiving browser have to read: whether it is a key frame, and how large
// (RFC 6386 section 9.1).
func ClearOfVP8(keyframe bool) int {
	if keyframe {
		return 10
	}
	return 1
}

func metadata(kind Kind, clear []byte) []byte { return append([]byte{byte(kind)}, clear...) }

// SealFrame appends a sealed frame to dst. The first clear bytes of the frame, at most 255, stay readable; pictures alone may have any. A counter is
// used once with a key.
func (k *Key) SealFrame(dst []byte, counter uint64, kind Kind, frame []byte, clear int) []byte {
	if !kind.pictured() {
		return k.Seal(dst, counter, metadata(kind, nil), frame)
	}
	clear = min(clear, len(frame), 255)
	dst = append(dst, frame[:clear]...)
	dst = k.Seal(dst, counter, metadata(kind, frame[:clear]), frame[clear:])
	return append(dst, byte(clear))
}

// parts splits a sealed frame into the bytes that everybody can read and what is sealed.
func parts(kind Kind, frame []byte) (clear, sealed []byte, err error) {
	if !kind.pictured() {
		return nil, frame, nil
	}
	end := len(frame) - 1
	if end < 0 || int(frame[end]) > end {
		return nil, nil, ErrNotSealed
	}
	at := int(frame[end])
	return frame[:at], frame[at:end], nil
}

// HeaderOf says which key a sealed frame of this kind names, before it is opened. Errors: ErrNotSealed.
func HeaderOf(kind Kind, frame []byte) (Header, error) {
	_, sealed, err := parts(kind, frame)
	if err != nil {
		return Header{}, err
	}
	header, size, err := ParseHeader(sealed)
	if err != nil || len(sealed) < size+tagLength {
		return Header{}, ErrNotSealed
	}
	return header, nil
}

// OpenFrame appends to dst the frame as it was before it was sealed. Errors: ErrNotSealed, ErrForged.
func (k *Key) OpenFrame(dst []byte, kind Kind, frame []byte) ([]byte, error) {
	clear, sealed, err := parts(kind, frame)
	if err != nil {
		return nil, err
	}
	return k.Open(append(dst, clear...), metadata(kind, clear), sealed)
}
