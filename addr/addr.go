// Package addr says what counts as one address where something is bounded for each: who has one address of a home network with IPv6
// has them all, and must not get a share with each.
//
// The contract: it is pure, and everything that counts by address (connections, requests, messages, relays) counts by it.
package addr

import "net/netip"

// How much of an address one network has at will that is larger than a line: a provider's customer with IPv6 (RFC 6177), a small network with IPv4.
const (
	wide4 = 24
	wide6 = 48
)

// Wide is the network that an address is of, beyond what one line can have: whoever has addresses in it often has many. IPv4 counts by
// its /24, IPv6 by its /48. What is no address stays none.
func Wide(a netip.Addr) netip.Addr {
	a = a.Unmap().WithZone("")
	bits := wide4
	if a.Is6() {
		bits = wide6
	}
	p, _ := a.Prefix(bits) // fails for what is no address alone
	return p.Addr()
}

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
