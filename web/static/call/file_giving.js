/**
 * Files that this page gives: offered to each, sent in pieces to who takes one.
 *
 * **Nothing is sent that nobody took. One file at a time to each person**, and of all together ten pieces a second: the line is there for the sound.
 */
import { toBase64url } from '../e2ee/bytes.js';
import { sha256 } from '../e2ee/keys.js';
import { Allowance } from './allowance.js';
import { endOf } from './file_ending.js';
import { Handing, openMost } from './file_list.js';
import { cleanName, kindOf, pieceBytes, piecesOf, sizeMost } from './file_rules.js';
import { FileSending } from './file_sending.js';
import { newId } from './message.js';

/** @typedef {import('./types.js').Member} Member */
/** @typedef {import('./file_list.js').FileEntry} FileEntry */

/** Pieces of all files together: ten a second, at most two at once; 3.3 Mbit/s as they are written. */
const pieces = /** @type {const} */ ([2, 200]);
/** How often an offer is said, ms from one to the next, until the other page has it; then it is given up. */
const offeredAgain = 2_500;
const offeredMost = 4;

/** Why a file is not offered; many: too many are open. @typedef {'kind' | 'large' | 'empty' | 'unreadable' | 'many' | 'nobody'} Refused */
/** @typedef {'offered' | Refused} Offered */

/** The first bytes that are looked at. */
const beginning = 16;

export class FileGiving {
  #env;
  #files;
  #pace;
  #say;
  #pieces = new Allowance(...pieces);
  /** @type {any} */ #timer = null;
  #round = 0;
  #closed = false;

  /**
   * @param {Pick<import('./env.js').Env, 'setTimeout' | 'clearTimeout' | 'now'>} env
   * @param {import('./file_list.js').FileList} files
   * @param {{ pace: import('./pace.js').Pace, say: (to: string, content: import('../e2ee/channel.js').Message) => void }} around say: at once, without waiting for `pace`
   */
  constructor(env, files, { pace, say }) {
    this.#env = env;
    this.#files = files;
    this.#pace = pace;
    this.#say = say;
  }

  /**
   * Whether it may be offered, before anybody is asked about it.
   * @param {import('./file_list.js').Source} source
   * @param {Member[]} people
   * @returns {Promise<Refused | { kind: import('./file_rules.js').Kind, name: string }>} name: as the others see it
   */
  async check(source, people) {
    if (source.size > sizeMost) return 'large';
    if (source.size === 0) return 'empty';
    try {
      const kind = kindOf(source.name, source.type, new Uint8Array(await source.slice(0, beginning).arrayBuffer()));
      if (!kind) return 'kind';
      return this.#many(people) ? 'many' : { kind, name: cleanName(source.name, kind) };
    } catch {
      return 'unreadable';
    }
  }

  /** @param {Member[]} people */
  #many(people) {
    return people.some(({ participant }) => this.#files.open(false, participant) >= openMost);
  }

  /**
   * One offer for each.
   * @param {import('./file_list.js').Source} source
   * @param {Member[]} people
   * @param {boolean} alone to one person and nobody else
   * @returns {Promise<Offered>}
   */
  async offer(source, people, alone) {
    const round = this.#round;
    const checked = await this.check(source, people);
    if (typeof checked === 'string') return checked;
    let hash;
    try {
      hash = await sha256(new Uint8Array(await source.arrayBuffer()));
    } catch {
      return 'unreadable';
    }
    if (round !== this.#round || this.#many(people)) return 'many';
    for (const person of people) {
      /** @type {import('./file_rules.js').Offer} */
      const offer = { what: 'offer', id: newId(), ...checked, size: source.size, hash, private: alone };
      this.#files.add({ at: this.#env.now(), incoming: false, person }, new Handing(source, offer));
      this.#offer(offer.id, person.participant);
    }
    return 'offered';
  }

  /** @param {string} id @param {string} to */
  #offer(id, to) {
    const handing = this.#files.handings.get(id);
    if (!handing) return;
    handing.said++;
    handing.askedAt = this.#env.now();
    const { what: _, id: offer, ...rest } = handing.offer;
    this.#pace.put(to, { type: 'file', offer, ...rest }, `offer ${id}`);
  }

