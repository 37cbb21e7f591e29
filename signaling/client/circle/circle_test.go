package circle_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/anteroom-video/anteroom/signaling/client/circle"
	"github.com/anteroom-video/anteroom/signaling/client/credential"
)

func TestEight(t *testing.T) {
	in(t, func(t *testing.T, r *room) {
		all := call(r, 7)
		if err := whole(all...); err != nil {
			t.Fatal(err)
		}
		for _, a := range all {
			for _, b := range all {
				if a != b && a.sees(b) != circle.Verified {
					t.Errorf("%s sees %s as %s", a.seat.Participant, b.seat.Participant, a.sees(b))
				}
			}
		}
	})
}

func TestGhostsAreUnknown(t *testing.T) {
	in(t, func(t *testing.T, r *room) {
		all := call(r, 2)
		ghost, guise := r.client("ghost", true, newDevice(t)), r.counsellor("guise", false)
		before := all[0].begun
		r.says(append(all, ghost, guise)...)
		time.Sleep(20 * time.Second)
		synctest.Wait()
		for _, p := range all {
			if p.sees(ghost) != circle.Unknown || p.sees(guise) != circle.Unknown || ghost.opens(p) || guise.opens(p) || p.opens(ghost) || p.opens(guise) {
				t.Errorf("%s takes them for %s and %s", p.seat.Participant, p.sees(ghost), p.sees(guise))
			}
		}
		if all[0].begun != before {
			t.Error("a key was changed for them")
		}
	})
}

func TestKeysOfBeforeAndAfter(t *testing.T) {
	in(t, func(t *testing.T, r *room) {
		all := call(r, 2)
		ada, ben, carl := all[0], all[1], all[2]
		old := *ben.sealing()
		dora := r.client("dora", true, newDevice(t))
		ada.Admit(dora.seat)
		r.says(ada, ben, carl, dora)
		settle()
		if err := whole(ada, ben, carl, dora); err != nil {
			t.Fatal(err)
		}
		for _, k := range dora.learnt[ben.seat.Participant] {
			if k == old {
				t.Error("who came later has a key of before")
			}
		}
		ada.Dismiss(carl.seat.Participant)
		synctest.Wait()
		settle()
		if err := whole(ada, ben, dora); err != nil {
			t.Fatal(err)
		}
		for _, p := range []*page{ada, ben, dora} {
			if carl.opens(p) || p.opens(carl) || p.sees(carl) != circle.Unknown {
				t.Errorf("after the removal, %s and Carl: %v, %v, %s", p.seat.Participant, carl.opens(p), p.opens(carl), p.sees(carl))
			}
		}
		ada.Admit(carl.seat)
		synctest.Wait()
		settle()
		if err := whole(ada, ben, carl, dora); err != nil {
			t.Fatal(err)
		}
	})
}

func TestComesBackWithTheSameDevice(t *testing.T) {
	in(t, func(t *testing.T, r *room) {
		device := newDevice(t)
		ada := r.counsellor("ada", true)
		r.says(ada)
		ben := r.client("ben", true, device)
		ada.Admit(ben.seat)
		r.says(ada, ben)
		settle()
		again := r.client("ben", true, device)
		r.says(ada, again)
		settle()
		if err := whole(ada, again); err != nil {
			t.Fatal(err)
		}
		other := r.client("ben", true, newDevice(t))
		r.says(ada, other)
		settle()
		if ada.sees(other) != circle.Unknown || other.opens(ada) {
			t.Errorf("another device with the same link is %s", ada.sees(other))
		}
	})
}

func TestUnverifiedIsNoBrokenCall(t *testing.T) {
	for _, c := range []struct{ knows, linked bool }{{true, false}, {false, true}, {false, false}} {
		in(t, func(t *testing.T, r *room) {
			ada := r.counsellor("ada", c.knows)
			ben := r.client("ben", c.linked, newDevice(t))
			r.says(ada)
			ada.Admit(ben.seat)
			r.says(ada, ben)
			settle()
			if err := whole(ada, ben); err != nil {
				t.Fatalf("%+v: %v", c, err)
			}
			if ada.sees(ben) != circle.Unverified || ben.sees(ada) != circle.Unverified {
				t.Errorf("%+v: %s, %s", c, ada.sees(ben), ben.sees(ada))
			}
		})
	}
}

