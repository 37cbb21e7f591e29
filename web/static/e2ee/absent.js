/** Who has gone and may come back, each for the same time: after it, and only then, it is told of him. */

export class Absent {
  #env;
  /** ms */
  time;
  #over;
  /** By device. @type {Map<string, any>} */
  #timers = new Map();

  /**
   * @param {Pick<import('../call/env.js').Env, 'setTimeout' | 'clearTimeout'>} env
   * @param {number} time ms
   * @param {(device: string) => void} over its time is over
   */
  constructor(env, time, over) {
    this.#env = env;
    this.time = time;
    this.#over = over;
  }

  /** @param {string} device */
  left(device) {
    if (this.#timers.has(device)) return;
    this.#timers.set(device, this.#env.setTimeout(() => {
      this.#timers.delete(device);
      this.#over(device);
    }, this.time));
  }

  /** @param {string} device */
  back(device) {
    this.#env.clearTimeout(this.#timers.get(device));
    this.#timers.delete(device);
  }

  end() {
    for (const timer of this.#timers.values()) this.#env.clearTimeout(timer);
    this.#timers.clear();
  }
}
