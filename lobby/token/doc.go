// Package token makes and checks the two papers with which a browser opens a socket: a ticket, which lets somebody sign on
// once within a minute, and a resume token, which lets the same device come back. Neither lets anybody into a room that
// was not let in by a counsellor.
//
// The contract:
//
//   - Signed with Ed25519 and nothing else: a token that names another algorithm is refused before its key is looked at.
//     The key is kept in the store's settings, so tokens hold across restarts; its id in the header lets it be rotated.
//   - Bound to a device. A token carries the public point of the device's key; without a signature by that key
//     ([VerifyProof]) it is a piece of paper.
//   - A ticket is taken once. What was taken is remembered until it has expired, in bounded memory; tickets from before
//     the start of the process are refused, so forgetting at a restart opens nothing.
//   - One refusal, [ErrToken], whatever was wrong: expired, used, forged, of the other kind, malformed.
//
// What a token says was true when it was made. The caller compares session and generation with the store.
package token
