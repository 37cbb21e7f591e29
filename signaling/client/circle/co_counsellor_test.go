package circle_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/anteroom-video/anteroom/signaling/client/circle"
)

// A co-counsellor who came by a link and can open the room's secret: he speaks for the room beside the owner, before her and without her, until he is sent out.

// comeIn says that these are in the room, and gives them time to speak.
func (r *room) comeIn(inside ...*page) {
	r.says(inside...)
	settle()
}

func protected(t *testing.T, pages ...*page) {
	t.Helper()
	if err := whole(pages...); err != nil {
		t.Error(err)
	}
	if s := seen(pages...); s != string(circle.Verified) {
		t.Errorf("they are %s to each other", s)
	}
}

// Before the owner he lets a client in; she comes later and takes all of it as it is.
func TestColleagueComesFirst(t *testing.T) {
	in(t, func(t *testing.T, r *room) {
		cem, ben := r.colleague("cem", "person of cem", true), r.client("ben", true, newDevice(t))
		r.says(cem)
		cem.Admit(ben.seat)
		r.comeIn(cem, ben)
		protected(t, cem, ben)
		// He knows his like by the room's secret, and takes nobody on his word.
		guise := r.counsellor("guise", false)
		r.comeIn(cem, ben, guise)
		if cem.sees(guise) != circle.Unknown || ben.sees(guise) != circle.Unknown {
			t.Errorf("who proves nothing is %s to him and %s to Ben", cem.sees(guise), ben.sees(guise))
		}
		ada := r.counsellor("ada", true)
		r.comeIn(cem, ben, ada)
		protected(t, cem, ben, ada)
	})
}

// Each lets in somebody, the owner with her own word about him too.
func TestColleagueComesLater(t *testing.T) {
	in(t, func(t *testing.T, r *room) {
		all := call(r, 1)
		ada, ben := all[0], all[1]
		cem, dan, eva := r.colleague("cem", "person of cem", true), r.client("dan", true, newDevice(t)), r.client("eva", true, newDevice(t))
		r.comeIn(ada, ben, cem)
		protected(t, ada, ben, cem)
		ada.Admit(cem.seat)
		settle()
		cem.Admit(dan.seat)
		r.says(ada, ben, cem, dan)
		ada.Admit(eva.seat)
		r.comeIn(ada, ben, cem, dan, eva)
		protected(t, ada, ben, cem, dan, eva)
	})
}

// Where it does not open, his own link says who she is; hers makes no speaker of him.
func TestColleagueWithoutTheRoomsSecret(t *testing.T) {
	in(t, func(t *testing.T, r *room) {
		ada, cem := r.counsellor("ada", true), r.colleague("cem", "person of cem", false)
		r.comeIn(ada, cem)
		if ada.sees(cem) != circle.Unknown || cem.sees(ada) != circle.Verified {
			t.Errorf("he is %s to her, and she %s to him", ada.sees(cem), cem.sees(ada))
		}
		ada.Admit(cem.seat)
		settle()
		protected(t, ada, cem)
		ben := r.client("ben", true, newDevice(t))
		cem.Admit(ben.seat)
		r.comeIn(ada, cem, ben)
		if ada.sees(ben) != circle.Unknown {
			t.Errorf("whom he lets in is %s to her", ada.sees(ben))
		}
	})
}

// The owner leaves and he lets in another one: who was there before is no stranger to that one.
func TestTakesOverFromWhoLeaves(t *testing.T) {
	in(t, func(t *testing.T, r *room) {
		ada, cem := r.counsellor("ada", true), r.colleague("cem", "person of cem", true)
		ben, eva := r.client("ben", true, newDevice(t)), r.client("eva", true, newDevice(t))
		r.says(ada)
		ada.Admit(ben.seat)
		r.comeIn(ada, cem, ben)
		r.says(cem, ben)
		cem.Admit(eva.seat)
		r.comeIn(cem, ben, eva)
		protected(t, cem, ben, eva)
		r.comeIn(cem, ben, eva, ada)
		protected(t, cem, ben, eva, ada)
	})
}

