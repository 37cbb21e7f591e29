package circle

import (
	"fmt"
	"testing"
)

// What waits to be heard is bounded, however many names the server invents; and nobody takes another's place.
func TestPending(t *testing.T) {
	var p pending
	p.meet([]Seat{{Participant: "ada"}, {Participant: "ben"}})
	taken := map[string]int{}
	var done []string
	take := func(from string) {
		if as, ok := p.take(from); ok {
			taken[as]++
			done = append(done, as)
		}
	}
	for n := range 1000 {
		take(fmt.Sprint("stranger ", n))
		take("ada")
	}
	take("ben")
	if taken["ada"] != pendingMost || taken["ben"] != 1 || taken[""] != pendingMost || len(taken) != 3 {
		t.Errorf("taken: %v", taken)
	}
	p.meet([]Seat{{Participant: "stranger 1"}}) // while his wait as a stranger's
	for _, as := range done {
		p.done(as)
	}
	if len(p.of) != 0 {
		t.Errorf("nothing waits, and %v is counted", p.of)
	}
	take("stranger 1")
	if taken["stranger 1"] != 1 {
		t.Error("who is known now is none of the others yet")
	}
}
