/**
 * What the browser counts, read for the question whether this picture is the new person's.
 *
 * **Pure**: counts and time in, decisions out.
 */

/**
 * Counts of one received picture since its m-line exists.
 * @typedef {object} Frames
 * @property {number} received frames that came whole
 * @property {number} decoded
 * @property {number} keyDecoded -1 where the browser does not count them
 * @property {number} waiting frames that were complete but not yet decoded, as far as that is known
 */

/** Most frames that a receiver can hold back: what the counts claim beyond it are frames that were dropped uncounted. */
const mostWaiting = 15;

/** @param {RTCStatsReport} report of a video receiver @returns {Frames} */
export function framesOf(report) {
  /** @type {Frames} */
  let frames = { received: 0, decoded: 0, keyDecoded: -1, waiting: 0 };
  report.forEach((entry) => {
    if (entry.type !== 'inbound-rtp' || entry.kind !== 'video') return;
    const decoded = entry.framesDecoded ?? 0;
    const received = entry.framesReceived ?? decoded;
    const held = received - decoded - (entry.framesDropped ?? 0);
    frames = { received, decoded, keyDecoded: entry.keyFramesDecoded ?? -1, waiting: Math.max(0, Math.min(mostWaiting, held)) };
  });
  return frames;
}

/**
 * Decides when a slot's picture is that of the person it was mapped to.
 *
 * A new person begins with a key frame, which the server sends when the mapping was acknowledged. What was decoded before, and what
 * lay in the buffer then, is the old person's (slots.js acknowledges when nothing of that person is on the way any more). One more frame
 * is awaited, since a decoded frame is on the screen a little later.
 */
export class FirstFrame {
  #before;
  /** @type {{ decoded: number, at: number } | null} the first frame of the new person as seen */
  #seen = null;

  /** @param {Frames | null} before counts before the mapping was acknowledged; null when the browser did not give them */
  constructor(before) {
    this.#before = before;
  }

  /** @param {Frames} now @param {number} time ms @returns {boolean} whether the picture may be shown */
  shows({ decoded, keyDecoded }, time) {
    // Without counts from before, so many frames have to come that none of the old ones can be among them.
    this.#before ??= { received: decoded, decoded, keyDecoded: -1, waiting: mostWaiting };
    const { decoded: old, waiting, keyDecoded: oldKeys } = this.#before;
    if (this.#seen) return decoded > this.#seen.decoded || time - this.#seen.at >= 200;
    // A browser counts key frames from the first on; a slot that was never used has no counts at all.
    const key = keyDecoded < 0 || keyDecoded > Math.max(0, oldKeys);
    if (key && decoded > old + waiting) this.#seen = { decoded, at: time };
    return false;
  }
}
