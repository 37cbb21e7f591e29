package room

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
)

// TestCounsellorLeaves: silent at once, the others know until when, waiting people know that he is away.
func TestCounsellorLeaves(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben := h.inside()
	cleo, dora := h.client("cleo", 3), h.client("dora", 4)
	h.must(cleo)
	h.must(dora)
	h.must(Admit{ada.Socket, cleo.Participant})
	events := h.must(Leave{By: ada.Socket})
	want(t, "flows", h.groups(), "ben=/true/true cleo=/true/true")
	want(t, "ben hears", types(events, ben.Socket), "member_gone room counsellor")
	want(t, "dora hears", types(events, dora.Socket), "room counsellor")
	room := told(events, ben.Socket)[1].(RoomChanged).Room
	want(t, "rules", room.Rules, h.s.rules())
	room.Rules = Rules{}
	want(t, "room", room, Room{Paused: true, EndsAt: h.now.Add(5 * time.Minute).UnixMilli()})
	want(t, "counsellor", told(events, dora.Socket)[1].(CounsellorChanged).Counsellor, Away)
	for _, e := range events[:3] {
		switch e.Body.(type) {
		case Drop, Flow:
		default:
			t.Fatalf("%#v before everything is cut", e)
		}
	}

	h.wait(59 * time.Second)
	bea := h.account("bea", 5)
	events = h.must(bea)
	want(t, "flows", h.groups(), "bea=room/true/true ben=room/true/true cleo=room/true/true")
	want(t, "ben hears", types(events, ben.Socket), "member room counsellor")
	want(t, "dora hears", types(events, dora.Socket), "room counsellor")
	if last := events[len(events)-1]; last.Body.(Flow).Participant != cleo.Participant {
		t.Fatalf("what opens does not come last: %#v", events)
	}
}

// TestCounsellorLost: of somebody who moderates nothing is heard.
func TestCounsellorLost(t *testing.T) {
	cases := map[string]struct {
		closed bool
		back   string // what the others hear when his media is heard again
	}{
		"the socket is closed":           {true, "room counsellor"},
		"the socket is open, and silent": {false, "member room counsellor"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, testConfig())
			ada, ben := h.inside()
			if c.closed {
				h.must(Disconnect{Socket: ada.Socket})
			}
			h.wait(LostAfter - time.Millisecond)
			want(t, "before", h.s.room().Paused, false)
			h.wait(time.Millisecond)
			want(t, "paused", h.s.room(), Room{Paused: true, EndsAt: h.now.Add(5 * time.Minute).UnixMilli()})
			want(t, "flows", h.groups(), "ada=room/true/true ben=/true/true")
			want(t, "ada's line", h.s.d.member(h.s.seat(ada.Participant)).Connection, Reconnecting)
			h.wait(20 * time.Second)

			events := h.must(Heard{ada.Participant})
			want(t, "ben hears", types(events, ben.Socket), c.back)
			want(t, "flows", h.groups(), "ada=room/true/true ben=room/true/true")
		})
	}
}

// TestMediaKeepsTheRoomOpen: a counsellor who only lost his socket is here, and moderates again when he is back.
func TestMediaKeepsTheRoomOpen(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, _ := h.inside()
	h.must(Disconnect{Socket: ada.Socket})
	h.wait(3*time.Minute, ada.Participant)
	want(t, "room", h.s.room(), Room{})
	want(t, "flows", h.groups(), "ada=room/true/true ben=room/true/true")
	ada = h.again(ada)
	events := h.must(ada)
	want(t, "kept", told(events, ada.Socket)[0].(Welcome).Kept, true)
	h.must(MuteAll{ada.Socket})
}

// TestTwoCounsellors: one is enough.
func TestTwoCounsellors(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, _ := h.inside()
	bea := h.account("bea", 5)
	h.must(bea)
	h.wait(time.Minute, bea.Participant)
	want(t, "room", h.s.room(), Room{})
	want(t, "ada is lost", h.s.seat(ada.Participant).Lost, true)
	h.must(Leave{By: bea.Socket})
	want(t, "paused", h.s.room().Paused, true)
	h.must(Hold{By: ada.Socket, On: false}) // what ada asks for is also heard
	want(t, "room", h.s.room(), Room{})
}

