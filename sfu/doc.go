// Package sfu carries sound and picture between the people of a room, and to nobody else.
//
// A [Server] owns the media port and the rooms of one node. A [Session] is one
// person's media connection in a [Room]: its peer always offers, sends on the
// lines of its own publications and receives on a pool of slots. What one
// session publishes is forwarded, unchanged in its payload, to the slots of the
// others.
//
// The contract:
//
//   - **Nothing is forwarded without permission.** A packet leaves a session
//     only while its [Flow] lets its kind out, and only to sessions of the same
//     non-empty group. The rule is read for each packet, and once
//     [Session.SetFlow] has returned no packet leaves under the rule before it.
//   - **No face under another's name.** A slot carries a new person only after
//     the client acknowledged the mapping with [Session.AckSlots].
//   - **One peer pays alone.** Whatever a client can send has a bound; over it
//     packets are dropped and counted, and who goes on is ended, never the room.
//   - **Sound is never paused.** What a receiver's line carries goes to sound first, then to what he looks at; a picture that
//     it has no room for is paused and said to be ([Handler].PicturesPaused).
//   - **Nothing is sent for nobody.** Senders are told which of their layers are watched ([Handler].Demand).
//   - **Sealed once.** A sequence number is used once on a primary SSRC;
//     retransmissions go over RTX alone (RFC 4588).
//   - **Nothing stays.** No packet is written anywhere but to the network, and
//     [Server.Close] waits for every goroutine.
//
// The package knows no names, roles or chat: participants are opaque strings.
package sfu

// Lock order, from the outermost: Session.negotiate, Room.mu, sharing.mu, sink.mu, and then one of the innermost:
// publication.mu, encoding.mu, downlink.mu, Room.floor, ledger.mu. No two of the innermost are held at once; Server.mu, clock.mu and feedback.mu are
// held with no other. Only Session.negotiate is held while a transport answers, and none while one is made or closed or
// while a Handler is called. sink.mu is held while packets are sent, its own and the key frame request of its watcher:
// sending never waits (see package transport). A packet on its way takes sink.mu once for each receiver, and before
// that one of the innermost at a time; it never takes Room.mu.
