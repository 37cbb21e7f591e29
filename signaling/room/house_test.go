package room

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
)

// reporter is what testing.TB and rapid.T have in common and a house needs.
type reporter interface {
	Helper()
	Fatalf(format string, args ...any)
}

// house is a room under observation: every command goes through do, which checks after each what must hold after any.
// It keeps a record of its own of who was let in by whom, and what each client would show.
type house struct {
	reporter
	s   *State
	now time.Time

	generation map[lobby.PersonID]uint32
	links      map[lobby.PersonID]uint32 // since when the present link holds
	passes     map[lobby.PersonID]*pass
	removed    map[lobby.PersonID]bool
	heard      map[Participant]time.Time // of those who moderate
	flows      map[Participant]Flow
	shown      map[Socket]*View
	standing   map[Socket]lobby.Standing
	closed     map[Socket]bool
	sockets    int
	done       map[string]int // successful commands by type
	reentries  int
	opened     bool // who does not moderate may share
	pinned     Pin  // after the last command
	pairs      pairs
	reserved   map[lobby.PersonID]bool // whose camera is
	before     map[Participant]Flow    // after the last command
	divisions  int                     // how many groups
	divided    bool                    // ever
	left       map[lobby.PersonID]int  // the group that he was in last
	consulting bool                    // those who moderate, after the last command
	open       time.Time               // until when a counsellor left the room open
	locked     bool
	hands      []Participant // that are up, in their order
}

// pass is an admission that was given and not yet taken away.
type pass struct {
	device Device
	leftAt time.Time
}

const session = "session-1"

func testConfig() Config {
	return Config{Session: session, Reentry: 10 * time.Minute, EndAfter: 5 * time.Minute, WaitingPerLink: 3, WaitingPerRoom: 20, Share: lobby.ShareOnRequest, Lines: 720, CameraCheck: true, Delegation: true, PeerToPeer: lobby.PeerToPeerOff, Chat: lobby.ChatCounsellors, QuickExit: true, ConsentRequired: true, Groups: true}
}

func newHouse(r reporter, c Config) *house {
	s, err := New(c)
	if err != nil {
		r.Fatalf("new: %v", err)
	}
	return &house{
		reporter: r, s: s, now: time.UnixMilli(1_795_340_000_000),
		generation: map[lobby.PersonID]uint32{}, links: map[lobby.PersonID]uint32{}, passes: map[lobby.PersonID]*pass{}, removed: map[lobby.PersonID]bool{},
		heard: map[Participant]time.Time{}, before: map[Participant]Flow{}, left: map[lobby.PersonID]int{}, flows: map[Participant]Flow{}, shown: map[Socket]*View{},
		standing: map[Socket]lobby.Standing{}, reserved: map[lobby.PersonID]bool{}, closed: map[Socket]bool{}, done: map[string]int{},
	}
}