// TestReturnAfterAMinute: the room does not resume by itself but is held.
func TestReturnAfterAMinute(t *testing.T) {
	cases := map[string]struct {
		away    time.Duration
		present bool
		want    Room
	}{
		"within the minute":         {ResumeWithin, true, Room{}},
		"later":                     {ResumeWithin + time.Millisecond, true, Room{Held: true}},
		"later, and nobody is here": {ResumeWithin + time.Millisecond, false, Room{}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, testConfig())
			ada, ben := h.inside()
			if !c.present {
				h.must(Leave{By: ben.Socket})
			}
			h.must(Leave{By: ada.Socket})
			h.wait(c.away)
			back := h.account("ada", 1)
			h.must(back)
			want(t, "room", h.s.room(), c.want)
			if c.want.Held {
				want(t, "flows", h.groups(), "ada=room/true/true ben=/true/true")
				h.must(Hold{By: back.Socket, On: false})
				want(t, "flows", h.groups(), "ada=room/true/true ben=room/true/true")
			}
			h.wait(time.Hour, back.Participant)
			want(t, "it does not end", h.s.Summary().Status, StatusOpen)
		})
	}
}

// TestHeldStaysHeld: a room that was held when the counsellor went is held when he comes back.
func TestHeldStaysHeld(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, _ := h.inside()
	h.must(Hold{By: ada.Socket, On: true})
	h.must(Leave{By: ada.Socket})
	h.wait(time.Second)
	h.must(h.account("ada", 1))
	want(t, "room", h.s.room(), Room{Held: true})
}

func TestPausedRoomEnds(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben := h.inside()
	cleo := h.client("cleo", 3)
	h.must(cleo)
	h.must(Leave{By: ada.Socket})
	h.wait(time.Minute)
	h.must(h.client("dora", 4)) // what others do meanwhile moves nothing
	h.wait(4*time.Minute - time.Millisecond)
	want(t, "status", h.s.Summary().Status, StatusPaused)
	h.now = h.now.Add(time.Millisecond)
	events := h.must(Tick{})
	want(t, "ben hears", types(events, ben.Socket), "ended close")
	want(t, "cleo hears", types(events, cleo.Socket), "ended close")
	want(t, "written", effects[Durable](events)[0], Durable{Op: Delete})
	h.refuse(h.account("ada", 1), ErrEnded)
}

// TestNotBegun: a counsellor who looks in before anybody was let in ends nothing by going.
func TestNotBegun(t *testing.T) {
	h := newHouse(t, testConfig())
	want(t, "idle", h.s.Summary(), Summary{Status: StatusIdle, Idle: true})
	ada, ben := h.account("ada", 1), h.client("ben", 2)
	h.must(ben)
	want(t, "counsellor", h.s.counsellor(), Absent)
	h.must(ada)
	want(t, "open", h.s.Summary().Status, StatusOpen)
	events := h.must(Leave{By: ada.Socket})
	want(t, "ben hears", types(events, ben.Socket), "counsellor")
	want(t, "counsellor", h.s.counsellor(), Away)
	h.wait(10 * time.Hour)
	want(t, "room", h.s.room(), Room{})
	want(t, "ben", h.s.seatOf(ben).State, lobby.Waiting)
	h.must(Leave{By: ben.Socket})
	want(t, "idle", h.s.Summary(), Summary{Status: StatusIdle, Idle: true})
}

