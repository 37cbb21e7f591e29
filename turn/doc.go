// Package turn relays the packets of calls whose browsers cannot, or by the room's rules may not, reach each other or the media
// engine themselves (TURN, RFC 8656, on Pion's server).
//
// The contract:
//
//   - **No relay reaches the world.** A relayed transport address is virtual: a number in this process, without a socket. What is
//     sent from it arrives at the other relay of the same call, or at the media engine, by address and port, or nowhere.
//   - **A credential is worth what its session is.** A [Grant] is made for one person of one call. It may be used while it is open,
//     however long the call takes; when it closes, its relays end with it, and nobody comes in with it again.
//   - **Strangers are cheap.** Who has no relay yet is answered at a bounded rate, for each address and in all, and keeps a TCP
//     connection for seconds. Relays are bounded for each grant, for each address and in all, and so is what one of them carries.
//   - **Nothing waits.** What a peer cannot take is dropped and counted; a slow peer pays alone.
//   - **What is relayed is not looked at**, kept or logged.
//
// Datagrams are handed in ([Server.Receive]), because the UDP port is shared with the media engine; [Claims] says which are meant.
package turn