// do applies a command and checks everything that must hold.
func (h *house) do(c Command) ([]Event, error) {
	h.Helper()
	before := h.freeze()
	var twin State
	if err := json.Unmarshal(before, &twin); err != nil {
		h.Fatalf("the state does not come back: %v\n%s", err, before)
	}
	old := snapshotOf(h.s)

	events, err := h.s.Apply(c, h.now)
	after := h.freeze()

	if c == nil {
		if err != ErrBadCommand {
			h.Fatalf("no command at all: %v", err)
		}
		return nil, err
	}
	wire, encodeErr := EncodeCommand(c)
	if encodeErr == nil {
		again, decodeErr := DecodeCommand(wire)
		if decodeErr != nil || !reflect.DeepEqual(again, c) {
			h.Fatalf("%T came back as %#v (%v), not %#v", c, again, decodeErr, c)
		}
	}
	twinEvents, twinErr := twin.Apply(c, h.now)
	if twinAfter, _ := json.Marshal(&twin); string(twinAfter) != string(after) || twinErr != err {
		h.Fatalf("%#v: a copied room came to another result (%v, %v):\n%s\n%s", c, err, twinErr, after, twinAfter)
	}
	if !reflect.DeepEqual(events, twinEvents) {
		h.Fatalf("%#v: a copied room gave other events:\n%v\n%v", c, events, twinEvents)
	}
	h.checkEncoding(events)
	h.checkReasons(events)

	if err != nil {
		var refusal Refusal
		if !errors.As(err, &refusal) {
			h.Fatalf("%#v: %v is not a Refusal", c, err)
		}
		if string(before) != string(after) || len(events) > 0 {
			h.Fatalf("%#v was refused (%v) and changed something:\n%s\n%s\n%v", c, err, before, after, events)
		}
		return nil, err
	}
	h.done[c.commandType()]++
	h.record(c, old, events)
	h.checkSeats(after)
	h.checkRoles(c, old)
	h.checkCounts(c, old)
	h.checkDoor(c, old)
	h.checkSwitches(c, old)
	h.checkScreen(c, old)
	h.checkConsent(c, old)
	h.checkReserved(c, old)
	h.checkPromotion(c, old)
	h.checkGroups(c, old)
	h.checkApart(c, old, events)
	h.checkLock(c, old)
	h.checkHands(c, old)
	h.checkEntry(c, old)
	h.pairs.check(h, c, old, events)
	h.checkFlows(c, events)
	h.checkAudiences(c, old, events)
	h.checkShown(c, events)
	h.checkTime(c)
	h.recordLate(c, old)
	return events, nil
}

// freeze gives the state's JSON. Of a failed command not even the latest time may stay.
func (h *house) freeze() []byte {
	h.Helper()
	raw, err := json.Marshal(h.s)
	if err != nil {
		h.Fatalf("marshal: %v", err)
	}
	return raw
}

// snapshotOf gives the seats as they are before a command.
func snapshotOf(s *State) map[Participant]seat {
	seats := map[Participant]seat{}
	for _, x := range s.d.Seats {
		seats[x.ID] = *x
	}
	return seats
}

func bySocket(seats map[Participant]seat, s Socket) (seat, bool) {
	for _, x := range seats {
		if x.Socket == s && s != "" {
			return x, true
		}
	}
	return seat{}, false
}

