package room

import (
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
)

// four are a counsellor and three clients, in.
func (h *house) four() (ada, ben, cleo, dora Arrive) {
	h.Helper()
	ada, ben = h.inside()
	cleo, dora = h.client("cleo", 3), h.client("dora", 4)
	for _, a := range []Arrive{cleo, dora} {
		h.must(a)
		h.must(Admit{ada.Socket, a.Participant})
	}
	return ada, ben, cleo, dora
}

// members are those of whom somebody is told, by name.
func (h *house) members(a Arrive) (names []string) {
	for _, m := range h.shown[a.Socket].Members {
		names = append(names, h.s.seat(m.Participant).name())
	}
	return names
}

// Each hears and is told of his own group alone, and of those who moderate; these know of all. One click brings everybody back.
func TestGroups(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben, cleo, dora := h.four()
	h.refuse(EnterGroup{ada.Socket, 1}, ErrWrongState)
	h.refuse(Recall{ada.Socket}, ErrWrongState)
	h.refuse(Divide{ben.Socket, 2, nil}, ErrNotAllowed)
	h.refuse(Divide{ada.Socket, 2, []Place{{ada.Participant, 1}}}, ErrNotAllowed)
	h.refuse(Divide{ada.Socket, 2, []Place{{"nobody", 1}}}, ErrNotFound)

	events := h.must(Divide{ada.Socket, 2, []Place{{ben.Participant, 1}, {cleo.Participant, 2}}})
	want(t, "flows", h.groups(), "ada=room/true/true ben=room/1/true/true cleo=room/2/true/true dora=room/true/true")
	want(t, "cut first", events[0].Body.(Flow).Group+events[1].Body.(Flow).Group, "")
	want(t, "opened last", events[len(events)-1].Body.(Flow).Group, "room/2")
	want(t, "ben is told", types(events, ben.Socket), "grouped room standing")
	want(t, "dora is told", types(events, dora.Socket), "member_gone member_gone room standing")
	want(t, "ada is told", types(events, ada.Socket), "member member room standing")
	want(t, "ben sees", h.members(ben), []string{"ada"})
	want(t, "dora sees", h.members(dora), []string{"ada"})
	want(t, "ada sees", len(h.members(ada)), 3)
	want(t, "ben's view", h.shown[ben.Socket].Self.Group, 1)

	// He is moved while they run, the counsellor goes in and out, and a hand is seen by who moderates alone.
	h.must(Divide{ada.Socket, 2, []Place{{dora.Participant, 1}}})
	want(t, "ben sees", h.members(ben), []string{"ada", "dora"})
	h.refuse(EnterGroup{ada.Socket, 3}, ErrWrongState)
	h.must(EnterGroup{ada.Socket, 2})
	want(t, "flows", h.groups(), "ada=room/2/true/true ben=room/1/true/true cleo=room/2/true/true dora=room/1/true/true")
	h.must(EnterGroup{ada.Socket, 0})
	raised := h.must(RaiseHand{cleo.Socket, true})
	want(t, "of a hand in another group", types(raised, ben.Socket)+types(raised, ada.Socket), "member")

	// No group vanishes under those in it.
	h.must(Divide{ada.Socket, 3, []Place{{dora.Participant, 3}}})
	h.refuse(Divide{ada.Socket, 2, nil}, ErrWrongState)

	recalled := h.must(Recall{ada.Socket})
	want(t, "flows", h.groups(), "ada=room/true/true ben=room/true/true cleo=room/true/true dora=room/true/true")
	want(t, "cleo is told", types(recalled, cleo.Socket), "grouped room standing")
	want(t, "cleo sees", len(h.members(cleo)), 3)
}

// Where the policy has no groups nobody opens any.
func TestGroupsByPolicy(t *testing.T) {
	for name, on := range map[string]bool{"gruppe": true, "erziehungsberatung": true, "jobcenter": false, "schule": false, "schutz": false} {
		h := newHouse(t, ConfigFor(lobby.Room{Session: session}, lobby.ShippedPolicies()[name]))
		ada := h.account("ada", 1)
		h.must(ada)
		want(t, "offered by "+name, h.shown[ada.Socket].Room.Groupable, on)
		if divide := (Divide{ada.Socket, 2, nil}); on {
			h.must(divide)
		} else {
			h.refuse(divide, ErrNotAllowed)
		}
	}
}

