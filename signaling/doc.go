// Package signaling accepts the websockets of everybody in a call or a waiting room, finds out who each is, and keeps the
// live rooms that they meet in.
//
// The parts stand beside it: wire (what is said), conn (one socket), room (the rules), session (who asks whom). Here is
// what they share: the door and the list of rooms.
//
// Contract:
//
//   - **Nobody is anybody before the sign-on.** A socket has [wire.SignOnWithin] for it; an address has [PerAddress] such sockets, the
//     server [Unauthenticated]. Addresses are kept as salted hashes, in memory, while their sockets are open.
//   - **Pages of other origins cannot connect**, and no cookie is looked at.
//   - **One live room per room**, made at the first arrival, forgotten when it has ended, or when nobody is there and nobody
//     was ever let in. Whoever arrives while one is being taken down waits for the next.
//   - **A panic ends one connection or one room**, is counted, and logged without what it was about.
//   - [Server.Close] tells everybody to resume elsewhere and waits for every goroutine.
package signaling
