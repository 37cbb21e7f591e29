package circle_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/anteroom-video/anteroom/signaling/client/circle"
	"github.com/anteroom-video/anteroom/signaling/client/credential"
)

// two are two counsellors, the second let in by the first, and a client.
func two(r *room) (ada, ben, cleo *page) {
	all := call(r, 1)
	ada, ben = all[0], all[1]
	cleo = r.counsellor("cleo", true)
	ada.Admit(cleo.seat)
	r.comeIn(ada, ben, cleo)
	return ada, ben, cleo
}

// A counsellor who was put out, and is let in by the other with a new device, believes her.
func TestBelievesWhoLetsHerInAnew(t *testing.T) {
	in(t, func(t *testing.T, r *room) {
		ada, ben, cleo := two(r)
		ada.Dismiss("cleo")
		settle()
		ada.Close()
		again := r.counsellor("ada", true)
		r.comeIn(again, ben, cleo)
		again.Admit(cleo.seat)
		again.Admit(ben.seat)
		settle()
		settle()
		protected(t, again, ben, cleo)
	})
}

// However much one counsellor has stated, another puts him out and lets people in.
func TestStatedWithoutEnd(t *testing.T) {
	in(t, func(t *testing.T, r *room) {
		all := call(r, 1)
		ada, ben := all[0], all[1]
		device := newDevice(t)
		cleo := r.enter(circle.Seat{Participant: "cleo", Role: "counsellor"}, device, r.secret[:], circle.Counsellor, circle.Secrets{Room: r.secret[:]})
		ada.Admit(cleo.seat)
		r.comeIn(ada, ben, cleo)
		cleo.Close()
		for n := 0; n < 1200; n += 40 {
			var said []map[string]any
			for at := n; at < n+40; at++ {
				subject := fmt.Sprint(at)
				text := fmt.Sprintf("anteroom statement v1\np%d\n\nclient\nin\nseen\nspeaks\n%d\n%s", at, at, strings.Repeat("A", 87-len(subject))+subject)
				signature, err := device.Sign([]byte(text))
				if err != nil {
					t.Fatal(err)
				}
				said = append(said, map[string]any{"statement": text, "by": credential.Encode(device.Public()), "signature": credential.Encode(signature)})
			}
			ada.Heard("cleo", cleo.own.Says(ada.own, map[string]any{"type": "state", "v": 1000 + n, "statements": said}))
			synctest.Wait()
		}
		ada.Dismiss("cleo")
		dan := r.client("dan", true, newDevice(t))
		ada.Admit(dan.seat)
		r.comeIn(ada, ben, cleo, dan)
		if ada.sees(cleo) != circle.Unknown || ben.sees(cleo) != circle.Unknown || ada.sees(dan) != circle.Verified || ben.sees(dan) != circle.Verified {
			t.Errorf("she is %s and %s, whom the other lets in %s and %s", ada.sees(cleo), ben.sees(cleo), ada.sees(dan), ben.sees(dan))
		}
	})
}

// Without the room's secret two counsellors let people in for each other all the same, and nobody is called verified.
func TestWithoutTheRoomsSecret(t *testing.T) {
	in(t, func(t *testing.T, r *room) {
		ada, cleo := r.counsellor("ada", false), r.colleague("cleo", "person of cleo", false)
		ben, carl := r.client("ben", true, newDevice(t)), r.client("carl", true, newDevice(t))
		r.says(ada)
		ada.Admit(ben.seat)
		ada.Admit(cleo.seat)
		r.comeIn(ada, ben, cleo)
		cleo.Admit(carl.seat)
		r.comeIn(ada, ben, cleo, carl)
		settle()
		all := []*page{ada, ben, cleo, carl}
		if err := whole(all...); err != nil {
			t.Error(err)
		}
		if s := seen(all...); s != string(circle.Unverified) {
			t.Errorf("they are %s to each other", s)
		}
	})
}

// Of two counsellors who put each other out the one who did it first stays, on every page.
func TestCounsellorsWhoPutEachOtherOut(t *testing.T) {
	in(t, func(t *testing.T, r *room) {
		ada, ben, cleo := two(r)
		r.hands(func(_, _ string, _ []byte) bool { return false })
		cleo.Dismiss("ada")
		time.Sleep(100 * time.Millisecond)
		ada.Dismiss("cleo")
		synctest.Wait()
		r.hands(nil)
		time.Sleep(20 * time.Second)
		synctest.Wait()
		if ben.sees(ada) != circle.Unknown || ben.sees(cleo) != circle.Verified {
			t.Errorf("Ada is %s, and Cleo, who was first, %s", ben.sees(ada), ben.sees(cleo))
		}
		// Who is let in anew brings no word back that she spoke while she was out.
		cleo.Admit(ada.seat)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		protected(t, ada, ben, cleo)
	})
}

// Two groups: each has its own key, the counsellor who is in neither has none of them, who moves opens nothing of what he left, and what he did not hear before.
func TestGroupsHaveTheirOwnKeys(t *testing.T) {
	in(t, func(t *testing.T, r *room) {
		ada, ben, cleo := two(r)
		dora := r.client("dora", true, newDevice(t))
		ada.Admit(dora.seat)
		all := []*page{ada, ben, cleo, dora}
		r.comeIn(all...)
		settle()
		place := func(groups map[*page]int) {
			for _, p := range all {
				var seats []circle.Seat
				for _, other := range all {
					seat := other.seat
					seat.Apart = groups[other] != groups[p]
					if p == ada || p == cleo || other == ada || other == cleo || !seat.Apart {
						seats = append(seats, seat)
					}
				}
				p.Members(seats)
			}
			settle()
		}
		place(map[*page]int{ben: 1, dora: 1})
		if !ben.opens(dora) || !dora.opens(ben) || ada.opens(ben) || cleo.opens(dora) || ben.opens(ada) || !ada.opens(cleo) {
			t.Error("a group's keys are not its own")
		}
		if ben.sees(dora) != circle.Verified || ben.sees(ada) != "" {
			t.Errorf("in his group ben sees dora %s, and ada, who is not in it, %s", ben.sees(dora), ben.sees(ada))
		}
		before := *dora.sealing()
		place(map[*page]int{ben: 1, dora: 2, ada: 1})
		if ben.opens(dora) || dora.opens(ben) || !ben.opens(ada) || !ada.opens(ben) || string(dora.sealing().Secret[:]) == string(before.Secret[:]) {
			t.Error("who left a group has its key, or goes on with the old one")
		}
		// The word that somebody is out reaches every group.
		ada.Dismiss("dora")
		settle()
		place(nil)
		if err := whole(ada, ben, cleo); err != nil || ben.opens(dora) {
			t.Error(err, "or one who was put out is in")
		}
	})
}

func TestHeld(t *testing.T) {
	in(t, func(t *testing.T, r *room) {
		ada, ben, cleo := two(r)
		three := []*page{ada, ben, cleo}
		if err := whole(three...); err != nil {
			t.Fatal(err)
		}
		hold := func(held bool) {
			for _, p := range three {
				p.Hold(held)
			}
			settle()
		}
		hold(true)
		if !cleo.opens(ada) || !ada.opens(cleo) || ben.opens(ada) || ben.opens(cleo) || !ada.opens(ben) {
			t.Error("held, and not those alone open it who speak for the room")
		}
		begun := ada.begun
		ada.Renew() // its numbers are spent
		settle()
		if ada.begun != begun+1 || !cleo.opens(ada) || ben.opens(ada) {
			t.Error("the next secret is not for the same people")
		}
		hold(false)
		if err := whole(three...); err != nil {
			t.Error(err)
		}
	})
}
