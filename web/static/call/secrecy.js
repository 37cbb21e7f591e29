/**
 * What closes a call to everybody but its people: how this page introduces itself, who is in by signature, what seals and opens.
 *
 * **It is there before the first word**: the page introduces itself with its hello, and nothing is sent before it is known how. **The lock tells what
 * happened**: signatures that held, keys that were acknowledged, frames that were opened. Owner of nothing: it tells the call.
 */
import { canSeal } from '../e2ee/ability.js';
import { Circle } from '../e2ee/circle.js';
import { makeIdentity, readIdentity } from '../e2ee/identity.js';
import { linkE2ee, openLink, openText, unwrapByLink } from '../e2ee/keys.js';
import { Hearing, lockOf } from '../e2ee/lock.js';
import { openNote, sealNote } from '../e2ee/note.js';
import { Sealer } from '../e2ee/sealer.js';
import { keeps, ruleFor } from './naming.js';

/** @typedef {import('../e2ee/bytes.js').Bytes} Bytes */
/** @typedef {import('../e2ee/circle.js').Seat} Person as the server says it */
/**
 * - `open`: a counsellor has agreed that it goes on without encryption
 * - `asked`: somebody who has proven nothing to this page says so, and this page's person has not agreed; nothing goes to anybody
 * @typedef {import('../e2ee/lock.js').Lock | { state: 'open' | 'asked', who: string[], unknown: string[] }} Lock
 */

/** Somebody in the room or before it, with what of him is sealed with the room's secret. @typedef {Pick<import('./types.js').Member, 'person' | 'role' | 'label' | 'sealed_link'>} Invited */

/**
 * What leads frames: through the sealer's worker; plainly, since a counsellor has agreed to it; or nothing is led anywhere.
 * @typedef {Sealer | 'plain' | null} Through
 */

/**
 * What it does to the call.
 * @typedef {object} Around
 * @property {(participant: string, sealed: string) => void} relay
 * @property {(through: Through) => void} onThrough
 * @property {(lock: Lock) => void} onLock
 * @property {(people: import('../e2ee/circle.js').Circle['people']) => void} onPeople of those who are in
 * @property {(lent: boolean) => void} [onLent] whether moderation is lent to this page's person, by signature
 * @property {(labels: Map<string, string>) => void} [onLabels] what people are called, by what is sealed, as far as this page can read it
 * @property {(participant: string, words: [number, number], lang: string, session: string) => void} onWords
 * @property {(participant: string, content: import('../e2ee/channel.js').Message) => void} [onSaid] by somebody who is in
 */

/** Who left is stated out when he may come back no longer, as the server says: within these bounds, ms. The lower one is for a server that is started anew. */
const reentry = { least: 60_000, most: 600_000 };

/** Links and labels of which something is kept: more than a room has. */
const most = 256;

/** What the sealer would do, where there is none. */
const noFrames = { begin() {}, end() {}, learn() {}, forget() {} };

/** @template T @param {Map<string, T>} map @param {string} name @param {T} value */
function put(map, name, value) {
  map.set(name, value);
  if (map.size > most) map.delete(map.keys().next().value ?? '');
}

export class Secrecy {
  #env;
  #own;
  #seat;
  #link;
  #room;
  #around;
  /** @type {Sealer | null} */
  #sealer;
  /** @type {Circle | null} */
  #circle = null;
  /** By session: numbers of messages go on from seat to seat, or the others would take them for old ones. @type {Map<string, import('../e2ee/channel.js').Channel>} */
  #channels = new Map();
  /** As whom it was begun. */
  #me = '';
  /** @type {import('./types.js').Role | undefined} */ #role;
  /** By person: the half of his link that no server knows, null before it is opened, or where it cannot be. @type {Map<string, { sealed: string, half: Bytes | null, coming?: Promise<void> }>} */
  #links = new Map();
  /** By what is sealed. @type {Map<string, string>} */
  #labels = new Map();
  #hearing = new Hearing();
  /** @type {Set<string>} */
  #deaf = new Set();
  #broken = false;
  /** @type {import('../e2ee/openness.js').Opening} */ #opening = 'closed';
  /** Whether this page's person has agreed to an opening that is merely claimed. */
  #agreed = false;
  #held = false;
  #frozen = false;
  #reentry = reentry.least;
  /** @type {import('./naming.js').NameRule} */ #names = 'none';
  #told = { lock: '', people: '', lent: false };

  /** How this page introduces itself. */
  get identity() {
    return this.#own.text;
  }

  /**
   * @param {import('./env.js').Env} env
   * @param {import('./seat.js').Seat} seat
   * @param {Bytes | null} secret of the room, where a signed-in counsellor can open it
   * @param {Around} around
   */
  static async of(env, seat, secret, around) {
    const link = seat.link ? await linkE2ee(seat.link) : null;
    // What does not open is not his: he is in the call all the same, and not verified.
    const room = secret ?? (seat.link && seat.wrapped ? await unwrapByLink(seat.wrapped, seat.link).catch(() => null) : null);
    /** @type {Parameters<typeof makeIdentity>[1]} */
    const proving = room ? { secret: room, claim: 'counsellor' } : link && { secret: link, claim: 'person' };
    return new Secrecy(env, await makeIdentity(seat.key, proving), seat, link, room, around);
  }

