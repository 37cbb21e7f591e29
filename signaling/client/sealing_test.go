package client

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"github.com/anteroom-video/anteroom/signaling/client/circle"
	"github.com/anteroom-video/anteroom/signaling/client/credential"
	"github.com/anteroom-video/anteroom/signaling/client/frame"
	"github.com/anteroom-video/anteroom/signaling/client/sealer"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// peer is somebody else of the room: a circle and keys, without a call.
type peer struct {
	*circle.Circle
	seat   circle.Seat
	own    *sealer.Own
	others *sealer.Others
	mic    *sealer.Stream

	mu sync.Mutex // guards the following
	// line is the desk's end of the call's socket.
	line  *end
	begun int // secrets

	frozen atomic.Bool // nothing is handed on to him
}

func newPeer(t *testing.T, seat circle.Seat, secrets circle.Secrets) *peer {
	t.Helper()
	device, err := credential.NewDevice()
	if err != nil {
		t.Fatal(err)
	}
	own, err := circle.NewOwn(device, secrets.Link, circle.Person)
	if err != nil {
		t.Fatal(err)
	}
	seat.Identity = own.Identity
	p := &peer{seat: seat, own: sealer.NewOwn(func() {}), others: sealer.NewOthers()}
	p.mic = p.own.Stream(frame.Microphone)
	p.Circle = circle.New(own, seat, secrets, circle.Around{
		Send: p.send, Frames: p, OnStanding: func(map[string]circle.Standing) {}, Reentry: time.Hour,
	})
	return p
}

func (p *peer) Begin(k circle.Key) {
	p.own.Begin(k)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.begun++
}
func (p *peer) End()                                   { p.own.End() }
func (p *peer) Learn(participant string, k circle.Key) { p.others.Learn(participant, k, time.Now()) }
func (p *peer) Forget(participant string)              { p.others.Forget(participant) }

func (p *peer) send(l circle.Letter) {
	p.mu.Lock()
	line := p.line
	p.mu.Unlock()
	tell(line, 0, &wire.Sealed{From: p.seat.Participant, Sealed: l.Sealed})
}

// tell says something on a line that may be lost.
func tell(line *end, id int32, body wire.Body) {
	if data, err := wire.Encode(wire.Message{ID: id, Body: body}); err == nil {
		_ = line.ws.Write(context.Background(), websocket.MessageText, data)
	}
}

// at says on which line the call is. What is sealed there for the peer reaches him; what else is said is given.
func (p *peer) at(line *end, of string) (requests chan wire.Message) {
	p.mu.Lock()
	p.line = line
	p.mu.Unlock()
	requests = make(chan wire.Message, 1000)
	go func() {
		for {
			select {
			case <-line.done:
				return
			case m := <-line.said:
				switch body := m.Body.(type) {
				case *wire.SendSealed:
					if m.ID == 0 {
						line.t.Error("a request without an id: its refusal would be an event")
					}
					tell(line, m.ID, &wire.Error{Code: wire.CodeTooFast}) // nobody looks at it
					if !p.frozen.Load() {
						p.Heard(of, body.Sealed)
					}
				case *wire.Ping:
					tell(line, m.ID, &wire.Pong{})
				default:
					requests <- m
				}
			}
		}
	}()
	return requests
}

func (p *peer) member() wire.Member {
	return wire.Member{Participant: p.seat.Participant, Role: wire.Role(p.seat.Role), Connection: wire.ConnectionOK, Identity: p.seat.Identity}
}

// says reports whether what the call seals now opens at the peer, and gives its header.
func says(t *testing.T, call *Call, p *peer) (frame.Header, bool) {
	t.Helper()
	mic, err := call.Publish(wire.SourceMicrophone)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := mic.Seal([]byte("sound"))
	if err != nil {
		return frame.Header{}, false
	}
	header, err := frame.HeaderOf(frame.Microphone, sealed)
	if err != nil {
		t.Fatal(err)
	}
	_, reason := p.others.Open(nil, call.Participant(), frame.Microphone, sealed, time.Now())
	return header, reason == ""
}

// hears reports whether what the peer seals now opens in the call.
func hears(call *Call, p *peer) bool {
	sealed, ok := p.mic.Seal(nil, []byte("sound"), 0)
	if !ok {
		return false
	}
	_, opened := call.sealing.open(nil, p.seat.Participant, frame.Microphone, sealed)
	return opened
}

// settle lets what was said come to an end.
func settle() {
	time.Sleep(time.Second)
	synctest.Wait()
}

