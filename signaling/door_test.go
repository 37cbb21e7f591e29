package signaling

import (
	"net/netip"
	"testing"
)

// The oldest socket of an address gives way, and never one of another address.
func TestDoor(t *testing.T) {
	d := newDoor()
	out := func(v *visitor) bool {
		select {
		case <-v.out:
			return true
		default:
			return false
		}
	}
	here, there := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	other := d.enter(there)
	var all []*visitor
	for range PerAddress {
		all = append(all, d.enter(here))
	}
	all[1].leave()
	all[1].leave() // twice is once
	d.enter(here)
	if out(all[0]) {
		t.Error("the oldest gave way to one for whom there was a place")
	}
	d.enter(netip.MustParseAddr("::ffff:192.0.2.1"))
	if !out(all[0]) || out(all[2]) || out(other) {
		t.Error("not the oldest gave way, or not he alone")
	}
	all[0].leave()
	if got := d.waiting(); got != PerAddress+1 {
		t.Errorf("%d wait", got)
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
		if d.enter(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})) == nil {
			t.Fatal("full too early")
		}
	}
	if d.enter(netip.MustParseAddr("192.0.2.1")) != nil {
		t.Error("never full")
	}
}
