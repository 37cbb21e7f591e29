/**
 * What this page says to the others' pages, one after the other and no faster than the server allows a socket.
 *
 * **A socket that says too much is closed** (PROTOCOL.md, "Limits": 200 sealed messages a second), and with it the call is lost for seconds. So nobody's flood of
 * questions makes this page answer faster than this. **What is newer takes the place of what has not been said yet**, where both have the same key.
 */
import { Allowance } from './allowance.js';

/** A fifth of what a socket may: most of it is for keys, which wait for nothing. A message to a room of 25 goes out at once. */
const most = 40;
const within = 1_000;
/** More does not wait: whoever said it notices that no answer comes. */
const waitingMost = 256;

/** @typedef {import('../e2ee/channel.js').Message} Content */

export class Pace {
  #env;
  #say;
  #allowance = new Allowance(most, within);
  /** By recipient and key, in the order in which they are said. @type {Map<string, { to: string, content: Content }>} */
  #waiting = new Map();
  /** @type {any} */ #timer = null;
  #count = 0;

  /** @param {Pick<import('./env.js').Env, 'setTimeout' | 'clearTimeout' | 'now'>} env @param {(to: string, content: Content) => void} say */
  constructor(env, say) {
    this.#env = env;
    this.#say = say;
  }

  /** How many wait. */
  get waiting() {
    return this.#waiting.size;
  }

  /** @param {string} to participant @param {Content} content @param {string} [key] */
  put(to, content, key = `#${this.#count++}`) {
    const place = `${to} ${key}`;
    if (!this.#waiting.has(place) && this.#waiting.size >= waitingMost) return;
    this.#waiting.set(place, { to, content });
    if (!this.#timer) this.#go();
  }

  #go() {
    this.#timer = null;
    const now = this.#env.now();
    for (const [place, { to, content }] of this.#waiting) {
      if (!this.#allowance.take(now)) {
        this.#timer = this.#env.setTimeout(() => this.#go(), this.#allowance.wait(now));
        return;
      }
      this.#waiting.delete(place);
      this.#say(to, content);
    }
  }

  /** Nothing that waits is said any more. */
  end() {
    this.#env.clearTimeout(this.#timer);
    this.#timer = null;
    this.#waiting.clear();
  }
}
