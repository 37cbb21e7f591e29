/**
 * So many in so long, and no more: of what one says oneself, and of what is taken from somebody.
 *
 * **Pure**: time goes in, a decision comes out. **In any stretch of that length** no more are let through, wherever it begins; it remembers no more than that many moments.
 */
export class Allowance {
  #most;
  #within;
  /** When the last ones were let through, ms. @type {number[]} */
  #taken = [];

  /** @param {number} most @param {number} within ms */
  constructor(most, within) {
    this.#most = most;
    this.#within = within;
  }

  /** @param {number} now ms @returns {boolean} whether one more goes through; then it is counted */
  take(now) {
    if (this.wait(now) > 0) return false;
    this.#taken.push(now);
    if (this.#taken.length > this.#most) this.#taken.shift();
    return true;
  }

  /** @param {number} now ms @returns {number} ms until the next may go through; 0: at once */
  wait(now) {
    if (this.#taken.length < this.#most) return 0;
    // A clock that was set back must not close the door for hours.
    return Math.min(this.#within, Math.max(0, this.#taken[0] + this.#within - now));
  }
}

/** The same of each of several people: whoever says too much is not heard, and takes nothing from the others. */
export class Allowances {
  #most;
  #within;
  /** By participant. @type {Map<string, Allowance>} */
  #each = new Map();

  /** @param {number} most of one person @param {number} within ms */
  constructor(most, within) {
    this.#most = most;
    this.#within = within;
  }

  /** @param {string} participant @param {number} now ms @returns {boolean} whether one more of his goes through; then it is counted */
  take(participant, now) {
    let allowance = this.#each.get(participant);
    if (!allowance) this.#each.set(participant, (allowance = new Allowance(this.#most, this.#within)));
    return allowance.take(now);
  }

  /** Nothing is remembered of who is not here. @param {{ participant: string }[]} members who are */
  keep(members) {
    for (const participant of this.#each.keys()) if (!members.some((one) => one.participant === participant)) this.#each.delete(participant);
  }

  clear() {
    this.#each.clear();
  }
}
