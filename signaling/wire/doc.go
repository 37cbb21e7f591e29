// Package wire is the language that a participant and the server speak: what may be said, how long it may be,
// and how it looks on the socket.
//
// PROTOCOL.md beside this file is the contract; its examples are this package's golden files, and the browser
// client's as well. A message is one JSON object per websocket message.
//
// Contract:
//
//   - **Strict.** [DecodeRequest] and [DecodeUpdate] refuse duplicate keys, invalid UTF-8, unpaired surrogates, nesting deeper than
//     [MaxDepth], trailing data, a missing or mistyped field, and every string and list over its bound. Unknown
//     fields are ignored. A field's name is matched exactly, never by case.
//   - **Bounded.** Decoding costs time and memory proportional to the data, and the data is bounded by [MaxMessage]
//     and [MaxLargeMessage], the values in it by [MaxValues].
//   - **Symmetrical.** What was accepted encodes again to an equal message.
//   - **Codes, never sentences.** [CodeOf] gives the code that answers a decoding error; the text of an error names
//     fields and bounds, never what stood in them, so that it may be logged.
//   - **Nothing of ours is imported**: clients use this package too.
package wire
