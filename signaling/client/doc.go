// Package client takes part in a call as a browser does: it opens a personal link or signs in as a counsellor, waits, is admitted, sends
// and receives sound and picture, and keeps its seat when the line drops.
//
// It is what the load generator, the end-to-end tests and bots use, and it knows nothing but the wire
// (signaling/wire/PROTOCOL.md) and the HTTP interface: any server that speaks them will do.
//
//   - **A Call has one owner.** Its state changes in one goroutine; methods and events may be used from any.
//   - **Events are the wire's own messages**, in their order, with [Reconnecting], [Reconnected], [MediaState] and [Finished] of this package
//     among them. They wait in a queue of [EventQueue]; a program that does not read them loses its call with [ErrUnread]: no event is
//     ever left out, and the line is never stalled.
//   - **A sealed call** ([Options.Sealed]) encrypts end to end as browsers do (web/static/e2ee/README.md): what a Sender plays or seals is for those whom a
//     counsellor has stated, what comes is opened or dropped, and there is no way around. What is written as packets goes out as it is.
//   - **A lost socket is resumed** by itself with the same seat; media goes on meanwhile. A media connection that is lost, or that the server
//     gave up, is made anew. Only [Call.Leave] leaves.
//   - **Nothing global**: every method that waits takes a context; Close waits for every goroutine.
//   - **Hostile tests are possible**: [Call.Request], [Call.SendRaw], raw RTP on every [Sender] and [Options.Rogue] do what a modified client could.
package client
