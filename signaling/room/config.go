package room

import (
	"cmp"
	"fmt"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
)

// Times that are the same for every room.
const (
	// LostAfter: a counsellor of whom nothing was heard for this long is gone.
	LostAfter = 3 * time.Second
	// ResumeWithin: a paused room resumes by itself when a counsellor comes back within this time, later it is held.
	ResumeWithin = 60 * time.Second
	// KnockAgainAfter: a declined person may knock again after this time.
	KnockAgainAfter = 10 * time.Second
	// WaitingGrace: who waits and has no socket for this long leaves the queue.
	WaitingGrace = 30 * time.Second
	// SeatGrace: who is in, has no socket and of whom nothing was heard for this long has left.
	SeatGrace = 60 * time.Second
)

// Bounds of a room, beside those of its policy.
const (
	// MaxMembers is how many people who do not moderate can be in.
	MaxMembers = 40
	// MaxCounsellors is how many seats of people who moderate can be in.
	MaxCounsellors = 16
	// MaxID is the longest id of a participant, socket, person, account or session, in bytes.
	MaxID = 64
	// MaxLang is the longest language tag, in bytes (RFC 5646 section 4.4.1).
	MaxLang = 35
	// ConsentText is how long the hash of a consent text is, in bytes (SHA-256).
	ConsentText = 32
	// MaxIdentity is how much a page may say of itself to the others' pages, in bytes.
	MaxIdentity = 512
)

// Config is what a room is made with. It is a value and part of the State.
type Config struct {
	// Session is the session that tokens must name: new for each session of a series.
	Session string `json:"session"`
	// Reentry is how long a person who left may come back without a new admission; 0 for never.
	Reentry time.Duration `json:"reentry"`
	// EndAfter is how long a room without a counsellor stays paused before it ends; more than 0.
	EndAfter time.Duration `json:"end_after"`
	// ConsentRequired: nobody who does not moderate is let in without a consent.
	ConsentRequired bool `json:"consent_required,omitempty"`
	// WaitingPerLink is how many devices may wait with one link, WaitingPerRoom how many altogether; more than 0.
	WaitingPerLink int `json:"waiting_per_link"`
	WaitingPerRoom int `json:"waiting_per_room"`
	// MutedFrom is the number of the person in the room from which on who is let in arrives with his sound off; 0 for nobody.
	MutedFrom int `json:"muted_from,omitempty"`
	// StayOpen is the longest that a counsellor who goes out may leave the room open; 0 for not at all.
	StayOpen time.Duration `json:"stay_open,omitempty"`
	// Share is who may share a screen, Lines the most lines of a camera's picture: 720 or 1080.
	Share lobby.ShareRule `json:"share"`
	Lines int             `json:"lines"`
	// CameraCheck: who moderates may reserve somebody's camera.
	CameraCheck bool `json:"camera_check,omitempty"`
	// Delegation: moderation may be lent to members whose links were marked for it.
	Delegation bool `json:"delegation,omitempty"`
	// SoundOnly: nobody's camera is forwarded. Then two do not connect to each other, where the server could not see to it, and
	// nobody who does not moderate shares a screen.
	SoundOnly bool `json:"sound_only,omitempty"`
	// Groups: who moderates may divide the room into groups.
	Groups bool `json:"groups,omitempty"`
	// PeerToPeer says whether two may connect to each other, and how.
	PeerToPeer lobby.PeerToPeer `json:"peer_to_peer"`
	// SealedOnly: nobody can agree to go on without end-to-end encryption.
	SealedOnly bool `json:"sealed_only,omitempty"`
	// Chat is who may write to whom.
	Chat lobby.ChatRule `json:"chat"`
	// Names is what those who do not moderate may call themselves; "" stands for nothing.
	Names lobby.NameRule `json:"names,omitempty"`
	// QuickExit: those who moderate are told of who left quickly. SilentSign: the pages offer the silent sign.
	QuickExit  bool `json:"quick_exit,omitempty"`
	SilentSign bool `json:"silent_sign,omitempty"`
	// StandIn: the room was handed over, and who waits is told that a colleague comes, until one does.
	StandIn bool `json:"stand_in,omitempty"`
	// Begun: somebody was let in before this room was made (it was live before a restart), so there is a session to end.
	Begun bool `json:"begun,omitempty"`
}

// ConfigFor gives the configuration of the live room of r under its policy. What the room says itself comes before what the policy says.
func ConfigFor(r lobby.Room, p lobby.Policy) Config {
	c := Config{
		Session: r.Session, Begun: r.Begun, Reentry: p.Reentry, EndAfter: p.EndAfter,
		WaitingPerLink: p.WaitingPerLink, WaitingPerRoom: p.WaitingPerRoom, MutedFrom: p.MutedFrom, StayOpen: p.StayOpen, Share: p.Share, Lines: cmp.Or(r.Lines, p.Lines), CameraCheck: p.CameraCheck, Delegation: p.Delegates(),
		ConsentRequired: p.ConsentRequired, SoundOnly: r.SoundOnly, PeerToPeer: p.PeerToPeer, SealedOnly: p.SealedOnly, Chat: p.Chat, Names: p.Names,
		Groups: p.Groups, QuickExit: p.QuickExit, SilentSign: p.SilentSign,
		StandIn: r.StandIn && !r.Begun,
	}
	if c.SoundOnly {
		c.PeerToPeer = lobby.PeerToPeerOff
		if c.Share == lobby.ShareOnRequest {
			c.Share = lobby.ShareCounsellors
		}
	}
	return c
}

func (c Config) check() error {
	switch {
	case c.Session == "" || len(c.Session) > MaxID:
		return fmt.Errorf("room: the session has 1 to %d bytes", MaxID)
	case c.Reentry < 0:
		return fmt.Errorf("room: the re-entry time is negative")
	case c.EndAfter <= 0:
		return fmt.Errorf("room: the time after which a room without a counsellor ends is not positive")
	case c.WaitingPerLink <= 0 || c.WaitingPerRoom <= 0:
		return fmt.Errorf("room: nobody may wait")
	case c.MutedFrom < 0:
		return fmt.Errorf("room: the number of the first who arrives with his sound off is negative")
	case c.StayOpen < 0 || c.StayOpen > lobby.MaxStayOpen:
		return fmt.Errorf("room: without a counsellor a room stays open for %v at most", lobby.MaxStayOpen)
	case !c.Share.Valid():
		return fmt.Errorf("room: nothing is said of who may share a screen")
	case !c.PeerToPeer.Valid():
		return fmt.Errorf("room: nothing is said of whether two may connect to each other")
	case !c.Chat.Valid():
		return fmt.Errorf("room: nothing is said of who may write to whom")
	case c.Names != "" && !c.Names.Valid():
		return fmt.Errorf("room: nothing is said of what people may call themselves")
	case !lobby.ValidLines(c.Lines):
		return fmt.Errorf("room: a camera's picture has at most 720 or 1080 lines")
	case c.SoundOnly && (c.PeerToPeer != lobby.PeerToPeerOff || c.Share == lobby.ShareOnRequest):
		return fmt.Errorf("room: pictures get by the rule that there is sound alone")
	}
	return nil
}
