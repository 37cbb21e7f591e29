/**
 * How good the line is, in one of three words that are kept to for a while.
 *
 * **The server judges by the same rule** (`sfu/quality`); `web/test/vectors/quality.json` holds both to one table. **Nothing flickers**: a level
 * is told when it has held for five seconds. **The worst counts**: loss either way, and the time there and back.
 * **Pure**: counts and time in, decisions out.
 */

/** @typedef {'good' | 'mid' | 'bad'} Level mid: it is felt, and the conversation goes on */

/** From good to bad. @type {Level[]} */
const levels = ['good', 'mid', 'bad'];

/** So long a level must hold before it is told, ms. */
const lasting = 5_000;

/** From when on a line is of a level: share of packets lost, and seconds there and back. */
const limits = { mid: { loss: 0.03, roundTrip: 0.4 }, bad: { loss: 0.1, roundTrip: 1 } };

/** @typedef {{ loss: number, roundTrip: number }} Sample share of packets lost lately, 0 to 1, the worse way; and seconds there and back */

/** @param {Sample} sample @returns {number} of `levels`, what the sample alone says */
function found({ loss, roundTrip }) {
  /** @param {Sample} limit */
  const over = (limit) => loss >= limit.loss || roundTrip >= limit.roundTrip;
  return over(limits.bad) ? 2 : over(limits.mid) ? 1 : 0;
}

/** Watches one line, which it has found good. */
export class Judge {
  #told = 0;
  #next = 0;
  #since = 0;

  /**
   * A line that changes between two levels other than the one told is in the better of them: it has been at least that bad all the time.
   * @param {Sample} sample @param {number} time ms @returns {Level} what is told
   */
  sample(sample, time) {
    const level = found(sample);
    const told = this.#told;
    const worse = level > told;
    if (level === told) {
      this.#next = told;
    } else if (this.#next !== told && worse === this.#next > told) {
      this.#next = worse ? Math.min(this.#next, level) : Math.max(this.#next, level);
    } else {
      // It begins to be another, or turns from worse to better.
      this.#next = level;
      this.#since = time;
    }
    if (this.#next !== told && time - this.#since >= lasting) this.#told = this.#next;
    return levels[this.#told];
  }
}

/**
 * What the browser has counted of a connection.
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

/** What the counts say of the line, from one sample to the next. */
export class Quality {
  /** @type {Level} */
  level = 'good';
  #judge = new Judge();
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
    this.level = this.#judge.sample({ loss, roundTrip: counts.roundTrip }, time);
    return this.level;
  }
}
