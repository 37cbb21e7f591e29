package sfu

import "github.com/anteroom-video/anteroom/sfu/transport"

// Line and Offer are what a client offers: the session description and what each of its m-lines is for.
type Line struct {
	Mid string
	// Use is "microphone", "camera", "screen", "screen_audio" (the client sends), "audio" or "video" (it receives).
	Use string
	// Slot of "audio" and "video", from 0.
	Slot int
}

// Offer of a client. Lines are in the order of the m-lines.
type Offer struct {
	SDP   string
	Lines []Line
	// SVC: the client can send VP9 with spatial layers in one stream, and decode it.
	SVC bool
}

func (o Offer) parse() (transport.Offer, error) {
	lines := make([]transport.Line, len(o.Lines))
	for i, l := range o.Lines {
		use, ok := transport.ParseUse(l.Use)
		if !ok {
			return transport.Offer{}, ErrBadOffer
		}
		lines[i] = transport.Line{Mid: l.Mid, Use: use, Slot: l.Slot}
	}
	return transport.Offer{SDP: o.SDP, Lines: lines}, nil
}
