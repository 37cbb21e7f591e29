/**
 * The people of a room as far as they are known by more than the server's word: who is in, whose keys are given to whom, and what can be said of it.
 *
 * **The server proposes, statements decide**: a participant whom nobody who speaks for the room has stated is shown as unknown and is given nothing. **Whoever
 * speaks is believed once he has spoken**: with the key of this session, never by a text that the server may have kept. **Everything happens one after the
 * other**, in the order in which it came; nothing is waited for but the browser's cryptography. Protocol: README.md.
 */
import { Absent } from './absent.js';
import { Admission } from './admission.js';
import { Authority } from './authority.js';
import { fromBase64url, toBase64url } from './bytes.js';
import { Comparisons } from './comparisons.js';
import { Epochs } from './epochs.js';
import { readIdentity } from './identity.js';
import { Openness } from './openness.js';
import { Other } from './other.js';
import { Sessions } from './sessions.js';
import { standingOf } from './standing.js';
import { Statements } from './statements.js';

/** @typedef {import('./bytes.js').Bytes} Bytes */
/** @typedef {import('./identity.js').Own} Own */
/** @typedef {import('./identity.js').Identity} Identity */
/** @typedef {import('./channel.js').Message} Message */
/** @typedef {import('./statements.js').Signed} Signed */
/** @typedef {import('./statements.js').Statement} Statement */

/** Of a participant, as the server says it; promoted: moderation is lent to him; apart: in another group, in the room and given no key. @typedef {{ participant: string, role: string, identity?: string, person?: string, promoted?: boolean, apart?: boolean }} Seat */

/** @typedef {import('./standing.js').Standing} Standing */

/**
 * What one knows oneself.
 * @typedef {object} Secrets
 * @property {Bytes | null} link E, of who came by a link
 * @property {Bytes | null} room R, of a counsellor who can open it
 * @property {(person: string) => Bytes | null} linkOf E of an invited person, for a counsellor; null while it is not known
 */

/**
 * @typedef {object} Around
 * @property {(participant: string, sealed: string) => void} relay
 * @property {(standing: Record<string, Standing>) => void} onStanding it changed, or `people` did
 * @property {(opening: import('./openness.js').Opening) => void} [onOpen] a counsellor has opened the room, or closed it again; or it is known now whether who has opened it is one
 * @property {(participant: string, words: [number, number], lang: string, session: string) => void} [onWords] two words of a list of 256 in the language of whoever began, to be compared by voice
 * @property {(participant: string, content: Message) => void} [onSaid] somebody who is in has said something (`say`)
 * @property {(signed: Signed[], word: import('./openness.js').SignedWord | null) => void} keep what this page has stated, and whether the room is open: to be given to the page that takes its place after a reload
 * @property {(devices: string[]) => void} [know] of whom two words have shown to this page that they speak for the room: to be given to that page as well
 * @property {{ begin: (key: { epoch: number, tag: number, secret: Bytes }) => void, end: () => void,
 *   learn: (participant: string, key: { epoch: number, tag: number, secret: Bytes }) => void, forget: (participant: string) => void }} frames
 */

/** Messages that wait to be heard, of one participant and of all that are not known yet; more are lost, as on a line. */
const pendingMost = 32;
/** Who speaks for the room says so from time to time. */
const pulseEvery = 20_000;
const lookedEvery = 2_000;
/** Messages of the pages' people. */
const spoken = new Set(['chat', 'file', 'sign']);
/** Longest name that somebody gives himself, in UTF-16 units. */
export const nameMost = 80;

export class Circle {
  #env;
  #own;
  #me;
  #around;
  #able;
  #held;
  #name;
  #statements;
  #authority;
  #openness;
  /** @type {import('./openness.js').Opening} */ #opening = 'closed';
  #epochs;
  /** @type {Map<string, Other>} by participant */
  #others = new Map();
  #sessions;
  #comparisons;
  /** Messages that wait of those who are not known yet. */
  #strays = 0;
  #absent;
  #admission;
  #turn = Promise.resolve();
  #ended = false;
  /** @type {any} */ #pulse = null;
  /** @type {any} */ #looking = null;

  /** How each of the others stands. @type {Record<string, Standing>} by participant */
  standing = {};
  /**
   * Of those who are in: as what, as it is stated (of who counts without a statement as the server says), whether moderation is lent to them, and what they call themselves.
   * @type {Record<string, { role: string, name: string, lent?: true }>} by participant
   */
  people = {};
  /** Whether moderation is lent to this page's person, by the signature of somebody who counts. */
  lent = false;

