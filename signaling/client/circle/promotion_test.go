package circle_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/anteroom-video/anteroom/signaling/client/circle"
	"github.com/anteroom-video/anteroom/signaling/client/credential"
)

// helper is an interpreter who came by a link, with the device that signs for him.
func (r *room) helper(participant string) (*page, credential.Device) {
	device := newDevice(r.t)
	person := "person of " + participant
	link := r.invite(person)
	return r.enter(circle.Seat{Participant: participant, Role: "interpreter", Person: person}, device, link, circle.Person, circle.Secrets{Link: link}), device
}

// lends does as calls do: the server first, then the signature.
func (r *room) lends(by, to *page, inside ...*page) {
	to.seat.Promoted = true
	r.says(inside...)
	by.Lend(to.seat.Participant, true)
	settle()
}

// forges has the pages hear a statement that no circle of ours would make.
func (r *room) forges(by *page, device credential.Device, about string, subject *page, to ...*page) {
	r.t.Helper()
	point := subject.seat.Identity[1:66]
	text := fmt.Sprintf("anteroom statement v1\n%s\n\n%s\n%d\n%s", subject.seat.Participant, about, time.Now().UnixMilli()+5, credential.Encode(point))
	signature, err := device.Sign([]byte(text))
	if err != nil {
		r.t.Fatal(err)
	}
	signed := []map[string]any{{"statement": text, "by": credential.Encode(device.Public()), "signature": credential.Encode(signature)}}
	for n, p := range to {
		p.Heard(by.seat.Participant, by.own.Says(p.own, map[string]any{"type": "state", "v": 100_000 + n, "statements": signed}))
	}
	synctest.Wait()
}

// To whom moderation is lent he lets people in, who are verified by whoever knows the room; they stay in when it is taken back, and nobody comes in by him then.
func TestLent(t *testing.T) {
	in(t, func(t *testing.T, r *room) {
		all := call(r, 1)
		ada, ben := all[0], all[1]
		igor, _ := r.helper("igor")
		ada.Admit(igor.seat)
		r.comeIn(ada, ben, igor)
		r.lends(ada, igor, ada, ben, igor)
		carl := r.client("carl", true, newDevice(t))
		igor.Admit(carl.seat)
		igor.Dismiss(ben.seat.Participant)
		r.comeIn(ada, igor, carl)
		settle()
		protected(t, ada, igor, carl)

		ada.Lend("igor", false)
		igor.seat.Promoted = false
		r.comeIn(ada, igor, carl)
		dora := r.client("dora", true, newDevice(t))
		igor.Admit(dora.seat)
		r.comeIn(ada, igor, carl, dora, ben)
		protected(t, ada, igor, carl)
		for _, p := range []*page{ada, carl} {
			if p.sees(dora) != circle.Unknown || p.sees(ben) != circle.Unknown {
				t.Errorf("%s sees dora as %s, ben as %s", p.seat.Participant, p.sees(dora), p.sees(ben))
			}
		}
	})
}

// A server that says it of somebody lends him nothing, nor does his own signature.
func TestServerLendsNothing(t *testing.T) {
	in(t, func(t *testing.T, r *room) {
		all := call(r, 1)
		ada, ben := all[0], all[1]
		igor, device := r.helper("igor")
		ada.Admit(igor.seat)
		r.comeIn(ada, ben, igor)
		igor.seat.Promoted = true
		carl, dora := r.client("carl", true, newDevice(t)), r.client("dora", true, newDevice(t))
		igor.Admit(carl.seat)
		r.comeIn(ada, ben, igor, carl, dora)
		igor.Close()
		r.forges(igor, device, "interpreter\nin\nseen\nmoderates", igor, ada, ben)
		r.forges(igor, device, "client\nin\nseen\nlistens", dora, ada, ben)
		settle()
		for _, p := range []*page{ada, ben} {
			if p.sees(carl) != circle.Unknown || p.sees(dora) != circle.Unknown {
				t.Errorf("%s sees carl as %s, dora as %s", p.seat.Participant, p.sees(carl), p.sees(dora))
			}
		}
	})
}

