/**
 * One key, pressed three times by itself.
 *
 * **Pure**: keys and time in, a count out. **Held with another key, or with another key between, it counts for nothing**: who writes capital letters leaves nothing.
 */

/** From the first press to the last, in ms. */
export const within = 5_000;

export class Thrice {
  #key;
  #alone = false;
  /** When it was pressed, ms. @type {number[]} */
  #presses = [];

  /** @param {string} key as keyboard events name it */
  constructor(key) {
    this.#key = key;
  }

  /** @param {string} key that went down */
  down(key) {
    this.#alone = key === this.#key;
    if (!this.#alone) this.#presses = [];
  }

  /** Something else was done: a press of the mouse. */
  other() {
    this.#alone = false;
    this.#presses = [];
  }

  /** @param {string} key that came up @param {number} now ms @returns {number} how often it was pressed in a row, 3 at the most; 0: this was none of it */
  up(key, now) {
    if (key !== this.#key || !this.#alone) return 0;
    this.#alone = false;
    this.#presses = [...this.#presses.filter((at) => now - at < within), now];
    const count = this.#presses.length;
    if (count === 3) this.#presses = [];
    return count;
  }
}
