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
  /** Where the quick exit leads; null: there is none. @type {import('../third_party/preact.js').Signal<string | null>} */
  exit = signal(null);
  /** @type {import('../third_party/preact.js').Signal<boolean>} */
  neutral = signal(true);

  /** @param {Pick<Storage, 'getItem' | 'setItem'>} storage of this tab alone */
  constructor(storage) {
    this.#storage = storage;
    try {
      this.#be(JSON.parse(storage.getItem(kept) ?? 'null') ?? { neutral_title: true });
    } catch {
      // Neutral until the link is asked about.
    }
  }

  /** @param {How} answer */
  learn({ quick_exit, neutral_title }) {
    this.#storage.setItem(kept, JSON.stringify({ quick_exit, neutral_title }));
    this.#be({ quick_exit, neutral_title });
  }

  /** @param {How} how */
  #be({ quick_exit = '', neutral_title = false }) {
    this.neutral.value = neutral_title === true;
    this.exit.value = quick_exit.startsWith('https://') ? quick_exit : null;
  }
}
