// Package seqmap renumbers the packets of changing sources into one stream that a receiver can take for a single,
// unbroken one: layers are switched, people replaced, packets left out, and the receiver sees none of it.
//
// Contract:
//   - **One number, one packet.** An output sequence number is given out at most once (SRTP: one nonce, one packet);
//     asking again for the same source packet is refused as [Duplicate].
//   - **What we leave out is no loss; what was lost stays visible.** A dropped packet closes up the numbering, a
//     packet that never came keeps its number free, and takes it if it comes late.
//   - **Late packets map as they would have in time**, also across switches, as long as their numbers are remembered.
//   - **Time moves forward at a switch**, by at least one tick, and by no more than the time that passed plus [MaxSkew].
//   - **Every number can be traced back** to its source packet for retransmission, within a bounded memory.
//
// A Map belongs to one outgoing stream (one SSRC) and is not safe for concurrent use.
package seqmap
