// Package obs shows an operator how a node is doing without showing whom it serves.
//
// **Logs carry no personal data**: no name, link, token, text, session description or full IP address, at any level. Types that
// hold such things redact themselves; the handler here is the net beneath them, which withholds by the attribute's key and
// shortens what looks like an address or a secret wherever it stands, errors and messages included.
//
// **Metrics are counts and histograms.** No label is an id, a name or an address; the number of series is fixed by the code.
//
// **Health is a media round trip**, not an open port.
//
// The admin listener serves all this and profiling, on loopback unless configured otherwise.
package obs
