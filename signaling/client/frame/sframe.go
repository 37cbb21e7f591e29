package frame

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"math/bits"
	"slices"
)

const (
	suite      = 4 // AES_128_GCM_SHA256_128, RFC 9605 section 8.1
	keyLength  = 16
	saltLength = 12
	tagLength  = 16
)

// ErrNotSealed says that bytes were not sealed by this format: they are too short, or their header is none.
var ErrNotSealed = errors.New("frame: not sealed")

// ErrForged says that a frame was sealed with another key, as another kind, or changed on its way.
var ErrForged = errors.New("frame: does not open")

// Key is what one key id seals with: one stream of one sender's secret. The zero value is none.
type Key struct {
	ID   uint64
	aead cipher.AEAD
	salt [saltLength]byte
}

// DeriveKey derives the key of a key id from a sender's secret (RFC 9605 section 4.4.2).
func DeriveKey(secret []byte, id uint64) (Key, error) {
	prk, err := hkdf.Extract(sha256.New, secret, nil)
	if err != nil {
		return Key{}, err
	}
	expand := func(label string, length int) ([]byte, error) {
		info := binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint64([]byte(label), id), suite)
		return hkdf.Expand(sha256.New, prk, string(info), length)
	}
	key, err := expand("SFrame 1.0 Secret key ", keyLength)
	if err != nil {
		return Key{}, err
	}
	salt, err := expand("SFrame 1.0 Secret salt ", saltLength)
	if err != nil {
		return Key{}, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return Key{}, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return Key{}, err
	}
	return Key{ID: id, aead: aead, salt: [saltLength]byte(salt)}, nil
}

// Header is what a sealed frame says in clear (RFC 9605 section 4.3).
type Header struct {
	KeyID, Counter uint64
}

// Append appends the header's one encoding.
func (h Header) Append(dst []byte) []byte {
	at := len(dst)
	dst = append(dst, 0)
	field := func(value uint64, shift int) {
		if value < 8 {
			dst[at] |= byte(value) << shift
			return
		}
		length := (bits.Len64(value) + 7) / 8
		dst[at] |= byte(8|(length-1)) << shift
		dst = append(dst, binary.BigEndian.AppendUint64(nil, value)[8-length:]...)
	}
	field(h.KeyID, 4)
	field(h.Counter, 0)
	return dst
}

// ParseHeader reads the header at the start of b and says how many bytes it takes. ErrNotSealed where there is none, or not in its one encoding.
func ParseHeader(b []byte) (Header, int, error) {
	if len(b) == 0 {
		return Header{}, 0, ErrNotSealed
	}
	size := 1
	field := func(nibble byte) (uint64, bool) {
		if nibble < 8 {
			return uint64(nibble), true
		}
		length := int(nibble) - 7
		if len(b) < size+length {
			return 0, false
		}
		var value uint64
		for _, digit := range b[size : size+length] {
			value = value<<8 | uint64(digit)
		}
		size += length
		return value, value >= 8 && (bits.Len64(value)+7)/8 == length
	}
	id, ok := field(b[0] >> 4)
	if !ok {
		return Header{}, 0, ErrNotSealed
	}
	counter, ok := field(b[0] & 0x0f)
	if !ok {
		return Header{}, 0, ErrNotSealed
	}
	return Header{KeyID: id, Counter: counter}, size, nil
}

// nonce is the counter's (RFC 9605 section 4.4.3).
func (k *Key) nonce(counter uint64) [saltLength]byte {
	n := k.salt
	low := n[saltLength-8:]
	binary.BigEndian.PutUint64(low, binary.BigEndian.Uint64(low)^counter)
	return n
}

// Seal appends header, ciphertext and tag of plain to dst. metadata is authenticated and not part of it. A counter is used once with a key.
func (k *Key) Seal(dst []byte, counter uint64, metadata, plain []byte) []byte {
	header := Header{KeyID: k.ID, Counter: counter}.Append(nil)
	nonce := k.nonce(counter)
	return k.aead.Seal(append(dst, header...), nonce[:], plain, slices.Concat(header, metadata))
}

// Open appends to dst what was sealed with this key and metadata. Errors: ErrNotSealed, ErrForged (also where the frame names another key).
func (k *Key) Open(dst []byte, metadata, sealed []byte) ([]byte, error) {
	header, size, err := ParseHeader(sealed)
	if err != nil || len(sealed) < size+tagLength {
		return nil, ErrNotSealed
	}
	if header.KeyID != k.ID {
		return nil, ErrForged
	}
	nonce := k.nonce(header.Counter)
	plain, err := k.aead.Open(dst, nonce[:], sealed[size:], slices.Concat(sealed[:size], metadata))
	if err != nil {
		return nil, ErrForged
	}
	return plain, nil
}
