//go:build race

package e2e

// slowdown is how many times more the race detector, and the other packages that are tested at the same time, make everything take.
const slowdown = 3
