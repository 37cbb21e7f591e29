/**
 * Files that others give to this page: shown as offers, taken by a click, put together and checked.
 *
 * **Nothing comes that nobody took**: an offer is a name and a size. **What arrives is bytes**: it is never shown here, only saved, and gone with the page.
 */
import { sha256 } from '../e2ee/keys.js';
import { endOf, whyOf } from './file_ending.js';
import { Handing, openMost } from './file_list.js';
import { FileReceiving } from './file_receiving.js';
import { piecesOf } from './file_rules.js';

/** @typedef {import('./types.js').Member} Member */
/** @typedef {import('./file_list.js').FileEntry} FileEntry */

/** Offers of others that are shown and not done with. */
const shownMost = 20;
/** Offers that are remembered; the oldest are forgotten. */
const knownMost = 600;
/** How often it is asked for what does not come, and when it is given up, ms. */
const askedEvery = 3_000;
const givenUpAfter = 90_000;

export class FileTaking {
  #env;
  #files;
  #pace;
  #onOffer;
  /** Ids of what is not to be offered again, since it was here. */
  #known = new Set();

  /**
   * @param {Pick<import('./env.js').Env, 'now'>} env
   * @param {import('./file_list.js').FileList} files
   * @param {{ pace: import('./pace.js').Pace, onOffer: (entry: FileEntry) => void }} around
   */
  constructor(env, files, { pace, onOffer }) {
    this.#env = env;
    this.#files = files;
    this.#pace = pace;
    this.#onOffer = onOffer;
  }

  /** The person at this page wants it. @param {string} id */
  accept(id) {
    const [entry, handing] = [this.#files.entry(id), this.#files.handings.get(id)];
    if (!entry?.incoming || entry.state !== 'offered' || !handing) return;
    handing.receiving = new FileReceiving(handing.offer);
    handing.heardAt = this.#env.now();
    this.#files.change(id, { state: 'next' });
    this.#ask(entry, handing);
  }

  /** Asks for what comes next. @param {FileEntry} entry @param {Handing} handing */
  #ask({ id, person }, handing) {
    handing.askedAt = this.#env.now();
    const next = handing.receiving?.next ?? 0;
    if (next === 0) this.#pace.put(person.participant, { type: 'file', take: id }, `got ${id}`);
    else this.#pace.put(person.participant, { type: 'file', got: id, next }, `got ${id}`);
  }

  /** An offer, or something about what is over or was never here. @param {Member} from @param {import('./file_rules.js').Said} said @param {FileEntry | undefined} before @param {(alone: boolean) => boolean} may */
  hearOther(from, said, before, may) {
    const { participant } = from;
    const { what, id } = said;
    // The last answer was lost.
    if (what === 'piece' && before?.state === 'done') return this.#pace.put(participant, { type: 'file', got: id, next: piecesOf(before.size) }, `got ${id}`);
    if (what === 'piece' || what === 'take' || what === 'got' || (what === 'offer' && this.#known.has(id))) {
      return this.#files.stop(participant, id, whyOf(before));
    }
    if (what !== 'offer' || !may(said.private)) return;
    if (this.#files.open(true, participant) >= openMost || this.#files.open(true) >= shownMost) return this.#files.stop(participant, id, 'many');
    this.#known.add(said.id);
    if (this.#known.size > knownMost) this.#known.delete(this.#known.values().next().value);
    const entry = this.#files.add({ at: this.#env.now(), incoming: true, person: from }, new Handing(null, said));
    this.#pace.put(participant, { type: 'file', seen: said.id }, `seen ${said.id}`);
    this.#onOffer(entry);
  }

  /** @param {FileEntry} entry @param {Handing} handing @param {import('./file_rules.js').Said} said by who gives it */
  hear(entry, handing, said) {
    const { id } = entry;
    switch (said.what) {
      case 'wait':
        handing.heardAt = this.#env.now();
        break;
      case 'offer':
        this.#pace.put(entry.person.participant, { type: 'file', seen: id }, `seen ${id}`);
        break;
      case 'stop':
        this.#files.change(id, endOf(said.why, true));
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
    if (how === 'wrong') return this.#files.fail(entry, 'wrong');
    if (how === 'taken') {
      handing.heardAt = this.#env.now();
      const percent = Math.floor((100 * receiving.next) / piecesOf(entry.size));
      if (entry.state !== 'moving' || percent !== entry.percent) this.#files.change(entry.id, { state: 'moving', percent });
      if (receiving.done) return void this.#check(entry, handing);
    }
    // The last one is answered once the whole was checked.
    this.#ask(entry, handing);
  }

  /** @param {FileEntry} entry @param {Handing} handing */
  async #check(entry, { receiving, offer }) {
    if (!receiving) return;
    const { id, person } = entry;
    this.#files.change(id, { state: 'checking', percent: 100 });
    const right = (await sha256(receiving.bytes)) === offer.hash;
    if (this.#files.entry(id)?.state !== 'checking') return;
    if (!right) return this.#files.fail(entry, 'wrong');
    this.#pace.put(person.participant, { type: 'file', got: id, next: receiving.next }, `got ${id}`);
    this.#files.change(id, { state: 'done', blob: new Blob([receiving.bytes], { type: 'application/octet-stream' }) });
    this.#files.keepLess();
  }

  /** Asks again for what does not come, or gives it up. @param {FileEntry} entry @param {Handing} handing @param {number} now */
  look(entry, handing, now) {
    if (entry.state !== 'next' && entry.state !== 'moving') return;
    if (now - handing.heardAt > givenUpAfter) this.#files.fail(entry, 'lost');
    else if (now - Math.max(handing.askedAt, handing.heardAt) >= askedEvery) this.#ask(entry, handing);
  }

  end() {
    this.#known.clear();
  }
}