// To whom it is lent he puts out nobody whose word counts, and lends it to nobody.
func TestLentIsNotHanded(t *testing.T) {
	in(t, func(t *testing.T, r *room) {
		ada, ben, cleo := two(r)
		igor, device := r.helper("igor")
		inge, _ := r.helper("inge")
		ada.Admit(igor.seat)
		ada.Admit(inge.seat)
		r.comeIn(ada, ben, cleo, igor, inge)
		r.lends(ada, igor, ada, ben, cleo, igor, inge)
		igor.Dismiss("ada")
		igor.Dismiss("cleo")
		r.lends(igor, inge, ada, ben, cleo, igor, inge)
		protected(t, ada, ben, cleo, igor, inge)
		igor.Close()
		r.forges(igor, device, "client\nout\nseen\nlistens", cleo, ada, ben)
		r.forges(igor, device, "client\nout\nseen\nlistens", ada, ben, cleo)
		r.forges(igor, device, "interpreter\nin\nseen\nmoderates", inge, ada, ben, cleo)
		carl := r.client("carl", true, newDevice(t))
		inge.Admit(carl.seat)
		r.comeIn(ada, ben, cleo, inge, carl)
		protected(t, ada, ben, cleo, inge)
		if ben.sees(carl) != circle.Unknown {
			t.Errorf("whom nobody let in is %s", ben.sees(carl))
		}
	})
}

// It ends when the server says so: after a restart it has forgotten it.
func TestServerTakesBack(t *testing.T) {
	in(t, func(t *testing.T, r *room) {
		all := call(r, 1)
		ada, ben := all[0], all[1]
		igor, _ := r.helper("igor")
		ada.Admit(igor.seat)
		r.comeIn(ada, ben, igor)
		r.lends(ada, igor, ada, ben, igor)
		igor.seat.Promoted = false
		r.comeIn(ada, ben, igor)
		carl := r.client("carl", true, newDevice(t))
		igor.Admit(carl.seat)
		r.comeIn(ada, ben, igor, carl)
		if ada.sees(carl) != circle.Unknown || ben.sees(carl) != circle.Unknown {
			t.Errorf("they see carl as %s and %s", ada.sees(carl), ben.sees(carl))
		}
	})
}

// A counsellor who does not know the room's secret takes nobody on his word to whom moderation is lent: taken back, his word counts no more, and whom he let
// in stays.
func TestLentWithoutTheRoom(t *testing.T) {
	in(t, func(t *testing.T, r *room) {
		link := r.invite("person of ada")
		ada := r.enter(circle.Seat{Participant: "ada", Role: "counsellor", Person: "person of ada"}, newDevice(t), link, circle.Person, circle.Secrets{Link: link})
		igor, _ := r.helper("igor")
		ben := r.client("ben", true, newDevice(t))
		r.comeIn(ada)
		ada.Admit(igor.seat)
		ada.Admit(ben.seat)
		r.comeIn(ada, igor, ben)
		r.lends(ada, igor, ada, igor, ben)
		carl := r.client("carl", true, newDevice(t))
		igor.Admit(carl.seat)
		r.comeIn(ada, igor, ben, carl)
		time.Sleep(30 * time.Second)
		settle()

		ada.Lend("igor", false)
		igor.seat.Promoted = false
		r.comeIn(ada, igor, ben, carl)
		settle()
		dora := r.client("dora", true, newDevice(t))
		igor.Admit(dora.seat)
		r.comeIn(ada, igor, ben, carl, dora)
		settle()
		if ben.sees(carl) == circle.Unknown || ada.sees(carl) == circle.Unknown || ada.sees(dora) != circle.Unknown {
			t.Errorf("ben sees carl as %s; ada sees carl as %s, dora as %s", ben.sees(carl), ada.sees(carl), ada.sees(dora))
		}
	})
}
