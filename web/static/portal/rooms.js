/**
 * The counsellor's rooms: the list, live; making rooms, inviting people, taking invitations back.
 *
 * **The browser makes what opens a room**: its secret, the links of its people; the server gets them wrapped, sealed or hashed, and
 * never reads whom a room is for. Owner of the signals `list`, `trouble` and `handed`, and of the receipt of a room that was deleted from here.
 */
import { signal } from '../third_party/preact.js';
import { http } from '../call/http.js';
import { Receipt } from '../call/receipt.js';
import { linkCodeHash } from '../e2ee/code.js';
import { Refused } from '../call/protocol.js';
import { mayModerate } from '../call/role.js';
import { wrapForAnybody, wrapForColleague } from '../e2ee/handed.js';
import { linkAuthHash, newLinkSecret, newRoomSecret, opensRoom, sealLink, sealText, wrapForLink, wrapRoomSecret } from '../e2ee/keys.js';

/** @typedef {import('../call/types.js').Role} Role */
/** @typedef {import('../call/types.js').Text} Text */
/** @typedef {import('../e2ee/bytes.js').Bytes} Bytes */

/**
 * An invited person, as the server keeps it.
 * @typedef {object} Person
 * @property {string} id
 * @property {Role} role
 * @property {Text} label
 * @property {string} lang
 * @property {'child'} [wording] of the consent page
 * @property {boolean} [consent_in_writing]
 * @property {string} [sealed_link] absent where the link was made elsewhere
 * @property {boolean} [code] the link's code can be typed in its place
 * @property {boolean} revoked
 * @property {boolean} waiting
 */

/**
 * @typedef {object} Room
 * @property {string} id
 * @property {Text} [title]
 * @property {'once' | 'series'} kind
 * @property {string} policy
 * @property {boolean} [no_policy] it is not configured any more: nobody can enter, and the room can be deleted
 * @property {boolean} [sound_only]
 * @property {Role} role one's own
 * @property {boolean} [stand_in] it was handed over, and has not begun since
 * @property {number} [starts_at] ms since 1970
 * @property {number} [ends_at]
 * @property {number} created_at
 * @property {{ waiting: number, members: number, state: 'idle' | 'open' | 'paused' | 'held' }} live
 * @property {string} wrapped_secret
 * @property {Person[]} persons
 */

/** Somebody to be invited; written: the consent is there on paper. @typedef {{ role: Role, label: string, lang: string, child: boolean, written: boolean }} Guest */

/**
 * @typedef {object} NewRoom
 * @property {string} title
 * @property {'once' | 'series'} kind
 * @property {{ starts_at: number, ends_at: number } | null} when null: any time
 * @property {boolean} [sound] without anybody's camera
 * @property {Guest[]} guests
 * @property {string} [policy] its rules; missing: the first that the service offers
 */

/** Another counsellor of the service. @typedef {{ id: string, display_name: string, public_key: string }} Colleague */

/** What became of a room that was handed over: to whom, and whether one's own key speaks for its secret. @typedef {{ to: string, kept: boolean, proves: boolean }} Handed */

/** How often the list is asked for: while it is looked at; and during a call, which keeps the session from running out. */
const paces = { live: 3_000, calm: 300_000 };
/** When the server does not answer, it is asked less often. */
const lookAfterTrouble = 10_000;

/** @typedef {keyof typeof paces} Pace */

export class Rooms {
  #env;
  #accounts;
  #texts;
  /** @type {any} */
  #timer = null;
  /** @type {Pace | null} */
  #pace = null;

  /** @type {import('../third_party/preact.js').Signal<Room[] | null>} null before the first answer */
  list = signal(null);
  /** @type {import('../third_party/preact.js').Signal<boolean>} the list may be out of date: the server does not answer */
  trouble = signal(false);
  /** @type {import('../third_party/preact.js').Signal<Handed | null>} what has just been handed over, until it was read */
  handed = signal(null);

  /**
   * @param {import('./account.js').Network} env
   * @param {import('./account.js').Accounts} accounts
   * @param {import('./texts.js').Texts} texts
   */
  constructor(env, accounts, texts) {
    this.#env = env;
    this.#accounts = accounts;
    this.#texts = texts;
    this.receipt = new Receipt(env);
  }