// Groups go on by themselves for as long as one who moderates is heard anywhere in the room; then all of them fall silent, and after the
// minute they are held.
func TestGroupsWithoutACounsellor(t *testing.T) {
	config := testConfig()
	config.StayOpen = 20 * time.Minute
	h := newHouse(t, config)
	ada, ben, cleo, _ := h.four()
	h.must(Divide{ada.Socket, 2, []Place{{ben.Participant, 1}, {cleo.Participant, 2}}})
	h.must(EnterGroup{ada.Socket, 2})
	h.wait(time.Minute, ada.Participant)
	want(t, "flows", h.groups(), "ada=room/2/true/true ben=room/1/true/true cleo=room/2/true/true dora=room/true/true")
	h.refuse(LeaveOpen{ada.Socket, time.Minute}, ErrWrongState)

	h.wait(LostAfter, ben.Participant)
	silent := "ada=room/true/true ben=/true/true cleo=/true/true dora=/true/true"
	want(t, "flows", h.groups(), silent)
	h.must(Heard{ada.Participant})
	want(t, "within the minute", h.groups(), "ada=room/2/true/true ben=room/1/true/true cleo=room/2/true/true dora=room/true/true")
	h.must(Leave{By: ada.Socket})
	h.wait(ResumeWithin + time.Second)
	ada = h.account("ada", 1)
	h.must(ada)
	want(t, "held", h.s.d.Held, true)
	h.must(Hold{By: ada.Socket})
	want(t, "and in the same groups", h.groups(), "ada=room/true/true ben=room/1/true/true cleo=room/2/true/true dora=room/true/true")
}

// Hold, consultation and incident hold for all groups: those who moderate are together in the first two, wherever each is, and then everybody is back in his group.
func TestGroupsAreHeld(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben, cleo, _ := h.four()
	coco := h.link("coco", 5, lobby.RoleCoCounsellor)
	h.must(coco)
	h.must(Divide{ada.Socket, 2, []Place{{ben.Participant, 1}, {cleo.Participant, 2}}})
	h.must(EnterGroup{coco.Socket, 1})
	apart := "ada=room/true/true ben=room/1/true/true cleo=room/2/true/true coco=room/1/true/true dora=room/true/true"
	want(t, "flows", h.groups(), apart)
	h.must(Hold{By: ada.Socket, On: true, Consultation: true})
	want(t, "a consultation", h.groups(), "ada=room/true/true ben=/true/true cleo=/true/true coco=room/true/true dora=/true/true")
	// Who is moved meanwhile is told so, and hears nobody before it goes on.
	h.must(Divide{ada.Socket, 2, []Place{{cleo.Participant, 1}, {ben.Participant, 2}}})
	h.must(Hold{By: ada.Socket})
	want(t, "and after it", h.groups(), "ada=room/true/true ben=room/2/true/true cleo=room/1/true/true coco=room/1/true/true dora=room/true/true")
	h.must(Incident{ada.Socket, true})
	want(t, "an incident", h.groups(), "ada=/true/true ben=/true/true cleo=/true/true coco=/true/true dora=/true/true")
	h.must(Recall{ada.Socket})
	h.must(Incident{ada.Socket, false})
	want(t, "all together", h.groups(), "ada=room/true/true ben=room/true/true cleo=room/true/true coco=room/true/true dora=room/true/true")
}

