package receipt

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
)

// Signed is a receipt with the signature of the installation that made it.
type Signed struct {
	Receipt Receipt `json:"receipt"`
	// Key is the id of the key, as [PublicKey.ID] has it.
	Key       string `json:"key"`
	Signature string `json:"signature"` // base64url without padding
}

// PublicKey is what an installation publishes to have its receipts verified.
type PublicKey struct {
	ID        string `json:"key"`
	Algorithm string `json:"algorithm"` // Ed25519
	Public    string `json:"public"`    // base64url without padding, 32 bytes
}

// The errors of verifying.
var (
	// ErrKey: not a public key, or not the one that the receipt names.
	ErrKey = errors.New("not the key of this receipt")
	// ErrSignature: the receipt, or its signature, was changed.
	ErrSignature = errors.New("the signature does not fit the receipt")
)

// prefix keeps a signature over a receipt from being one over anything else.
const prefix = "anteroom receipt v1\n"

// Settings keeps small secrets durably. Implemented by the stores.
type Settings interface {
	// Setting returns the value, or nil when there is none.
	Setting(ctx context.Context, name string) ([]byte, error)
	// SwapSetting replaces old (nil: there is none) by value, or fails when the setting is not old any more.
	SwapSetting(ctx context.Context, name string, old, value []byte) error
}

// setting is the name under which the key's seed is kept.
const setting = "receipt key"

// Signer signs receipts. It is safe for concurrent use.
type Signer struct{ key ed25519.PrivateKey }

// NewSigner returns a signer with the key of the settings; the first time it makes one.
func NewSigner(ctx context.Context, settings Settings) (*Signer, error) {
	seed, err := settings.Setting(ctx, setting)
	if err == nil && seed == nil {
		fresh := make([]byte, ed25519.SeedSize)
		rand.Read(fresh)
		swapped := settings.SwapSetting(ctx, setting, nil, fresh)
		// Where that failed, another process may have made the first key in the same moment.
		if seed, err = settings.Setting(ctx, setting); err == nil && seed == nil {
			err = swapped
		}
	}
	if err != nil {
		return nil, fmt.Errorf("the key for receipts: %w", err)
	}
	if len(seed) != ed25519.SeedSize {
		return nil, errors.New("the key for receipts has the wrong length")
	}
	return &Signer{ed25519.NewKeyFromSeed(seed)}, nil
}

// Public is what verifies the signatures.
func (s *Signer) Public() PublicKey {
	key := s.key.Public().(ed25519.PublicKey)
	return PublicKey{idOf(key), "Ed25519", base64.RawURLEncoding.EncodeToString(key)}
}

func idOf(key ed25519.PublicKey) string {
	sum := sha256.Sum256(key)
	return base64.RawURLEncoding.EncodeToString(sum[:6])
}

// Sign signs a receipt. The error wraps [ErrInvalid] for one that says what none may say.
func (s *Signer) Sign(r Receipt) (Signed, error) {
	if err := r.Check(); err != nil {
		return Signed{}, err
	}
	// An empty list is one, also for who reads the file in another language.
	r.ConsentTexts, r.Deleted, r.Stays = append([]string{}, r.ConsentTexts...), append([]Deleted{}, r.Deleted...), append([]Stay{}, r.Stays...)
	if r.People == nil {
		r.People = map[string]int{}
	}
	said, err := r.bytes()
	if err != nil {
		return Signed{}, err
	}
	return Signed{r, s.Public().ID, base64.RawURLEncoding.EncodeToString(ed25519.Sign(s.key, said))}, nil
}

// bytes are what is signed.
func (r Receipt) bytes() ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(prefix)
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(r); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// MaxFile is the longest file of a receipt, in bytes.
const MaxFile = 64 << 10

// Parse reads the file of a receipt, however it is spaced. The error wraps [ErrInvalid]: also for a field that no receipt has, since
// nothing vouches for it.
func Parse(file []byte) (Signed, error) {
	var s Signed
	if len(file) > MaxFile {
		return s, fmt.Errorf("%w: too long", ErrInvalid)
	}
	dec := json.NewDecoder(bytes.NewReader(file))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&s); err != nil {
		return Signed{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if dec.More() {
		return Signed{}, fmt.Errorf("%w: something follows it", ErrInvalid)
	}
	return s, nil
}

// Verify reports whether the holder of the key signed exactly this. Errors: [ErrKey], [ErrSignature], and [ErrInvalid] wrapped.
func (s Signed) Verify(p PublicKey) error {
	key, err := base64.RawURLEncoding.Strict().DecodeString(p.Public)
	if err != nil || len(key) != ed25519.PublicKeySize || s.Key != idOf(key) {
		return ErrKey
	}
	if err := s.Receipt.Check(); err != nil {
		return err
	}
	said, err := s.Receipt.bytes()
	if err != nil {
		return err
	}
	signature, err := base64.RawURLEncoding.Strict().DecodeString(s.Signature)
	if err != nil || !ed25519.Verify(key, said, signature) {
		return ErrSignature
	}
	return nil
}