  /** Keeps the list up to date, from now on at this pace. @param {Pace | null} pace null: nobody looks */
  watch(pace) {
    if (pace === this.#pace) return;
    this.#pace = pace;
    this.#env.clearTimeout(this.#timer);
    if (pace) void this.#look();
  }

  async #look() {
    await this.refresh();
    if (!this.#pace) return;
    this.#env.clearTimeout(this.#timer);
    const pause = paces[this.#pace];
    this.#timer = this.#env.setTimeout(() => void this.#look(), this.trouble.peek() ? Math.max(pause, lookAfterTrouble) : pause);
  }

  /** Asks for the list now. */
  async refresh() {
    try {
      const { rooms } = await this.#ask('GET', '/rooms');
      if (!this.#accounts.account.peek()) return;
      this.trouble.value = false;
      // What did not change is not drawn again.
      if (JSON.stringify(rooms) !== JSON.stringify(this.list.peek())) this.list.value = rooms;
    } catch {
      this.trouble.value = true;
    }
  }

  /** @param {string} id */
  find(id) {
    return this.list.value?.find((room) => room.id === id) ?? null;
  }

  /** What the service offers, its usual one first. @returns {Promise<import('./rules.js').Policy[]>} @throws {Refused} */
  async policies() {
    return (await this.#ask('GET', '/policies')).policies;
  }

  /** @param {NewRoom} wishes @returns {Promise<Room>} @throws {Refused} */
  async create({ title, kind, when, sound, guests, policy }) {
    const account = this.#accounts.account.value;
    if (!account) throw new Refused('unauthenticated');
    const secret = newRoomSecret();
    /** @type {Room} */
    const room = await this.#ask('POST', '/rooms', {
      ...(title ? { title: { sealed: await sealText(secret, 'title', title) } } : {}),
      kind, ...(policy && { policy }), ...when, ...(sound && { sound_only: true }), wrapped_secret: await wrapRoomSecret(secret, account.key),
      persons: await Promise.all(guests.map((guest) => invitation(secret, guest))),
    });
    this.list.value = [...(this.list.value ?? []), room];
    return room;
  }

  /** @param {Room} room @param {Guest} guest @returns {Promise<{ person: Person, link: string }>} link: its secret @throws {Refused} */
  async invite(room, guest) {
    const link = newLinkSecret();
    const person = await this.#ask('POST', `/rooms/${room.id}/persons`, await invitation(await this.#secret(room), guest, link));
    await this.refresh();
    return { person, link };
  }

  /** @param {Room} room @throws {Refused} `no_secret` where this account cannot open it: it was handed over without */
  #secret(room) {
    return this.#texts.secret(room).catch(() => Promise.reject(new Refused('no_secret')));
  }

  /** To whom a room can be handed over. @returns {Promise<Colleague[]>} @throws {Refused} */
  async colleagues() {
    return (await this.#ask('GET', '/counsellors')).counsellors;
  }

  /**
   * Gives the room to a colleague, with its secret as far as it opens here.
   * @param {Room} room @param {Colleague} to @param {boolean} keep one stays, as co-counsellor @throws {Refused}
   */
  async handOver(room, to, keep) {
    const account = this.#accounts.account.value;
    if (!account) throw new Refused('unauthenticated');
    const known = await this.#texts.unwrap(room).catch(() => null);
    // What this account does not know by itself is given on as what it is.
    const wrapped_secret = known && (await (known.own ? wrapForColleague(known.secret, account.key, to.public_key) : wrapForAnybody(known.secret, to.public_key)));
    await this.#ask('POST', `/rooms/${room.id}/hand-over`, { to: to.id, keep, ...(wrapped_secret && { wrapped_secret }) });
    this.handed.value = { to: to.display_name, kept: keep, proves: known?.own === true };
    await this.refresh();
  }

  /** The colleague has said the code of the key that the room's secret came by: from now on this account speaks for it. @param {Room} room @throws {Refused} */
  async accept(room) {
    const account = this.#accounts.account.value;
    if (!account) throw new Refused('unauthenticated');
    await this.#ask('PUT', `/rooms/${room.id}/secret`, { wrapped_secret: await wrapRoomSecret(await this.#secret(room), account.key) });
    await this.refresh();
  }

  /** The person's link is dead, and whoever came by it is out. @param {Room} room @param {Person} person @throws {Refused} */
  async revoke(room, person) {
    await this.#ask('DELETE', `/rooms/${room.id}/persons/${person.id}`);
    await this.refresh();
  }

  /** A new link; the old one is dead. @param {Room} room @param {Person} person @throws {Refused} */
  async renew(room, person) {
    const secret = await this.#secret(room);
    // That he may open the room is the word of whoever invited him; the role that the server names is not enough.
    const speaks = person.role === 'co-counsellor' && (await opensRoom(secret, person.sealed_link ?? ''));
    await this.#ask('PUT', `/rooms/${room.id}/persons/${person.id}/link`, await newLink(secret, speaks ? person.role : 'client', person.role));
    await this.refresh();
  }

  /** Ends it for everybody in it and deletes it; where somebody was, the receipt is asked for. @param {Room} room @throws {Refused} */
  async remove(room) {
    const { receipt } = await this.#ask('DELETE', `/rooms/${room.id}`);
    void this.receipt.ask(receipt);
    this.list.value = this.list.value?.filter(({ id }) => id !== room.id) ?? null;
  }

  clear() {
    this.watch(null);
    this.list.value = null;
    this.trouble.value = false;
    this.handed.value = null;
    this.receipt.forget();
  }

  /** @param {'GET' | 'POST' | 'PUT' | 'DELETE'} method @param {string} path @param {object} [body] */
  async #ask(method, path, body) {
    try {
      return await http(this.#env, method, path, body);
    } catch (error) {
      if (error instanceof Refused && error.code === 'unauthenticated') await this.#accounts.lost();
      throw error;
    }
  }
}

/** Who moderates waits for nobody, and comes by nothing that can be typed. @param {Role} role */
const typeable = (role) => !mayModerate(role);

/** @param {Bytes} secret of the room @param {Role} role: a co-counsellor's link opens the room as well @param {Role} [listed] as the server has it @param {string} [link] */
async function newLink(secret, role, listed = role, link = newLinkSecret()) {
  return {
    link_auth: await linkAuthHash(link), sealed_link: await sealLink(secret, role, link),
    ...(typeable(listed) && { code_auth: await linkCodeHash(link) }),
    ...(role === 'co-counsellor' && { wrapped_secret: await wrapForLink(secret, link) }),
  };
}

/** @param {Bytes} secret of the room @param {Guest} guest @param {string} [link] its secret */
async function invitation(secret, { role, label, lang, child, written }, link) {
  return {
    role, label: { sealed: await sealText(secret, 'label', label) }, lang, ...(child && { wording: 'child' }), ...(written && { consent_in_writing: true }), ...(await newLink(secret, role, role, link)),
  };
}
