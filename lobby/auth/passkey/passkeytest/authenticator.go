// Package passkeytest has an authenticator for tests: it makes one passkey and signs with it, and can be made to do it wrong.
package passkeytest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"

	"github.com/anteroom-video/anteroom/lobby/auth/passkey"
)

// Flags of what an authenticator says (Web Authentication, level 3, section 6.1).
const (
	present  = 0x01
	verified = 0x04
	eligible = 0x08
	attested = 0x40
)

// Authenticator holds one passkey. Its fields may be changed before each answer.
type Authenticator struct {
	ID, User   []byte
	Host       string // whom it believes to answer
	Origin     string // what the browser says of the page
	Unverified bool   // it did not ask its owner for a finger or a number
	Synced     bool
	Count      uint32 // rises with each signature, unless it is 0

	t   testing.TB
	key *ecdsa.PrivateKey
}

// New returns an authenticator that was asked by a page at origin, whose host is host.
func New(t testing.TB, origin, host string) *Authenticator {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := &Authenticator{ID: make([]byte, 32), Host: host, Origin: origin, t: t, key: key}
	rand.Read(a.ID)
	return a
}

// Create makes the passkey for user.
func (a *Authenticator) Create(challenge, user []byte) passkey.Created {
	a.User = user
	public, err := a.key.PublicKey.Bytes()
	if err != nil {
		a.t.Fatal(err)
	}
	// The map of RFC 9052, section 7: EC2, ES256, P-256, x, y.
	cose := append([]byte{0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 0x20}, public[1:33]...)
	cose = append(append(cose, 0x22, 0x58, 0x20), public[33:]...)
	data := a.data(attested)
	data = append(data, make([]byte, 16)...)
	data = binary.BigEndian.AppendUint16(data, uint16(len(a.ID)))
	data = append(append(data, a.ID...), cose...)
	attestation := append([]byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59"), byte(len(data)>>8), byte(len(data)))
	return passkey.Created{ID: a.ID, ClientData: a.clientData("webauthn.create", challenge), Attestation: append(attestation, data...)}
}

// Sign answers a challenge.
func (a *Authenticator) Sign(challenge []byte) passkey.Signed {
	if a.Count > 0 {
		a.Count++
	}
	s := passkey.Signed{ID: a.ID, User: a.User, ClientData: a.clientData("webauthn.get", challenge), AuthenticatorData: a.data(0)}
	client := sha256.Sum256(s.ClientData)
	digest := sha256.Sum256(append(append([]byte{}, s.AuthenticatorData...), client[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, a.key, digest[:])
	if err != nil {
		a.t.Fatal(err)
	}
	s.Signature = signature
	return s
}

func (a *Authenticator) data(flags byte) []byte {
	flags |= present
	if !a.Unverified {
		flags |= verified
	}
	if a.Synced {
		flags |= eligible
	}
	host := sha256.Sum256([]byte(a.Host))
	return binary.BigEndian.AppendUint32(append(host[:], flags), a.Count)
}

func (a *Authenticator) clientData(kind string, challenge []byte) []byte {
	text, err := json.Marshal(map[string]any{
		"type": kind, "challenge": base64.RawURLEncoding.EncodeToString(challenge), "origin": a.Origin, "crossOrigin": false,
	})
	if err != nil {
		a.t.Fatal(err)
	}
	return text
}
