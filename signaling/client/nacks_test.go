package client

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Whatever is lost and late, over the wrap of the numbers: each missing packet is asked for at once, never one that came, and none more often
// than is allowed.
func TestNacks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var n nacks
		first := rapid.Uint16().Draw(t, "first")
		now := time.Unix(1000, 0)
		came, asked := map[uint16]bool{}, map[uint16]int{}
		note := func(numbers []uint16) {
			for _, number := range numbers {
				if came[number] {
					t.Fatalf("asked for %d, which came", number)
				}
				if asked[number]++; asked[number] > mostAsked {
					t.Fatalf("asked for %d %d times", number, asked[number])
				}
			}
		}
		var late []uint16
		for i := range uint16(300) {
			number := first + i
			now = now.Add(10 * time.Millisecond)
			switch fate := rapid.IntRange(0, 9).Draw(t, "fate"); {
			case fate == 0 && i > 0:
				late = append(late, number)
			default:
				came[number] = true
				note(n.came(number, now))
			}
			if len(late) > 0 && rapid.Bool().Draw(t, "comes late") {
				came[late[0]] = true
				note(n.came(late[0], now))
				late = late[1:]
			}
			note(n.again(now))
		}
		newest := first
		for number := range came {
			if int16(number-newest) > 0 {
				newest = number
			}
		}
		for _, number := range late {
			if int16(newest-number) > 0 && asked[number] == 0 {
				t.Fatalf("never asked for %d", number)
			}
		}
	})
}

func TestNacksBeginAgainAfterALongGap(t *testing.T) {
	var n nacks
	now := time.Unix(1000, 0)
	n.came(1, now)
	if ask := n.came(4, now); !slices.Equal(ask, []uint16{2, 3}) {
		t.Errorf("asked for %v", ask)
	}
	if ask := n.came(10_000, now); ask != nil {
		t.Errorf("asked for %d packets of another stream", len(ask))
	}
	if ask := n.again(now.Add(time.Second)); ask != nil {
		t.Errorf("still asks for %v", ask)
	}
}
