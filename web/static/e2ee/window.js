/**
 * Which counters have been seen: each is taken once, and what lies far below the highest is too old.
 *
 * **Pure.** As in RFC 4303, section 3.4.3, but the window moves with what has been opened alone.
 */

/** Below the highest one: at fifty frames a second and three layers, some seconds. */
const width = 1_024;

export class Window {
  #highest = -1;
  /** Of the counters above `#highest - width`, by their remainder. */
  #seen = new Uint8Array(width);

  /** @param {number} counter @returns {boolean} whether it could still be taken */
  fresh(counter) {
    if (counter > this.#highest) return true;
    return counter > this.#highest - width && !this.#seen[counter % width];
  }

  /** @param {number} counter of what was found genuine @returns {boolean} false where it was taken before, or is too old */
  take(counter) {
    if (!this.fresh(counter)) return false;
    if (counter - this.#highest >= width) this.#seen.fill(0);
    else for (let passed = this.#highest + 1; passed < counter; passed++) this.#seen[passed % width] = 0;
    this.#highest = Math.max(this.#highest, counter);
    this.#seen[counter % width] = 1;
    return true;
  }
}
