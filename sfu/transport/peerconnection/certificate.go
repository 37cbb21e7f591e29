package peerconnection

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"sync"
	"time"

	"github.com/pion/webrtc/v4"
)

const (
	certificateLife = 30 * 24 * time.Hour
	// certificateLeft is how long a certificate must still live when a connection begins with it.
	certificateLeft = 7 * 24 * time.Hour
)

// certificates makes the certificate that all connections share, and a new one before it expires. Connections keep
// the one that they began with.
type certificates struct {
	// mu guards the following field.
	mu      sync.Mutex
	current *webrtc.Certificate
}

func (c *certificates) at(now time.Time) (webrtc.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.current == nil || c.current.Expires().Sub(now) < certificateLeft {
		made, err := newCertificate(now)
		if err != nil {
			return webrtc.Certificate{}, err
		}
		c.current = made
	}
	return *c.current, nil
}

func newCertificate(now time.Time) (*webrtc.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	return webrtc.NewCertificate(key, x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "WebRTC"},
		// A day before, for clients whose clocks are slow.
		NotBefore: now.Add(-24 * time.Hour),
		NotAfter:  now.Add(certificateLife),
	})
}