// TestWaiterLosesHisLine: he keeps his place for a while.
func TestWaiterLosesHisLine(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben, cleo := h.account("ada", 1), h.client("ben", 2), h.client("cleo", 3)
	h.must(ada)
	h.must(ben)
	h.must(cleo)
	events := h.must(Disconnect{Socket: ben.Socket})
	want(t, "ada sees", told(events, ada.Socket)[0].(WaitingChanged).State, WaitReconnecting)
	h.wait(WaitingGrace-time.Millisecond, ada.Participant)
	ben = h.again(ben)
	events = h.must(ben)
	want(t, "ada sees", told(events, ada.Socket)[0].(WaitingChanged).WaitedMS, (WaitingGrace - time.Millisecond).Milliseconds())
	want(t, "queue", queue(h), "ben cleo")

	h.must(Disconnect{Socket: ben.Socket})
	h.wait(WaitingGrace-time.Second, ada.Participant)
	h.now = h.now.Add(time.Second)
	h.must(Heard{ada.Participant})
	events = h.must(Tick{})
	want(t, "ada hears", told(events, ada.Socket)[0].(WaitingGone), WaitingGone{ben.Participant, ReasonLeft})
	want(t, "queue", queue(h), "cleo")
	want(t, "back again", h.arrive(h.again(ben)).State, lobby.Waiting)
	want(t, "queue", queue(h), "cleo ben")
}

// TestWaiterClosesHisPage: at once nobody is there to be let in; his place is kept in case that the page is only loaded anew.
func TestWaiterClosesHisPage(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben, cleo := h.account("ada", 1), h.client("ben", 2), h.client("cleo", 3)
	h.must(ada)
	h.must(ben)
	h.must(cleo)
	events := h.must(Disconnect{ben.Socket, true})
	want(t, "ada sees", told(events, ada.Socket)[0].(WaitingChanged).State, WaitGone)
	want(t, "waiting, for a list of rooms", h.s.Summary().Waiting, 1)
	h.wait(time.Second, ada.Participant)
	ben = h.again(ben)
	events = h.must(ben)
	want(t, "ada sees", told(events, ada.Socket)[0].(WaitingChanged).State, WaitWaiting)
	want(t, "queue", queue(h), "ben cleo")
	want(t, "waiting, for a list of rooms", h.s.Summary().Waiting, 2)

	// What was said of one socket holds for that one.
	events = h.must(Disconnect{Socket: ben.Socket})
	want(t, "ada sees", told(events, ada.Socket)[0].(WaitingChanged).State, WaitReconnecting)

	// Who was declined is gone as well.
	h.must(Decline{ada.Socket, cleo.Participant})
	events = h.must(Disconnect{cleo.Socket, true})
	want(t, "ada sees", told(events, ada.Socket)[0].(WaitingChanged).State, WaitGone)
}

// TestMemberLosesHisLine: his seat is kept while his media is heard, and for a minute after.
func TestMemberLosesHisLine(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben := h.inside()
	events := h.must(Disconnect{Socket: ben.Socket})
	want(t, "ada sees", told(events, ada.Socket)[0].(MemberChanged).Connection, Reconnecting)
	want(t, "flows", h.groups(), "ada=room/true/true ben=room/true/true")
	h.wait(10*time.Minute, ada.Participant, ben.Participant)
	want(t, "ben", h.s.seat(ben.Participant).State, lobby.Reconnecting)
	h.wait(SeatGrace-time.Millisecond, ada.Participant)
	ben = h.again(ben)
	events = h.must(ben)
	want(t, "kept", told(events, ben.Socket)[0].(Welcome).Kept, true)

	h.wait(time.Hour, ada.Participant) // of who is connected nothing need be heard
	h.must(Disconnect{Socket: ben.Socket})
	h.wait(SeatGrace-time.Millisecond, ada.Participant)
	want(t, "ben", h.s.seatOf(ben).State, lobby.Reconnecting)
	h.wait(time.Millisecond, ada.Participant)
	if h.s.seatOf(ben) != nil {
		t.Fatal("the seat is still there")
	}
	want(t, "he re-enters", h.arrive(h.again(ben)).State, lobby.Admitted)
}

