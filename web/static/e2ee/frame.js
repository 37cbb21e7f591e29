/**
 * One frame of sound or picture, sealed so that a server can forward it and cannot open it.
 *
 * **What is not sealed is not a frame**: taking apart gives null, opening rejects, and neither has a way around. **The few bytes that stay readable are
 * authenticated**, and so is what the frame is of. Layout and reasons: README.md, "The frame". **Go does the same** (`signaling/client/frame`).
 */
import { concat } from './bytes.js';
import { open, seal, takeApart } from './sframe.js';

/** @typedef {import('./bytes.js').Bytes} Bytes */
/** @typedef {import('./sframe.js').FrameKey} FrameKey */
/** @typedef {import('./sframe.js').Sealed & { clear: Uint8Array }} SealedFrame clear: the bytes that everybody can read */

/** What a frame is of, as it is authenticated. */
export const kinds = /** @type {const} */ ({ microphone: 0, camera: 1, screen: 2, sound: 3 });
/** @typedef {(typeof kinds)[keyof typeof kinds]} Kind */

/** Pictures are forwarded by their first bytes; how many they are stands at the end. @param {Kind} kind */
const pictured = (kind) => kind === kinds.camera || kind === kinds.screen;

/**
 * How many bytes of a VP8 frame the server and the receiving browser have to read: whether it is a key frame, and how large (RFC 6386, section 9.1).
 * @param {'key' | 'delta'} type
 */
export const clearOfVP8 = (type) => (type === 'key' ? 10 : 1);

/** @param {Kind} kind @param {Uint8Array} clear */
const metadata = (kind, clear) => concat(Uint8Array.of(kind), clear);

/**
 * @param {FrameKey} frameKey @param {number} counter never twice with this key
 * @param {Kind} kind
 * @param {Uint8Array} frame
 * @param {number} [clearLength] how many of its first bytes stay readable, at most 255; pictures alone may have any
 * @returns {Promise<Bytes>}
 */
export async function sealFrame(frameKey, counter, kind, frame, clearLength = 0) {
  if (!pictured(kind)) return seal(frameKey, counter, metadata(kind, new Uint8Array()), frame);
  const clear = frame.subarray(0, clearLength);
  return concat(clear, await seal(frameKey, counter, metadata(kind, clear), frame.subarray(clear.length)), Uint8Array.of(clear.length));
}

/** @param {Uint8Array} frame @param {Kind} kind @returns {SealedFrame | null} null where it was not sealed by `sealFrame` */
export function takeFrameApart(frame, kind) {
  const clearLength = pictured(kind) ? (frame.at(-1) ?? 0) : 0;
  const sealed = takeApart(frame.subarray(clearLength, pictured(kind) ? -1 : frame.length));
  return sealed && { ...sealed, clear: frame.subarray(0, clearLength) };
}

/**
 * @param {FrameKey} frameKey that of the frame's key id
 * @param {Kind} kind what the frame is expected to be of
 * @param {SealedFrame} sealed
 * @returns {Promise<Bytes>} the frame as it was before
 * @throws {DOMException} OperationError: another key or kind, or a byte was changed
 */
export async function openFrame(frameKey, kind, sealed) {
  return concat(sealed.clear, await open(frameKey, metadata(kind, sealed.clear), sealed));
}
