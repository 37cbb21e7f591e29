/**
 * What this page states of the others: who is let in and sent out, to whom moderation is lent, and whose word it takes over.
 *
 * **A page states what its person does**, and by itself nothing but what closes, or keeps as it is what somebody said who goes. Where moderation is merely lent to its
 * person it says nothing of whose word counts: nobody would listen.
 */
import { readIdentity } from './identity.js';

/** @typedef {import('./circle.js').Seat} Seat */
/** @typedef {import('./identity.js').Identity} Identity */
/** @typedef {import('./other.js').Other} Other */
/** @typedef {import('./statements.js').Signed} Signed */
/** @typedef {import('./statements.js').Statement} Statement */

export class Admission {
  #own;
  #statements;
  #authority;
  #others;
  #onSaid;
  /** What this page has stated, by subject. @type {Map<string, Signed>} */
  said = new Map();

  /**
   * @param {import('./identity.js').Own} own
   * @param {import('./statements.js').Statements} statements
   * @param {import('./authority.js').Authority} authority
   * @param {Map<string, Other>} others by participant
   * @param {() => void} onSaid something was stated
   */
  constructor(own, statements, authority, others, onSaid) {
    this.#own = own;
    this.#statements = statements;
    this.#authority = authority;
    this.#others = others;
    this.#onSaid = onSaid;
  }

  /** What the page before this one had stated. @param {Signed[]} said */
  async recall(said) {
    for (const signed of said) this.said.set(signed.statement.split('\n').at(-1) ?? '', signed);
    await this.#statements.hear(said);
  }

  /** @param {Omit<Statement, 'number' | 'by'>} about */
  async #state({ participant, person, role, subject, state, verified, speaks, lent }) {
    const statement = { participant, person, role, subject, state, verified, speaks, lent: lent && state === 'in' };
    if (!this.#authority.speaks || !this.#statements.may(this.#own.device, statement)) return;
    if (state === 'out' || (!lent && this.#statements.isLent(subject))) await this.takeOver(subject);
    this.said.set(subject, await this.#statements.say(this.#own, statement));
    this.#onSaid();
  }

  /** Exactly this device. @param {Seat} seat as it is shown at that moment */
  async admit({ participant, role, person = '', identity: text }) {
    const identity = text ? await readIdentity(text) : null;
    if (!identity) return;
    const findings = await this.#authority.findingsOf({ role, person }, identity);
    await this.#state({ participant, person, role, subject: identity.device, state: 'in', ...findings });
  }

  /** Whatever device has this seat. @param {string} participant */
  async dismiss(participant) {
    for (const about of this.#statements.ofSeat(participant)) if (about.state === 'in') await this.#state({ ...about, state: 'out' });
    // A counsellor who was never stated, whose own word has counted until now; or somebody whom the server shows in another's seat.
    const { identity, seat } = this.#others.get(participant) ?? {};
    const about = identity && this.#statements.of(identity.device);
    if (identity && seat && about?.state !== 'out') {
      await this.#state({ participant, person: seat.person ?? '', role: seat.role, subject: identity.device, state: 'out', verified: false, speaks: about?.speaks ?? false });
    }
  }

  /** His time to come back is over. @param {string} device */
  async gone(device) {
    const about = this.#statements.of(device);
    if (about?.state === 'in') await this.#state({ ...about, state: 'out' });
  }

  /** Lends moderation to somebody who is in, or takes it back. @param {string} participant @param {boolean} on */
  async lend(participant, on) {
    const { identity } = this.#others.get(participant) ?? {};
    const about = identity && this.#statements.of(identity.device);
    if (about?.state === 'in' && about.participant === participant && !about.speaks) await this.#state({ ...about, lent: on });
  }

  /** The server says that it is lent no longer, or he has gone: so it is for everybody, until it is lent anew. @param {string} device */
  async returned(device) {
    const about = this.#statements.of(device);
    if (about?.state === 'in' && about.lent) await this.#state({ ...about, lent: false });
  }

  /** Who is taken on his word, by a page that speaks: who comes later may take this page on its word, and then knows the other by it alone. @param {Other} other @param {Identity} identity */
  async tookOnWord({ seat: { participant, role } }, { device }) {
    if (this.#statements.of(device)) return;
    await this.#state({ participant, person: '', role, subject: device, state: 'in', verified: false, speaks: true });
  }

  /**
   * Whom this page has let in before it could find out who he is, or somebody to whom moderation is lent and who never can: that it knows now is for the others too.
   * @param {Other} other @param {Identity} identity
   */
  async confirm({ proven }, { device }) {
    const about = proven ? this.#statements.of(device) : null;
    if (about?.state === 'in' && !about.verified && (about.by === this.#own.device || this.#statements.isLent(about.by))) await this.#state({ ...about, verified: true });
  }

  /** Two words have shown who he is. @param {string} device */
  async met(device) {
    const about = this.#statements.of(device);
    if (about?.state === 'in') await this.#state({ ...about, verified: true });
  }

  /**
   * Whom somebody let in who leaves, is sent out, or to whom moderation is lent no longer, stays in by the word of this page, and who was sent out stays out: who comes later has
   * not met the other.
   * @param {string} device
   */
  async takeOver(device) {
    if (!this.#statements.counts(device)) return;
    if (this.#statements.isLent(device)) for (const about of this.#statements.everybody) if (about.by === device && about.state === 'out') await this.#state(about);
    for (const { identity, seat, proven, claims } of this.#others.values()) {
      const about = identity && this.#statements.of(identity.device);
      if (about?.state !== 'in' || about.by !== device || about.participant !== seat.participant) continue;
      await this.#state({ ...about, verified: proven, speaks: about.speaks && claims });
    }
  }
}
