// Package alloc decides how much of one receiver's line each picture gets that he wants to see, and which are paused
// because there is no room for them.
//
// Contract:
//   - **Sound first.** What sound takes is set aside before any picture gets anything, and sound is never decided about here.
//   - **Who is looked at comes first**: the stage up to 360 lines, before anybody else gets anything; then everybody the
//     smallest picture, in order; then the stage up to what its tile asks for; then the others, step by step.
//   - **Within the line**: what is granted and sound together are never more than the budget.
//   - **Paused is said.** A picture that is wanted and has no room is Paused, the least important first; one that is not
//     wanted is not. One that is large even at its smallest gives way first, whoever it shows: nobody pays for what another sends.
//   - **Calm.** Less is taken at once; more only with a margin, and not soon after less: see [Allocator].
//
// Nothing here knows codecs or reads a clock, nothing is allocated once an Allocator has its size, and nothing is safe for
// concurrent use.
package alloc
