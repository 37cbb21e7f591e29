package e2e

import (
	"bytes"
	"context"
	"encoding/binary"
	"sync"
	"testing"

	"github.com/anteroom-video/anteroom/signaling/client"
	"github.com/anteroom-video/anteroom/signaling/client/circle"
	"github.com/anteroom-video/anteroom/signaling/client/frame"
	"github.com/anteroom-video/anteroom/signaling/client/sealer"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// sealed has a person seal what he shows, for those whom a counsellor has stated.
func sealed(o *client.Options) { o.Sealed = true }

// tap is an unsealed client in a sealed room: it has what the server has.
type tap struct {
	*person

	mu sync.Mutex // guards the following
	// plain packets had a mark somewhere; came counts those of pictures and sound; keys are the key ids of the last sounds, by participant.
	plain, came int
	keys        map[string]uint64
}

func (x *tap) take(r client.Received) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.came++
	// The mark that every frame has begins so.
	if bytes.Contains(r.Packet.Payload, binary.BigEndian.AppendUint32(nil, 0x414e5445)) {
		x.plain++
	}
	if r.Kind == wire.KindAudio {
		if header, err := frame.HeaderOf(frame.Microphone, r.Packet.Payload); err == nil {
			x.keys[r.Participant] = header.KeyID
		}
	}
}

// keyOf waits until what a person says is sealed with another key than one of before, and gives that.
func (x *tap) keyOf(p *person, before uint64) (key uint64) {
	x.t.Helper()
	eventually(x.t, patience, "another key", func() bool {
		x.mu.Lock()
		defer x.mu.Unlock()
		key = x.keys[p.Participant()]
		return key != 0 && key != before
	})
	return key
}

// dropped is what a person could not open of another.
func (p *person) dropped(other *person) (n uint64) { return p.Opened()[other.Participant()].Lost() }

// hear has several people hear each other. Pictures are paused on a machine that has much else to do, sound is not.
func hear(people ...*person) {
	people[0].t.Helper()
	var waits []func()
	for _, p := range people {
		for _, q := range people {
			if p != q {
				waits = append(waits, p.getting(q, sound))
			}
		}
	}
	for _, wait := range waits {
		wait()
	}
}

// stand waits until another stands as he should.
func (p *person) stand(other *person, want circle.Standing) {
	p.t.Helper()
	p.until(string(want), func() bool { return p.Standing()[other.Participant()] == want })
}

// account enters a new room by the one counsellor's account. The links are those of clients.
func (s *site) account(clients int, change ...func(*client.Options)) (counsellor *person, links []client.Link) {
	s.t.Helper()
	account, err := client.SignIn(s.t.Context(), s.node.Origin(), name, password, client.Options{})
	must(s.t, err)
	s.t.Cleanup(func() { _ = account.SignOut(context.Background()) })
	invitations := make([]client.Invitation, clients)
	for i := range invitations {
		invitations[i] = client.Invitation{Role: wire.RoleClient, Label: label(i)}
	}
	room, links, err := account.CreateRoom(s.t.Context(), client.NewRoom{Persons: invitations})
	must(s.t, err)
	counsellor, err = enter(s.t, func(ctx context.Context, o client.Options) (*client.Call, error) {
		return account.JoinRoom(ctx, room, o)
	}, change...)
	must(s.t, err)
	return counsellor, links
}

