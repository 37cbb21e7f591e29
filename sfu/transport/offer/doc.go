// Package offer reads what a client offers, refuses everything that the
// protocol does not ask for, and writes it anew with nothing else in it.
//
// The contract:
//
//   - **Refused whole or accepted whole.** Parse returns a Description that
//     keeps every rule of PROTOCOL.md and this package, or an error that wraps
//     [transport.ErrBadOffer]. It never guesses what was meant.
//   - **Only known words go on.** [Description.String] is composed from the
//     fields of the Description alone; no byte of the client's text reaches the
//     stack below unread. The client's candidates are not among them: its
//     addresses are learnt from its connectivity checks.
//   - **One meaning per number.** A payload type or header extension id means
//     the same in every m-line (RFC 8843 section 9), and goes on meaning it in
//     later offers of the connection.
//   - **Bounded.** Bytes, m-lines, layers and declared SSRCs have limits.
package offer
