package wire

import "math"

// Member tells members that somebody is in the room, or what changed about him. Person and all below it are for
// those who moderate alone.
type Member struct {
	Participant string `json:"participant"`
	Role        Role   `json:"role"`
	Name        Text   `json:"name"`
	Audio       bool   `json:"audio"` // switched on
	Video       bool   `json:"video"`
	Screen      bool   `json:"screen,omitempty"` // shared
	// VideoReserved: his camera is for those who moderate alone, who alone are told.
	VideoReserved bool       `json:"video_reserved,omitempty"`
	Connection    Connection `json:"connection"`
	Group         int        `json:"group,omitzero"`     // that he is in; 0 is the main room
	Hand          int64      `json:"hand,omitzero"`      // 0 while it is down; of those that are up, the lowest has been up longest
	Promoted      bool       `json:"promoted,omitempty"` // moderation was lent to him
	Identity      Bytes      `json:"identity,omitempty"` // as his page said it in its hello
	Person        string     `json:"person,omitempty"`
	Label         *Text      `json:"label,omitempty"`
	SealedLink    Bytes      `json:"sealed_link,omitempty"` // the person's link, readable with the room's secret
	Consent       Consent    `json:"consent,omitempty"`
	Company       Company    `json:"company,omitempty"`
	MayPromote    bool       `json:"may_promote,omitempty"` // moderation may be lent to him
}

func (*Member) Type() string { return "member" }

func (m *Member) decode(f *fields) {
	m.Participant = f.id("participant")
	m.Role = readRole(f)
	m.Name = readText(f.sub("name"))
	m.Audio = f.bool("audio")
	m.Video = f.bool("video")
	m.Screen = f.flag("screen")
	m.VideoReserved = f.flag("video_reserved")
	m.Connection = oneOf(f, "connection", ConnectionOK, ConnectionReconnecting, ConnectionInterrupted)
	m.Group = readGroup(f)
	m.Hand = readHand(f)
	m.Promoted, m.MayPromote = f.flag("promoted"), f.flag("may_promote")
	if f.has("identity") {
		m.Identity = f.bytes("identity", MaxIdentity)
	}
	if f.has("person") {
		m.Person = f.id("person")
	}
	if f.has("label") {
		label := readText(f.sub("label"))
		m.Label = &label
	}
	if f.has("sealed_link") {
		m.SealedLink = f.bytes("sealed_link", MaxSealedLink)
	}
	if f.has("consent") {
		m.Consent = readConsent(f)
	}
	if f.has("company") {
		m.Company = readCompany(f)
	}
}

// MemberGone tells members that somebody is no longer in the room.
type MemberGone struct {
	Participant string `json:"participant"`
	Reason      Reason `json:"reason"` // left, put_back, removed, replaced or group
}

func (*MemberGone) Type() string { return "member_gone" }

func (m *MemberGone) decode(f *fields) {
	m.Participant = f.id("participant")
	m.Reason = oneOf(f, "reason", ReasonLeft, ReasonPutBack, ReasonRemoved, ReasonReplaced, ReasonGroup)
}

// Room tells what holds for the whole room.
type Room struct {
	Held   bool `json:"held"`             // by a counsellor: nothing is forwarded to or from those who do not moderate
	Frozen bool `json:"frozen,omitempty"` // by a reported incident: nothing is forwarded between anybody; then Held too
	Paused bool `json:"paused"`           // no counsellor is there: nothing is forwarded
	// Locked: nobody new may knock. Outside it is told to those alone who came too late.
	Locked bool  `json:"locked,omitempty"`
	EndsAt int64 `json:"ends_at,omitzero"` // ms since the Unix epoch; 0 for no end in sight
	// SoundOnly: nobody's camera is forwarded, or to be asked for.
	SoundOnly bool `json:"sound_only,omitempty"`
	// Names is what those who do not moderate may call themselves; "" stands for [NamesNone].
	Names NameRule `json:"names,omitempty"`
	// Share is who may share a screen; "" stands for those who moderate. ShareLocked: the policy lets nobody change it.
	Share       ShareRule `json:"share,omitempty"`
	ShareLocked bool      `json:"share_locked,omitempty"`
	// Lines is the most lines of a camera's picture, 720 or 1080; 0 stands for 720.
	Lines int `json:"lines,omitzero"`
	// CameraCheck: who moderates may reserve somebody's camera ([ReserveVideo]).
	CameraCheck bool `json:"camera_check,omitempty"`
	// Consultation: it is held so that those who moderate speak among themselves.
	Consultation bool `json:"consultation,omitempty"`
	// Groupable: who moderates may divide the room into groups ([Groups]), of which there are Groups; 0 while it is whole.
	Groupable bool `json:"groupable,omitempty"`
	Groups    int  `json:"groups,omitzero"`
	// SealedOnly: the policy lets nobody agree to go on without end-to-end encryption.
	SealedOnly bool `json:"sealed_only,omitempty"`
	// Chat is who may write to whom in the call; "" stands for [ChatCounsellors].
	Chat ChatRule `json:"chat,omitempty"`
	// Reentry is how long a person who left may come back without a new admission, in seconds; 0 for never.
	Reentry int `json:"reentry,omitzero"`
	// Colleague: those who wait are told that another counsellor comes.
	Colleague bool `json:"colleague,omitempty"`
	// StayOpen is the longest that a counsellor who goes out may leave the room open, in seconds; 0 for not at all.
	StayOpen int `json:"stay_open,omitzero"`
	// OpenUntil is until when the last counsellor has left the room open, in ms since the Unix epoch; 0 when he has not.
	OpenUntil int64 `json:"open_until,omitzero"`
	// Pin is what is pinned for all; zero for nothing.
	Pin Pin `json:"pin,omitzero"`
	// SilentSign: the pages offer the silent sign to those who do not moderate.
	SilentSign bool `json:"silent_sign,omitempty"`
	// Shown is the card that was shown last; zero for none.
	Shown Shown `json:"shown,omitzero"`
}