// A client's call takes part in a sealed room, goes on over a lost line with the keys that it had, and begins anew where its seat is another.
func TestSealedCall(t *testing.T) {
	within(t, func(t *testing.T, d *desk) {
		_, secret, err := credential.ParseLink(link)
		if err != nil {
			t.Fatal(err)
		}
		e2ee := secret.E2EE()
		ada := newPeer(t, circle.Seat{Participant: "ada", Role: "counsellor"}, circle.Secrets{LinkOf: func(string) []byte { return e2ee[:] }})
		defer ada.Close()
		o := d.options()
		o.Sealed = true
		call, e, hello := d.joinWith(o, wire.PhaseWaiting)
		defer call.Close()
		id, err := circle.ReadIdentity(hello.Identity)
		if err != nil || !id.Proves(e2ee[:], circle.Person) {
			t.Fatalf("it introduces itself with %x: %v", hello.Identity, err)
		}
		ada.at(e, "p1")
		state := wire.State{Counsellor: wire.Here, Members: wire.List[wire.Member]{ada.member()}}
		e.say(0, &wire.Admitted{Resume: "resume2", State: state})
		settle()
		if _, ok := says(t, call, ada); ok || hears(call, ada) {
			t.Error("sealed for each other before anybody has stated it")
		}
		ben := circle.Seat{Participant: "p1", Role: "client", Person: "ben", Identity: hello.Identity}
		ada.Admit(ben)
		ada.Members([]circle.Seat{ben})
		settle()
		before, ok := says(t, call, ada)
		if !ok || !hears(call, ada) || call.Standing()["ada"] != circle.Verified {
			t.Fatalf("stated, and it opens: %v, %v; standing %v", ok, hears(call, ada), call.Standing())
		}
		if s := expect[Standings](t, call); len(s) != 1 {
			t.Errorf("the first standing is %v", s)
		}

		// The line breaks: nothing changes.
		e.close(wire.CloseGoingAway)
		e = d.next()
		again := e.welcome(wire.PhaseIn, "resume3", func(w *wire.Welcome) { w.State = state })
		if string(again.Identity) != string(hello.Identity) {
			t.Error("it comes back as somebody else")
		}
		ada.at(e, "p1")
		settle()
		after, ok := says(t, call, ada)
		if !ok || !hears(call, ada) || after.KeyID != before.KeyID || after.Counter <= before.Counter {
			t.Errorf("after %+v it seals with %+v, which opens: %v", before, after, ok)
		}

		// A new ticket is the same device with another session: ada's page knows it by its device.
		e.close(wire.CloseGoingAway)
		e = d.next()
		e.say(e.hear().ID, &wire.Error{Code: wire.CodeToken})
		e.close(wire.CloseNotAuthenticated)
		e = d.next()
		fresh := e.welcome(wire.PhaseIn, "resume4", func(w *wire.Welcome) { w.State = state })
		other, err := circle.ReadIdentity(fresh.Identity)
		if err != nil || other.Device != id.Device || other.Session == id.Session {
			t.Errorf("with a new ticket it introduces itself with %+v: %v", other, err)
		}
		ada.at(e, "p1")
		ben.Identity = fresh.Identity
		ada.Members([]circle.Seat{ben})
		settle()
		if _, ok := says(t, call, ada); !ok || !hears(call, ada) {
			t.Error("nothing opens after a new ticket")
		}

		// What a frozen room has swallowed is told again as soon as it goes on, be it held besides or not.
		ada.frozen.Store(true)
		e.say(0, &wire.Room{Held: true, Frozen: true})
		settle()
		call.sealing.renew()
		time.Sleep(20 * time.Second)
		settle()
		if _, ok := says(t, call, ada); ok {
			t.Error("it opens, and nothing was handed on")
		}
		ada.frozen.Store(false)
		e.say(0, &wire.Room{Held: true})
		settle()
		if _, ok := says(t, call, ada); !ok {
			t.Error("thawed, and it is not told")
		}

		// Back outside there is nobody to open or to be opened.
		e.say(0, &wire.WasPutBack{Resume: "resume5", State: wire.State{Counsellor: wire.Here}})
		ada.Dismiss("p1")
		settle()
		if _, ok := says(t, call, ada); ok || hears(call, ada) || len(call.Standing()) != 0 {
			t.Errorf("put back, and it opens; standing %v", call.Standing())
		}
		call.sealing.letters.post(circle.Letter{To: "ada", Sealed: make([]byte, wire.MaxSealed+1)})
		if lost := call.Unsent(); lost.TooLarge != 1 {
			t.Errorf("too large, and %+v was not sent", lost)
		}
		if got := call.Opened()["ada"]; got.Passed == 0 || got.Dropped[sealer.Unknown] == 0 {
			t.Errorf("it counts %+v", got)
		}
	})
}

