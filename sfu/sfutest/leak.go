package sfutest

import (
	"testing"

	"go.uber.org/goleak"
)

// NoLeaks fails the test if goroutines are left when it and its cleanups have ended. Call it first.
func NoLeaks(tb testing.TB) {
	tb.Helper()
	here := goleak.IgnoreCurrent()
	tb.Cleanup(func() { goleak.VerifyNone(tb, here) })
}
