// Package icemux lets every connection of a node share one UDP port and one TCP
// port: it hands each datagram to the ICE agent that it is meant for.
//
// The contract:
//
//   - **Bounded.** Each session's queue holds a fixed number of packets, each
//     session a fixed number of addresses, the TCP side a fixed number of
//     connections in all and from one address (an IPv6 /64 is one), and control packets (RTCP) a rate
//     before they are opened. What does not fit is dropped and
//     counted; the others notice nothing.
//   - **Strangers get nothing.** A datagram that is neither a connectivity check
//     for a live session nor from an address that passed one is dropped without
//     an answer and without memory.
//   - **No address is stolen.** While a session is being heard from an address,
//     another cannot take the address over.
//   - **One bad read ends nothing.** Temporary errors of a socket are waited out;
//     a fault over a datagram costs that datagram, over a TCP connection that
//     connection.
//
// [UDP] and [TCP] implement the interfaces of pion/ice. They present one local
// address per family to the agents: what is told to clients is written into the
// answer by the caller.
package icemux
