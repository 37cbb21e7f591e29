/**
 * Whether the processor is too slow for the picture that is sent.
 *
 * **Looked at only while it matters**: every two seconds, as long as something is sent that could be given up. **A moment of other work is no
 * reason**: it is told after five looks in turn, once.
 */

const lookedEvery = 2_000;
const strainedAfter = 5;

export class Strain {
  #env;
  #stats;
  #onStrained;
  /** Looks in turn that found it too slow. */
  #slow = 0;
  /** @type {any} until the next look; null while nobody wants to know */
  #timer = null;

  /**
   * @param {Pick<import('./env.js').Env, 'setTimeout' | 'clearTimeout'>} env
   * @param {() => Promise<RTCStatsReport> | null} stats of the whole connection; null where there is none
   * @param {() => void} onStrained less work should be asked of it
   */
  constructor(env, stats, onStrained) {
    this.#env = env;
    this.#stats = stats;
    this.#onStrained = onStrained;
  }

  /** @param {boolean} on whether what is sent now could be given up */
  watch(on) {
    if (on === (this.#timer !== null)) return;
    this.#env.clearTimeout(this.#timer);
    this.#timer = null;
    this.#slow = 0;
    if (on) this.#look();
  }

  #look() {
    const timer = this.#env.setTimeout(async () => {
      const report = await this.#stats()?.catch(() => null);
      // No longer watched, or watched anew, while the browser counted.
      if (this.#timer !== timer) return;
      this.#look();
      if (!report) return;
      this.#slow = slowIn(report) ? this.#slow + 1 : 0;
      if (this.#slow === strainedAfter) this.#onStrained();
    }, lookedEvery);
    this.#timer = timer;
  }
}

/** @param {RTCStatsReport} report @returns {boolean} whether the processor limits what is sent (W3C WebRTC statistics, RTCQualityLimitationReason) */
function slowIn(report) {
  let slow = false;
  report.forEach((entry) => {
    slow ||= entry.type === 'outbound-rtp' && entry.qualityLimitationReason === 'cpu';
  });
  return slow;
}
