// Package sfutest drives the media engine in tests: a client that offers as
// PROTOCOL.md says and gives raw access to what it sends and receives, builders
// of packets that can be recognised, a socket that loses what it is told to
// lose, a transport without a network, and a check for goroutines left behind.
//
// Everything ends with the test that made it, waits for events with a deadline
// and never sleeps for luck.
package sfutest
