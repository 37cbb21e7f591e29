/**
 * In one word, where the person is: what `data-state` on the body says to style sheets, scripts and tests (names are kept stable).
 */

/**
 * @param {import('../call/call.js').Call} call
 * @returns {'connecting' | 'waiting' | 'declined' | 'call' | 'held' | 'paused' | 'reconnecting' | 'ended' | 'left' | 'removed' | 'replaced' | 'failed' | 'idle'}
 */
export function callState(call) {
  const phase = call.phase.value;
  if (phase !== 'call') return phase;
  if (call.connection.value.state !== 'ok') return 'reconnecting';
  const { held, paused } = call.room.value;
  // Who moderates goes on working while the others wait.
  if (paused) return 'paused';
  return held && !call.moderates.value ? 'held' : 'call';
}

/**
 * @param {import('./journey.js').Journey} journey
 * @returns {string}
 */
export function journeyState(journey) {
  const step = journey.step.value;
  if (step !== 'joined') return step === 'invalid' ? 'link-invalid' : step;
  return invalid(journey.call) ? 'link-invalid' : callState(journey.call);
}

/** Unknown, expired and revoked look the same. @param {import('../call/call.js').Call} call */
export function invalid({ phase, failure }) {
  return phase.value === 'failed' && (failure.value === 'link_invalid' || failure.value === 'link_revoked');
}
