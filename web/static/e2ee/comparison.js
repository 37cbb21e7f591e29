/**
 * Two words that two pages show when nobody stands between them, for their people to compare by voice.
 *
 * **Whoever stands between has one try**: each side binds itself to a random number before it learns the other's (as ZRTP does: RFC 6189, section 4.4.1.1), so
 * that nobody can look for numbers that give the same words. **What was lost is said again as it was**; new words take a new comparison, and
 * there are few of them. Pure but for random numbers. Layout: README.md, "Words".
 */
import { concat, fromBase64url, toBase64url, utf8 } from './bytes.js';
import { sha256 } from './keys.js';

/** @typedef {import('./bytes.js').Bytes} Bytes */
/** @typedef {{ hash?: unknown, nonce?: unknown, lang?: unknown }} Said of one side to the other; lang: in which it is to be read, of whoever began */
/** @typedef {{ device: string, session: string }} Party points, base64url */

const nonceLength = 16;

/** @param {Bytes} nonce */
const boundBy = (nonce) => sha256(concat(utf8('anteroom words v1'), nonce));

export class Comparison {
  #leads;
  #mine = crypto.getRandomValues(new Uint8Array(nonceLength));
  #parties;
  /** What the other has bound himself to. @type {string | null} */
  #bound = null;
  /** @type {Bytes | null} */
  #theirs = null;

  /**
   * @param {boolean} leads whether this page began it: it reveals its number first
   * @param {Party} me @param {Party} other
   */
  constructor(leads, me, other) {
    this.#leads = leads;
    this.#parties = leads ? [me, other] : [other, me];
  }

  /** What the other is bound to; a comparison with another binding is another one. */
  get bound() {
    return this.#bound;
  }

  /** What is to be said now, also again. @returns {Promise<Said>} */
  async say() {
    const reveals = this.#leads ? this.#bound !== null : this.#theirs !== null;
    return reveals ? { nonce: toBase64url(this.#mine) } : { hash: await boundBy(this.#mine) };
  }

  /** @param {Said} said @returns {Promise<boolean>} whether it belongs to this comparison */
  async hear({ hash, nonce }) {
    if (typeof hash === 'string') {
      this.#bound ??= hash;
      return this.#bound === hash;
    }
    if (typeof nonce !== 'string' || this.#bound === null) return false;
    try {
      const bytes = fromBase64url(nonce);
      if (bytes.length !== nonceLength || (await boundBy(bytes)) !== this.#bound) return false;
      this.#theirs = bytes;
      return true;
    } catch {
      return false;
    }
  }

  /** Whether there is nothing left to learn. */
  get done() {
    return this.#theirs !== null;
  }

  /** Which two words of a list of 256, once it is done. @returns {Promise<[number, number] | null>} */
  async words() {
    if (!this.#theirs) return null;
    const nonces = this.#leads ? [this.#mine, this.#theirs] : [this.#theirs, this.#mine];
    const points = this.#parties.flatMap(({ device, session }) => [fromBase64url(device), fromBase64url(session)]);
    const [first, second] = fromBase64url(await sha256(concat(utf8('anteroom words v1'), ...points, ...nonces)));
    return [first, second];
  }
}
