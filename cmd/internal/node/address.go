package node

import (
	"net/http"
	"net/netip"
	"strings"
)

// clientAddress tells where a request came from. What proxies say of it is believed as far as they are trusted: the last
// address in X-Forwarded-For that is no trusted proxy's. Whoever asks directly can write there what he likes.
func clientAddress(trusted []netip.Prefix) func(*http.Request) netip.Addr {
	isProxy := func(addr netip.Addr) bool {
		for _, network := range trusted {
			if network.Contains(addr) {
				return true
			}
		}
		return false
	}
	return func(r *http.Request) netip.Addr {
		peer, err := netip.ParseAddrPort(r.RemoteAddr)
		if err != nil {
			return netip.Addr{}
		}
		addr := peer.Addr().Unmap().WithZone("")
		hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		for isProxy(addr) && len(hops) > 0 {
			last, err := netip.ParseAddr(strings.TrimSpace(hops[len(hops)-1]))
			if err != nil {
				break
			}
			hops = hops[:len(hops)-1]
			addr = last.Unmap().WithZone("")
		}
		return addr
	}
}
