/**
 * The line, as the person is told of it: whether it stands, and how good it is.
 *
 * **It stands when both do**, the websocket and the media connection; `reconnecting` is said at once, but while picture and sound go on
 * a websocket is given a moment to come back; `lost` is said when it takes long.
 * **It is measured in a call and at no other time.** The one owner of the signals `connection` and `quality`.
 */
import { effect, signal } from '../third_party/preact.js';
import { lineOf, Quality } from './quality.js';

/** After this long the screen names other ways to talk; it is still tried. */
const lostAfter = 30_000;
const measuredEvery = 2_000;
/** So long a broken websocket is not worth a word to people who see and hear each other. */
const unnoticed = 3_000;

/**
 * The media connection, as far as it is looked at here.
 * @typedef {object} Media
 * @property {{ readonly value: 'none' | 'connecting' | 'connected' | 'broken' }} state a signal
 * @property {() => Promise<RTCStatsReport> | null} stats null where there is no connection
 */

export class Line {
  #env;
  #media;
  /** Whether the websocket stands, as far as that is known. */
  #signaling = signal(true);
  #unwatch;
  /** @type {number | null} when it broke; null while it stands */
  #broken = null;
  /** @type {any} until the next word about a broken line */
  #patience = null;
  /** @type {any} until the next measuring; null outside a call */
  #measuring = null;
  #judge = new Quality();
  /** @type {Media['state']['value']} */
  #before = 'none';

  /** @type {import('../third_party/preact.js').Signal<{ state: 'ok' | 'reconnecting' | 'lost', since: number }>} since: ms since 1970 */
  connection;
  /** @type {import('../third_party/preact.js').Signal<'good' | 'mid' | 'bad'>} */
  quality = signal('good');

  /** @param {Pick<import('./env.js').Env, 'setTimeout' | 'clearTimeout' | 'now'>} env @param {Media} media */
  constructor(env, media) {
    this.#env = env;
    this.#media = media;
    this.connection = signal({ state: /** @type {'ok' | 'reconnecting' | 'lost'} */ ('ok'), since: env.now() });
    this.#unwatch = effect(() => this.#judged(this.#signaling.value, media.state.value));
  }

  /** The websocket broke, or is as it should be. @param {boolean} stands */
  signaling(stands) {
    this.#signaling.value = stands;
  }

  /** @param {boolean} signaling @param {Media['state']['value']} media */
  #judged(signaling, media) {
    const now = this.#env.now();
    const said = this.connection.peek().state;
    // What was lost while nothing came says nothing of the line that was found since.
    if (media === 'connected' && this.#before === 'broken') this.#judge = new Quality();
    this.#before = media;
    if (signaling && media !== 'broken') {
      this.#env.clearTimeout(this.#patience);
      this.#broken = null;
      if (said !== 'ok') this.connection.value = { state: 'ok', since: now };
      return;
    }
    this.#broken ??= now;
    if (said !== 'ok') return;
    this.#env.clearTimeout(this.#patience);
    const left = media === 'connected' ? this.#broken + unnoticed - now : 0;
    if (left > 0) this.#patience = this.#env.setTimeout(() => this.#say(), left);
    else this.#say();
  }

  #say() {
    const now = this.#env.now();
    const since = this.#broken ?? now;
    this.connection.value = { state: 'reconnecting', since };
    this.#patience = this.#env.setTimeout(() => {
      this.connection.value = { state: 'lost', since };
    }, since + lostAfter - now);
  }

  /** The call begins, or goes on. */
  begin() {
    if (this.#measuring === null) this.#measure();
  }

  /** The call is over, or the person is put back. */
  end() {
    this.#env.clearTimeout(this.#measuring);
    this.#measuring = null;
    this.#judge = new Quality();
    this.quality.value = 'good';
  }

  #measure() {
    const timer = this.#env.setTimeout(async () => {
      const report = await this.#media.stats()?.catch(() => null);
      // Ended, and perhaps begun anew, while the browser counted.
      if (this.#measuring !== timer) return;
      if (report) this.quality.value = this.#judge.sample(lineOf(report), this.#env.now());
      this.#measure();
    }, measuredEvery);
    this.#measuring = timer;
  }

  close() {
    this.end();
    this.#unwatch();
    this.#env.clearTimeout(this.#patience);
  }
}
