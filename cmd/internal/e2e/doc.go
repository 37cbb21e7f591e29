// Package e2e runs whole nodes and drives them from outside, as people and as attackers do, through signaling/client.
//
// **What a counselling service promises is shown here on the product as it runs**: store, pages, signalling and media of a real node, real
// sockets, real packets. Each promise has a test that fails when it is broken, and where a test shows that nothing arrives, something
// else arrives in the same test by the same way.
//
// **Nobody is believed**: who saw whose picture is read from marks in the packets, and what reached the server from the server's own counters.
//
// There is no code here but tests. Browsers are driven by web/test/browser.
package e2e
