// Package passkey checks what an authenticator says and signs: that it was asked here, for this challenge, and that it knew its owner.
//
// It holds to W3C Web Authentication, level 3, sections 7.1 and 7.2. It knows nothing of accounts, keeps nothing and reads no clock: whoever
// calls it gives each challenge out once. What an authenticator's pseudo-random function gives stays in the browser and is never asked for
// here.
package passkey

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"
	"net/url"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
	"github.com/go-webauthn/webauthn/webauthn"
)

var (
	// ErrAddress: passkeys belong to a host name, and the origin has none.
	ErrAddress = errors.New("passkey: the address is no host name")
	// ErrRefused: what came is not what an authenticator made for this challenge, here, with its owner known.
	ErrRefused = errors.New("passkey: refused")
)

// Credential is what is kept of a passkey to check its signatures.
type Credential struct {
	ID []byte `json:"id"`
	// PublicKey is in COSE's form (RFC 9052, section 7).
	PublicKey []byte `json:"public_key"`
	// Count is how often it has signed, by itself; 0 of those that do not count.
	Count uint32 `json:"count,omitempty"`
	// Synced: it may be on several devices of its owner. It never changes.
	Synced bool `json:"synced,omitempty"`
}

// Created is an authenticator's answer to the wish for a new passkey.
type Created struct{ ID, ClientData, Attestation []byte }

// Signed is an authenticator's answer to a challenge. User is what the passkey was made for.
type Signed struct{ ID, User, ClientData, AuthenticatorData, Signature []byte }

// Verifier checks for one address. It is safe for concurrent use.
type Verifier struct {
	rp   *webauthn.WebAuthn
	host string
}

// New returns a verifier for the address that people open, such as https://host. Errors: [ErrAddress].
func New(origin string) (*Verifier, error) {
	u, err := url.Parse(origin)
	if err != nil || u.Hostname() == "" {
		return nil, ErrAddress
	}
	if _, err := netip.ParseAddr(u.Hostname()); err == nil {
		return nil, ErrAddress
	}
	rp, err := webauthn.New(&webauthn.Config{RPID: u.Hostname(), RPDisplayName: u.Hostname(), RPOrigins: []string{origin}})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAddress, err)
	}
	return &Verifier{rp, u.Hostname()}, nil
}

// Host is what the browser is told as relying party id.
func (v *Verifier) Host() string { return v.host }

// Algorithms are the signatures that are taken, the best first, as COSE numbers them.
func Algorithms() []int {
	return []int{int(webauthncose.AlgES256), int(webauthncose.AlgEdDSA), int(webauthncose.AlgRS256)}
}

// Created checks a new passkey for user. Errors: [ErrRefused].
func (v *Verifier) Created(challenge, user []byte, c Created) (Credential, error) {
	parsed, err := protocol.CredentialCreationResponse{
		PublicKeyCredential: credential(c.ID),
		AttestationResponse: protocol.AuthenticatorAttestationResponse{
			AuthenticatorResponse: protocol.AuthenticatorResponse{ClientDataJSON: c.ClientData},
			AttestationObject:     c.Attestation,
		},
	}.Parse()
	if err != nil {
		return Credential{}, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	session := v.session(challenge)
	session.UserID = user
	for _, algorithm := range Algorithms() {
		session.CredParams = append(session.CredParams, protocol.CredentialParameter{
			Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.COSEAlgorithmIdentifier(algorithm),
		})
	}
	made, err := v.rp.CreateCredential(owner{id: user}, session, parsed)
	if err != nil {
		return Credential{}, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return Credential{made.ID, made.PublicKey, made.Authenticator.SignCount, made.Flags.BackupEligible}, nil
}

// Signed checks a signature of a passkey that is known, made for user, and returns the passkey as it is to be kept from now on. One whose own count
// goes back is refused: there is a copy of it. Errors: [ErrRefused].
func (v *Verifier) Signed(challenge, user []byte, known Credential, s Signed) (Credential, error) {
	parsed, err := protocol.CredentialAssertionResponse{
		PublicKeyCredential: credential(s.ID),
		AssertionResponse: protocol.AuthenticatorAssertionResponse{
			AuthenticatorResponse: protocol.AuthenticatorResponse{ClientDataJSON: s.ClientData},
			AuthenticatorData:     s.AuthenticatorData, Signature: s.Signature, UserHandle: s.User,
		},
	}.Parse()
	if err != nil {
		return Credential{}, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	one := owner{id: user, known: webauthn.Credential{
		ID: known.ID, PublicKey: known.PublicKey, Authenticator: webauthn.Authenticator{SignCount: known.Count},
	}}
	one.known.Flags.BackupEligible = known.Synced
	find := func([]byte, []byte) (webauthn.User, error) { return one, nil }
	used, err := v.rp.ValidateDiscoverableLogin(find, v.session(challenge), parsed)
	if err != nil {
		return Credential{}, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	if used.Authenticator.CloneWarning {
		return Credential{}, fmt.Errorf("%w: its count went back", ErrRefused)
	}
	known.Count = used.Authenticator.SignCount
	return known, nil
}

func (v *Verifier) session(challenge []byte) webauthn.SessionData {
	return webauthn.SessionData{
		Challenge: base64.RawURLEncoding.EncodeToString(challenge), RelyingPartyID: v.host, UserVerification: protocol.VerificationRequired,
	}
}

func credential(id []byte) protocol.PublicKeyCredential {
	return protocol.PublicKeyCredential{
		Credential: protocol.Credential{ID: base64.RawURLEncoding.EncodeToString(id), Type: string(protocol.PublicKeyCredentialType)}, RawID: id,
	}
}

// owner is whom a passkey is for, as the library wants to see it.
type owner struct {
	id    []byte
	known webauthn.Credential
}

func (o owner) WebAuthnID() []byte                         { return o.id }
func (o owner) WebAuthnName() string                       { return "" }
func (o owner) WebAuthnDisplayName() string                { return "" }
func (o owner) WebAuthnCredentials() []webauthn.Credential { return []webauthn.Credential{o.known} }