// What a counsellor's call does is stated before it is asked for.
func TestSealedAdmission(t *testing.T) {
	within(t, func(t *testing.T, d *desk) {
		o := d.options()
		o.Sealed = true
		call, e, _ := d.joinWith(o, wire.PhaseIn, func(w *wire.Welcome) { w.Participant, w.Role = "ada", wire.RoleCounsellor })
		defer call.Close()
		ben := newPeer(t, circle.Seat{Participant: "ben", Role: "client"}, circle.Secrets{})
		defer ben.Close()
		requests := ben.at(e, "ada")
		asks := func(what string, ask func() error, want wire.Body) {
			t.Helper()
			asked := make(chan error, 1)
			go func() { asked <- ask() }()
			m := <-requests
			if m.Body.Type() != want.Type() {
				t.Errorf("%s: it says %#v", what, m.Body)
			}
			e.say(m.ID, &wire.OK{})
			if err := <-asked; err != nil {
				t.Errorf("%s: %v", what, err)
			}
		}
		ada := circle.Seat{Participant: "ada", Role: "counsellor", Identity: call.sealing.said.Identity}

		if err := call.Admit(t.Context(), "ben"); !errors.Is(err, ErrUnseen) {
			t.Errorf("nobody has waited: %v", err)
		}
		e.say(0, &wire.Waiting{Participant: "ben", Person: "x", Role: wire.RoleClient, Device: wire.Phone, Media: wire.MediaAV, Consent: wire.ConsentGiven, State: wire.WaitWaiting, Identity: ben.seat.Identity})
		expect[*wire.Waiting](t, call)
		asks("admit", func() error { return call.Admit(t.Context(), "ben") }, &wire.Admit{})
		e.say(0, &wire.WaitingGone{Participant: "ben", Reason: wire.ReasonAdmitted})
		member := ben.member()
		e.say(0, &member)
		ben.Members([]circle.Seat{ada})
		settle()
		if _, ok := says(t, call, ben); !ok || !hears(call, ben) || call.Standing()["ben"] != circle.Unverified {
			t.Errorf("let in, and it opens: %v; standing %v", ok, call.Standing())
		}
		if err := call.Admit(t.Context(), "ben"); !errors.Is(err, ErrUnseen) {
			t.Errorf("he waits no more: %v", err)
		}

		// Held, nothing is sealed for who does not speak for the room; then it is again. Told twice, once.
		epoch := func() uint64 { h, _ := says(t, call, ben); return h.KeyID >> 8 & 0xff }
		first := epoch()
		asks("hold", func() error { return call.Hold(t.Context(), true) }, &wire.Hold{})
		e.say(0, &wire.Room{Held: true})
		settle()
		if got := epoch(); got != first+1 {
			t.Errorf("held: epoch %d after %d", got, first)
		}
		if _, ok := says(t, call, ben); ok {
			t.Error("held, and it is sealed for a client")
		}
		e.say(0, &wire.Room{Held: false})
		e.say(0, &wire.Room{Held: false, Lines: 1080})
		settle()
		if got := epoch(); got != first+2 {
			t.Errorf("let go on: epoch %d after %d", got, first)
		}
		if _, ok := says(t, call, ben); !ok {
			t.Error("let go on, and it is not sealed for a client")
		}

		sealed, _ := ben.mic.Seal(nil, []byte("sound"), 0)
		asks("put back", func() error { return call.PutBack(t.Context(), "ben") }, &wire.PutBack{})
		synctest.Wait() // the server says nothing of it: the statement alone counts
		if _, opened := call.sealing.open(nil, "ben", frame.Microphone, sealed); opened {
			t.Error("what was sealed by who was put back opens")
		}
		settle()
		if _, ok := says(t, call, ben); ok {
			t.Error("it is sealed for who was put back")
		}
	})
}

// Who left may come back unasked, but not after he knocked again and was declined.
func TestSealedDecline(t *testing.T) {
	within(t, func(t *testing.T, d *desk) {
		o := d.options()
		o.Sealed = true
		call, e, _ := d.joinWith(o, wire.PhaseIn, func(w *wire.Welcome) { w.Participant, w.Role = "ada", wire.RoleCounsellor })
		defer call.Close()
		ben := newPeer(t, circle.Seat{Participant: "ben", Role: "client"}, circle.Secrets{})
		defer ben.Close()
		requests := ben.at(e, "ada")
		answers := func(ask func(context.Context, string) error) {
			t.Helper()
			e.say(0, &wire.Waiting{Participant: "ben", Person: "x", Role: wire.RoleClient, Device: wire.Phone, Media: wire.MediaAV, Consent: wire.ConsentGiven, State: wire.WaitWaiting, Identity: ben.seat.Identity})
			expect[*wire.Waiting](t, call)
			asked := make(chan error, 1)
			go func() { asked <- ask(t.Context(), "ben") }()
			e.say((<-requests).ID, &wire.OK{})
			if err := <-asked; err != nil {
				t.Error(err)
			}
		}
		member := ben.member()
		comes := func() circle.Standing {
			e.say(0, &member)
			settle()
			return call.Standing()["ben"]
		}
		answers(call.Admit)
		if is := comes(); is == circle.Unknown {
			t.Error("let in, and he is unknown")
		}
		e.say(0, &wire.MemberGone{Participant: "ben", Reason: wire.ReasonLeft})
		settle()
		answers(call.Decline)
		if is := comes(); is != circle.Unknown {
			t.Errorf("declined, and he is %s", is)
		}
	})
}

