// Package peerconnection carries a peer's packets with Pion's PeerConnection.
//
// It keeps the contract of package transport, and beside it:
//
//   - **We are the DTLS server** and put AES-128-GCM first (RFC 7714): the
//     server's order wins, and the other profile that browsers choose costs six
//     times as much.
//   - **One port, one certificate.** All connections share a UDP socket, a TCP
//     listener and a certificate that is replaced before it expires.
//   - **Packets take the short way in.** Pion hands every opened packet to a
//     buffer that we supply, on the goroutine that opened it; nothing is queued
//     behind it and no goroutine reads a track.
//   - **No interceptor.** Retransmission, reports and feedback are the engine's.
//   - **The log names no one.** Of Pion's messages the format alone is logged,
//     and few of them.
package peerconnection
