/**
 * What the person wants to receive, and what the server says of it: pictures that this line has no room for, and how good the others'
 * lines are. **The server is told again after every break.** Owner of the signals `choice`, `paused` and `lines`.
 */
import { batch, signal } from '../third_party/preact.js';

/** @typedef {'auto' | 'high' | 'saver' | 'sound'} Choice */

export class Receiving {
  #ask;

  /** @type {import('../third_party/preact.js').Signal<Choice>} */
  choice = signal('auto');
  /** @type {import('../third_party/preact.js').Signal<string[]>} publications whose picture is paused */
  paused = signal([]);
  /** @type {import('../third_party/preact.js').Signal<Map<string, 'good' | 'mid' | 'bad'>>} of those whose line is not good, for who moderates */
  lines = signal(new Map());

  /** @param {(choice: Choice) => Promise<unknown>} ask */
  constructor(ask) {
    this.#ask = ask;
  }

  /** @param {Choice} choice */
  async choose(choice) {
    this.choice.value = choice;
    await this.#ask(choice).catch(() => {});
  }

  /** In, or back: the server knows nothing of before. @param {boolean} kept whether the media session went on */
  enter(kept) {
    batch(() => {
      this.lines.value = new Map();
      if (!kept) this.paused.value = [];
    });
    if (this.choice.peek() !== 'auto') void this.#ask(this.choice.peek()).catch(() => {});
  }

  /** @param {import('./protocol.js').Message} event @returns {boolean} whether it was about this */
  apply({ type, body }) {
    if (type === 'pictures_paused') {
      this.paused.value = body.publications;
    } else if (type === 'line') {
      const lines = new Map(this.lines.peek());
      if (body.quality === 'good') lines.delete(body.participant);
      else lines.set(body.participant, body.quality);
      this.lines.value = lines;
    } else {
      return false;
    }
    return true;
  }

  leave() {
    batch(() => {
      this.paused.value = [];
      this.lines.value = new Map();
    });
  }
}
