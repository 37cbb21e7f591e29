package sfu

import (
	"errors"

	"github.com/anteroom-video/anteroom/sfu/transport"
)

var (
	// ErrBadOffer: the offer breaks the contract of PROTOCOL.md; the session and its connection go on as they were.
	ErrBadOffer = transport.ErrBadOffer
	// ErrClosed: the session, its room or the server has ended.
	ErrClosed = errors.New("sfu: closed")
	// ErrStale: a session of the same participant with the same or a higher generation exists, or this one takes no more
	// offers: the next generation goes on.
	ErrStale = errors.New("sfu: stale generation")
	// ErrTooManySessions: the room holds [Limits.SessionsPerRoom] sessions, or the server [Limits.Sessions].
	ErrTooManySessions = errors.New("sfu: too many sessions")
)
