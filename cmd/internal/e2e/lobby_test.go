package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/anteroom-video/anteroom/cmd/internal/config"
	"github.com/anteroom-video/anteroom/signaling/client"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// lobbyCases are what a waiting room is tried with, and the tests that do: those of Jitsi's LobbyTest, and what it leaves out. Two of its cases have no
// counterpart: there is no password that goes round the waiting room, and none is switched on in a running room, since it is always on (what is locked
// in a running room is "locked").
var lobbyCases = map[string][]string{
	// Jitsi's.
	"is on, and no client switches it off":                                                        {"e2e.TestCounsellorFirst", "e2e.TestActionsWithoutTheRight"},
	"who moderates hears and reads a knock, whatever tab is in front":                             {"lobby.test.js: a knock is read in the tab’s title and heard"},
	"denied: a neutral page, and no page that tries again by itself":                              {"lobby.test.js: who is denied reads it on a quiet page, which asks for nothing by itself; she may knock again and is let in", "e2e.TestDeclinedAndKnocksAgain"},
	"admitted: picture and sound within two seconds":                                              {"lobby.test.js: who is let in sees and hears within two seconds", "e2e.TestMediaWithinTwoSecondsOfTheAdmission"},
	"of several, also of one name, the right one is let in":                                       {"lobby.test.js: of two who have one name the one whose button was pressed is let in", "e2e.TestTheRightOneOfSeveral"},
	"of several, the right one is declined":                                                       {"e2e.TestTheRightOneOfSeveral"},
	"who closes the tab is gone from the list within two seconds":                                 {"lobby.test.js: who closes the tab is gone from the list within two seconds; who loads it anew has the place", "e2e.TestWhoClosesThePageIsGone"},
	"ended while somebody waits: the page says so":                                                {"lobby.test.js: the end reaches who waits", "e2e.TestDeletedOnEveryPath"},
	"nobody is let in with others":                                                                {"e2e.TestNobodyIsLetInWithOthers"},
	"another counsellor takes the queue over, in its order":                                       {"e2e.TestAnotherCounsellorTakesTheQueueOver"},
	"locked: nothing changes for those inside":                                                    {"signaling_test.TestLock", "e2e.TestNobodyIsLetInWithOthers"},
	"the counsellor leaves: who waits waits, nobody moderates instead, the room ends in its time": {"e2e.TestTheCounsellorLeavesWhileSomebodyWaits"},
	"declined, then admitted":                                                                     {"e2e.TestDeclinedAndKnocksAgain"},
	// Others.
	"a line that is lost while one waits keeps the place":            {"e2e.TestLostSocketWhileWaiting"},
	"who is in comes back without knocking":                          {"e2e.TestLostSocket", "e2e.TestRestartInTheMiddleOfACall"},
	"who was removed is shut out, on the connection that he has too": {"e2e.TestRemovedOnTheSameSocket", "e2e.TestPacketsAfterPutBackAndRemovalReachNobody"},
	"a knock in the seconds after the counsellor’s line was lost":    {"e2e.TestKnockWhileTheCounsellorIsLost"},
	"put back": {"e2e.TestPutBackAndAdmittedInOneBreath", "e2e.TestPutBackWhileTheLineIsLost"},
	"who waits sends no packet of sound or picture":                               {"e2e.TestNoMediaLeavesAWaitingPerson", "journey.test.js: the client comes first, waits unseen, and no packet of his reaches the server before admission"},
	"two counsellors answer one person in the same moment":                        {"e2e.TestTwoCounsellorsAnswerAtOnce"},
	"the room ends while somebody is let in":                                      {"e2e.TestTheEndWhileSomebodyIsLetIn"},
	"a second device with the link waits, and closes the first when it is let in": {"e2e.TestSecondDevice"},
}

