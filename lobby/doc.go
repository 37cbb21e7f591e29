// Package lobby knows who is invited to which room, and what an invitation is worth: nobody reaches a room by it but
// into the waiting room, and when a room ends, what was known about its people is gone.
//
// It holds tenants, rooms, persons, links and policies, and decides the edges of one person's admission. The live room
// (who waits now, who is in) belongs to signaling/room; here is only what must outlive a process.
//
// The contract:
//
//   - Strictly by tenant. Every look-up is made inside one tenant; a [Store] transaction cannot name another.
//   - No oracle. A room of somebody else is [ErrNotFound], never "forbidden". A link that never existed and one that has
//     expired give the same [ErrLinkInvalid] after the same work.
//   - Durable before acknowledged. [Service.RaiseGeneration] and [Service.Revoke] return only after the write would
//     survive a power cut, so a token from before is worth nothing, also after a restart.
//   - What began ends. [Service.Begun] says which sessions a node that starts must bring to an end; [Service.EndSession] ends
//     one once, however often it is asked.
//   - Deleting is physical. [Service.EndRoom] and [Service.DeleteRoom] leave no byte of the room in the store's files.
//   - Rules live in [Service] and in the pure files (admission.go, policy.go, window.go); a store only keeps.
//
// Link secrets never come here: the browser derives auth from them and sends that; kept is its SHA-256 alone.
package lobby
