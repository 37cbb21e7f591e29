/**
 * What stands beside the call and is loaded while the person waits: what people write and hand over, the silent sign, and what goes between the waiting room and those
 * who moderate.
 *
 * **No call is kept waiting for it**, and what did not come can be asked for again. **It ends with the media**: of what was written nothing stays.
 * Owner of the signals `chat`, `signs` and `reception`.
 */
import { computed, signal } from '../third_party/preact.js';

export class Beside {
  #env;
  #connection;
  #roster;
  #confidence;
  #people;
  #lent;

  /** @type {import('../third_party/preact.js').Signal<import('./chat.js').Chat | null>} null before it has come; so are the others */
  chat = signal(null);
  /** Comes with it. @type {import('../third_party/preact.js').Signal<import('./signs.js').Signs | null>} */
  signs = signal(null);
  /** @type {import('../third_party/preact.js').Signal<import('./reception.js').Reception | null>} */
  reception = signal(null);

  /**
   * @param {import('./env.js').Env} env
   * @param {Pick<import('./connection.js').Connection, 'request'>} connection
   * @param {import('./roster.js').Roster} roster
   * @param {import('./confidence.js').Confidence} confidence
   * @param {Record<'members' | 'everybody', import('../third_party/preact.js').ReadonlySignal<import('./types.js').Member[]>>} people as the screens call them: of one's own group, and of all
   * @param {import('../third_party/preact.js').ReadonlySignal<boolean>} lent moderation is lent to this page's person
   */
  constructor(env, connection, roster, confidence, people, lent) {
    this.#env = env;
    this.#connection = connection;
    this.#roster = roster;
    this.#confidence = confidence;
    this.#people = people;
    this.#lent = lent;
  }

  /** Rejects when it does not come now. */
  async bringChat() {
    const [{ Chat }, { Signs }] = await Promise.all([import('./chat.js'), import('./signs.js')]);
    const { room } = this.#roster;
    const lent = this.#lent;
    const me = computed(() => this.#roster.me.value && { ...this.#roster.me.value, lent: lent.value });
    // What is written stays in the group. A sign reaches whoever moderates, wherever he is.
    const { members, everybody } = this.#people;
    const rule = computed(() => room.value.chat ?? 'counsellors');
    const say = (/** @type {string} */ to, /** @type {import('../e2ee/channel.js').Message} */ content) => this.#confidence.say(to, content);
    this.chat.value ??= new Chat(this.#env, { me, members, room, rule, say });
    this.signs.value ??= new Signs(this.#env, { me, members: everybody, room, say });
  }

  /** As `bringChat`. */
  async bringReception() {
    const { Reception } = await import('./reception.js');
    this.reception.value ??= new Reception(this.#connection, this.#roster, this.#confidence);
  }

  /** Somebody who is in has said something. @param {string} from @param {import('../e2ee/channel.js').Message} content */
  hear(from, content) {
    (content.type === 'sign' ? this.signs : this.chat).peek()?.hear(from, content);
  }

  /** What was written is gone. */
  end() {
    this.chat.peek()?.end();
    this.signs.peek()?.end();
  }

  close() {
    this.chat.peek()?.close();
    this.reception.peek()?.close();
    this.signs.peek()?.close();
  }
}
