package room

import (
	"fmt"
	"strings"
	"testing"
)

// TestReception: who waits is told where the counsellor is, and who is in is not told what that means for others.
func TestReception(t *testing.T) {
	h := newHouse(t, testConfig())
	ben := h.client("ben", 2)
	says := func(what string, events []Event, p Presence) {
		t.Helper()
		all := told(events, ben.Socket)
		if len(all) != 1 || all[0] != (CounsellorChanged{p}) {
			t.Fatalf("%s: %v, want %v", what, all, p)
		}
	}
	want(t, "nobody", told(h.must(ben), ben.Socket)[0].(Welcome).View.Counsellor, Absent)
	says("in another room", h.must(Elsewhere{true}), Busy)
	ada := h.account("ada", 1)
	says("here", h.must(ada), Here)
	cleo := h.client("cleo", 3)
	h.must(cleo)
	events := h.must(Admit{ada.Socket, cleo.Participant})
	says("with somebody", events, Busy)
	want(t, "cleo reads", told(events, cleo.Socket)[0].(Admitted).View.Counsellor, Here)
	h.refuse(Colleague{cleo.Socket, true}, ErrNotAllowed)
	h.refuse(Colleague{ben.Socket, true}, ErrNotAllowed)
	events = h.must(Colleague{ada.Socket, true})
	says("a colleague comes", events, Coming)
	want(t, "the panel", told(events, ada.Socket)[0].(RoomChanged).Colleague, true)
	says("not yet", h.must(Colleague{ada.Socket, false}), Busy)
	h.must(Colleague{ada.Socket, true})
	says("she is there", h.must(h.account("eva", 4)), Busy)
	says("free again", h.must(Leave{By: cleo.Socket}), Here)
}

// TestCompany: who waits may say whether he is alone; those who moderate read it, before and in the call.
func TestCompany(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben := h.account("ada", 1), h.client("ben", 2)
	h.must(ada)
	h.must(ben)
	events := h.must(SayCompany{ben.Socket, Accompanied})
	want(t, "the queue", told(events, ada.Socket)[0].(WaitingChanged).Company, Accompanied)
	want(t, "his page", told(events, ben.Socket)[0].(StayChanged).Company, Accompanied)
	want(t, "a reload", told(h.must(h.again(ben)), Socket("socket-3"))[0].(Welcome).View.Stay.Company, Accompanied)
	events = h.must(Admit{ada.Socket, ben.Participant})
	want(t, "the people", told(events, ada.Socket)[1].(MemberChanged).Details.Company, Accompanied)
	h.refuse(SayCompany{"socket-3", Alone}, ErrWrongState)
}

// TestNotes: who waits and those who moderate write to each other, seldom, in short, and only for as long as he waits.
func TestNotes(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben, cleo := h.account("ada", 1), h.client("ben", 2), h.client("cleo", 3)
	for _, a := range []Arrive{ben, cleo} {
		h.must(a)
	}
	by := func(from Writer, text string) Note { return Note{From: from, Plain: text} }
	events := h.must(Write{By: ben.Socket, Note: by(ByPerson, "Ich komme zu spät.")})
	want(t, "another who waits", types(events, cleo.Socket), "")
	h.refuse(Write{By: ben.Socket, Note: by(ByPerson, "noch eines")}, ErrTooFast)
	want(t, "who comes later reads it", told(h.must(ada), ada.Socket)[0].(Welcome).View.Waiting[0].Notes, []Note{by(ByPerson, "Ich komme zu spät.")})
	h.refuse(Write{ben.Socket, cleo.Participant, by(ByCounsellor, "x")}, ErrNotAllowed)
	h.refuse(Write{ada.Socket, "stranger", by(ByCounsellor, "x")}, ErrNotFound)
	h.refuse(Write{By: ada.Socket, Note: by(ByPerson, "x")}, ErrWrongState)
	events = h.must(Write{ada.Socket, ben.Participant, by(ByCounsellor, "Gleich.")})
	want(t, "he reads", told(events, ben.Socket)[0].(StayChanged).Notes[1], by(ByCounsellor, "Gleich."))
	want(t, "another who waits", types(events, cleo.Socket), "")
	h.refuse(Write{ada.Socket, ben.Participant, by(ByCounsellor, "x")}, ErrTooFast)
	second := h.client("ben", 7)
	h.must(second)
	h.refuse(Write{By: second.Socket, Note: by(ByPerson, "x")}, ErrTooFast) // another device is no way around it
	for i := range MaxNotes {
		h.wait(NoteAgainAfter, ada.Participant)
		h.must(Write{By: ben.Socket, Note: by(ByPerson, fmt.Sprint(i))})
	}
	notes := h.s.seat(ben.Participant).Notes
	want(t, "the last ones", notes[0].Plain+notes[MaxNotes-1].Plain, "0"+fmt.Sprint(MaxNotes-1))
	h.wait(NoteAgainAfter, ada.Participant)
	h.must(Write{By: ben.Socket, Note: by(ByPerson, strings.Repeat("ä", MaxNote))})
	h.must(Admit{ada.Socket, ben.Participant})
	h.refuse(Write{ada.Socket, ben.Participant, by(ByCounsellor, "x")}, ErrWrongState)
	if raw := string(h.freeze()); strings.Contains(raw, "ää") {
		t.Fatal("what was written outlasts the waiting")
	}
}
