/**
 * Whether the device itself keeps the person from being heard: a telephone that rings, another app, a locked screen.
 *
 * **What browsers say of a microphone is a hint**: on iPhones one that came back may stay silent, and one that works be called muted. So whoever
 * looks at the page again is asked for it anew, where it was said to be muted or gives nothing at all. **What does not come back in time needs a
 * tap**, and the page says so. Owner of the signal `state`.
 */
import { signal } from '../third_party/preact.js';

/** Microphones are muted for a moment when they are opened, and when another takes over. */
const toldAfter = 500;
/** So long it is waited for by itself, while the page is looked at. */
const tapAfter = 2_500;
/** After this a microphone that works has given something, be it noise. */
const deadAfter = 1_000;

export class Interruption {
  #env;
  /** @type {import('./devices.js').Devices | null} */
  #devices = null;
  /** @type {MediaStreamTrack | null} */
  #track = null;
  #hidden = false;
  /** @type {any} */
  #timer = null;
  /** @type {(() => void)[]} */
  #unwatch = [];

  /** @type {import('../third_party/preact.js').Signal<'none' | 'interrupted' | 'tap'>} tap: it does not come back before a tap on the page */
  state = signal('none');

  /** @param {Pick<import('./env.js').Env, 'setTimeout' | 'clearTimeout' | 'onHidden'>} env */
  constructor(env) {
    this.#env = env;
  }

  /** @param {import('./devices.js').Devices} devices of which it is told, from now on */
  watch(devices) {
    this.end();
    this.#devices = devices;
    this.#unwatch = [devices.mic.subscribe((track) => this.#onTrack(track)), this.#env.onHidden((hidden) => this.#onHidden(hidden))];
  }

  end() {
    this.#unwatch.forEach((stop) => stop());
    this.#unwatch = [];
    this.#onTrack(null);
    this.#devices = null;
  }

  /** Asks for the microphone again. To be called inside a tap. */
  async again() {
    this.#devices?.wake();
    await this.#renew();
  }

  /** @param {MediaStreamTrack | null} track */
  #onTrack(track) {
    if (this.#track) this.#track.onmute = this.#track.onunmute = null;
    this.#track = track;
    this.#settle();
    if (!track) return;
    track.onmute = () => this.#later(toldAfter, () => this.#interrupt());
    track.onunmute = () => this.#settle();
    if (track.muted) track.onmute(new Event('mute'));
  }

  /** Nothing is in the way, as far as is known. */
  #settle() {
    this.#env.clearTimeout(this.#timer);
    this.state.value = 'none';
  }

  #interrupt() {
    if (this.state.peek() === 'none') this.state.value = 'interrupted';
    if (!this.#hidden) this.#later(tapAfter, () => (this.state.value = 'tap'));
  }

  /** @param {boolean} hidden */
  #onHidden(hidden) {
    this.#hidden = hidden;
    const devices = this.#devices;
    if (hidden || !this.#track || !devices) return;
    devices.wake();
    if (this.#track.muted || this.state.peek() !== 'none') void this.#renew();
    else this.#later(deadAfter, () => void (devices.dead && this.#renew()));
  }

  async #renew() {
    this.#interrupt();
    const track = this.#track;
    await this.#devices?.renew('mic');
    // A new track has settled it; so has the old one, where it only seemed dead and no other came.
    if (track && this.#track === track && track.readyState === 'live' && !track.muted) this.#settle();
  }

  /** @param {number} ms @param {() => void} then */
  #later(ms, then) {
    this.#env.clearTimeout(this.#timer);
    this.#timer = this.#env.setTimeout(then, ms);
  }
}
