// Package addr says what counts as one address where something is bounded for each: who has one address of a home network with IPv6
// has them all, and must not get a share with each.
//
// The contract: it is pure, and everything that counts by address (connections, requests, messages, relays) counts by it.
package addr

import "net/netip"

// network is how much of an IPv6 address is the network's; the rest its owner chooses at will (RFC 4291 section 2.5.4).
const network = 64

// Near is the address under which all are counted that one line can have: an IPv4 address is itself, however it came written; an
// IPv6 address is its /64. Zones are names of this machine's, and left out. What is no address stays none.
func Near(a netip.Addr) netip.Addr {
	a = a.Unmap()
	if !a.Is6() {
		return a
	}
	p, _ := a.WithZone("").Prefix(network) // fails for IPv4 alone
	return p.Addr()
}
