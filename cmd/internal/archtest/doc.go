// Package archtest keeps the shape of the house: which package may know which, and what none may do.
//
// It has tests alone. Each rule stands with its reason; when one complains, the answer is nearly always to move the code.
// Where a rule is really wrong, change it together with DESIGN's section 3 and ARCHITECTURE.md.
package archtest
