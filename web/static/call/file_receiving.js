/**
 * The pieces of a file as they come, until it is whole.
 *
 * **It is never larger than it was said to be**: the room for it is made once, with the first piece. **One piece after the other**: what is doubled, early or late changes nothing; what has
 * another length, or does not begin as its kind does, ends it.
 */
import { beginsAs, pieceBytes, piecesOf } from './file_rules.js';

export class FileReceiving {
  #kind;
  #size;
  #bytes = new Uint8Array(0);
  #next = 0;

  /** @param {{ size: number, kind: import('./file_rules.js').Kind }} offer checked */
  constructor({ size, kind }) {
    this.#kind = kind;
    this.#size = size;
  }

  /** The first piece that is not here yet. */
  get next() {
    return this.#next;
  }

  get done() {
    return this.#next === piecesOf(this.#size);
  }

  /** Once it is done. */
  get bytes() {
    return this.#bytes;
  }

  /**
   * @param {number} at its place
   * @param {Uint8Array} bytes
   * @returns {'taken' | 'passed' | 'wrong'} passed: it is not the next one; wrong: this is not the file that was offered
   */
  take(at, bytes) {
    if (this.done || at !== this.#next) return 'passed';
    const from = at * pieceBytes;
    if (bytes.length !== Math.min(pieceBytes, this.#size - from)) return 'wrong';
    if (at === 0 && !beginsAs(this.#kind, bytes)) return 'wrong';
    if (at === 0) this.#bytes = new Uint8Array(this.#size);
    this.#bytes.set(bytes, from);
    this.#next++;
    return 'taken';
  }
}