// A frame that cannot be opened is asked for, once a second at most.
func TestMissingSecretsAreAskedFor(t *testing.T) {
	within(t, func(t *testing.T, d *desk) {
		o := d.options()
		o.Sealed = true
		call, e, _ := d.joinWith(o, wire.PhaseIn)
		defer call.Close()
		s := call.sealing
		stranger := sealer.NewOwn(func() {})
		stranger.Begin(circle.Key{Tag: 1})
		mic := stranger.Stream(frame.Microphone)
		for range 3 {
			sealed, _ := mic.Seal(nil, []byte("sound"), 0)
			if _, ok := s.open(nil, "nobody", frame.Microphone, sealed); ok {
				t.Error("a stranger is heard")
			}
		}
		if asked := s.tallies["nobody"].asked; !asked.Equal(time.Now()) {
			t.Errorf("asked at %v", asked)
		}
		for n := range 3 * talliesMost { // a server that names ever more people
			s.open(nil, string(rune('a'+n%26))+time.Duration(n).String(), frame.Microphone, nil)
		}
		if n := len(call.Opened()); n > talliesMost+1 {
			t.Errorf("%d people are counted", n)
		}
		e.close(wire.CloseLeft)
		finished(t, call, nil)
	})
}

// What would not be sealed is refused at the door, and nothing is sealed where nothing is.
func TestWhatCannotBeSealed(t *testing.T) {
	for _, o := range []Options{{Sealed: true, RED: true}, {Sealed: true, Identity: []byte("another's")}} {
		if _, err := Join(t.Context(), link, o); err == nil {
			t.Errorf("joined with %+v", o)
		}
	}
	within(t, func(t *testing.T, d *desk) {
		call, _ := d.join()
		defer call.Close()
		mic, err := call.Publish(wire.SourceMicrophone)
		if err != nil {
			t.Fatal(err)
		}
		if sealed, err := mic.Seal([]byte("sound")); !errors.Is(err, ErrNoKey) || sealed != nil {
			t.Errorf("%x, %v", sealed, err)
		}
		if len(call.Opened()) != 0 || len(call.Standing()) != 0 || mic.Sealed().Passed != 0 {
			t.Error("an unsealed call counts what is sealed")
		}
	})
}

// A letter takes the place of an earlier one of its kind, nobody loses his turn by it, and nobody waits behind all that is for another; for too many
// people the first gets nothing; what the server would not take does not wait. What is lost so is counted.
func TestLetters(t *testing.T) {
	l := newLetters()
	for n := range 10 {
		l.post(circle.Letter{To: "p", Kind: "state", Sealed: []byte{byte(n)}})
		l.post(circle.Letter{To: "p", Kind: "have", Sealed: []byte{byte(10 + n)}})
		l.post(circle.Letter{To: "q", Kind: "state", Sealed: []byte{byte(20 + n)}})
	}
	l.post(circle.Letter{To: "p", Kind: "state", Sealed: []byte{99}})
	for _, want := range []byte{19, 29, 99} {
		if got := l.next(); got == nil || got.Sealed[0] != want {
			t.Errorf("the next is %v, want %d", got, want)
		}
	}
	for n := range addresseesMost + 10 {
		l.post(circle.Letter{To: fmt.Sprint(n)})
	}
	l.post(circle.Letter{To: "0", Sealed: make([]byte, wire.MaxSealed+1)})
	if first := l.next(); first.To != "10" || len(l.line) != addresseesMost-1 || len(l.to) != addresseesMost-1 {
		t.Errorf("the first is to %s, %d follow", first.To, len(l.line))
	}
	if lost := l.lost(); lost != (Unsent{TooLarge: 1, Crowded: 10}) {
		t.Errorf("of one that was too large and ten that were too many were counted %+v", lost)
	}
	l.burn()
	if l.next() != nil {
		t.Error("what was thrown away is there")
	}
}
