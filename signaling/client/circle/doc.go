// Package circle knows who is in a room by more than the server's word, and gives keys to nobody else.
//
// Contract:
//   - **The server proposes, statements decide.** A participant whom no counsellor of the room has stated by signature is unknown: he is given no key, and
//     nothing of his is opened.
//   - **Each set of people has a secret of its own.** Who left opens nothing that follows, who came nothing that was before.
//   - **One goroutine does everything, in the order in which it came.** What it calls may not block and may call back. [Circle.Close] waits for it.
//
// Protocol, formats and reasons: web/static/e2ee/README.md. The browser's is web/static/e2ee/circle.js; a test runs both in one room.
package circle
