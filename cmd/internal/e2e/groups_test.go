package e2e

import (
	"errors"
	"testing"

	"github.com/anteroom-video/anteroom/signaling/client"
	"github.com/anteroom-video/anteroom/signaling/client/circle"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// places are people of a group.
func places(group int, people ...*person) (all []wire.Place) {
	for _, p := range people {
		all = append(all, wire.Place{Participant: p.Participant(), Group: group})
	}
	return all
}

// apart has everybody hear those of his own group, while nothing reaches anybody of another that was sent from now on.
func apart(groups ...[]*person) {
	groups[0][0].t.Helper()
	first := map[*person][2]uint32{}
	for _, group := range groups {
		for _, p := range group {
			first[p] = [2]uint32{p.next[sound].Load() + 1, p.next[picture].Load() + 1} // the one before may be on its way already
		}
	}
	for range 2 { // each hears five sounds of everybody, and then five more
		for _, group := range groups {
			if len(group) > 1 {
				hear(group...)
			}
		}
	}
	for i, group := range groups {
		for j, others := range groups {
			for _, to := range group {
				for _, of := range others {
					for _, kind := range both {
						if got := to.of(of); i != j && got.packets[kind] > 0 && got.last[kind] >= first[of][kind] {
							to.t.Errorf("packet %d of kind %d of %d reached %d in another group; from %d on none must", got.last[kind], kind, of.mark, to.mark, first[of][kind])
						}
					}
				}
			}
		}
	}
}

// moved waits until somebody is told that he is in a group, and with whom.
func (p *person) moved(group int, with ...*person) {
	p.t.Helper()
	g := expect(p, func(g *wire.Grouped) bool { return g.Group == group })
	equal(p.t, "with how many", len(g.Members), len(with))
	for i, other := range with {
		equal(p.t, "with", g.Members[i].Participant, other.Participant())
	}
}

// Who hears whom, by packets: in groups, while people are moved, over the counsellor's coming and going, a lost line, another tab, a hold and a late arrival; and together
// again after one request.
func TestGroups(t *testing.T) {
	t.Parallel()
	s := open(t)
	a := s.invite("Anna", "Ben", "Cleo", "Dora")
	counsellor, anna, ben, cleo, late := join(t, a.counsellor), join(t, a.links[0]), join(t, a.links[1]), join(t, a.links[2]), join(t, a.links[3])
	for _, p := range []*person{anna, ben, cleo} {
		counsellor.admits(p)
	}
	hear(counsellor, anna, ben, cleo)

	must(t, counsellor.Divide(counsellor.ctx(), 2, append(places(1, anna, ben), places(2, cleo)...)...))
	anna.moved(1, counsellor, ben)
	cleo.moved(2, counsellor)
	apart([]*person{anna, ben}, []*person{cleo}, []*person{counsellor})

	// What pages seal goes within a group, and to and from who moderates.
	tell := func(from, to *person) error {
		_, err := from.Request(from.ctx(), &wire.SendSealed{To: to.Participant(), Sealed: wire.Bytes("s")})
		return err
	}
	for _, pair := range [][2]*person{{anna, ben}, {anna, counsellor}, {counsellor, cleo}} {
		must(t, tell(pair[0], pair[1]))
		expect(pair[1], func(m *wire.Sealed) bool { return m.From == pair[0].Participant() })
	}
	for _, pair := range [][2]*person{{anna, cleo}, {cleo, ben}} {
		refusal, _ := errors.AsType[*client.RequestError](tell(pair[0], pair[1]))
		equal(t, "from one group to another", refusal != nil && refusal.Code == wire.CodeNotFound, true)
	}

	// A hand is for those of the group, and for who moderates, with the group.
	must(t, cleo.Hand(cleo.ctx(), true))
	hand := expect(counsellor, func(m *wire.Member) bool { return m.Participant == cleo.Participant() && m.Hand > 0 })
	equal(t, "from group", hand.Group, 2)

	must(t, counsellor.EnterGroup(counsellor.ctx(), 2))
	apart([]*person{anna, ben}, []*person{cleo, counsellor})
	counsellor.admits(late)
	apart([]*person{anna, ben}, []*person{cleo, counsellor}, []*person{late})
	must(t, counsellor.EnterGroup(counsellor.ctx(), 0))
	apart([]*person{anna, ben}, []*person{cleo}, []*person{counsellor, late})

	must(t, counsellor.Divide(counsellor.ctx(), 2, append(places(2, ben), places(1, cleo)...)...))
	apart([]*person{anna, cleo}, []*person{ben}, []*person{counsellor, late})

	anna.DropSocket()
	back := expect[client.Reconnected](anna)
	equal(t, "the group after a lost line", back.Welcome.State.Self.Group, 1)
	tab := cleo.again()
	must(t, cleo.finishedBy(client.ErrReplaced))
	apart([]*person{anna, tab}, []*person{ben}, []*person{counsellor, late})

	must(t, counsellor.Hold(counsellor.ctx(), true))
	expect(anna, func(r *wire.Room) bool { return r.Held })
	nothing(anna, both, []*person{tab, ben, late, counsellor}, func() {})
	must(t, counsellor.Hold(counsellor.ctx(), false))
	apart([]*person{anna, tab}, []*person{ben}, []*person{counsellor, late})

	must(t, counsellor.Recall(counsellor.ctx()))
	hear(counsellor, anna, ben, tab, late)
}

// Without anybody who moderates in the room all groups fall silent.
func TestGroupsWithoutACounsellor(t *testing.T) {
	t.Parallel()
	s := open(t)
	counsellor, others, a := counselled(s, 3)
	anna, ben, cleo := others[0], others[1], others[2]
	must(t, counsellor.Divide(counsellor.ctx(), 2, append(places(1, anna, ben), places(2, cleo)...)...))
	apart([]*person{anna, ben}, []*person{cleo}, []*person{counsellor})
	counsellor.end()
	for _, p := range others {
		expect(p, func(r *wire.Room) bool { return r.Paused })
	}
	nothing(anna, both, []*person{ben}, func() {})
	nothing(ben, both, []*person{anna}, func() {})
	back := join(t, a.counsellor)
	apart([]*person{anna, ben}, []*person{cleo}, []*person{back})
}

// A restart forgets the groups and brings nobody together: the room is held.
func TestGroupsOverARestart(t *testing.T) {
	t.Parallel()
	s := open(t)
	counsellor, others, _ := counselled(s, 2)
	anna, ben := others[0], others[1]
	everybody := []*person{counsellor, anna, ben}
	must(t, counsellor.Divide(counsellor.ctx(), 2, append(places(1, anna), places(2, ben)...)...))
	for _, p := range everybody {
		expect[*wire.Token](p)
	}
	s.restart()
	for _, p := range everybody {
		equal(t, "held", expect[client.Reconnected](p).Welcome.State.Room.Held, true)
		expect(p, func(m client.MediaState) bool { return m.Generation == 2 && m.State == "connected" })
	}
	nothing(anna, both, []*person{ben, counsellor}, func() {})
	must(t, counsellor.Divide(counsellor.ctx(), 2, append(places(1, anna), places(2, ben)...)...))
	must(t, counsellor.Hold(counsellor.ctx(), false))
	apart([]*person{anna}, []*person{ben}, []*person{counsellor})
}

// Each group has its own keys: they change when somebody comes or goes, and nobody stands in the lock who is not in the group.
func TestSealedGroups(t *testing.T) {
	t.Parallel()
	s := open(t)
	counsellor, links := s.account(4, sealed)
	anna, ben, cleo := join(t, links[0].Link, sealed), join(t, links[1].Link, sealed), join(t, links[2].Link, sealed)
	spy := &tap{keys: map[string]uint64{}}
	spy.person = join(t, links[3].Link, func(o *client.Options) { o.OnRTP = spy.take })
	for _, p := range []*person{anna, ben, cleo, spy.person} {
		counsellor.admits(p)
	}
	hear(counsellor, anna, ben, cleo)
	first := spy.keyOf(anna, 0)
	must(t, counsellor.Divide(counsellor.ctx(), 2, append(places(1, anna, ben, spy.person), places(2, cleo)...)...))
	second := spy.keyOf(anna, first)
	apart([]*person{anna, ben}, []*person{cleo}, []*person{counsellor})
	anna.stand(ben, circle.Verified)
	anna.until("who is not in the group is not in the lock", func() bool {
		_, one := anna.Standing()[counsellor.Participant()]
		_, other := anna.Standing()[cleo.Participant()]
		return !one && !other
	})
	must(t, counsellor.EnterGroup(counsellor.ctx(), 1))
	third := spy.keyOf(anna, second)
	apart([]*person{anna, ben, counsellor}, []*person{cleo})
	must(t, counsellor.EnterGroup(counsellor.ctx(), 0))
	fourth := spy.keyOf(anna, third)
	apart([]*person{anna, ben}, []*person{cleo}, []*person{counsellor})
	must(t, counsellor.Recall(counsellor.ctx()))
	spy.keyOf(anna, fourth)
	hear(counsellor, anna, ben, cleo)
	equal(t, "marks that were not sealed", spy.plain, 0)
}
