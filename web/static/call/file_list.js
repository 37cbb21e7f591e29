/**
 * The files that were offered at this page, either way, and how far each is.
 *
 * **What is over stays over. A page's memory is not to be filled**: offers, entries and the bytes that wait to be saved are bounded.
 *
 * Owner of the signal `list`.
 */
import { signal } from '../third_party/preact.js';
import { sizeMost } from './file_rules.js';

/** @typedef {import('./types.js').Member} Member */
/** @typedef {import('./file_sending.js').FileSending} FileSending */
/** @typedef {import('./file_receiving.js').FileReceiving} FileReceiving */

/** Offers of one person that are not done with, either way. */
export const openMost = 3;
/** Files in the list; the oldest that are done with go. */
const listMost = 60;
/** Bytes of what has come that are kept for saving; the oldest go. */
const keptMost = 3 * sizeMost;

/**
 * - `offered`: waits for the other's click
 * - `next`: taken; another is on its way first
 * - `moving`, `checking`
 * - `done`, `declined`, `cancelled`, `failed`: nothing comes any more
 * @typedef {'offered' | 'next' | 'moving' | 'checking' | 'done' | 'declined' | 'cancelled' | 'failed'} FileState
 */

/**
 * Why it failed.
 * @typedef {'unreached' | 'lost' | 'changed' | 'wrong' | 'many' | 'gone' | 'unknown'} Failure
 *   unreached: the offer; changed: the file, while it was read; gone: the person; unknown: the file, to the other page (any more)
 */

/**
 * @typedef {object} FileEntry
 * @property {string} id
 * @property {number} at when it was offered, ms
 * @property {boolean} incoming
 * @property {Member} person who gives it, or gets it
 * @property {boolean} private offered to one person alone
 * @property {string} name clean
 * @property {number} size bytes
 * @property {FileState} state
 * @property {Failure | null} why
 * @property {boolean} own whether the person at this page declined or cancelled it, and not the other
 * @property {number} percent
 * @property {Blob | null} blob what has come whole, as long as it is kept
 */

/** What a browser's `File` is. @typedef {Pick<File, 'name' | 'type' | 'size' | 'slice' | 'arrayBuffer'>} Source */

/** What is known besides of one that is not over. */
export class Handing {
  /** @type {FileSending | null} */ sending = null;
  /** @type {FileReceiving | null} */ receiving = null;
  /** Whether the other page has the offer. */ seen = false;
  /** How often it was said. */ said = 0;
  /** When it was said last, or asked for. */ askedAt = 0;
  /** When something last came of it. */ heardAt = 0;
  turn = Promise.resolve();

  /** @param {Source | null} source @param {import('./file_rules.js').Offer} offer */
  constructor(source, offer) {
    this.source = source;
    this.offer = offer;
  }
}

/** Nothing comes of it any more. @type {readonly FileState[]} */
export const over = ['done', 'declined', 'cancelled', 'failed'];

export class FileList {
  #pace;
  #onChange;

  /** By id. @type {Map<string, Handing>} */
  handings = new Map();
  /** In the order in which they were offered. @type {import('../third_party/preact.js').Signal<FileEntry[]>} */
  list = signal([]);

  /** @param {import('./pace.js').Pace} pace what others are told by @param {() => void} onChange one has come, or is further */
  constructor(pace, onChange) {
    this.#pace = pace;
    this.#onChange = onChange;
  }

  /** @param {string} id */
  entry(id) {
    return this.list.peek().find((one) => one.id === id);
  }

  /** @param {string} id @param {Partial<FileEntry>} news */
  change(id, news) {
    const entry = this.entry(id);
    if (!entry || over.includes(entry.state)) return;
    this.list.value = this.list.peek().map((one) => (one.id === id ? { ...one, ...news } : one));
    if (news.state && over.includes(news.state)) this.handings.delete(id);
    this.#onChange();
  }

  /** @param {Pick<FileEntry, 'at' | 'incoming' | 'person'>} of @param {Handing} handing */
  add(of, handing) {
    const { id, name, size, private: alone } = handing.offer;
    this.handings.set(id, handing);
    const list = this.list.peek();
    const oldest = list.length >= listMost ? list.find(({ state }) => over.includes(state)) : null;
    /** @type {FileEntry} */
    const entry = { ...of, id, private: alone, name, size, state: 'offered', why: null, own: false, percent: 0, blob: null };
    this.list.value = [...list.filter((one) => one !== oldest), entry];
    this.#onChange();
    return entry;
  }

  /** How many are not over. @param {boolean} incoming @param {string} [participant] with whom */
  open(incoming, participant) {
    return this.list.peek().filter((one) => one.incoming === incoming && !over.includes(one.state) && (!participant || one.person.participant === participant)).length;
  }

  /** The other page is told that nothing comes of it. @param {string} to @param {string} id @param {string} why */
  stop(to, id, why) {
    this.#pace.put(to, { type: 'file', stop: id, why }, `stop ${id}`);
  }

  /** @param {FileEntry} entry @param {Failure} why @param {boolean} [told] whether the other is to know */
  fail({ id, person }, why, told = true) {
    if (told) this.stop(person.participant, id, why);
    this.change(id, { state: 'failed', why });
  }

  /** What came first is let go of, before the memory of an old phone is full. */
  keepLess() {
    let sum = 0;
    const kept = new Set([...this.list.peek()].reverse().filter(({ blob }) => blob && (sum += blob.size) <= keptMost).map(({ id }) => id));
    this.list.value = this.list.peek().map((one) => (one.blob && !kept.has(one.id) ? { ...one, blob: null } : one));
  }

  clear() {
    this.handings.clear();
    this.list.value = [];
  }
}