func (*Room) Type() string { return "room" }

func (r *Room) decode(f *fields) {
	r.Held = f.bool("held")
	r.Frozen = f.flag("frozen")
	r.Paused = f.bool("paused")
	r.Locked = f.flag("locked")
	if f.has("ends_at") {
		r.EndsAt = f.number("ends_at", 1, math.MaxInt64)
	}
	if f.has("names") {
		r.Names = oneOf(f, "names", NamesFree, NamesReference, NamesFirst, NamesInitials, NamesNone)
	}
	if f.has("share") {
		r.Share = oneOf(f, "share", ShareNobody, ShareCounsellors, ShareAll)
	}
	r.ShareLocked = f.flag("share_locked")
	r.CameraCheck = f.flag("camera_check")
	r.Consultation = f.flag("consultation")
	r.Groupable = f.flag("groupable")
	if f.has("groups") {
		r.Groups = readGroups(f)
	}
	r.SoundOnly = f.flag("sound_only")
	r.SealedOnly = f.flag("sealed_only")
	if f.has("chat") {
		r.Chat = oneOf(f, "chat", ChatAll, ChatCounsellors)
	}
	if f.has("lines") {
		if r.Lines = int(f.number("lines", 720, 1080)); r.Lines != 720 && r.Lines != 1080 {
			f.fail("lines", "neither 720 nor 1080")
		}
	}
	if f.has("reentry") {
		r.Reentry = int(f.number("reentry", 1, math.MaxInt32))
	}
	r.Colleague = f.flag("colleague")
	if f.has("stay_open") {
		r.StayOpen = int(f.number("stay_open", 1, math.MaxInt32))
	}
	if f.has("open_until") {
		r.OpenUntil = f.number("open_until", 1, math.MaxInt64)
	}
	if f.has("pin") {
		r.Pin.decode(f.sub("pin"))
	}
	r.SilentSign = f.flag("silent_sign")
	if f.has("shown") {
		r.Shown = readShown(f.sub("shown"))
	}
}

// Counsellor tells those who wait where the counsellor is.
type Counsellor struct {
	Counsellor Presence `json:"counsellor"`
}

func (*Counsellor) Type() string       { return "counsellor" }
func (c *Counsellor) decode(f *fields) { c.Counsellor = readPresence(f) }

// Switches is what a person has switched on, and what else he is told of himself.
type Switches struct {
	Audio  bool `json:"audio"`
	Video  bool `json:"video"`
	Screen bool `json:"screen,omitempty"` // shared
	// VideoReserved: the camera is for those who moderate alone.
	VideoReserved bool `json:"video_reserved,omitempty"`
	// EnteredMuted: the policy let him in with his sound off, and he has not switched it on since.
	EnteredMuted bool  `json:"entered_muted,omitempty"`
	Hand         int64 `json:"hand,omitzero"`  // as in [Member]
	Group        int   `json:"group,omitzero"` // as in [Member]
	// Promoted: moderation was lent to him.
	Promoted bool `json:"promoted,omitempty"`
	// ConsentAsked: a consent is asked of him, or is there on paper, so that there is one to withdraw.
	ConsentAsked bool `json:"consent_asked,omitempty"`
}

func readSwitches(f *fields) Switches {
	return Switches{f.bool("audio"), f.bool("video"), f.flag("screen"), f.flag("video_reserved"), f.flag("entered_muted"), readHand(f), readGroup(f), f.flag("promoted"), f.flag("consent_asked")}
}

