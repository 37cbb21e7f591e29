package auth

import (
	"errors"
	"log/slog"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"

	"github.com/anteroom-video/anteroom/lobby"
)

// Errors that a caller must tell apart; besides them lobby.ErrNotFound, lobby.ErrConflict and [TooSoonError].
var (
	// ErrUnauthenticated: no such account, wrong password, account disabled, or no valid session. Never told apart.
	ErrUnauthenticated = errors.New("auth: not signed in")
	// ErrPassword: somebody who is signed in typed a password that is not the account's.
	ErrPassword = errors.New("auth: wrong password")
	// ErrPasskey: what came for a new passkey is not what an authenticator made for this challenge, here, with its owner known.
	ErrPasskey = errors.New("auth: not a passkey")
	// ErrNoPasskeys: the address that people open can have none.
	ErrNoPasskeys = errors.New("auth: no passkeys at this address")
	// ErrSetupToken: the setup token is unknown, used or expired, or was made for another name.
	ErrSetupToken = errors.New("auth: setup token is not valid")
	// ErrInvalid: a value is out of bounds; the error's text says which one.
	ErrInvalid = errors.New("auth: invalid value")
	// ErrTooSoon is what a [TooSoonError] is.
	ErrTooSoon = errors.New("auth: too soon")
	// ErrBusy: more sign-ins than this machine can check wait already.
	ErrBusy = errors.New("auth: too many sign-ins at once")
)

// TooSoonError says that too many attempts from this address failed. It matches [ErrTooSoon].
type TooSoonError struct {
	// After is how long to wait.
	After time.Duration
}

func (e *TooSoonError) Error() string { return "auth: too many attempts failed, try again later" }

// Is makes errors.Is(err, ErrTooSoon) true.
func (e *TooSoonError) Is(target error) bool { return target == ErrTooSoon }

// Bounds of what an account holds.
const (
	// MaxName is the longest name to sign in with, in bytes after [Normalize].
	MaxName = 254
	// MaxDisplayName is the longest display name, in bytes.
	MaxDisplayName = 256
	// PublicKeySize is the size of a public key: a raw uncompressed P-256 point.
	PublicKeySize = 65
	// MaxWrappedKey is the longest wrapped private key, in bytes.
	MaxWrappedKey = 1024
)

// Account is a counsellor's account.
type Account struct {
	ID     lobby.AccountID
	Tenant lobby.TenantID
	// Name is what the counsellor signs in with, as [Normalize] returns it. Unique in the tenant.
	Name string
	// DisplayName is what others may see.
	DisplayName string
	// PublicKey is a raw uncompressed P-256 point; room secrets are wrapped for it.
	PublicKey []byte
	// WrappedPrivateKey is opened in the browser with what the password derives.
	WrappedPrivateKey []byte
	// Recovery opens the same key without the password; zero: no phrase was made for it.
	Recovery  Recovery
	Passkeys  []Passkey
	Disabled  bool
	CreatedAt time.Time
	// Hash is the argon2id hash of auth, as PHC string. Only stores and this package look at it.
	Hash string
}

// LogValue keeps the name out of every log.
func (a Account) LogValue() slog.Value { return a.ID.LogValue() }

// Credentials is what is made from a new password: by a browser or by the command line.
type Credentials struct {
	Name              string
	DisplayName       string // empty: the name
	Auth              [32]byte
	PublicKey         []byte
	WrappedPrivateKey []byte
}

// LogValue keeps the credentials out of every log.
func (c Credentials) LogValue() slog.Value { return slog.StringValue("[credentials]") }

// Normalize returns the form of a name in which names are compared: trimmed, NFKC, lower case (full Unicode mapping
// without a locale, as String.prototype.toLowerCase does). The browser derives from the same form, so it must never
// change. It returns [ErrInvalid] for names that are empty, longer than [MaxName], have control characters or line
// breaks, or whose normal form is not its own normal form (some capitals with combining marks).
func Normalize(name string) (string, error) {
	if len(name) > 4*MaxName || !utf8.ValidString(name) {
		return "", invalid("name")
	}
	name = fold(name)
	if name == "" || len(name) > MaxName || strings.ContainsFunc(name, unprintable) || fold(name) != name {
		return "", invalid("name")
	}
	return name, nil
}

func fold(name string) string {
	return cases.Lower(language.Und).String(norm.NFKC.String(strings.TrimSpace(name)))
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) }