// TestForecast: what a waiting person's page found of its line is read by those who moderate, and by nobody else; once inside it is not said any more.
func TestForecast(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben := h.inside()
	cleo := h.client("cleo", 3)
	h.must(cleo)
	events := h.must(Foresee{cleo.Socket, OutlookSound})
	want(t, "ada reads", told(events, ada.Socket)[0].(WaitingChanged).Forecast, OutlookSound)
	want(t, "ben reads", len(told(events, ben.Socket)), 0)
	want(t, "said again", len(h.must(Foresee{cleo.Socket, OutlookSound})), 0)
	h.refuse(Foresee{ben.Socket, OutlookGood}, ErrWrongState)
	h.refuse(Foresee{cleo.Socket, "rain"}, ErrBadCommand)
	h.refuse(Foresee{"nobody", OutlookGood}, ErrNotFound)
}

// TestOwnWord: what somebody says of his own connection is shown to the others until he says otherwise or comes with another socket;
// what the server finds prevails, and nothing else depends on his word.
func TestOwnWord(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben := h.inside()
	says := func(c Connection) []Event { return h.must(Self{By: ben.Socket, Connection: c}) }
	for _, line := range []Connection{Interrupted, Reconnecting, OK, Interrupted} {
		want(t, "ada sees", told(says(line), ada.Socket)[0].(MemberChanged).Connection, line)
	}
	want(t, "said again", len(told(says(Interrupted), ada.Socket)), 0)
	want(t, "flows", h.groups(), "ada=room/true/true ben=room/true/true")
	h.must(Self{By: ben.Socket, Audio: new(false)})
	want(t, "after another word", h.s.d.member(h.s.seatOf(ben)).Connection, Interrupted)
	events := h.must(Disconnect{Socket: ben.Socket})
	want(t, "without a socket", told(events, ada.Socket)[0].(MemberChanged).Connection, Reconnecting)
	events = h.must(h.again(ben))
	want(t, "with another", told(events, ada.Socket)[0].(MemberChanged).Connection, OK)
	h.refuse(Self{By: ada.Socket, Connection: "asleep"}, ErrBadCommand)
	h.must(Self{By: ada.Socket, Connection: Interrupted})
	want(t, "who moderates is here nevertheless", h.s.counsellor(), Here)
}

// TestBegunBefore: a room whose session had begun before a restart is paused from the first tick and ends in its time, with
// nobody there; a counsellor who comes lets it go on, and the beginning is not written a second time.
func TestBegunBefore(t *testing.T) {
	config := testConfig()
	config.Begun = true
	h := newHouse(t, config)
	h.must(Tick{})
	want(t, "status", h.s.Summary().Status, StatusPaused)
	want(t, "idle", h.s.Summary().Idle, false)
	at, due := h.s.Deadline()
	want(t, "due", due && at.Equal(h.now.Add(config.EndAfter)), true)
	ada, ben := h.account("ada", 1), h.client("ben", 2)
	h.must(ada)
	want(t, "status", h.s.Summary().Status, StatusOpen)
	h.must(ben)
	want(t, "written", len(effects[Durable](h.must(Admit{ada.Socket, ben.Participant}))), 0)

	h = newHouse(t, config)
	h.must(Tick{})
	h.now = h.now.Add(config.EndAfter)
	want(t, "written", effects[Durable](h.must(Tick{}))[0].Op, Delete)
	want(t, "status", h.s.Summary().Status, StatusEnded)
}

// TestBegins: the first who is let in begins the session, nobody after him.
func TestBegins(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben, cleo := h.account("ada", 1), h.client("ben", 2), h.client("cleo", 3)
	for _, a := range []Arrive{ada, ben, cleo} {
		want(t, "written", len(effects[Durable](h.must(a))), 0)
	}
	want(t, "written", effects[Durable](h.must(Admit{ada.Socket, ben.Participant}))[0].Op, Begin)
	want(t, "written", len(effects[Durable](h.must(Admit{ada.Socket, cleo.Participant}))), 0)
}

