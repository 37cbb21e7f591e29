// Package cache keeps the last packets of one published layer for everybody who may need them again: receivers that
// lost one, other nodes, and ourselves, to know what was lost on the way in.
//
// Contract:
//   - **Each packet once.** A sequence number is stored at most once; a second copy (browsers probe the line by
//     repeating real packets) is refused as [Duplicate] and must not be forwarded.
//   - **Nothing is served after its time**: at most [MaxAge], however often it is asked for.
//   - **Bounded**: packets, bytes and the list of missing ones. Memory follows the rate of the stream; a ring that has
//     seen no packet holds none.
//   - **Missing packets are asked for with measure**: once per round trip, more slowly each time, a few times, then
//     given up and counted.
//
// A Ring is safe for concurrent use: one goroutine puts, others get.
package cache
