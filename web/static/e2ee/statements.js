/**
 * Who is in, by the signature of somebody who may say so.
 *
 * **The server's word counts for nothing here.** A statement is about a device, not about a name in the server's lists; of two the newer counts, and "out"
 * at the same moment. **Who may say so is not decided here**: a statement counts while its author is accepted, and whoever is stated to be a counsellor by
 * one who counts, counts as well. Layout: README.md, "Statements".
 */
import { fromBase64url, toBase64url, utf8 } from './bytes.js';
import { verifierOf } from './identity.js';

/** @typedef {'in' | 'out'} State */
/**
 * @typedef {object} Statement
 * @property {string} participant the server's name for the seat
 * @property {string} role
 * @property {State} state
 * @property {boolean} verified whether its author knows that the device has the person's link
 * @property {number} number
 * @property {string} subject device
 * @property {string} by device of its author
 */
/** @typedef {{ statement: string, by: string, signature: string }} Signed */

const signing = { name: 'ECDSA', hash: 'SHA-256' };
const head = 'anteroom statement v1';
const counsellors = ['counsellor', 'co-counsellor'];
/** Statements kept of devices that nobody who counts has spoken of: a room has no more people. */
const kept = 64;

/** @param {Omit<Statement, 'by'>} statement */
const textOf = ({ participant, role, state, verified, number, subject }) =>
  [head, participant, role, state, verified ? 'verified' : 'seen', number, subject].join('\n');

/** @param {any} signed @returns {Statement | null} null where it is none, or could be written in another way */
function read(signed) {
  if (typeof signed?.statement !== 'string' || typeof signed.by !== 'string' || typeof signed.signature !== 'string') return null;
  const [, participant = '', role = '', state, verified, number, subject = ''] = signed.statement.split('\n');
  const statement = { participant, role, state: /** @type {State} */ (state), verified: verified === 'verified', number: Number(number), subject };
  if (!['in', 'out'].includes(state) || !Number.isSafeInteger(statement.number) || statement.number < 0 || textOf(statement) !== signed.statement) return null;
  return { ...statement, by: signed.by };
}

/** @param {Statement} a @param {Statement | undefined} b @returns {boolean} whether a is the one that counts */
const newer = (a, b) => !b || a.number > b.number || (a.number === b.number && a.state === 'out' && b.state === 'in');

export class Statements {
  /** Authors that are accepted for themselves. @type {Map<string, { verified: boolean }>} */
  #accepted = new Map();
  /** By author and subject: the newest. @type {Map<string, { statement: Statement, signed: Signed }>} */
  #all = new Map();

  /** @param {string} device speaks for the room @param {boolean} verified whether that is known, or was merely said first */
  accept(device, verified) {
    this.#accepted.set(device, { verified: verified || !!this.#accepted.get(device)?.verified });
  }

  /** @param {string} device is no longer taken for somebody who speaks for the room */
  doubt(device) {
    this.#accepted.delete(device);
  }

  /** Who is accepted for himself. @returns {string[]} */
  get authorities() {
    return [...this.#accepted.keys()];
  }

  /** @param {any} signed as it came @returns {Promise<boolean>} whether it is new and its signature holds */
  async hear(signed) {
    const statement = read(signed);
    if (!statement || !newer(statement, this.#all.get(`${statement.by} ${statement.subject}`)?.statement)) return false;
    const { by, signature, statement: text } = signed;
    try {
      if (!(await crypto.subtle.verify(signing, await verifierOf(by), fromBase64url(signature), utf8(text)))) return false;
    } catch {
      return false;
    }
    const key = `${by} ${statement.subject}`;
    if (!newer(statement, this.#all.get(key)?.statement)) return false;
    this.#all.delete(key);
    this.#all.set(key, { statement, signed: { statement: text, by, signature } });
    this.#trim();
    return true;
  }

  /** What counts by nobody who counts goes first, the oldest before the others. */
  #trim() {
    if (this.#all.size <= kept) return;
    const count = this.#counting();
    for (const [key, { statement }] of this.#all) {
      if (this.#all.size <= kept) return;
      if (!count.has(statement.by)) this.#all.delete(key);
    }
    for (const key of this.#all.keys()) {
      if (this.#all.size <= kept) return;
      this.#all.delete(key);
    }
  }

  /**
   * Says and signs that somebody is in or out, and hears it.
   * @param {import('./identity.js').Own} own
   * @param {Omit<Statement, 'number' | 'by'>} about
   * @param {number} now ms since 1970
   * @returns {Promise<Signed>}
   */
  async say(own, about, now) {
    const last = Math.max(-1, ...[...this.#all.values()].filter(({ statement }) => statement.subject === about.subject).map(({ statement }) => statement.number));
    const statement = textOf({ ...about, number: Math.max(last + 1, now) });
    const signed = { statement, by: own.device, signature: toBase64url(await own.sign(utf8(statement))) };
    await this.hear(signed);
    return signed;
  }

  /** Whose statements count: those who are accepted, and those whom one of these calls a counsellor. @returns {Map<string, boolean>} whether that is known */
  #counting() {
    const count = new Map([...this.#accepted].map(([device, { verified }]) => [device, verified]));
    for (let more = true; more; ) {
      more = false;
      for (const subject of new Set([...this.#all.values()].map(({ statement }) => statement.subject))) {
        const about = this.#about(subject, count);
        if (about?.state !== 'in' || !counsellors.includes(about.role)) continue;
        const verified = about.verified && !!count.get(about.by);
        if (count.has(subject) && (count.get(subject) || !verified)) continue;
        count.set(subject, verified);
        more = true;
      }
    }
    return count;
  }

  /** @param {string} subject @param {Map<string, boolean>} count */
  #about(subject, count) {
    /** @type {Statement | undefined} */
    let best;
    for (const { statement } of this.#all.values()) if (statement.subject === subject && count.has(statement.by) && newer(statement, best)) best = statement;
    return best;
  }

  /** @param {string} device @returns {{ state: State, role: string, participant: string, verified: boolean } | null} what counts of it; null: nobody who counts has spoken of it */
  of(device) {
    const count = this.#counting();
    const about = this.#about(device, count);
    if (about) return { state: about.state, role: about.role, participant: about.participant, verified: about.verified && !!count.get(about.by) };
    return null;
  }

  /** What counts, for somebody who comes. @returns {Signed[]} */
  get all() {
    const count = this.#counting();
    return [...this.#all.values()].filter(({ statement }) => count.has(statement.by)).map(({ signed }) => signed);
  }
}
