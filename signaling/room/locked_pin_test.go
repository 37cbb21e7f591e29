package room

import (
	"testing"

	"github.com/anteroom-video/anteroom/lobby"
)

func lockedPINs(events []Event, to Socket) []Invitee {
	for _, b := range told(events, to) {
		if l, ok := b.(LockedPINsChanged); ok {
			return l.LockedPINs
		}
	}
	return nil
}

// TestLockedPINs: those who moderate are told of somebody in front of the door whose PIN is locked, also those of them who come later, and let him try again.
func TestLockedPINs(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben := h.account("ada", 1), h.client("ben", 2)
	h.must(ada)
	h.must(ben)
	h.must(Admit{ada.Socket, ben.Participant})
	out := Invitee{"person-out", lobby.RoleClient, lobby.Text{Plain: "Frau M."}}
	events := h.must(NotePIN{out, true})
	want(t, "ada hears", types(events, ada.Socket), "locked_pins")
	want(t, "ben hears", types(events, ben.Socket), "")
	want(t, "whose", lockedPINs(events, ada.Socket)[0], out)
	want(t, "again", len(h.must(NotePIN{out, true})), 0)

	h.refuse(UnlockPIN{ben.Socket, out.Person}, ErrNotAllowed)
	h.refuse(UnlockPIN{ada.Socket, "person-other"}, ErrNotFound)
	events = h.must(UnlockPIN{ada.Socket, out.Person})
	want(t, "written", effects[Durable](events), []Durable{{Op: Unlocked, Person: out.Person}})
	want(t, "ada hears", types(events, ada.Socket), "locked_pins")
	want(t, "nobody", len(lockedPINs(events, ada.Socket)), 0)
	h.refuse(UnlockPIN{ada.Socket, out.Person}, ErrNotFound)

	// What was locked before anybody was here comes with who moderates.
	coco := h.link("coco", 3, lobby.RoleCoCounsellor)
	coco.LockedPINs = []Invitee{out}
	events = h.must(coco)
	want(t, "coco reads", told(events, coco.Socket)[0].(Welcome).View.LockedPINs, []Invitee{out})
	want(t, "ada hears", lockedPINs(events, ada.Socket), []Invitee{out})
	want(t, "unlocked elsewhere", types(h.must(NotePIN{out, false}), ada.Socket), "locked_pins")

	// Who was removed is not called.
	h.must(NotePIN{out, true})
	want(t, "removed", types(h.must(RemovePerson{out.Person}), ada.Socket), "locked_pins")
	want(t, "and no more", len(h.must(NotePIN{out, true})), 0)
}

// TestTooManyLockedPINs: a room has no more persons, and remembers no more.
func TestTooManyLockedPINs(t *testing.T) {
	h := newHouse(t, testConfig())
	for i := range lobby.MaxPersons + 2 {
		h.must(NotePIN{Invitee{Person: lobby.PersonID(string(rune(0x41 + i))), Role: lobby.RoleClient}, true})
	}
	want(t, "remembered", len(h.s.d.LockedPINs), lobby.MaxPersons)
	want(t, "idle", h.s.Summary().Idle, true)
}