// readHand reads the number of a hand that is up.
func readHand(f *fields) int64 {
	if !f.has("hand") {
		return 0
	}
	return f.number("hand", 1, math.MaxInt64)
}

// Self says what a person switches on or off, whether he shares his screen, how his connection is, and that his camera is for all again: at
// least one of the five. What is
// nil, or "", stays as it is, so that switching the camera says nothing about the microphone, which a counsellor may have muted meanwhile.
type Self struct {
	Audio      *bool      `json:"audio,omitempty"`
	Video      *bool      `json:"video,omitempty"`
	Screen     *bool      `json:"screen,omitempty"`
	Connection Connection `json:"connection,omitempty"`
	// VideoReserved can only be taken back: false.
	VideoReserved *bool `json:"video_reserved,omitempty"`
}

func (*Self) Type() string { return "self" }

func (s *Self) decode(f *fields) {
	if !f.has("audio") && !f.has("video") && !f.has("screen") && !f.has("connection") && !f.has("video_reserved") {
		f.fail("audio", "neither it nor video, screen, connection or video_reserved")
	}
	if f.has("audio") {
		s.Audio = new(f.bool("audio"))
	}
	if f.has("video") {
		s.Video = new(f.bool("video"))
	}
	if f.has("screen") {
		s.Screen = new(f.bool("screen"))
	}
	if f.has("connection") {
		s.Connection = oneOf(f, "connection", ConnectionOK, ConnectionReconnecting, ConnectionInterrupted)
	}
	if f.has("video_reserved") {
		if s.VideoReserved = new(f.bool("video_reserved")); *s.VideoReserved {
			f.fail("video_reserved", "true")
		}
	}
}

// ReserveVideo makes one member's camera one for those who moderate alone, until he himself shows it to all again.
type ReserveVideo struct {
	Participant string `json:"participant"`
}

func (*ReserveVideo) Type() string       { return "reserve_video" }
func (r *ReserveVideo) decode(f *fields) { r.Participant = f.id("participant") }

// VideoReserved tells a member that his camera is for those who moderate alone from now on, or for all again.
type VideoReserved struct {
	On bool `json:"on"`
}

func (*VideoReserved) Type() string       { return "video_reserved" }
func (v *VideoReserved) decode(f *fields) { v.On = f.bool("on") }

// Mute switches one member's sound or picture off, or ends his sharing. There is no way to switch it on for him.
type Mute struct {
	Participant string `json:"participant"`
	Kind        Kind   `json:"kind"`
}

func (*Mute) Type() string { return "mute" }

func (m *Mute) decode(f *fields) {
	m.Participant = f.id("participant")
	m.Kind = readKind(f)
}

// MuteAll switches off everybody's sound but that of those who moderate.
type MuteAll struct{ bare }

// End ends the room for all and deletes it.
type End struct{ bare }

func (*MuteAll) Type() string { return "mute_all" }
func (*End) Type() string     { return "end" }

// Hold stops, and lets go on, all forwarding to and from those who do not moderate.
type Hold struct {
	On bool `json:"on"`
	// Consultation: those who moderate speak among themselves meanwhile; never with On false.
	Consultation bool `json:"consultation,omitempty"`
}

func (*Hold) Type() string { return "hold" }

func (h *Hold) decode(f *fields) {
	h.On = f.bool("on")
	if h.Consultation = f.flag("consultation"); h.Consultation && !h.On {
		f.fail("consultation", "while nothing is held")
	}
}

// Muted tells a member that a counsellor switched off his sound or picture, or ended his sharing.
type Muted struct {
	Kind Kind `json:"kind"`
}

func (*Muted) Type() string       { return "muted" }
func (m *Muted) decode(f *fields) { m.Kind = readKind(f) }

// Share says who may share a screen.
type Share struct {
	Rule ShareRule `json:"rule"` // counsellors or all
}

func (*Share) Type() string       { return "share" }
func (s *Share) decode(f *fields) { s.Rule = oneOf(f, "rule", ShareCounsellors, ShareAll) }

// Pin shows one participant's camera or screen first to everybody. The zero value pins nothing, and is a message without a
// body.
type Pin struct {
	Participant string `json:"participant"`
	Source      Source `json:"source"` // camera or screen
}

func (*Pin) Type() string   { return "pin" }
func (p *Pin) isBare() bool { return *p == Pin{} }

func (p *Pin) decode(f *fields) {
	if f.has("participant") || f.has("source") {
		*p = Pin{f.id("participant"), oneOf(f, "source", SourceCamera, SourceScreen)}
	}
}
