package circle

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"slices"

	"github.com/anteroom-video/anteroom/signaling/client/credential"
)

const (
	nonceSize = 12
	// sessionsMost is with how many others a session speaks in its life.
	sessionsMost = 512
)

var errSessions = errors.New("circle: too many sessions to speak with")

// message is what two say to each other alone.
type message struct {
	N          uint64    `json:"n"`
	Type       string    `json:"type"`
	V          uint64    `json:"v,omitempty"`
	Mac        *string   `json:"mac,omitempty"`
	Statements []*Signed `json:"statements,omitempty"`
	Epoch      *int      `json:"epoch,omitempty"`
	Secret     string    `json:"secret,omitempty"`
	Has        *int      `json:"has,omitempty"`  // the epoch of the other's that is known here
	Able       *bool     `json:"able,omitempty"` // false: its browser cannot lead frames through a worker
}

// channel seals and opens what two say to each other. What opens was said by the other, to this one, and not before.
type channel struct {
	out, in     cipher.AEAD
	from, to    [pointSize]byte // devices
	said, heard uint64
}

// channelTo gives the channel with another, the one of before where there was one. Errors: [ErrIdentity], errSessions.
func (o *Own) channelTo(other Identity) (*channel, error) {
	session := name(other.Session)
	if known := o.channels[session]; known != nil {
		return known, nil
	}
	if len(o.channels) >= sessionsMost {
		return nil, errSessions
	}
	c, err := newChannel(o, other)
	if err != nil {
		return nil, err
	}
	o.channels[session] = c
	return c, nil
}

func newChannel(own *Own, other Identity) (*channel, error) {
	public, err := ecdh.P256().NewPublicKey(other.Session[:])
	if err != nil {
		return nil, ErrIdentity
	}
	shared, err := own.agrees.ECDH(public)
	if err != nil {
		return nil, ErrIdentity
	}
	key := func(from, to [pointSize]byte) (cipher.AEAD, error) {
		b, err := hkdf.Key(sha256.New, shared, nil, "anteroom pair v1"+string(from[:])+string(to[:]), 32)
		if err != nil {
			return nil, err
		}
		block, err := aes.NewCipher(b)
		if err != nil {
			return nil, err
		}
		return cipher.NewGCM(block)
	}
	c := &channel{from: own.public.Device, to: other.Device}
	if c.out, err = key(own.public.Session, other.Session); err != nil {
		return nil, err
	}
	if c.in, err = key(other.Session, own.public.Session); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *channel) seal(m message) ([]byte, error) {
	c.said++
	m.N = c.said
	plain, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	sealed := make([]byte, nonceSize, nonceSize+len(plain)+c.out.Overhead())
	rand.Read(sealed)
	return c.out.Seal(sealed, sealed, plain, slices.Concat(c.from[:], c.to[:])), nil
}

// open gives nil for what was changed, is not for this one, or was heard before.
func (c *channel) open(sealed []byte) *message {
	if len(sealed) < nonceSize {
		return nil
	}
	plain, err := c.in.Open(nil, sealed[:nonceSize], sealed[nonceSize:], slices.Concat(c.to[:], c.from[:]))
	if err != nil {
		return nil
	}
	m := new(message)
	if json.Unmarshal(plain, m) != nil || m.N <= c.heard {
		return nil
	}
	c.heard = m.N
	return m
}

// decoded gives the bytes of a text of the protocol; nil for what is none.
func decoded(text string, size int) []byte {
	b, err := credential.Decode(text)
	if err != nil || len(b) != size {
		return nil
	}
	return b
}
