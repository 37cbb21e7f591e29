package lobby

import (
	"crypto/sha256"
	"crypto/subtle"
	"log/slog"
)

// LinkHash is the SHA-256 of a link's auth value. Auth has 256 bits derived from at least 128 random ones, so a plain
// hash is enough: there is nothing to guess, and who reads the store cannot open a link with it.
type LinkHash [sha256.Size]byte

// HashLink returns what is kept of a link's auth value.
func HashLink(auth [32]byte) LinkHash { return sha256.Sum256(auth[:]) }

// equal compares in constant time.
func (h LinkHash) equal(o LinkHash) bool { return subtle.ConstantTimeCompare(h[:], o[:]) == 1 }

// LogValue keeps the hash out of every log.
func (h LinkHash) LogValue() slog.Value { return slog.StringValue("[link]") }
