package client

import (
	"errors"
	"net/http"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/transport/v4"

	"github.com/anteroom-video/anteroom/signaling/wire"
)

// EventQueue is how many events wait for a program that is slow to read them.
const EventQueue = 1024

// Options of a call. The zero value joins as a computer with picture and sound.
type Options struct {
	// HTTP is used for the interface and the websocket; nil for a client of the call's own. Set its transport for self-signed certificates;
	// its idle connections are the caller's to close.
	HTTP *http.Client
	// Lang is a language tag, Device and Media what the waiting room tells the counsellor; the zero values are "", computer and av.
	Lang   string
	Device wire.Device
	Media  wire.Media
	// PIN is typed where the link's person has one; "" for none.
	PIN string
	// Identity is what this program says of itself to the others' (web/static/e2ee/README.md); nil for nothing. It is read of wire.Member and
	// wire.Waiting; what is sealed for one of them goes by [Call.Request] with a wire.SendSealed, and comes as a *wire.Sealed. A sealed call has one
	// of its own.
	Identity []byte
	// Sealed encrypts end to end, as browsers do: what is sent as frames is sealed for those who are in, and what comes of them is opened. What a
	// [Sender] is given as packets is not looked at: see [Sender.Seal]. RED cannot be sealed.
	Sealed bool
	// OnRTP gets every received packet, from one goroutine per incoming stream; it must not block and must not keep Packet. In a sealed call a sound's
	// packets have what was opened as payload, and those that do not open are left out; a picture's packets are as they came.
	OnRTP func(Received)
	// OnFrame gets, in a sealed call, the frames of pictures that were opened: in their order, each from a key frame on without a gap. It is called as
	// OnRTP is, and must not keep Data.
	OnFrame func(Frame)
	// NoMedia keeps the call from making a media connection when it is admitted.
	NoMedia bool
	// Simulcast sends the camera in three layers, see [Call.Layers].
	Simulcast bool
	// Screen has lines for a shared screen and its sound.
	Screen bool
	// RED sends and receives sound with its past (RFC 2198): what a [Sender] of the microphone writes is a RED payload then.
	RED bool
	// Net is the network that the media connection uses, nil for the machine's own.
	Net transport.Net
	// Loopback lets the media connection use the machine's loopback addresses, for servers on this machine.
	Loopback bool
	// Rogue keeps media connections that the rules would end (put back, removed, ended), as a modified client would: what a [Sender] sends
	// goes out on all of them. After [Finished] they go on until Close.
	Rogue bool
}

// Received is one RTP packet that came in a slot.
type Received struct {
	Generation int // of the media connection
	Slot       int
	Kind       wire.Kind
	// Participant and Source are whom the slot was mapped to when the packet came; "" while nobody is. A packet that was overtaken by the
	// news of a new mapping is taken for the new person's: who shows pictures waits for a key frame first.
	Participant string
	Source      wire.Source
	RED         bool // the payload is one of RFC 2198
	Packet      *rtp.Packet
	Arrival     time.Time
}

// check says what of the options cannot be.
func (o Options) check() error {
	switch {
	case o.Sealed && o.RED:
		return errors.New("client: RED cannot be sealed: the server could not take it apart")
	case o.Sealed && o.Identity != nil:
		return errors.New("client: a sealed call has an identity of its own")
	}
	return nil
}

func (o Options) withDefaults() Options {
	if o.Device == "" {
		o.Device = wire.Computer
	}
	if o.Media == "" {
		o.Media = wire.MediaAV
	}
	return o
}
