package token

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/anteroom-video/anteroom/lobby"
)

// Settings keeps small secrets durably. Implemented by the stores.
type Settings interface {
	// Setting returns the value, or nil when there is none.
	Setting(ctx context.Context, name string) ([]byte, error)
	// SwapSetting replaces old (nil: there is none) by value, or returns lobby.ErrConflict when the setting is not old any more.
	SwapSetting(ctx context.Context, name string, old, value []byte) error
}

// setting is the name under which the keys are kept.
const setting = "token keys"

// keep is how many keys stay valid: the one that signs, and its predecessors whose tokens are still about.
const keep = 3

// storedKey is one key as it is kept, newest first.
type storedKey struct {
	Seed []byte `json:"seed"`
	Made int64  `json:"made"` // ms since the epoch
}

// Signer issues and verifies tokens. It is safe for concurrent use.
type Signer struct {
	settings Settings
	clock    func() time.Time
	started  time.Time
	used     usedTickets

	// mu guards the following fields.
	mu      sync.RWMutex
	kid     string
	signing ed25519.PrivateKey
	public  map[string]ed25519.PublicKey
}

// New returns a signer with the key from the settings; the first time it makes one.
func New(ctx context.Context, settings Settings, clock func() time.Time) (*Signer, error) {
	s := &Signer{settings: settings, clock: clock, started: clock(), used: newUsedTickets()}
	stored, err := settings.Setting(ctx, setting)
	if err == nil && stored == nil {
		if err = s.put(ctx, nil, nil); errors.Is(err, lobby.ErrConflict) {
			// Another process made the first key in the same moment.
			err = nil
		}
		if err == nil {
			stored, err = settings.Setting(ctx, setting)
		}
	}
	if err == nil {
		err = s.use(stored)
	}
	if err != nil {
		return nil, fmt.Errorf("signing key: %w", err)
	}
	return s, nil
}

// Rotate makes a new key and signs with it from now on. Tokens of the two keys before stay valid until they expire.
func (s *Signer) Rotate(ctx context.Context) error {
	stored, err := s.settings.Setting(ctx, setting)
	if err != nil {
		return fmt.Errorf("rotate the signing key: %w", err)
	}
	var keys []storedKey
	if err := json.Unmarshal(stored, &keys); err != nil {
		return fmt.Errorf("rotate the signing key: %w", err)
	}
	if err := s.put(ctx, stored, keys); err != nil {
		return fmt.Errorf("rotate the signing key: %w", err)
	}
	if stored, err = s.settings.Setting(ctx, setting); err == nil {
		err = s.use(stored)
	}
	return err
}

// put stores a fresh key before the given ones.
func (s *Signer) put(ctx context.Context, old []byte, keys []storedKey) error {
	seed := make([]byte, ed25519.SeedSize)
	rand.Read(seed)
	keys = slices.Insert(keys, 0, storedKey{Seed: seed, Made: s.clock().UnixMilli()})
	value, err := json.Marshal(keys[:min(len(keys), keep)])
	if err != nil {
		return err
	}
	return s.settings.SwapSetting(ctx, setting, old, value)
}

// use takes the stored keys into service.
func (s *Signer) use(stored []byte) error {
	var keys []storedKey
	if err := json.Unmarshal(stored, &keys); err != nil || len(keys) == 0 {
		return errors.New("the stored keys cannot be read")
	}
	public := make(map[string]ed25519.PublicKey, len(keys))
	for _, k := range keys {
		if len(k.Seed) != ed25519.SeedSize {
			return errors.New("a stored key has the wrong length")
		}
		key := ed25519.NewKeyFromSeed(k.Seed).Public().(ed25519.PublicKey)
		public[keyID(key)] = key
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.signing = ed25519.NewKeyFromSeed(keys[0].Seed)
	s.kid = keyID(s.signing.Public().(ed25519.PublicKey))
	s.public = public
	return nil
}

func keyID(key ed25519.PublicKey) string {
	sum := sha256.Sum256(key)
	return base64.RawURLEncoding.EncodeToString(sum[:6])
}

// sign signs the claims with the newest key.
func (s *Signer) sign(c jwt.Claims) (string, error) {
	s.mu.RLock()
	kid, key := s.kid, s.signing
	s.mu.RUnlock()
	t := jwt.NewWithClaims(jwt.SigningMethodEdDSA, c)
	t.Header["kid"] = kid
	return t.SignedString(key)
}

// parse checks the token and fills c.
func (s *Signer) parse(token string, c jwt.Claims, audience string, now time.Time) error {
	if len(token) > MaxLength {
		return ErrToken
	}
	parser := jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}),
		jwt.WithAudience(audience),
		jwt.WithExpirationRequired(),
		jwt.WithStrictDecoding(),
		jwt.WithTimeFunc(func() time.Time { return now }),
	)
	_, err := parser.ParseWithClaims(token, c, func(t *jwt.Token) (any, error) {
		kid, _ := t.Header["kid"].(string)
		s.mu.RLock()
		defer s.mu.RUnlock()
		key, ok := s.public[kid]
		if !ok {
			return nil, ErrToken
		}
		return key, nil
	})
	if err != nil {
		return ErrToken
	}
	return nil
}