func TestServerThatLoses(t *testing.T) {
	in(t, func(t *testing.T, r *room) {
		all := call(r, 2)
		n := 0
		r.mu.Lock()
		r.server = func(_, _ string, _ []byte) bool { // on several goroutines
			r.mu.Lock()
			defer r.mu.Unlock()
			n++
			return n%2 == 0
		}
		r.mu.Unlock()
		all[0].Renew()
		time.Sleep(20 * time.Second)
		synctest.Wait()
		if err := whole(all...); err != nil {
			t.Fatal(err)
		}
		r.mu.Lock()
		r.server = func(_, _ string, _ []byte) bool { return false }
		r.mu.Unlock()
		all[0].Renew()
		time.Sleep(20 * time.Second)
		synctest.Wait()
		if all[0].sees(all[1]) != circle.Waiting {
			t.Errorf("nothing arrives, and it is %s", all[0].sees(all[1]))
		}
		r.mu.Lock()
		r.server = func(_, _ string, _ []byte) bool { return true }
		r.mu.Unlock()
		all[1].Missing("ada")
		synctest.Wait()
		if !all[1].opens(all[0]) || all[0].sees(all[1]) != circle.Verified {
			t.Errorf("asked for, and it is %s", all[0].sees(all[1]))
		}
	})
}

// Who was put out is told so, whatever the server does.
func TestToldThatHeIsOut(t *testing.T) {
	in(t, func(t *testing.T, r *room) {
		all := call(r, 1)
		ada, ben := all[0], all[1]
		ada.Dismiss(ben.seat.Participant)
		settle()
		if ben.sees(ada) != circle.Waiting {
			t.Errorf("she is %s to him", ben.sees(ada))
		}
		ada.Admit(ben.seat)
		settle()
		protected(t, ada, ben)
	})
}

// Whom the server shows in another seat, and the counsellor removes there, is out of his own.
func TestRemovedInAnotherSeat(t *testing.T) {
	in(t, func(t *testing.T, r *room) {
		all := call(r, 1)
		ada, ben := all[0], all[1]
		elsewhere := ben.seat
		elsewhere.Participant = "another seat"
		ada.Members([]circle.Seat{ada.seat, elsewhere})
		ada.Dismiss("another seat")
		r.says(ada, ben)
		settle()
		if ada.sees(ben) != circle.Unknown {
			t.Errorf("he is %s", ada.sees(ben))
		}
	})
}

func TestWhoIsNotInIsToldOfNobody(t *testing.T) {
	in(t, func(t *testing.T, r *room) {
		all := call(r, 1)
		ada, ben := all[0], all[1]
		carl := r.client("carl", true, newDevice(t))
		r.says(ada, ben, carl)
		settle()
		if carl.sees(ben) != circle.Unknown || carl.sees(ada) != circle.Verified {
			t.Errorf("outside, Ben is %s and Ada %s", carl.sees(ben), carl.sees(ada))
		}
		ada.Admit(carl.seat)
		settle()
		if err := whole(ada, ben, carl); err != nil {
			t.Error(err)
		}
	})
}

// Sessions without end take the place of none that is known: what was said once is never heard again.
func TestSessionsAreNotForgotten(t *testing.T) {
	in(t, func(t *testing.T, r *room) {
		all := call(r, 1)
		ada, ben := all[0], all[1]
		var kept [][]byte
		r.hands(func(from, _ string, sealed []byte) bool { // on several goroutines
			r.mu.Lock()
			defer r.mu.Unlock()
			if from == ben.seat.Participant {
				kept = append(kept, sealed)
			}
			return true
		})
		ben.Renew()
		settle()
		r.hands(func(_, _ string, _ []byte) bool { return false })
		for n := range 6 {
			seats := []circle.Seat{ada.seat}
			for at := range 100 {
				ghost, err := circle.NewOwn(newDevice(t), nil, "")
				if err != nil {
					t.Fatal(err)
				}
				seats = append(seats, circle.Seat{Participant: fmt.Sprint("ghost ", n*100+at), Role: "client", Identity: ghost.Identity})
			}
			ada.Members(seats)
			synctest.Wait()
		}
		if known, last := ada.standing["ghost 500"], ada.standing["ghost 599"]; known != circle.Unknown || last != circle.Unable {
			t.Errorf("a known session is %s, one too many %s", known, last)
		}
		ada.Members([]circle.Seat{ada.seat, ben.seat})
		synctest.Wait()
		for _, sealed := range kept {
			ada.Heard(ben.seat.Participant, sealed)
			synctest.Wait()
		}
		if len(kept) == 0 || len(ada.learnt[ben.seat.Participant]) != 0 {
			t.Errorf("of %d messages that had been heard %d keys were learnt", len(kept), len(ada.learnt[ben.seat.Participant]))
		}
		r.hands(nil)
		ben.Renew()
		settle()
		if !ada.opens(ben) {
			t.Error("what is new is not heard")
		}
	})
}

