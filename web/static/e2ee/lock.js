/**
 * What may be said of how closed a call is.
 *
 * **Computed from what happened, never from a setting**: statements whose signatures hold, keys that were acknowledged, frames that were opened.
 * **The worst counts.** Pure: what is known and the time go in, one word comes out.
 */

/** @typedef {import('./standing.js').Standing} Standing */
/** @typedef {import('./transform.js').Counts} Counts */

/**
 * - `alone`: nobody else is here
 * - `protected`: everybody is who he is said to be, and everything that is said is sealed
 * - `unverified`: everything is sealed, and of somebody it was not found who he is
 * - `pending`: it is being made so; nothing goes to those it is not so for
 * - `unable`: somebody's browser cannot; nothing goes to him
 * - `broken`: this browser has sent what was not sealed, or its worker failed; it sends nothing any more
 * @typedef {{ state: 'alone' | 'protected' | 'unverified' | 'pending' | 'unable' | 'broken', who: string[], unknown: string[] }} Lock who: the participants for whom it is no better; unknown: those whom the server
 *   names and nobody who may has stated
 */

/** How each standing is said. @type {Record<Standing | 'deaf', Lock['state']>} */
const words = { unable: 'unable', unknown: 'pending', waiting: 'pending', deaf: 'pending', unverified: 'unverified', verified: 'protected' };
/** From the worst to the best. */
const ranks = /** @type {const} */ (['unable', 'pending', 'unverified', 'protected']);

/**
 * @param {Record<string, Standing>} standing by participant
 * @param {Set<string>} deaf those of whom frames come and none opens
 * @param {boolean} broken
 * @returns {Lock}
 */
export function lockOf(standing, deaf, broken) {
  const unknown = Object.keys(standing).filter((participant) => standing[participant] === 'unknown');
  if (broken) return { state: 'broken', who: [], unknown };
  const others = Object.entries(standing).map(([participant, how]) => ({ participant, word: words[deaf.has(participant) && how !== 'unable' ? 'deaf' : how] }));
  const state = ranks.find((rank) => others.some(({ word }) => word === rank)) ?? 'alone';
  return { state, who: others.filter(({ word }) => word === state).map(({ participant }) => participant), unknown };
}

/** Frames of somebody have come for so long, and none was opened. */
const deafAfter = 2_000;

/** Whose frames come and do not open. */
export class Hearing {
  /** @type {Map<string, { passed: number, dropped: number, since: number | null }>} since when none opens that comes */
  #known = new Map();

  /**
   * @param {Record<number, Counts>} counts by receiver
   * @param {(id: number) => string | null} whose frames a receiver expects
   * @param {number} now ms
   * @returns {Set<string>} participants
   */
  look(counts, whose, now) {
    /** @type {Map<string, { passed: number, dropped: number }>} */
    const sums = new Map();
    for (const [id, { passed, dropped }] of Object.entries(counts)) {
      const participant = whose(Number(id));
      if (participant === null) continue;
      const sum = sums.get(participant) ?? { passed: 0, dropped: 0 };
      sum.passed += passed;
      for (const n of Object.values(dropped)) sum.dropped += n;
      sums.set(participant, sum);
    }
    for (const participant of this.#known.keys()) if (!sums.has(participant)) this.#known.delete(participant);
    for (const [participant, sum] of sums) {
      const before = this.#known.get(participant) ?? { passed: 0, dropped: 0, since: null };
      // Another receiver counts from nothing again.
      const opened = sum.passed !== before.passed;
      this.#known.set(participant, { ...sum, since: opened ? null : (before.since ?? (sum.dropped > before.dropped ? now : null)) });
    }
    return new Set([...this.#known].filter(([, { since }]) => since !== null && now - since >= deafAfter).map(([participant]) => participant));
  }
}