// He is sent out, and his device counts no more; whom he had let in stays.
func TestTakesOverFromWhoIsSentOut(t *testing.T) {
	in(t, func(t *testing.T, r *room) {
		ada, cem := r.counsellor("ada", true), r.colleague("cem", "person of cem", true)
		ben, eva := r.client("ben", true, newDevice(t)), r.client("eva", true, newDevice(t))
		r.comeIn(ada, cem)
		cem.Admit(ben.seat)
		r.comeIn(ada, cem, ben)
		protected(t, ada, cem, ben)
		before := *ben.sealing()
		ada.Dismiss("cem")
		synctest.Wait()
		// The server goes on as if nothing had happened.
		cem.Admit(eva.seat)
		r.comeIn(ada, cem, ben, eva)
		for _, p := range []*page{ada, ben} {
			if p.sees(cem) != circle.Unknown || p.sees(eva) != circle.Unknown {
				t.Errorf("to %s he is %s, and whom he let in since %s", p.seat.Participant, p.sees(cem), p.sees(eva))
			}
		}
		protected(t, ada, ben)
		if *ben.sealing() == before || cem.opens(ben) || cem.opens(ada) || eva.opens(ben) {
			t.Error("he, or whom he let in since, opens what follows")
		}
	})
}

// Taken over is who is there, as far as the page that stays has found out itself: not what the other said he had found, nobody whom a
// third one let in, and nobody who is elsewhere.
func TestTakesOverNoMoreThanItKnows(t *testing.T) {
	in(t, func(t *testing.T, r *room) {
		hers := func(person string) []byte { // she does not know the links of Eva and Gil
			if person == "person of eva" || person == "person of gil" {
				return nil
			}
			return r.link(person)
		}
		ada := r.enter(circle.Seat{Participant: "ada", Role: "counsellor"}, newDevice(t), r.secret[:], circle.Counsellor, circle.Secrets{Room: r.secret[:], LinkOf: hers})
		cem, dan := r.colleague("cem", "person of cem", true), r.colleague("dan", "person of dan", true)
		ben, eva := r.client("ben", true, newDevice(t)), r.client("eva", true, newDevice(t))
		fay, gil := r.client("fay", true, newDevice(t)), r.client("gil", true, newDevice(t))
		r.comeIn(ada, cem, dan)
		for _, p := range []*page{ben, eva, fay} {
			cem.Admit(p.seat)
		}
		dan.Admit(gil.seat)
		r.comeIn(ada, cem, dan, ben, eva, fay, gil)
		protected(t, cem, dan, ben, eva, fay, gil)
		r.comeIn(ada, cem, dan, ben, eva, gil) // Fay is away
		ada.Dismiss("cem")
		settle() // or Dan, who knows it, takes over as well
		r.comeIn(ada, dan, ben, eva, gil)
		if ben.sees(ada) != circle.Verified || ada.sees(ben) != circle.Verified || ada.sees(eva) != circle.Unverified || ben.sees(eva) != circle.Unverified {
			t.Errorf("who is proven to her is %s, who is not is %s to her and %s to Ben", ada.sees(ben), ada.sees(eva), ben.sees(eva))
		}
		if ben.sees(gil) != circle.Verified {
			t.Errorf("whom another let in, who is here, is %s to Ben", ben.sees(gil))
		}
		r.comeIn(ada, dan, ben, eva, fay, gil)
		if ada.sees(fay) != circle.Unknown || ben.sees(fay) != circle.Unknown {
			t.Errorf("who was away is %s to her and %s to Ben", ada.sees(fay), ben.sees(fay))
		}
	})
}

