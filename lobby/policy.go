package lobby

import "time"

// DefaultPolicy is the name of the policy of a room that was made without one.
const DefaultPolicy = "erziehungsberatung"

// Policy is what a counselling service has decided about its rooms, as data. It has a column for everything that is
// enforced and none for what is not. The waiting room has no column: it is always on.
//
// Each column names itself (see [Columns]): as operators write it, what it means to whom it is printed for, and, where its type does not
// say it, what is allowed.
type Policy struct {
	// Name is how a room refers to it. Title is what counsellors read, for a service's own; Base is the shipped policy that it is a copy of.
	Name, Title, Base string
	// Locks are the columns that a copy cannot change, by their names.
	Locks []string
	// ConsentTexts are what a service's own policy asks people to agree to; what is missing is asked as shipped.
	ConsentTexts ConsentTexts

	// Reentry is how long a person who was admitted and left may come back from the same device without being
	// admitted again. Zero: never.
	Reentry time.Duration `column:"reentry" help:"how long somebody who left may come back from the same device without being let in anew; 0 for never"`
	// ConsentRequired: a person agrees on the consent page before any permission is asked for, or has agreed on paper; nobody else is let in.
	ConsentRequired bool `column:"consent" help:"everybody agrees on a page of his own before camera and microphone are asked for, or on paper; nobody else is let in"`
	// SeriesAllowed: a room may be used for more than one session.
	SeriesAllowed bool `column:"series" help:"a room may be used for more than one session"`
	// LinksSurvive: persons and links of a series stay valid for its next session. Otherwise they are deleted with the session.
	LinksSurvive bool `column:"links_survive" help:"people and links of a series stay valid for its next session"`
	// CoCounsellors: others than the creator may moderate. Otherwise a room has no co-counsellor and at most one
	// link with the role counsellor (the creator's own).
	CoCounsellors bool `column:"co_counsellors" help:"others than the creator may moderate"`
	// Delegation: a counsellor may hand moderation to somebody who is in and whose link was marked for it, and take it back. See [Policy.Delegates].
	Delegation bool `column:"delegation" help:"moderation may be handed to somebody whose link was marked for it, and taken back; only where others than the creator may moderate"`
	// EndAfter is how long a room without any counsellor stays paused before it ends.
	EndAfter time.Duration `column:"end_after" help:"how long a room that no counsellor is in stays paused before it ends"`
	// WaitingPerLink is how many devices may wait with one link at a time.
	WaitingPerLink int `column:"waiting_per_link" allowed:"1 to 10" help:"how many devices may wait with one link at a time"`
	// WaitingPerRoom is how many people may wait for a room at a time.
	WaitingPerRoom int `column:"waiting_per_room" allowed:"1 to 100" help:"how many people may wait for a room at a time"`
	// MutedFrom is the number of the person, counting everybody in the room, from which on whoever does not moderate and is let in arrives
	// with his sound off: 4 for the fourth, 1 for everybody, 0 for nobody.
	MutedFrom int `column:"muted_from" allowed:"0 for nobody, or the number of the person, up to 40, from which on people arrive muted" help:"from which person on those who do not moderate arrive with their sound off"`
	// StayOpen is the longest that a counsellor who goes out may leave the room open for those inside. Zero: not at all.
	StayOpen time.Duration `column:"stay_open" help:"the longest that a counsellor who goes out may leave the room open; 0 for not at all"`
	// Share is who may share a screen.
	Share ShareRule `column:"share" allowed:"nobody, counsellors or on_request" help:"who may show a screen; on_request: those who moderate, who may open it to all"`
	// CameraCheck: somebody who moderates may have one person's camera forwarded to those who moderate alone, to look at a room or
	// an identity card.
	CameraCheck bool `column:"camera_check" help:"one person's camera may be shown to those who moderate alone"`
	// Groups: who moderates may divide the room into groups, which go on by themselves for as long as one who moderates is in the room.
	Groups bool `column:"groups" help:"people may be sent to small groups within the room"`
	// Lines is the most lines of a camera's picture in rooms that say nothing of it themselves: 720 or 1080.
	Lines int `column:"lines" allowed:"720 or 1080" help:"the most lines of a camera's picture, in rooms that say nothing of it themselves"`
	// PeerToPeer says whether two who are alone in a room may connect to each other, and how.
	PeerToPeer PeerToPeer `column:"peer_to_peer" allowed:"off, relay or direct" help:"how two who are alone connect; direct: each learns the other's internet address"`
	// SealedOnly: the room is for browsers alone that encrypt end to end, and no counsellor can agree to another.
	SealedOnly bool `column:"sealed_only" help:"only browsers that encrypt end to end, and nobody can agree to another"`
	// Chat is who may write to whom in the call.
	Chat ChatRule `column:"chat" allowed:"all or counsellors" help:"who may write to whom; counsellors: those who do not moderate write to those who do alone"`
	// QuickExit: every screen of who does not moderate has a way to leave at once, without a trace on it, and those who moderate are told.
	QuickExit bool `column:"quick_exit" help:"every screen of those who do not moderate has a way to leave at once"`
	// NeutralTitle: title and icon of the page of who does not moderate say nothing of counselling.
	NeutralTitle bool `column:"neutral_title" help:"the page's title and icon say nothing of counselling to those who do not moderate"`
	// SilentSign: who does not moderate can tell those who do, unseen by anybody beside the screen, that speaking freely is not possible now.
	// It is sealed end to end, as [ChatRule] is: the pages keep it.
	SilentSign bool `column:"silent_sign" help:"those who do not moderate can tell unseen that they cannot speak freely"`
	// Names is what people who do not moderate may call themselves. It is sealed end to end, as [ChatRule] is: the pages keep it.
	Names NameRule `column:"names" allowed:"free, reference, first_name, initials or none" help:"what people may call themselves; reference: a name or case number; initials: at most four letters; none: nothing is asked or shown"`
	// PIN is whether a person types six digits at the door that were told by telephone.
	PIN PINRule `column:"pin" allowed:"off, offered or required" help:"six digits, told by telephone, that a person types before the link lets him knock; offered: to whom the counsellor gives some"`
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

// Delegates reports whether moderation may be handed on: by the policy's own word, and because it is not the creator's alone.
func (p Policy) Delegates() bool { return p.Delegation && p.CoCounsellors }

// longest is the longest time of a policy.
const longest = 24 * time.Hour

// complete reports whether nothing is missing that a room is run by.
func (p Policy) complete() bool {
	return p.Reentry >= 0 && p.Reentry <= longest && p.EndAfter > 0 && p.EndAfter <= longest &&
		p.WaitingPerLink > 0 && p.WaitingPerLink <= 10 && p.WaitingPerRoom > 0 && p.WaitingPerRoom <= 100 && p.MutedFrom >= 0 && p.MutedFrom <= 40 &&
		p.StayOpen >= 0 && p.StayOpen <= MaxStayOpen &&
		p.Share.Valid() && ValidLines(p.Lines) && p.PeerToPeer.Valid() && p.Chat.Valid() && p.Names.Valid() && p.PIN.Valid()
}

// MaxStayOpen is the longest that a policy may let a room be open without a counsellor.
const MaxStayOpen = time.Hour

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
			MutedFrom:   4,
			Share:       ShareCounsellors,
			CameraCheck: true,
			Lines:       720,
			PeerToPeer:  PeerToPeerRelay,
			SealedOnly:  true,
			Chat:        ChatCounsellors,
			Names:       NamesInitials,
			PIN:         PINOffered,
			Locks:       []string{"reentry", "consent", "series", "links_survive", "co_counsellors", "delegation", "share", "sealed_only", "chat", "stay_open", "groups", "names"},
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
			MutedFrom:   4,
			Share:       ShareOnRequest,
			CameraCheck: true,
			Lines:       720,
			PeerToPeer:  PeerToPeerRelay,
			Chat:        ChatCounsellors,
			Names:       NamesReference,
			PIN:         PINOffered,
		},
		{
			Name:            "erziehungsberatung",
			Reentry:         10 * m,
			ConsentRequired: true,
			SeriesAllowed:   true,
			LinksSurvive:    true,
			CoCounsellors:   true,
			Delegation:      true,
			EndAfter:        10 * m,
			WaitingPerLink:  3, WaitingPerRoom: 20,
			MutedFrom:   4,
			Share:       ShareOnRequest,
			CameraCheck: true,
			Groups:      true,
			Lines:       720,
			PeerToPeer:  PeerToPeerRelay,
			Chat:        ChatAll,
			Names:       NamesFree,
			PIN:         PINOffered,
		},
		{
			Name:            "gruppe",
			Reentry:         10 * m,
			ConsentRequired: true,
			SeriesAllowed:   true,
			CoCounsellors:   true,
			EndAfter:        10 * m,
			WaitingPerLink:  3, WaitingPerRoom: 20,
			MutedFrom:  1,
			Share:      ShareCounsellors,
			Groups:     true,
			Lines:      720,
			PeerToPeer: PeerToPeerOff,
			Chat:       ChatCounsellors,
			Names:      NamesFirst,
			PIN:        PINOffered,
		},
		{
			Name:            "schutz",
			ConsentRequired: true,
			EndAfter:        5 * m,
			WaitingPerLink:  3, WaitingPerRoom: 20,
			MutedFrom:  4,
			Share:      ShareCounsellors,
			Lines:      720,
			PeerToPeer: PeerToPeerOff,
			SealedOnly: true,
			Chat:       ChatCounsellors,
			Names:      NamesNone,
			PIN:        PINRequired,
			QuickExit:  true, NeutralTitle: true, SilentSign: true,
			Locks: []string{"reentry", "consent", "series", "links_survive", "co_counsellors", "delegation", "share", "peer_to_peer", "sealed_only", "chat", "stay_open", "groups", "quick_exit", "neutral_title", "silent_sign", "names", "pin"},
		},
	} {
		table[p.Name] = p
	}
	return table
}