// Who has another seat with the same session goes on counting: the others have heard what he said before, and he what they did.
func TestAnotherSeatWithTheSameSession(t *testing.T) {
	in(t, func(t *testing.T, r *room) {
		all := call(r, 1)
		ada, ben := all[0], all[1]
		for range 5 {
			ben.Renew()
			settle()
		}
		seat := ben.seat
		seat.Participant = "another seat"
		again := r.sits(ben.own, seat, circle.Secrets{Link: r.links[seat.Person]})
		ben.Close()
		ada.Admit(seat)
		r.says(ada, again)
		settle()
		if err := whole(ada, again); err != nil {
			t.Error(err)
		}
	})
}

// A page whose browser cannot is in, is told who else is, and is given no key; what else it says is no matter.
func TestWhoCannot(t *testing.T) {
	in(t, func(t *testing.T, r *room) {
		all := call(r, 1)
		ada, ben := all[0], all[1]
		carl, err := circle.NewOwn(newDevice(t), nil, "")
		if err != nil {
			t.Fatal(err)
		}
		seat := circle.Seat{Participant: "carl", Role: "client", Identity: carl.Identity}
		told, keys := 0, 0
		r.hands(func(from, to string, sealed []byte) bool { // on several goroutines
			r.mu.Lock()
			defer r.mu.Unlock()
			if from == "ada" && to == "carl" {
				news, key := carl.Hears(ada.own, sealed)
				if news {
					told++
				}
				if key {
					keys++
				}
			}
			return true
		})
		ada.Admit(seat)
		says := func(v int, able bool) {
			what := map[string]any{"type": "state", "v": v, "statements": []any{}, "name": "Carl", "room": map[string]any{"word": "anteroom room v1\nopen\n1"}}
			if !able {
				what["able"] = false
			}
			r.mu.Lock()
			said := carl.Says(ada.own, what)
			r.mu.Unlock()
			ada.Heard("carl", said)
			synctest.Wait()
		}
		for _, p := range all {
			p.Members([]circle.Seat{ada.seat, ben.seat, seat})
		}
		says(1, false)
		settle()
		ada.Renew()
		settle()
		if ada.standing["carl"] != circle.Unable || told == 0 || keys != 0 {
			t.Errorf("who cannot is %s; he was told %d times, %d of them a key", ada.standing["carl"], told, keys)
		}
		if err := whole(ada, ben); err != nil {
			t.Error(err)
		}
		says(2, true)
		settle()
		if ada.standing["carl"] == circle.Unable || keys == 0 {
			t.Errorf("who can is %s", ada.standing["carl"])
		}
	})
}

// What a lost line swallowed is told again when it is back, and not of itself for ever.
func TestLineIsBack(t *testing.T) {
	in(t, func(t *testing.T, r *room) {
		all := call(r, 2)
		ben, carl := all[1], all[2]
		r.hands(func(from, to string, _ []byte) bool {
			return from != ben.seat.Participant || to != carl.seat.Participant
		})
		ben.Renew()
		time.Sleep(16 * time.Second)
		synctest.Wait()
		r.hands(nil)
		time.Sleep(16 * time.Second)
		synctest.Wait()
		if carl.opens(ben) {
			t.Error("told of itself after half a minute")
		}
		ben.Again()
		synctest.Wait()
		if !carl.opens(ben) {
			t.Error("the line is back, and he was not told")
		}
	})
}

func FuzzReadIdentity(f *testing.F) {
	device, err := credential.NewDevice()
	if err != nil {
		f.Fatal(err)
	}
	own, err := circle.NewOwn(device, nil, "")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(own.Identity)
	f.Fuzz(func(t *testing.T, b []byte) {
		if id, err := circle.ReadIdentity(b); err == nil && string(b) != string(own.Identity) {
			t.Errorf("%x is read as %+v", b, id)
		}
	})
}
