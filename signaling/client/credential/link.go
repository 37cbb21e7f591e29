package credential

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
)

// ErrLink is returned for an address that is no personal link.
var ErrLink = errors.New("credential: not a personal link (https://host/j#…)")

// LinkSecret is a personal link's secret: 16 random bytes. Who holds it is the invited person.
type LinkSecret [16]byte

func (LinkSecret) String() string       { return "[secret]" }
func (LinkSecret) GoString() string     { return "[secret]" }
func (LinkSecret) LogValue() slog.Value { return slog.StringValue("[secret]") }

// NewLinkSecret makes a link's secret.
func NewLinkSecret() (s LinkSecret) {
	rand.Read(s[:])
	return s
}

// Link is the address to send to the person: the secret stands in the fragment, which browsers do not send.
func (s LinkSecret) Link(publicURL string) string {
	return strings.TrimRight(publicURL, "/") + "/j#" + Encode(s[:])
}

// Auth is what a browser sends to be let in by the link. The server keeps AuthHash alone.
func (s LinkSecret) Auth() Key { return derive(s[:], "anteroom link auth v1") }

// AuthHash is SHA-256(Auth), by which the server finds the person. Knowing it opens nothing.
func (s LinkSecret) AuthHash() [32]byte {
	auth := s.Auth()
	return sha256.Sum256(auth[:])
}

// E2EE is the half that is never sent: counsellor and person share it, the server does not.
func (s LinkSecret) E2EE() Key { return derive(s[:], "anteroom link e2ee v1") }

// ParseLink reads a personal link: the server's address (scheme and host) and the secret. It answers ErrLink without
// repeating the link, which is a secret itself.
func ParseLink(link string) (server string, secret LinkSecret, err error) {
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || !strings.HasSuffix(u.Path, "/j") {
		return "", LinkSecret{}, ErrLink
	}
	raw, err := Decode(u.Fragment)
	if err != nil || len(raw) != len(secret) {
		return "", LinkSecret{}, fmt.Errorf("%w: the part after # is not a secret of 22 characters", ErrLink)
	}
	return u.Scheme + "://" + u.Host + strings.TrimSuffix(u.Path, "/j"), LinkSecret(raw), nil
}
