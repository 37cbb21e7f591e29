/** How good the line is, looked at every two seconds of a call. Owner of the signal `quality`. */
import { signal } from '../third_party/preact.js';
import { lineOf, Quality } from './stats.js';

const every = 2_000;

export class Meter {
  #env;
  #stats;
  #judge = new Quality();
  /** @type {any} */
  #timer = null;

  /** @type {import('../third_party/preact.js').Signal<'good' | 'mid' | 'bad'>} */
  quality = signal('good');

  /**
   * @param {Pick<import('./env.js').Env, 'setTimeout' | 'clearTimeout' | 'now'>} env
   * @param {() => Promise<RTCStatsReport> | null} stats of the media connection, if there is one
   */
  constructor(env, stats) {
    this.#env = env;
    this.#stats = stats;
  }

  begin() {
    if (this.#timer === null) this.#wait();
  }

  end() {
    this.#env.clearTimeout(this.#timer);
    this.#timer = null;
    this.#judge = new Quality();
    this.quality.value = 'good';
  }

  #wait() {
    const timer = this.#env.setTimeout(async () => {
      const report = await this.#stats()?.catch(() => null);
      // Ended, and perhaps begun anew, while the browser counted.
      if (this.#timer !== timer) return;
      if (report) this.quality.value = this.#judge.sample(lineOf(report), this.#env.now());
      this.#wait();
    }, every);
    this.#timer = timer;
  }
}
