/**
 * The silent sign: somebody who is not alone in front of the screen tells those who moderate, and nobody else, that speaking freely is not possible now.
 *
 * **Sealed for each of them** (e2ee/README.md, "The silent sign"): the server cannot tell it from anything else that pages say to each other. **Both pages keep the rule**, by which
 * the policy has it. **A tick is not shown before somebody has it**, for nothing is worse than a sign that was thought to be seen.
 */
import { computed, effect, signal } from '../third_party/preact.js';
import { Allowances } from './allowance.js';
import { isId, newId } from './message.js';
import { mayModerate } from './role.js';

/** @typedef {import('./types.js').Member} Member */
/** @template T @typedef {import('../third_party/preact.js').ReadonlySignal<T>} ReadonlySignal */

/** Said again after these times, and given up after the last, in ms: as a message of the chat. */
const again = [2_000, 4_500, 7_000, 10_000];
/** How long it is shown what came of it, in ms. */
const shownFor = 3_000;
/** Answers to one person, in how many ms. */
const answers = 5;
const answersWithin = 1_000;

export class Signs {
  #env;
  #me;
  #members;
  #room;
  #say;
  #stop;
  /** Of the one on its way. */
  #id = '';
  /** @type {any} */ #timer = null;
  #heard = new Allowances(answers, answersWithin);
  /** Whether a screen shows what is given. */
  #shown = false;

  /** @type {import('../third_party/preact.js').Signal<'none' | 'going' | 'there' | 'failed'>} of one's own */
  own = signal(/** @type {'none' | 'going' | 'there' | 'failed'} */ ('none'));
  /** For who moderates: who has given one that was not put away yet, with the time of the last (ms since 1970). @type {import('../third_party/preact.js').Signal<{ member: Member, at: number }[]>} */
  given = signal(/** @type {{ member: Member, at: number }[]} */ ([]));
  /** Whether this page's person may give one now. @type {ReadonlySignal<boolean>} */
  may;

  /**
   * @param {Pick<import('./env.js').Env, 'setTimeout' | 'clearTimeout' | 'now'>} env
   * @param {{
   *   say: (to: string, content: import('../e2ee/channel.js').Message) => void, me: ReadonlySignal<{ participant: string, role: import('./types.js').Role } | null>,
   *   members: ReadonlySignal<Member[]>, room: ReadonlySignal<import('./protocol.js').Room>,
   * }} around say: sealed for somebody who is in
   */
  constructor(env, { say, me, members, room }) {
    this.#env = env;
    this.#say = say;
    this.#me = me;
    this.#members = members;
    this.#room = room;
    this.may = computed(() => !!room.value.silent_sign && !!me.value && !mayModerate(me.value.role) && this.#readers().length > 0);
    // Who has gone needs nothing any more.
    this.#stop = effect(() => {
      const here = new Set(members.value.map(({ participant }) => participant));
      if (this.given.peek().some(({ member }) => !here.has(member.participant))) this.given.value = this.given.peek().filter(({ member }) => here.has(member.participant));
    });
  }

  #readers() {
    return this.#members.value.filter(({ role, identity }) => mayModerate(role) && identity);
  }

  /** Nothing happens while one is on its way. */
  give() {
    if (!this.may.peek() || this.own.peek() === 'going') return;
    this.#id = newId();
    this.#become('going');
    this.#tell(0);
  }

  /** @param {number} n how often it was said */
  #tell(n) {
    for (const { participant } of this.#readers()) this.#say(participant, { type: 'sign', id: this.#id });
    const wait = again[n] - (again[n - 1] ?? 0);
    this.#timer = this.#env.setTimeout(() => (n + 1 < again.length ? this.#tell(n + 1) : this.#become('failed')), wait);
  }

  /** @param {'none' | 'going' | 'there' | 'failed'} state */
  #become(state) {
    this.#env.clearTimeout(this.#timer);
    this.own.value = state;
    if (state === 'there' || state === 'failed') this.#timer = this.#env.setTimeout(() => this.#become('none'), shownFor);
  }

  /** Somebody who is in has said something of this to this page. @param {string} participant @param {import('../e2ee/channel.js').Message} content */
  hear(participant, { id, got }) {
    const [me, from] = [this.#me.peek(), this.#members.peek().find((one) => one.participant === participant)];
    if (!me || !from || !this.#room.peek().silent_sign) return;
    if (isId(got)) {
      if (got === this.#id && mayModerate(from.role) && this.own.peek() === 'going') this.#become('there');
    } else if (isId(id) && mayModerate(me.role) && !mayModerate(from.role) && this.#heard.take(participant, this.#env.now())) {
      if (this.#shown) this.#say(participant, { type: 'sign', got: id });
      this.given.value = [...this.given.peek().filter(({ member }) => member.participant !== participant), { member: from, at: this.#env.now() }];
    }
  }

  /** A screen shows what is given, or no longer: before that nothing is answered, and whoever gave the sign says it again. @param {boolean} shown */
  show(shown) {
    this.#shown = shown;
  }

  /** Whoever moderates has read it. @param {string} participant */
  putAway(participant) {
    this.given.value = this.given.peek().filter(({ member }) => member.participant !== participant);
  }

  /** All of it is gone: the call is over for this page, or its person was put back. */
  end() {
    this.#env.clearTimeout(this.#timer);
    this.#id = '';
    this.#heard.clear();
    this.own.value = 'none';
    this.given.value = [];
  }

  /** Nothing is listened to any more. */
  close() {
    this.end();
    this.#stop();
  }
}
