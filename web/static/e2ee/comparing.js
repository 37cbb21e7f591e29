/**
 * The comparisons of words between this page and another: one at a time, few in all, and what was lost is said again.
 *
 * **Few**: whoever stands between the two could otherwise begin anew until the words are the same by chance.
 */
import { Comparison } from './comparison.js';

/** @typedef {import('./comparison.js').Said} Said */
/** @typedef {import('./comparison.js').Party} Party */

/** So many there are, and so far apart, ms. */
const most = 5;
const every = 5_000;
/** Who leads says it again so often, and so far apart, ms. */
const again = { times: 5, after: 1_000 };

export class Comparing {
  #env;
  #me;
  #other;
  #send;
  /** @type {Comparison | null} */
  #now = null;
  #leads = false;
  /** Of whoever began. */
  lang = '';
  #times = 0;
  #at = -Infinity;
  /** @type {any} */
  #timer = null;

  /**
   * @param {Pick<import('../call/env.js').Env, 'setTimeout' | 'clearTimeout' | 'now'>} env
   * @param {Party} me @param {Party} other
   * @param {(said: Said) => void} send to the other
   */
  constructor(env, me, other, send) {
    this.#env = env;
    this.#me = me;
    this.#other = other;
    this.#send = send;
  }

  /** This page's counsellor wants it. @param {string} lang in which the words are to be @returns {Promise<boolean>} false: not now, or not any more */
  async begin(lang) {
    return this.#start(true, lang);
  }

  /** @param {boolean} leads @param {string} lang @param {Said} [first] of the other */
  async #start(leads, lang, first) {
    if (this.#times >= most || this.#env.now() - this.#at < every) return false;
    this.rest();
    this.#times++;
    this.#at = this.#env.now();
    this.#leads = leads;
    this.lang = lang;
    this.#now = new Comparison(leads, this.#me, this.#other);
    if (first) await this.#now.hear(first);
    await this.#say(leads ? again.times : 0);
    return true;
  }

  /** @param {number} times it is said again while it is not done */
  async #say(times) {
    const comparison = this.#now;
    if (!comparison) return;
    this.rest();
    this.#send({ ...(await comparison.say()), ...(this.#leads && { lang: this.lang }) });
    if (times > 0 && !comparison.done) this.#timer = this.#env.setTimeout(() => void this.#say(times - 1), again.after);
  }

  /** @param {Said} said @returns {Promise<[number, number] | null>} the words, once both numbers are known */
  async hear(said) {
    const comparison = this.#now;
    if (!comparison || !(await comparison.hear(said))) {
      if (typeof said.hash === 'string') await this.#start(false, String(said.lang ?? '').slice(0, 16), said);
      return null;
    }
    // Who leads has told his number before; who follows tells it when he has heard the other's.
    if (!this.#leads) await this.#say(0);
    else if (!comparison.done) await this.#say(again.times);
    else this.rest();
    return comparison.words();
  }

  /** Whether there are words to compare. */
  get done() {
    return this.#now?.done ?? false;
  }

  /** Nothing is said of its own accord. */
  rest() {
    this.#env.clearTimeout(this.#timer);
    this.#timer = null;
  }
}