// Every test that is named there is there.
func TestLobbyCasesAreTested(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..", "..")
	folders := map[string]string{"e2e": ".", "signaling_test": filepath.Join(root, "signaling")}
	said := map[string]string{} // by where a test is
	for name, folder := range folders {
		files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
		must(t, err)
		for _, file := range files {
			text, err := os.ReadFile(file)
			must(t, err)
			said[name] += string(text)
		}
	}
	for what, tests := range lobbyCases {
		for _, test := range tests {
			if file, name, ok := strings.Cut(test, ": "); ok {
				text, err := os.ReadFile(filepath.Join(root, "web", "test", "browser", file))
				must(t, err)
				if !strings.Contains(string(text), "test('"+name+"'") {
					t.Errorf("%s: there is no %q", what, test)
				}
			} else if where, name, _ := strings.Cut(test, "."); !strings.Contains(said[where], "func "+name+"(") {
				t.Errorf("%s: there is no %q", what, test)
			}
		}
	}
}

// within is how soon what a counsellor does must be felt, and what happens must be seen.
const within = 2 * time.Second

// Not beside other tests: a time is measured.
func TestMediaWithinTwoSecondsOfTheAdmission(t *testing.T) {
	s := open(t)
	a := s.invite("Anna")
	counsellor, anna := join(t, a.counsellor), join(t, a.links[0])
	expect(counsellor, func(m client.MediaState) bool { return m.State == "connected" })
	var slowest time.Duration
	for range 5 {
		began := time.Now()
		counsellor.admits(anna)
		meet(counsellor, anna)
		slowest = max(slowest, time.Since(began))
		must(t, counsellor.PutBack(counsellor.ctx(), anna.Participant()))
	}
	t.Logf("seen and heard both ways at the latest %v after the admission", slowest.Round(time.Millisecond))
	if slowest > slowdown*within {
		t.Errorf("it took %v", slowest)
	}
}

// Of several who wait, two of them with one name, exactly the one whose entry was meant is let in, or declined.
func TestTheRightOneOfSeveral(t *testing.T) {
	t.Parallel()
	s := open(t)
	a := s.invite("Frau M.", "Frau M.", "Herr K.", "Herr K.")
	counsellor := join(t, a.counsellor)
	var waiting []*person
	entries := map[string]*wire.Waiting{}
	for _, link := range a.links {
		p := join(t, link)
		entries[p.Participant()] = expect(counsellor, func(w *wire.Waiting) bool { return w.Participant == p.Participant() })
		waiting = append(waiting, p)
	}
	for _, pair := range [][2]*person{{waiting[0], waiting[1]}, {waiting[2], waiting[3]}} {
		one, other := entries[pair[0].Participant()], entries[pair[1].Participant()]
		if one.Label.Plain != other.Label.Plain || one.Person == other.Person || one.OtherDevice || other.OtherDevice {
			t.Errorf("two of one name are %+v and %+v", one, other)
		}
	}
	counsellor.admits(waiting[1])
	must(t, counsellor.Decline(counsellor.ctx(), waiting[2].Participant()))
	expect[*wire.Declined](waiting[2])
	meet(counsellor, waiting[1])
	for i, want := range []wire.Phase{wire.PhaseWaiting, wire.PhaseIn, wire.PhaseDeclined, wire.PhaseWaiting} {
		equal(t, fmt.Sprintf("phase of the %d.", i+1), waiting[i].Phase(), want)
	}
	for _, i := range []int{0, 2, 3} {
		nothing(counsellor, both, []*person{waiting[i]}, func() {})
	}
}

