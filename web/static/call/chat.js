/**
 * What people in the call write to each other and hand over.
 *
 * **Said to each of those who are in, and to nobody else**: a message to the room is the same one sealed for each (e2ee/circle.js), so who comes later has nothing of
 * it. **Who wrote knows who has it**: each page answers; what is not answered is said again, then shown. **Nothing is kept**: it is in this page's memory, bounded,
 * and gone with the call. Loaded with the first hello; owner of the signals below, and of `files`.
 */
import { computed, effect, signal } from '../third_party/preact.js';
import { Allowance, Allowances } from './allowance.js';
import { openMost } from './file_list.js';
import { accepted, kindNames, sizeMost } from './file_rules.js';
import { Files } from './files.js';
import { addressees, isLimited, lengthMost, mayWrite, newId, perSecond, readMessage } from './message.js';
import { Pace } from './pace.js';

/** @typedef {import('./types.js').Member} Member */
/** @typedef {import('./types.js').Role} Role */
/** @template T @typedef {import('../third_party/preact.js').ReadonlySignal<T>} ReadonlySignal */

/**
 * @typedef {object} Message
 * @property {string} id
 * @property {number} at when it was written here, or came here, ms
 * @property {Member | null} from null: from this page's person
 * @property {Member | null} to of one's own: the one person it is for; null: the room
 * @property {boolean} private
 * @property {boolean} limited for those alone who moderate, although others are there
 * @property {string} text as it came: clean it (ui/written.js) before it is shown
 * @property {'going' | 'there' | 'failed'} state of one's own
 * @property {Member[]} missing who does not have it, once it failed
 */

/** Messages that are kept; the oldest go. */
const keptMost = 500;
/** When it is said again to who has not answered, ms after it was written; and when it is called not delivered. */
const again = [2_000, 4_500, 7_000];
const failedAfter = 10_000;
/** Of one person: what may be written, over a stretch that a weak line may take at once. */
const heardWithin = 3_000;
/** More says that wait for their turn: the next message waits as well. */
const crowded = 30;

/** One that is on its way. */
class Delivery {
  /** @type {any} */ timer = null;
  n = 0;

  /** @param {import('../e2ee/channel.js').Message} content @param {Member[]} people */
  constructor(content, people) {
    this.content = content;
    /** Who has not answered. @type {Map<string, Member>} */
    this.due = new Map(people.map((one) => [one.participant, one]));
    /** Who went without an answer. @type {Member[]} */
    this.gone = [];
  }
}

export class Chat {
  #env;
  #me;
  #members;
  #rule;
  #pace;
  #own = new Allowance(perSecond, 1_000);
  #heard = new Allowances((perSecond * heardWithin) / 1_000, heardWithin);
  /** By message. @type {Map<string, Delivery>} */
  #deliveries = new Map();
  /** By sender and message: each is shown once. */
  #known = new Set();
  #watched = false;
  /** @type {any} */ #waiting = null;
  #stop;

  /** In the order in which they were written or came. @type {import('../third_party/preact.js').Signal<Message[]>} */
  messages = signal([]);
  /** What came and was not looked at, files among it. */
  unread = signal(0);
  /** What came last, to be read out. @type {import('../third_party/preact.js').Signal<Message | import('./file_list.js').FileEntry | null>} */
  latest = signal(null);
  /** Whether the next one has to wait a moment. */
  busy = signal(false);
  /** Why nothing can be written now. @type {ReadonlySignal<'held' | 'paused' | 'alone' | null>} */
  closed;
  /** Whom one may write to. @type {ReadonlySignal<ReturnType<typeof addressees>>} */
  addressees;
  files;
  /** For text fields and pickers, and to be said beforehand. */
  limits = { length: lengthMost, files: { accepted, kinds: kindNames, size: sizeMost, open: openMost } };

