/**
 * Whether the room has been opened: a counsellor has agreed that it goes on without end-to-end encryption, since somebody's browser cannot.
 *
 * **Nobody opens it but by a signature that counts**, and the newest word holds: of two at the same moment "closed". Layout: README.md, "Opening a room".
 */
import { toBase64url, utf8 } from './bytes.js';
import { hasSigned } from './identity.js';

/** @typedef {{ word: string, by: string, signature: string }} SignedWord */

/** How a page takes it. Claimed: it is open by the word of somebody who has proven nothing to this page. @typedef {'closed' | 'claimed' | 'open'} Opening */

const head = 'anteroom room v1';

/** @param {boolean} open @param {number} number */
const textOf = (open, number) => [head, open ? 'open' : 'closed', number].join('\n');

/** @param {any} signed @returns {{ open: boolean, number: number } | null} null where it is none, or could be written in another way */
function read(signed) {
  if (typeof signed?.word !== 'string' || typeof signed.by !== 'string' || typeof signed.signature !== 'string') return null;
  const [, state, number] = signed.word.split('\n');
  const word = { open: state === 'open', number: Number(number) };
  return Number.isSafeInteger(word.number) && word.number >= 0 && textOf(word.open, word.number) === signed.word ? word : null;
}

export class Openness {
  #now;
  #counts;
  /** The newest of each author; as many as there are people who may say it. @type {Map<string, { open: boolean, number: number, signed: SignedWord }>} */
  #all = new Map();

  /** @param {() => number} now ms since 1970 @param {(device: string) => boolean} counts whose word counts */
  constructor(now, counts) {
    this.#now = now;
    this.#counts = counts;
  }

  /** What counts. */
  get #newest() {
    const words = [...this.#all].filter(([by]) => this.#counts(by)).map(([, word]) => word);
    return words.sort((a, b) => b.number - a.number || Number(a.open) - Number(b.open))[0] ?? null;
  }

  get open() {
    return this.#newest?.open ?? false;
  }

  /** For the others. @returns {SignedWord | null} */
  get signed() {
    return this.#newest?.signed ?? null;
  }

  /** @param {unknown} said @returns {Promise<boolean>} whether it counts and was not known */
  async hear(said) {
    const word = read(said);
    if (!word) return false;
    const { word: text, by, signature } = /** @type {SignedWord} */ (said);
    if (!this.#counts(by) || word.number <= (this.#all.get(by)?.number ?? -1)) return false;
    if (!(await hasSigned(by, signature, text))) return false;
    this.#all.set(by, { ...word, signed: { word: text, by, signature } });
    return true;
  }

  /** @param {import('./identity.js').Own} own @param {boolean} open */
  async say(own, open) {
    const word = textOf(open, Math.min(Math.max((this.#newest?.number ?? -1) + 1, this.#now()), Number.MAX_SAFE_INTEGER));
    await this.hear({ word, by: own.device, signature: toBase64url(await own.sign(utf8(word))) });
  }
}
