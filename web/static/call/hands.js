/**
 * Hands that are up, in their order, one's own among them.
 *
 * **The server numbers them**: a hand that goes down changes nothing for the others, and all pages count alike.
 */
import { computed } from '../third_party/preact.js';

/** @typedef {{ participant: string, place: number }} Hand place: 1 for the hand that has been up longest */

/**
 * @param {Pick<import('./connection.js').Connection, 'request'>} connection
 * @param {Pick<import('./roster.js').Roster, 'me' | 'hand'>} roster
 * @param {import('../third_party/preact.js').ReadonlySignal<import('./types.js').Member[]>} members everybody else
 */
export function hands(connection, roster, members) {
  /** @type {import('../third_party/preact.js').ReadonlySignal<Hand[]>} */
  const up = computed(() => {
    const own = { participant: roster.me.value?.participant ?? '', hand: roster.hand.value };
    return [own, ...members.value]
      .flatMap(({ participant, hand }) => (hand ? [{ participant, hand }] : []))
      .sort((a, b) => a.hand - b.hand)
      .map(({ participant }, before) => ({ participant, place: before + 1 }));
  });
  return {
    up,
    /** Where somebody stands in the order; 0 while the hand is down. @param {string | undefined} participant */
    place: (participant) => up.value.find((one) => one.participant === participant)?.place ?? 0,
    /** One's own place. */
    own: computed(() => up.value.find((one) => one.participant === roster.me.value?.participant)?.place ?? 0),
    /** Puts up one's own, or takes it down. Rejects with a `Refused`. @param {boolean} on @returns {Promise<void>} */
    raise: (on) => connection.request('raise_hand', { up: on }),
  };
}