// record keeps what the checks of this command need to know.
func (h *house) record(c Command, old map[Participant]seat, events []Event) {
	if a, ok := c.(Arrive); ok && a.Person != "" {
		if a.Token == nil && a.Generation < h.links[a.Person] || a.Token != nil && a.Token.Generation < h.generation[a.Person] {
			h.Fatalf("%#v came with what is worth nothing any more", a)
		}
		h.generation[a.Person] = max(h.generation[a.Person], a.Generation)
	}
	for _, e := range events {
		if d, ok := e.Body.(Durable); ok && d.Op == Raise {
			if d.Generation != h.generation[d.Person]+1 {
				h.Fatalf("%#v raises to %d from %d", c, d.Generation, h.generation[d.Person])
			}
			h.generation[d.Person] = d.Generation
		}
	}
	hears := func(x seat, ok bool) {
		if ok && x.moderates() {
			h.heard[x.ID] = h.clock()
		}
	}
	switch c := c.(type) {
	case Heard:
		x, ok := old[c.Participant]
		hears(x, ok)
	case Arrive:
		x := h.s.seatAt(c.Socket)
		hears(*x, true)
	case Admit:
		hears(bySocket(old, c.By))
	case Decline:
		hears(bySocket(old, c.By))
	case PutBack:
		hears(bySocket(old, c.By))
	case Remove:
		hears(bySocket(old, c.By))
	case Self:
		hears(bySocket(old, c.By))
	case Mute:
		hears(bySocket(old, c.By))
	case MuteAll:
		hears(bySocket(old, c.By))
	case ReserveVideo:
		hears(bySocket(old, c.By))
	case Promote:
		hears(bySocket(old, c.By))
		h.heard[c.Participant] = h.clock()
	case Hold:
		hears(bySocket(old, c.By))
	case Incident:
		hears(bySocket(old, c.By))
	case Lock:
		hears(bySocket(old, c.By))
	case RaiseHand:
		hears(bySocket(old, c.By))
	case LowerHand:
		hears(bySocket(old, c.By))
	case Share:
		hears(bySocket(old, c.By))
	case PinFor:
		hears(bySocket(old, c.By))
	case Colleague:
		hears(bySocket(old, c.By))
	case NoteConsent:
		hears(bySocket(old, c.By))
	case UnlockPIN:
		hears(bySocket(old, c.By))
	case Withdraw:
		hears(bySocket(old, c.By))
	case Write:
		hears(bySocket(old, c.By))
	case ShowCard:
		hears(bySocket(old, c.By))
	case Divide:
		hears(bySocket(old, c.By))
	case Recall:
		hears(bySocket(old, c.By))
	case EnterGroup:
		hears(bySocket(old, c.By))
	}
	for _, x := range h.s.d.Seats { // who moderates by link may come in by somebody else's leaving
		if was := old[x.ID]; x.inside() && !was.inside() && x.Role.Moderates() && x.Socket != "" {
			h.heard[x.ID] = h.clock()
		}
	}
	switch c := c.(type) {
	case LeaveOpen:
		h.open = h.clock().Add(c.For)
		if m, ok := bySocket(old, c.By); !ok || !m.moderator() || c.For > h.s.d.Config.StayOpen {
			h.Fatalf("%#v of %v left the room open", c, m)
		}
	default:
		if h.s.counsellorHere() || !h.s.othersInside() {
			h.open = time.Time{}
		}
	}
	if c, ok := c.(Share); ok {
		h.opened = c.Rule == ShareAll && h.s.d.Config.Share == lobby.ShareOnRequest
	}
	switch c := c.(type) {
	case Remove:
		h.removed[old[c.Participant].Person] = true
	case RemovePerson:
		h.removed[c.Person] = true
	case Withdraw:
		x, ok := old[c.Participant]
		if c.Participant == "" {
			x, ok = bySocket(old, c.By)
		}
		if !ok {
			h.Fatalf("%#v withdrew of nobody", c)
		}
		h.removed[x.Person] = true
	case ReplaceLink:
		if !h.removed[c.Person] {
			h.links[c.Person] = max(h.generation[c.Person], c.Generation)
			h.generation[c.Person] = h.links[c.Person]
			delete(h.passes, c.Person)
		}
	}
}

// recordLate keeps what the next command's checks need to know.
func (h *house) recordLate(c Command, old map[Participant]seat) {
	for id, was := range old {
		if !was.inside() || was.Role.Moderates() {
			continue
		}
		now := h.s.seat(id)
		switch {
		case now != nil && now.inside():
		case now != nil: // put back
			delete(h.passes, was.Person)
		case h.passes[was.Person] == nil || h.passes[was.Person].device != was.Device:
		case h.s.d.Config.Reentry == 0:
			delete(h.passes, was.Person)
		default:
			h.passes[was.Person].leftAt = h.clock()
		}
	}
	for _, x := range h.s.d.Seats {
		if was := old[x.ID]; x.inside() && !was.inside() && !x.Role.Moderates() {
			h.passes[x.Person] = &pass{device: x.Device}
		}
	}
}

// wait lets time pass as a loop does: with a tick whenever one is due. Whoever is named is heard every second.
func (h *house) wait(d time.Duration, heard ...Participant) {
	h.Helper()
	end := h.now.Add(d)
	for {
		next := end
		if at, ok := h.s.Deadline(); ok && at.Before(next) && at.After(h.now) {
			next = at
		}
		if second := h.now.Add(time.Second); len(heard) > 0 && second.Before(next) {
			next = second
		}
		h.now = next
		for _, p := range heard {
			h.hears(p)
		}
		if at, ok := h.s.Deadline(); ok && !at.After(h.now) {
			h.must(Tick{})
		}
		if !h.now.Before(end) || h.s.d.Over {
			h.now = end
			return
		}
	}
}

// hears is a Heard without the checks where it only says that all is as it was.
func (h *house) hears(p Participant) {
	h.Helper()
	x := h.s.seat(p)
	switch {
	case x == nil:
	case x.Lost:
		h.must(Heard{p})
	default:
		if events, err := h.s.Apply(Heard{p}, h.now); err != nil || len(events) > 0 {
			h.Fatalf("heard %v: %v, %v", p, events, err)
		}
		h.heard[p] = h.clock()
	}
}

