package sfu

import "context"

// Session is one person's media connection. Safe for concurrent use.
type Session struct{}

// Answer applies the client's offer and returns the answer with all candidates in it. It works for milliseconds and
// never waits for the peer; calls come one after the other. Errors: ErrBadOffer (nothing changed), ErrClosed.
func (s *Session) Answer(ctx context.Context, o Offer) (string, error) { return "", ErrClosed }

// AckSlots says that the client applied every mapping up to seq. Numbers that were never sent are ignored. It does
// not block.
func (s *Session) AckSlots(seq uint64) {}

// Views says what the client shows, and how large. The list is complete: the pictures of publications that exist and
// are not listed are not sent; sound always is. A picture published later is sent small until the next call, and so is
// everything before the first. Unknown publications are ignored. It does not block.
func (s *Session) Views(views []View) {}

// SetFlow sets what may pass. When it has returned no packet passes under the rule before. It does not block but for
// packets that are being sent right now.
func (s *Session) SetFlow(f Flow) {}

// Close ends the session and waits for its connection's goroutines (milliseconds). May be called more than once, and
// from a Handler.
func (s *Session) Close() error { return nil }

// Stats returns the counts so far. It does not block.
func (s *Session) Stats() SessionStats { return SessionStats{} }
