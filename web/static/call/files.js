/**
 * Files that two pages hand to each other: offered, taken by a click, sent in pieces, checked, and offered to be saved.
 *
 * **Nothing comes that nobody took**: an offer is a name and a size. **One file at a time for each person**, and of all together ten pieces
 * a second: the line is there for the sound. **What arrives is bytes**: it is never shown here, only saved, and gone with the page. Protocol: e2ee/README.md, "Chat and files".
 *
 * Owner of the signal `list`.
 */
import { signal } from '../third_party/preact.js';
import { toBase64url } from '../e2ee/bytes.js';
import { Allowance } from './allowance.js';
import { cleanName, kindOf, pieceBytes, piecesOf, readFileSaid, sizeMost } from './file_rules.js';
import { FileReceiving } from './file_receiving.js';
import { FileSending } from './file_sending.js';
import { newId } from './message.js';

/** @typedef {import('./types.js').Member} Member */

/** Offers of one person that are not done with, either way. */
const openMost = 3;
/** Offers of others that are shown and not done with. */
const shownMost = 20;
/** Files in the list; the oldest that are done with go. */
const listMost = 60;
/** Bytes of what has come that are kept for saving; the oldest go. */
const keptMost = 3 * sizeMost;
/** Pieces of all files together: ten a second, at most two at once; 3.3 Mbit/s as they are written. */
const pieces = /** @type {const} */ ([2, 200]);
/** What one person may say about files besides pieces: as much as of messages, over a stretch that a weak line may take at once. */
const saidMost = /** @type {const} */ ([15, 3_000]);

const lookedEvery = 500;
/** How often an offer is said, ms from one to the next, until the other page has it; then it is given up. */
const offeredAgain = 2_500;
const offeredMost = 4;
/** How often it is asked for what does not come, and when it is given up, ms. */
const askedEvery = 3_000;
const givenUpAfter = 90_000;

/**
 * - `offered`: waits for the other's click
 * - `next`: taken; another is on its way first
 * - `moving`, `checking`
 * - `done`, `declined`, `cancelled`, `failed`: nothing comes any more
 * @typedef {'offered' | 'next' | 'moving' | 'checking' | 'done' | 'declined' | 'cancelled' | 'failed'} FileState
 */

/** Why it failed. @typedef {'unreached' | 'lost' | 'changed' | 'wrong' | 'many' | 'gone'} Failure unreached: the offer; changed: the file, while it was read; gone: the person */

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
 * @property {number} percent
 * @property {Blob | null} blob what has come whole, as long as it is kept
 */

/** What came of an offer; many: too many are open. @typedef {'offered' | 'kind' | 'large' | 'empty' | 'unreadable' | 'many' | 'nobody'} Offered */

/** What a browser's `File` is. @typedef {Pick<File, 'name' | 'type' | 'size' | 'slice' | 'arrayBuffer'>} Source */

/** What is known of one besides. */
class Handing {
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

/** @type {FileState[]} */
const over = ['done', 'declined', 'cancelled', 'failed'];

/** @param {ArrayBuffer | Uint8Array<ArrayBuffer>} bytes */
const hashOf = async (bytes) => toBase64url(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));

export class Files {
  #env;
  #around;
  /** By id. @type {Map<string, Handing>} */
  #handings = new Map();
  #pieces = new Allowance(...pieces);
  /** By participant. @type {Map<string, Allowance>} */
  #saids = new Map();
  /** Ids of what is not to be offered again, since it was here. */
  #known = new Set();
  /** @type {any} */ #timer = null;
  /** @type {any} */ #looking = null;
  #round = 0;
  #closed = false;

  /** In the order in which they were offered. @type {import('../third_party/preact.js').Signal<FileEntry[]>} */
  list = signal([]);

  /**
   * @param {Pick<import('./env.js').Env, 'setTimeout' | 'clearTimeout' | 'now'>} env
   * @param {{
   *   pace: import('./pace.js').Pace, say: (to: string, content: import('../e2ee/channel.js').Message) => void,
   *   onOffer: (entry: FileEntry) => void,
   * }} around say: at once, without waiting for `pace`
   */
  constructor(env, around) {
    this.#env = env;
    this.#around = around;
  }

