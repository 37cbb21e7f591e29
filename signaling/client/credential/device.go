package credential

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"math/big"
)

// Device is the key of one tab or one client: what a join ticket is bound to. It lives as long as the seat.
type Device struct{ key *ecdsa.PrivateKey }

func (Device) String() string       { return "[secret]" }
func (Device) GoString() string     { return "[secret]" }
func (Device) LogValue() slog.Value { return slog.StringValue("[secret]") }

// NewDevice makes a device key.
func NewDevice() (Device, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Device{}, fmt.Errorf("making a device key: %w", err)
	}
	return Device{key}, nil
}

// Public is the raw uncompressed point, 65 bytes: the `device` of a ticket.
func (d Device) Public() []byte {
	point, err := d.key.PublicKey.Bytes()
	if err != nil {
		panic(err) // a generated key is on its curve
	}
	return point
}

// Prove signs a ticket or resume token for the first message of a socket (PROTOCOL.md, "Signing on"), see [Device.Sign].
func (d Device) Prove(token string) ([]byte, error) {
	return d.Sign([]byte("anteroom hello v1\n" + token))
}

// Sign signs a message: ECDSA over SHA-256, r || s of 32 bytes each (IEEE P1363). What is signed begins with the name of what it is for, so that
// nothing signed for one use holds for another.
func (d Device) Sign(message []byte) ([]byte, error) {
	digest := sha256.Sum256(message)
	r, s, err := ecdsa.Sign(rand.Reader, d.key, digest[:])
	if err != nil {
		return nil, fmt.Errorf("signing by the device: %w", err)
	}
	signature := make([]byte, 64)
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return signature, nil
}

// VerifyDevice reports whether the device with this public point (65 bytes) signed the message by [Device.Sign].
func VerifyDevice(point, message, signature []byte) bool {
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil || len(signature) != 64 {
		return false
	}
	digest := sha256.Sum256(message)
	return ecdsa.Verify(key, digest[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:]))
}
