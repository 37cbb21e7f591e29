/**
 * The websocket of one participant: signing on, requests with their replies, and coming back when the line breaks.
 *
 * **It never gives up by itself.** A broken line is tried again with growing, scattered pauses until the server or the person ends it.
 * **Every request settles**: with its reply, with a code, or with `lost`. **One socket at a time**: what an older one still says is not heard.
 */
import { decode, encode, Refused } from './protocol.js';

const pingEvery = 5_000;
const silenceAllowed = 8_000;
/** A ping is given this long at least, whatever the timers of a page in the background did before. */
const pongWithin = 3_000;
/** After a change of network the old line is mostly dead: ask once, and do not wait long. */
const wokenWithin = 2_000;
const replyWithin = 10_000;
const backOffFirst = 200;
const backOffLast = 5_000;
const afterTooFast = 5_000;
/** A token or proof refused this often in a row is no longer a matter of an expired token. */
const refusalsAllowed = 3;
const pendingAllowed = 256;
/** Bytes that wait in the socket, beyond which the line is taken for dead. */
const bufferAllowed = 1 << 20;

/** @typedef {import('./protocol.js').Message} Message */

/** How it ended, with the token for the receipt where there is one. @typedef {{ phase: 'ended' | 'removed' | 'replaced' | 'left' | 'withdrawn', receipt?: string } | { phase: 'failed', code: string }} End */

/**
 * What the owner of a connection does for it. None of these may throw, `hello` excepted.
 * @typedef {object} Owner
 * @property {() => Promise<object>} hello
 *   the body of the first message, with a ticket or the resume token. Rejects with `Refused`: `unavailable` is tried again, all other codes end it.
 * @property {() => void} distrust the token of the last hello was refused: the next hello needs a new ticket
 * @property {(welcome: import('./protocol.js').Welcome) => void} onWelcome
 * @property {(event: Message) => void} onEvent
 * @property {() => void} onLost the line broke, or did not come to stand, and is being tried again: once until the next welcome
 * @property {(end: End) => void} onEnd called once; nothing comes after
 */

/** RFC 6455, section 7.4.1. */
const goodbye = 1000;

/** What a close code asks for; all others: resume. @type {Record<number, { end: End } | { distrust: true } | { wait: number }>} */
const closeCodes = {
  1000: { end: { phase: 'left' } },
  1009: { end: { phase: 'failed', code: 'bad_message' } },
  4400: { end: { phase: 'failed', code: 'bad_message' } },
  4401: { distrust: true },
  4403: { end: { phase: 'removed' } },
  4408: { distrust: true },
  4409: { end: { phase: 'replaced' } },
  4410: { end: { phase: 'ended' } },
  4429: { wait: afterTooFast },
};

export class Connection {
  #env;
  #owner;
  /** @type {'closed' | 'connecting' | 'open' | 'pausing'} */
  #state = 'closed';
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {Map<number, { resolve: (body: any) => void, reject: (error: Refused) => void, timer: any }>} */
  #pending = new Map();
  #nextId = 0;
  /** Marks what belongs to the present try; whatever carries an older mark comes too late. */
  #mark = 0;
  /** How often the line was tried since it last stood. */
  #tries = 0;
  #refusals = 0;
  #heard = 0;
  /** Until when the present try is given to come to stand. */
  #until = 0;
  /** @type {any} the one timer: of the pause, of the greeting, of the next ping or of its pong */
  #timer = null;
  /** @type {(() => void) | null} */
  #unwake = null;

  /** @param {Pick<import('./env.js').Env, 'WebSocket' | 'location' | 'setTimeout' | 'clearTimeout' | 'now' | 'random' | 'onWake'>} env @param {Owner} owner */
  constructor(env, owner) {
    this.#env = env;
    this.#owner = owner;
  }

