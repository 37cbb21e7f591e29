// Package node builds one node of Anteroom out of its parts, starts them, and stops them in order.
//
// **A node is a value**: it has no state outside itself and its state folder, so several run in one process.
//
// **It starts whole or not at all.** What cannot be started is said in one sentence that names the thing and the way out, and what
// had been started before is stopped again.
//
// **It stops from the outside in**: it says that it is not ready, tells everybody in a call to resume elsewhere, answers what was
// asked, ends media, and closes the store last.
//
// It is the only package that knows all parts; nothing but the command and the end-to-end tests knows it.
package node
