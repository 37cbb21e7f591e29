/**
 * Who is large on the stage, and which tiles stand on its page.
 *
 * **Pure**: people, pins, screens and time in, decisions out. **A person's own pin comes first**, then the counsellor's for all, then a shared
 * screen, then, where it was chosen so, who speaks. **Nothing jumps**: what changes by itself waits until three seconds have passed since
 * the last change.
 */

/** Tiles on one page of the grid, one's own included. */
export const perPage = 9;
/** Tiles in the strip beneath a large one. */
export const perStrip = 6;
/** No change by itself comes sooner after the last, in ms. */
export const calmFor = 3_000;

/** @typedef {import('../call/types.js').Source} Source */
/** @typedef {{ participant: string, source: 'camera' | 'screen' }} Shown */

/** @param {Shown} one */
export const keyOf = ({ participant, source }) => `${participant}/${source}`;

/**
 * Who is to be large.
 * @param {{ shown: Shown[], own: string | null, pinned: { participant: string, source: Source } | undefined, speaker: boolean, dominant: string }} now
 *   own: the key that the person pinned; speaker: the layout in which who speaks is large
 * @returns {{ key: string | null, asked: boolean }} asked: somebody wanted it so, and it comes at once
 */
export function wantedFocus({ shown, own, pinned, speaker, dominant }) {
  const has = (/** @type {string} */ key) => shown.some((one) => keyOf(one) === key);
  if (own && has(own)) return { key: own, asked: true };
  const forAll = pinned && `${pinned.participant}/${pinned.source}`;
  if (forAll && has(forAll)) return { key: forAll, asked: true };
  const screen = shown.find(({ source }) => source === 'screen');
  if (screen) return { key: keyOf(screen), asked: false };
  const speaks = `${dominant}/camera`;
  if (speaker && has(speaks)) return { key: speaks, asked: false };
  return { key: speaker && shown[0] ? keyOf(shown[0]) : null, asked: false };
}

export class Focus {
  /** @type {string | null} */
  key = null;
  #changed = -Infinity;

  /**
   * @param {{ key: string | null, asked: boolean }} wanted
   * @param {(key: string) => boolean} has whether a tile is still there
   * @param {number} now ms
   * @returns {number} after how many ms it is worth asking again; 0 for never
   */
  settle(wanted, has, now) {
    if (wanted.key === this.key) return 0;
    const gone = this.key !== null && !has(this.key);
    const wait = this.#changed + calmFor - now;
    if (!wanted.asked && !gone && wait > 0) return wait;
    this.key = wanted.key;
    this.#changed = now;
    return 0;
  }
}

/**
 * The tiles of a page; the last page is the last there is.
 * @param {number} tiles @param {number} page @param {number} each tiles on a page
 * @returns {{ page: number, pages: number, first: number, end: number }}
 */
export function pageOf(tiles, page, each) {
  const pages = Math.max(1, Math.ceil(tiles / each));
  const at = Math.min(Math.max(0, page), pages - 1);
  return { page: at, pages, first: at * each, end: Math.min(tiles, (at + 1) * each) };
}
