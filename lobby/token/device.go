package token

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"log/slog"
	"math/big"
)

// Device is the public key of a device: a P-256 point, raw and uncompressed (SEC 1, section 2.3.3). Two devices are the
// same if the values are equal. The zero Device is no device.
type Device [65]byte

// ParseDevice reads a device from base64url without padding, and refuses what is not a point on the curve.
func ParseDevice(s string) (Device, error) {
	var d Device
	if len(s) != base64.RawURLEncoding.EncodedLen(len(d)) {
		return Device{}, fmt.Errorf("device key: %w", ErrProof)
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil {
		return Device{}, fmt.Errorf("device key: %w", ErrProof)
	}
	copy(d[:], raw)
	if _, err := d.key(); err != nil {
		return Device{}, err
	}
	return d, nil
}

// String returns the form that [ParseDevice] reads.
func (d Device) String() string { return base64.RawURLEncoding.EncodeToString(d[:]) }

// Hash returns the SHA-256 of the point, for whoever wants to keep less.
func (d Device) Hash() [sha256.Size]byte { return sha256.Sum256(d[:]) }

// LogValue keeps the key out of every log.
func (d Device) LogValue() slog.Value { return slog.StringValue("[device]") }

// key checks that the point is on the curve (not at infinity, not compressed) and returns it as a key.
func (d Device) key() (*ecdsa.PublicKey, error) {
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), d[:])
	if err != nil {
		return nil, fmt.Errorf("device key: %w", ErrProof)
	}
	return key, nil
}

// VerifyProof reports by nil that sig is the device's ECDSA-SHA-256 signature (IEEE P1363: r and s, 32 bytes each, as
// WebCrypto makes it) over [ProofPrefix] and the token.
func VerifyProof(device Device, token string, sig []byte) error {
	key, err := device.key()
	if err != nil {
		return err
	}
	if len(sig) != 64 {
		return ErrProof
	}
	digest := sha256.New()
	digest.Write([]byte(ProofPrefix))
	digest.Write([]byte(token))
	r := new(big.Int).SetBytes(sig[:32])
	s := new(big.Int).SetBytes(sig[32:])
	if !ecdsa.Verify(key, digest.Sum(nil), r, s) {
		return ErrProof
	}
	return nil
}
