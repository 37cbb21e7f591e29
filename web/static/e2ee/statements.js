/**
 * Who is in, by the signature of somebody who may say so.
 *
 * **The server's word counts for nothing here.** A statement is about a device, not about a name in the server's lists; of two the newer counts, and "out"
 * at the same moment. **Whose word counts**: of those who are accepted for themselves, unless another of them has said "out", and of those whom one who counts
 * calls a speaker for the room. What others sign is not even looked at. **To whom one of these lends moderation** may say who else is in and out, and nothing of
 * anybody whose word counts. Layout: README.md, "Statements".
 */
import { toBase64url, utf8 } from './bytes.js';
import { hasSigned } from './identity.js';

/** @typedef {'in' | 'out'} State */
/**
 * @typedef {object} Statement
 * @property {string} participant the server's name for the seat
 * @property {string} person the invited one; empty for a signed-in counsellor
 * @property {string} role
 * @property {State} state
 * @property {boolean} verified whether its author knows that the device has the person's link, or the room's secret
 * @property {boolean} speaks whether it may say such things as well
 * @property {boolean} [lent] whether moderation is lent to it, which then does not speak
 * @property {number} number
 * @property {string} subject device
 * @property {string} by device of its author
 */
/** @typedef {{ statement: string, by: string, signature: string }} Signed */
/** Whose word counts: whether that is known, and whether it is merely lent to him. @typedef {Map<string, { verified: boolean, lent: boolean }>} Count */

const head = 'anteroom statement v1';
/** Statements that are kept, and of one author: more than a room has people, put back, removed and loaded anew. */
const kept = 1024;
const keptEach = 256;
/** Who speaks for the room: more than one has counsellors and their devices. */
const speakersMost = 64;
/** By these roles one speaks for the room. */
export const speakers = ['counsellor', 'co-counsellor'];
/** Letters of a participant, a person or a role, and of a point. */
const namesMost = 64;
const pointLength = 87;
/** The server hands on 40 KiB, and one is 590 bytes of it sealed. */
const toldMost = 64;

/** After so long, ms, somebody who was put out is not believed any more to have put the other out before. */
const settled = 60_000;

/** @param {Omit<Statement, 'by'>} statement */
const textOf = ({ participant, person, role, state, verified, speaks, lent, number, subject }) =>
  [head, participant, person, role, state, verified ? 'verified' : 'seen', speaks ? 'speaks' : lent ? 'moderates' : 'listens', number, subject].join('\n');

/** @param {any} signed @returns {Statement | null} null where it is none, or could be written in another way */
function read(signed) {
  if (typeof signed?.statement !== 'string' || typeof signed.by !== 'string' || typeof signed.signature !== 'string') return null;
  const [, participant = '', person = '', role = '', state, verified, speaks, number, subject = ''] = signed.statement.split('\n');
  const statement = {
    participant, person, role, state: /** @type {State} */ (state), verified: verified === 'verified', speaks: speaks === 'speaks', lent: speaks === 'moderates',
    number: Number(number), subject,
  };
  if ([participant, person, role].some((text) => text.length > namesMost) || subject.length > pointLength) return null;
  if (!['in', 'out'].includes(state) || !Number.isSafeInteger(statement.number) || statement.number < 0 || textOf(statement) !== signed.statement) return null;
  return { ...statement, by: signed.by };
}

/** @param {Statement} a @param {Statement | undefined} b @returns {boolean} whether a is the one that counts */
const newer = (a, b) => !b || a.number > b.number || (a.number === b.number && a.state === 'out' && b.state === 'in');

export class Statements {
  #now;
  /** Who is accepted for himself, and whether that is known, or was merely said first. @type {Map<string, boolean>} */
  #accepted = new Map();
  /** By author and subject: the newest, and when it came. @type {Map<string, { statement: Statement, signed: Signed, at: number }>} */
  #all = new Map();
  /** As it was found last; null where something is new since. @type {Count | null} */
  #count = null;

  /** @param {() => number} now ms since 1970 */
  constructor(now) {
    this.#now = now;
  }

  /** @param {string} device speaks for the room @param {boolean} verified whether that is known, or was merely said first */
  accept(device, verified) {
    this.#accepted.set(device, verified || !!this.#accepted.get(device));
    this.#count = null;
  }

  /** @param {string} device is no longer taken for somebody who speaks for the room */
  doubt(device) {
    this.#accepted.delete(device);
    this.#count = null;
  }

