/** Date and time as forms have them, and as the server wants them: from local fields to milliseconds since 1970 and back. */

const halfHour = 30 * 60_000;
const hour = 2 * halfHour;

/**
 * What stands in the form.
 * @typedef {object} When
 * @property {string} date "2026-03-12", as <input type="date"> has it
 * @property {string} from "14:00"
 * @property {string} to
 */

/** @param {number} n */
const two = (n) => String(n).padStart(2, '0');

/** @param {number} ms @returns {{ date: string, time: string }} by this device's time zone */
function fields(ms) {
  const at = new Date(ms);
  return { date: `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`, time: `${two(at.getHours())}:${two(at.getMinutes())}` };
}

/** The next half hour, for one hour: its waiting room is open already. @param {number} now @returns {When} */
export function nextWindow(now) {
  const start = Math.ceil(now / halfHour) * halfHour;
  return { date: fields(start).date, from: fields(start).time, to: fields(start + hour).time };
}

/**
 * @param {When} when
 * @returns {{ starts_at: number, ends_at: number } | null} null when a field is empty or no time; an end before the beginning is on the next day
 */
export function windowOf({ date, from, to }) {
  const starts = Date.parse(`${date}T${from}`);
  let ends = Date.parse(`${date}T${to}`);
  if (Number.isNaN(starts) || Number.isNaN(ends)) return null;
  if (ends <= starts) {
    const next = new Date(ends);
    // By the calendar, not by 24 hours: a night may have 23.
    next.setDate(next.getDate() + 1);
    ends = next.getTime();
  }
  return { starts_at: starts, ends_at: ends };
}

/**
 * The order of a counsellor's day: who waits first, then what goes on, then by time, those without a time last.
 * @template {{ live: { waiting: number, state: string }, starts_at?: number, created_at: number }} T
 * @param {T[]} rooms
 * @param {number} now
 * @returns {{ today: T[], later: T[], anytime: T[], past: T[] }}
 */
export function arrange(rooms, now) {
  const alive = (/** @type {T} */ { live }) => (live.waiting > 0 ? 2 : live.state === 'open' || live.state === 'held' || live.state === 'paused' ? 1 : 0);
  const sorted = [...rooms].sort(
    (a, b) => alive(b) - alive(a) || (a.starts_at ?? Infinity) - (b.starts_at ?? Infinity) || b.created_at - a.created_at || 0,
  );
  const day = fields(now).date;
  /** @type {{ today: T[], later: T[], anytime: T[], past: T[] }} */
  const groups = { today: [], later: [], anytime: [], past: [] };
  for (const room of sorted) {
    if (room.starts_at === undefined) groups[alive(room) ? 'today' : 'anytime'].push(room);
    else if (alive(room) || fields(room.starts_at).date === day) groups.today.push(room);
    else if (room.starts_at > now) groups.later.push(room);
    else groups.past.push(room);
  }
  groups.past.reverse();
  return groups;
}
