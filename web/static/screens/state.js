/**
 * In one word, where the person is: what `data-state` on the body says to style sheets, scripts and tests (names are kept stable).
 */

/**
 * @param {import('../call/call.js').Call} call
 * @returns {'connecting' | 'waiting' | 'declined' | 'call' | 'held' | 'paused' | 'reconnecting' | 'ended' | 'left' | 'removed' | 'replaced' | 'withdrawn' | 'failed' | 'idle'}
 */
export function callState(call) {
  const phase = call.phase.value;
  if (phase !== 'call') return phase;
  if (call.connection.value.state !== 'ok') return 'reconnecting';
  const { held, paused } = call.room.value;
  // Who moderates goes on working while the others wait, unless nothing passes between anybody.
  if (call.room.value.frozen && (!paused || call.moderates.value)) return 'held';
  if (paused) return 'paused';
  return held && !call.moderates.value ? 'held' : 'call';
}

/** @typedef {import('./journey.js').Step} Step */

/** Steps whose state has another word. @type {Partial<Record<Step, string>>} */
const words = { invalid: 'link-invalid', revoked: 'link-revoked', early: 'link-early', unreachable: 'failed' };

/**
 * @param {import('./journey.js').Journey} journey
 * @returns {string}
 */
export function journeyState(journey) {
  const step = stepOf(journey);
  return step === 'joined' ? callState(journey.call) : (words[step] ?? step);
}

/** The step; a link that turned out dead only at the knock looks as if it had at once. @param {import('./journey.js').Journey} journey @returns {Step} */
export function stepOf({ step, call }) {
  if (step.value !== 'joined' || call.phase.value !== 'failed') return step.value;
  const { value: code } = call.failure;
  return code === 'link_invalid' ? 'invalid' : code === 'link_revoked' ? 'revoked' : 'joined';
}
