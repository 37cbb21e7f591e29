package credential

import (
	"crypto/ecdh"
	"crypto/rand"
	"fmt"
	"log/slog"
	"slices"
)

// What a room's secret seals, so that one kind of text cannot be shown in another's place.
const (
	ContextTitle = "title"
	ContextLabel = "label"
	ContextLink  = "link"
	// ContextCoCounsellorLink is a link that opens the room's secret too; the counsellor's browser alone makes such.
	ContextCoCounsellorLink = "co-counsellor link"
)

const pointSize = 65 // a raw uncompressed point on P-256

// RoomSecret is what the counsellors of a room share and the server never holds: 32 random bytes, made where the room is made.
type RoomSecret [32]byte

func (RoomSecret) String() string       { return "[secret]" }
func (RoomSecret) GoString() string     { return "[secret]" }
func (RoomSecret) LogValue() slog.Value { return slog.StringValue("[secret]") }

// NewRoomSecret makes a room's secret.
func NewRoomSecret() (s RoomSecret) {
	rand.Read(s[:])
	return s
}

// Wrap seals the secret for the account with this public key (65 bytes): ephemeral ECDH, HKDF over both points, AES-256-GCM.
// The result is the ephemeral point, the nonce and the sealed secret. Anybody can make it: it proves nothing (see [RoomSecret.WrapOwn]).
func (s RoomSecret) Wrap(accountPublic []byte) ([]byte, error) {
	public, err := ecdh.P256().NewPublicKey(accountPublic)
	if err != nil {
		return nil, fmt.Errorf("wrapping a room's secret: not a point on P-256: %w", err)
	}
	ephemeral, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("wrapping a room's secret: %w", err)
	}
	shared, err := ephemeral.ECDH(public)
	if err != nil {
		return nil, fmt.Errorf("wrapping a room's secret: %w", err)
	}
	return s.wrap(shared, wrapAnonymous, ephemeral.PublicKey(), public), nil
}

// WrapOwn seals the secret for the account that makes the room, so that nobody else could have wrapped it: the key is of the
// account's own point with its private half too.
func (s RoomSecret) WrapOwn(account *ecdh.PrivateKey) ([]byte, error) {
	ephemeral, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("wrapping a room's secret: %w", err)
	}
	shared, err := ephemeral.ECDH(account.PublicKey())
	if err != nil {
		return nil, fmt.Errorf("wrapping a room's secret: %w", err)
	}
	mine, err := account.ECDH(account.PublicKey())
	if err != nil {
		return nil, fmt.Errorf("wrapping a room's secret: %w", err)
	}
	return s.wrap(append(shared, mine...), wrapOwn, ephemeral.PublicKey(), account.PublicKey()), nil
}

// WrapFor seals the secret for another account's public key (65 bytes), in a way that only the two could have wrapped it: it says whose
// account it is from, and is believed when its owner has said by another way that this is the key (see [KeyCode]). The result is the sender's point, then as [RoomSecret.Wrap].
func (s RoomSecret) WrapFor(sender *ecdh.PrivateKey, accountPublic []byte) ([]byte, error) {
	public, err := ecdh.P256().NewPublicKey(accountPublic)
	if err != nil {
		return nil, fmt.Errorf("wrapping a room's secret: not a point on P-256: %w", err)
	}
	ephemeral, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("wrapping a room's secret: %w", err)
	}
	shared, err := ephemeral.ECDH(public)
	if err != nil {
		return nil, fmt.Errorf("wrapping a room's secret: %w", err)
	}
	ours, err := sender.ECDH(public)
	if err != nil {
		return nil, fmt.Errorf("wrapping a room's secret: %w", err)
	}
	from := sender.PublicKey().Bytes()
	label := wrapHanded + string(from)
	return append(from, s.wrap(append(shared, ours...), label, ephemeral.PublicKey(), public)...), nil
}

