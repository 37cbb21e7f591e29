/**
 * Whether anything comes over a connection. The server sends something twice a second to everybody, since one who listens to silence would
 * else be sent nothing for seconds, and browsers take as long to notice that a way is dead.
 *
 * **What comes is counted below the page**: a page that stood still finds, when it goes on, what came meanwhile.
 */

const lookedEvery = 500;
/** Three beats. */
const silentAfter = 1_500;
/** A machine that slept looks several times at once: looks count that are so far apart. */
const apart = 400;

export class Pulse {
  #env;
  #onBeat;
  /** @type {(() => Promise<RTCStatsReport>) | null} */
  #stats = null;
  /** Bytes that had come, and when that was seen to have changed last. */
  #came = -1;
  #at = 0;
  /** When the last look that counts was. */
  #looked = 0;
  /** How often it was looked in vain since. */
  #missed = 0;
  #silent = false;
  /** @type {any} */
  #timer = null;

  /**
   * @param {Pick<import('./env.js').Env, 'setTimeout' | 'clearTimeout' | 'now'>} env
   * @param {(beats: boolean) => void} onBeat false: nothing has come for 1.5 s; true: something comes again
   */
  constructor(env, onBeat) {
    this.#env = env;
    this.#onBeat = onBeat;
  }

  /** Looks at a connection that stands, from now on; the same one may be given again. @param {() => Promise<RTCStatsReport>} stats */
  begin(stats) {
    this.#at = this.#looked = this.#env.now();
    this.#missed = 0;
    this.#silent = false;
    if (this.#stats === stats) return;
    this.end();
    this.#stats = stats;
    this.#came = -1;
    this.#look(lookedEvery);
  }

  end() {
    this.#env.clearTimeout(this.#timer);
    this.#stats = null;
  }

  /** @param {number} ms */
  #look(ms) {
    const stats = this.#stats;
    this.#timer = this.#env.setTimeout(async () => {
      const report = await stats?.().catch(() => null);
      if (this.#stats !== stats) return;
      if (report) this.#count(bytesOf(report));
      if (this.#stats !== stats) return;
      this.#look(this.#silent ? lookedEvery : Math.max(50, Math.min(lookedEvery, this.#at + silentAfter - this.#env.now())));
    }, ms);
  }

  /** @param {number | null} came null: the browser does not count */
  #count(came) {
    const now = this.#env.now();
    const before = this.#came;
    this.#came = came ?? before;
    // Fewer than before, or none any more: a browser no longer counts a pair that is dead. One that never counted is believed.
    if (came === null ? before < 0 : came > before) {
      this.#at = this.#looked = now;
      this.#missed = 0;
      if (this.#silent) {
        this.#silent = false;
        this.#onBeat(true);
      }
      return;
    }
    // Timers of a page in the background come once a second, or later: three looks in vain are silence, one late look is not.
    if (now - this.#looked < apart) return;
    this.#looked = now;
    this.#missed++;
    if (this.#silent || this.#missed < 3 || now - this.#at < silentAfter) return;
    this.#silent = true;
    this.#onBeat(false);
  }
}

/** @param {RTCStatsReport} report @returns {number | null} */
function bytesOf(report) {
  /** @type {number | null} */
  let came = null;
  report.forEach((one) => {
    // Chromium counts what comes by the transport as well; Firefox by the pair alone.
    if ((one.type === 'candidate-pair' || one.type === 'transport') && typeof one.bytesReceived === 'number') came = (came ?? 0) + one.bytesReceived;
  });
  return came;
}
