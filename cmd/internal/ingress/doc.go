// Package ingress lets everything that a node speaks share its ports: pages and websocket, TURN and ICE on one TCP port, media and
// TURN on one UDP port.
//
// The contract:
//
//   - **Told apart by first bytes**, after TLS where TLS comes first: HTTP and TURN by ALPN (RFC 7443), else HTTP by its letters, TURN
//     and ICE by where the magic cookie of STUN stands (RFC 8489 section 5, RFC 4571). What is none of them is closed.
//   - **HTTP/2 stays on**: net/http gets the *tls.Conn itself.
//   - **Who says nothing pays alone.** A connection has seconds to say what it is, and TLS to be agreed on; those that have not are
//     bounded in all and for each address, and the oldest gives way.
//   - **Accepting never ends** over a temporary error.
package ingress
