package room

import (
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// checkSeats: at most one seat for a person's device, never two devices of a person inside, nobody who was removed.
func (h *house) checkSeats(after []byte) {
	h.Helper()
	type key struct {
		person  lobby.PersonID
		account lobby.AccountID
		device  Device
	}
	seats, inside := map[key]bool{}, map[lobby.PersonID]bool{}
	sockets := map[Socket]bool{}
	for _, x := range h.s.d.Seats {
		k := key{x.Person, x.Account, x.Device}
		if seats[k] {
			h.Fatalf("two seats of one device")
		}
		seats[k] = true
		if x.inside() && x.Person != "" {
			if inside[x.Person] {
				h.Fatalf("two devices of one person inside")
			}
			inside[x.Person] = true
		}
		if h.removed[x.Person] {
			h.Fatalf("a removed person has a seat")
		}
		if x.Socket != "" && (sockets[x.Socket] || h.closed[x.Socket]) {
			h.Fatalf("a socket twice, or after its close")
		}
		sockets[x.Socket] = true
	}
	if err := h.s.d.check(); err != nil {
		h.Fatalf("an unsound state (%v): %s", err, after)
	}
}

// checkDoor: whoever is inside and was not before came by an Admit of somebody who was inside, or by a genuine re-entry.
func (h *house) checkDoor(c Command, old map[Participant]seat) {
	h.Helper()
	for _, x := range h.s.d.Seats {
		was, had := old[x.ID]
		if !x.inside() || was.inside() || x.Role.Moderates() {
			continue
		}
		switch c := c.(type) {
		case Admit:
			m, ok := bySocket(old, c.By)
			if c.Participant != x.ID || !had || was.State != lobby.Waiting || was.Device != x.Device ||
				!ok || !m.moderator() {
				h.Fatalf("%#v let in %v, which was %v", c, x.ID, was)
			}
		case Arrive:
			p := h.passes[x.Person]
			switch {
			case had || c.Person != x.Person || c.Device != x.Device:
				h.Fatalf("%#v let in somebody else: %v", c, *x)
			case c.Token == nil || !c.Token.Admitted || c.Token.Session != session || c.Token.Generation != h.generation[c.Person]:
				h.Fatalf("%#v re-entered without a token of the present admission (%d)", c, h.generation[c.Person])
			case p != nil && (p.device != c.Device || p.leftAt.IsZero() || h.clock().Sub(p.leftAt) >= h.s.d.Config.Reentry):
				h.Fatalf("%#v re-entered on the pass %v at %v", c, *p, h.now)
			}
			h.reentries++
		default:
			h.Fatalf("%#v let in %v", c, *x)
		}
	}
}

// checkConsent: nobody who does not moderate is let in while his consent is open, and nothing that was written outlasts the waiting.
func (h *house) checkConsent(c Command, old map[Participant]seat) {
	h.Helper()
	for _, x := range h.s.d.Seats {
		if _, admitted := c.(Admit); admitted && x.inside() && !x.Role.Moderates() {
			if was := old[x.ID]; !was.inside() && x.Consent == "" && h.s.d.Config.ConsentRequired {
				h.Fatalf("%#v let in %v without a consent", c, *x)
			}
		}
		if was, had := old[x.ID]; had && was.Consent != "" && x.Consent != was.Consent {
			h.Fatalf("%#v forgot a consent of %v", c, *x)
		}
		if x.inside() && len(x.Notes) > 0 || len(x.Notes) > MaxNotes {
			h.Fatalf("notes of %v after %#v: %v", x.ID, c, x.Notes)
		}
	}
}

// checkSwitches: nothing is switched on but by the person's own Self that names it, and one that leaves it out changes nothing.
func (h *house) checkSwitches(c Command, old map[Participant]seat) {
	h.Helper()
	self, _ := c.(Self)
	check := func(own bool, asked *bool, was, is bool) {
		h.Helper()
		switch {
		case own && asked == nil && is != was, own && asked != nil && is != *asked:
			h.Fatalf("%#v made %v of %v", c, is, was)
		case !own && is && !was:
			h.Fatalf("%#v switched on for somebody else", c)
		}
	}
	for _, x := range h.s.d.Seats {
		was, had := old[x.ID]
		if !had {
			continue
		}
		own := self.By != "" && x.Socket == self.By
		check(own, self.Audio, was.On.Audio, x.On.Audio)
		check(own, self.Video, was.On.Video, x.On.Video)
		if own || !x.On.Screen { // else it may end by a rule, a mute or a new page; checkScreen has the rest
			check(own, self.Screen, was.On.Screen, x.On.Screen)
		}
	}
}

// checkScreen: one person shares at most, who is inside and may by the rule; he began it himself, and nothing makes one
// screen of another. A pin is of somebody inside, set by who moderates. The rule is opened by who moderates, where the policy lets him.
func (h *house) checkScreen(c Command, old map[Participant]seat) {
	h.Helper()
	sharers := map[int]*seat{}
	for _, x := range h.s.d.Seats {
		if !x.On.Screen {
			continue
		}
		if sharer := sharers[x.Group]; sharer != nil {
			h.Fatalf("two of a group share their screens: %v and %v", *sharer, *x)
		}
		sharers[x.Group] = x
		self, own := c.(Self)
		own = own && self.By == x.Socket && self.Screen != nil && *self.Screen
		was := old[x.ID]
		switch {
		case was.On.Screen && was.inside() && was.Group == x.Group:
		case !own:
			h.Fatalf("%#v began to share the screen of %v", c, *x)
		case x.Role.Moderates():
			h.done["a counsellor's screen"]++
		default:
			h.done["a client's screen"]++
		}
		if arrive, ok := c.(Arrive); ok && arrive.Socket == x.Socket && (arrive.Fresh || arrive.Token == nil) {
			h.Fatalf("%#v, a new page, goes on to share", arrive)
		}
		switch {
		case !x.inside():
			h.Fatalf("%v shares from outside", *x)
		case h.s.d.Config.Share == lobby.ShareNobody, !x.moderates() && !h.opened:
			h.Fatalf("%v shares and may not", *x)
		}
	}
	if c, ok := c.(Mute); ok && c.Kind == Screen && h.s.seat(c.Participant).On.Screen {
		h.Fatalf("%#v did not end the sharing", c)
	}
	if h.s.d.Over {
		return
	}
	if c, ok := c.(Leave); ok && c.Quick && len(h.s.d.Exits) > 0 {
		h.done["quick exit"]++
	}
	pin := h.s.d.Pin
	if pin != h.pinned && pin != (Pin{}) {
		p, ok := c.(PinFor)
		if m, inside := bySocket(old, p.By); !ok || p.Pin != pin || !inside || !m.moderator() {
			h.Fatalf("%#v pinned %v", c, pin)
		}
	}
	if x := h.s.seat(pin.Participant); pin != (Pin{}) && (x == nil || !x.inside() || pin.Source == SourceScreen && !x.On.Screen || pin.Source == SourceCamera && x.On.VideoReserved) {
		h.Fatalf("%v is pinned and not there", pin)
	}
	if h.pinned.Source == SourceScreen && pin == (Pin{}) {
		switch c.(type) {
		case PinFor, Divide:
		default:
			h.done["screen that was unpinned by itself"]++
		}
	}
	h.pinned = pin
}

// checkReserved: a camera is reserved by who moderates or by a token, of who does not moderate and where the policy offers it, and shown
// to all again by its person alone. A consultation has two at least who moderate, and the room is held by it: it never opens by itself.
func (h *house) checkReserved(c Command, old map[Participant]seat) {
	h.Helper()
	for _, x := range h.s.d.Seats {
		is, was := x.On.VideoReserved, h.reserved[x.Person]
		self, _ := c.(Self)
		reserve, _ := c.(ReserveVideo)
		arrive, _ := c.(Arrive)
		m, by := bySocket(old, reserve.By)
		own, _ := bySocket(old, self.By)
		target := old[reserve.Participant]
		switch {
		case is == was:
		case !is && (own.Person != x.Person || !own.inside() || !self.Unreserve):
			h.Fatalf("%#v shows the camera of %v to all", c, *x)
		case is && !(by && m.moderator() && old[reserve.Participant].Person == x.Person) &&
			!(arrive.Person == x.Person && arrive.Token != nil && arrive.Token.VideoReserved && arrive.Token.Session == session):
			h.Fatalf("%#v reserved the camera of %v", c, *x)
		case is && (by && target.moderates() || !h.s.d.Config.CameraCheck):
			h.Fatalf("%#v reserved what nobody may: %v", c, *x)
		case is:
			h.done["camera that was reserved"]++
		default:
			h.done["camera that was shown to all again"]++
		}
		if x.Person != "" {
			h.reserved[x.Person] = is
		}
	}
	if r, ok := c.(ReserveVideo); ok && !h.s.seat(r.Participant).On.VideoReserved {
		h.Fatalf("%#v did nothing", r)
	}
	if h.s.d.Over {
		return
	}
	hold, held := c.(Hold)
	persons := map[string]bool{}
	for _, x := range h.s.d.Seats {
		if x.moderator() {
			persons[string(x.Person)+string(x.Account)] = true
		}
	}
	moderate := len(persons)
	switch now := h.s.d.Consultation; {
	case now && (!h.s.d.Held || moderate < 2):
		h.Fatalf("%#v: a consultation of %d, held %v", c, moderate, h.s.d.Held)
	case now && !h.consulting && !(held && hold.Consultation):
		h.Fatalf("%#v began a consultation", c)
	case !now && h.consulting && moderate >= 2 && !held:
		h.Fatalf("%#v ended a consultation", c)
	case now && !h.consulting:
		h.done["consultation"]++
	case !now && h.consulting && !held && h.s.d.Held:
		h.done["consultation that a colleague left"]++
	case !now && h.consulting && !held:
		h.Fatalf("%#v opened the room", c)
	}
	h.consulting = h.s.d.Consultation
}

// checkPromotion: moderation is lent by who moderates by his role, to a member whose link was marked and by no other way, and nobody to whom it was lent
// ends it, puts back or removes another who has it, or anybody who moderates by his role.
func (h *house) checkPromotion(c Command, old map[Participant]seat) {
	h.Helper()
	promote, _ := c.(Promote)
	for _, x := range h.s.d.Seats {
		was, had := old[x.ID]
		m, by := bySocket(old, promote.By)
		asked := by && m.inside() && m.Role.Moderates() && promote.Participant == x.ID
		switch {
		case x.Promoted && !was.Promoted && !(had && was.inside() && asked && promote.On && x.MayModerate && x.Role.Lendable() && h.s.d.Config.Delegation):
			h.Fatalf("%#v lent moderation to %v", c, *x)
		case x.Promoted && !was.Promoted:
			h.done["moderation that was lent"]++
		case was.Promoted && !x.Promoted && x.inside() && !(asked && !promote.On):
			h.Fatalf("%#v took back what was lent to %v", c, *x)
		case was.Promoted && !x.Promoted && !x.inside():
			h.done["moderation that ended with being put back"]++
		}
	}
	for id, was := range old {
		if now := h.s.seat(id); now != nil && now.inside() || !was.inside() || !was.moderates() || h.s.d.Over {
			continue
		}
		by := Socket("")
		switch c := c.(type) {
		case PutBack:
			by = c.By
		case Remove:
			by = c.By
		case Withdraw:
			if c.Participant != "" && c.By != was.Socket {
				by = c.By
			}
		}
		if m, _ := bySocket(old, by); m.Promoted {
			h.Fatalf("%#v of %v sent out %v", c, m, was)
		}
	}
}

// checkLock: the lock is of who moderates, or known from a token by a room in which nobody has spoken of it. While it is there nobody new
// comes into the queue, and nobody is let in who is not in it.
func (h *house) checkLock(c Command, old map[Participant]seat) {
	h.Helper()
	switch was := h.locked; c := c.(type) {
	case Lock:
		if m, _ := bySocket(old, c.By); !m.moderator() || h.s.d.Locked != c.On {
			h.Fatalf("%#v of %v locked: %v", c, m, h.s.d.Locked)
		}
	case Arrive:
		if h.s.d.Locked != was && (was || c.Token == nil || !c.Token.Locked || h.s.d.LockSaid) {
			h.Fatalf("%#v locked: %v", c, h.s.d.Locked)
		}
	default:
		if h.s.d.Locked != was && !h.s.d.Over {
			h.Fatalf("%#v locked: %v", c, h.s.d.Locked)
		}
	}
	for _, x := range h.s.d.Seats {
		was, had := old[x.ID]
		comes := !x.inside() && x.State == lobby.Waiting && (!had || was.State == lobby.Declined)
		if comes && h.locked && h.s.d.Locked && !x.Role.Moderates() {
			h.done["arrival in a locked room"]++
			if !x.Shut {
				h.Fatalf("%#v put %v into the queue of a locked room", c, *x)
			}
		}
		if x.Shut && !h.s.d.Locked || x.inside() && was.Shut {
			h.Fatalf("%#v: %v, who was %v, locked %v", c, *x, was, h.s.d.Locked)
		}
	}
	h.locked = h.s.d.Locked
}

// checkHands: the hands that are up, in their order, are those of before, without some, and with the one that its person put up.
func (h *house) checkHands(c Command, old map[Participant]seat) {
	h.Helper()
	var up []*seat
	for _, x := range h.s.d.Seats {
		if x.Hand != 0 {
			up = append(up, x)
		}
	}
	slices.SortFunc(up, func(a, b *seat) int { return cmp.Compare(a.Hand, b.Hand) })
	var now []Participant
	for _, x := range up {
		now = append(now, x.ID)
	}
	var want []Participant
	for _, id := range h.hands {
		if slices.Contains(now, id) {
			want = append(want, id)
		}
	}
	if r, ok := c.(RaiseHand); ok && r.Up {
		if x, _ := bySocket(old, r.By); !slices.Contains(want, x.ID) {
			want = append(want, x.ID)
		}
	}
	if !slices.Equal(now, want) {
		h.Fatalf("%#v: the hands are %v, not %v", c, now, want)
	}
	h.hands = now
}

// checkEntry: who is let in by the policy's number arrives with his sound off.
func (h *house) checkEntry(c Command, old map[Participant]seat) {
	h.Helper()
	from := h.s.d.Config.MutedFrom
	var x *seat
	switch c := c.(type) {
	case Admit:
		x = h.s.seat(c.Participant)
	case Arrive:
		if p := h.passes[c.Person]; p != nil && !p.leftAt.IsZero() {
			x = h.s.seatAt(c.Socket) // he has left
		}
	}
	if x == nil || !x.inside() || from == 0 {
		return
	}
	inside := 0
	for _, y := range h.s.d.Seats {
		if y.inside() {
			inside++
		}
	}
	if x.Role.Moderates() || inside < from {
		return
	}
	h.done["muted entry"]++
	if x.On.Audio || !x.Silenced.Audio || !x.EnteredMuted || h.s.view(x, 0).Self.Audio {
		h.Fatalf("%#v let %v in with his sound on", c, *x)
	}
}

// checkFlows: who is outside has no flow, nothing flows between others while no counsellor is heard or the room is
// held, and off is off.
func (h *house) checkFlows(c Command, events []Event) {
	h.Helper()
	for _, e := range events {
		switch b := e.Body.(type) {
		case RoomChanged: // who reads that it goes on tells keys at once
			for id, f := range h.flows {
				if f.Frozen && !h.s.d.Frozen {
					h.Fatalf("everybody reads that the room goes on before what %v has sealed is handed on", id)
				}
			}
		case Flow:
			h.flows[b.Participant] = b
		case Drop:
			if _, ok := h.flows[b.Participant]; !ok {
				h.Fatalf("drop of somebody without a flow")
			}
			delete(h.flows, b.Participant)
		}
	}
	silence := LostAfter
	if _, tick := c.(Tick); !tick {
		silence += time.Millisecond // the tick that is due now comes next
	}
	counsellor := false
	for _, x := range h.s.d.Seats {
		if x.inside() && x.moderates() && h.clock().Sub(h.heard[x.ID]) < silence {
			counsellor = true
		}
	}
	for id, f := range h.flows {
		x := h.s.seat(id)
		if f.Video && h.s.d.Config.SoundOnly {
			h.Fatalf("a camera flows where there is sound alone: %+v", f)
		}
		if x == nil || !x.inside() {
			h.Fatalf("%v has a flow outside", id)
		}
		if !x.moderates() && f.Group != "" && (!counsellor && !h.clock().Before(h.open) || h.s.d.Held) || f.Group != "" && h.s.d.Frozen {
			h.Fatalf("%v is forwarded without a counsellor, on hold or in a frozen room", id)
		}
		if f.Audio && !x.On.Audio || f.Video && !x.On.Video || f.Screen && !x.On.Screen {
			h.Fatalf("%v is forwarded though switched off", id)
		}
		if f.Screen && (!counsellor || h.s.d.Paused || h.s.d.Held && !x.moderates()) {
			h.Fatalf("the screen of %v is forwarded without a counsellor or on hold", id)
		}
		if x.On.Screen && !f.Screen && h.s.counsellorHere() && !h.s.d.Frozen && (!h.s.d.Held || x.moderates()) {
			h.Fatalf("the screen of %v is shared and not forwarded", id)
		}
		if f.Frozen != h.s.d.Frozen {
			h.Fatalf("what %v has sealed is handed on in a frozen room, or not in another", id)
		}
		if f.Entrusted != x.moderates() || f.VideoReserved != h.reserved[x.Person] {
			h.Fatalf("%v is %+v, and reserved are %v", id, f, h.reserved)
		}
		if f != x.flow(h.s.open(), h.s.counsellorHere(), h.s.d.Frozen) {
			h.Fatalf("the flow of %v was not told", id)
		}
	}
	for _, x := range h.s.d.Seats {
		if _, ok := h.flows[x.ID]; x.inside() && !ok {
			h.Fatalf("%v is inside without a flow", x.ID)
		}
	}
}

// checkAudiences: nothing about who waits, no label and no person reaches anybody but those who moderate.
func (h *house) checkAudiences(c Command, old map[Participant]seat, events []Event) {
	h.Helper()
	for _, e := range events {
		switch e.Body.(type) {
		case Flow, Drop, Paired, Parted, Over, Durable:
			if len(e.To) > 0 {
				h.Fatalf("an effect with an audience: %#v", e)
			}
			continue
		}
		if len(e.To) == 0 {
			h.Fatalf("%#v: a message for nobody: %#v", c, e)
		}
		raw, _ := EncodeEvent(Event{Body: e.Body})
		for _, to := range e.To {
			if h.closed[to] {
				h.Fatalf("a message after the close: %#v", e)
			}
			x := h.s.seatAt(to)
			if x == nil {
				was, ok := bySocket(old, to)
				if !ok {
					h.Fatalf("a message to an unknown socket: %#v", e)
				}
				switch e.Body.(type) {
				case Removed, Ended, Replaced, Withdrawn, Close:
				default:
					h.Fatalf("%#v to %v, who is gone", e, was.ID)
				}
				continue
			}
			h.checkLeak(e, x, string(raw))
		}
		if _, ok := e.Body.(Close); ok {
			for _, to := range e.To {
				h.closed[to] = true
				delete(h.shown, to)
			}
		}
	}
}

func (h *house) checkLeak(e Event, x *seat, raw string) {
	h.Helper()
	moderates := x.moderator()
	switch b := e.Body.(type) {
	case WaitingChanged, WaitingGone, ExitsChanged, InvitedChanged, LockedPINsChanged:
		if !moderates {
			h.Fatalf("%T to %v", b, *x)
		}
	case MemberChanged:
		if y := h.s.seat(b.Participant); !moderates && (b.VideoReserved || b.Video && y.On.VideoReserved) {
			h.Fatalf("%#v to %v", b, *x)
		}
		if !x.inside() || (b.Details != nil) != moderates {
			h.Fatalf("%#v to %v", b, *x)
		}
	case RoomChanged:
		if !x.inside() && b.Rules != (Rules{}) {
			h.Fatalf("%#v to %v", b, *x)
		}
	case StayChanged:
		if x.inside() {
			h.Fatalf("%#v to %v", b, *x)
		}
	case Withdrawn:
		if !moderates {
			h.Fatalf("%#v to %v", b, *x)
		}
	case CounsellorChanged:
		if x.inside() && (b.Counsellor == Busy || b.Counsellor == Coming) {
			h.Fatalf("%#v to %v", b, *x)
		}
	case Promotion:
		if b.On != moderates || !moderates && (b.Waiting != nil || b.Exits != nil || b.Invited != nil || b.LockedPINs != nil) {
			h.Fatalf("%#v to %v", b, *x)
		}
	case MemberGone:
		if !x.inside() {
			h.Fatalf("%#v to %v", b, *x)
		}
		return // may name somebody who was a member until now and waits again
	}
	if moderates {
		return
	}
	if strings.Contains(raw, "label of") || strings.Contains(raw, "person-") {
		h.Fatalf("%s tells %v a label or a person", raw, x.ID)
	}
	for _, y := range h.s.d.Seats {
		secret := y != x && (!y.inside() || !x.inside() || x.Group != y.Group && !y.moderates())
		if secret && strings.Contains(raw, fmt.Sprintf("%q", y.ID)) {
			h.Fatalf("%s tells %v of %v", raw, x.ID, y.ID)
		}
	}
}

// sees gives what a participant may see now; false when he has no seat.
func (h *house) sees(p Participant) (View, bool) {
	x := h.s.seat(p)
	if x == nil {
		return View{}, false
	}
	return h.s.view(x, h.clock().UnixMilli()), true
}

// checkShown: whoever applies the events to his last view has the next one.
func (h *house) checkShown(c Command, events []Event) {
	h.Helper()
	for _, e := range events {
		for _, to := range e.To {
			if !h.closed[to] {
				h.show(to, e.Body)
			}
		}
	}
	if c, ok := c.(Self); ok {
		own := h.shown[c.By].Self // told to nobody: the client did it himself
		if c.Audio != nil {
			own.Audio, own.EnteredMuted = *c.Audio, own.EnteredMuted && !*c.Audio
		}
		if c.Video != nil {
			own.Video = *c.Video
		}
		if c.Screen != nil {
			own.Screen = *c.Screen
		}
		if c.Unreserve && own.VideoReserved {
			h.Fatalf("he is not told that his camera is for all again")
		}
	}
	for _, x := range h.s.d.Seats {
		if x.Socket == "" {
			continue
		}
		want, ok := h.sees(x.ID)
		got := h.shown[x.Socket]
		if !ok || got == nil {
			h.Fatalf("%v has a socket and no view", x.ID)
		}
		says := lobby.Standing{AudioOff: !x.On.Audio, VideoOff: !x.On.Video, VideoReserved: x.On.VideoReserved}
		if x.inside() {
			says.Held, says.Frozen, says.Locked = h.s.d.Held || h.s.d.Groups > 0, h.s.d.Frozen, h.s.d.Locked
			says.Reported = h.s.d.Frozen && x.ID == h.s.d.FrozenBy
		}
		if last := h.standing[x.Socket]; last != says {
			h.Fatalf("the token of %v says %+v, not %+v", x.ID, last, says)
		}
		h.ageless(want)
		if len(got.Members) == 0 {
			got.Members = nil
		}
		if len(got.Waiting) == 0 {
			got.Waiting = nil
		}
		if h.divided {
			// Who comes from another group comes last on the pages of those who stayed.
			byID := func(a, b Member) int { return cmp.Compare(a.Participant, b.Participant) }
			slices.SortFunc(want.Members, byID)
			slices.SortFunc(got.Members, byID)
		}
		if !reflect.DeepEqual(want, *got) {
			h.Fatalf("%v should see\n%s\nbut the events show\n%s", x.ID, asJSON(want), asJSON(*got))
		}
	}
}

// ageless turns how long somebody has waited into since when, which does not change.
func (h *house) ageless(v View) {
	for i := range v.Waiting {
		v.Waiting[i].WaitedMS = h.clock().UnixMilli() - v.Waiting[i].WaitedMS
	}
}

// clock is the time of the room, which does not run backwards.
func (h *house) clock() time.Time {
	return time.UnixMilli(max(h.now.UnixMilli(), h.s.d.Latest))
}

func asJSON(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}

// show is the client's part: it applies one message to what it shows.
func (h *house) show(to Socket, b Body) {
	h.Helper()
	view := func(v View, k lobby.Standing) {
		h.standing[to] = k
		v.Members, v.Waiting = slices.Clone(v.Members), slices.Clone(v.Waiting)
		h.ageless(v)
		h.shown[to] = &v
	}
	switch b := b.(type) {
	case Welcome:
		view(b.View, b.Standing)
		return
	case Admitted:
		view(b.View, b.Standing)
		return
	case SentBack:
		view(b.View, b.Standing)
		return
	case Replaced, Removed, Ended, Withdrawn, Close:
		return
	}
	v := h.shown[to]
	if v == nil {
		h.Fatalf("%#v before the welcome", b)
	}
	switch b := b.(type) {
	case WaitingChanged:
		b.WaitedMS = h.clock().UnixMilli() - b.WaitedMS
		i := slices.IndexFunc(v.Waiting, func(w Waiter) bool { return w.Participant == b.Participant })
		switch {
		case i < 0:
			v.Waiting = append(v.Waiting, b.Waiter)
		case b.WaitedMS > v.Waiting[i].WaitedMS: // knocked again: to the end of the queue
			v.Waiting = append(slices.Delete(v.Waiting, i, i+1), b.Waiter)
		default:
			v.Waiting[i] = b.Waiter
		}
	case WaitingGone:
		v.Waiting = slices.DeleteFunc(v.Waiting, func(w Waiter) bool { return w.Participant == b.Participant })
	case MemberChanged:
		if i := slices.IndexFunc(v.Members, func(m Member) bool { return m.Participant == b.Participant }); i >= 0 {
			v.Members[i] = b.Member
		} else {
			v.Members = append(v.Members, b.Member)
		}
	case MemberGone:
		v.Members = slices.DeleteFunc(v.Members, func(m Member) bool { return m.Participant == b.Participant })
	case RoomChanged:
		v.Room = b.Room
	case InvitedChanged:
		v.Invited = b.Invited
	case ExitsChanged:
		v.Exits = b.Exits
	case LockedPINsChanged:
		v.LockedPINs = b.LockedPINs
	case CounsellorChanged:
		v.Counsellor = b.Counsellor
	case StayChanged:
		v.Stay = &b.Stay
	case Muted:
		switch b.Kind {
		case Audio:
			v.Self.Audio = false
		case Video:
			v.Self.Video = false
		case Screen:
			v.Self.Screen = false
		}
	case Promotion:
		v.Self.Promoted = b.On
		v.Members, v.Waiting, v.Exits, v.Invited, v.LockedPINs = slices.Clone(b.Members), slices.Clone(b.Waiting), b.Exits, b.Invited, b.LockedPINs
		h.ageless(*v)
	case VideoReserved:
		v.Self.VideoReserved = b.On
	case OwnHand:
		v.Self.Hand = b.Hand
	case Grouped:
		v.Self.Group, v.Members = b.Group, slices.Clone(b.Members)
	case Standing:
		h.standing[to] = b.Standing
	case Declined:
	default:
		h.Fatalf("no client knows %#v", b)
	}
}

// checkTime: after a tick the next one is due later, or a loop would spin.
func (h *house) checkTime(c Command) {
	h.Helper()
	at, ok := h.s.Deadline()
	if _, tick := c.(Tick); tick && ok && h.s.d.Latest <= h.now.UnixMilli() && !at.After(h.now) {
		h.Fatalf("the next tick is due at %v, now is %v", at, h.now)
	}
}

// checkEncoding: an event that was written and read again is the same.
func (h *house) checkEncoding(events []Event) {
	h.Helper()
	for _, e := range events {
		raw, err := EncodeEvent(e)
		if err != nil {
			h.Fatalf("encode %#v: %v", e, err)
		}
		if back, err := DecodeEvent(raw); err != nil || !reflect.DeepEqual(back, e) {
			h.Fatalf("event came back as %#v (%v), not %#v", back, err, e)
		}
	}
}

// checkReasons: whatever reason the room gives for somebody's going, clients understand.
func (h *house) checkReasons(events []Event) {
	h.Helper()
	for _, e := range events {
		var told wire.Body
		switch b := e.Body.(type) {
		case WaitingGone:
			told = &wire.WaitingGone{Participant: string(b.Participant), Reason: wire.Reason(b.Reason)}
		case MemberGone:
			told = &wire.MemberGone{Participant: string(b.Participant), Reason: wire.Reason(b.Reason)}
		default:
			continue
		}
		raw, err := wire.Encode(wire.Message{Body: told})
		if err == nil {
			_, err = wire.DecodeUpdate(raw)
		}
		if err != nil {
			h.Fatalf("%+v is not understood: %v", e.Body, err)
		}
	}
}
