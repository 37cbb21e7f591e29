/**
 * What closes a call to everybody but its people: how this page introduces itself, who is in by signature, what seals and opens.
 *
 * **It is there before the first word**: the page introduces itself with its hello, and nothing is sent before it is known how. **The lock tells what
 * happened**: signatures that held, keys that were acknowledged, frames that were opened. Owner of nothing: it tells the call.
 */
import { canSeal } from '../e2ee/ability.js';
import { Circle } from '../e2ee/circle.js';
import { makeIdentity } from '../e2ee/identity.js';
import { linkE2ee } from '../e2ee/keys.js';
import { Hearing, lockOf } from '../e2ee/lock.js';
import { Sealer } from '../e2ee/sealer.js';

/** @typedef {import('../e2ee/bytes.js').Bytes} Bytes */
/** @typedef {import('../e2ee/circle.js').Seat} Person as the server says it */
/** @typedef {import('../e2ee/lock.js').Lock | { state: 'open', who: string[], unknown: string[] }} Lock open: a counsellor has agreed that it goes on without encryption */

/**
 * What a signed-in counsellor knows of the room.
 * @typedef {object} RoomSecrets
 * @property {Bytes} secret R
 * @property {(person: string) => Promise<string | null>} linkOf the link's secret of an invited person; null where it was made elsewhere
 */

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
 * @property {(participant: string, words: [number, number], lang: string) => void} onWords
 * @property {(participant: string, content: import('../e2ee/channel.js').Message) => void} [onSaid] by somebody who is in
 */

/** How long who left may come back without being let in anew, ms (DESIGN: re-entry). Later the server lets nobody back, and he is stated out. */
const reentry = 600_000;

/** What the sealer would do, where there is none. */
const noFrames = { begin() {}, end() {}, learn() {}, forget() {} };

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
  /** Halves of links, as far as they are known; null for none. @type {Map<string, Bytes | null>} */
  #links = new Map();
  #hearing = new Hearing();
  /** @type {Set<string>} */
  #deaf = new Set();
  #broken = false;
  #open = false;
  #held = false;
  #told = { lock: '', people: '' };

  /** How this page introduces itself. */
  get identity() {
    return this.#own.text;
  }

  /**
   * @param {import('./env.js').Env} env
   * @param {import('./seat.js').Seat} seat
   * @param {RoomSecrets | null} room of a signed-in counsellor
   * @param {Around} around
   */
  static async of(env, seat, room, around) {
    const link = seat.link ? await linkE2ee(seat.link) : null;
    /** @type {Parameters<typeof makeIdentity>[1]} */
    const proving = room ? { secret: room.secret, claim: 'counsellor' } : link && { secret: link, claim: 'person' };
    return new Secrecy(env, await makeIdentity(seat.key, proving), seat, link, room, around);
  }

  /**
   * @param {import('./env.js').Env} env
   * @param {import('../e2ee/identity.js').Own} own
   * @param {import('./seat.js').Seat} seat
   * @param {Bytes | null} link
   * @param {RoomSecrets | null} room
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
    this.#circle?.end();
    this.#circle = new Circle(this.#env, this.#own, { participant, role }, { link: this.#link, room: this.#room?.secret ?? null, linkOf: (person) => this.#linkOf(person) }, {
      relay: this.#around.relay,
      onStanding: () => this.#show(),
      onOpen: (open) => {
        this.#open = open;
        this.#lead();
      },
      onWords: this.#around.onWords,
      onSaid: this.#around.onSaid,
      keep: (said) => (this.#seat.said = said),
      know: (known) => (this.#seat.known = known),
      frames: this.#sealer?.frames ?? noFrames,
    }, { reentry, said: this.#seat.said, known: this.#seat.known, able: !!this.#sealer, held: this.#held, name: this.#seat.name, channels: this.#channels });
    this.#open = false;
    this.#lead();
  }

  /** @param {string} person @returns {Bytes | null} */
  #linkOf(person) {
    const known = this.#links.get(person);
    if (known !== undefined || !this.#room) return known ?? null;
    this.#links.set(person, null);
    this.#room.linkOf(person).then(async (secret) => {
      if (!secret) return void this.#links.delete(person);
      this.#links.set(person, await linkE2ee(secret));
      await this.#circle?.informed();
    }).catch(() => this.#links.delete(person));
    return null;
  }

  /** Who is in the room, as the server says. @param {Person[]} people */
  members(people) {
    void this.#circle?.members(people.map(({ participant, role, identity, person }) => ({ participant, role, identity, person })));
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

  /** This page's counsellor agrees that it goes on without encryption, or no longer. @param {boolean} on */
  open(on) {
    return this.#circle?.open(on);
  }

  /** This page's counsellor wants to compare two words with somebody. @param {string} participant @param {string} lang */
  compare(participant, lang) {
    return this.#circle?.compare(participant, lang);
  }

  /** What the person wants to be called. @param {string} name */
  callMe(name) {
    this.#seat.name = name;
    void this.#circle?.callMe(name);
  }

  /** To somebody who is in, sealed for him alone. @param {string} participant @param {import('../e2ee/channel.js').Message} content */
  say(participant, content) {
    void this.#circle?.say(participant, content);
  }

  /** The two words were the same. @param {string} participant */
  same(participant) {
    return this.#circle?.same(participant);
  }

  /** Nobody is to hear another now, or everybody again: what is said then is not for who listens now. @param {boolean} held */
  hold(held) {
    if (held === this.#held) return;
    this.#held = held;
    void this.#circle?.hold(held);
  }

  #lead() {
    this.#around.onThrough(this.#broken ? null : this.#open ? 'plain' : this.#sealer);
    this.#show();
  }

  #show() {
    const standing = this.#circle?.standing ?? {};
    const others = Object.keys(standing);
    /** @type {Lock} */
    let lock = lockOf(standing, this.#deaf, this.#broken);
    if (this.#open && !this.#broken) lock = { ...lock, state: 'open', who: others };
    else if (!this.#sealer && others.length > 0) lock = { ...lock, state: 'unable', who: [] };
    const people = this.#circle?.people ?? {};
    const told = { lock: JSON.stringify(lock), people: JSON.stringify(people) };
    const before = this.#told;
    this.#told = told;
    if (told.lock !== before.lock) this.#around.onLock(lock);
    if (told.people !== before.people) this.#around.onPeople(people);
  }

  /** Nothing is sealed or opened any more. */
  close() {
    this.#circle?.end();
    this.#circle = null;
    this.#me = '';
    this.#sealer?.close();
  }
}
