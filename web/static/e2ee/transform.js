/**
 * What becomes of each frame between encoder and network, and between network and decoder.
 *
 * **There is no way through for a frame as it came**: it is sealed or opened, or it is dropped and counted. A frame that fails is dropped alone; the
 * stream goes on.
 */
import { equal } from './bytes.js';
import { clearOfVP8, kinds, sealFrame } from './frame.js';
import { longestBlock, putRed, takeRed } from './red.js';

/** @typedef {import('./frame.js').Kind} Kind */
/** @typedef {import('./others_keys.js').Reason} Reason */
/** @typedef {{ data: ArrayBuffer, type?: 'key' | 'delta' | 'empty', getMetadata?: () => { mimeType?: string, payloadType?: number } }} Frame of `RTCEncodedVideoFrame` and `RTCEncodedAudioFrame`, what is needed here */
/** @typedef {TransformStreamDefaultController<Frame>} Controller */

/**
 * What went through one transform so far.
 * @typedef {object} Counts
 * @property {number} passed frames sealed, or opened
 * @property {number} bytes of these, as they were when they had gone through
 * @property {Partial<Record<Reason | 'unready', number>>} dropped unready: there was no key to seal with
 */

/** @returns {Counts} */
export const noCounts = () => ({ passed: 0, bytes: 0, dropped: {} });

/** @param {Counts} counts @param {Reason | 'unready'} reason */
const drop = (counts, reason) => void (counts.dropped[reason] = (counts.dropped[reason] ?? 0) + 1);

/** @param {Frame} frame @param {import('./bytes.js').Bytes} bytes what it is from now on @param {Counts} counts @param {Controller} controller */
function pass(frame, bytes, counts, controller) {
  frame.data = bytes.buffer;
  counts.passed++;
  counts.bytes += bytes.length;
  controller.enqueue(frame);
}

/** How many bytes of it have to stay readable; null where packetizers would read more than may stay so. @param {Frame} frame @returns {number | null} */
function clearOf(frame) {
  if (frame.type !== 'key' && frame.type !== 'delta') return 0;
  // A browser that does not name the codec sends VP8.
  const codec = frame.getMetadata?.().mimeType?.toLowerCase() ?? 'video/vp8';
  // VP9 says all that a server needs in its payload descriptor.
  return codec === 'video/vp8' ? clearOfVP8(frame.type) : codec === 'video/vp9' ? 0 : null;
}

/** Whether a frame of sound carries its past. Chromium, who alone sends such, gives it 63 where he does not name the codec. @param {Frame} frame @param {Kind} kind */
function isRed(frame, kind) {
  if (kind !== kinds.microphone && kind !== kinds.sound) return false;
  const { mimeType, payloadType } = frame.getMetadata?.() ?? {};
  return mimeType ? mimeType.toLowerCase() === 'audio/red' : payloadType === 63;
}

/** What was sealed lately, for when it is sent again as the past of what is new. */
class Lately {
  /** @type {{ plain: Uint8Array, sealed: Uint8Array }[]} */
  #all = [];

  /** @param {Uint8Array} plain @param {Uint8Array} sealed */
  note(plain, sealed) {
    this.#all = [...this.#all.slice(-3), { plain, sealed }];
  }

  /** @param {Uint8Array} plain @returns {Uint8Array | null} */
  find = (plain) => this.#all.findLast((one) => equal(one.plain, plain))?.sealed ?? null;
}

/**
 * @param {ReturnType<import('./own_keys.js').OwnKeys['stream']>} stream of this sender object alone
 * @param {Kind} kind
 * @param {Counts} counts to add to
 */
export function sealing(stream, kind, counts) {
  const lately = new Lately();
  /** @param {Uint8Array} plain @param {number | null} clear */
  const seal = async (plain, clear) => {
    const next = clear === null ? null : await stream.next().catch(() => null);
    return next && clear !== null && sealFrame(next.key, next.counter, kind, plain, clear).catch(() => null);
  };
  /** Its past is what was sealed before; what was not is left out. @param {Uint8Array} bytes */
  const sealRed = async (bytes) => {
    const blocks = takeRed(bytes.slice());
    const newest = blocks?.pop();
    if (!blocks || !newest) return null;
    const data = await seal(newest.data, 0);
    if (!data) return null;
    const past = blocks.flatMap((block) => {
      const sealed = lately.find(block.data);
      return sealed && sealed.length <= longestBlock ? { ...block, data: sealed } : [];
    });
    lately.note(newest.data, data);
    return putRed([...past, { ...newest, data }]);
  };
  return async (/** @type {Frame} */ frame, /** @type {Controller} */ controller) => {
    // In a pause of speech Chromium's encoder gives fifty frames of nothing in a second, which it would not send; sealed they would be something.
    if (frame.data.byteLength === 0) return undefined;
    const bytes = new Uint8Array(frame.data);
    const sealed = await (isRed(frame, kind) ? sealRed(bytes) : seal(bytes, clearOf(frame)));
    if (!sealed) return drop(counts, 'unready');
    return pass(frame, sealed, counts, controller);
  };
}

/**
 * @param {import('./others_keys.js').OthersKeys} keys
 * @param {{ participant: string | null, kind: Kind }} expected as it is when a frame comes; whose it has to be, and of what
 * @param {Counts} counts to add to
 * @param {{ now: () => number, onUnknown: (participant: string, epoch: number) => void }} world now: ms; onUnknown: a secret is missing
 */
export function opening(keys, expected, counts, { now, onUnknown }) {
  /**
   * Of the newest block counts what becomes of it. Of the past most was opened before, and is left out.
   * @param {string | null} participant @param {Kind} kind @param {Uint8Array} bytes
   * @returns {ReturnType<typeof keys.open>}
   */
  const openRed = async (participant, kind, bytes) => {
    const blocks = takeRed(bytes.slice());
    const newest = blocks?.pop();
    if (!blocks || !newest) return { dropped: 'clear' };
    const result = await keys.open(participant, kind, newest.data, now());
    if ('dropped' in result) return result;
    const past = await Promise.all(blocks.map(async (block) => {
      const older = await keys.open(participant, kind, block.data, now());
      return 'frame' in older ? [{ ...block, data: older.frame }] : [];
    }));
    return { frame: putRed([...past.flat(), { ...newest, data: result.frame }]) };
  };
  return async (/** @type {Frame} */ frame, /** @type {Controller} */ controller) => {
    // Padding on the stream of the sound comes as a frame of nothing.
    if (frame.data.byteLength === 0) return undefined;
    const { participant, kind } = expected;
    const bytes = new Uint8Array(frame.data);
    const result = await (isRed(frame, kind) ? openRed(participant, kind, bytes) : keys.open(participant, kind, bytes, now()));
    // Whose frames these are to be changed while this one was opened.
    if ('frame' in result && expected.participant !== participant) return drop(counts, 'foreign');
    if ('dropped' in result) {
      drop(counts, result.dropped);
      if (result.dropped === 'unknown' && participant !== null) onUnknown(participant, result.epoch ?? 0);
      return undefined;
    }
    return pass(frame, result.frame, counts, controller);
  };
}
