/**
 * The comparisons of words between this page and the others: few of each, few in all, and what was lost is said again.
 *
 * **Few**: whoever stands between two could otherwise begin anew, under ever new names, until the words are the same by chance.
 */
import { Comparison } from './comparison.js';

/** @typedef {import('./comparison.js').Said} Said */
/** @typedef {import('./comparison.js').Party} Party */

/** So many there are with one other page, so many in all, and so far apart, ms. */
const most = 5;
const mostInAll = 40;
const every = 5_000;
/** Who leads says it again so often, and so far apart, ms. */
const again = { times: 5, after: 1_000 };

/** Those with one other page. */
class Comparing {
  #env;
  #allowed;
  #me;
  #other;
  #send;
  /** @type {Comparison | null} */
  #now = null;
  #leads = false;
  /** Of whoever began. */
  lang = '';
  #times = 0;
  /** @type {any} */
  #timer = null;

  /**
   * @param {Pick<import('../call/env.js').Env, 'setTimeout' | 'clearTimeout' | 'now'>} env
   * @param {Party} me @param {Party} other
   * @param {(said: Said) => void} send to the other
   * @param {() => boolean} allowed whether this page may take part in another one now
   */
  constructor(env, me, other, send, allowed) {
    this.#env = env;
    this.#allowed = allowed;
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
    if (this.#times >= most || !this.#allowed()) return false;
    this.rest();
    this.#times++;
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

  /** Whether this page has begun it. */
  get leads() {
    return this.#leads;
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

/** All that this page takes part in, as long as it lives: nobody can begin them anew. */
export class Comparisons {
  #env;
  #own;
  #send;
  /** By session point. @type {Map<string, Comparing>} */
  #all = new Map();
  #times = 0;
  #at = -Infinity;

  /**
   * @param {Pick<import('../call/env.js').Env, 'setTimeout' | 'clearTimeout' | 'now'>} env
   * @param {Party} own
   * @param {(session: string, said: Said) => void} send to the page with this session
   */
  constructor(env, own, send) {
    this.#env = env;
    this.#own = own;
    this.#send = send;
  }

  /** @param {Party} other */
  #with(other) {
    const { session } = other;
    let comparing = this.#all.get(session);
    if (!comparing) this.#all.set(session, (comparing = new Comparing(this.#env, this.#own, other, (said) => this.#send(session, said), () => this.#allowed())));
    return comparing;
  }

  #allowed() {
    const now = this.#env.now();
    if (this.#times >= mostInAll || now - this.#at < every) return false;
    this.#times++;
    this.#at = now;
    return true;
  }

  /** This page's counsellor wants one. @param {Party} other @param {string} lang in which the words are to be @returns {Promise<boolean>} false: not now, or not any more */
  begin(other, lang) {
    return this.#with(other).begin(lang);
  }

  /**
   * @param {Party} other @param {Said} said
   * @param {boolean} may whether the other may begin one
   * @returns {Promise<{ words: [number, number], lang: string } | null>} once both numbers are known
   */
  async hear(other, said, may) {
    const known = this.#all.get(other.session);
    if (!may && !known?.leads) return null;
    const comparing = this.#with(other);
    const words = await comparing.hear(said);
    return words && { words, lang: comparing.lang };
  }

  /** Whether there are words to compare. @param {Party} other */
  done({ session }) {
    return this.#all.get(session)?.done ?? false;
  }

  /** Nothing is said of its own accord. */
  rest() {
    for (const one of this.#all.values()) one.rest();
  }
}
