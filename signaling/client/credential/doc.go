// Package credential turns what people keep (a password, a link) into what a server may see, so that the server can let
// somebody in without ever holding what he keeps.
//
// **Nothing here talks to anybody.** Every function is a derivation, a seal or a signature. The browser has the same ones in
// web/static/e2ee/keys.js; web/test/vectors/credential.json holds both to the same bytes.
//
// **What leaves the person's hands** is what a value's field comment says may be sent; everything else stays. The private
// types print as "[secret]", so that a log line or an error cannot carry one away.
//
// All derivations are HKDF-SHA-256 (RFC 5869) with an empty salt and a label of its own per purpose; sealing is AES-256-GCM
// with a random 96-bit nonce in front; keys are on P-256. Byte strings travel as base64url without padding (RFC 4648
// section 5).
package credential
