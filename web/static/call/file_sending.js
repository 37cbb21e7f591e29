/**
 * Which piece of a file is sent next, to one person.
 *
 * **Pure**: time goes in, a decision comes out. **At most three pieces are on their way**, and one where the line takes long for it: a file waits for the sound,
 * never the other way round. **What is lost is sent again**, from the first that is missing, a bounded number of times.
 */

const windowMost = 3;
/** An answer that takes longer says that the line is full: one at a time then, and a rest as long as that. */
const slow = 500;
const restMost = 2_000;
/** When it is sent again that was not answered, ms after the time before; then it is given up. */
const again = [2_000, 4_000, 8_000, 16_000, 30_000];

export class FileSending {
  #count;
  /** What the other has, from the beginning. */
  #known = 0;
  #next = 0;
  /** Beyond what was ever sent nothing can be known. */
  #sent = 0;
  #window = windowMost;
  #restUntil = -Infinity;
  #tries = 0;
  /** Since when nothing has come of it. */
  #since = 0;
  /** When the pieces on their way were sent; those sent twice say nothing about the line. @type {Map<number, number>} */
  #at = new Map();
  /** The piece that was sent anew because the other asked for it. */
  #asked = -1;

  /** @param {number} count of pieces */
  constructor(count) {
    this.#count = count;
  }

  /** Pieces that the other has. */
  get known() {
    return this.#known;
  }

  get done() {
    return this.#known === this.#count;
  }

  /** @param {number} now ms @returns {boolean} whether the other has not answered for too long */
  lost(now) {
    return this.#tries === again.length && this.#late(now);
  }

  /** @param {number} now */
  #late(now) {
    return this.#next > this.#known && now - this.#since >= again[Math.min(this.#tries, again.length - 1)];
  }

  /** @param {number} now ms @returns {number | null} the piece to send now; null: none yet */
  next(now) {
    if (this.#late(now) && this.#tries < again.length) {
      this.#tries++;
      this.#since = now;
      this.#window = 1;
      this.#next = this.#known;
    }
    if (this.#next === this.#count || this.#next - this.#known >= this.#window || now < this.#restUntil) return null;
    if (this.#next === this.#known) this.#since = now;
    if (this.#next < this.#sent) this.#at.delete(this.#next);
    else this.#at.set(this.#next, now);
    this.#sent = Math.max(this.#sent, this.#next + 1);
    return this.#next++;
  }

  /** @param {number} next the first that the other does not have @param {number} now ms */
  heard(next, now) {
    if (!(next >= this.#known && next <= this.#sent)) return;
    if (next === this.#known) {
      // One came that was not next: what lies between was lost. Once for each, or every doubled answer would send all anew.
      if (this.#next > next && this.#asked !== next) [this.#asked, this.#next] = [next, next];
      return;
    }
    const sent = this.#at.get(next - 1);
    if (sent !== undefined) {
      const took = now - sent;
      this.#window = took > slow ? 1 : windowMost;
      this.#restUntil = took > slow ? now + Math.min(took, restMost) : now;
    }
    for (let at = this.#known; at < next; at++) this.#at.delete(at);
    this.#known = next;
    this.#next = Math.max(this.#next, next);
    this.#tries = 0;
    this.#since = now;
  }

  /** Nothing could be sent until now: that was nobody's fault. @param {number} now ms */
  resume(now) {
    this.#since = now;
    this.#tries = 0;
  }

  /** @param {number} now ms @returns {number} ms until it is worth asking again, where nothing is heard before */
  wait(now) {
    const late = this.#next > this.#known && this.#tries < again.length ? this.#since + again[this.#tries] - now : Infinity;
    const room = this.#next < this.#count && this.#next - this.#known < this.#window;
    return Math.max(0, Math.min(late, room ? this.#restUntil - now : Infinity));
  }
}
