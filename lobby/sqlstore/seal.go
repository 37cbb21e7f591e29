package sqlstore

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"

	"github.com/anteroom-video/anteroom/lobby"
)

// sealVersion begins every sealed value, so that a later form can be told from this one.
const sealVersion = 1

// errSealed is a sealed value that does not open: another key, or a file that was tampered with.
var errSealed = errors.New("sqlstore: a sealed value does not open")

// sealer seals values so that they open with the key file alone, and in the place alone for which they were sealed.
type sealer struct {
	aead   cipher.AEAD
	lookup []byte
}

// place is where a sealed value belongs: whoever can write the file cannot move one to another row.
type place struct {
	table  string
	tenant lobby.TenantID
	row    string
}

func (p place) aad() []byte {
	return []byte(p.table + "\x00" + string(p.tenant) + "\x00" + p.row)
}

func newSealer(k keys) (*sealer, error) {
	block, err := aes.NewCipher(k.seal)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	return &sealer{aead: aead, lookup: k.lookup}, nil
}

// seal returns version, nonce and ciphertext of b.
func (s *sealer) seal(p place, b []byte) []byte {
	return s.aead.Seal([]byte{sealVersion}, nil, b, p.aad())
}

func (s *sealer) open(p place, sealed []byte) ([]byte, error) {
	if len(sealed) == 0 || sealed[0] != sealVersion {
		return nil, errSealed
	}
	b, err := s.aead.Open(nil, nil, sealed[1:], p.aad())
	if err != nil {
		return nil, errSealed
	}
	return b, nil
}

// sealJSON seals v as JSON.
func (s *sealer) sealJSON(p place, v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return s.seal(p, b), nil
}

// openJSON opens what sealJSON sealed.
func (s *sealer) openJSON(p place, sealed []byte, v any) error {
	b, err := s.open(p, sealed)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, v)
}

// blind returns the keyed hash under which a name is found without being stored.
func (s *sealer) blind(table string, tenant lobby.TenantID, name string) []byte {
	mac := hmac.New(sha256.New, s.lookup)
	mac.Write(place{table, tenant, name}.aad())
	return mac.Sum(nil)
}