  /**
   * @param {import('./env.js').Env} env
   * @param {import('../e2ee/identity.js').Own} own
   * @param {import('./seat.js').Seat} seat
   * @param {Bytes | null} link
   * @param {Bytes | null} room R, where this page can open it
   * @param {Around} around
   */
  constructor(env, own, seat, link, room, around) {
    this.#env = env;
    this.#own = own;
    this.#seat = seat;
    this.#link = link;
    this.#room = room;
    this.#around = around;
    this.#sealer = this.#begun();
    this.#lead();
  }

  /** @returns {Sealer | null} null where the browser cannot, whatever it said */
  #begun() {
    const { setTimeout, clearTimeout, transforms } = this.#env;
    if (!canSeal(transforms)) return null;
    const around = {
      onSpent: () => void this.#circle?.renew(),
      onUnknown: (/** @type {string} */ participant) => void this.#circle?.unknown(participant),
      onCounts: (/** @type {Record<number, import('../e2ee/transform.js').Counts>} */ counts) => {
        this.#deaf = this.#hearing.look(counts, /** @type {Sealer} */ (this.#sealer).whose, this.#env.now());
        this.#show();
      },
      onBreach: () => {
        this.#broken = true;
        this.#lead();
      },
    };
    try {
      return new Sealer({ ...transforms, setTimeout, clearTimeout }, around);
    } catch {
      return null;
    }
  }

  /** In the room, or waiting before it, as somebody. @param {{ participant: string, role: string }} me */
  begin({ participant, role }) {
    const me = `${role} ${participant}`;
    if (me === this.#me) return void this.#circle?.again();
    this.#me = me;
    this.#role = /** @type {import('./types.js').Role} */ (role);
    this.#circle?.end();
    this.#circle = new Circle(this.#env, this.#own, { participant, role }, { link: this.#link, room: this.#room, linkOf: (person) => this.#links.get(person)?.half ?? null }, {
      relay: this.#around.relay,
      onStanding: () => this.#show(),
      onOpen: (opening) => this.#opened(opening),
      onWords: this.#around.onWords,
      onSaid: this.#around.onSaid,
      keep: (said, word) => this.#seat.state(said, word),
      know: (known) => (this.#seat.known = known),
      frames: this.#sealer?.frames ?? noFrames,
    }, { reentry: this.#reentry, said: this.#seat.said, word: this.#seat.word, known: this.#seat.known, able: !!this.#sealer, held: this.#held, name: this.#seat.name, channels: this.#channels });
    this.#opened('closed');
  }

  /** @param {import('../e2ee/openness.js').Opening} opening */
  #opened(opening) {
    if (opening === 'closed') this.#agreed = false;
    this.#opening = opening;
    this.#lead();
  }

  /** This page's person goes on without encryption, although who has opened the room has proven nothing to this page. Holds until the room is closed again. */
  agree() {
    if (this.#opening !== 'claimed') return;
    this.#agreed = true;
    this.#lead();
  }

  get #plain() {
    return this.#opening === 'open' || this.#agreed;
  }

  /** Opens what is sealed with the room's secret of these people, where this page knows it. @param {Invited[]} people */
  learn(people) {
    const room = this.#room;
    if (!room) return;
    for (const { person, role, label, sealed_link: sealed } of people) {
      if (person && sealed && this.#links.get(person)?.sealed !== sealed) this.#beginLink(room, person, role, sealed);
      if (label && 'sealed' in label && !this.#labels.has(label.sealed)) void this.#learnLabel(room, label.sealed);
    }
  }

  /** @param {Bytes} room @param {string} person @param {string} role @param {string} sealed */
  #beginLink(room, person, role, sealed) {
    /** @type {{ sealed: string, half: Bytes | null, coming?: Promise<void> }} */
    const known = { sealed, half: null };
    put(this.#links, person, known);
    known.coming = this.#learnLink(room, role, known);
  }

  /**
   * What notes between somebody who waits and this page are sealed by; null where there is nothing that both know and the server does not.
   * @param {Invited & { identity?: string } | null} waiter null: this page's person waits
   */
  async noteKey(waiter) {
    if (waiter) this.learn([waiter]);
    const known = this.#links.get(waiter?.person ?? '');
    await known?.coming;
    const half = waiter ? known?.half : this.#link;
    const device = waiter ? (await readIdentity(waiter.identity ?? ''))?.device : this.#own.device;
    if (!half || !device) return null;
    /** @typedef {'person' | 'counsellor'} From */
    return {
      seal: (/** @type {From} */ from, /** @type {string} */ text) => sealNote({ half, device }, from, text),
      open: (/** @type {From} */ from, /** @type {string} */ sealed) => openNote({ half, device }, from, sealed),
    };
  }

  /** @param {Bytes} room @param {string} role @param {{ sealed: string, half: Bytes | null }} known */
  async #learnLink(room, role, known) {
    known.half = await openLink(room, role, known.sealed).then(linkE2ee).catch(() => null);
    if (known.half) await this.#circle?.informed();
  }

  /** @param {Bytes} room @param {string} sealed */
  async #learnLabel(room, sealed) {
    put(this.#labels, sealed, '');
    put(this.#labels, sealed, await openText(room, 'label', sealed).catch(() => ''));
    this.#around.onLabels?.(new Map(this.#labels));
  }

  /** Who is in the room, as the server says. @param {Person[]} people */
  members(people) {
    void this.#circle?.members(people.map(({ participant, role, identity, person, promoted, apart }) => ({ participant, role, identity, person, promoted, apart })));
  }

  /** Something came that is sealed for this page. @param {{ from: string, sealed: string }} message */
  hear({ from, sealed }) {
    void this.#circle?.relayed(from, sealed);
  }

  /** This page's counsellor lets in who waits. @param {Person} person as he is shown */
  admit(person) {
    void this.#circle?.admit(person);
  }

  /** This page's counsellor puts somebody back, or removes him. @param {string} participant */
  dismiss(participant) {
    void this.#circle?.dismiss(participant);
  }

  /** This page's counsellor lends moderation to somebody, or takes it back. @param {string} participant @param {boolean} on */
  lend(participant, on) {
    void this.#circle?.lend(participant, on);
  }

  /** This page's counsellor agrees that it goes on without encryption, or no longer. @param {boolean} on */
  open(on) {
    return this.#circle?.open(on);
  }

  /** This page's counsellor wants to compare two words with somebody. @param {string} participant @param {string} lang */
  compare(participant, lang) {
    return this.#circle?.compare(participant, lang);
  }

  /** What the person wants to be called. @param {string} name @returns {boolean} false: it does not keep the room's rule, and is not said */
  callMe(name) {
    if (!keeps(ruleFor(this.#names, this.#role), name)) return false;
    this.#seat.name = name;
    void this.#circle?.callMe(name);
    return true;
  }

  /** To somebody who is in, sealed for him alone. @param {string} participant @param {import('../e2ee/channel.js').Message} content */
  say(participant, content) {
    void this.#circle?.say(participant, content);
  }

  /** The two words were the same. @param {string} participant @param {string} session whose words were shown */
  same(participant, session) {
    return this.#circle?.same(participant, session);
  }

  /**
   * Nobody is to hear another now, or everybody again: what is said then is not for who listens now. While it is frozen the server hands nothing on: what it
   * has swallowed is told again afterwards. @param {boolean} held @param {boolean} frozen
   */
  hold(held, frozen) {
    if (held !== this.#held) void this.#circle?.hold(held);
    if (this.#frozen && !frozen) void this.#circle?.again();
    this.#held = held;
    this.#frozen = frozen;
  }

  /** What those who do not moderate may call themselves: another name is not shown. @param {import('./naming.js').NameRule} rule */
  naming(rule) {
    if (rule === this.#names) return;
    this.#names = rule;
    this.#show();
  }

  /** How long who left may come back without being let in anew. @param {number} ms */
  comeBack(ms) {
    const within = Math.min(Math.max(ms, reentry.least), reentry.most);
    if (within === this.#reentry) return;
    this.#reentry = within;
    this.#circle?.comeBack(within);
  }

  #lead() {
    const asked = this.#opening === 'claimed' && !this.#agreed;
    this.#around.onThrough(this.#broken || asked ? null : this.#plain ? 'plain' : this.#sealer);
    this.#show();
  }

  #show() {
    const standing = this.#circle?.standing ?? {};
    const others = Object.keys(standing);
    /** @type {Lock} */
    let lock = lockOf(standing, this.#deaf, this.#broken);
    if (this.#opening !== 'closed' && !this.#broken) lock = { ...lock, state: this.#plain ? 'open' : 'asked', who: others };
    else if (!this.#sealer && others.length > 0) lock = { ...lock, state: 'unable', who: [] };
    const people = this.#named(this.#circle?.people ?? {});
    const told = { lock: JSON.stringify(lock), people: JSON.stringify(people), lent: this.#circle?.lent ?? false };
    const before = this.#told;
    this.#told = told;
    if (told.lock !== before.lock) this.#around.onLock(lock);
    if (told.people !== before.people) this.#around.onPeople(people);
    if (told.lent !== before.lent) this.#around.onLent?.(told.lent);
  }

  /** @param {Circle['people']} people @returns {Circle['people']} without names that do not keep the room's rule */
  #named(people) {
    return Object.fromEntries(Object.entries(people).map(([participant, person]) => [participant, keeps(ruleFor(this.#names, /** @type {import('./types.js').Role} */ (person.role)), person.name) ? person : { ...person, name: '' }]));
  }

  /** Nothing is sealed or opened any more. */
  close() {
    this.#circle?.end();
    this.#circle = null;
    this.#me = '';
    this.#sealer?.close();
  }
}
