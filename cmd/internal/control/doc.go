// Package control is what the command line may ask of a node, whether the node runs or not.
//
// **The operations exist once** (Operations), behind one HTTP handler. A running node serves it on a socket in its state folder,
// which its owner alone can open; when none runs, the command opens the store itself and calls the same handler in its own process.
//
// **One process at a time owns a state folder**: a lock in it says who, so that a command never changes a store behind a node's
// back.
//
// **Links begin with the address that people open**: the one that was said, or the node's, or the one that it kept when it ran last. Without
// any there is no link.
//
// **Secrets are made where the command runs.** Passwords and links arrive here derived and hashed, as from a browser.
package control
