package credential

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"log/slog"
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

// Prove signs a ticket or resume token for the first message of a socket (PROTOCOL.md, "Signing on"): ECDSA over SHA-256,
// r || s of 32 bytes each (IEEE P1363).
func (d Device) Prove(token string) ([]byte, error) {
	digest := sha256.Sum256([]byte("anteroom hello v1\n" + token))
	r, s, err := ecdsa.Sign(rand.Reader, d.key, digest[:])
	if err != nil {
		return nil, fmt.Errorf("proving the device: %w", err)
	}
	proof := make([]byte, 64)
	r.FillBytes(proof[:32])
	s.FillBytes(proof[32:])
	return proof, nil
}
