package sfu

// tile is what one slot carries: one person's camera and microphone, or screen and its sound.
type tile struct {
	participant string
	source      string
}

// slots decides which tile each pair of receive lines of one session carries. It is pure: what is shown, what the
// client offers and what it acknowledged go in; the mapping comes out.
//
//   - A tile that stays shown stays in its slot.
//   - A tile may be carried only after the client acknowledged a mapping that has it in this slot.
type slots struct {
	seq, acked uint64
	offered    int // pairs that the client has
	wanted     int // pairs that it should have
	tiles      []slotTile
}

// slotTile is what one slot carries; since is the mapping that put the tile there.
type slotTile struct {
	tile  tile
	since uint64
}

// pairSteps are the sizes that the pool grows by, so that not every joining makes every client offer anew.
var pairSteps = [...]int{1, 2, 4, 6, 9, 12, 16, 24, 30}

// pairsFor is how many pairs to have for a number of tiles: one more, rounded up.
func pairsFor(tiles int) int {
	if tiles == 0 {
		return 1
	}
	for _, n := range pairSteps {
		if n > tiles {
			return n
		}
	}
	return pairSteps[len(pairSteps)-1]
}

// show makes the mapping for the tiles to be shown, in the order in which they are preferred when there are more than
// pairs, and reports whether it changed.
func (s *slots) show(tiles []tile, offered int) bool {
	changed := s.seq == 0
	s.offered = offered
	for len(s.tiles) < offered {
		s.tiles = append(s.tiles, slotTile{})
	}
	shown := make(map[tile]bool, len(tiles))
	for _, t := range tiles {
		shown[t] = true
	}
	placed := make(map[tile]bool, len(s.tiles))
	next := s.seq + 1
	for i := range s.tiles {
		if at := &s.tiles[i]; at.tile != (tile{}) {
			if !shown[at.tile] {
				*at = slotTile{since: next}
				changed = true
				continue
			}
			placed[at.tile] = true
		}
	}
	for _, t := range tiles {
		if placed[t] {
			continue
		}
		free := s.free()
		if free < 0 {
			break
		}
		s.tiles[free] = slotTile{tile: t, since: next}
		placed[t] = true
		changed = true
	}
	if n := max(pairsFor(len(tiles)), s.wanted); n != s.wanted {
		s.wanted = n // never shrinks: m-lines are never taken away
		changed = true
	}
	if changed {
		s.seq = next
	}
	return changed
}

// free is the lowest slot without a tile, or -1. A slot that was emptied by the mapping being made may be filled by it.
func (s *slots) free() int {
	for i := range s.offered {
		if s.tiles[i].tile == (tile{}) {
			return i
		}
	}
	return -1
}

// ack notes that the client applied every mapping up to seq, and reports whether that is news.
func (s *slots) ack(seq uint64) bool {
	if seq <= s.acked || seq > s.seq {
		return false
	}
	s.acked = seq
	return true
}

// carries is the tile that slot i may carry now; false if it is empty or not yet acknowledged.
func (s *slots) carries(i int) (tile, bool) {
	if i >= len(s.tiles) {
		return tile{}, false
	}
	at := s.tiles[i]
	return at.tile, at.tile != (tile{}) && at.since <= s.acked
}

// mapping is the whole of it, as it is told to the client.
func (s *slots) mapping() SlotMap {
	m := SlotMap{Seq: s.seq, Pairs: s.wanted}
	for i, at := range s.tiles {
		if at.tile != (tile{}) {
			m.Slots = append(m.Slots, Slot{Slot: i, Participant: at.tile.participant, Source: at.tile.source})
		}
	}
	return m
}