// Nor does anybody go on speaking for the room by the word of who is gone, who does not prove it to the page that stays.
func TestTakesOverNoSpeakerOnHisWord(t *testing.T) {
	in(t, func(t *testing.T, r *room) {
		all := call(r, 1)
		ada, ben := all[0], all[1]
		cem := r.colleague("cem", "person of cem", true)
		// Eva can open the room, and has no link to prove it to clients with.
		eva := r.enter(circle.Seat{Participant: "eva", Role: "co-counsellor"}, newDevice(t), r.secret[:], circle.Counsellor, circle.Secrets{Room: r.secret[:]})
		r.comeIn(ada, ben, cem)
		cem.Admit(eva.seat)
		enter := func(more ...*page) {
			inside := append([]*page{ada, ben, eva}, more...)
			r.says(inside...)
			// To Ada the server shows her as a client.
			seats := []circle.Seat{}
			for _, p := range inside {
				seat := p.seat
				if p == eva {
					seat.Role = "client"
				}
				seats = append(seats, seat)
			}
			ada.Members(seats)
			settle()
		}
		ada.Members([]circle.Seat{ada.seat, ben.seat, cem.seat, {Participant: "eva", Role: "client", Identity: eva.seat.Identity}})
		for _, p := range []*page{ben, cem, eva} {
			p.Members([]circle.Seat{ada.seat, ben.seat, cem.seat, eva.seat})
		}
		settle()
		gil, hal := r.client("gil", true, newDevice(t)), r.client("hal", true, newDevice(t))
		eva.Admit(gil.seat)
		enter(cem, gil)
		if ben.sees(gil) == circle.Unknown {
			t.Error("while he is there, she speaks for the room")
		}
		ada.Dismiss("cem")
		settle()
		eva.Admit(hal.seat)
		enter(gil, hal)
		if ben.sees(eva) == circle.Unknown || ben.sees(hal) != circle.Unknown || ada.sees(hal) != circle.Unknown {
			t.Errorf("she is %s; whom she let in after that is %s to Ben and %s to Ada", ben.sees(eva), ben.sees(hal), ada.sees(hal))
		}
	})
}

// Sent out, he does not come back with another device and what he still knows beside who sent him out, whatever person or role the server gives him.
func TestAnotherDeviceOfWhoWasSentOut(t *testing.T) {
	in(t, func(t *testing.T, r *room) {
		all := call(r, 1)
		ada, ben := all[0], all[1]
		cem := r.colleague("cem", "person of cem", true)
		r.comeIn(ada, ben, cem)
		protected(t, ada, ben, cem)
		ada.Dismiss("cem")
		r.comeIn(ada, ben)
		for _, guise := range []*page{r.colleague("cem again", "person of cem", true), r.colleague("dora", "person of dora", true), r.counsellor("emil", true)} {
			r.comeIn(ada, ben, guise)
			if ada.sees(guise) != circle.Unknown || ben.sees(guise) != circle.Unknown || guise.opens(ada) || guise.opens(ben) {
				t.Errorf("%s is %s to her and %s to her client", guise.seat.Participant, ada.sees(guise), ben.sees(guise))
			}
			r.comeIn(ada, ben)
		}
		// By her word somebody else is.
		colleague := r.counsellor("fritz", true)
		r.comeIn(ada, ben, colleague)
		ada.Admit(colleague.seat)
		settle()
		protected(t, ada, ben, colleague)
	})
}

// When nobody who counts is here any more, a client's page believes the owner with another device too.
func TestNobodyElseWhoCounts(t *testing.T) {
	in(t, func(t *testing.T, r *room) {
		all := call(r, 1)
		ada, ben := all[0], all[1]
		cem := r.colleague("cem", "person of cem", true)
		r.comeIn(ada, ben, cem)
		ada.Dismiss("cem")
		r.comeIn(ada, ben)
		r.says(ben)
		again := r.counsellor("ada again", true)
		r.says(ben, again)
		again.Admit(ben.seat)
		settle()
		protected(t, ben, again)
	})
}

// Whom she has let in after that counts by what he proves as well, as she does: of the two he who put the other out first stays.
func TestLetInAfterSomebodyWasSentOut(t *testing.T) {
	in(t, func(t *testing.T, r *room) {
		all := call(r, 1)
		ada, ben := all[0], all[1]
		cem := r.colleague("cem", "person of cem", true)
		r.comeIn(ada, ben, cem)
		ada.Dismiss("cem")
		fritz := r.counsellor("fritz", true)
		r.comeIn(ada, ben, fritz)
		ada.Admit(fritz.seat)
		time.Sleep(25 * time.Second) // he has spoken since
		synctest.Wait()
		r.hands(func(_, _ string, _ []byte) bool { return false })
		fritz.Dismiss("ada")
		time.Sleep(100 * time.Millisecond)
		ada.Dismiss("fritz")
		synctest.Wait()
		r.hands(nil)
		time.Sleep(20 * time.Second)
		synctest.Wait()
		if ben.sees(ada) != circle.Unknown || ben.sees(fritz) != circle.Verified {
			t.Errorf("Ada is %s, and Fritz, who was first, %s", ben.sees(ada), ben.sees(fritz))
		}
	})
}
