// Package frame seals and opens frames of sound and picture end to end, as the browser's worker does.
//
// Contract:
//   - **There is one way to write a frame.** A header that is not the shortest, a frame that is too short, and one of whose bytes, kind or key is
//     another do not open; there is no way around.
//   - **Nothing chooses a nonce.** It follows from the key's salt and the counter, and whoever holds the counter never uses one twice.
//   - **The server does not have this package** (cmd/internal/archtest): it has no code to open a frame.
//
// The format is RFC 9605 with AES_128_GCM_SHA256_128; what is around it, and why, says web/static/e2ee/README.md. web/test/vectors/sframe.json holds
// this package and web/static/e2ee to the same bytes.
package frame