// A counsellor with an account and two people with links see and hear each other, verified, through a server that has nothing to open it with; who came
// later has no key of before, and a line that is lost changes nothing.
func TestSealedMedia(t *testing.T) {
	t.Parallel()
	s := open(t)
	counsellor, links := s.account(4, sealed)
	anna := join(t, links[0].Link, sealed)
	counsellor.admits(anna)
	meet(counsellor, anna)

	spy := &tap{keys: map[string]uint64{}}
	spy.person = join(t, links[1].Link, func(o *client.Options) { o.OnRTP = spy.take })
	counsellor.admits(spy.person)
	before := spy.keyOf(counsellor, 0)
	hear(counsellor, anna) // he is in, and was given nothing

	ben := join(t, links[2].Link, sealed)
	counsellor.admits(ben)
	after := spy.keyOf(counsellor, before)
	if before>>16 != after>>16 || after>>8&0xff == before>>8&0xff {
		t.Errorf("the counsellor sealed with %x, and with Ben in with %x", before, after)
	}
	everybody := []*person{counsellor, anna, ben}
	hear(everybody...)
	for _, p := range everybody {
		for _, q := range everybody {
			if p == q {
				continue
			}
			p.stand(q, circle.Verified)
			if as := p.of(q).as; len(as) != 1 || as[q.Participant()] == 0 {
				t.Errorf("somebody was shown under the names %v", as)
			}
			if d := p.Opened()[q.Participant()].Dropped; d[sealer.Forged]+d[sealer.Replayed]+d[sealer.Clear]+d[sealer.Foreign] != 0 {
				t.Errorf("dropped of somebody: %v", d)
			}
		}
		equal(t, "what was sealed for others and not sent", p.Unsent(), client.Unsent{})
		p.stand(spy.person, circle.Unable)
		p.until("what the spy sends is dropped", func() bool { return p.dropped(spy.person) > 0 })
		if p.Opened()[spy.Participant()].Passed != 0 || p.of(spy.person).packets != [2]int{} {
			t.Error("the unsealed are heard")
		}
	}
	spy.mu.Lock()
	if spy.came == 0 || spy.plain != 0 {
		t.Errorf("of %d packets that the server forwarded %d could be read", spy.came, spy.plain)
	}
	spy.mu.Unlock()

	// Another socket, and nothing else is another.
	dropped, key := counsellor.dropped(anna), spy.keyOf(anna, 0)
	anna.DropSocket()
	equal(t, "media kept", expect[client.Reconnected](anna).Kept, true)
	hear(everybody...)
	if now := counsellor.dropped(anna); now != dropped || spy.keyOf(anna, 0) != key {
		t.Errorf("%d frames of hers were dropped; she seals with %x after %x", now-dropped, spy.keyOf(anna, 0), key)
	}

	// The same device's second tab is known by its device, and begins anew.
	tab := anna.again()
	must(t, anna.finishedBy(client.ErrReplaced))
	hear(counsellor, tab, ben)
	counsellor.stand(tab, circle.Verified)
}

// finishedBy waits for the call's end and gives an error if that had another reason.
func (p *person) finishedBy(want error) error {
	p.t.Helper()
	if err := p.finished(); err != want {
		return err
	}
	return nil
}

// Who is put back opens nothing of what follows, even one who keeps his connection, and is opened by nobody; he is let in again by another click. A hold
// changes the keys.
func TestSealedPutBack(t *testing.T) {
	t.Parallel()
	s := open(t)
	counsellor, links := s.account(3, sealed)
	anna, rogue := join(t, links[0].Link, sealed), join(t, links[1].Link, sealed, func(o *client.Options) { o.Rogue = true })
	spy := &tap{keys: map[string]uint64{}}
	spy.person = join(t, links[2].Link, func(o *client.Options) { o.OnRTP = spy.take })
	for _, p := range []*person{anna, rogue, spy.person} {
		counsellor.admits(p)
	}
	hear(counsellor, anna, rogue)
	first := spy.keyOf(anna, 0)
	must(t, counsellor.PutBack(counsellor.ctx(), rogue.Participant()))
	expect[*wire.WasPutBack](rogue)
	second := spy.keyOf(anna, first)
	// What was on its way when the news came is past.
	rogue.until("nobody is known outside", func() bool { return len(rogue.Standing()) == 0 })
	anna.until("he is not known inside", func() bool { _, in := anna.Standing()[rogue.Participant()]; return !in })
	hear(counsellor, anna)
	opened, heard := rogue.Opened()[anna.Participant()].Passed, anna.of(rogue).packets
	hear(counsellor, anna)
	if now := rogue.Opened()[anna.Participant()].Passed; now != opened {
		t.Errorf("%d frames were opened outside", now-opened)
	}
	if now := anna.of(rogue).packets; now != heard {
		t.Errorf("of who is outside came %v after %v", now, heard)
	}
	counsellor.admits(rogue)
	third := spy.keyOf(anna, second)
	hear(counsellor, anna, rogue)

	must(t, counsellor.Hold(counsellor.ctx(), true))
	expect(anna, func(r *wire.Room) bool { return r.Held })
	must(t, counsellor.Hold(counsellor.ctx(), false))
	expect(anna, func(r *wire.Room) bool { return !r.Held })
	if fourth := spy.keyOf(anna, third); fourth>>16 != first>>16 {
		t.Errorf("Anna is another: %x after %x", fourth, first)
	}
	hear(counsellor, anna, rogue)

	must(t, counsellor.Remove(counsellor.ctx(), rogue.Participant()))
	equal(t, "removed", rogue.finished(), client.ErrRemoved)
	hear(counsellor, anna)
}

// Whoever has a link alone, the counsellor too, is not verified, and what is said is sealed all the same.
func TestSealedByLinks(t *testing.T) {
	t.Parallel()
	s := open(t)
	a := s.invite("Anna", "Ben")
	counsellor, anna, ben := join(t, a.counsellor, sealed), join(t, a.links[0], sealed), join(t, a.links[1], sealed)
	counsellor.admits(anna)
	counsellor.admits(ben)
	hear(counsellor, anna, ben)
	for _, p := range []*person{anna, ben} {
		p.stand(counsellor, circle.Unverified)
		counsellor.stand(p, circle.Unverified)
	}
	anna.stand(ben, circle.Unverified)
}
