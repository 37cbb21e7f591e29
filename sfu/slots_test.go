package sfu

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

func TestSlotsKeepTheirPromises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s slots
		offered := 0
		where := map[tile]int{}         // where each tile was shown last time
		history := map[uint64]SlotMap{} // every mapping told
		acked := uint64(0)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			switch rapid.IntRange(0, 2).Draw(t, "what") {
			case 0:
				offered = max(offered, rapid.IntRange(0, 8).Draw(t, "offered"))
				var tiles []tile
				for _, i := range rapid.SliceOfDistinct(rapid.IntRange(0, 9), rapid.ID[int]).Draw(t, "shown") {
					tiles = append(tiles, tile{fmt.Sprint(i), SourceCamera})
				}
				before := s.seq
				changed := s.show(tiles, offered)
				m := s.mapping()
				if changed != (s.seq == before+1) || !changed && s.seq != before {
					t.Fatalf("changed %v, seq %d after %d", changed, s.seq, before)
				}
				history[s.seq] = m
				now := map[tile]int{}
				for _, slot := range m.Slots {
					at := tile{slot.Participant, slot.Source}
					if _, twice := now[at]; twice || slot.Slot >= offered {
						t.Fatalf("tile shown twice or outside the pool: %v", m)
					}
					now[at] = slot.Slot
				}
				if want := min(len(tiles), offered); len(now) != want {
					t.Fatalf("%d tiles, %d pairs, %d shown", len(tiles), offered, len(now))
				}
				for _, at := range tiles {
					if was, ok := where[at]; ok {
						if is, still := now[at]; still && is != was {
							t.Fatalf("%v moved from slot %d to %d", at, was, is)
						}
					}
				}
				if m.Pairs <= len(tiles) && m.Pairs < pairSteps[len(pairSteps)-1] {
					t.Fatalf("%d pairs wanted for %d tiles", m.Pairs, len(tiles))
				}
				where = now
			case 1:
				seq := uint64(rapid.IntRange(0, int(s.seq)+2).Draw(t, "ack"))
				if s.ack(seq) != (seq > acked && seq <= s.seq) {
					t.Fatalf("ack %d of %d after %d", seq, s.seq, acked)
				}
				if seq <= s.seq {
					acked = max(acked, seq)
				}
			}
			// What a slot carries must be what the mapping that was acknowledged last shows there.
			for i := range offered {
				at, ok := s.carries(i)
				if !ok {
					continue
				}
				found := false
				for _, slot := range history[acked].Slots {
					found = found || slot.Slot == i && (tile{slot.Participant, slot.Source}) == at
				}
				if !found {
					t.Fatalf("slot %d carries %v, which mapping %d does not have there: %v", i, at, acked, history[acked])
				}
			}
		}
	})
}
