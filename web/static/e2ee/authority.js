/**
 * Who speaks for the room, as far as this page can know: by the room's secret, by its own link, by two words, or on somebody's word alone.
 *
 * **A role of the server's proves nothing.** What is proven takes the place of what was merely said, and never the other way round.
 */
import { proves, vouch, vouched } from './identity.js';
import { speakers } from './statements.js';

/** @typedef {import('./identity.js').Identity} Identity */
/** @typedef {import('./other.js').Other} Other */


export class Authority {
  #own;
  #role;
  #secrets;
  #statements;
  #around;
  /** Devices of who speaks for the room, as two words have shown. @type {Set<string>} */
  #known;
  /** Whether somebody has proven to this page that he speaks for the room. */
  proven = false;

  /**
   * @param {import('./identity.js').Own} own
   * @param {string} role of this page's person
   * @param {import('./circle.js').Secrets} secrets
   * @param {import('./statements.js').Statements} statements
   * @param {string[]} known of whom two words have shown it to the page before
   * @param {{ here: (is: (identity: Identity, seat: import('./circle.js').Seat) => boolean) => boolean, know: (devices: string[]) => void }} around here: whether such a one is in the room
   */
  constructor(own, role, secrets, statements, known, around) {
    this.#own = own;
    this.#role = role;
    this.#secrets = secrets;
    this.#statements = statements;
    this.#known = new Set(known);
    this.#around = around;
    if (this.inItsOwnRight) statements.accept(own.device, true);
  }

  /** Whether this page may say who is in and who speaks: by what its person is, and not because moderation is lent to him. */
  get inItsOwnRight() {
    return speakers.includes(this.#role);
  }

  /** Whether this page may say who is in. The server's word that moderation is lent to it is not enough. */
  get speaks() {
    return this.inItsOwnRight || this.#statements.isLent(this.#own.device);
  }

  /** What somebody's identity proves to a page that speaks for the room. @param {Other} other @param {Identity} identity */
  async prove(other, identity) {
    const { room } = this.#secrets;
    const { role, person } = other.seat;
    other.claims = this.inItsOwnRight && speakers.includes(role) && !!room && (await proves(identity, room, 'counsellor'));
    const theirs = this.inItsOwnRight && person ? this.#secrets.linkOf(person) : null;
    other.proven = other.claims || (!!theirs && (await proves(identity, theirs, 'person')));
  }

  /**
   * What may be stated of somebody who is let in.
   * @param {{ role: string, person?: string }} seat @param {Identity} identity
   * @returns {Promise<{ speaks: boolean, verified: boolean }>}
   */
  async findingsOf({ role, person = '' }, identity) {
    const { room } = this.#secrets;
    const link = person ? this.#secrets.linkOf(person) : null;
    // A role of the server's makes no speaker where there is a secret to prove it by.
    const speaks = speakers.includes(role) && (!room || (await proves(identity, room, 'counsellor')));
    return { speaks, verified: (speaks && !!room) || (!!link && (await proves(identity, link, 'person'))) };
  }

  /** What shows to somebody that this page speaks for the room. @param {Other} other @returns {Promise<string>} base64url; empty where there is nothing */
  async vouchFor({ identity, seat: { person } }) {
    const link = person ? this.#secrets.linkOf(person) : null;
    return link && identity ? vouch(link, this.#own.device, identity.device) : '';
  }

  /** He has spoken with the key of this session: what he claims was not merely kept by somebody. @param {Other} other @param {Identity} identity */
  heard({ claims }, { device }) {
    if (claims && this.#byItself(device)) this.#statements.accept(device, true);
  }

  /**
   * Somebody says that he speaks for the room.
   * @param {Other} other @param {Identity} identity @param {string} mac
   * @returns {Promise<boolean>} whether he is taken on his word, from now on
   */
  async vouched({ seat }, { device }, mac) {
    const { link, room } = this.#secrets;
    const counsels = speakers.includes(seat.role);
    // Who speaks himself knows his like by the room's secret; without it, one who came by a link is told as everybody is. To whom moderation is lent he knows by the signature alone.
    if (!(counsels || seat.promoted) || (this.inItsOwnRight && (room || !link || !counsels))) return false;
    if (this.#known.has(device) || (link && (await vouched(mac, link, device, this.#own.device)))) {
      if (this.#byItself(device)) this.#trust(device);
      return false;
    }
    // One at a time, and another only when he is gone. To whom, as the server says, moderation is lent comes after whoever can have lent it.
    const { accepted } = this.#statements;
    const rather = this.#around.here((identity, other) => (accepted.includes(identity.device) ? !other.promoted || !!seat.promoted : !!seat.promoted && speakers.includes(other.role)));
    if (this.proven || rather) return false;
    this.#doubt();
    this.#statements.accept(device, false);
    return true;
  }

  /**
   * Whether a device counts by what it proves alone. Who spoke for the room and was sent out can prove the same with another device: from
   * then on those who count and are here say who speaks.
   * @param {string} device
   */
  #byItself(device) {
    const sentOut = this.#statements.everybody.some(({ state, role, subject }) => state === 'out' && speakers.includes(role) && subject !== this.#own.device);
    if (!sentOut || this.#statements.counts(device)) return true;
    return !this.inItsOwnRight && !this.#around.here((identity) => this.#statements.counts(identity.device));
  }

  /** Two words have shown who he is; for the page after this one too, since they were of his device. @param {string} device */
  met(device) {
    this.#known.add(device);
    this.#around.know([...this.#known]);
    this.#trust(device);
  }

  /** Those who were taken on their word are no longer. */
  #doubt() {
    for (const one of this.#statements.accepted) if (one !== this.#own.device) this.#statements.doubt(one);
  }

  /** Somebody is known to speak for the room: those who were taken on their word give way. @param {string} device */
  #trust(device) {
    if (!this.proven) this.#doubt();
    this.proven = true;
    this.#statements.accept(device, true);
  }
}
