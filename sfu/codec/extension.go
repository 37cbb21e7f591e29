package codec

// extensionForm tells the two layouts of RFC 8285 apart from blocks we cannot read.
type extensionForm uint8

const (
	formNone extensionForm = iota
	formOneByte
	formTwoByte
)

func formOf(profile uint16) extensionForm {
	switch {
	case profile == 0xBEDE:
		return formOneByte
	case profile&0xfff0 == 0x1000: // the low four bits are "appbits", free for applications
		return formTwoByte
	}
	return formNone
}

// Extension returns the header extension element that was negotiated under id (1 to 14 in the one-byte form, 1 to
// 255 in the two-byte form; RFC 8285 section 4), and whether the packet has it. The first element of an id counts.
// An element that reaches over the end of the block ends the search: what came before it stays readable.
// An element of the two-byte form may be present and empty.
func (p *Packet) Extension(id uint8) ([]byte, bool) {
	switch p.form {
	case formOneByte:
		return oneByteElement(p.extensions, id)
	case formTwoByte:
		return twoByteElement(p.extensions, id)
	}
	return nil, false
}

func oneByteElement(block []byte, id uint8) ([]byte, bool) {
	// 0 is padding and 15 says "stop reading" (RFC 8285 section 4.2): neither names an element.
	if id == 0 || id >= 15 {
		return nil, false
	}
	for at := 0; at < len(block); {
		head := block[at]
		if head == 0 {
			at++
			continue
		}
		if head>>4 == 15 {
			return nil, false
		}
		start := at + 1
		end := start + int(head&0x0f) + 1
		if end > len(block) {
			return nil, false
		}
		if head>>4 == id {
			return block[start:end:end], true
		}
		at = end
	}
	return nil, false
}

func twoByteElement(block []byte, id uint8) ([]byte, bool) {
	if id == 0 {
		return nil, false
	}
	for at := 0; at < len(block); {
		if block[at] == 0 {
			at++
			continue
		}
		if at+1 >= len(block) {
			return nil, false
		}
		start := at + 2
		end := start + int(block[at+1])
		if end > len(block) {
			return nil, false
		}
		if block[at] == id {
			return block[start:end:end], true
		}
		at = end
	}
	return nil, false
}

// Silence is the level of digital silence (RFC 6464 section 3).
const Silence = 127

// AudioLevel is what a sender says about the loudness of one audio packet.
type AudioLevel struct {
	// Level in -dBov: 0 is the loudest a sample can be, [Silence] is nothing at all.
	Level uint8
	// Voice says that the sender's detector heard speech. Not every sender has a detector.
	Voice bool
}

// ParseAudioLevel reads the element of urn:ietf:params:rtp-hdrext:ssrc-audio-level (RFC 6464 section 3). The element
// is one byte; the two-byte form may pad it, so longer ones are accepted.
func ParseAudioLevel(element []byte) (AudioLevel, error) {
	if len(element) == 0 {
		return AudioLevel{}, ErrTruncated
	}
	return AudioLevel{Level: element[0] & 0x7f, Voice: element[0]&0x80 != 0}, nil
}
