/**
 * The people of a room as far as they are known by more than the server's word: who is in, whose keys are given to whom, and what can be said of it.
 *
 * **The server proposes, statements decide**: a participant whom no counsellor has stated is shown as unknown and is given nothing. **Everything happens one
 * after the other**, in the order in which it came. Protocol: README.md.
 */
import { fromBase64url, toBase64url } from './bytes.js';
import { Channel } from './channel.js';
import { Epochs } from './epochs.js';
import { proves, readIdentity, vouch, vouched } from './identity.js';
import { Statements } from './statements.js';

/** @typedef {import('./bytes.js').Bytes} Bytes */
/** @typedef {import('./identity.js').Own} Own */
/** @typedef {import('./identity.js').Identity} Identity */
/** @typedef {import('./channel.js').Message} Message */

/** Of a participant, as the server says it. @typedef {{ participant: string, role: string, identity?: string, person?: string }} Seat */

/**
 * How one of the others stands.
 * - `unable`: the page introduced itself with nothing
 * - `unknown`: nobody who may has stated this device
 * - `waiting`: our key is not acknowledged
 * - `unverified`, `verified`: in, and what is said is sealed
 * @typedef {'unable' | 'unknown' | 'waiting' | 'unverified' | 'verified'} Standing
 */

/**
 * What one knows oneself.
 * @typedef {object} Secrets
 * @property {Bytes | null} link E, of who came by a link
 * @property {Bytes | null} room R, of a counsellor who can open it
 * @property {(person: string) => Promise<Bytes | null>} linkOf E of an invited person, for a counsellor
 */

/**
 * @typedef {object} Around
 * @property {(participant: string, sealed: string) => void} relay
 * @property {(standing: Record<string, Standing>) => void} onStanding it changed
 * @property {{ begin: (key: { epoch: number, tag: number, secret: Bytes }) => void, end: () => void,
 *   learn: (participant: string, key: { epoch: number, tag: number, secret: Bytes }) => void, forget: (participant: string) => void }} frames
 */

const speakers = ['counsellor', 'co-counsellor'];
const statementsMost = 64;

/** One of the others, while the server lists him with the same identity. */
class Other {
  /** @type {Identity | null} */ identity = null;
  /** @type {Channel | null} */ channel = null;
  /** What a counsellor's page found itself: that he has his link, or the room's secret. */
  proven = false;
  /** His newest secret, while he is not known to be in. @type {{ epoch: number, secret: Bytes } | null} */
  early = null;
  in = false;
  seat;

  /** @param {Seat} seat */
  constructor(seat) {
    this.seat = seat;
  }
}

export class Circle {
  #env;
  #own;
  #me;
  #secrets;
  #around;
  #statements = new Statements();
  #epochs;
  /** @type {Map<string, Other>} by participant */
  #others = new Map();
  #turn = Promise.resolve();
  #ended = false;
  /** Whether somebody who speaks for the room has proven it to this page. */
  #verifiedAuthority = false;

  /** How each of the others stands. @type {Record<string, Standing>} by participant */
  standing = {};

