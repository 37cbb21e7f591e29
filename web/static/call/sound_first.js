/**
 * On a line that carries too little for both, the sound goes first: one's own picture pauses until the line has been better for a while.
 *
 * **It does not flap**: the next try comes twice as late. Owner of the signal `first`.
 */
import { signal } from '../third_party/preact.js';

const triedAfter = 20_000;
const triedLast = 160_000;
/** A line that has carried both for so long is trusted anew. */
const trustedAfter = 60_000;

export class SoundFirst {
  #env;
  #spare;
  /** How long it must have been better before the picture is tried again, ms. */
  #patience = triedAfter;
  /** Whether the next try is due. */
  #trying = false;
  /** @type {any} until the next try, or until the line is trusted */
  #timer = null;

  /** @type {import('../third_party/preact.js').Signal<boolean>} one's own picture pauses */
  first = signal(false);

  /**
   * @param {Pick<import('./env.js').Env, 'setTimeout' | 'clearTimeout'>} env
   * @param {(on: boolean) => void} spare the line from one's own picture
   */
  constructor(env, spare) {
    this.#env = env;
    this.#spare = spare;
  }

  /** @param {'good' | 'mid' | 'bad'} quality of the line; `bad` has lasted for five seconds */
  judge(quality) {
    const first = this.first.peek();
    if (quality === 'bad') {
      this.#env.clearTimeout(this.#timer);
      this.#trying = false;
      if (!first) this.#set(true);
    } else if (first && !this.#trying) {
      this.#trying = true;
      this.#later(this.#patience, () => {
        this.#trying = false;
        this.#patience = Math.min(triedLast, 2 * this.#patience);
        this.#set(false);
        this.#later(trustedAfter, () => (this.#patience = triedAfter));
      });
    }
  }

  /** The call is over, or the person is put back. */
  end() {
    this.#env.clearTimeout(this.#timer);
    this.#patience = triedAfter;
    this.#trying = false;
    if (this.first.peek()) this.#set(false);
  }

  /** @param {boolean} first */
  #set(first) {
    this.first.value = first;
    this.#spare(first);
  }

  /** @param {number} ms @param {() => void} then */
  #later(ms, then) {
    this.#env.clearTimeout(this.#timer);
    this.#timer = this.#env.setTimeout(then, ms);
  }
}
