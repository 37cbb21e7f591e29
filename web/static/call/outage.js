/** Whether the line stands, as the person is told: `reconnecting` at once, `lost` when it takes long. Owner of the signal `connection`. */
import { signal } from '../third_party/preact.js';

/** After this long the screen names other ways to talk; it is still tried. */
const lostAfter = 30_000;

export class Outage {
  #env;
  /** @type {any} */
  #timer = null;

  /** @type {import('../third_party/preact.js').Signal<{ state: 'ok' | 'reconnecting' | 'lost', since: number }>} since: ms since 1970 */
  connection;

  /** @param {Pick<import('./env.js').Env, 'setTimeout' | 'clearTimeout' | 'now'>} env */
  constructor(env) {
    this.#env = env;
    this.connection = signal({ state: /** @type {'ok' | 'reconnecting' | 'lost'} */ ('ok'), since: env.now() });
  }

  /** @param {boolean} stands */
  tell(stands) {
    if (stands === (this.connection.peek().state === 'ok')) return;
    this.#env.clearTimeout(this.#timer);
    const since = this.#env.now();
    this.connection.value = { state: stands ? 'ok' : 'reconnecting', since };
    if (stands) return;
    this.#timer = this.#env.setTimeout(() => {
      this.connection.value = { state: 'lost', since };
    }, lostAfter);
  }

  close() {
    this.#env.clearTimeout(this.#timer);
  }
}
