/**
 * One's own media secrets: which set of people has which, and when it is sealed with.
 *
 * **Each set of people has a secret of its own**: who left opens nothing that follows, who came nothing that was before. **Nobody puts it off**: the newest is
 * sealed with when all have said that they have it, and half a second after the first change in any case.
 */

/** @typedef {import('./bytes.js').Bytes} Bytes */
/** @typedef {{ epoch: number, secret: Bytes }} Key epoch: below 256 */

/** Changes that come together make one epoch, ms. */
const gathered = 50;
const usedAfter = 550;

export class Epochs {
  #env;
  #around;
  /** By session point: a page that was loaded again is somebody else. @type {Set<string>} */
  #wanted = new Set();
  /** Who gets the present one. @type {Set<string>} */
  #sharing = new Set();
  /** Who has said that he has it. @type {Set<string>} */
  #have = new Set();
  /** @type {Key | null} */
  #key = null;
  #epoch = -1;
  #used = false;
  /** @type {any} */ #gathering = null;
  /** @type {any} */ #deadline = null;

  /**
   * @param {Pick<import('../call/env.js').Env, 'setTimeout' | 'clearTimeout'>} env
   * @param {{ onNew: () => void, use: (key: Key) => void }} around onNew: there is another key, to be told; use: it is sealed with from now on
   */
  constructor(env, around) {
    this.#env = env;
    this.#around = around;
  }

  /** Who is to open what is sent from now on. @param {Set<string>} sessions */
  share(sessions) {
    if (this.#key && sessions.size === this.#wanted.size && [...sessions].every((session) => this.#wanted.has(session))) return;
    this.#wanted = new Set(sessions);
    this.renew();
  }

  /** Another secret, for the same people. */
  renew() {
    this.#gathering ??= this.#env.setTimeout(() => this.#next(), gathered);
    this.#deadline ??= this.#env.setTimeout(() => this.#late(), usedAfter);
  }

  #next() {
    this.#gathering = null;
    this.#epoch = (this.#epoch + 1) % 256;
    this.#key = { epoch: this.#epoch, secret: crypto.getRandomValues(new Uint8Array(32)) };
    this.#sharing = new Set(this.#wanted);
    this.#have = new Set();
    this.#used = false;
    this.#around.onNew();
    this.#settle();
  }

  #late() {
    this.#deadline = null;
    if (this.#gathering !== null) {
      this.#env.clearTimeout(this.#gathering);
      this.#next();
    }
    this.#use();
  }

  /** The key for somebody; null while there is none that is meant for him. @param {string} session @returns {Key | null} */
  keyFor(session) {
    return this.#sharing.has(session) ? this.#key : null;
  }

  /** Somebody has said that he has it. @param {string} session @param {number} epoch */
  has(session, epoch) {
    if (epoch !== this.#key?.epoch || !this.#sharing.has(session)) return;
    this.#have.add(session);
    this.#settle();
  }

  #settle() {
    if (this.#gathering === null && [...this.#sharing].every((session) => this.#have.has(session))) this.#use();
  }

  #use() {
    this.#env.clearTimeout(this.#deadline);
    this.#deadline = null;
    if (this.#used || !this.#key) return;
    this.#used = true;
    this.#around.use(this.#key);
  }

  end() {
    for (const timer of [this.#gathering, this.#deadline]) this.#env.clearTimeout(timer);
    this.#gathering = this.#deadline = this.#key = null;
    this.#wanted = this.#sharing = new Set();
  }
}
