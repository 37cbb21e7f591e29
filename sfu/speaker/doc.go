// Package speaker tells who speaks now and who has the floor, from the loudness that every sender states beside its
// sound. The sound itself is not needed, so it works where the server cannot hear.
//
// Contract:
//   - **The same for all, and reproducible**: decisions depend on ids, levels and the times passed in, nothing else; a
//     draw goes to who has the floor, then to the lower id.
//   - **Calm**: one decision each [Interval]. A cough or "mhm" takes nobody's floor, a pause for breath loses it to
//     nobody. Noise that stays the same is not speech.
//   - **Changes only**: an unchanged state is not told again.
//
// A Detector serves one room and is not safe for concurrent use.
package speaker