// UnwrapHanded opens what [RoomSecret.WrapFor] wrapped for this account, and says from whose key it is.
func UnwrapHanded(account *ecdh.PrivateKey, wrapped []byte) (s RoomSecret, from []byte, err error) {
	if len(wrapped) < 2*pointSize {
		return s, nil, fmt.Errorf("opening a room's secret: %w", ErrSealed)
	}
	sender, err := ecdh.P256().NewPublicKey(wrapped[:pointSize])
	if err != nil {
		return s, nil, fmt.Errorf("opening a room's secret: %w", ErrSealed)
	}
	ephemeral, err := ecdh.P256().NewPublicKey(wrapped[pointSize : 2*pointSize])
	if err != nil {
		return s, nil, fmt.Errorf("opening a room's secret: %w", ErrSealed)
	}
	shared, err := account.ECDH(ephemeral)
	if err != nil {
		return s, nil, fmt.Errorf("opening a room's secret: %w", err)
	}
	ours, err := account.ECDH(sender)
	if err != nil {
		return s, nil, fmt.Errorf("opening a room's secret: %w", err)
	}
	from = sender.Bytes()
	secret, err := open(wrapKey(append(shared, ours...), wrapHanded+string(from), ephemeral, account.PublicKey()), wrapped[2*pointSize:], nil)
	if err != nil {
		return s, nil, fmt.Errorf("opening a room's secret: %w", err)
	}
	if len(secret) != len(s) {
		return s, nil, fmt.Errorf("opening a room's secret: %w", ErrSealed)
	}
	return RoomSecret(secret), from, nil
}

func (s RoomSecret) wrap(shared []byte, label string, ephemeral, account *ecdh.PublicKey) []byte {
	return append(ephemeral.Bytes(), seal(wrapKey(shared, label, ephemeral, account), s[:], nil)...)
}

// UnwrapRoomSecret opens a wrapped secret with the account's private key. Own: the account has wrapped it itself; else it is of the
// command line, and whoever runs the server may know it. ErrSealed means: it is for another account.
func UnwrapRoomSecret(account *ecdh.PrivateKey, wrapped []byte) (s RoomSecret, own bool, err error) {
	if len(wrapped) < pointSize {
		return s, false, fmt.Errorf("opening a room's secret: %w", ErrSealed)
	}
	ephemeral, err := ecdh.P256().NewPublicKey(wrapped[:pointSize])
	if err != nil {
		return s, false, fmt.Errorf("opening a room's secret: %w", ErrSealed)
	}
	shared, err := account.ECDH(ephemeral)
	if err != nil {
		return s, false, fmt.Errorf("opening a room's secret: %w", err)
	}
	mine, err := account.ECDH(account.PublicKey())
	if err != nil {
		return s, false, fmt.Errorf("opening a room's secret: %w", err)
	}
	secret, err := open(wrapKey(append(slices.Clone(shared), mine...), wrapOwn, ephemeral, account.PublicKey()), wrapped[pointSize:], nil)
	if own = err == nil; !own {
		secret, err = open(wrapKey(shared, wrapAnonymous, ephemeral, account.PublicKey()), wrapped[pointSize:], nil)
	}
	if err != nil {
		return s, false, fmt.Errorf("opening a room's secret: %w", err)
	}
	if len(secret) != len(s) {
		return s, false, fmt.Errorf("opening a room's secret: %w", ErrSealed)
	}
	return RoomSecret(secret), own, nil
}

const (
	wrapAnonymous = "anteroom room secret v1"
	wrapOwn       = "anteroom room secret own v1"
	wrapHanded    = "anteroom room secret handed v1"
)

// wrapKey binds what is shared to both public points, so that a wrapped secret opens for exactly the pair it was made for.
func wrapKey(shared []byte, label string, ephemeral, account *ecdh.PublicKey) Key {
	return derive(shared, label+string(ephemeral.Bytes())+string(account.Bytes()))
}

// Seal seals a text (a title, a label, a link's secret) for the room's counsellors.
func (s RoomSecret) Seal(context string, text []byte) []byte {
	return seal(derive(s[:], "anteroom text v1"), text, []byte(context))
}

// Open opens a text sealed under the same context. ErrSealed means: another room's, another context's, or damaged.
func (s RoomSecret) Open(context string, sealed []byte) ([]byte, error) {
	return open(derive(s[:], "anteroom text v1"), sealed, []byte(context))
}

// SealLink seals a link's secret, so that a counsellor's browser can show the link again.
func (s RoomSecret) SealLink(link LinkSecret) []byte {
	return s.Seal(ContextLink, []byte(Encode(link[:])))
}

// OpenLink opens what SealLink sealed, or the counsellor's browser for a person in this role. A link that opens the room's secret opens
// under the role of a co-counsellor alone, so that no server can have it handed out as another's.
func (s RoomSecret) OpenLink(role string, sealed []byte) (LinkSecret, error) {
	text, err := s.Open(ContextLink, sealed)
	if err != nil && role == "co-counsellor" {
		text, err = s.Open(ContextCoCounsellorLink, sealed)
	}
	if err != nil {
		return LinkSecret{}, err
	}
	raw, err := Decode(string(text))
	if err != nil || len(raw) != len(LinkSecret{}) {
		return LinkSecret{}, ErrSealed
	}
	return LinkSecret(raw), nil
}
