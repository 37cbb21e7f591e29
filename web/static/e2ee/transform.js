/**
 * What becomes of each frame between encoder and network, and between network and decoder.
 *
 * **There is no way through for a frame as it came**: it is sealed or opened, or it is dropped and counted. A frame that fails is dropped alone; the
 * stream goes on.
 */
import { clearOfVP8, sealFrame } from './frame.js';

/** @typedef {import('./frame.js').Kind} Kind */
/** @typedef {import('./others_keys.js').Reason} Reason */
/** @typedef {{ data: ArrayBuffer, type?: 'key' | 'delta' | 'empty', getMetadata?: () => { mimeType?: string } }} Frame of `RTCEncodedVideoFrame` and `RTCEncodedAudioFrame`, what is needed here */
/** @typedef {TransformStreamDefaultController<Frame>} Controller */

/**
 * What went through one transform so far.
 * @typedef {object} Counts
 * @property {number} passed frames sealed, or opened
 * @property {Partial<Record<Reason | 'unready', number>>} dropped unready: there was no key to seal with
 */

/** @returns {Counts} */
export const noCounts = () => ({ passed: 0, dropped: {} });

/** @param {Counts} counts @param {Reason | 'unready'} reason */
const drop = (counts, reason) => void (counts.dropped[reason] = (counts.dropped[reason] ?? 0) + 1);

/** How many bytes of it have to stay readable. @param {Frame} frame */
function clearOf(frame) {
  if (frame.type !== 'key' && frame.type !== 'delta') return 0;
  // VP9 says all that a server needs in its payload descriptor. A browser that does not name the codec sends VP8.
  return frame.getMetadata?.().mimeType?.toLowerCase() === 'video/vp9' ? 0 : clearOfVP8(frame.type);
}

/**
 * @param {ReturnType<import('./own_keys.js').OwnKeys['stream']>} stream of this sender object alone
 * @param {Kind} kind
 * @param {Counts} counts to add to
 */
export function sealing(stream, kind, counts) {
  return async (/** @type {Frame} */ frame, /** @type {Controller} */ controller) => {
    // In a pause of speech Chromium's encoder gives fifty frames of nothing in a second, which it would not send; sealed they would be something.
    if (frame.data.byteLength === 0) return undefined;
    const next = await stream.next();
    if (!next) return drop(counts, 'unready');
    const sealed = await sealFrame(next.key, next.counter, kind, new Uint8Array(frame.data), clearOf(frame)).catch(() => null);
    if (!sealed) return drop(counts, 'unready');
    frame.data = sealed.buffer;
    counts.passed++;
    return controller.enqueue(frame);
  };
}

/**
 * @param {import('./others_keys.js').OthersKeys} keys
 * @param {{ participant: string | null, kind: Kind }} expected as it is when a frame comes; whose it has to be, and of what
 * @param {Counts} counts to add to
 * @param {{ now: () => number, onUnknown: (participant: string, epoch: number) => void }} world now: ms; onUnknown: a secret is missing
 */
export function opening(keys, expected, counts, { now, onUnknown }) {
  return async (/** @type {Frame} */ frame, /** @type {Controller} */ controller) => {
    // Padding on the stream of the sound comes as a frame of nothing.
    if (frame.data.byteLength === 0) return undefined;
    const { participant, kind } = expected;
    const result = await keys.open(participant, kind, new Uint8Array(frame.data), now());
    // Whose frames these are to be changed while this one was opened.
    if ('frame' in result && expected.participant !== participant) return drop(counts, 'foreign');
    if ('dropped' in result) {
      drop(counts, result.dropped);
      if (result.dropped === 'unknown' && participant !== null) onUnknown(participant, result.epoch ?? 0);
      return undefined;
    }
    frame.data = result.frame.buffer;
    counts.passed++;
    return controller.enqueue(frame);
  };
}