// Who closes the page is gone from the counsellor's list; whoever loads it anew has the place that he had.
func TestWhoClosesThePageIsGone(t *testing.T) {
	t.Parallel()
	s := open(t)
	a := s.invite("Anna", "Ben")
	counsellor := join(t, a.counsellor)
	anna := newPage(s, a.links[0], "127.0.0.1")
	ws, answer := anna.signOn(wire.Hello{Ticket: anna.ticket()})
	welcome := answer.(*wire.Welcome)
	ben := join(t, a.links[1])
	began := time.Now()
	must(t, ws.Close(websocket.StatusGoingAway, ""))
	expect(counsellor, func(w *wire.Waiting) bool { return w.Participant == welcome.Participant && w.State == wire.WaitGone })
	took := time.Since(began)
	t.Logf("gone from the list after %v", took.Round(time.Millisecond))
	if took > within {
		t.Errorf("it took %v", took)
	}
	_, answer = anna.signOn(wire.Hello{Resume: welcome.Resume, Fresh: true})
	equal(t, "the seat after the page was loaded anew", answer.(*wire.Welcome).Participant, welcome.Participant)
	expect(counsellor, func(w *wire.Waiting) bool { return w.Participant == welcome.Participant && w.State == wire.WaitWaiting })
	equal(t, "the queue", strings.Join(queue(counsellor), " "), welcome.Participant+" "+ben.Participant())
}

// queue is who waits, in the order in which somebody who moderates is told when her line is back.
func queue(counsellor *person) (waiting []string) {
	counsellor.t.Helper()
	counsellor.DropSocket()
	for _, w := range expect[client.Reconnected](counsellor).Welcome.State.Waiting {
		waiting = append(waiting, w.Participant)
	}
	return waiting
}

// Whatever a counsellor does to the room, to herself and to others, nobody is let in by it: there is no message that lets in more than one, and none
// does so besides.
func TestNobodyIsLetInWithOthers(t *testing.T) {
	t.Parallel()
	s := open(t)
	a := s.invite("Anna", "Ben", "Cem", "Dora", "co-counsellor:Dr. C.")
	counsellor := join(t, a.counsellor)
	dora := join(t, a.links[3])
	counsellor.admits(dora)
	meet(counsellor, dora)
	waiting := []*person{join(t, a.links[0]), join(t, a.links[1]), join(t, a.links[2])}
	outside := func(after string) {
		t.Helper()
		for i, p := range waiting {
			if p.Phase() != wire.PhaseWaiting || came[*wire.Admitted](p) {
				t.Fatalf("after %s the %d. is %s", after, i+1, p.Phase())
			}
		}
	}
	for _, request := range []wire.Body{
		&wire.Hold{On: true}, &wire.Hold{}, &wire.Lock{On: true}, &wire.Lock{}, &wire.Share{Rule: wire.ShareAll}, &wire.MuteAll{}, &wire.Colleague{On: true},
		&wire.Colleague{}, &wire.ShowCard{Card: wire.CardPeople}, &wire.Incident{On: true}, &wire.Incident{}, &wire.LowerHand{}, &wire.Pin{},
		&wire.PutBack{Participant: dora.Participant()}, &wire.Admit{Participant: dora.Participant()},
	} {
		if _, err := counsellor.Request(counsellor.ctx(), request); err != nil {
			t.Errorf("%s: %v", request.Type(), err)
		}
		outside(request.Type())
	}
	ids, err := json.Marshal([]string{waiting[0].Participant(), waiting[1].Participant()})
	must(t, err)
	for _, raw := range []string{
		`{"type":"admit","id":901}`, `{"type":"admit","id":902,"body":{}}`, `{"type":"admit","id":903,"body":{"participant":""}}`, `{"type":"admit","id":904,"body":{"participant":"*"}}`,
		`{"type":"admit","id":905,"body":{"participant":` + string(ids) + `}}`, `{"type":"admit_all","id":906}`, `{"type":"lobby","id":907,"body":{"on":false}}`,
	} {
		must(t, counsellor.SendRaw(counsellor.ctx(), []byte(raw)))
	}
	must(t, counsellor.Hold(counsellor.ctx(), false)) // answered after those before it
	outside("messages that would let in more than one")
	must(t, dora.Self(dora.ctx(), true, true)) // all were muted

	colleague := join(t, a.links[4])
	meet(counsellor, colleague, dora)
	outside("a colleague's coming")
	must(t, counsellor.Leave(counsellor.ctx()))
	outside("a counsellor's leave")
	must(t, colleague.Leave(colleague.ctx()))
	expect(dora, func(r *wire.Room) bool { return r.Paused })
	back := join(t, a.counsellor)
	expect(dora, func(r *wire.Room) bool { return !r.Paused })
	outside("a pause")
	s.restart()
	for _, p := range append(waiting, back, dora) {
		expect[client.Reconnected](p)
	}
	meet(back, dora)
	outside("a restart")
	for _, p := range waiting {
		nothing(back, both, []*person{p}, func() { dora.sees(back) })
	}
}

