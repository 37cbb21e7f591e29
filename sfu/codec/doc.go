// Package codec says what a media packet is, from its bytes alone: where its parts lie, which frame it belongs
// to, whether a picture can be built from here on, how loud the sound is.
//
// Contract:
//   - **Bytes in, values out.** Nothing is kept between calls but the [Structure] of a stream, which its owner passes in;
//     nothing is allocated, no byte is read outside the slice that was passed in. What is not well-formed is an error,
//     never a guess and never a panic.
//   - **Views, not copies.** Payloads and extensions are sub-slices of the packet; they live as long as it does.
//   - **Rewriting round-trips.** A descriptor that was rewritten parses to the numbers written and to everything
//     else as it was.
//
// The rest of the engine asks about a video packet no more than this: does it begin a frame, does it begin a key frame, how
// large is the picture, which spatial layer is it, which numbers must be rewritten. Payload descriptors say it ([VP8], [VP9]),
// and [Descriptor] says it where payloads are sealed; neither the selector nor the sequence map knows codecs by name.
package codec