// TestSameDevice: whoever comes back with the same device has the same seat.
func TestSameDevice(t *testing.T) {
	cases := map[string]struct {
		change func(a *Arrive)
		kept   bool
	}{
		"resumed":            {func(*Arrive) {}, true},
		"reloaded":           {func(a *Arrive) { a.Fresh = true }, false},
		"a second tab":       {func(a *Arrive) { a.Token, a.Participant = nil, "another" }, false},
		"with an old token":  {func(a *Arrive) { a.Token.Admitted = false }, true},
		"without the camera": {func(a *Arrive) { a.Fresh, a.Media = true, MediaAudio }, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, testConfig())
			ada, ben := h.inside()
			back := h.again(ben)
			c.change(&back)
			events := h.must(back)
			want(t, "the old socket hears", types(events, ben.Socket), "replaced close")
			want(t, "why", told(events, ben.Socket)[1].(Close).Reason, ReasonReplaced)
			w := told(events, back.Socket)[0].(Welcome)
			want(t, "seat", w.Participant, ben.Participant)
			want(t, "kept", w.Kept, c.kept)
			want(t, "dropped", len(effects[Drop](events)) == 1, !c.kept)
			want(t, "ada hears", types(events, ada.Socket) == "member", back.Media == MediaAudio)
			if !c.kept {
				drop := slices.IndexFunc(events, func(e Event) bool { _, is := e.Body.(Drop); return is })
				flow := slices.IndexFunc(events, func(e Event) bool { _, is := e.Body.(Flow); return is })
				welcome := slices.IndexFunc(events, func(e Event) bool { _, is := e.Body.(Welcome); return is })
				if !(drop < flow && flow < welcome) {
					t.Fatalf("order: %#v", events)
				}
			}
			other := h.again(ben)
			other.Role = lobby.RoleInterpreter
			h.refuse(other, ErrBadCommand)               // a role does not change with a hello
			h.refuse(Leave{By: ben.Socket}, ErrNotFound) // the old tab is heard no more
			h.refuse(Disconnect{Socket: ben.Socket}, ErrNotFound)
		})
	}
}

// TestReloadSwitchesNothingOn: what a counsellor muted stays muted over a reload.
func TestReloadSwitchesNothingOn(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben := h.inside()
	h.must(Mute{ada.Socket, ben.Participant, Audio})
	back := h.again(ben)
	back.Fresh = true
	h.must(back)
	want(t, "on", h.s.seatOf(ben).On, Switches{Video: true})
}

// TestSecondSignIn: a second sign-in of a counsellor's account joins beside the first.
func TestSecondSignIn(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, _ := h.inside()
	again := h.account("ada", 2)
	events := h.must(again)
	want(t, "the first hears", types(events, ada.Socket), "member")
	want(t, "other device", told(events, again.Socket)[0].(Welcome).OtherDevice, false)
	want(t, "flows", h.groups(), "ada=room/true/true ada=room/true/true ben=room/true/true")
}

// TestLinkThatModerates: a second device waits while the first is alive, and takes its seat when it is not.
func TestLinkThatModerates(t *testing.T) {
	h := newHouse(t, testConfig())
	first, second := h.link("coco", 1, lobby.RoleCounsellor), h.link("coco", 2, lobby.RoleCounsellor)
	want(t, "first", h.arrive(first).State, lobby.Admitted)
	want(t, "second", h.arrive(second).State, lobby.Waiting)
	events := h.must(Admit{first.Socket, second.Participant})
	want(t, "first hears", types(events, first.Socket), "replaced close")

	first = h.again(first)
	want(t, "first again", h.arrive(first).State, lobby.Waiting)
	h.must(Disconnect{Socket: second.Socket})
	want(t, "still waits", h.s.seatOf(first).State, lobby.Waiting)
	first = h.again(first)
	want(t, "takes the seat", h.arrive(first).State, lobby.Admitted)

	second = h.again(second)
	want(t, "second again", h.arrive(second).State, lobby.Waiting)
	events = h.must(Leave{By: first.Socket})
	want(t, "comes in", h.s.seatOf(second).State, lobby.Admitted)
	want(t, "hears", types(events, second.Socket), "admitted")

	first = h.link("coco", 1, lobby.RoleCounsellor)
	h.must(first)
	h.must(Decline{second.Socket, first.Participant})
	h.must(Leave{By: second.Socket})
	want(t, "who was declined", h.s.seatOf(first).State, lobby.Declined)
	h.wait(KnockAgainAfter)
	h.must(Knock{first.Socket})
	want(t, "who was declined", h.s.seatOf(first).State, lobby.Waiting)
	h.must(h.again(first))
	want(t, "who was declined", h.s.seatOf(first).State, lobby.Waiting)
}