  /**
   * @param {Pick<import('../call/env.js').Env, 'setTimeout' | 'clearTimeout' | 'now'>} env
   * @param {Own} own
   * @param {Seat} me
   * @param {Secrets} secrets
   * @param {Around} around
   * @param {{ reentry?: number, said?: Signed[], word?: import('./openness.js').SignedWord | null, known?: string[], able?: boolean, held?: boolean, name?: string, channels?: Map<string, import('./channel.js').Channel> }} [more] reentry: how long who left may come back, ms; said, word: what the page before has stated
   *   (`keep`); known: of whom it was shown (`know`); name: what one calls oneself; able: whether this browser can lead frames through a worker; held: as `hold`; channels: of a circle that had this identity before
   *   (in another seat): what the others have heard of it is not said again
   */
  constructor(env, own, me, secrets, around, { reentry = 0, said = [], word = null, known = [], able = true, held = false, name = '', channels = new Map() } = {}) {
    this.#env = env;
    this.#own = own;
    this.#me = me;
    this.#around = around;
    this.#absent = new Absent(env, reentry, (device) => void this.#do(() => (this.#by((identity) => identity.device === device) ? undefined : this.#admission.gone(device))));
    this.#able = able;
    this.#held = held;
    this.#name = name;
    this.#statements = new Statements(() => env.now());
    this.#authority = new Authority(own, me.role, secrets, this.#statements, known, {
      here: (is) => [...this.#others.values()].some(({ identity, seat }) => identity && is(identity, seat)), know: (devices) => around.know?.(devices),
    });
    this.#admission = new Admission(own, this.#statements, this.#authority, this.#others, () => {
      this.#look();
      // Who is out is told as well: he knows that he is not to be heard.
      this.#tell(() => true);
      this.#keep();
    });
    this.#openness = new Openness(() => env.now(), (device) => this.#statements.counts(device) && !this.#statements.isLent(device));
    this.#sessions = new Sessions(env, own, channels, (session, version) => void this.#do(() => this.#say(session, version)));
    this.#comparisons = new Comparisons(env, own, (session, said) => void this.#do(() => {
      const other = this.#by((one) => one.session === session);
      return other && this.#send(other, { type: 'words', ...said });
    }));
    this.#epochs = new Epochs(env, {
      onNew: () => void this.#do(() => this.#tell((other) => other.in)),
      use: ({ epoch, secret }) => around.frames.begin({ epoch, tag: own.tag, secret }),
    });
    this.#watch();
    this.#beat();
    if (!this.#authority.inItsOwnRight) return;
    this.#do(() => this.#admission.recall(said));
    this.#do(() => this.#openness.hear(word));
  }

  /** Whether this page may say who is in. */
  get #speaks() {
    return this.#authority.speaks;
  }

  /** @param {() => unknown} what after all that came before */
  #do(what) {
    this.#turn = this.#turn.then(() => (this.#ended ? undefined : what())).then(() => {}, () => {});
    return this.#turn;
  }

  #watch() {
    this.#looking = this.#env.setTimeout(() => {
      this.#show();
      this.#watch();
    }, lookedEvery);
  }

  #beat() {
    this.#pulse = this.#env.setTimeout(() => {
      if (this.#speaks) void this.#do(() => this.#tell(() => true));
      this.#beat();
    }, pulseEvery);
  }

  /** Who is in the room, as the server says; oneself may be among them. @param {Seat[]} seats */
  members(seats) {
    return this.#do(async () => {
      const others = seats.filter(({ participant }) => participant !== this.#me.participant);
      /** @type {string[]} */
      const gone = [];
      /** @type {string[]} */
      const returned = [];
      for (const [participant, other] of [...this.#others]) {
        const seat = others.find((one) => one.participant === participant);
        // Who has none is looked at again: whose it was may be gone.
        if (other.identity && (!seat || (other.seat.promoted && !seat.promoted))) returned.push(other.identity.device);
        if (seat && seat.identity === other.seat.identity && other.identity) other.seat = seat;
        else this.#lose(participant, other);
        if (!seat && other.identity) gone.push(other.identity.device);
      }
      for (const device of gone) await this.#admission.takeOver(device);
      for (const device of returned) await this.#admission.returned(device);
      for (const seat of this.#ordered(others)) if (!this.#others.has(seat.participant)) await this.#meet(seat).catch(() => {});
      // Also whom the page before this one had let in, and who has gone since.
      for (const device of this.#admission.said.keys()) if (!this.#by((one) => one.device === device) && this.#statements.of(device)?.state === 'in') this.#absent.left(device);
      this.#look();
    });
  }

  /** Those first whom a statement names: of two who show the same identity it is theirs. @param {Seat[]} seats */
  #ordered(seats) {
    const stated = (/** @type {Seat} */ { participant }) => this.#statements.ofSeat(participant).length > 0;
    return [...seats.filter(stated), ...seats.filter((seat) => !stated(seat))];
  }

  /** @param {string} participant @param {Other} other */
  #lose(participant, other) {
    this.#others.delete(participant);
    this.#around.frames.forget(participant);
    other.link?.rest();
    const { identity } = other;
    if (this.#speaks && identity) this.#absent.left(identity.device);
  }

  /** @param {Seat} seat */
  async #meet(seat) {
    const other = new Other(seat, this.#env.now());
    this.#others.set(seat.participant, other);
    const identity = seat.identity ? await readIdentity(seat.identity) : null;
    if (!identity) return;
    if (this.#statements.of(identity.device)?.participant === seat.participant) this.#strip(identity);
    if (this.#taken(identity)) return;
    const link = await this.#sessions.with(identity);
    if (!link) return;
    other.link = link;
    await this.#authority.prove(other, identity);
    other.identity = identity;
    this.#absent.back(identity.device);
    link.changed();
    await this.#admission.confirm(other, identity);
    if (!seat.promoted) await this.#admission.returned(identity.device);
  }

  /** Whoever shows it besides the seat that a statement names has none. @param {Identity} identity */
  #strip({ device }) {
    for (const other of this.#others.values()) {
      if (other.identity?.device !== device) continue;
      other.link?.rest();
      other.identity = other.link = null;
    }
  }

  /** Whether device or session are somebody else's, or one's own. @param {Identity} identity */
  #taken({ device, session }) {
    return device === this.#own.device || session === this.#own.session || !!this.#by((one) => one.device === device || one.session === session);
  }

  /** @param {(identity: Identity) => boolean} is @returns {Other | undefined} */
  #by(is) {
    return [...this.#others.values()].find(({ identity }) => identity && is(identity));
  }

  /** There is something new for these. @param {(other: Other) => boolean} whom */
  #tell(whom) {
    for (const other of this.#others.values()) if (whom(other)) other.link?.changed();
  }

  /** Tells one of the others all that he is to know. @param {string} session @param {number} version */
  async #say(session, version) {
    const other = this.#by((identity) => identity.session === session);
    if (!other?.identity || !other.link) return;
    const key = other.in ? this.#epochs.keyFor(session) : null;
    const here = new Set([this.#own.device, ...[...this.#others.values()].flatMap(({ identity }) => identity?.device ?? [])]);
    const statements = this.#statements.told(here, other.in ? null : other.identity.device);
    await this.#send(other, {
      type: 'state', v: version, statements, ...(this.#speaks && { mac: await this.#authority.vouchFor(other) }),
      ...(key && { epoch: key.epoch, secret: toBase64url(key.secret) }), ...(other.epoch !== null && { has: other.epoch }),
      ...(!this.#able && { able: false }), ...(other.in && this.#name && { name: this.#name }), ...(this.#openness.signed && { room: this.#openness.signed }),
    });
  }

  /** @param {Other} other @param {Message} message */
  async #send(other, message) {
    if (other.link) this.#around.relay(other.seat.participant, await other.link.channel.seal(message));
  }

  /** @param {string} from participant, as the server says @param {string} sealed */
  relayed(from, sealed) {
    const waits = this.#others.get(from);
    if ((waits ? waits.pending : this.#strays) >= pendingMost) return;
    if (waits) waits.pending++;
    else this.#strays++;
    return this.#do(async () => {
      if (waits) waits.pending--;
      else this.#strays--;
      const other = this.#others.get(from);
      const message = await other?.link?.channel.open(sealed);
      if (!other?.identity || !message) return;
      other.heardAt = this.#env.now();
      if (message.type === 'state') await this.#hear(other, other.identity, message);
      else if (message.type === 'have') this.#has(other, other.identity, message);
      else if (message.type === 'want') other.link?.asked();
      else if (message.type === 'words') await this.#compared(other, other.identity, message);
      else if (spoken.has(message.type) && other.in) this.#around.onSaid?.(from, message);
      this.#show();
    });
  }

  /** @param {Other} other @param {Identity} identity @param {Message} message */
  async #hear(other, identity, { v, mac, statements, epoch, secret, has, able, name, room }) {
    this.#authority.heard(other, identity);
    if (typeof mac === 'string' && (await this.#authority.vouched(other, identity, mac))) await this.#admission.tookOnWord(other, identity);
    const news = Array.isArray(statements) && (await this.#statements.hear(statements));
    if (((await this.#openness.hear(room)) || news) && this.#speaks) this.#tell((one) => one !== other);
    if (news) for (const one of [...this.#others.values()]) if (one.identity) await this.#admission.confirm(one, one.identity);
    other.able = able !== false;
    other.name = typeof name === 'string' ? name.slice(0, nameMost) : '';
    if (typeof secret === 'string' && Number.isInteger(epoch) && epoch >= 0 && epoch < 256) this.#take(other, epoch, secret);
    this.#look();
    this.#missed(other, identity, has);
    await this.#send(other, { type: 'have', v, ...(other.epoch !== null && { epoch: other.epoch }) });
  }

  /** @param {Other} other @param {number} epoch @param {string} secret */
  #take(other, epoch, secret) {
    try {
      const bytes = fromBase64url(secret);
      if (bytes.length === 32) other.early = { epoch, secret: bytes };
    } catch {
      // Not a secret.
    }
  }

  /** @param {Other} other @param {Identity} identity @returns {boolean} whether there was something to learn */
  #learn(other, { tag }) {
    if (!other.in || !other.early) return false;
    const { early } = other;
    other.early = null;
    other.epoch = early.epoch;
    this.#around.frames.learn(other.seat.participant, { ...early, tag });
    return true;
  }

  /** @param {Other} other @param {Identity} identity @param {Message} message */
  #has(other, identity, { v, epoch }) {
    other.link?.heard(v);
    if (typeof epoch === 'number') this.#epochs.has(identity.session, epoch);
    this.#missed(other, identity, epoch);
  }

  /** He has nothing of ours: it was lost, or he has taken us for gone. @param {Other} other @param {Identity} identity @param {unknown} epoch that he has of ours */
  #missed(other, { session }, epoch) {
    if (typeof epoch !== 'number' && this.#epochs.keyFor(session)) other.link?.asked();
  }

  /** Frames of somebody came that cannot be opened. @param {string} participant */
  unknown(participant) {
    return this.#do(() => {
      const other = this.#others.get(participant);
      return other?.in ? this.#send(other, { type: 'want' }) : undefined;
    });
  }

  /** The line to the server was away: what was said meanwhile is lost. */
  again() {
    return this.#do(() => {
      for (const { link } of this.#others.values()) link?.again();
    });
  }

  /** Links of persons, or the room's secret, are known now that were not before. */
  informed() {
    return this.#do(async () => {
      for (const other of [...this.#others.values()]) {
        const { identity, link, proven } = other;
        if (!identity || !link || proven) continue;
        await this.#authority.prove(other, identity);
        link.changed();
        await this.#admission.confirm(other, identity);
      }
      this.#look();
    });
  }

  /** The counsellor at this page lets somebody in: exactly this device. @param {Seat} seat as it is shown at that moment */
  admit(seat) {
    return this.#do(() => this.#admission.admit(seat));
  }

  /** The counsellor at this page puts somebody back, or removes him: whatever device has this seat. @param {string} participant */
  dismiss(participant) {
    return this.#do(() => this.#speaks && this.#admission.dismiss(participant));
  }

  /** The counsellor at this page lends moderation to somebody who is in, or takes it back. @param {string} participant @param {boolean} on */
  lend(participant, on) {
    return this.#do(() => this.#admission.lend(participant, on));
  }

  #keep() {
    this.#around.keep([...this.#admission.said.values()], this.#openness.signed);
  }

  /** Held: from now on nobody is told what opens but who speaks for the room; or those again who are in the same group. @param {boolean} held */
  hold(held) {
    return this.#do(() => {
      this.#held = held;
      this.#look();
    });
  }

  /** How long who leaves from now on may come back. @param {number} ms */
  comeBack(ms) {
    this.#absent.time = ms;
  }

  /** The numbers of the secret are spent: the next one. */
  renew() {
    return this.#do(() => this.#epochs.renew());
  }

  /** What one wants to be called by those who are in. @param {string} name empty: by one's role */
  callMe(name) {
    return this.#do(() => {
      this.#name = name.slice(0, nameMost);
      this.#tell((other) => other.in);
    });
  }

  /** To somebody who is in, sealed for him alone. @param {string} participant @param {Message} content its type is one of those that people say */
  say(participant, content) {
    return this.#do(() => {
      const other = this.#others.get(participant);
      return other?.in && spoken.has(content.type) ? this.#send(other, content) : undefined;
    });
  }

  /** The counsellor at this page wants to compare two words with somebody; `onWords` gives them. @param {string} participant @param {string} lang */
  compare(participant, lang) {
    return this.#do(async () => {
      const { identity } = this.#others.get(participant) ?? {};
      if (this.#speaks && identity) await this.#comparisons.begin(identity, lang);
    });
  }

  /** @param {Other} other @param {Identity} identity @param {Message} said */
  async #compared(other, identity, said) {
    const found = await this.#comparisons.hear(identity, /** @type {import('./comparison.js').Said} */ (said), this.#statements.counts(identity.device));
    if (found) this.#around.onWords?.(other.seat.participant, found.words, found.lang, identity.session);
  }

  /** The words were the same: he is who he is said to be. @param {string} participant @param {string} session whose words were shown: another's page may have his seat by now */
  same(participant, session) {
    return this.#do(async () => {
      const other = this.#others.get(participant);
      if (!other?.identity || other.identity.session !== session || !this.#comparisons.done(other.identity)) return;
      other.proven = true;
      await this.#admission.met(other.identity.device);
      if (!this.#authority.inItsOwnRight && this.#statements.counts(other.identity.device)) this.#authority.met(other.identity.device);
      this.#look();
    });
  }

  /** The counsellor at this page agrees that it goes on without encryption, or closes the room again. @param {boolean} on */
  open(on) {
    return this.#do(async () => {
      if (!this.#authority.inItsOwnRight) return;
      await this.#openness.say(this.#own, on);
      this.#keep();
      this.#tell(() => true);
      this.#look();
    });
  }

  /** Draws the consequences of what is known now. */
  #look() {
    const sessions = new Set();
    for (const other of this.#others.values()) {
      const { identity, seat } = other;
      const was = other.in;
      other.in = !!identity && this.#isIn(identity.device, seat.participant);
      if (!was && other.in && this.#name) other.link?.changed();
      if (was && !other.in) {
        other.epoch = null;
        this.#around.frames.forget(seat.participant);
      }
      if (!other.in || !identity || !other.able) continue;
      if (this.#held ? this.#statements.counts(identity.device) : !seat.apart) sessions.add(identity.session);
      if (this.#learn(other, identity)) void this.#do(() => this.#send(other, { type: 'have', epoch: other.epoch }));
    }
    // Who was put back or removed seals for nobody, whatever he is told by the server.
    this.#epochs.share(this.#statements.of(this.#own.device)?.state === 'out' ? new Set() : sessions);
    const opening = !this.#openness.open ? 'closed' : this.#authority.inItsOwnRight || this.#authority.proven ? 'open' : 'claimed';
    if (opening !== this.#opening) {
      this.#opening = opening;
      this.#around.onOpen?.(opening);
    }
    this.#show();
  }

  /** @param {string} device @param {string} participant */
  #isIn(device, participant) {
    const about = this.#statements.of(device);
    if (about) return about.state === 'in' && about.participant === participant;
    return this.#statements.counts(device);
  }

  #show() {
    /** @type {Record<string, Standing>} */
    const standing = {};
    /** @type {Circle['people']} */
    const people = {};
    const out = this.#statements.of(this.#own.device)?.state === 'out';
    for (const [participant, other] of this.#others) {
      const device = other.identity?.device ?? '';
      const about = this.#statements.of(device);
      const how = standingOf(other, about, this.#statements.counts(device), { speaks: this.#authority.inItsOwnRight, proven: this.#authority.proven, out }, this.#env.now());
      // Who is in another group hears nothing of this one; but that somebody is in the room whom nobody let in is for everybody to know.
      if (!other.seat.apart || how === 'unknown') standing[participant] = how;
      if (other.in) people[participant] = { role: about?.role ?? other.seat.role, name: other.name, ...(about?.lent && { lent: /** @type {const} */ (true) }) };
    }
    const lent = this.#statements.isLent(this.#own.device);
    if (JSON.stringify([standing, people, lent]) === JSON.stringify([this.standing, this.people, this.lent])) return;
    this.lent = lent;
    this.standing = standing;
    this.people = people;
    this.#around.onStanding(standing);
  }

  /** Nothing is sealed or opened any more. */
  end() {
    this.#ended = true;
    this.#epochs.end();
    this.#around.frames.end();
    for (const one of [this.#sessions, this.#comparisons]) one.rest();
    for (const timer of [this.#pulse, this.#looking]) this.#env.clearTimeout(timer);
    this.#absent.end();
    for (const participant of this.#others.keys()) this.#around.frames.forget(participant);
    this.#others.clear();
  }
}
