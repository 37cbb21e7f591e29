package sfu

// Handler is told what happens in one Session.
//
// Calls come from the room's own goroutine, one at a time and in order, with no
// lock held: a Handler may call any method of Session and Room but
// [Room.Close] and [Server.Close], which wait for that goroutine. It must not
// block: the whole room's events wait meanwhile (packets do not). After
// [Session.Close] has returned no call begins; one may still be ending.
type Handler interface {
	// Slots is the whole mapping of receive slots. It is called when the mapping or Pairs changes, and counts Seq up.
	Slots(SlotMap)
	// Published and Unpublished tell what others publish that this session may see: those of its own group, as far as
	// their Flow lets them out. A publication keeps its ID when it comes back after a mute.
	Published(Publication)
	Unpublished(id string)
	// Demand tells which layers of an own source somebody watches now, from 0, the smallest: nobody needs the others. What
	// is newly wanted is told at once, what is no longer wanted after DemandLinger. Before the first call, which waits for the
	// source's first packet, all are wanted.
	Demand(source string, layers []int)
	// PicturesPaused tells all publications whose picture this session wants and does not get, because its line is too thin.
	PicturesPaused(publications []string)
	// Line tells how good the session's line is, when that changed.
	Line(LineQuality)
	// Codec tells what cameras of the room are to be sent as, CodecVP8 or CodecVP9; CodecVP8 before the first call.
	Codec(video string)
	// State tells the state of the connection. After ConnFailed and ConnClosed no other state follows.
	State(ConnState)
}

// RoomHandler is told what happens in a Room, under the rules of [Handler].
type RoomHandler interface {
	// Speaker tells of a group ([Flow]) who has the floor (or "") and all who speak now, at most every 300 ms and only when it changed.
	Speaker(group, dominant string, speaking []string)
}

// ConnState is the state of a session's connection.
type ConnState string

const (
	ConnConnecting ConnState = "connecting"
	ConnConnected  ConnState = "connected"
	// ConnDisconnected: nothing was heard from the peer for some seconds. It may come back by itself.
	ConnDisconnected ConnState = "disconnected"
	// ConnFailed: the connection is lost for good, or was ended because the peer went over a bound. Close the session
	// and let the client offer with the next generation.
	ConnFailed ConnState = "failed"
	// ConnClosed: replaced by a later Join. Who closes a session, its room or the server himself is not told.
	ConnClosed ConnState = "closed"
)

// SlotMap is the mapping of one session's receive slots to people.
type SlotMap struct {
	// Seq counts the mappings of a session from 1; it is what AckSlots acknowledges.
	Seq uint64
	// Pairs is how many pairs of slots (audio and video) the server wants offered.
	Pairs int
	// Slots that carry somebody, by slot number. A slot that is not listed is empty.
	Slots []Slot
}

// Slot says whom a pair of receive lines carries: the sound and the picture of one person.
type Slot struct {
	Slot        int
	Participant string
	// Source is SourceCamera (picture and microphone) or SourceScreen (the shared screen and its sound).
	Source string
}

// Sources, the words of PROTOCOL.md.
const (
	SourceMicrophone  = "microphone"
	SourceCamera      = "camera"
	SourceScreen      = "screen"
	SourceScreenAudio = "screen_audio"
)

// Publication is one thing that one person sends.
type Publication struct {
	// ID is unique in the room, for its life.
	ID          string
	Participant string
	// Source is one of the four Sources.
	Source string
}

// Codecs of cameras.
const (
	CodecVP8 = "vp8"
	CodecVP9 = "vp9"
)