func (h *house) must(c Command) []Event {
	h.Helper()
	events, err := h.do(c)
	if err != nil {
		h.Fatalf("%#v: %v", c, err)
	}
	return events
}

func (h *house) refuse(c Command, want Refusal) {
	h.Helper()
	if _, err := h.do(c); err != want {
		h.Fatalf("%#v: %v, want %v", c, err, want)
	}
}

func (h *house) socket() Socket {
	h.sockets++
	return Socket(fmt.Sprintf("socket-%d", h.sockets))
}

func device(n byte) Device { return Device{n} }

// client is the hello of a person with a ticket.
func (h *house) client(name string, d byte) Arrive {
	return Arrive{
		Socket: h.socket(), Participant: Participant(fmt.Sprintf("%s%d.%d", name, d, h.sockets)), Person: lobby.PersonID("person-" + name),
		Role: lobby.RoleClient, Device: device(d), Generation: h.generation[lobby.PersonID("person-"+name)],
		Label: lobby.Text{Plain: "label of " + name}, Name: lobby.Text{Plain: "name " + name}, SealedLink: []byte("link of " + name),
		Lang: "de", Platform: Phone, Media: MediaAV, Consent: ConsentGiven, Fresh: true,
	}
}

// account is the hello of a signed-in counsellor.
func (h *house) account(name string, d byte) Arrive {
	a := h.client(name, d)
	a.Person, a.Account, a.Role, a.Platform = "", lobby.AccountID("account-"+name), lobby.RoleCounsellor, Computer
	a.SealedLink = nil
	return a
}

// link is the hello of somebody who moderates by link.
func (h *house) link(name string, d byte, role lobby.Role) Arrive {
	a := h.client(name, d)
	a.Role, a.MayModerate = role, role.Lendable()
	return a
}

// again is the hello of the same page after its socket was lost.
func (h *house) again(a Arrive) Arrive {
	a.Socket, a.Fresh = h.socket(), false
	a.Generation = h.generation[a.Person]
	a.Token = &Token{Session: session, Generation: a.Generation}
	if x := h.s.seat(a.Participant); x != nil {
		a.Token.Admitted = x.inside()
	} else if p := h.passes[a.Person]; p != nil && p.device == a.Device {
		a.Token.Admitted = true
	}
	return a
}

// arrive seats somebody and gives his seat.
func (h *house) arrive(a Arrive) *seat {
	h.Helper()
	h.must(a)
	x := h.s.seatAt(a.Socket)
	if x == nil {
		h.Fatalf("no seat for %#v", a)
	}
	return x
}

// inside brings in a counsellor by account and a client whom he admits.
func (h *house) inside() (counsellor, client Arrive) {
	h.Helper()
	counsellor, client = h.account("ada", 1), h.client("ben", 2)
	h.must(counsellor)
	h.must(client)
	h.must(Admit{counsellor.Socket, client.Participant})
	return counsellor, client
}

// told gives what a socket was told, in order.
func told(events []Event, to Socket) []Body {
	var all []Body
	for _, e := range events {
		if slices.Contains(e.To, to) {
			all = append(all, e.Body)
		}
	}
	return all
}

// types gives the types of what a socket was told.
func types(events []Event, to Socket) string {
	var all []string
	for _, b := range told(events, to) {
		all = append(all, b.eventType())
	}
	return strings.Join(all, " ")
}

func (h *house) groups() string {
	var all []string
	for _, id := range slices.Sorted(maps.Keys(h.flows)) {
		f := h.flows[id]
		screen := ""
		if f.Screen {
			screen = "/screen"
		}
		all = append(all, fmt.Sprintf("%s=%s/%v/%v%s", h.s.seat(id).name(), f.Group, f.Audio, f.Video, screen))
	}
	return strings.Join(all, " ")
}

func (x *seat) name() string { return strings.TrimPrefix(x.Name.Plain, "name ") }

func want[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%s: %v, want %v", what, got, want)
	}
}
