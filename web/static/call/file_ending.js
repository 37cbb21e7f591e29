/**
 * How a file ends that does not arrive: what the other page's `stop` means here, and what that page is told of one that is over here.
 *
 * **Pure. Nobody is said to have done what he has not**: whose page was loaded anew knows a file no more, and has neither declined nor cancelled it.
 */

/** @typedef {import('./file_list.js').FileEntry} FileEntry */
/** @typedef {import('./file_list.js').Failure} Failure */

/** What may have gone wrong, as who takes a file says it, and as who gives it does. @type {Record<'taker' | 'giver', Failure[]>} */
const told = { taker: ['many', 'lost', 'wrong'], giver: ['unreached', 'lost', 'changed'] };

/**
 * @param {string} why as the other page says it
 * @param {boolean} incoming whether that page gives it
 * @returns {Pick<FileEntry, 'state' | 'why'>}
 */
export function endOf(why, incoming) {
  if (why === 'cancelled' || (why === 'declined' && !incoming)) return { state: why, why: null };
  return { state: 'failed', why: told[incoming ? 'giver' : 'taker'].find((one) => one === why) ?? 'unknown' };
}

/** What is answered to whatever is said of one that is over. @param {FileEntry | undefined} entry undefined: it was never here, or is forgotten */
export function whyOf(entry) {
  if (entry?.state === 'declined' || entry?.state === 'cancelled') return entry.state;
  return entry?.why ?? 'unknown';
}
