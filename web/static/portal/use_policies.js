/** The policies that the service offers, for forms. */
import { useEffect, useState } from '../third_party/preact.js';

/**
 * @param {import('./rooms.js').Rooms} rooms
 * @returns {import('./rules.js').Policy[]} none until they are there, and where the server does not tell: then a form shows no rules, and the server
 *   keeps them all the same
 */
export function usePolicies(rooms) {
  const [policies, setPolicies] = useState(/** @type {import('./rules.js').Policy[]} */ ([]));
  useEffect(() => {
    rooms.policies().then(setPolicies, () => {});
  }, [rooms]);
  return policies;
}