  /** Signs on, and again whenever the line breaks. */
  open() {
    if (this.#state !== 'closed') return;
    this.#unwake = this.#env.onWake(() => this.#wake());
    void this.#connect();
  }

  /** @returns {boolean} whether requests reach the server now */
  get isOpen() {
    return this.#state === 'open';
  }

  /**
   * @param {string} type
   * @param {object} [body]
   * @returns {Promise<any>} the body of the reply
   * @throws {Refused}
   */
  request(type, body) {
    return new Promise((resolve, reject) => {
      if (this.#state !== 'open') return reject(new Refused('lost'));
      if (this.#pending.size >= pendingAllowed) return reject(new Refused('too_fast'));
      const id = ++this.#nextId;
      const timer = this.#env.setTimeout(() => {
        this.#pending.delete(id);
        reject(new Refused('lost'));
      }, replyWithin);
      this.#pending.set(id, { resolve, reject, timer });
      this.#send(encode(type, body, id));
    });
  }

  /** Says something that needs no reply; on a broken line it is dropped. @param {string} type @param {object} [body] */
  tell(type, body) {
    if (this.#state === 'open') this.#send(encode(type, body));
  }

  /** Something else gives reason to think that the line is dead: it is asked once, and not waited for long. */
  doubt() {
    if (this.#state === 'open') this.#ping(wokenWithin);
  }

  /** Ends it from this side, without `onEnd`. */
  close() {
    // The server tells a page that goes from a line that is lost by what the page says.
    this.#stop(goodbye);
  }

  async #connect() {
    this.#state = 'connecting';
    const mark = ++this.#mark;
    this.#until = this.#env.now() + replyWithin;
    this.#arm(replyWithin, () => this.#lose());
    let body;
    try {
      body = await this.#owner.hello();
    } catch (error) {
      if (mark !== this.#mark) return;
      const code = error instanceof Refused ? error.code : 'internal';
      if (code === 'unavailable' || code === 'too_fast') this.#pause(code === 'too_fast' ? afterTooFast : undefined);
      else this.#end({ phase: 'failed', code });
      return;
    }
    if (mark !== this.#mark) return;
    const { protocol, host } = this.#env.location;
    const socket = new this.#env.WebSocket(`${protocol === 'https:' ? 'wss' : 'ws'}://${host}/ws`);
    this.#socket = socket;
    this.#nextId = 1;
    socket.onopen = () => this.#send(encode('hello', body, 1));
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onclose = ({ code }) => this.#closed(code);
  }

  /** @param {string} text */
  #send(text) {
    // Of one that is closing the end is about to be told; what waits for a reply is settled then.
    if (!this.#socket || this.#socket.readyState >= 2) return;
    if (this.#socket.bufferedAmount > bufferAllowed) return this.#lose();
    this.#socket.send(text);
  }

  /** @param {unknown} data */
  #receive(data) {
    this.#heard = this.#env.now();
    const result = decode(data);
    // A type of a newer server, or a fault of this one: to go on without it serves the person better than to hang up.
    if (!('message' in result)) return;
    const { message } = result;
    if (this.#state === 'connecting') return this.#greeted(message);
    if (message.id === undefined) return this.#event(message);
    const request = this.#pending.get(message.id);
    if (!request) return;
    this.#pending.delete(message.id);
    this.#env.clearTimeout(request.timer);
    if (message.type === 'error') request.reject(new Refused(message.body.code));
    else request.resolve(message.body);
  }

  /** @param {Message} message the reply to hello, or the reason why there is none */
  #greeted(message) {
    if (message.type === 'welcome') {
      this.#state = 'open';
      this.#tries = 0;
      this.#refusals = 0;
      this.#armPing();
      this.#owner.onWelcome(message.body);
    } else if (message.type === 'error') {
      this.#refused(message.body.code);
    } else {
      this.#event(message);
    }
  }

  /** @param {string} code of the reply to hello */
  #refused(code) {
    if (code === 'token' || code === 'proof') {
      if (++this.#refusals >= refusalsAllowed) return this.#end({ phase: 'failed', code });
      this.#owner.distrust();
      return this.#lose();
    }
    if (code === 'unavailable' || code === 'internal') return this.#lose();
    if (code === 'too_fast') return this.#lose(afterTooFast);
    this.#end({ phase: 'failed', code });
  }

  /** @param {Message} message */
  #event(message) {
    const { type } = message;
    if (type === 'ended' && message.body?.receipt) this.#end({ phase: type, receipt: message.body.receipt });
    else if (type === 'removed' || type === 'ended' || type === 'replaced') this.#end({ phase: type });
    else if (type !== 'error') this.#owner.onEvent(message);
  }

  /** @param {number} code */
  #closed(code) {
    const asked = closeCodes[code] ?? {};
    if ('end' in asked) return this.#end(asked.end);
    if ('distrust' in asked) {
      if (++this.#refusals >= refusalsAllowed) return this.#end({ phase: 'failed', code: 'token' });
      this.#owner.distrust();
    }
    this.#lose('wait' in asked ? asked.wait : undefined);
  }

  /** The line is broken: forget it and try again. @param {number} [wait] ms, where the server asked for a pause */
  #lose(wait) {
    this.#drop();
    this.#pause(wait);
  }

  /** @param {number} [wait] ms */
  #pause(wait) {
    this.#state = 'pausing';
    const longest = Math.min(backOffLast, backOffFirst * 2 ** Math.min(this.#tries++, 10));
    // Scattered over the upper half, or all clients of a restarted node would come back in the same moment.
    this.#arm(wait ?? longest * (0.5 + 0.5 * this.#env.random()), () => void this.#connect());
    if (this.#tries === 1) this.#owner.onLost();
  }

  /** Something happened that makes a test of the line, or a new try, worth while now. */
  #wake() {
    if (this.#state === 'open') this.doubt();
    else if (this.#state === 'pausing' && this.#tries > 1) {
      this.#tries = 1;
      this.#arm(backOffFirst, () => void this.#connect());
    } else if (this.#state === 'connecting' && this.#tries > 0) {
      // A try that began on the old network finds nobody there.
      this.#until = Math.min(this.#until, this.#env.now() + wokenWithin);
      this.#arm(this.#until - this.#env.now(), () => this.#lose());
    }
  }

  #armPing() {
    this.#arm(pingEvery, () => this.#ping());
  }

  /** @param {number} [within] ms in which anything must be heard, where the line is under suspicion */
  #ping(within) {
    const sent = this.#env.now();
    this.#send(encode('ping', undefined, ++this.#nextId));
    if (this.#state !== 'open') return;
    const check = () => {
      if (this.#heard >= sent) return this.#armPing();
      const left = within ? 0 : this.#heard + silenceAllowed - this.#env.now();
      if (left > 0) this.#arm(left, check);
      else this.#lose();
    };
    this.#arm(within ?? pongWithin, check);
  }

  /** @param {number} ms @param {() => void} then */
  #arm(ms, then) {
    this.#env.clearTimeout(this.#timer);
    this.#timer = this.#env.setTimeout(then, ms);
  }

  /** Lets go of the socket and of everything that waits for it. @param {number} [code] of the close frame */
  #drop(code) {
    this.#mark++;
    this.#env.clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close(code);
    }
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject, timer } of pending) {
      this.#env.clearTimeout(timer);
      reject(new Refused('lost'));
    }
  }

  /** @param {number} [code] */
  #stop(code) {
    this.#state = 'closed';
    this.#unwake?.();
    this.#unwake = null;
    this.#drop(code);
  }

  /** @param {End} end */
  #end(end) {
    this.#stop();
    this.#owner.onEnd(end);
  }
}
