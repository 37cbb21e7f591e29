package turn

import (
	"errors"
	"net"
	"net/netip"

	"github.com/anteroom-video/anteroom/addr"
)

// What Pion's server asks and tells. A client is known by its address and by the port, which is that of the address's type.

func (s *Server) clientAt(a net.Addr) client {
	if _, tcp := a.(*net.TCPAddr); tcp && s.streams != nil {
		return client{s.streams.port, addrPort(a)}
	}
	return client{s.udp, addrPort(a)}
}

// authenticate gives the key of a user name while its grant is open. Pion asks it at every request.
func (s *Server) authenticate(username, _ string, _ net.Addr) ([]byte, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	g := s.grants[username]
	if g == nil {
		s.refused.Add(1)
		return nil, false
	}
	return g.key, true
}

// authenticated is told of each request with a known user name.
func (s *Server) authenticated(_, _ net.Addr, _, _, _, _ string, ok bool) {
	if !ok {
		s.refused.Add(1)
	}
}

// within reports whether the client may have one more relay.
func (s *Server) within(username, _ string, from net.Addr) bool {
	s.mu.RLock()
	g, all, near := s.grants[username], len(s.relays), s.near[addr.Near(addrPort(from).Addr())]
	s.mu.RUnlock()
	if g == nil || all >= s.limits.Relays || near >= s.limits.RelaysPerAddress || g.full(s.limits.RelaysPerGrant) {
		s.drop(dropQuota)
		return false
	}
	return true
}

// permits says whether a client may ask for a peer at all; the port, and whose relay it is, are looked at with each packet.
func (s *Server) permits(_ net.Addr, peer net.IP) bool {
	a, ok := netip.AddrFromSlice(peer)
	if a = a.Unmap(); ok && (a == virtual || s.engineIPs[a]) {
		return true
	}
	s.drop(dropPeer)
	return false
}

// allocated is told of a new relay before anything can be sent with it.
func (s *Server) allocated(from, _ net.Addr, _, username, _ string, relayAddr net.Addr, _ int) {
	s.created.Add(1)
	r := s.relayAt(addrPort(relayAddr))
	if r == nil {
		return
	}
	c := s.clientAt(from)
	s.mu.Lock()
	g := s.grants[username]
	if g != nil {
		if g.scope.Trial {
			r.bounds.SetLimit(trialPackets)
			r.bounds.SetBurst(trialPackets)
		}
		r.owner.Store(&owner{g, c})
		s.clients[c] = r
		s.near[addr.Near(c.addr.Addr())]++
	}
	s.mu.Unlock()
	if g == nil || !g.add(r) {
		_ = r.Close() // the grant was closed meanwhile
	}
}

func (s *Server) bound(_, _ net.Addr, _, _, _ string, relayAddr, peer net.Addr, number uint16) {
	if r := s.relayAt(addrPort(relayAddr)); r != nil {
		r.bind(number, addrPort(peer))
	}
}

func (s *Server) unbound(_, _ net.Addr, _, _, _ string, relayAddr, peer net.Addr, number uint16) {
	if r := s.relayAt(addrPort(relayAddr)); r != nil {
		r.unbind(number, addrPort(peer))
	}
}

// forget takes a relay that has closed out of everything.
func (s *Server) forget(r *relay) {
	s.mu.Lock()
	delete(s.relays, r.addr)
	o := r.owner.Load()
	if o != nil && s.clients[o.client] == r {
		delete(s.clients, o.client)
		near := addr.Near(o.client.addr.Addr())
		if s.near[near]--; s.near[near] == 0 {
			delete(s.near, near)
		}
	}
	s.mu.Unlock()
	if o == nil {
		return
	}
	o.grant.remove(r)
	if s.streams != nil && o.client.port == s.streams.port {
		s.streams.hurry(o.client.addr)
	}
}

var errNoPort = errors.New("turn: no relay is free")

// generator makes virtual relays; Pion calls it.
type generator struct{ server *Server }

func (generator) Validate() error { return nil }

func (g generator) AllocatePacketConn(string, int) (net.PacketConn, net.Addr, error) {
	s := g.server
	s.mu.Lock()
	defer s.mu.Unlock()
	for range lastPort - firstPort + 1 {
		if s.next++; s.next < firstPort {
			s.next = firstPort
		}
		addr := netip.AddrPortFrom(virtual, s.next)
		if s.relays[addr] == nil {
			r := newRelay(s, addr)
			s.relays[addr] = r
			return r, r.LocalAddr(), nil
		}
	}
	return nil, nil, errNoPort
}

func (generator) AllocateConn(string, int) (net.Conn, net.Addr, error) {
	return nil, nil, errors.New("turn: no TCP relays")
}
