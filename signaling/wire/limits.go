package wire

import "time"

// Version is the protocol version spoken here.
const Version = 1

// Bounds of one message.
const (
	MaxMessage      = 64 << 10  // bytes of a message
	MaxLargeMessage = 256 << 10 // bytes of a message that carries a session description or the state of a room
	MaxDepth        = 8         // levels of objects and lists, the envelope being the first
	MaxMembers      = 64        // members of one object
	MaxValues       = 8192      // values of one message, at all levels together
)

// Bounds of the fields, in bytes of UTF-8 for strings, in decoded bytes for byte strings, in entries for lists.
const (
	MaxText       = 512
	MaxName       = 32 // type names, codes, m-line ids
	MaxID         = 64 // ids of participants, persons and publications
	MaxSoftware   = 80 // the version of a server
	MaxToken      = 2048
	MaxProof      = 128
	MaxConsent    = 64
	MaxIdentity   = 512      // what a page says of itself to the others' pages
	MaxSealed     = 40 << 10 // what one page says to another
	MaxSealedLink = 256
	MaxNote       = 200 // characters
	MaxSealedNote = 900
	MaxNotes      = 6  // remembered of one who waits
	MaxLang       = 35 // the longest language tag in use, RFC 5646 section 4.4.1
	MaxNodes      = 16
	MaxNode       = 256
	MaxRelays     = 8 // of one participant
	MaxURLs       = 8 // of one relay
	MaxURL        = 256
	MaxList       = 64  // lines, views, slots, members, waiting people, speakers
	MaxSources    = 256 // publications: four of each member
	MaxPixels     = 16384
	MaxLayers     = 8 // of one source
	MaxSDP        = MaxLargeMessage
	// Between two browsers: bytes of a description, which has one microphone and one camera; candidates of a message, bytes of each.
	MaxPairSDP, MaxCandidates, MaxCandidate = 32 << 10, 32, 512
)

// How often one person, or one account, may sign on to a room.
const (
	SignOnsPerSecond = 1
	SignOnBurst      = 10
)

// How often one participant may make a new peer connection: each empties and fills his tile at everybody else's.
const (
	ConnectionsPerSecond = 0.5
	ConnectionBurst      = 6
)

// Limits of one socket, which its two ends share.
const (
	SignOnWithin  = 5 * time.Second // for the first message
	RatePerSecond = 30              // messages that a client may send, besides sealed ones
	RateBurst     = 60
	// SealedPerSecond and SealedBurst bound all messages together: in a room of 25 each page has 50 to say to the others when somebody comes or goes.
	SealedPerSecond = 200
	SealedBurst     = 800
	RefusedPerMin   = 20 // refused messages, over which the socket is closed with CloseBadMessage
	OutboxMessages  = 256
	OutboxBytes     = 1 << 20
	CompressAbove   = 4 << 10 // bytes of a message
	PingEvery       = 5 * time.Second
	LostAfter       = 8 * time.Second  // without any message a client takes the connection for lost
	KnockAgainAfter = 10 * time.Second // after a decline
	NoteAgainAfter  = 10 * time.Second // between two notes of or to one who waits
)

// How long the two ends of a way hold over which a line is tried, and how soon another may be asked for.
const (
	LineCheckLasts = 15 * time.Second
	LineCheckAgain = 10 * time.Second
)

// MaxLeaveOpen is the longest that a room may be left open without a counsellor, by any policy.
const MaxLeaveOpen = time.Hour

// PairFades is how long the relay still carries what two say to each other who were parted gently.
const PairFades = time.Second