  /** @param {FileEntry} entry @param {Handing} handing @param {import('./file_rules.js').Said} said by who gets it */
  hear(entry, handing, said) {
    const { id, person } = entry;
    const now = this.#env.now();
    handing.heardAt = now;
    switch (said.what) {
      case 'seen':
        handing.seen = true;
        break;
      case 'take':
        handing.seen = true;
        if (entry.state === 'offered') this.#files.change(id, { state: 'next' });
        else if (entry.state === 'next') this.#pace.put(person.participant, { type: 'file', wait: id }, `wait ${id}`);
        else handing.sending?.heard(0, now);
        break;
      case 'got':
        this.#progress(entry, handing, said.next, now);
        break;
      case 'stop':
        this.#files.change(id, endOf(said.why, false));
        break;
    }
    this.#pump();
  }

  /** @param {FileEntry} entry @param {Handing} handing @param {number} next @param {number} now */
  #progress(entry, { sending }, next, now) {
    if (!sending) return;
    sending.heard(next, now);
    const percent = Math.floor((100 * sending.known) / piecesOf(entry.size));
    if (sending.done) this.#files.change(entry.id, { state: 'done', percent: 100 });
    else if (percent !== entry.percent) this.#files.change(entry.id, { percent });
  }

  /** What is on its way: the first that was taken, of each person. */
  #moving() {
    const busy = new Set();
    /** @type {{ entry: FileEntry, handing: Handing, sending: FileSending }[]} */
    const moving = [];
    const list = this.#files.list.peek().filter(({ incoming }) => !incoming);
    for (const entry of [...list.filter(({ state }) => state === 'moving'), ...list.filter(({ state }) => state === 'next')]) {
      const handing = this.#files.handings.get(entry.id);
      if (!handing || busy.has(entry.person.participant)) continue;
      busy.add(entry.person.participant);
      handing.sending ??= new FileSending(piecesOf(entry.size));
      moving.push({ entry, handing, sending: handing.sending });
    }
    return moving;
  }

  /** Sends what may be sent now, and comes back when more may. */
  #pump() {
    this.#env.clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#closed) return;
    const moving = this.#moving();
    for (let sent = true; sent;) {
      sent = false;
      for (const { entry, handing, sending } of moving) {
        const now = this.#env.now();
        if (this.#pieces.wait(now) > 0) break;
        const at = sending.next(now);
        if (at === null) continue;
        this.#pieces.take(now);
        sent = true;
        if (entry.state === 'next') this.#files.change(entry.id, { state: 'moving' });
        handing.turn = handing.turn.then(() => this.#send(entry, handing, at));
      }
    }
    const now = this.#env.now();
    const wait = Math.max(this.#pieces.wait(now), Math.min(...moving.map(({ sending }) => sending.wait(now))));
    if (wait < Infinity) this.#timer = this.#env.setTimeout(() => this.#pump(), Math.max(wait, 1));
  }

  /** @param {FileEntry} entry @param {Handing} handing @param {number} at */
  async #send(entry, { source }, at) {
    if (!source || !this.#files.handings.has(entry.id)) return;
    try {
      const bytes = new Uint8Array(await source.slice(at * pieceBytes, (at + 1) * pieceBytes).arrayBuffer());
      if (!this.#files.handings.has(entry.id)) return;
      this.#say(entry.person.participant, { type: 'file', piece: entry.id, at, bytes: toBase64url(bytes) });
    } catch {
      this.#files.fail(entry, 'changed');
    }
  }

  /** Says an offer again, or gives up what is not answered. @param {FileEntry} entry @param {Handing} handing @param {number} now */
  look(entry, handing, now) {
    if (entry.state === 'offered') {
      if (handing.seen || now - handing.askedAt < offeredAgain) return;
      if (handing.said < offeredMost) this.#offer(entry.id, entry.person.participant);
      else this.#files.fail(entry, 'unreached');
    } else if (handing.sending?.lost(now)) {
      this.#files.fail(entry, 'lost');
    }
  }

  /** Goes on where it does not come back by itself. */
  goOn() {
    if (!this.#timer) this.#pump();
  }

  /** Nothing is to flow now, or again. @param {boolean} closed */
  close(closed) {
    this.#closed = closed;
    if (closed) return;
    const now = this.#env.now();
    for (const { sending } of this.#files.handings.values()) sending?.resume(now);
    this.#pump();
  }

  /** What is being read is not offered any more. */
  end() {
    this.#round++;
    this.#env.clearTimeout(this.#timer);
    this.#timer = null;
  }
}
