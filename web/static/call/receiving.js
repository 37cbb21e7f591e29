/**
 * What the person wants to receive, and what the server says of it: pictures that this line has no room for, and how good the others'
 * lines are. **The server is told again after every break.** Owner of the signals `preference`, `paused` and `weakLines`.
 */
import { batch, signal } from '../third_party/preact.js';

/** @typedef {'auto' | 'high' | 'saver' | 'sound'} Preference */

export class Receiving {
  #ask;
  #follow;

  /** @type {import('../third_party/preact.js').Signal<Preference>} */
  preference = signal('auto');
  /** @type {import('../third_party/preact.js').Signal<string[]>} publications whose picture is paused */
  paused = signal([]);
  /** @type {import('../third_party/preact.js').Signal<Map<string, 'mid' | 'bad'>>} by participant, those whose line is not good; for who moderates */
  weakLines = signal(new Map());

  /**
   * @param {(preference: Preference) => Promise<unknown>} ask tells the server
   * @param {(preference: Preference, before: Preference) => unknown} follow what is sent follows what is received; waited for
   * @param {Preference} [first] what holds before the person says anything
   */
  constructor(ask, follow, first = 'auto') {
    this.preference.value = first;
    this.#ask = ask;
    this.#follow = follow;
  }

  /** Resolves when everything is as it is wanted. @param {Preference} preference */
  async prefer(preference) {
    const before = this.preference.peek();
    if (preference === before) return;
    this.preference.value = preference;
    await Promise.all([this.#tell(), this.#follow(preference, before)]);
  }

  async #tell() {
    await this.#ask(this.preference.peek()).catch(() => {});
  }

  /** In, or back: the server knows nothing of before. @param {boolean} kept whether the media session went on */
  enter(kept) {
    batch(() => {
      this.weakLines.value = new Map();
      if (!kept) this.paused.value = [];
    });
    if (this.preference.peek() !== 'auto') void this.#tell();
  }

  /** @param {import('./protocol.js').Message} event @returns {boolean} whether it was about this */
  apply({ type, body }) {
    if (type === 'pictures_paused') {
      this.paused.value = body.publications;
    } else if (type === 'line') {
      const weak = new Map(this.weakLines.peek());
      if (body.quality === 'good') weak.delete(body.participant);
      else weak.set(body.participant, body.quality);
      this.weakLines.value = weak;
    } else {
      return false;
    }
    return true;
  }

  leave() {
    batch(() => {
      this.paused.value = [];
      this.weakLines.value = new Map();
    });
  }
}