// TestAdmittedModeratorWhoIsAway: a counsellor whose line is lost while he is let in is not here yet.
func TestAdmittedModeratorWhoIsAway(t *testing.T) {
	h := newHouse(t, testConfig())
	first, second, ben := h.link("coco", 1, lobby.RoleCounsellor), h.link("coco", 2, lobby.RoleCounsellor), h.client("ben", 3)
	h.must(first)
	h.must(ben)
	h.must(Admit{first.Socket, ben.Participant})
	h.must(second)
	h.must(Disconnect{Socket: second.Socket})
	h.must(Admit{first.Socket, second.Participant}) // which closes the first
	want(t, "paused", h.s.room().Paused, true)
	want(t, "flows", h.groups(), "ben=/true/true coco=room/true/true")
	h.must(h.again(second))
	want(t, "room", h.s.room(), Room{})
}

// TestClockBackwards: a clock that is set back neither revives nor delays anything.
func TestClockBackwards(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben := h.inside()
	h.must(Leave{By: ben.Socket})
	h.wait(10*time.Minute, ada.Participant)
	h.now = h.now.Add(-9 * time.Minute)
	want(t, "re-entry", h.arrive(h.again(ben)).State, lobby.Waiting)
	if at, _ := h.s.Deadline(); !at.Equal(h.now.Add(9*time.Minute + LostAfter)) {
		t.Fatalf("deadline %v, now %v", at, h.now)
	}

	h = newHouse(t, testConfig())
	ada, ben = h.account("ada", 1), h.client("ben", 2)
	h.must(ada)
	h.now = h.now.Add(-time.Hour)
	h.must(ben)
	events := h.must(Leave{By: ben.Socket})
	want(t, "ada hears", types(events, ada.Socket), "waiting_gone")
	h.now = h.now.Add(time.Minute)
	v, _ := h.sees(ada.Participant)
	want(t, "nobody waits", len(v.Waiting), 0)
	h.must(h.client("cleo", 2))
	v, _ = h.sees(ada.Participant)
	want(t, "cleo has waited", v.Waiting[0].WaitedMS, int64(0))
}

// TestIdentity: what a page says of itself is handed on to whoever sees the person, unread, and again when a page that was loaded anew says something else.
func TestIdentity(t *testing.T) {
	h := newHouse(t, testConfig())
	ada := h.account("ada", 1)
	ada.Identity = []byte("ada's")
	h.must(ada)
	ben := h.client("ben", 2)
	ben.Identity = []byte("ben's first")
	events := h.must(ben)
	want(t, "ada reads", string(told(events, ada.Socket)[0].(WaitingChanged).Identity), "ben's first")
	events = h.must(Admit{ada.Socket, ben.Participant})
	want(t, "ada reads of who is in", string(told(events, ada.Socket)[1].(MemberChanged).Identity), "ben's first")
	cleo := h.client("cleo", 3)
	h.must(cleo)
	events = h.must(Admit{ada.Socket, cleo.Participant})
	var in Admitted
	for _, e := range told(events, cleo.Socket) {
		if a, ok := e.(Admitted); ok {
			in = a
		}
	}
	var said []string
	for _, m := range in.View.Members {
		said = append(said, string(m.Identity))
	}
	want(t, "cleo reads", strings.Join(said, ", "), "ada's, ben's first")

	again := h.again(ben)
	again.Identity = []byte("ben's second")
	events = h.must(again)
	want(t, "cleo reads then", string(told(events, cleo.Socket)[0].(MemberChanged).Identity), "ben's second")
	same := h.again(again)
	want(t, "the same again", types(h.must(same), cleo.Socket), "")
	long := h.client("dora", 4)
	long.Identity = make([]byte, MaxIdentity+1)
	h.refuse(long, ErrBadCommand)
}