// The counsellor goes before she has let in anybody, and another takes over: the queue is the same, in its order, and his word counts.
func TestAnotherCounsellorTakesTheQueueOver(t *testing.T) {
	t.Parallel()
	s := open(t)
	a := s.invite("Anna", "Ben", "Cem", "co-counsellor:Dr. D.")
	counsellor := join(t, a.counsellor)
	var order []string
	var waiting []*person
	for _, link := range a.links[:3] {
		p := join(t, link)
		expect(counsellor, func(w *wire.Waiting) bool { return w.Participant == p.Participant() })
		order, waiting = append(order, p.Participant()), append(waiting, p)
	}
	must(t, counsellor.Leave(counsellor.ctx()))
	for _, p := range waiting {
		expect(p, func(c *wire.Counsellor) bool { return c.Counsellor == wire.Away })
	}
	colleague := join(t, a.links[3])
	var told []string
	for _, w := range expect[*wire.Welcome](colleague).State.Waiting {
		told = append(told, w.Participant)
	}
	if !slices.Equal(told, order) {
		t.Errorf("the colleague finds %v, they came as %v", told, order)
	}
	colleague.admits(waiting[1])
	meet(colleague, waiting[1])
	equal(t, "the queue then", strings.Join(queue(colleague), " "), order[0]+" "+order[2])
}

// The only counsellor leaves: who waits goes on waiting and is told, nobody moderates in her place, and the room ends in its time, for all.
func TestTheCounsellorLeavesWhileSomebodyWaits(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "policies.yaml")
	must(t, os.WriteFile(file, []byte("policies:\n  short: {base: erziehungsberatung, end_after: 2s}\n"), 0o600))
	s := open(t, func(c *config.Config) { c.Policies = file })
	a := s.inviteUnder("short", "Anna", "interpreter:Ivo", "Ben")
	counsellor, anna, ivo, ben := join(t, a.counsellor), join(t, a.links[0]), join(t, a.links[1]), join(t, a.links[2])
	counsellor.admits(anna)
	counsellor.admits(ivo)
	meet(counsellor, anna, ivo)
	left := time.Now()
	must(t, counsellor.Leave(counsellor.ctx()))
	expect(ben, func(c *wire.Counsellor) bool { return c.Counsellor == wire.Away })
	for _, p := range []*person{anna, ivo} {
		expect(p, func(r *wire.Room) bool { return r.Paused })
		for _, request := range []wire.Body{&wire.Admit{Participant: ben.Participant()}, &wire.Decline{Participant: ben.Participant()}, &wire.Hold{}, &wire.End{}} {
			_, err := p.Request(p.ctx(), request)
			refused(t, request, err, wire.CodeNotAllowed)
		}
	}
	equal(t, "who waits is", ben.Phase(), wire.PhaseWaiting)
	equal(t, "roles", fmt.Sprint(anna.Role(), ivo.Role(), ben.Role()), fmt.Sprint(wire.RoleClient, wire.RoleInterpreter, wire.RoleClient))
	nothing(anna, both, []*person{ivo, ben}, func() {})
	for _, p := range []*person{anna, ivo, ben} {
		if err := p.finished(); err != client.ErrEnded {
			t.Errorf("ended: %v", err)
		}
	}
	if took := time.Since(left); took < 2*time.Second || took > 4*time.Second {
		t.Errorf("the room ended %v after she left", took)
	}
	for _, p := range []*person{anna, ivo, ben} {
		equal(t, "let in by nobody, or twice", came[*wire.Admitted](p), false)
	}
}

