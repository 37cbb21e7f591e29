/**
 * The small groups of a room: who is with whom.
 *
 * **Pure**: the server says where everybody is, and keeps them apart; the pages keep what they write within the same bounds.
 */
import { isModerator } from './role.js';

/** @typedef {Pick<import('./types.js').Member, 'role' | 'group' | 'promoted'>} Placed */

/** The group that somebody is in; 0 is the main room. @param {{ group?: number }} one */
export const groupOf = ({ group = 0 }) => group;

/**
 * Whether two hear each other, as far as groups go. While the room is held those who moderate are together, wherever each is.
 * @param {Placed} one @param {Placed} other @param {boolean} held
 */
export const areTogether = (one, other, held) => groupOf(one) === groupOf(other) || (held && isModerator(one) && isModerator(other));

/**
 * Spreads people evenly: groups differ by one at most, and who stands next to each other in the list comes into different ones.
 * @param {string[]} people @param {number} groups
 * @returns {Record<string, number>} group by person, from 1 on
 */
export const spread = (people, groups) => Object.fromEntries(people.map((person, i) => [person, (i % groups) + 1]));
