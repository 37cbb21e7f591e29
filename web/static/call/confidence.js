/**
 * How closed the call is to everybody outside, and what its people do about it.
 *
 * **What closes it is loaded with the first hello** (secrecy.js), while the person waits anyway; where it does not come there is no call yet, rather than
 * an open one (`parts`). Owner of the signals `lock`, `known`, `labels`, `name` and `words`.
 */
import { signal } from '../third_party/preact.js';
import { groupOf } from './groups.js';
import { Refused } from './protocol.js';

/** @typedef {import('./secrecy.js').Secrecy} Secrecy */
/** @typedef {import('./types.js').Member} Member */

const mostFailures = 3;
const knownRoles = new Set(['counsellor', 'co-counsellor', 'specialist', 'interpreter', 'companion', 'client']);

/** @typedef {import('../e2ee/circle.js').Circle['people']} Known */

/**
 * People as the screens call them: of who is in by signature the role is the signed one, moderation is lent where that is signed, and the name is his own.
 * @param {Member[]} members as the server says @param {Known} known
 * @returns {Member[]}
 */
export function stated(members, known) {
  return members.map((member) => {
    const { role, name = '', lent = false } = known[member.participant] ?? {};
    if (!role) return member;
    return { ...member, ...(lent && { lent }), role: /** @type {Member['role']} */ (knownRoles.has(role) ? role : 'client'), ...(name && { name: { plain: name } }) };
  });
}

/**
 * Whether nothing of this page's person leaves the device, whatever is switched on: it would not be protected.
 * @param {import('./secrecy.js').Lock} lock @param {number} others how many there are
 */
export function isUnsent({ state, who }, others) {
  if (state === 'unable') return others > 0 && (who.length === 0 || who.length === others);
  return state === 'asked' || state === 'broken';
}

/**
 * @typedef {object} Around
 * @property {(participant: string, sealed: string) => void} relay
 * @property {(through: import('./secrecy.js').Through) => void} lead
 * @property {(room: string) => Promise<import('../e2ee/bytes.js').Bytes | null>} secretsOf the secret of a room that a signed-in counsellor enters
 * @property {(participant: string, content: import('../e2ee/channel.js').Message) => void} onSaid
 */

export class Confidence {
  #env;
  #around;
  #load;
  /** @type {Promise<Secrecy> | null} */
  #coming = null;
  /** @type {Secrecy | null} */
  #secrecy = null;
  /** Who is introduced: what an older seat brings comes too late. */
  #round = 0;
  /** How often it did not come. */
  #failures = 0;

  /** @type {import('../third_party/preact.js').Signal<import('./secrecy.js').Lock>} */
  lock = signal({ state: 'alone', who: [], unknown: [] });
  /** Of those who are in by signature, which the server's word gives way to. @type {import('../third_party/preact.js').Signal<Known>} */
  known = signal({});
  /** Moderation is lent to this page's person, by the signature of somebody who speaks for the room. @type {import('../third_party/preact.js').Signal<boolean>} */
  lent = signal(false);
  /** What people are called in words that are sealed with the room's secret, where this page knows it. @type {import('../third_party/preact.js').Signal<Map<string, string>>} by what is sealed */
  labels = signal(new Map());
  /** What this page's person wants to be called; empty: by the role. @type {import('../third_party/preact.js').Signal<string>} */
  name = signal('');
  /** Two words of a list of 256, to be compared by voice with somebody. @type {import('../third_party/preact.js').Signal<{ participant: string, words: [number, number], lang: string, session: string } | null>} */
  words = signal(null);

  /**
   * @param {import('./env.js').Env} env
   * @param {Around} around
   * @param {() => Promise<Pick<typeof import('./secrecy.js'), 'Secrecy'>>} [load]
   */
  constructor(env, around, load = () => import('./secrecy.js')) {
    this.#env = env;
    this.#load = load;
    this.#around = around;
  }

