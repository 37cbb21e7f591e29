package room

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/anteroom-video/anteroom/lobby"
)

func invited(events []Event, to Socket) []Invitee {
	for _, b := range told(events, to) {
		if e, ok := b.(InvitedChanged); ok {
			return e.Invited
		}
	}
	return nil
}

// TestInvitedMeanwhile: those who moderate, and nobody else, see who was invited into the call until he knocks, and again when he went away without
// having been let in.
func TestInvitedMeanwhile(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben := h.inside()
	cleo := h.client("cleo", 3)
	call := Invite{cleo.Person, lobby.RoleCompanion, lobby.Text{Sealed: []byte("sealed")}}
	events := h.must(call)
	want(t, "ada hears", types(events, ada.Socket), "invited")
	want(t, "ben hears", types(events, ben.Socket), "")
	one := invited(events, ada.Socket)[0]
	want(t, "who", one.Person, cleo.Person)
	want(t, "as", one.Role, lobby.RoleCompanion)
	want(t, "label", one.Label.Equal(call.Label), true)
	want(t, "said twice", types(h.must(call), ada.Socket), "")

	ada = h.again(ada)
	want(t, "in the view", len(told(h.must(ada), ada.Socket)[0].(Welcome).View.Invited), 1)
	view, _ := h.sees(ben.Participant)
	want(t, "ben sees", len(view.Invited), 0)

	want(t, "he knocks", types(h.must(cleo), ada.Socket), "waiting invited")
	want(t, "he goes away", len(invited(h.must(Leave{By: cleo.Socket}), ada.Socket)), 1)
	cleo = h.client("cleo", 3)
	h.must(cleo)
	h.must(Admit{ada.Socket, cleo.Participant})
	want(t, "let in and gone", types(h.must(Leave{By: cleo.Socket}), ada.Socket), "member_gone")
	want(t, "remembered", len(h.s.d.Invited), 0)

	dora := h.client("dora", 4)
	h.must(Invite{dora.Person, lobby.RoleClient, lobby.Text{}})
	want(t, "revoked", types(h.must(RemovePerson{dora.Person}), ada.Socket), "invited")
	want(t, "invited after that", types(h.must(Invite{dora.Person, lobby.RoleClient, lobby.Text{}}), ada.Socket), "")

	for i := range lobby.MaxPersons + 3 {
		h.must(Invite{lobby.PersonID(fmt.Sprint("guest-", i)), lobby.RoleClient, lobby.Text{}})
	}
	want(t, "bounded", len(h.s.d.Invited), lobby.MaxPersons)
}

// TestInvitedIntoALockedRoom: who comes too late for a locked room does not knock, so he is still expected.
func TestInvitedIntoALockedRoom(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, _ := h.inside()
	cleo := h.client("cleo", 3)
	h.must(Invite{cleo.Person, lobby.RoleClient, lobby.Text{Plain: "Cleo"}})
	h.must(Lock{ada.Socket, true})
	want(t, "comes too late", types(h.must(cleo), ada.Socket), "")
	want(t, "unlocked", types(h.must(Lock{ada.Socket, false}), ada.Socket), "waiting room invited standing")
}

// TestStandIn: who waits is told that a colleague comes, until one does; also in a room that is made after it was handed over.
func TestStandIn(t *testing.T) {
	h := newHouse(t, testConfig())
	ben := h.client("ben", 2)
	welcome := told(h.must(ben), ben.Socket)[0].(Welcome)
	want(t, "before", welcome.View.Counsellor, Absent)
	want(t, "ben hears", types(h.must(StandIn{}), ben.Socket), "counsellor")
	view, _ := h.sees(ben.Participant)
	want(t, "ben reads", view.Counsellor, Coming)
	ada := h.account("ada", 1)
	h.must(ada)
	view, _ = h.sees(ben.Participant)
	want(t, "she is here", view.Counsellor, Here)
	want(t, "while she is", types(h.must(StandIn{}), ben.Socket), "")

	config := testConfig()
	config.StandIn = true
	h = newHouse(t, config)
	welcome = told(h.must(ben), ben.Socket)[0].(Welcome)
	want(t, "later", welcome.View.Counsellor, Coming)

	room, policy := lobby.Room{Session: "s", StandIn: true}, lobby.ShippedPolicies()[lobby.DefaultPolicy]
	want(t, "configured", ConfigFor(room, policy).StandIn, true)
	room.Begun = true // then it is no longer whose room it was that matters
	want(t, "in a session", ConfigFor(room, policy).StandIn, false)
}

// TestInvitationsThatCannotBe are refused when a state is read.
func TestInvitationsThatCannotBe(t *testing.T) {
	for name, d := range map[string]data{
		"nobody":     {Invited: []Invitee{{Role: lobby.RoleClient}}},
		"no role":    {Invited: []Invitee{{Person: "p", Role: "owner"}}},
		"twice":      {Invited: []Invitee{{Person: "p", Role: lobby.RoleClient}, {Person: "p", Role: lobby.RoleClient}}},
		"too many":   {Invited: make([]Invitee, lobby.MaxPersons+1)},
		"long label": {Invited: []Invitee{{Person: "p", Role: lobby.RoleClient, Label: lobby.Text{Sealed: make([]byte, 4096)}}}},
	} {
		d.Config = testConfig()
		raw, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		if new(State).UnmarshalJSON(raw) == nil {
			t.Errorf("%s: read", name)
		}
	}
}
