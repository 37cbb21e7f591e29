// Package receipt makes the proof that a counselling session was deleted ("Löschprotokoll"): signed by the installation, without a word
// about who took part.
//
// The contract:
//
//   - **Nothing personal can stand in it.** A [Receipt] has fields for numbers, rounded times and words out of fixed lists alone; a value
//     outside of them is refused, when it is signed and when it is verified. Its pseudonym is random and leads nowhere.
//   - **Made after the wipe**, by whoever wiped: nothing here deletes, or looks whether something is deleted.
//   - **Kept in memory alone**, and there for [Keep]: a [Desk] gives it once to each who was promised it, and forgets it.
//   - **Pure.** Nothing reads a clock or writes anywhere; times are given.
//   - **Verifiable elsewhere**: an Ed25519 signature (RFC 8032) over the JSON of the receipt, with the fields in the order of [Receipt]
//     and no white space, after the line "anteroom receipt v1". receipt.schema.json beside this file is its schema.
package receipt