// A knock in the seconds in which the counsellor's line is lost waits for her: for her line, and for a page of hers that comes anew.
func TestKnockWhileTheCounsellorIsLost(t *testing.T) {
	t.Parallel()
	s := open(t)
	a := s.invite("Anna", "Ben")
	var door gate
	counsellor := join(t, a.counsellor, door.behind, func(o *client.Options) { o.NoMedia = true })
	door.shut.Store(true)
	counsellor.DropSocket()
	anna := join(t, a.links[0])
	equal(t, "phase", anna.Phase(), wire.PhaseWaiting)
	expect(anna, func(c *wire.Counsellor) bool { return c.Counsellor == wire.Away })
	door.shut.Store(false)
	back := expect[client.Reconnected](counsellor).Welcome.State.Waiting
	if len(back) != 1 || back[0].Participant != anna.Participant() || back[0].State != wire.WaitWaiting {
		t.Errorf("she comes back to %+v", back)
	}
	expect(anna, func(c *wire.Counsellor) bool { return c.Counsellor == wire.Here })

	counsellor.end()
	ben := join(t, a.links[1])
	equal(t, "phase", ben.Phase(), wire.PhaseWaiting)
	anew := join(t, a.counsellor)
	for _, p := range []*person{ben, anna} {
		anew.admits(p)
	}
	meet(anew, anna, ben)
}

// Who is removed gets nothing more by the socket that he has: it is closed, and what he says until then is done by nobody.
func TestRemovedOnTheSameSocket(t *testing.T) {
	t.Parallel()
	s := open(t)
	a := s.invite("Anna", "Ben")
	counsellor, ben := join(t, a.counsellor), join(t, a.links[1])
	counsellor.admits(ben)
	anna := newPage(s, a.links[0], "127.0.0.1")
	ws, answer := anna.signOn(wire.Hello{Ticket: anna.ticket()})
	seat := answer.(*wire.Welcome).Participant
	must(t, counsellor.Admit(counsellor.ctx(), seat))
	ticket := anna.ticket() // asked for while the link was good
	must(t, counsellor.Remove(counsellor.ctx(), seat))
	for i, b := range []wire.Body{&wire.Knock{}, &wire.RaiseHand{Up: true}, &wire.Self{Audio: new(true)}} {
		data, err := wire.Encode(wire.Message{ID: int32(50 + i), Body: b})
		must(t, err)
		_ = ws.Write(t.Context(), websocket.MessageText, data)
	}
	for {
		_, data, err := ws.Read(anna.t.Context())
		if err != nil {
			equal(t, "closed with", wire.CloseCode(websocket.CloseStatus(err)), wire.CloseRemoved)
			break
		}
		if m, err := wire.DecodeUpdate(data); err == nil && m.ID >= 50 && m.Body.Type() == "ok" {
			t.Errorf("something was done for somebody who is removed: %s", data)
		}
	}
	_, answer = anna.signOn(wire.Hello{Ticket: ticket})
	if no, ok := answer.(*wire.Error); !ok || no.Code != wire.CodeLinkInvalid {
		t.Errorf("a ticket from before: %+v", answer)
	}
	equal(t, "waiting", len(queue(counsellor)), 0)
	meet(counsellor, ben)
}

// codeOf is what a request was refused with; "" where it was not.
func codeOf(t testing.TB, err error) wire.Code {
	t.Helper()
	if err == nil {
		return ""
	}
	refusal, ok := errors.AsType[*client.RequestError](err)
	if !ok {
		t.Fatal(err)
	}
	return refusal.Code
}