  /** @param {import('./seat.js').Seat} seat @returns {Promise<string>} how its page introduces itself @throws {Refused} */
  async introduce(seat) {
    this.#coming ??= this.#bring(seat, this.#round);
    try {
      return (await this.#coming).identity;
    } catch {
      this.#coming = null;
      // Browsers remember modules that did not come (HTML, "fetch a single module script"): trying again helps a new page alone.
      throw new Refused(++this.#failures < mostFailures ? 'unavailable' : 'parts');
    }
  }

  /** @param {import('./seat.js').Seat} seat @param {number} round */
  async #bring(seat, round) {
    this.name.value = seat.name;
    const { Secrecy } = await this.#load();
    const { relay, lead, secretsOf, onSaid } = this.#around;
    const room = seat.room ? await secretsOf(seat.room) : null;
    const secrecy = await Secrecy.of(this.#env, seat, room, {
      relay,
      onThrough: (through) => round === this.#round && lead(through),
      onLock: (lock) => round === this.#round && (this.lock.value = lock),
      onPeople: (known) => round === this.#round && (this.known.value = known),
      onLent: (lent) => round === this.#round && (this.lent.value = lent),
      onLabels: (labels) => round === this.#round && (this.labels.value = labels),
      // Those that somebody is reading are not exchanged for others.
      onWords: (participant, words, lang, session) => round === this.#round && !this.words.peek() && (this.words.value = { participant, words, lang, session }),
      onSaid: (participant, content) => round === this.#round && onSaid(participant, content),
    });
    if (round === this.#round) this.#secrecy = secrecy;
    else secrecy.close();
    return secrecy;
  }

  /** In the room, or waiting before it. @param {import('./protocol.js').Welcome} welcome */
  begin(welcome) {
    this.#secrecy?.begin(welcome);
  }

  /**
   * Who is here, what holds for the room, and who waits, as the server says.
   * @param {Member[]} members @param {import('./protocol.js').Room} room @param {import('./types.js').Waiter[]} waiting
   * @param {number} [group] that this page's person is in
   */
  people(members, { held, frozen = false, reentry = 0, names = 'none' }, waiting, group = 0) {
    this.#secrecy?.hold(held, frozen);
    this.#secrecy?.naming(names);
    this.#secrecy?.comeBack(reentry * 1_000);
    this.#secrecy?.learn([...waiting, ...members]);
    this.#secrecy?.members(members.map((member) => ({ ...member, apart: groupOf(member) !== group })));
    const { participant } = this.words.peek() ?? {};
    if (participant && !members.some((one) => one.participant === participant)) this.words.value = null;
  }

  /** Gives the clear text of a label, empty where this page cannot read it; whoever asks while rendering is rendered again. @param {import('./types.js').Text} text */
  read = (text) => ('plain' in text ? text.plain : (this.labels.value.get(text.sealed) ?? ''));

  /** @param {{ from: string, sealed: string }} message */
  hear(message) {
    this.#secrecy?.hear(message);
  }

  /** This page's counsellor lets in who waits, or goes on with who is in the room and was let in by nobody known. @param {import('./types.js').Waiter | Member | undefined} person as he is shown */
  admit(person) {
    if (person) this.#secrecy?.admit(person);
  }

  /** What this page's person wants to be called, for those who are in. @param {string} name empty: by the role @returns {boolean} false: the room's rule has no room for it */
  callMe(name) {
    const keeps = this.#secrecy?.callMe(name) ?? true;
    if (keeps) this.name.value = name;
    return keeps;
  }

  /** What notes between somebody who waits and this page are sealed by. @param {import('./types.js').Waiter | null} waiter null: this page's person waits */
  async noteKey(waiter) {
    return (await this.#secrecy?.noteKey(waiter)) ?? null;
  }

  /** To somebody who is in, sealed for him alone. @param {string} participant @param {import('../e2ee/channel.js').Message} content */
  say(participant, content) {
    this.#secrecy?.say(participant, content);
  }

  /** This page's counsellor puts somebody back, or removes him. @param {string} participant */
  dismiss(participant) {
    this.#secrecy?.dismiss(participant);
  }

  /** This page's counsellor lends moderation to somebody, or takes it back. @param {string} participant @param {boolean} on */
  lend(participant, on) {
    this.#secrecy?.lend(participant, on);
  }

  /** This page's counsellor agrees that it goes on without end-to-end encryption, since somebody's browser cannot; or no longer. @param {boolean} on */
  open(on) {
    return this.#secrecy?.open(on);
  }

  /** This page's person goes on without end-to-end encryption, on the word of somebody who has proven nothing to this page. */
  agree() {
    this.#secrecy?.agree();
  }

  /** This page's counsellor wants to compare two words with somebody. @param {string} participant @param {string} lang */
  compare(participant, lang) {
    return this.#secrecy?.compare(participant, lang);
  }

  /** What came of it. @param {boolean} same */
  compared(same) {
    const compared = this.words.peek();
    this.words.value = null;
    if (same && compared) void this.#secrecy?.same(compared.participant, compared.session);
  }

  /** Nothing is led anywhere; whoever sits down next is introduced anew. */
  end() {
    this.#round++;
    this.#secrecy?.close();
    this.#secrecy = this.#coming = null;
    this.#around.lead(null);
    this.lock.value = { state: 'alone', who: [], unknown: [] };
    this.known.value = {};
    this.lent.value = false;
    this.labels.value = new Map();
    this.name.value = '';
    this.words.value = null;
  }
}
