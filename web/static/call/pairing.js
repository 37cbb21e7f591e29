/**
 * Two who are alone in the room: when they connect to each other, and which of the two ways is played.
 *
 * **What it takes is loaded when it is needed**: groups, and who waits, never need it. **Messages are done in their order**, also while
 * it loads. Owner of the signal `shown`.
 */
import { signal } from '../third_party/preact.js';

/** @typedef {import('./direct.js').Direct} Direct */
/** @typedef {import('./direct.js').Surroundings} Surroundings */

/** What an event is about. */
const own = new Set(['pair', 'pair_gone', 'peer_signal', 'peer_shown']);

export class Pairing {
  #env;
  #surroundings;
  #load;
  /** @type {Direct | null} */
  #direct = null;
  /** @type {Record<'mic' | 'cam', MediaStreamTrack | null>} */
  #tracks = { mic: null, cam: null };
  #events = Promise.resolve();
  /** Counts what ended everything before it. */
  #round = 0;

  /** Whose picture and sound come from his browser now; pictured: a picture is among it. @type {import('../third_party/preact.js').Signal<{ participant: string, pictured: boolean } | null>} */
  shown = signal(null);

  /**
   * @param {import('./env.js').Env} env
   * @param {Omit<Surroundings, 'onShown'>} surroundings
   * @param {() => Promise<typeof import('./direct.js')>} [load]
   */
  constructor(env, surroundings, load = () => import('./direct.js')) {
    this.#env = env;
    this.#surroundings = surroundings;
    this.#load = load;
  }

  /** @param {import('./protocol.js').Message} event @returns {boolean} whether it was about this */
  apply({ type, body }) {
    if (!own.has(type)) return false;
    const round = this.#round;
    this.#events = this.#events.then(() => (round === this.#round ? this.#do(type, body) : undefined)).catch(() => {});
    // The end waits for nothing: what comes on this way may be what nobody is to hear any more.
    if (type === 'pair_gone' && this.#direct?.pair === body.pair) this.#part(body.gently);
    return true;
  }

  /** @param {string} type @param {any} body */
  async #do(type, body) {
    const direct = this.#direct?.pair === body.pair ? this.#direct : null;
    if (type === 'pair') {
      if (direct) return direct.again();
      this.#part(false);
      const round = this.#round;
      const { Direct } = await this.#load();
      const sealer = this.#surroundings.sealer();
      if (round !== this.#round || !sealer) return undefined;
      this.#direct = new Direct(this.#env, body, { ...this.#surroundings, onShown: (shown) => (this.shown.value = shown) }, this.#tracks, sealer);
      return this.#direct.begin();
    }
    if (type === 'peer_signal') return direct?.hear(body);
    if (type === 'peer_shown') return direct?.peerShows(body.shown);
    return undefined;
  }

  /** What is sent from now on, also on this way. @param {string} kind @param {MediaStreamTrack | null} track */
  send(kind, track) {
    if (kind !== 'mic' && kind !== 'cam') return;
    this.#tracks[kind] = track;
    void this.#direct?.send(kind, track);
  }

  /** The tiles, or what the person wants to see, changed. */
  look() {
    this.#direct?.look();
  }

  /** @returns {Promise<RTCStatsReport> | null} of this way, while it is the one that is played */
  stats() {
    return this.shown.peek() ? (this.#direct?.stats() ?? null) : null;
  }

  /** The websocket is back, or was not there before: what the server does not say again is over. */
  enter() {
    this.#direct?.doubt();
  }

  /** Nothing is sent or received any more. */
  leave() {
    this.#round++;
    this.#part(false);
  }

  /** @param {boolean} [gently] */
  #part(gently = false) {
    const direct = this.#direct;
    this.#direct = null;
    direct?.end(gently);
  }
}
