package room

import (
	"encoding/base64"
	"errors"
	"log/slog"
)

// Participant names a seat. It is random, at most [MaxID] bytes, and known to everybody in the room.
type Participant string

// Socket names one websocket (or what stands for it on another node). It is random, at most [MaxID] bytes, never used
// twice and known to the server alone.
type Socket string

// Device is the SHA-256 of the public key of the device that a person came with.
type Device [32]byte

// LogValue keeps the id out of every log.
func (Participant) LogValue() slog.Value { return slog.StringValue("[participant]") }

// LogValue keeps the id out of every log.
func (Socket) LogValue() slog.Value { return slog.StringValue("[socket]") }

// LogValue keeps the hash out of every log.
func (Device) LogValue() slog.Value { return slog.StringValue("[device]") }

// MarshalText gives the hash as base64url without padding.
func (d Device) MarshalText() ([]byte, error) {
	return base64.RawURLEncoding.AppendEncode(nil, d[:]), nil
}

// UnmarshalText reads what MarshalText wrote.
func (d *Device) UnmarshalText(text []byte) error {
	raw, err := base64.RawURLEncoding.Strict().AppendDecode(nil, text)
	if err != nil {
		return err
	}
	if len(raw) != len(d) {
		return errors.New("room: a device is 32 bytes")
	}
	copy(d[:], raw)
	return nil
}
