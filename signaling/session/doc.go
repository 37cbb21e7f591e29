// Package session binds one participant's socket to the live room and to his media: it knows what each message asks for
// and whom to ask, and decides nothing itself.
//
// Contract:
//
//   - **One call per message type.** What may be done is decided by signaling/room, what passes by sfu, who somebody is by
//     lobby and its tokens.
//   - **No media session without a seat in the room.** A [Live] makes one only between the first Flow and the Drop that
//     the room gives for a participant; an offer by anybody else is refused with wrong_state.
//   - **A lost socket is not a leave.** The seat and its media session outlive the socket. The next socket of the device
//     gets the whole state again; events of media that came in between are in it.
//   - **Each sees what his role may.** Labels and persons go to those who moderate alone; signaling/room addresses its
//     events so, and nothing here adds to them but how good lines are, to those who moderate too.
//   - **What is told of a media session is told of the present one.** It comes after the answer by which the client knows of it.
//   - **The reader never waits.** Requests run in order on a goroutine that exists while there are some, so that a
//     counsellor is heard while his request is being written to disk.
//   - **A panic ends one connection**, with a count and a stack in the log.
//   - Nothing that is logged has a name, link, token, description or address in it.
package session