  /**
   * @param {Pick<import('./env.js').Env, 'setTimeout' | 'clearTimeout' | 'now'>} env
   * @param {{
   *   say: (to: string, content: import('../e2ee/channel.js').Message) => void,
   *   me: ReadonlySignal<{ role: Role } | null>, members: ReadonlySignal<Member[]>, room: ReadonlySignal<{ held: boolean, paused: boolean }>,
   *   rule: ReadonlySignal<import('./message.js').Rule>,
   * }} around say: sealed for somebody who is in; rule: the policy's
   */
  constructor(env, { say, me, members, room, rule }) {
    this.#env = env;
    this.#me = me;
    this.#members = members;
    this.#rule = rule;
    this.#pace = new Pace(env, say);
    this.files = new Files(env, { say, pace: this.#pace, onOffer: (entry) => this.#news(entry) });
    this.addressees = computed(() => (me.value ? addressees(me.value, members.value, rule.value) : { room: [], alone: [], limited: false }));
    this.closed = computed(() => {
      const { held, paused } = room.value;
      return paused ? 'paused' : held ? 'held' : this.addressees.value.room.length === 0 ? 'alone' : null;
    });
    const unmeet = effect(() => this.#people(members.value));
    const unclose = effect(() => this.files.close(this.#shut(room.value)));
    this.#stop = () => [unmeet, unclose].forEach((stop) => stop());
  }

  /** @param {{ held: boolean, paused: boolean }} room */
  #shut({ held, paused }) {
    return held || paused;
  }

  /**
   * @param {string} text
   * @param {string | null} [to] a participant; null: all in the room
   * @returns {boolean} whether it is on its way: else it was too long, too soon, or there is nobody to have it
   */
  write(text, to = null) {
    const people = this.#peopleOf(to);
    if (this.closed.peek() || people.length === 0 || text.trim() === '' || text.length > lengthMost) return false;
    const now = this.#env.now();
    if (this.busy.peek() || !this.#own.take(now)) return false;
    const id = newId();
    this.#keep({ id, at: now, from: null, to: to === null ? null : people[0], private: to !== null, limited: to === null && this.addressees.peek().limited, text, state: 'going', missing: [] });
    this.#deliver(new Delivery({ type: 'chat', id, text, ...(to !== null && { private: true }) }, people));
    this.#pause();
    return true;
  }

  /** @param {string | null} to */
  #peopleOf(to) {
    const { room, alone } = this.addressees.peek();
    return to === null ? room : alone.filter(({ participant }) => participant === to);
  }

  /**
   * Whom a file would go to, and what they would see it called: to be asked about before it goes to several.
   * @param {import('./file_list.js').Source} source
   * @param {string | null} [to] a participant; null: all in the room
   * @returns {Promise<import('./file_giving.js').Refused | { name: string, people: Member[] }>}
   */
  async check(source, to = null) {
    const checked = await this.files.check(source, this.#peopleOf(to));
    if (typeof checked === 'string') return checked;
    const people = this.#peopleOf(to);
    return this.closed.peek() || people.length === 0 ? 'nobody' : { name: checked.name, people };
  }

  /**
   * Offers a file.
   * @param {import('./file_list.js').Source} source
   * @param {string | null} [to] a participant; null: all in the room
   * @param {Member[]} [asked] of the room, those alone whom the person was asked about: who has come since is given nothing
   * @returns {Promise<import('./file_giving.js').Offered>}
   */
  async give(source, to = null, asked = this.#peopleOf(to)) {
    const people = this.#peopleOf(to).filter(({ participant }) => asked.some((one) => one.participant === participant));
    return this.closed.peek() || people.length === 0 ? 'nobody' : this.files.offer(source, people, to !== null);
  }

  /** Once more, to those of who did not get it who are here. @param {string} id */
  again(id) {
    const message = this.messages.peek().find((one) => one.id === id);
    if (message?.state !== 'failed' || this.closed.peek()) return;
    const { room, alone } = this.addressees.peek();
    const reached = message.private && alone.length > 0 ? alone : room;
    const people = reached.filter(({ participant }) => message.missing.some((one) => one.participant === participant));
    if (people.length === 0 || !this.#own.take(this.#env.now())) return;
    this.#change(id, { state: 'going', missing: message.missing.filter((one) => !people.some(({ participant }) => participant === one.participant)) });
    this.#deliver(new Delivery({ type: 'chat', id, text: message.text, ...(message.private && { private: true }) }, people));
    this.#pause();
  }

  /** The next one waits until it is its turn. */
  #pause() {
    this.#env.clearTimeout(this.#waiting);
    const wait = Math.max(this.#own.wait(this.#env.now()), this.#pace.waiting > crowded ? 500 : 0);
    this.busy.value = wait > 0;
    this.#waiting = wait > 0 ? this.#env.setTimeout(() => this.#pause(), wait) : null;
  }

  /** @param {Delivery} delivery */
  #deliver(delivery) {
    const { id } = delivery.content;
    this.#deliveries.set(id, delivery);
    const say = () => {
      for (const to of delivery.due.keys()) this.#pace.put(to, delivery.content, id);
      const at = again[delivery.n - 1] ?? 0;
      const next = again[delivery.n++];
      delivery.timer = this.#env.setTimeout(next === undefined ? () => this.#settle(id, true) : say, (next ?? failedAfter) - at);
    };
    say();
  }

  /** @param {string} id @param {boolean} late whether nobody is waited for any longer */
  #settle(id, late) {
    const delivery = this.#deliveries.get(id);
    if (!delivery || (delivery.due.size > 0 && !late)) return;
    this.#env.clearTimeout(delivery.timer);
    this.#deliveries.delete(id);
    const before = this.messages.peek().find((one) => one.id === id)?.missing ?? [];
    const missing = [...before, ...delivery.gone, ...delivery.due.values()];
    this.#change(id, { state: missing.length > 0 ? 'failed' : 'there', missing });
  }

  /** @param {string} id @param {Partial<Message>} news */
  #change(id, news) {
    this.messages.value = this.messages.peek().map((one) => (one.id === id ? { ...one, ...news } : one));
  }

  /** @param {Message} message */
  #keep(message) {
    this.messages.value = [...this.messages.peek(), message].slice(-keptMost);
  }

  /** Somebody who is in has said something to this page. @param {string} participant @param {import('../e2ee/channel.js').Message} content */
  hear(participant, { type, ...content }) {
    const [me, from] = [this.#me.peek(), this.#members.peek().find((one) => one.participant === participant)];
    if (!me || !from) return;
    const may = (/** @type {boolean} */ alone) => mayWrite(from, me, alone, this.#rule.peek());
    const shut = this.closed.peek() === 'held' || this.closed.peek() === 'paused';
    if (type === 'file') {
      if (!shut) this.files.hear(from, content, may);
      return;
    }
    const said = type === 'chat' ? readMessage(content) : null;
    if (!said) return;
    if ('got' in said) {
      this.#deliveries.get(said.got)?.due.delete(participant);
      this.#settle(said.got, false);
    } else if (!shut && may(said.private) && this.#heard.take(participant, this.#env.now())) {
      this.#take(from, said);
    }
  }

  /** @param {Member} from @param {{ id: string, text: string, private: boolean }} said */
  #take(from, { id, text, private: alone }) {
    this.#pace.put(from.participant, { type: 'chat', got: id }, `got ${id}`);
    const key = `${from.participant} ${id}`;
    if (this.#known.has(key)) return;
    this.#known.add(key);
    if (this.#known.size > 2 * keptMost) this.#known.delete(this.#known.values().next().value);
    const others = this.#members.peek().filter((one) => one !== from);
    /** @type {Message} */
    const message = { id: key, at: this.#env.now(), from, to: null, private: alone, limited: !alone && isLimited(from, others, this.#rule.peek()), text, state: 'there', missing: [] };
    this.#keep(message);
    this.#news(message);
  }

  /** @param {Message | import('./file_list.js').FileEntry} what */
  #news(what) {
    if (!this.#watched) this.unread.value++;
    this.latest.value = what;
  }

  /** Whether the person looks at it now. @param {boolean} watched */
  watch(watched) {
    this.#watched = watched;
    if (watched) this.unread.value = 0;
  }

  /** Who has gone is not waited for. @param {Member[]} members */
  #people(members) {
    const here = new Set(members.map(({ participant }) => participant));
    for (const [id, delivery] of [...this.#deliveries]) {
      for (const [participant, member] of delivery.due) {
        if (here.has(participant)) continue;
        delivery.due.delete(participant);
        delivery.gone.push(member);
      }
      this.#settle(id, false);
    }
    this.#heard.keep(members);
    this.files.people(members);
  }

  /** All of it is gone: the call is over for this page, or its person was put back. */
  end() {
    for (const { timer } of this.#deliveries.values()) this.#env.clearTimeout(timer);
    this.#deliveries.clear();
    this.#pace.end();
    this.#env.clearTimeout(this.#waiting);
    this.#heard.clear();
    this.#known.clear();
    this.files.end();
    this.messages.value = [];
    this.unread.value = 0;
    this.latest.value = null;
    this.busy.value = false;
  }

  /** Nothing is listened to any more. */
  close() {
    this.end();
    this.#stop();
  }
}
