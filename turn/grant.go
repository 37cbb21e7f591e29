package turn

import (
	"crypto/rand"
	"sync"
	"sync/atomic"

	pion "github.com/pion/turn/v4"
)

// Scope says what the relays of a grant reach.
type Scope struct {
	// Call: the relays of the other persons with the same call, which is not empty.
	Call string
	// Person is who the grant is for, within the call.
	Person string
	// Engine: the media engine.
	Engine bool
	// Trial: of a line, before its person is let in. It carries no call: few relays, few packets, and no more than trialBytes in all.
	Trial bool
}

// What a trial needs at most: a browser asks for one relay per network and transport, and sends 60 packets a second for some seconds.
const (
	trialRelays  = 8
	trialPackets = 150
	trialBytes   = 1 << 20
)

// reaches reports whether relays of s may exchange packets with those of other.
func (s Scope) reaches(other Scope) bool {
	return s.Call != "" && s.Call == other.Call && s.Person != other.Person
}

// Grant is the right of one person to relays, while it is open.
type Grant struct {
	// Username and Password are the credential (RFC 8489 section 9.2). They are random and say nothing of whose they are.
	Username, Password string

	scope  Scope
	key    []byte
	server *Server
	spent  atomic.Int64 // bytes, of a trial

	// mu guards the following fields.
	mu     sync.Mutex
	closed bool
	relays map[*relay]struct{}
}

// Grant opens a grant. Close it with the session that it is for.
func (s *Server) Grant(scope Scope) *Grant {
	g := &Grant{Username: rand.Text(), Password: rand.Text(), scope: scope, server: s, relays: map[*relay]struct{}{}}
	g.key = pion.GenerateAuthKey(g.Username, realm, g.Password)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.grants[g.Username] = g
	return g
}

// Close ends the grant and its relays: when it returns, nothing is relayed for it any more.
func (g *Grant) Close() {
	g.server.mu.Lock()
	delete(g.server.grants, g.Username)
	g.server.mu.Unlock()
	for _, r := range g.close() {
		_ = r.Close()
	}
}

func (g *Grant) close() []*relay {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	relays := make([]*relay, 0, len(g.relays))
	for r := range g.relays {
		relays = append(relays, r)
	}
	return relays
}

// pays takes the bytes of a packet from what the grant may spend; false when there is nothing left.
func (g *Grant) pays(bytes int) bool {
	return !g.scope.Trial || g.spent.Add(int64(bytes)) <= trialBytes
}

// full reports whether the grant has as many relays as it may.
func (g *Grant) full(most int) bool {
	if g.scope.Trial {
		most = min(most, trialRelays)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.relays) >= most
}

// add gives a relay to the grant; false if that is closed.
func (g *Grant) add(r *relay) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return false
	}
	g.relays[r] = struct{}{}
	return true
}

func (g *Grant) remove(r *relay) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.relays, r)
}
