// Package sealer keeps the keys that frames are sealed and opened with: a frame is sealed with a nonce of its own, or not at all, and opens once, for
// the one participant whose it is.
//
// Contract:
//   - **No nonce twice.** A stream takes a number that nobody else has in its epoch, its counter begins at zero there and only rises, and another epoch
//     has another secret.
//   - **Nothing fails open.** Without a key nothing is sealed, and what does not open is dropped and counted by its reason; there is no way around.
//   - **Garbage is cheap.** It costs at most one derivation a frame and few a second, and never the keys of what is genuine.
//   - **Pure**: time is an argument, and a lock guards memory alone.
//
// The rules and limits are those of web/static/e2ee/README.md, "Media"; the browser's are own_keys.js, others_keys.js and window.js beside it.
package sealer
