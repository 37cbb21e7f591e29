/**
 * What the browser counts, read for two questions: is this picture the new person's, and how good is the line.
 *
 * **Pure**: counts and time in, decisions out.
 */

/**
 * Counts of one received picture since its line exists.
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
    // A browser counts key frames from the first on; a line that was never used has no counts at all.
    const key = keyDecoded < 0 || keyDecoded > Math.max(0, oldKeys);
    if (key && decoded > old + waiting) this.#seen = { decoded, at: time };
    return false;
  }
}

/** @typedef {'good' | 'mid' | 'bad'} Level */

/**
 * Counts for the line's quality.
 * @typedef {object} LineCounts
 * @property {number} received packets of sound and picture
 * @property {number} lost
 * @property {number} lostUp share of our packets that the server missed lately, 0 to 1
 * @property {number} roundTrip seconds
 */

/** @param {RTCStatsReport} report of the connection @returns {LineCounts} */
export function lineOf(report) {
  const counts = { received: 0, lost: 0, lostUp: 0, roundTrip: 0 };
  report.forEach((entry) => {
    if (entry.type === 'inbound-rtp') {
      counts.received += entry.packetsReceived ?? 0;
      counts.lost += Math.max(0, entry.packetsLost ?? 0);
    } else if (entry.type === 'remote-inbound-rtp') {
      counts.lostUp = Math.max(counts.lostUp, entry.fractionLost ?? 0);
    } else if (entry.type === 'candidate-pair' && entry.nominated && entry.state === 'succeeded') {
      counts.roundTrip = entry.currentRoundTripTime ?? counts.roundTrip;
    }
  });
  return counts;
}

/** A level must last this long before it is shown, so that nothing flickers. */
const lasting = 5_000;

/** From when on a line is middling, and bad: share of packets lost, and seconds there and back. */
const limits = { mid: { loss: 0.03, roundTrip: 0.4 }, bad: { loss: 0.1, roundTrip: 1 } };

export class Quality {
  /** @type {Level} */
  level = 'good';
  /** @type {{ level: Level, since: number }} */
  #candidate = { level: 'good', since: 0 };
  /** @type {LineCounts | null} */
  #last = null;

  /** @param {LineCounts} counts @param {number} time ms @returns {Level} what to show */
  sample(counts, time) {
    const last = this.#last;
    this.#last = counts;
    // Counts start again with a new connection: then there is no difference to take.
    if (!last || counts.received < last.received) return this.level;
    const received = counts.received - last.received;
    const lost = Math.max(0, counts.lost - last.lost);
    const loss = Math.max(counts.lostUp, received + lost > 0 ? lost / (received + lost) : 0);
    /** @param {{ loss: number, roundTrip: number }} limit */
    const over = (limit) => loss >= limit.loss || counts.roundTrip >= limit.roundTrip;
    const level = over(limits.bad) ? 'bad' : over(limits.mid) ? 'mid' : 'good';
    if (level !== this.#candidate.level) this.#candidate = { level, since: time };
    if (level !== this.level && time - this.#candidate.since >= lasting) this.level = level;
    return this.level;
  }
}

/** So many samples in turn, all bad, are no moment of other work. */
const strainedAfter = 5;

/** Decides whether the processor is too slow for the picture that is sent. */
export class Strain {
  #samples = 0;

  /** @param {RTCStatsReport} report of the whole connection @returns {boolean} whether less work should be asked of it, true once until it had rest */
  sample(report) {
    let slow = false;
    report.forEach((entry) => {
      slow ||= entry.type === 'outbound-rtp' && entry.qualityLimitationReason === 'cpu';
    });
    this.#samples = slow ? this.#samples + 1 : 0;
    return this.#samples === strainedAfter;
  }
}
