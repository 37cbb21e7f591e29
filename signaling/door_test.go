package signaling

import (
	"net/http"
	"net/netip"
	"testing"
)

func TestDoor(t *testing.T) {
	d := newDoor()
	addr := netip.MustParseAddr
	var leaves []func()
	for range PerAddress {
		leave, status := d.enter(addr("192.0.2.1"))
		if status != 0 {
			t.Fatal("full too early")
		}
		leaves = append(leaves, leave)
	}
	for a, want := range map[string]int{
		"192.0.2.1": http.StatusTooManyRequests, "::ffff:192.0.2.1": http.StatusTooManyRequests, "192.0.2.2": 0,
	} {
		if _, got := d.enter(addr(a)); got != want {
			t.Errorf("%s: got %d, want %d", a, got, want)
		}
	}
	leaves[0]()
	leaves[0]() // twice is once
	if _, status := d.enter(addr("192.0.2.1")); status != 0 {
		t.Error("no place after one left")
	}
	if _, status := d.enter(addr("192.0.2.1")); status == 0 {
		t.Error("leaving twice made two places")
	}
	for _, leave := range leaves {
		leave()
	}
	if got := d.of[d.key(addr("192.0.2.1"))]; got != 1 {
		t.Errorf("%d left, want the one that did not", got)
	}
}

// Who has an IPv6 network has 2^64 addresses in it.
func TestDoorTakesANetworkForOne(t *testing.T) {
	d := newDoor()
	key := func(a string) uint64 { return d.key(netip.MustParseAddr(a)) }
	if key("2001:db8::1") != key("2001:db8::2:1") || key("fe80::1%eth0") != key("fe80::1") {
		t.Error("one network is two")
	}
	if key("2001:db8::1") == key("2001:db8:0:1::1") || key("192.0.2.1") == key("192.0.2.2") {
		t.Error("two networks are one")
	}
	d.key(netip.Addr{}) // an address that nobody could read
}

func TestDoorOfTheServer(t *testing.T) {
	d := newDoor()
	for i := range Unauthenticated {
		if _, status := d.enter(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})); status != 0 {
			t.Fatal("full too early")
		}
	}
	if _, status := d.enter(netip.MustParseAddr("192.0.2.1")); status != http.StatusServiceUnavailable {
		t.Errorf("got %d", status)
	}
}