// Who reloads, resumes or comes back is in his group; who arrives, or was put back and let in anew, is in the main room.
func TestComingBackToAGroup(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben, cleo, dora := h.four()
	h.must(Divide{ada.Socket, 2, []Place{{ben.Participant, 1}, {cleo.Participant, 2}, {dora.Participant, 2}}})
	group := func(a Arrive) int { return h.s.seatAt(a.Socket).Group }

	h.must(Disconnect{Socket: ben.Socket})
	ben = h.again(ben)
	h.must(ben)
	want(t, "resumed", group(ben), 1)
	ben = h.again(ben)
	ben.Fresh = true
	h.must(ben)
	want(t, "reloaded", group(ben), 1)
	h.must(Leave{By: ben.Socket})
	ben = h.again(ben)
	ben.Participant, ben.Fresh = "ben-anew", true
	h.must(ben)
	want(t, "came back", group(ben), 1)
	want(t, "and is told so", h.shown[ben.Socket].Self.Group, 1)

	h.must(PutBack{ada.Socket, cleo.Participant})
	want(t, "put back", group(cleo), 0)
	h.must(Admit{ada.Socket, cleo.Participant})
	want(t, "let in anew", group(cleo), 0)
	emil := h.client("emil", 6)
	h.must(emil)
	h.must(Admit{ada.Socket, emil.Participant})
	want(t, "late", group(emil), 0)

	// Who left a group that there is no longer is in the main room.
	h.must(Leave{By: ben.Socket})
	h.must(Recall{ada.Socket})
	h.must(Divide{ada.Socket, 2, nil})
	ben = h.again(ben)
	ben.Participant, ben.Fresh = "ben-again", true
	h.must(ben)
	want(t, "of groups that were others", group(ben), 0)
}

// A restart forgets the groups, and opens nothing: the room is held by the first who was in one that was divided.
func TestGroupsAfterARestart(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben, _, _ := h.four()
	h.must(Divide{ada.Socket, 2, []Place{{ben.Participant, 1}}})
	want(t, "what a token says", h.standing[ben.Socket].Held, true)
	h.must(Recall{ada.Socket})
	want(t, "what it says then", h.standing[ben.Socket].Held, false)

	again := newHouse(t, testConfig())
	ada, ben = again.account("ada", 1), again.client("ben", 2)
	ben.Token = &Token{Session: session, Admitted: true, Standing: lobby.Standing{Held: true}}
	again.must(ada)
	again.must(ben)
	want(t, "flows", again.groups(), "ada=room/true/true ben=/true/true")
	again.must(Divide{ada.Socket, 2, []Place{{ben.Participant, 1}}})
	again.must(Hold{By: ada.Socket})
	want(t, "flows", again.groups(), "ada=room/true/true ben=room/1/true/true")
}

// One of each group may share his screen, it ends for whoever moves, and nothing is pinned for a room that is divided.
func TestScreensOfGroups(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben, cleo, dora := h.four()
	h.must(Share{ada.Socket, ShareAll})
	h.must(shares(dora, true))
	h.must(PinFor{ada.Socket, Pin{dora.Participant, SourceScreen}})
	h.must(Divide{ada.Socket, 2, []Place{{ben.Participant, 1}, {cleo.Participant, 2}}})
	want(t, "the pin", h.s.d.Pin, Pin{})
	h.refuse(PinFor{ada.Socket, Pin{dora.Participant, SourceScreen}}, ErrWrongState)
	h.must(shares(ben, true))
	h.must(shares(cleo, true))
	events := h.must(Recall{ada.Socket})
	want(t, "whose screen goes on", h.sharing(), "dora")
	want(t, "ben is told", types(events, ben.Socket), "muted grouped room standing")
}

// Two of a larger room who are in one group go by the server, and so do two who are in two.
func TestNoPairInGroups(t *testing.T) {
	h := newHouse(t, pairedConfig())
	ada, ben := h.inside()
	want(t, "a pair", h.s.d.Pair != nil, true)
	events := h.must(Divide{ada.Socket, 2, []Place{{ben.Participant, 1}}})
	want(t, "parted, and at once", events[0].Body, Body(Parted{Number: 1}))
	h.must(EnterGroup{ada.Socket, 1})
	h.wait(2*PairAgainAfter, ada.Participant)
	want(t, "a pair", h.s.d.Pair, (*pair)(nil))
	h.must(Recall{ada.Socket})
	h.wait(2*PairAgainAfter, ada.Participant)
	want(t, "a pair", h.s.d.Pair != nil, true)
}
