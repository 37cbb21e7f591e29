/**
 * What one page has to tell another, until that has said that it knows.
 *
 * **What is told is a state, never a step**: each telling has all of it, so that one that was lost, late or doubled does no harm. **It is told a bounded number
 * of times**, and anew with each change and each question.
 */

/** When it is told again to who has not answered, ms after the time before. */
const again = [500, 1_000, 2_000, 4_000, 8_000];
/** So long it may take before it is worth a word. */
const unnoticed = 2_000;
const askedEvery = 1_000;

export class Link {
  #env;
  #tell;
  #due = 0;
  #known = 0;
  /** When it began to be unknown, ms. */
  #since = 0;
  #asked = -Infinity;
  /** @type {any} */
  #timer = null;
  channel;

  /**
   * @param {Pick<import('../call/env.js').Env, 'setTimeout' | 'clearTimeout' | 'now'>} env
   * @param {import('./channel.js').Channel} channel to the session that it is of
   * @param {(version: number) => void} tell all of it, as it is at that moment
   */
  constructor(env, channel, tell) {
    this.#env = env;
    this.#tell = tell;
    this.channel = channel;
  }

  /** What there is to tell has changed. */
  changed() {
    if (this.#due === this.#known) this.#since = this.#env.now();
    this.#due++;
    this.#say(0);
  }

  /** @param {number} n how often it was told already */
  #say(n) {
    this.#env.clearTimeout(this.#timer);
    this.#tell(this.#due);
    this.#timer = n < again.length ? this.#env.setTimeout(() => this.#say(n + 1), again[n]) : null;
  }

  /** The other knows what was told with this version. @param {unknown} version */
  heard(version) {
    if (typeof version !== 'number' || version <= this.#known || version > this.#due) return;
    this.#known = version;
    if (this.#known === this.#due) this.rest();
  }

  /** The line to the server is back: what the other does not know is told again. */
  again() {
    if (this.#due > this.#known) this.#say(0);
  }

  /** The other asks for it. */
  asked() {
    if (this.#env.now() - this.#asked < askedEvery || this.#due === 0) return;
    this.#asked = this.#env.now();
    this.#tell(this.#due);
  }

  /** Whether the other does not know, for longer than a line may take; or has never said anything. */
  get silent() {
    return this.#known === 0 || (this.#due > this.#known && this.#env.now() - this.#since > unnoticed);
  }

  /** Nothing is told of its own accord until it changes. */
  rest() {
    this.#env.clearTimeout(this.#timer);
    this.#timer = null;
  }
}
