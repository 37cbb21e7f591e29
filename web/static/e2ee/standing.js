/**
 * How each of the others stands with this page.
 *
 * **Nobody stands better than what was found out of him**: what is not known is no better than what is false. Pure.
 */

/**
 * - `unable`: the page says, sealed, that its browser cannot
 * - `unknown`: nobody who may has stated this device; or the server gives no identity, or one that is another's
 * - `waiting`: he does not say that he has what he was told, or, of who speaks for the room, has not been heard of for long; or this page is out itself
 * - `unverified`, `verified`: in, and what is said is sealed
 * @typedef {'unable' | 'unknown' | 'waiting' | 'unverified' | 'verified'} Standing
 */

/** Who speaks for the room is missed after so long, ms. */
const missedAfter = 50_000;

/**
 * @param {import('./other.js').Other} other
 * @param {import('./statements.js').Statement | null} about what counts of his device
 * @param {boolean} counts whether he speaks for the room
 * @param {{ speaks: boolean, proven: boolean, out: boolean }} page speaks: for the room; proven: somebody has proven to it that he does; out: it was put out itself
 * @param {number} now ms
 * @returns {Standing}
 */
export function standingOf({ identity, link, proven, heardAt, able, ...other }, about, counts, page, now) {
  if (!identity || !link || !other.in) return 'unknown';
  if (!able) return 'unable';
  if (page.out || link.silent || (counts && now - heardAt > missedAfter)) return 'waiting';
  const verified = about ? about.verified || (page.speaks && proven) : proven || page.proven;
  return verified ? 'verified' : 'unverified';
}
