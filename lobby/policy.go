package lobby

import "time"

// DefaultPolicy is the name of the policy of a room that was made without one.
const DefaultPolicy = "erziehungsberatung"

// Policy is what a counselling service has decided about its rooms, as data. It has a column for everything that is
// enforced and none for what is not. The waiting room has no column: it is always on.
type Policy struct {
	// Name is how a room refers to it.
	Name string
	// Reentry is how long a person who was admitted and left may come back from the same device without being
	// admitted again. Zero: never.
	Reentry time.Duration
	// ConsentRequired: a person agrees on the consent page before any permission is asked for, or has agreed on paper; nobody else is let in.
	ConsentRequired bool
	// SeriesAllowed: a room may be used for more than one session.
	SeriesAllowed bool
	// LinksSurvive: persons and links of a series stay valid for its next session. Otherwise they are deleted with the session.
	LinksSurvive bool
	// CoCounsellors: others than the creator may moderate. Otherwise a room has no co-counsellor and at most one
	// link with the role counsellor (the creator's own).
	CoCounsellors bool
	// EndAfter is how long a room without any counsellor stays paused before it ends.
	EndAfter time.Duration
	// WaitingPerLink is how many devices may wait with one link at a time.
	WaitingPerLink int
	// WaitingPerRoom is how many people may wait for a room at a time.
	WaitingPerRoom int
	// Share is who may share a screen.
	Share ShareRule
	// Lines is the most lines of a camera's picture in rooms that say nothing of it themselves: 720 or 1080.
	Lines int
	// PeerToPeer says whether two who are alone in a room may connect to each other, and how.
	PeerToPeer PeerToPeer
	// SealedOnly: the room is for browsers alone that encrypt end to end, and no counsellor can agree to another.
	SealedOnly bool
	// Chat is who may write to whom in the call.
	Chat ChatRule
}

// PeerToPeer is how two browsers may connect to each other.
type PeerToPeer string

// The ways.
const (
	PeerToPeerOff    PeerToPeer = "off"    // not at all: everything goes through the media engine
	PeerToPeerRelay  PeerToPeer = "relay"  // over the relay alone: neither learns the other's address
	PeerToPeerDirect PeerToPeer = "direct" // as they can: each learns the other's addresses
)

// Valid reports whether it is one of the ways.
func (p PeerToPeer) Valid() bool {
	return p == PeerToPeerOff || p == PeerToPeerRelay || p == PeerToPeerDirect
}

// ShareRule is who may share a screen.
type ShareRule string

// The rules.
const (
	ShareNobody      ShareRule = "nobody"
	ShareCounsellors ShareRule = "counsellors" // those who moderate, and nobody can open it to others
	ShareOnRequest   ShareRule = "on_request"  // those who moderate, who may open it to all and close it again
)

// Valid reports whether it is one of the rules.
func (r ShareRule) Valid() bool {
	return r == ShareNobody || r == ShareCounsellors || r == ShareOnRequest
}

// ChatRule is who may write to whom in the call. Messages are sealed end to end and the server cannot tell them from keys: those who read
// keep the rule, as those who write do (web/static/e2ee/README.md, "Chat and files").
type ChatRule string

// The rules.
const (
	ChatAll         ChatRule = "all"         // what somebody writes to the room reaches everybody in it
	ChatCounsellors ChatRule = "counsellors" // those who do not moderate write to those who do, and to nobody else
)

// Valid reports whether it is one of the rules.
func (r ChatRule) Valid() bool { return r == ChatAll || r == ChatCounsellors }

// complete reports whether nothing is missing that a room is run by.
func (p Policy) complete() bool {
	return p.Reentry >= 0 && p.EndAfter > 0 && p.WaitingPerLink > 0 && p.WaitingPerRoom > 0 &&
		p.Share.Valid() && ValidLines(p.Lines) && p.PeerToPeer.Valid() && p.Chat.Valid()
}

// ValidLines reports whether a camera's picture may be bounded to so many lines: 720 or 1080.
func ValidLines(n int) bool { return n == 720 || n == 1080 }

// Policies is a table of policies by name.
type Policies map[string]Policy

// ShippedPolicies returns the five policies that come with the system, in a table of the caller's own.
func ShippedPolicies() Policies {
	const m = time.Minute
	table := Policies{}
	for _, p := range []Policy{
		{
			Name:            "schule",
			ConsentRequired: true,
			EndAfter:        5 * m,
			WaitingPerLink:  3, WaitingPerRoom: 20,
			Share:      ShareCounsellors,
			Lines:      720,
			PeerToPeer: PeerToPeerRelay,
			SealedOnly: true,
			Chat:       ChatCounsellors,
		},
		{
			Name:            "jobcenter",
			Reentry:         10 * m,
			ConsentRequired: true,
			SeriesAllowed:   true,
			LinksSurvive:    true,
			CoCounsellors:   true,
			EndAfter:        10 * m,
			WaitingPerLink:  3, WaitingPerRoom: 20,
			Share:      ShareOnRequest,
			Lines:      720,
			PeerToPeer: PeerToPeerRelay,
			Chat:       ChatCounsellors,
		},
		{
			Name:            "erziehungsberatung",
			Reentry:         10 * m,
			ConsentRequired: true,
			SeriesAllowed:   true,
			LinksSurvive:    true,
			CoCounsellors:   true,
			EndAfter:        10 * m,
			WaitingPerLink:  3, WaitingPerRoom: 20,
			Share:      ShareOnRequest,
			Lines:      720,
			PeerToPeer: PeerToPeerRelay,
			Chat:       ChatAll,
		},
		{
			Name:            "gruppe",
			Reentry:         10 * m,
			ConsentRequired: true,
			SeriesAllowed:   true,
			CoCounsellors:   true,
			EndAfter:        10 * m,
			WaitingPerLink:  3, WaitingPerRoom: 20,
			Share:      ShareCounsellors,
			Lines:      720,
			PeerToPeer: PeerToPeerOff,
			Chat:       ChatCounsellors,
		},
		{
			Name:            "schutz",
			ConsentRequired: true,
			EndAfter:        5 * m,
			WaitingPerLink:  3, WaitingPerRoom: 20,
			Share:      ShareCounsellors,
			Lines:      720,
			PeerToPeer: PeerToPeerOff,
			SealedOnly: true,
			Chat:       ChatCounsellors,
		},
	} {
		table[p.Name] = p
	}
	return table
}
