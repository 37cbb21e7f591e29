/**
 * How careful the page has to be of those who look at the same screen: whether there is a quick exit, and a neutral title.
 *
 * **Neutral until it is known otherwise**: the first answer about the link says it. **Kept in the tab**, so that a page that was loaded again has both at once.
 */
import { signal } from '../third_party/preact.js';

/** @typedef {Pick<import('../call/links.js').LinkCheck, 'quick_exit' | 'neutral_title'>} How */

const kept = 'anteroom.page';

export class Discretion {
  #storage;
  /** What was learned; null: nothing yet. @type {How | null} */
  #how = null;
  /** Where the quick exit leads; null: there is none. @type {import('../third_party/preact.js').Signal<string | null>} */
  exit = signal(null);
  /** @type {import('../third_party/preact.js').Signal<boolean>} */
  neutral = signal(true);

  /** @param {Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>} storage of this tab alone */
  constructor(storage) {
    this.#storage = storage;
    try {
      const before = JSON.parse(storage.getItem(kept) ?? 'null');
      if (before) this.#be(before);
    } catch {
      // Neutral until the link is asked about.
    }
  }

  /** @param {How} answer */
  learn(answer) {
    this.#be(answer);
    this.keep(true);
  }

  /** Whether the tab keeps it: for as long as it keeps a seat. @param {boolean} on */
  keep(on) {
    if (on && this.#how) this.#storage.setItem(kept, JSON.stringify(this.#how));
    if (!on) this.#storage.removeItem(kept);
  }

  /** @param {How} how */
  #be({ quick_exit = '', neutral_title = false }) {
    this.#how = { quick_exit, neutral_title };
    this.neutral.value = neutral_title === true;
    this.exit.value = quick_exit.startsWith('https://') ? quick_exit : null;
  }
}