  /**
   * @param {Pick<import('../call/env.js').Env, 'setTimeout' | 'clearTimeout' | 'now'>} env
   * @param {Own} own
   * @param {Seat} me
   * @param {Secrets} secrets
   * @param {Around} around
   */
  constructor(env, own, me, secrets, around) {
    this.#env = env;
    this.#own = own;
    this.#me = me;
    this.#secrets = secrets;
    this.#around = around;
    this.#epochs = new Epochs(env, {
      give: (session, { epoch, secret }) => void this.#tell(session, { type: 'key', epoch, secret: toBase64url(secret) }),
      use: ({ epoch, secret }) => around.frames.begin({ epoch, tag: own.tag, secret }),
      onMissing: () => this.#show(),
    });
    if (!this.#speaks) return;
    this.#statements.accept(own.device, true);
    this.#do(() => this.#state(me, own.device, 'in', true));
  }

  /** Whether this page may say who is in. */
  get #speaks() {
    return speakers.includes(this.#me.role);
  }

  /** @param {() => unknown} what after all that came before */
  #do(what) {
    this.#turn = this.#turn.then(() => (this.#ended ? undefined : what())).then(() => {}, () => {});
    return this.#turn;
  }

  /** Who is in the room, as the server says; oneself may be among them. @param {Seat[]} seats */
  members(seats) {
    return this.#do(async () => {
      const others = seats.filter(({ participant }) => participant !== this.#me.participant);
      for (const [participant, other] of this.#others) {
        const seat = others.find((one) => one.participant === participant);
        if (seat && seat.identity === other.seat.identity) other.seat = seat;
        else this.#lose(participant);
      }
      for (const seat of others) if (!this.#others.has(seat.participant)) await this.#meet(seat);
      this.#look();
    });
  }

  /** @param {string} participant */
  #lose(participant) {
    this.#others.delete(participant);
    this.#around.frames.forget(participant);
  }

  /** @param {Seat} seat */
  async #meet(seat) {
    const other = new Other(seat);
    this.#others.set(seat.participant, other);
    const identity = seat.identity ? await readIdentity(seat.identity) : null;
    // Somebody who shows another's identity, or this page's own, has none of his own.
    if (!identity || identity.device === this.#own.device || this.#by(({ device }) => device === identity.device)) return;
    other.identity = identity;
    other.channel = await Channel.between(this.#own, identity);
    if (this.#speaks) await this.#vouch(other, identity);
    await this.#say(other, { type: 'statements', statements: this.#statements.all });
  }

  /** @param {Other} other @param {Identity} identity */
  async #vouch(other, identity) {
    const { room, linkOf } = this.#secrets;
    const { person, role } = other.seat;
    if (speakers.includes(role) && room && (await proves(identity, room, 'counsellor'))) {
      other.proven = true;
      this.#statements.accept(identity.device, true);
      return;
    }
    const link = person ? await linkOf(person) : null;
    other.proven = !!link && (await proves(identity, link, 'person'));
    await this.#say(other, { type: 'vouch', mac: link ? await vouch(link, this.#own.device, identity.device) : '' });
  }

  /** @param {(identity: Identity) => boolean} is @returns {Other | undefined} */
  #by(is) {
    return [...this.#others.values()].find(({ identity }) => identity && is(identity));
  }

  /** @param {string} session @param {Message} message */
  #tell(session, message) {
    return this.#do(() => {
      const other = this.#by((identity) => identity.session === session);
      return other && this.#say(other, message);
    });
  }

  /** @param {Other} other @param {Message} message */
  async #say(other, message) {
    if (other.channel) this.#around.relay(other.seat.participant, await other.channel.seal(message));
  }

  /** @param {string} from participant, as the server says @param {string} sealed */
  relayed(from, sealed) {
    return this.#do(async () => {
      const other = this.#others.get(from);
      const message = await other?.channel?.open(sealed);
      if (other?.identity && message) await this.#hear(other, other.identity, message);
    });
  }

  /** @param {Other} other @param {Identity} identity @param {Message} message */
  async #hear(other, identity, message) {
    switch (message.type) {
      case 'vouch': return this.#vouched(identity, message.mac);
      case 'statements': return this.#listen(message.statements);
      case 'key': return this.#take(other, message);
      case 'have': return this.#has(identity, message.epoch);
      case 'want': return other.in ? this.#epochs.wants(identity.session) : undefined;
      default: return undefined;
    }
  }

  /** @param {Identity} identity of who says that he speaks for the room @param {unknown} mac */
  async #vouched({ device }, mac) {
    if (this.#speaks) return;
    const { link } = this.#secrets;
    const verified = !!link && typeof mac === 'string' && (await vouched(mac, link, device, this.#own.device));
    if (verified) {
      // Those who were taken on their word give way to one who proves it.
      if (!this.#verifiedAuthority) for (const one of this.#statements.authorities) this.#statements.doubt(one);
      this.#verifiedAuthority = true;
      this.#statements.accept(device, true);
    } else if (this.#statements.authorities.length === 0) {
      this.#statements.accept(device, false);
    }
    this.#look();
  }

  /** @param {unknown} statements */
  async #listen(statements) {
    if (!Array.isArray(statements)) return;
    let news = false;
    for (const one of statements.slice(0, statementsMost)) news = (await this.#statements.hear(one)) || news;
    if (news) this.#look();
  }

  /** @param {Other} other @param {Message} message */
  async #take(other, { epoch, secret }) {
    const bytes = typeof secret === 'string' ? fromBase64url(secret) : null;
    if (bytes?.length !== 32 || !Number.isInteger(epoch) || epoch < 0 || epoch > 255) return;
    other.early = { epoch, secret: bytes };
    await this.#learn(other);
  }

  /** @param {Other} other */
  async #learn(other) {
    const { early, identity } = other;
    if (!other.in || !early || !identity) return;
    other.early = null;
    this.#around.frames.learn(other.seat.participant, { ...early, tag: identity.tag });
    await this.#say(other, { type: 'have', epoch: early.epoch });
  }

  /** @param {Identity} identity @param {unknown} epoch */
  #has({ session }, epoch) {
    if (typeof epoch === 'number') this.#epochs.has(session, epoch);
    this.#show();
  }

  /** Frames of somebody came that cannot be opened. @param {string} participant @param {number} epoch */
  unknown(participant, epoch) {
    return this.#do(() => {
      const other = this.#others.get(participant);
      return other?.in ? this.#say(other, { type: 'want', epoch }) : undefined;
    });
  }

  /** The counsellor at this page lets somebody in: exactly this device. @param {Seat} seat as it is shown at that moment */
  admit(seat) {
    return this.#do(async () => {
      const identity = this.#speaks && seat.identity ? await readIdentity(seat.identity) : null;
      if (!identity) return;
      const link = seat.person ? await this.#secrets.linkOf(seat.person) : null;
      await this.#state(seat, identity.device, 'in', !!link && (await proves(identity, link, 'person')));
    });
  }

  /** The counsellor at this page puts somebody back, or removes him. @param {string} participant */
  dismiss(participant) {
    return this.#do(async () => {
      const other = this.#others.get(participant);
      if (this.#speaks && other?.identity) await this.#state(other.seat, other.identity.device, 'out', false);
    });
  }

  /** @param {Seat} seat @param {string} subject device @param {'in' | 'out'} state @param {boolean} verified */
  async #state({ participant, role }, subject, state, verified) {
    const signed = await this.#statements.say(this.#own, { participant, role, subject, state, verified }, this.#env.now());
    // Who is out is told as well: he knows that he is not to be heard.
    for (const other of this.#others.values()) await this.#say(other, { type: 'statements', statements: [signed] });
    this.#look();
  }

  /** Held, or let go on, or the numbers of the secret are spent: the next one. */
  renew() {
    return this.#do(() => this.#epochs.renew());
  }

  /** Draws the consequences of what is known now. */
  #look() {
    const sessions = new Map();
    for (const other of this.#others.values()) {
      const { identity, seat } = other;
      const was = other.in;
      other.in = !!identity && this.#isIn(identity.device, seat.participant);
      if (was && !other.in) this.#around.frames.forget(seat.participant);
      if (!other.in || !identity) continue;
      sessions.set(identity.session, seat.participant);
      if (!was) this.#do(() => this.#learn(other));
    }
    // Who was put back or removed seals for nobody, whatever he is told by the server.
    this.#epochs.share(this.#statements.of(this.#own.device)?.state === 'out' ? new Map() : sessions);
    this.#show();
  }

  /** @param {string} device @param {string} participant */
  #isIn(device, participant) {
    const about = this.#statements.of(device);
    if (about) return about.state === 'in' && about.participant === participant;
    return this.#statements.authorities.includes(device);
  }

  #show() {
    /** @type {Record<string, Standing>} */
    const standing = {};
    for (const [participant, other] of this.#others) standing[participant] = this.#standingOf(participant, other);
    if (JSON.stringify(standing) === JSON.stringify(this.standing)) return;
    this.standing = standing;
    this.#around.onStanding(standing);
  }

  /** @param {string} participant @param {Other} other @returns {Standing} */
  #standingOf(participant, { identity, proven, ...other }) {
    if (!identity) return 'unable';
    if (!other.in) return 'unknown';
    if (this.#epochs.missing.includes(participant)) return 'waiting';
    const about = this.#statements.of(identity.device);
    if (this.#speaks) return proven || about?.verified ? 'verified' : 'unverified';
    return (about ? about.verified : this.#verifiedAuthority) ? 'verified' : 'unverified';
  }

  /** Nothing is sealed or opened any more. */
  end() {
    this.#ended = true;
    this.#epochs.end();
    this.#around.frames.end();
    for (const participant of this.#others.keys()) this.#lose(participant);
  }
}
