// Package auth lets a counsellor sign in without the server ever knowing the password, and lets nobody else.
//
// The browser (or the command line) derives two values from the password; one of them, auth, comes here and is kept as
// argon2id hash, the other never leaves the browser and opens the counsellor's private key, which is kept here wrapped. A recovery
// phrase, which stands on paper, opens a second wrapping of the same key and lets nobody in. A passkey does both: what it signs is
// checked here, and what opens its wrapping of the key stays in the browser.
//
// The contract:
//
//   - An unknown name costs the same work and gives the same [ErrUnauthenticated] as a wrong password or a disabled account.
//   - What a passkey signs is good once, within five minutes, for the address that people open, with its owner known.
//   - Guessing is slowed, nobody is locked out: an address that guesses is refused for a growing time; an account that is
//     guessed at from many addresses answers late, to everybody, but answers.
//   - Bounded: hashing runs at most [Config.Hashing] at a time with a short queue; what is remembered of failures has a
//     fixed size, is a salted hash of the address, stays in memory and is gone after ten minutes.
//   - Cookie values and setup tokens are random and kept as SHA-256 alone. A web session ends after 12 hours, after one
//     idle hour, when it is revoked, and at once when its account is disabled or reset.
package auth
