// Package conn keeps one websocket: it carries messages both ways, in order, and never lets a slow or hostile peer cost
// anybody else anything.
//
// What the messages mean is not known here.
//
// Contract:
//
//   - **Sending never blocks.** [Conn.Send] puts a message into an outbox of [wire.OutboxMessages] and [wire.OutboxBytes].
//     When it is full, the outbox is dropped and the socket closed with [wire.CloseTooSlow]; the client resumes.
//   - **The reason comes before the end.** What was sent before [Conn.Close] is delivered first, then the close frame, both
//     within [closeWait].
//   - **Bounded input.** A message over the read limit, a rate over [wire.SealedPerSecond], more refused messages than
//     [wire.RefusedPerMin] and binary messages close the socket with a code.
//   - **A dead peer is noticed** within [wire.PingEvery] + [wire.LostAfter] by websocket pings, which browsers answer also
//     while they hold back a hidden page's timers.
//   - **[Conn.Serve] waits** for everything that the connection started. At rest that is nothing beside the reader; a writer
//     and a ping run while there is something to write, and while a ping is under way.
package conn
