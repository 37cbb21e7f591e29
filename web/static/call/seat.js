/**
 * One person's place in one room, as this tab holds it: the link or the room, the device's key, the resume token.
 *
 * **The tab alone keeps it**, in sessionStorage, so that a reload finds the seat again and no other tab or later visitor does.
 * **It is erased** when the person leaves, is removed, or the room ends; `forget` is the one place.
 */
import { deviceProof, devicePoint, newDeviceKey } from '../e2ee/keys.js';
import { secretOf, shown } from './entry.js';
import { deviceKind } from './env.js';
import { http } from './http.js';
import { version } from './protocol.js';

/** How the seat was taken; each has its own place in the tab, so that a page takes up only what is its own. @typedef {'link' | 'room'} By */

/** @type {Record<By, string>} */
const places = { link: 'anteroom seat', room: 'anteroom desk' };

/** @typedef {import('./types.js').MediaChoice} MediaChoice */

/**
 * What is kept.
 * @typedef {object} Kept
 * @property {string} [link] what was shown at the door (entry.js): the link's secret, or what a typed code gave
 * @property {string} [wrapped] the room's secret, readable with the link's, of a co-counsellor
 * @property {string} [room] for a signed-in counsellor
 * @property {JsonWebKey} key of the device
 * @property {string} lang
 * @property {MediaChoice} media
 * @property {string} [consent]
 * @property {string} [resume]
 * @property {string} [name] what the person wants to be called
 * @property {import('../e2ee/statements.js').Signed[]} [said] what this page has stated of others
 * @property {import('../e2ee/openness.js').SignedWord | null} [word] whether this page has opened or closed the room
 * @property {boolean} [reported] whether this page has reported the incident for which the room stands still
 * @property {string[]} [known] devices of counsellors with whom two words were the same
 */

/** @typedef {Pick<import('./env.js').Env, 'sessionStorage' | 'fetch' | 'setTimeout' | 'clearTimeout' | 'browser'>} World */

export class Seat {
  #env;
  #by;
  #kept;
  /** Whether the tab may hold it; not after the person left. */
  #stored = true;

  /** @param {World} env @param {By} by @param {Kept} kept */
  constructor(env, by, kept) {
    this.#env = env;
    this.#by = by;
    this.#kept = kept;
    this.#store();
  }

  /**
   * A new seat, with a new device key.
   * @param {World} env
   * @param {By} by
   * @param {Omit<Kept, 'key' | 'resume' | 'said' | 'word' | 'known' | 'reported'>} wishes
   */
  static async take(env, by, wishes) {
    return new Seat(env, by, { ...wishes, key: await newDeviceKey() });
  }

  /** The seat that this tab held before it was loaded again. @param {World} env @param {By} by @returns {Seat | null} */
  static find(env, by) {
    try {
      const kept = JSON.parse(env.sessionStorage.getItem(places[by]) ?? 'null');
      return kept?.key && kept[by] ? new Seat(env, by, kept) : null;
    } catch {
      return null;
    }
  }

  get media() {
    return this.#kept.media;
  }

  /** The link's secret; nothing where a code was typed. */
  get link() {
    return secretOf(this.#kept.link);
  }

  get wrapped() {
    return this.#kept.wrapped;
  }

  get room() {
    return this.#kept.room;
  }

  get key() {
    return this.#kept.key;
  }

  get name() {
    return this.#kept.name ?? '';
  }

  set name(name) {
    this.#keep({ name });
  }

  get said() {
    return this.#kept.said ?? [];
  }

  get word() {
    return this.#kept.word ?? null;
  }

  /** What this page has stated of others, and of the room. @param {import('../e2ee/statements.js').Signed[]} said @param {import('../e2ee/openness.js').SignedWord | null} word */
  state(said, word) {
    this.#keep({ said, word });
  }

  get reported() {
    return this.#kept.reported ?? false;
  }

  set reported(reported) {
    if (reported !== this.reported) this.#keep({ reported });
  }

  get known() {
    return this.#kept.known ?? [];
  }

  set known(known) {
    this.#keep({ known });
  }

  /** The newest token, of whatever the server says that brings one. @param {{ resume?: string }} [said] */
  trust({ resume } = {}) {
    if (resume) this.#keep({ resume });
  }

  /** The token is worth nothing: the next hello takes a new ticket. */
  distrust() {
    this.#keep({ resume: undefined });
  }

  /**
   * The body of the first message on a socket.
   * @param {boolean} fresh whether this page holds no media connection from before
   * @throws {import('./protocol.js').Refused} when there is no ticket to be had
   */
  async hello(fresh) {
    const { key, resume, lang, media, consent } = this.#kept;
    const token = resume ?? (await this.#ticket());
    return {
      version, ...(resume ? { resume } : { ticket: token }), proof: await deviceProof(key, token),
      lang, device: deviceKind(this.#env.browser), media, consent, fresh: resume && fresh ? true : undefined,
    };
  }

  /** @returns {Promise<string>} */
  async #ticket() {
    const { link, room, key } = this.#kept;
    const device = devicePoint(key);
    const { ticket } = link
      ? await http(this.#env, 'POST', '/links/join', { ...(await shown(link)), device })
      : await http(this.#env, 'POST', `/rooms/${encodeURIComponent(room ?? '')}/ticket`, { device });
    return ticket;
  }

  /** Erases it from the tab. The object still serves until the page goes, so that one who hung up by mistake can come back. */
  forget() {
    this.#stored = false;
    this.#env.sessionStorage.removeItem(places[this.#by]);
  }

  /** Holds it in the tab again, after `forget`. */
  remember() {
    this.#stored = true;
    this.#store();
  }

  /** @param {Partial<Kept>} changed */
  #keep(changed) {
    this.#kept = { ...this.#kept, ...changed };
    this.#store();
  }

  #store() {
    // Where storage is forbidden or full the call works, and a reload has to knock again.
    if (this.#stored) this.#env.sessionStorage.setItem(places[this.#by], JSON.stringify(this.#kept));
  }
}
