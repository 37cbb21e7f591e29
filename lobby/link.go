package lobby

import (
	"crypto/sha256"
	"crypto/subtle"
	"log/slog"
)

// LinkHash is the SHA-256 of a link's auth value. Auth has 256 bits derived from at least 128 random ones, so a plain
// hash is enough: there is nothing to guess, and who reads the store cannot open a link with it.
type LinkHash [sha256.Size]byte

// A code has 60 bits, which are few for a plain hash. What it gives was made of it by slow rounds (PBKDF2, 100,000 of them) in the browser
// before it came here, so who reads the store has 2^77 hashes to compute, and the server never sees the code. No salt of its own, since it is what
// the person is found by; nothing is gained by working on all codes at once where one is out of reach.

// HashLink returns what is kept of a link's auth value, or of what a code gives.
func HashLink(auth [32]byte) LinkHash { return sha256.Sum256(auth[:]) }

// equal compares in constant time.
func (h LinkHash) equal(o LinkHash) bool { return subtle.ConstantTimeCompare(h[:], o[:]) == 1 }

// LogValue keeps the hash out of every log.
func (h LinkHash) LogValue() slog.Value { return slog.StringValue("[link]") }
