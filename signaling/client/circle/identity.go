package circle

import (
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"github.com/anteroom-video/anteroom/signaling/client/credential"
)

const (
	identityVersion = 1
	pointSize       = 65
	hashSize        = 32
	signatureSize   = 64
	identitySize    = 1 + 2*pointSize + hashSize + signatureSize

	identityLabel = "anteroom identity v1"
)

// Claim is what an identity proves.
type Claim string

// The claims, and the label of what vouches for whoever speaks for the room.
const (
	Person     Claim = "person"     // holds the link
	Counsellor Claim = "counsellor" // can open the room's secret
	authority  Claim = "authority"
)

// ErrIdentity says that bytes are no identity, or not signed by the device that they name.
var ErrIdentity = errors.New("circle: not an identity")

// Own is what one introduces oneself with: a device's key, and a session's that is made anew each time. One circle at a time has it; the next one, in another
// seat, goes on where that was.
type Own struct {
	// Identity is for the hello.
	Identity []byte
	public   Identity
	device   credential.Device
	agrees   *ecdh.PrivateKey
	// channels are with whom it has spoken, by session: none is forgotten, or what was said once could be said again.
	channels map[string]*channel
}

// Identity is what another said of himself, with the signature checked.
type Identity struct {
	// Device names it everywhere: the point of the device's key.
	Device [pointSize]byte
	// Session is the point of the session's key.
	Session [pointSize]byte
	Proof   [hashSize]byte
	// Tag begins the key ids of its frames.
	Tag uint16
}

func mac(secret []byte, claim Claim, parts ...[]byte) [hashSize]byte {
	key, err := hkdf.Key(sha256.New, secret, nil, fmt.Sprintf("anteroom %s v1", claim), hashSize)
	if err != nil {
		panic(err) // only a length over 8,160 bytes can bring it here
	}
	h := hmac.New(sha256.New, key)
	for _, p := range parts {
		h.Write(p)
	}
	return [hashSize]byte(h.Sum(nil))
}

func tagOf(device, session []byte) uint16 {
	digest := sha256.Sum256(slices.Concat(device, session))
	return uint16(digest[0])<<8 | uint16(digest[1])
}

// NewOwn makes an identity with a new session. secret is what the claim is proven with; nil proves nothing.
func NewOwn(device credential.Device, secret []byte, claim Claim) (*Own, error) {
	session, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("circle: making a session's key: %w", err)
	}
	o := &Own{device: device, agrees: session, channels: map[string]*channel{}}
	p := &o.public
	p.Device, p.Session = [pointSize]byte(device.Public()), [pointSize]byte(session.PublicKey().Bytes())
	if secret != nil {
		p.Proof = mac(secret, claim, p.Device[:], p.Session[:])
	}
	p.Tag = tagOf(p.Device[:], p.Session[:])
	body := slices.Concat([]byte{identityVersion}, p.Device[:], p.Session[:], p.Proof[:])
	signature, err := device.Sign(append([]byte(identityLabel), body...))
	if err != nil {
		return nil, err
	}
	o.Identity = append(body, signature...)
	return o, nil
}

// ReadIdentity reads what another said of himself. Errors: [ErrIdentity].
func ReadIdentity(b []byte) (Identity, error) {
	if len(b) != identitySize || b[0] != identityVersion {
		return Identity{}, ErrIdentity
	}
	body, signature := b[:identitySize-signatureSize], b[identitySize-signatureSize:]
	var id Identity
	at := 1
	for _, field := range [][]byte{id.Device[:], id.Session[:], id.Proof[:]} {
		at += copy(field, body[at:])
	}
	if _, err := ecdh.P256().NewPublicKey(id.Session[:]); err != nil {
		return Identity{}, ErrIdentity
	}
	if !credential.VerifyDevice(id.Device[:], append([]byte(identityLabel), body...), signature) {
		return Identity{}, ErrIdentity
	}
	id.Tag = tagOf(id.Device[:], id.Session[:])
	return id, nil
}

// Proves reports whether whoever made the identity knows the secret.
func (id Identity) Proves(secret []byte, claim Claim) bool {
	want := mac(secret, claim, id.Device[:], id.Session[:])
	return hmac.Equal(want[:], id.Proof[:])
}

// vouch is said to one person by who speaks for the room; both know the link's secret.
func vouch(link []byte, speaker, person [pointSize]byte) [hashSize]byte {
	return mac(link, authority, speaker[:], person[:])
}
