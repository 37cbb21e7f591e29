package credential

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
)

// ErrSealed is returned when a sealed value does not open: another key sealed it, for another use, or it was changed or cut.
// Which of these it was cannot be told.
var ErrSealed = errors.New("credential: the sealed value does not open with this key")

// Key is 32 secret bytes. It prints as "[secret]".
type Key [32]byte

func (Key) String() string       { return "[secret]" }
func (Key) GoString() string     { return "[secret]" }
func (Key) LogValue() slog.Value { return slog.StringValue("[secret]") }

// Encode writes bytes as base64url without padding, the form of every byte string on the wire.
func Encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// Decode reads base64url without padding. It refuses line breaks and spare bits, so that a value has one spelling only.
func Decode(s string) ([]byte, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || base64.RawURLEncoding.EncodeToString(b) != s {
		return nil, errors.New("credential: not base64url without padding")
	}
	return b, nil
}

// derive is HKDF-SHA-256 with an empty salt: 32 bytes for the use that the label names.
func derive(secret []byte, label string) Key {
	b, err := hkdf.Key(sha256.New, secret, nil, label, len(Key{}))
	if err != nil {
		panic(err) // only a length over 8,160 bytes or a FIPS policy against short secrets can bring it here
	}
	return Key(b)
}

// seal returns nonce || AES-256-GCM(key, nonce, plain, context).
func seal(key Key, plain, context []byte) []byte {
	sealed := make([]byte, 12, 12+len(plain)+16)
	rand.Read(sealed)
	return aead(key).Seal(sealed, sealed, plain, context)
}

// open undoes seal.
func open(key Key, sealed, context []byte) ([]byte, error) {
	if len(sealed) < 12+16 {
		return nil, fmt.Errorf("%w: %d bytes are too few", ErrSealed, len(sealed))
	}
	plain, err := aead(key).Open(nil, sealed[:12], sealed[12:], context)
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}

func aead(key Key) cipher.AEAD {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic(err) // a Key always has 32 bytes
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) // AES always has blocks of 16 bytes
	}
	return gcm
}
