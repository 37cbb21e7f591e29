/**
 * One's own media secrets: who gets which, and when it is sealed with.
 *
 * **Each set of people has a secret of its own**: who left opens nothing that follows, who came nothing that was before. **Nobody waits long**: it is sealed
 * with when all have said that they have it, or after half a second. **Delivery is tried a bounded number of times**, then said to be missing.
 */

/** @typedef {import('./bytes.js').Bytes} Bytes */

/** Changes that come together make one epoch, ms. */
const gathered = 50;
const usedAfter = 500;
/** When it is said again to who has not answered, ms after the time before. */
const again = [500, 1_000, 2_000, 4_000, 8_000];
const askedEvery = 1_000;

/**
 * @typedef {object} Recipient
 * @property {string} participant
 * @property {boolean} has whether he has said so, of the present secret
 * @property {number} asked when he asked for it last, ms
 */

export class Epochs {
  #env;
  #around;
  /** By session point: a page that was loaded again is somebody else. @type {Map<string, Recipient>} */
  #recipients = new Map();
  #epoch = -1;
  /** @type {Bytes | null} */
  #secret = null;
  #used = false;
  #given = false;
  /** @type {any} */ #gathering = null;
  /** @type {any} */ #using = null;
  /** @type {any} */ #repeating = null;

  /**
   * @param {Pick<import('../call/env.js').Env, 'setTimeout' | 'clearTimeout' | 'now'>} env
   * @param {{ give: (session: string, key: { epoch: number, secret: Bytes }) => void, use: (key: { epoch: number, secret: Bytes }) => void, onMissing: () => void }} around
   *   give: to whom the session belongs; use: it is sealed with it from now on; onMissing: `missing` changed
   */
  constructor(env, around) {
    this.#env = env;
    this.#around = around;
  }

  /** Who is to open what is sent from now on. @param {Map<string, string>} sessions of participants */
  share(sessions) {
    const same = sessions.size === this.#recipients.size && [...sessions.keys()].every((session) => this.#recipients.has(session));
    if (same && this.#secret) return;
    this.#recipients = new Map([...sessions].map(([session, participant]) => [session, { participant, has: false, asked: -Infinity }]));
    this.renew();
  }

  /** Another secret, for the same people. */
  renew() {
    this.#gathering ??= this.#env.setTimeout(() => this.#next(), gathered);
  }

  #next() {
    this.#gathering = null;
    this.#epoch = (this.#epoch + 1) % 256;
    this.#secret = crypto.getRandomValues(new Uint8Array(32));
    this.#used = this.#given = false;
    for (const recipient of this.#recipients.values()) recipient.has = false;
    this.#env.clearTimeout(this.#using);
    this.#env.clearTimeout(this.#repeating);
    this.#using = this.#env.setTimeout(() => this.#use(), usedAfter);
    this.#give();
    this.#repeat(0);
    this.#settle();
  }

  #give() {
    for (const [session, { has }] of this.#recipients) if (!has) this.#around.give(session, this.#key());
  }

  /** @param {number} n how often it was said again */
  #repeat(n) {
    this.#repeating = this.#env.setTimeout(() => {
      if (n === again.length - 1) this.#given = true;
      else {
        this.#give();
        this.#repeat(n + 1);
      }
      if (this.#given) this.#around.onMissing();
    }, again[n]);
  }

  /** @returns {{ epoch: number, secret: Bytes }} */
  #key() {
    return { epoch: this.#epoch, secret: /** @type {Bytes} */ (this.#secret) };
  }

  /** Somebody says that he has it. @param {string} session @param {number} epoch */
  has(session, epoch) {
    const recipient = this.#recipients.get(session);
    if (!recipient || epoch !== this.#epoch || recipient.has) return;
    recipient.has = true;
    if (this.#given) this.#around.onMissing();
    this.#settle();
  }

  #settle() {
    if (![...this.#recipients.values()].every(({ has }) => has)) return;
    this.#env.clearTimeout(this.#repeating);
    this.#use();
  }

  #use() {
    this.#env.clearTimeout(this.#using);
    if (this.#used || !this.#secret) return;
    this.#used = true;
    this.#around.use(this.#key());
  }

  /** Somebody has frames that he cannot open. @param {string} session */
  wants(session) {
    const recipient = this.#recipients.get(session);
    if (!recipient || !this.#secret || this.#env.now() - recipient.asked < askedEvery) return;
    recipient.asked = this.#env.now();
    this.#around.give(session, this.#key());
  }

  /** To whom it could not be delivered. @returns {string[]} participants */
  get missing() {
    return this.#given ? [...this.#recipients.values()].filter(({ has }) => !has).map(({ participant }) => participant) : [];
  }

  end() {
    for (const timer of [this.#gathering, this.#using, this.#repeating]) this.#env.clearTimeout(timer);
    this.#gathering = null;
    this.#recipients = new Map();
    this.#secret = null;
  }
}
