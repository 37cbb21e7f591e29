/**
 * What the line of somebody who waits is expected to carry: tried once he waits, told to him and to who will let him in.
 *
 * **It never stands in the way**: it ends at once when the person is let in, and what cannot be tried is not guessed. Owner of the signal `line`.
 */
import { signal } from '../third_party/preact.js';

/** The page has more to do in its first moments. */
const after = 1_500;
/** A line that is not good is tried again: the person may have gone to another place. */
const again = 45_000;

export class Outlook {
  #env;
  #signaling;
  #load;
  /** @type {AbortController | null} of the trial that is due or runs */
  #trial = null;

  /** @type {import('../third_party/preact.js').Signal<'unknown' | 'trying' | 'good' | 'sound' | 'weak'>} unknown: not tried yet, or it could not be */
  line = signal('unknown');

  /**
   * @param {import('./env.js').Env} env
   * @param {Pick<import('./connection.js').Connection, 'request'>} signaling
   * @param {() => Promise<typeof import('./line_check.js')>} [load]
   */
  constructor(env, signaling, load = () => import('./line_check.js')) {
    this.#env = env;
    this.#signaling = signaling;
    this.#load = load;
  }

  /** The person waits, with a socket. */
  begin() {
    if (this.#trial) return;
    // Who was in and waits again has the same line.
    const known = this.line.peek() !== 'unknown';
    if (this.line.peek() === 'good') return;
    this.#trial = new AbortController();
    if (!known) this.line.value = 'trying';
    this.#wait(this.#trial.signal, known ? again : after);
  }

  /** A page that nobody looks at cannot measure: its timers are slow. @param {AbortSignal} ended @param {number} ms */
  #wait(ended, ms) {
    const timer = this.#env.setTimeout(() => (this.#env.hidden() ? this.#wait(ended, after) : void this.#try(ended)), ms);
    ended.addEventListener('abort', () => this.#env.clearTimeout(timer));
  }

  /** His socket is gone, and what was found of the line that it went over; nobody knows it any more. */
  forget() {
    this.end();
    this.line.value = 'unknown';
  }

  /** He is let in, or gone. */
  end() {
    this.#trial?.abort();
    this.#trial = null;
    if (this.line.peek() === 'trying') this.line.value = 'unknown';
  }

  /** @param {AbortSignal} ended */
  async #try(ended) {
    try {
      const [way, { tryLine, outlookOf }] = await Promise.all([this.#signaling.request('line_check'), this.#load()]);
      const found = ended.aborted ? null : await tryLine(this.#env, way, { sparing: !!this.#env.browser.saveData, signal: ended });
      if (ended.aborted) return;
      this.line.value = found ? outlookOf(found) : 'unknown';
      if (this.line.peek() !== 'good') this.#wait(ended, again);
      if (found) await this.#signaling.request('forecast', { outlook: this.line.value });
    } catch {
      // A server without a relay, or a socket that broke: then it is tried on the next.
      if (!ended.aborted && this.line.peek() === 'trying') this.line.value = 'unknown';
    }
  }
}