  /** Who is accepted for himself. @returns {string[]} */
  get accepted() {
    return [...this.#accepted.keys()];
  }

  /**
   * @param {unknown[]} all as they came, in any order
   * @returns {Promise<boolean>} whether anything of it counts and was not known
   */
  async hear(all) {
    const rest = all.flatMap((signed) => {
      const statement = read(signed);
      return statement ? [{ statement, signed: /** @type {Signed} */ (signed) }] : [];
    });
    let news = false;
    // Each round may bring in somebody whose word counts from then on.
    for (let more = true; more; ) {
      more = false;
      const count = this.#counting();
      for (const one of rest.splice(0)) {
        if (!count.has(one.statement.by) && !this.#ofSpeakers(one.statement, count)) rest.push(one);
        else if (await this.#take(one)) more = news = true;
      }
    }
    return news;
  }

  /**
   * What those who are accepted say of each other is kept in any order: the earlier word decides, and may come later. Not for ever: whoever was put out may put back his clock.
   * @param {Statement} statement @param {Count} count
   */
  #ofSpeakers({ by, subject }, count) {
    if (!this.#accepted.has(by) || !this.#accepted.has(subject)) return false;
    return ![...this.#all.values()].some(({ statement, at }) => statement.subject === by && statement.state === 'out' && this.#isHis(statement, count) && at + settled < this.#now());
  }

  /** Makes a place for another statement; of each author the oldest gives way, an "out" before an "in". @param {string} by @returns {boolean} whether there is one */
  #room(by) {
    const his = [...this.#all].filter(([, { statement }]) => statement.by === by);
    if (his.length >= keptEach) {
      his.sort(([, { statement: a }], [, { statement: b }]) => Number(a.state === 'in') - Number(b.state === 'in') || a.number - b.number);
      return this.#all.delete(his[0][0]);
    }
    if (this.#all.size < kept) return true;
    const count = this.#counting();
    for (const [key, { statement }] of this.#all) if (!count.has(statement.by)) this.#all.delete(key);
    return this.#all.size < kept;
  }

  /** @param {{ statement: Statement, signed: Signed }} one */
  async #take({ statement, signed }) {
    const key = `${statement.by} ${statement.subject}`;
    if (!newer(statement, this.#all.get(key)?.statement)) return false;
    if (!(await hasSigned(signed.by, signed.signature, signed.statement))) return false;
    if (!this.#all.has(key) && !this.#room(statement.by)) return false;
    this.#all.set(key, { statement, signed: { statement: signed.statement, by: signed.by, signature: signed.signature }, at: this.#now() });
    this.#count = null;
    return true;
  }

  /**
   * Says and signs that somebody is in or out.
   * @param {import('./identity.js').Own} own
   * @param {Omit<Statement, 'number' | 'by'>} about
   * @returns {Promise<Signed>}
   * @throws when it would not count
   */
  async say(own, about) {
    const last = this.#about(about.subject, this.#counting())?.number ?? -1;
    // At the highest number of all an "out" still counts.
    const statement = textOf({ ...about, number: Math.min(Math.max(last + 1, this.#now()), Number.MAX_SAFE_INTEGER) });
    const signed = { statement, by: own.device, signature: toBase64url(await own.sign(utf8(statement))) };
    if (!(await this.hear([signed]))) throw new Error('a statement that does not count');
    return signed;
  }

  /** @returns {Count} */
  #counting() {
    return (this.#count ??= this.#weigh());
  }

  /** @returns {Count} */
  #weigh() {
    /** @type {Count} */
    const count = new Map([...this.#accepted].map(([device, verified]) => [device, { verified, lent: false }]));
    // Of two who put each other out the first one did: by then the other's word counted no more.
    for (let out = this.#firstOut(count); out; out = this.#firstOut(count)) count.delete(out.subject);
    const subjects = new Set([...this.#all.values()].flatMap(({ statement }) => (statement.speaks ? statement.subject : [])));
    for (let more = true; more && count.size < speakersMost; ) {
      more = false;
      for (const subject of subjects) {
        const about = this.#about(subject, count, subject);
        if (about?.state !== 'in' || !about.speaks) continue;
        const verified = about.verified && !!count.get(about.by)?.verified;
        if (count.has(subject) && (count.get(subject)?.verified || !verified)) continue;
        count.set(subject, { verified, lent: false });
        more = true;
      }
    }
    this.#lend(count);
    return count;
  }

  /** Last, so that nobody to whom it was lent has a say in who speaks, or lends it further. @param {Count} count */
  #lend(count) {
    const speaking = new Map(count);
    for (const { statement: { lent, subject } } of this.#all.values()) {
      const about = lent && !count.has(subject) ? this.#about(subject, speaking) : null;
      if (about?.state === 'in' && about.lent && count.size < speakersMost) count.set(subject, { verified: about.verified && !!speaking.get(about.by)?.verified, lent: true });
    }
  }

  /** Whether it is its author's to say. @param {Pick<Statement, 'by' | 'subject' | 'role' | 'speaks' | 'lent'>} statement @param {Count} count */
  #isHis({ by, subject, role, speaks, lent }, count) {
    const his = count.get(by);
    return !!his && (!his.lent || (!speaks && !lent && !speakers.includes(role) && !count.has(subject)));
  }

  /** Whether it would count if somebody said it. @param {string} by device @param {Pick<Statement, 'subject' | 'role' | 'speaks' | 'lent'>} about */
  may(by, about) {
    return this.#isHis({ ...about, by }, this.#counting());
  }

  /** @param {Count} count @returns {Statement | undefined} the earliest "out" of somebody whose word counts for itself, on every page the same */
  #firstOut(count) {
    const outs = [...count.keys()].flatMap((device) => this.#about(device, count, device) ?? []).filter(({ state }) => state === 'out');
    return outs.sort((a, b) => a.number - b.number || (a.subject < b.subject ? -1 : 1))[0];
  }

  /** What somebody said of another speaker before he was let in anew: by then he was out himself, and it must not count now. @param {Statement} statement @param {Count} count */
  #isVoid({ by, subject, state, number }, count) {
    if (state !== 'out' || !this.#accepted.has(subject)) return false;
    return [...this.#all.values()].some(({ statement: one }) => one.subject === by && one.by !== by && one.state === 'in' && one.number > number && count.get(one.by)?.lent === false);
  }

  /** @param {string} subject @param {Count} count @param {string} [but] whose own word is left out */
  #about(subject, count, but) {
    /** @type {Statement | undefined} */
    let best;
    for (const { statement } of this.#all.values()) {
      if (statement.subject === subject && statement.by !== but && this.#isHis(statement, count) && newer(statement, best) && !this.#isVoid(statement, count)) best = statement;
    }
    return best;
  }

  /** @param {string} device @returns {Statement | null} what counts of it, verified only where that of its author is known too; null: nobody who counts has spoken of it */
  of(device) {
    return this.#of(device, this.#counting());
  }

  /** @param {string} device @param {Count} count @returns {Statement | null} */
  #of(device, count) {
    const about = this.#about(device, count);
    return about ? { ...about, verified: about.verified && !!count.get(about.by)?.verified } : null;
  }

  /** @param {string} device @returns {boolean} whether its statements count */
  counts(device) {
    return this.#counting().has(device);
  }

  /** @param {string} device @returns {boolean} whether they count because moderation is lent to it */
  isLent(device) {
    return !!this.#counting().get(device)?.lent;
  }

  /** What counts of every device. @returns {Statement[]} */
  get everybody() {
    const count = this.#counting();
    const subjects = new Set([...this.#all.values()].map(({ statement }) => statement.subject));
    return [...subjects].flatMap((subject) => this.#of(subject, count) ?? []);
  }

  /** @param {string} participant @returns {Statement[]} what counts of devices that had this seat */
  ofSeat(participant) {
    return this.everybody.filter((about) => about.participant === participant);
  }

  /**
   * What counts, for somebody else: of those who are here first, then the newest, as much as one message holds.
   * @param {Set<string>} here devices
   * @param {string | null} [alone] a device that is not in: it is told of itself and of who speaks for the room, and of nobody else who was here
   * @returns {Signed[]}
   */
  told(here, alone = null) {
    const count = this.#counting();
    const concerns = (/** @type {Statement} */ { subject }) => alone === null || subject === alone || this.#accepted.has(subject) || count.get(subject)?.lent;
    return [...this.#all.values()].filter(({ statement }) => this.#isHis(statement, count) && concerns(statement))
      .sort(({ statement: a }, { statement: b }) => Number(here.has(b.subject)) - Number(here.has(a.subject)) || b.number - a.number)
      .slice(0, toldMost).map(({ signed }) => signed);
  }
}
