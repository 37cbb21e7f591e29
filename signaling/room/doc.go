// Package room is one live counselling room: who waits, who is in, who may see and hear whom, and who decides it.
//
// [State] is the room as a plain value; [State.Apply] takes a [Command] and the time and gives the [Event]s that follow.
// [Loop] gives a State its one goroutine, its timers and its durable writes.
//
// The contract:
//
//   - **Only a human opens the door.** Somebody who does not moderate gets in by an [Admit] of a counsellor who is himself
//     in the room, or comes back by a genuine re-entry: the device that was admitted, the same admission generation, the
//     same session, a token that says so, within the policy's time. No absence, timer, limit or restart admits anybody.
//   - **Removed is final**, for the person on all devices and for the session.
//   - **Silent without a counsellor.** While no counsellor is heard, nobody else has a [Flow] that lets anything through. The one exception is
//     a counsellor's own word at his leaving ([LeaveOpen]), for a time that the policy bounds (by default to none) and everybody inside is told.
//   - **Off is off.** What a person or a counsellor switched off has no flow; only the person switches it on again.
//   - **Reserved is reserved.** A camera that a counsellor has reserved goes to those who moderate alone until its person, and nobody
//     else, shows it to all again.
//   - **One screen.** One person at a time shares his screen, who began it himself and may by the room's rule. It is forwarded
//     under the same permissions as a camera, and not at all while no counsellor is here.
//   - **Nobody learns of who waits** but those who moderate. Events are addressed when they are made: To names sockets,
//     and who forwards an event needs no rule of his own.
//   - **Pure.** Apply does no I/O, reads no clock and draws no random number; ids come with the commands. The same
//     commands at the same times give the same events. On an error nothing has changed.
//   - **Plain values.** State, commands and events are JSON round-trippable whole ([EncodeCommand], [EncodeEvent],
//     [State.MarshalJSON]), so that they can cross from node to node.
//   - **Durable before acknowledged.** [Loop.Do] cuts media at once and returns from a put-back or removal after the write.
//
// What everybody may see is a function of the state ([View]); the events are the difference between before
// and after. Whoever applies the events to a view has the next view.
//
// # After a restart
//
// A room lives in memory, and a restart or a fault loses it; who was admitted comes back by his resume token. **Nothing is
// more open then than before**: the token carries his switches, whether his camera was reserved, and whether the room was held, frozen and locked
// ([lobby.Standing]), a new seat starts with what was on, and a room in which nobody has spoken of a hold is held again as soon as one comes back who
// knew of it; and so it is with an incident and a lock. That a room was left open is forgotten. Such a token can close and never opens: an old one costs a counsellor another word.
//
// # Seats
//
// A participant is a seat: one person on one device, or one sign-in of a counsellor. Whoever comes back with the same
// device key has the same seat, be it after a lost line, a reload or in a second tab; the new socket replaces the old
// one. Another device with the same link is another seat: it waits, and admitting it closes the first. A second sign-in
// of a counsellor's account joins beside the first. A link that moderates takes its seat without waiting, unless another
// device with the same link is alive in the room: then it waits like any second device, until it is admitted or the
// first has gone.
//
// # Locked
//
// While a room is locked nobody new knocks: who comes, or knocks again after having been declined, has a seat outside that those who moderate do not see
// (seat.Shut), is told so, and knocks by himself when it is unlocked. Who waited before goes on waiting; who is in keeps his seat and his re-entry; who
// moderates comes in, or nobody could unlock it.
//
// # The counsellor is gone
//
// A counsellor is here while anything is heard of him: [Heard], or a command by his socket. He is gone when he left, or
// when nothing was heard for [LostAfter] (3 s). When the last one is gone and somebody has been let in during this
// session, the room is paused: nothing flows between the others, and Room.EndsAt says when the policy ends it for all.
//
// For [ResumeWithin] (60 s) a paused room resumes by itself when a counsellor comes back. After that minute nobody
// expects to be seen any more: a counsellor who comes back later and finds somebody inside finds the room held (no
// longer paused, no end in sight), and it goes on when he lifts the hold.
package room
