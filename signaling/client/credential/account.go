package credential

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
)

// passwordRounds is PBKDF2's work: what OWASP asks of PBKDF2-HMAC-SHA-256, about 0.2 s on a phone.
const passwordRounds = 600_000

// accountKeyContext binds a sealed private key to its use.
const accountKeyContext = "anteroom account key v1"

// PasswordKeys are the two values a counsellor's password becomes.
type PasswordKeys struct {
	// Auth is sent to sign in; the server stores a slow hash of it.
	Auth Key
	// Wrap seals the account's private key. It is never sent.
	Wrap Key
}

// FromPassword derives both keys: PBKDF2-HMAC-SHA-256 over the normalised password, salted with tenant and normalised name,
// then HKDF. It takes about 0.1 s of one core on purpose.
func FromPassword(tenant, name, password string) PasswordKeys {
	salt := "anteroom password v1\n" + tenant + "\n" + NormalName(name)
	master, err := pbkdf2.Key(sha256.New, norm.NFKC.String(password), []byte(salt), passwordRounds, len(Key{}))
	if err != nil {
		panic(err) // only a FIPS policy can bring it here
	}
	return PasswordKeys{
		Auth: derive(master, "anteroom sign-in v1"),
		Wrap: derive(master, "anteroom key wrap v1"),
	}
}

// NormalName is the one spelling of an account's name: white space trimmed, NFKC, lower case, exactly as JavaScript's trim,
// normalize and toLowerCase make it (a final sigma and the dotted capital I included).
func NormalName(name string) string {
	return cases.Lower(language.Und).String(norm.NFKC.String(strings.TrimFunc(name, isScriptSpace)))
}

// isScriptSpace is the white space of ECMAScript's String.prototype.trim: Unicode's, without NEL and with the byte order mark.
func isScriptSpace(r rune) bool {
	return r == '\uFEFF' || r != '\u0085' && unicode.IsSpace(r)
}

// AccountKey is an account's key pair, in the two forms that the server may keep.
type AccountKey struct {
	// Public is the raw uncompressed point on P-256, 65 bytes.
	Public []byte
	// Wrapped is the private key (PKCS #8) sealed with PasswordKeys.Wrap.
	Wrapped []byte
}

// NewAccountKey makes an account's key pair and seals its private half.
func NewAccountKey(wrap Key) (AccountKey, error) {
	private, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return AccountKey{}, fmt.Errorf("making an account key: %w", err)
	}
	return wrapAccountKey(private, wrap)
}

func wrapAccountKey(private *ecdh.PrivateKey, wrap Key) (AccountKey, error) {
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return AccountKey{}, fmt.Errorf("encoding an account key: %w", err)
	}
	return AccountKey{
		Public:  private.PublicKey().Bytes(),
		Wrapped: seal(wrap, der, []byte(accountKeyContext)),
	}, nil
}

// OpenAccountKey opens a wrapped private key. ErrSealed means: not with this password.
func OpenAccountKey(wrap Key, wrapped []byte) (*ecdh.PrivateKey, error) {
	der, err := open(wrap, wrapped, []byte(accountKeyContext))
	if err != nil {
		return nil, fmt.Errorf("opening an account key: %w", err)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, errors.New("credential: what was sealed is not a PKCS #8 key")
	}
	// PKCS #8 does not say what an elliptic key is for; x509 reads every one as a signing key.
	signing, ok := parsed.(*ecdsa.PrivateKey)
	if !ok {
		return nil, errors.New("credential: what was sealed is not an elliptic key")
	}
	private, err := signing.ECDH()
	if err != nil || private.Curve() != ecdh.P256() {
		return nil, errors.New("credential: what was sealed is not a P-256 key")
	}
	return private, nil
}
