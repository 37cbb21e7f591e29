/**
 * Titles, labels and links as the counsellor reads them: opened in the browser with the room's secret, kept in memory alone.
 *
 * **Reading is immediate**: `read` gives what is known and opens what is not; whoever reads while rendering is rendered again when it is there.
 * What cannot be opened reads as empty. Owner of the signal of opened texts.
 */
import { signal } from '../third_party/preact.js';
import { unwrapAny } from '../e2ee/handed.js';
import { openLink, openText } from '../e2ee/keys.js';

/** @typedef {import('../call/types.js').Text} Text */
/** @typedef {import('../e2ee/keys.js').Context} Context */
/** @typedef {import('../e2ee/bytes.js').Bytes} Bytes */

/** own: this account has made it, and nobody else knows it; from: the key of the colleague who has handed it over. @typedef {{ secret: Bytes, own: boolean, from?: string }} Unwrapped */

/** Most texts that are kept opened; with more, all are opened anew. */
const most = 4096;

export class Texts {
  #key;
  /** By room and how its secret is wrapped. @type {Map<string, Promise<Unwrapped>>} */
  #secrets = new Map();
  /** @type {Set<string>} */
  #opening = new Set();
  /** @type {import('../third_party/preact.js').Signal<Map<string, string>>} */
  #opened = signal(new Map());

  /** @param {() => import('../e2ee/keys.js').AccountKey | null} key of whoever is signed in */
  constructor(key) {
    this.#key = key;
  }

  /** The secret of a room. @param {{ id: string, wrapped_secret: string }} room @returns {Promise<Bytes>} @throws when it is not this account's */
  async secret(room) {
    return (await this.unwrap(room)).secret;
  }

  /** @param {{ id: string, wrapped_secret: string }} room @returns {Promise<Unwrapped>} @throws when it is not this account's */
  unwrap({ id, wrapped_secret }) {
    const name = `${id} ${wrapped_secret}`;
    const known = this.#secrets.get(name);
    if (known) return known;
    const key = this.#key();
    const secret = key ? unwrapAny(wrapped_secret, key) : Promise.reject(new Error('nobody is signed in'));
    this.#secrets.set(name, secret);
    secret.catch(() => this.#secrets.delete(name));
    return secret;
  }

  /** @param {{ id: string, wrapped_secret: string }} room @param {Context} context @param {Text | undefined} text */
  read(room, context, text) {
    if (!text) return '';
    if ('plain' in text) return text.plain;
    return this.#read(room, `${context} ${text.sealed}`, (secret) => openText(secret, context, text.sealed));
  }

  /** Somebody's link. @param {{ id: string, wrapped_secret: string }} room @param {{ role: string, sealed_link?: string }} person */
  link(room, { role, sealed_link }) {
    return sealed_link ? this.#read(room, `${role} ${sealed_link}`, (secret) => openLink(secret, role, sealed_link)) : '';
  }

  /** @param {{ id: string, wrapped_secret: string }} room @param {string} what of the room @param {(secret: Bytes) => Promise<string>} how */
  #read(room, what, how) {
    const name = `${room.id} ${what}`;
    const opened = this.#opened.value.get(name);
    if (opened === undefined && !this.#opening.has(name)) void this.#open(room, name, how);
    return opened ?? '';
  }

  /** @param {{ id: string, wrapped_secret: string }} room @param {string} name @param {(secret: Bytes) => Promise<string>} how */
  async #open(room, name, how) {
    this.#opening.add(name);
    const text = await this.secret(room).then(how).catch(() => '');
    // Cleared meanwhile: whoever signed out must not be followed by the texts.
    if (!this.#opening.delete(name)) return;
    const before = this.#opened.peek();
    this.#opened.value = new Map(before.size < most ? before : []).set(name, text);
  }

  clear() {
    this.#secrets.clear();
    this.#opening.clear();
    this.#opened.value = new Map();
  }
}
