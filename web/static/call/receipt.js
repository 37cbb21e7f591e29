/**
 * The receipt that a conversation was deleted: asked for when it has ended, once, and kept nowhere but here.
 *
 * **Nothing is claimed before it is so**: the server makes it after it has deleted. **A page that is loaded anew has nothing of it.**
 */
import { signal } from '../third_party/preact.js';
import { http } from './http.js';
import { Refused } from './protocol.js';

/**
 * @typedef {object} Facts lobby/receipt/receipt.schema.json
 * @property {number} version
 * @property {string} pseudonym
 * @property {string} software
 * @property {string} policy
 * @property {string[]} consent_texts
 * @property {string} [began]
 * @property {string} ended
 * @property {boolean} [restarted]
 * @property {Partial<Record<import('./types.js').Role, number>>} people
 * @property {{ what: 'keys' | 'messages' | 'participants' | 'waiting_list' | 'media' | 'room' | 'persons' | 'links', at: string }[]} deleted
 * @property {{ what: 'room' | 'persons' | 'links' | 'copies', count?: number, why: 'series' | 'overwritten_next' }[]} stays
 */

/** @typedef {{ receipt: Facts, key: string, signature: string }} Signed */
/** What a note about an incident may say without naming anybody. @typedef {{ pseudonym: string, at: number, policy: string, software: string }} Noted */

/** Pauses between two questions, and for how long it is asked: the server forgets it after two minutes. In milliseconds. */
const first = 250;
const last = 4_000;
const within = 110_000;

export class Receipt {
  #env;
  /** Counts what was asked for: what came for an older one is dropped. */
  #mark = 0;
  /** @type {import('../third_party/preact.js').Signal<'none' | 'coming' | 'here' | 'lost'>} none: there is none to be had; lost: it did not come, so nobody here knows whether all is deleted */
  state = signal('none');
  /** @type {import('../third_party/preact.js').Signal<Signed | null>} */
  signed = signal(null);

  /** @param {Pick<import('./env.js').Env, 'fetch' | 'setTimeout' | 'clearTimeout' | 'now'>} env */
  constructor(env) {
    this.#env = env;
  }

  /** @param {string} [token] of the server's farewell */
  async ask(token) {
    this.forget();
    if (!token) return;
    const mark = this.#mark;
    const until = this.#env.now() + within;
    this.state.value = 'coming';
    for (let pause = first; ; pause = Math.min(last, pause * 2)) {
      try {
        const signed = await http(this.#env, 'POST', '/receipts', { token });
        if (mark !== this.#mark) return;
        this.signed.value = signed;
        this.state.value = 'here';
        return;
      } catch (error) {
        if (mark !== this.#mark) return;
        const later = error instanceof Refused && (error.code === 'unavailable' || error.code === 'too_fast') && this.#env.now() < until;
        if (!later) {
          this.state.value = 'lost';
          return;
        }
      }
      await new Promise((resolve) => this.#env.setTimeout(() => resolve(null), pause));
      if (mark !== this.#mark) return;
    }
  }

  /** Empties the window of it. */
  forget() {
    this.#mark++;
    this.signed.value = null;
    this.state.value = 'none';
  }
}
