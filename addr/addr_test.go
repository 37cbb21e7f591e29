package addr

import (
	"net/netip"
	"testing"
)

func TestNear(t *testing.T) {
	for _, c := range []struct{ is, near string }{
		{"192.0.2.1", "192.0.2.1"},
		{"::ffff:192.0.2.1", "192.0.2.1"},
		{"::ffff:192.0.2.1%eth0", "192.0.2.1"},
		{"0.0.0.0", "0.0.0.0"},
		{"2001:db8::1", "2001:db8::"},
		{"2001:db8::ffff:ffff:ffff:ffff", "2001:db8::"},
		{"2001:db8:0:1::1", "2001:db8:0:1::"},
		{"fe80::1%eth0", "fe80::"},
		{"fe80::1", "fe80::"},
		{"::1", "::"},
	} {
		if got := Near(netip.MustParseAddr(c.is)); got != netip.MustParseAddr(c.near) {
			t.Errorf("%s counts as %s, want %s", c.is, got, c.near)
		}
	}
	if got := Near(netip.Addr{}); got.IsValid() {
		t.Errorf("no address counts as %s", got)
	}
}

func TestWide(t *testing.T) {
	for _, c := range []struct{ is, wide string }{
		{"192.0.2.1", "192.0.2.0"},
		{"::ffff:192.0.2.255%eth0", "192.0.2.0"},
		{"2001:db8:1:2::1", "2001:db8:1::"},
		{"2001:db8:1:ffff:ffff:ffff:ffff:ffff", "2001:db8:1::"},
		{"2001:db8:2::1", "2001:db8:2::"},
		{"fe80::1%eth0", "fe80::"},
	} {
		if got := Wide(netip.MustParseAddr(c.is)); got != netip.MustParseAddr(c.wide) {
			t.Errorf("%s is of %s, want %s", c.is, got, c.wide)
		}
	}
	if got := Wide(netip.Addr{}); got.IsValid() {
		t.Errorf("no address is of %s", got)
	}
}

// Whatever the address, it counts as one that counts as itself, is written one way, and shares what its owner does not choose.
func FuzzNear(f *testing.F) {
	for _, seed := range []string{"192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1", "fe80::1%eth0"} {
		f.Add(netip.MustParseAddr(seed).AsSlice(), "z")
	}
	f.Fuzz(func(t *testing.T, b []byte, zone string) {
		a, ok := netip.AddrFromSlice(b)
		if !ok {
			return
		}
		near := Near(a)
		if Near(near) != near || Near(a.WithZone(zone)) != near || near.Zone() != "" || near.Is4In6() {
			t.Errorf("%s counts as %s", a, near)
		}
		if a = a.Unmap(); a.Is4() != near.Is4() || a.Is4() && a != near {
			t.Errorf("%s counts as %s", a, near)
		}
		if a.Is6() {
			other := a.As16()
			for i := 8; i < 16; i++ {
				other[i] ^= 0xA5
			}
			if Near(netip.AddrFrom16(other)) != near && !netip.AddrFrom16(other).Is4In6() {
				t.Errorf("%s and its neighbour count apart", a)
			}
		}
	})
}
