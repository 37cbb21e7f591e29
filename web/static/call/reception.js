/**
 * What goes between a person who waits and those who moderate, before the door opens: notes, whether the person is alone, whose consent was withdrawn.
 *
 * **A note is sealed where both ends know the link** (e2ee/note.js); elsewhere it can be read on the way, and `unsealed` says so before it is written. **Nothing
 * is kept** but by the server, for as long as somebody waits. Loaded with the first hello. Owner of the signals `opened` and `withdrawn`.
 */
import { computed, effect, signal } from '../third_party/preact.js';

/** @typedef {import('./types.js').Waiter} Waiter */
/** @typedef {import('./types.js').Note} Note */
/** @template T @typedef {import('../third_party/preact.js').ReadonlySignal<T>} ReadonlySignal */
/** @template T @typedef {import('../third_party/preact.js').Signal<T>} Signal */

/** Characters of a note, as the server counts them. */
const lengthMost = 200;
/** Opened notes that are remembered: more than may stand in a room. */
const openedMost = 256;

/** @typedef {Pick<import('./confidence.js').Confidence, 'noteKey'>} Keys */

export class Reception {
  #connection;
  #roster;
  #keys;
  #stop;
  /** @type {Set<string>} */
  #opening = new Set();

  /** What sealed notes say; null where this page cannot open one. @type {Signal<Map<string, string | null>>} by what is sealed */
  opened = signal(new Map());
  /** Whose consent was withdrawn last, of those whom this page saw. @type {Signal<Waiter | import('./types.js').Member | null>} */
  withdrawn = signal(null);
  /** Of who waits: his own waiting. @type {ReadonlySignal<import('./protocol.js').Stay>} */
  stay;
  /** Of who waits: what he writes can be read on the way. @type {ReadonlySignal<boolean>} */
  unsealed;
  lengthMost = lengthMost;

  /**
   * @param {Pick<import('./connection.js').Connection, 'request'>} connection
   * @param {import('./roster.js').Roster} roster
   * @param {Keys} keys
   */
  constructor(connection, roster, keys) {
    this.#connection = connection;
    this.#roster = roster;
    this.#keys = keys;
    this.stay = roster.stay;
    // Whose page cannot seal cannot open either: who was answered in clear answers so.
    this.unsealed = computed(() => !roster.stay.value.sealed || !!roster.stay.value.notes.findLast(({ from }) => from === 'counsellor')?.plain);
    this.#stop = effect(() => {
      for (const waiter of roster.waiting.value) void this.#open(waiter.notes ?? [], waiter);
      void this.#open(roster.stay.value.notes, null);
    });
  }

  /** @param {Note[]} notes @param {Waiter | null} waiter null: this page's person waits */
  async #open(notes, waiter) {
    for (const { from, sealed } of notes) {
      if (!sealed || this.#opening.has(sealed) || this.opened.peek().has(sealed)) continue;
      this.#opening.add(sealed);
      const text = await this.#keys.noteKey(waiter).then((key) => key && key.open(from, sealed)).catch(() => null);
      this.#opening.delete(sealed);
      /** @type {[string, string | null]} */
      const last = [sealed, text];
      this.opened.value = new Map([...this.opened.peek(), last].slice(-openedMost));
    }
  }

  /** What a note says: undefined before it is opened, null where it cannot be. @param {Note} note */
  read({ plain, sealed = '' }) {
    return plain ?? this.opened.value.get(sealed);
  }

  /** @param {string} text */
  fits(text) {
    return text.trim() !== '' && [...text].length <= lengthMost;
  }

  /** To those who moderate. @param {string} text @param {boolean} plain the person has read that it is not sealed @throws {import('./protocol.js').Refused} */
  async write(text, plain) {
    const key = this.unsealed.peek() ? null : await this.#keys.noteKey(null);
    if (!key && !plain) throw new Error('not sealed');
    await this.#connection.request('note', key ? { sealed: await key.seal('person', text) } : { plain: text });
  }

  /** Whether what is written to somebody who waits can be sealed. @param {Waiter} waiter @returns {Promise<boolean>} */
  async seals(waiter) {
    return (await this.#keys.noteKey(waiter)) !== null;
  }

  /** To somebody who waits. @param {Waiter} waiter @param {string} text @param {boolean} plain the counsellor has read that it is not sealed @throws {import('./protocol.js').Refused} */
  async writeTo(waiter, text, plain) {
    const key = await this.#keys.noteKey(waiter);
    if (!key && !plain) throw new Error('not sealed');
    await this.#connection.request('note', { to: waiter.participant, ...(key ? { sealed: await key.seal('counsellor', text) } : { plain: text }) });
  }

  /** @param {'alone' | 'accompanied'} company */
  say(company) {
    return this.#connection.request('company', { company });
  }

  /** Somebody else's consent was withdrawn. @param {string} participant */
  heard(participant) {
    this.withdrawn.value = [...this.#roster.waiting.peek(), ...this.#roster.members.peek()].find((one) => one.participant === participant) ?? null;
  }

  close() {
    this.#stop();
  }
}
