// Package bwe estimates how many bits per second the line to one receiver carries, from what the receiver says of when
// each packet came, so that nobody is sent more than his line can take and nobody less than he could have.
//
// Contract:
//   - **Delay decides before loss does.** A queue that grows lowers the target before it overflows. Packets lost without
//     a queue lower it only if sending less is seen to lose less.
//   - **Bursts are not overuse.** Nothing paces what is sent here; what a burst alone explains of a delay is taken out of
//     it.
//   - **What was not tried is not believed.** The target does not run ahead of what has arrived, except by a probe; and it
//     is not lowered because little is sent.
//   - **Feedback that cannot be true changes nothing**, costs bounded work, and is told as an error.
//   - **Silence is bad news.** A peer that stops answering gets less by the second, and all of it soon after it answers
//     again.
//   - **The target is always within [Config.Min] and [Config.Max].**
//
// It is a delay-based controller of the family of Google's congestion control (draft-ietf-rmcat-gcc-02), fed by
// transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01), with the trend line that took the place
// of the draft's Kalman filter (Carlucci et al., "Congestion Control for Web Real-Time Communication", IEEE/ACM ToN
// 2017, for the threshold; WebRTC's trendline_estimator for the filter), and a loss control of its own.
//
// Time is an argument; nothing here reads a clock, and the same calls give the same targets. An Estimator is not safe
// for concurrent use.
package bwe
