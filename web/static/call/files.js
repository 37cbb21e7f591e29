/**
 * Files that two pages hand to each other: offered, taken by a click, sent in pieces, checked, and offered to be saved.
 *
 * **Whoever says too much is not heard. Nothing flows while the room is held**, and of who has gone nothing is waited for. What this page gives is file_giving.js, what it
 * takes file_taking.js, how far each is file_list.js, how it ends file_ending.js. Protocol: e2ee/README.md, "Chat and files".
 */
import { Allowances } from './allowance.js';
import { FileGiving } from './file_giving.js';
import { FileList, over } from './file_list.js';
import { readFileSaid } from './file_rules.js';
import { FileTaking } from './file_taking.js';

/** @typedef {import('./types.js').Member} Member */

/** What one person may say about files besides pieces: as much as of messages, over a stretch that a weak line may take at once. */
const saidMost = /** @type {const} */ ([15, 3_000]);
/** How often it is looked after what does not come, ms. */
const lookedEvery = 500;

export class Files {
  #env;
  #files;
  #giving;
  #taking;
  #saids = new Allowances(...saidMost);
  /** @type {any} */ #looking = null;
  #closed = false;

  /**
   * @param {Pick<import('./env.js').Env, 'setTimeout' | 'clearTimeout' | 'now'>} env
   * @param {{
   *   pace: import('./pace.js').Pace, say: (to: string, content: import('../e2ee/channel.js').Message) => void,
   *   onOffer: (entry: import('./file_list.js').FileEntry) => void,
   * }} around say: at once, without waiting for `pace`
   */
  constructor(env, around) {
    this.#env = env;
    this.#files = new FileList(around.pace, () => this.#look());
    this.#giving = new FileGiving(env, this.#files, around);
    this.#taking = new FileTaking(env, this.#files, around);
    /** In the order in which they were offered. @type {import('../third_party/preact.js').ReadonlySignal<import('./file_list.js').FileEntry[]>} */
    this.list = this.#files.list;
  }

  /** Whether a file may be offered. @type {FileGiving['check']} */
  check(source, people) {
    return this.#giving.check(source, people);
  }

  /** Offers a file: one offer for each. @type {FileGiving['offer']} */
  offer(source, people, alone) {
    return this.#giving.offer(source, people, alone);
  }

  /** The person at this page wants it. @param {string} id */
  accept(id) {
    this.#taking.accept(id);
  }

  /** The person at this page does not want it, or not any more. @param {string} id */
  cancel(id) {
    const entry = this.#files.entry(id);
    if (!entry || over.includes(entry.state)) return;
    const declined = entry.incoming && entry.state === 'offered';
    this.#files.stop(entry.person.participant, id, declined ? 'declined' : 'cancelled');
    this.#files.change(id, { state: declined ? 'declined' : 'cancelled', own: true });
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
    const entry = this.#files.entry(said.id);
    const handing = this.#files.handings.get(said.id);
    if (entry && entry.person.participant !== from.participant) return;
    if (!entry || !handing) {
      if (this.#listen(from.participant)) this.#taking.hearOther(from, said, entry, may);
    } else if (entry.incoming) {
      if (said.what === 'piece' ? handing.receiving : this.#listen(from.participant)) this.#taking.hear(entry, handing, said);
    } else if (said.what === 'got' || this.#listen(from.participant)) {
      this.#giving.hear(entry, handing, said);
    }
  }

  /** Whether this person has not said too much. @param {string} participant */
  #listen(participant) {
    return this.#saids.take(participant, this.#env.now());
  }

  /** Looks after what does not come, as long as there is something that could. */
  #look() {
    if (this.#looking || this.#files.handings.size === 0) return;
    this.#looking = this.#env.setTimeout(() => {
      this.#looking = null;
      for (const [id, handing] of [...this.#files.handings]) {
        const entry = this.#files.entry(id);
        if (!entry) this.#files.handings.delete(id);
        else if (!this.#closed) (entry.incoming ? this.#taking : this.#giving).look(entry, handing, this.#env.now());
      }
      this.#giving.goOn();
      this.#look();
    }, lookedEvery);
  }

  /** Who is here now: of who has gone nothing comes. @param {Member[]} members */
  people(members) {
    for (const entry of this.list.peek()) {
      if (!over.includes(entry.state) && !members.some(({ participant }) => participant === entry.person.participant)) this.#files.fail(entry, 'gone', false);
    }
    this.#saids.keep(members);
  }

  /** Nothing is to flow now, or again. @param {boolean} closed */
  close(closed) {
    if (closed === this.#closed) return;
    this.#closed = closed;
    const now = this.#env.now();
    if (!closed) for (const handing of this.#files.handings.values()) handing.heardAt = handing.askedAt = now;
    this.#giving.close(closed);
  }

  /** All of it is gone. */
  end() {
    this.#giving.end();
    this.#taking.end();
    this.#env.clearTimeout(this.#looking);
    this.#looking = null;
    this.#saids.clear();
    this.#files.clear();
  }
}
