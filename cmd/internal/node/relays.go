package node

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"

	"github.com/anteroom-video/anteroom/cmd/internal/config"
	"github.com/anteroom-video/anteroom/signaling/wire"
	"github.com/anteroom-video/anteroom/turn"
)

// relays is the relay as signalling asks it.
type relays struct {
	server *turn.Server
	// datagrams is the URL of the relay over UDP.
	datagrams []string
	// stream are the URLs of the relay over TCP, or over TLS where that is taken off here (RFC 7065).
	stream []string
}

func (n *Node) relays() relays {
	r := relays{server: n.relay}
	told := n.media.Told()
	if len(told) > 0 { // one is enough: browsers are slow with many
		r.datagrams = []string{fmt.Sprintf("turn:%s?transport=udp", told[0])}
	}
	if n.config.TLS != config.TLSOff {
		// By the name that the certificate has.
		r.stream = []string{fmt.Sprintf("turns:%s?transport=tcp", net.JoinHostPort(n.publicHost(), strconv.Itoa(n.publicPort())))}
		return r
	}
	if len(told) > 0 {
		r.stream = []string{fmt.Sprintf("turn:%s?transport=tcp", told[0])}
	}
	return r
}

// Engine implements session.Relays. Over UDP nobody is told of the relay: who reaches that port reaches the engine, and a
// browser that has both over one socket never tries the engine itself.
func (r relays) Engine() ([]wire.ICEServer, func()) {
	return r.grant(turn.Scope{Engine: true}, r.stream)
}

// Call implements session.Relays.
func (r relays) Call(call, person string) ([]wire.ICEServer, func()) {
	return r.grant(turn.Scope{Call: call, Person: person}, slices.Concat(r.datagrams, r.stream))
}

// Trial implements session.Relays.
func (r relays) Trial(check, end string) ([]wire.ICEServer, func()) {
	return r.grant(turn.Scope{Call: check, Person: end, Trial: true}, slices.Concat(r.datagrams, r.stream))
}

// Relayed implements session.Relays.
func (relays) Relayed(a netip.AddrPort) bool { return turn.Virtual(a) }

func (r relays) grant(scope turn.Scope, urls []string) ([]wire.ICEServer, func()) {
	g := r.server.Grant(scope)
	return []wire.ICEServer{{URLs: urls, Username: g.Username, Credential: g.Password}}, g.Close
}
