/* An invented world for the engine's tests: a clock that moves when told, sockets and peer connections that remember what was done to them. */

/** Lets everything that is already settled run on. */
export async function settle() {
  for (let i = 0; i < 50; i++) await Promise.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  for (let i = 0; i < 50; i++) await Promise.resolve();
}

/** Time that stands still until `advance`. */
export class Clock {
  time = 1_795_340_000_000;
  /** @type {{ at: number, callback: () => void }[]} */
  timers = [];

  now = () => this.time;

  /** @param {() => void} callback @param {number} ms */
  setTimeout = (callback, ms) => {
    const timer = { at: this.time + ms, callback };
    this.timers.push(timer);
    return timer;
  };

  /** @param {any} timer */
  clearTimeout = (timer) => {
    this.timers = this.timers.filter((other) => other !== timer);
  };

  /** Runs what falls due, in order, and lets the world settle in between. @param {number} ms */
  async advance(ms) {
    const end = this.time + ms;
    await settle();
    for (;;) {
      const [next] = this.timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.clearTimeout(next);
      this.time = Math.max(this.time, next.at);
      next.callback();
      await settle();
    }
    this.time = end;
  }
}

/** A server end of websockets: every socket that the client opened, in order. */
export class Sockets {
  /** @type {Socket[]} */
  all = [];

  constructor() {
    const { all } = this;
    this.WebSocket = /** @type {any} */ (
      class extends Socket {
        /** @param {string} url */
        constructor(url) {
          super(url);
          all.push(this);
        }
      }
    );
  }

  get last() {
    return this.all[this.all.length - 1];
  }
}

export class Socket {
  bufferedAmount = 0;
  closed = false;
  /** @type {any[]} what the client said, parsed */
  said = [];
  /** @type {any} */ onopen = null;
  /** @type {any} */ onmessage = null;
  /** @type {any} */ onclose = null;

  /** @param {string} url */
  constructor(url) {
    this.url = url;
  }

  /** @param {string} text */
  send(text) {
    this.said.push(JSON.parse(text));
  }

  close() {
    this.closed = true;
  }

  open() {
    this.onopen?.();
  }

  /** @param {string} type @param {any} [body] @param {number} [id] */
  say(type, body, id) {
    this.onmessage?.({ data: JSON.stringify({ type, id, body }) });
  }

  /** @param {number} code */
  fail(code) {
    this.onclose?.({ code });
  }

  /** What the client said last of a type. @param {string} type */
  lastSaid(type) {
    return this.said.filter((message) => message.type === type).at(-1);
  }
}

/** @param {Partial<import('../../static/call/protocol.js').Welcome>} [more] @returns {any} */
export const welcome = (more) => ({
  version: 1, participant: 'me', role: 'client', phase: 'waiting', resume: 'resume-1', kept: false, other_device: false, now: 0, nodes: [],
  state: { counsellor: 'absent', room: { held: false, paused: false } }, ...more,
});

/** A tab's storage. */
export function storage() {
  /** @type {Map<string, string>} */
  const kept = new Map();
  return {
    kept,
    /** @param {string} key */
    getItem: (key) => kept.get(key) ?? null,
    /** @param {string} key @param {string} value */
    setItem: (key, value) => void kept.set(key, value),
    /** @param {string} key */
    removeItem: (key) => void kept.delete(key),
  };
}
