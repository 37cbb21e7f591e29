package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"

	"golang.org/x/crypto/argon2"
)

// cost are the parameters of argon2id (RFC 9106). auth is already stretched by 600,000 rounds of PBKDF2 in the browser; this
// is for who steals the store. A PIN (lobby.PIN) is not stretched, and stands against guessing by its few tries; whoever steals the store and its key
// finds it in hours.
type cost struct {
	memory  uint32 // KiB
	passes  uint32
	threads uint8
}

const (
	saltSize = 16
	hashSize = 32
	// queued is how many sign-ins may wait for a turn at hashing.
	queued = 64
)

// Hasher computes argon2id, a few at a time. It is a lobby.Hasher.
type Hasher struct {
	cost  cost
	turns chan struct{} // one element per hash that runs
	queue chan struct{} // one element per hash that runs or waits
	// dummy is the hash of nothing known, checked for names without an account.
	dummy string
}

// NewHasher returns one. atOnce is how many hashes (19 MiB each) are computed at a time; zero: half the processors, at least one. cheap makes them
// nearly free, for the tests of others: what was hashed so can be checked by any.
func NewHasher(atOnce int, cheap bool) *Hasher {
	n := atOnce
	if n <= 0 {
		n = max(1, runtime.GOMAXPROCS(0)/2)
	}
	h := &Hasher{
		// The second choice of OWASP's password storage cheat sheet (19 MiB, 2 passes).
		cost:  cost{memory: 19 * 1024, passes: 2, threads: 1},
		turns: make(chan struct{}, n),
		queue: make(chan struct{}, n+queued),
	}
	if cheap {
		h.cost = cost{memory: 8, passes: 1, threads: 1}
	}
	h.dummy = h.cost.format(random(saltSize), random(hashSize))
	return h
}

// Hash returns the PHC string of a secret under a fresh salt.
func (h *Hasher) Hash(ctx context.Context, secret []byte) (string, error) {
	done, err := h.turn(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	salt := random(saltSize)
	return h.cost.format(salt, h.cost.sum(secret, salt)), nil
}

// Verify reports whether phc is the hash of a secret. An empty phc costs the same and never matches.
func (h *Hasher) Verify(ctx context.Context, phc string, secret []byte) (bool, error) {
	known := phc != ""
	if !known {
		phc = h.dummy
	}
	c, salt, want, err := parsePHC(phc)
	if err != nil {
		return false, err
	}
	done, err := h.turn(ctx)
	if err != nil {
		return false, err
	}
	defer done()
	return subtle.ConstantTimeCompare(c.sum(secret, salt), want) == 1 && known, nil
}

// turn waits for a turn at hashing, behind at most [queued] others.
func (h *Hasher) turn(ctx context.Context) (done func(), err error) {
	select {
	case h.queue <- struct{}{}:
	default:
		return nil, ErrBusy
	}
	select {
	case h.turns <- struct{}{}:
		return func() { <-h.turns; <-h.queue }, nil
	case <-ctx.Done():
		<-h.queue
		return nil, ctx.Err()
	}
}

func (c cost) sum(secret, salt []byte) []byte {
	return argon2.IDKey(secret, salt, c.passes, c.memory, c.threads, hashSize)
}

// format writes the PHC string (github.com/P-H-C/phc-string-format).
func (c cost) format(salt, sum []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.memory, c.passes, c.threads,
		b64.EncodeToString(salt), b64.EncodeToString(sum))
}

// parsePHC reads what format writes, and refuses parameters that would take the machine down.
func parsePHC(s string) (c cost, salt, sum []byte, err error) {
	bad := fmt.Errorf("auth: a stored password hash cannot be read")
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return cost{}, nil, nil, bad
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.memory, &c.passes, &c.threads); err != nil {
		return cost{}, nil, nil, bad
	}
	if c.memory > 1<<20 || c.passes == 0 || c.passes > 64 || c.threads == 0 {
		return cost{}, nil, nil, bad
	}
	b64 := base64.RawStdEncoding.Strict()
	if salt, err = b64.DecodeString(parts[4]); err != nil || len(salt) < saltSize {
		return cost{}, nil, nil, bad
	}
	if sum, err = b64.DecodeString(parts[5]); err != nil || len(sum) != hashSize {
		return cost{}, nil, nil, bad
	}
	return c, salt, sum, nil
}

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}
