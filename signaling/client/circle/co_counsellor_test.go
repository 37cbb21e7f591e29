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
