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
	passes     map[lobby.PersonID]*pass
	removed    map[lobby.PersonID]bool
	heard      map[Participant]time.Time // of those who moderate
	flows      map[Participant]Flow
	shown      map[Socket]*View
	closed     map[Socket]bool
	sockets    int
	done       map[string]int // successful commands by type
	reentries  int
}

// pass is an admission that was given and not yet taken away.
type pass struct {
	device Device
	leftAt time.Time
}

const session = "session-1"

func testConfig() Config {
	return Config{Session: session, Reentry: 10 * time.Minute, EndAfter: 5 * time.Minute, WaitingPerLink: 3, WaitingPerRoom: 20}
}

func newHouse(r reporter, c Config) *house {
	s, err := New(c)
	if err != nil {
		r.Fatalf("new: %v", err)
	}
	return &house{
		reporter: r, s: s, now: time.UnixMilli(1_795_340_000_000),
		generation: map[lobby.PersonID]uint32{}, passes: map[lobby.PersonID]*pass{}, removed: map[lobby.PersonID]bool{},
		heard: map[Participant]time.Time{}, flows: map[Participant]Flow{}, shown: map[Socket]*View{},
		closed: map[Socket]bool{}, done: map[string]int{},
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
	h.checkDoor(c, old)
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
		if ok && x.Role.Moderates() {
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
	case Hold:
		hears(bySocket(old, c.By))
	}
	for _, x := range h.s.d.Seats { // who moderates by link may come in by somebody else's leaving
		if was := old[x.ID]; x.inside() && !was.inside() && x.Role.Moderates() {
			h.heard[x.ID] = h.clock()
		}
	}
	switch c := c.(type) {
	case Remove:
		h.removed[old[c.Participant].Person] = true
	case RemovePerson:
		h.removed[c.Person] = true
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
				!ok || !m.Role.Moderates() || !m.inside() {
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

// checkFlows: who is outside has no flow, nothing flows between others while no counsellor is heard or the room is
// held, and off is off.
func (h *house) checkFlows(c Command, events []Event) {
	h.Helper()
	for _, e := range events {
		switch b := e.Body.(type) {
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
		if x.inside() && x.Role.Moderates() && h.clock().Sub(h.heard[x.ID]) < silence {
			counsellor = true
		}
	}
	for id, f := range h.flows {
		x := h.s.seat(id)
		if x == nil || !x.inside() {
			h.Fatalf("%v has a flow outside", id)
		}
		if !x.Role.Moderates() && f.Group != "" && (!counsellor || h.s.d.Held) {
			h.Fatalf("%v is forwarded without a counsellor or on hold", id)
		}
		if f.Audio && !x.On.Audio || f.Video && !x.On.Video {
			h.Fatalf("%v is forwarded though switched off", id)
		}
		if f != x.flow(h.s.open()) {
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
		case Flow, Drop, Durable:
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
				case Removed, Ended, Replaced, Close:
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
	moderates := x.inside() && x.Role.Moderates()
	switch b := e.Body.(type) {
	case WaitingChanged, WaitingGone:
		if !moderates {
			h.Fatalf("%T to %v", b, *x)
		}
	case MemberChanged:
		if !x.inside() || (b.Details != nil) != moderates {
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
		secret := y != x && (!y.inside() || !x.inside())
		if secret && strings.Contains(raw, fmt.Sprintf("%q", y.ID)) {
			h.Fatalf("%s tells %v of %v", raw, x.ID, y.ID)
		}
	}
}

// checkShown: whoever applies the events to his last view has what a snapshot shows.
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
		*h.shown[c.By].Self = Switches{c.Audio, c.Video} // told to nobody: the client did it himself
	}
	for _, x := range h.s.d.Seats {
		if x.Socket == "" {
			continue
		}
		want, ok := h.s.Snapshot(x.ID, h.now)
		got := h.shown[x.Socket]
		if !ok || got == nil {
			h.Fatalf("%v has a socket and no view", x.ID)
		}
		h.ageless(want)
		if len(got.Members) == 0 {
			got.Members = nil
		}
		if len(got.Waiting) == 0 {
			got.Waiting = nil
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
	view := func(v View) {
		v.Members, v.Waiting = slices.Clone(v.Members), slices.Clone(v.Waiting)
		h.ageless(v)
		h.shown[to] = &v
	}
	switch b := b.(type) {
	case Welcome:
		view(b.View)
		return
	case Admitted:
		view(b.View)
		return
	case SentBack:
		view(b.View)
		return
	case Replaced, Removed, Ended, Close:
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
	case CounsellorChanged:
		v.Counsellor = b.Counsellor
	case Muted:
		if b.Kind == Audio {
			v.Self.Audio = false
		} else {
			v.Self.Video = false
		}
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
		Label: lobby.Text{Plain: "label of " + name}, Name: lobby.Text{Plain: "name " + name},
		Lang: "de", Platform: Phone, Media: MediaAV, Consent: true, Fresh: true,
	}
}

// account is the hello of a signed-in counsellor.
func (h *house) account(name string, d byte) Arrive {
	a := h.client(name, d)
	a.Person, a.Account, a.Role, a.Platform = "", lobby.AccountID("account-"+name), lobby.RoleCounsellor, Computer
	return a
}

// link is the hello of somebody who moderates by link.
func (h *house) link(name string, d byte, role lobby.Role) Arrive {
	a := h.client(name, d)
	a.Role = role
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

func effects[T Body](events []Event) (all []T) {
	for _, e := range events {
		if b, ok := e.Body.(T); ok {
			all = append(all, b)
		}
	}
	return all
}

func (h *house) groups() string {
	var all []string
	for _, id := range slices.Sorted(maps.Keys(h.flows)) {
		f := h.flows[id]
		all = append(all, fmt.Sprintf("%s=%s/%v/%v", h.s.seat(id).name(), f.Group, f.Audio, f.Video))
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
