/**
 * Notices that somebody speaks whom nobody hears, because the microphone is off.
 *
 * **The sound does not leave the device**: its level is looked at while the microphone is off, and at no other time. **It is calm**: a cough
 * or a door is not said, it takes a second of speech within two; pauses between words do not unsay it, that takes four seconds without any.
 * Owner of the signal `talking`.
 */
import { signal } from '../third_party/preact.js';

const every = 100;

/** A level from which on it is speech, not the room (level.js: 0 to 1). */
const speech = 0.3;
const within = 2_000;
const enough = 1_000;
const stays = 4_000;
/** A look stands for no more time than this: a page in the background looks seldom. */
const longest = 250;

/** Levels and times in, a word out. */
export class Ear {
  /** Stretches of speech of the last two seconds: when they ended, and how long they were (ms). @type {{ at: number, ms: number }[]} */
  #spoken = [];
  /** @type {number | null} */
  #looked = null;
  #last = -Infinity;
  #said = false;

  /**
   * @param {number} level of the microphone, 0 to 1
   * @param {number} now ms
   * @returns {boolean} whether to say that nobody hears it
   */
  hear(level, now) {
    const passed = Math.min(longest, now - (this.#looked ?? now));
    this.#looked = now;
    this.#spoken = this.#spoken.filter(({ at }) => now - at < within);
    if (level >= speech) {
      this.#spoken.push({ at: now, ms: passed });
      this.#last = now;
    }
    if (this.#spoken.reduce((sum, { ms }) => sum + ms, 0) >= enough) this.#said = true;
    else if (now - this.#last >= stays) this.#said = false;
    return this.#said;
  }
}

export class TalkingUnheard {
  #env;
  #level;
  /** @type {any} while it is listened */
  #timer = null;

  /** @type {import('../third_party/preact.js').Signal<boolean>} */
  talking = signal(false);

  /**
   * @param {Pick<import('./env.js').Env, 'setTimeout' | 'clearTimeout' | 'now'>} env
   * @param {() => number} level of the microphone now, 0 to 1
   */
  constructor(env, level) {
    this.#env = env;
    this.#level = level;
  }

  /** @param {boolean} off whether one is in the call with a microphone that is off */
  listen(off) {
    if (off === (this.#timer !== null)) return;
    this.#env.clearTimeout(this.#timer);
    this.#timer = null;
    this.talking.value = false;
    if (off) this.#look(new Ear());
  }

  /** @param {Ear} ear */
  #look(ear) {
    this.#timer = this.#env.setTimeout(() => {
      this.talking.value = ear.hear(this.#level(), this.#env.now());
      this.#look(ear);
    }, every);
  }
}