  /** @param {string} id */
  #entry(id) {
    return this.list.peek().find((one) => one.id === id);
  }

  /** @param {string} id @param {Partial<FileEntry>} news */
  #change(id, news) {
    const entry = this.#entry(id);
    if (!entry || over.includes(entry.state)) return;
    this.list.value = this.list.peek().map((one) => (one.id === id ? { ...one, ...news } : one));
    if (news.state && over.includes(news.state)) this.#handings.delete(id);
    this.#look();
  }

  /** @param {FileEntry} entry */
  #add(entry) {
    const list = this.list.peek();
    const oldest = list.length >= listMost ? list.find(({ state }) => over.includes(state)) : null;
    this.list.value = [...list.filter((one) => one !== oldest), entry];
    this.#look();
  }

  /** @param {boolean} incoming @param {string} [participant] */
  #open(incoming, participant) {
    return this.list.peek().filter((one) => one.incoming === incoming && !over.includes(one.state) && (!participant || one.person.participant === participant)).length;
  }

  /**
   * Offers a file: one offer for each.
   * @param {Source} source
   * @param {Member[]} people
   * @param {boolean} alone to one person and nobody else
   * @returns {Promise<Offered>}
   */
  async offer(source, people, alone) {
    if (source.size > sizeMost) return 'large';
    if (source.size === 0) return 'empty';
    const round = this.#round;
    let kind, hash;
    try {
      kind = kindOf(source.name, source.type, new Uint8Array(await source.slice(0, 16).arrayBuffer()));
      if (!kind) return 'kind';
      hash = await hashOf(await source.arrayBuffer());
    } catch {
      return 'unreadable';
    }
    if (round !== this.#round || people.some(({ participant }) => this.#open(false, participant) >= openMost)) return 'many';
    for (const person of people) {
      /** @type {import('./file_rules.js').Offer} */
      const offer = { what: 'offer', id: newId(), name: cleanName(source.name, kind), size: source.size, kind, hash, private: alone };
      this.#handings.set(offer.id, new Handing(source, offer));
      this.#add({ id: offer.id, at: this.#env.now(), incoming: false, person, private: alone, name: offer.name, size: offer.size, state: 'offered', why: null, percent: 0, blob: null });
      this.#offer(offer.id, person.participant);
    }
    return 'offered';
  }

  /** @param {string} id @param {string} to */
  #offer(id, to) {
    const handing = this.#handings.get(id);
    if (!handing) return;
    handing.said++;
    handing.askedAt = this.#env.now();
    const { what: _, id: offer, ...rest } = handing.offer;
    this.#around.pace.put(to, { type: 'file', offer, ...rest }, `offer ${id}`);
  }

  /** The person at this page wants it. @param {string} id */
  accept(id) {
    const [entry, handing] = [this.#entry(id), this.#handings.get(id)];
    if (!entry?.incoming || entry.state !== 'offered' || !handing) return;
    handing.receiving = new FileReceiving(handing.offer);
    handing.heardAt = this.#env.now();
    this.#change(id, { state: 'next' });
    this.#ask(entry, handing);
  }

  /** Asks for what comes next. @param {FileEntry} entry @param {Handing} handing */
  #ask({ id, person }, handing) {
    handing.askedAt = this.#env.now();
    const next = handing.receiving?.next ?? 0;
    if (next === 0) this.#around.pace.put(person.participant, { type: 'file', take: id }, `got ${id}`);
    else this.#around.pace.put(person.participant, { type: 'file', got: id, next }, `got ${id}`);
  }

  /** The person at this page does not want it, or not any more. @param {string} id */
  cancel(id) {
    const entry = this.#entry(id);
    if (!entry || over.includes(entry.state)) return;
    const declined = entry.incoming && entry.state === 'offered';
    this.#stop(entry.person.participant, id, declined ? 'declined' : 'cancelled');
    this.#change(id, { state: declined ? 'declined' : 'cancelled' });
  }

  /** @param {string} to @param {string} id @param {string} why */
  #stop(to, id, why) {
    this.#around.pace.put(to, { type: 'file', stop: id, why }, `stop ${id}`);
  }

  /** @param {FileEntry} entry @param {Failure} why @param {boolean} [told] whether the other is to know */
  #fail({ id, person }, why, told = true) {
    if (told) this.#stop(person.participant, id, why);
    this.#change(id, { state: 'failed', why });
  }

  /**
   * Somebody who is in has said something about a file.
   * @param {Member} from
   * @param {Record<string, any>} content
   * @param {(alone: boolean) => boolean} may whether he may give one to this page
   */
  hear(from, content, may) {
    const said = readFileSaid(content);
    if (!said) return;
    const entry = this.#entry(said.id);
    const handing = this.#handings.get(said.id);
    if (entry && entry.person.participant !== from.participant) return;
    if (!entry || !handing) {
      if (this.#listen(from.participant)) this.#hearOther(from, said, entry, may);
    } else if (entry.incoming) {
      if (said.what === 'piece' ? handing.receiving : this.#listen(from.participant)) this.#hearGiver(entry, handing, said);
    } else if (said.what === 'got' || this.#listen(from.participant)) {
      this.#hearTaker(entry, handing, said);
    }
  }

  /** Whether this person has not said too much. @param {string} participant */
  #listen(participant) {
    let allowance = this.#saids.get(participant);
    if (!allowance) this.#saids.set(participant, (allowance = new Allowance(...saidMost)));
    return allowance.take(this.#env.now());
  }

  /** An offer, or something about what is over or was never here. @param {Member} from @param {import('./file_rules.js').Said} said @param {FileEntry | undefined} before @param {(alone: boolean) => boolean} may */
  #hearOther(from, said, before, may) {
    const { participant } = from;
    const { what, id } = said;
    // The last answer was lost.
    if (what === 'piece' && before?.state === 'done') return this.#around.pace.put(participant, { type: 'file', got: id, next: piecesOf(before.size) }, `got ${id}`);
    if (what === 'piece' || what === 'take' || what === 'got' || (what === 'offer' && this.#known.has(id))) {
      return this.#stop(participant, id, before?.state === 'declined' ? 'declined' : 'cancelled');
    }
    if (what !== 'offer' || !may(said.private)) return;
    if (this.#open(true, participant) >= openMost || this.#open(true) >= shownMost) return this.#stop(participant, id, 'many');
    this.#known.add(said.id);
    if (this.#known.size > 10 * listMost) this.#known.delete(this.#known.values().next().value);
    this.#handings.set(said.id, new Handing(null, said));
    /** @type {FileEntry} */
    const entry = { id: said.id, at: this.#env.now(), incoming: true, person: from, private: said.private, name: said.name, size: said.size, state: 'offered', why: null, percent: 0, blob: null };
    this.#add(entry);
    this.#around.pace.put(participant, { type: 'file', seen: said.id }, `seen ${said.id}`);
    this.#around.onOffer(entry);
  }

  /** @param {FileEntry} entry @param {Handing} handing @param {import('./file_rules.js').Said} said by who gives it */
  #hearGiver(entry, handing, said) {
    const { id } = entry;
    switch (said.what) {
      case 'wait':
        handing.heardAt = this.#env.now();
        break;
      case 'offer':
        this.#around.pace.put(entry.person.participant, { type: 'file', seen: id }, `seen ${id}`);
        break;
      case 'stop':
        this.#change(id, failures.has(said.why) ? { state: 'failed', why: 'changed' } : { state: 'cancelled' });
        break;
      case 'piece':
        this.#take(entry, handing, said);
        break;
    }
  }

  /** @param {FileEntry} entry @param {Handing} handing @param {import('./file_rules.js').Piece} piece */
  #take(entry, handing, { at, bytes }) {
    const { receiving } = handing;
    if (!receiving || entry.state === 'checking') return;
    const how = receiving.take(at, bytes);
    if (how === 'wrong') return this.#fail(entry, 'wrong');
    if (how === 'taken') {
      handing.heardAt = this.#env.now();
      const percent = Math.floor((100 * receiving.next) / piecesOf(entry.size));
      if (entry.state !== 'moving' || percent !== entry.percent) this.#change(entry.id, { state: 'moving', percent });
      if (receiving.done) return void this.#check(entry, handing);
    }
    // The last one is answered once the whole was checked.
    this.#ask(entry, handing);
  }

  /** @param {FileEntry} entry @param {Handing} handing */
  async #check(entry, { receiving, offer }) {
    if (!receiving) return;
    const { id, person } = entry;
    this.#change(id, { state: 'checking', percent: 100 });
    const right = (await hashOf(receiving.bytes)) === offer.hash;
    if (this.#entry(id)?.state !== 'checking') return;
    if (!right) return this.#fail(entry, 'wrong');
    this.#around.pace.put(person.participant, { type: 'file', got: id, next: receiving.next }, `got ${id}`);
    this.#change(id, { state: 'done', blob: new Blob([receiving.bytes], { type: 'application/octet-stream' }) });
    this.#keepLess();
  }

  /** What came first is let go of, before the memory of an old phone is full. */
  #keepLess() {
    let sum = 0;
    const kept = new Set([...this.list.peek()].reverse().filter(({ blob }) => blob && (sum += blob.size) <= keptMost).map(({ id }) => id));
    this.list.value = this.list.peek().map((one) => (one.blob && !kept.has(one.id) ? { ...one, blob: null } : one));
  }

  /** @param {FileEntry} entry @param {Handing} handing @param {import('./file_rules.js').Said} said by who gets it */
  #hearTaker(entry, handing, said) {
    const { id, person } = entry;
    const now = this.#env.now();
    handing.heardAt = now;
    switch (said.what) {
      case 'seen':
        handing.seen = true;
        break;
      case 'take':
        handing.seen = true;
        if (entry.state === 'offered') this.#change(id, { state: 'next' });
        else if (entry.state === 'next') this.#around.pace.put(person.participant, { type: 'file', wait: id }, `wait ${id}`);
        else handing.sending?.heard(0, now);
        break;
      case 'got':
        this.#progress(entry, handing, said.next, now);
        break;
      case 'stop':
        if (said.why === 'declined') this.#change(id, { state: 'declined' });
        else if (said.why === 'many') this.#change(id, { state: 'failed', why: 'many' });
        else this.#change(id, failures.has(said.why) ? { state: 'failed', why: 'lost' } : { state: 'cancelled' });
        break;
    }
    this.#pump();
  }

  /** @param {FileEntry} entry @param {Handing} handing @param {number} next @param {number} now */
  #progress(entry, { sending }, next, now) {
    if (!sending) return;
    sending.heard(next, now);
    const percent = Math.floor((100 * sending.known) / piecesOf(entry.size));
    if (sending.done) this.#change(entry.id, { state: 'done', percent: 100 });
    else if (percent !== entry.percent) this.#change(entry.id, { percent });
  }

  /** What is on its way: the first that was taken, of each person. */
  #moving() {
    const busy = new Set();
    /** @type {{ entry: FileEntry, handing: Handing, sending: FileSending }[]} */
    const moving = [];
    const list = this.list.peek().filter(({ incoming }) => !incoming);
    for (const entry of [...list.filter(({ state }) => state === 'moving'), ...list.filter(({ state }) => state === 'next')]) {
      const handing = this.#handings.get(entry.id);
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
        if (entry.state === 'next') this.#change(entry.id, { state: 'moving' });
        handing.turn = handing.turn.then(() => this.#send(entry, handing, at));
      }
    }
    const now = this.#env.now();
    const wait = Math.max(this.#pieces.wait(now), Math.min(...moving.map(({ sending }) => sending.wait(now))));
    if (wait < Infinity) this.#timer = this.#env.setTimeout(() => this.#pump(), Math.max(wait, 1));
  }

  /** @param {FileEntry} entry @param {Handing} handing @param {number} at */
  async #send(entry, { source }, at) {
    if (!source || !this.#handings.has(entry.id)) return;
    try {
      const bytes = new Uint8Array(await source.slice(at * pieceBytes, (at + 1) * pieceBytes).arrayBuffer());
      if (!this.#handings.has(entry.id)) return;
      this.#around.say(entry.person.participant, { type: 'file', piece: entry.id, at, bytes: toBase64url(bytes) });
    } catch {
      this.#fail(entry, 'changed');
    }
  }

  /** Looks after what does not come, as long as there is something that could. */
  #look() {
    if (this.#looking || this.#handings.size === 0) return;
    this.#looking = this.#env.setTimeout(() => {
      this.#looking = null;
      for (const [id, handing] of [...this.#handings]) {
        const entry = this.#entry(id);
        if (entry) this.#lookAt(entry, handing, this.#env.now());
        else this.#handings.delete(id);
      }
      if (!this.#timer) this.#pump();
      this.#look();
    }, lookedEvery);
  }

  /** @param {FileEntry} entry @param {Handing} handing @param {number} now */
  #lookAt(entry, handing, now) {
    const { id, incoming, state, person } = entry;
    if (this.#closed) return;
    if (!incoming && state === 'offered') {
      if (handing.seen || now - handing.askedAt < offeredAgain) return;
      if (handing.said < offeredMost) this.#offer(id, person.participant);
      else this.#fail(entry, 'unreached');
    } else if (!incoming && handing.sending?.lost(now)) {
      this.#fail(entry, 'lost');
    } else if (incoming && (state === 'next' || state === 'moving')) {
      if (now - handing.heardAt > givenUpAfter) this.#fail(entry, 'lost');
      else if (now - Math.max(handing.askedAt, handing.heardAt) >= askedEvery) this.#ask(entry, handing);
    }
  }

  /** Who is here now: of who has gone nothing comes. @param {Member[]} members */
  people(members) {
    for (const entry of this.list.peek()) {
      if (!over.includes(entry.state) && !members.some(({ participant }) => participant === entry.person.participant)) this.#fail(entry, 'gone', false);
    }
    for (const participant of this.#saids.keys()) if (!members.some((one) => one.participant === participant)) this.#saids.delete(participant);
  }

  /** Nothing is to flow now, or again. @param {boolean} closed */
  close(closed) {
    if (closed === this.#closed) return;
    this.#closed = closed;
    if (closed) return;
    const now = this.#env.now();
    for (const handing of this.#handings.values()) {
      handing.heardAt = handing.askedAt = now;
      handing.sending?.resume(now);
    }
    this.#pump();
  }

  /** All of it is gone. */
  end() {
    this.#round++;
    this.#env.clearTimeout(this.#timer);
    this.#env.clearTimeout(this.#looking);
    this.#timer = this.#looking = null;
    this.#handings.clear();
    this.#saids.clear();
    this.#known.clear();
    this.list.value = [];
  }
}

/** Words for `stop` that say that something went wrong, and not that somebody wanted it so. */
const failures = new Set(['unreached', 'lost', 'changed', 'wrong', 'gone']);
