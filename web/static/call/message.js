/**
 * A message of the chat: its shapes and bounds, and who may write to whom.
 *
 * **Pure. Checked by who writes and by who reads**: a page that keeps to no rule is not heard (e2ee/README.md, "Chat and files").
 */
import { toBase64url } from '../e2ee/bytes.js';
import { moderates } from './role.js';

/** @typedef {import('./types.js').Member} Member */
/** Whether those who do not moderate may write to each other: to all in the room, or to who moderates alone. @typedef {'all' | 'counsellors'} Rule */

/** Longest text in UTF-16 units, as a text field counts them. */
export const lengthMost = 4_000;
/** Messages that one person may send within a second. */
export const perSecond = 5;

const idShape = /^[\w-]{22}$/;

/** @param {unknown} id */
export const isId = (id) => typeof id === 'string' && idShape.test(id);

export const newId = () => toBase64url(crypto.getRandomValues(new Uint8Array(16)));

/**
 * @param {Record<string, unknown>} content
 * @returns {{ id: string, text: string, private: boolean } | { got: string } | null} null: it is neither a message nor the answer to one
 */
export function readMessage({ id, text, got, private: alone }) {
  if (isId(got)) return { got: /** @type {string} */ (got) };
  if (!isId(id) || typeof text !== 'string' || text.length > lengthMost || text.trim() === '') return null;
  return { id: /** @type {string} */ (id), text, private: alone === true };
}

/**
 * Whom one may write to. Who introduced himself with nothing is given nothing.
 * @param {{ role: import('./types.js').Role, lent?: boolean }} me
 * @param {Member[]} members
 * @param {Rule} rule
 * @returns {{ room: Member[], alone: Member[], limited: boolean }} who gets what is written to the room; to whom alone one may write, where that is a difference; limited: there are
 *   others, who get nothing of what is written to the room
 */
export function addressees(me, members, rule) {
  const reached = members.filter(({ identity }) => identity);
  const room = reached.filter((one) => mayWrite(me, one, false, rule));
  const limited = isLimited(me, members, rule);
  const choice = limited ? room.length > 1 : members.length > 1;
  return { room, limited, alone: choice ? reached.filter((one) => mayWrite(me, one, true, rule)) : [] };
}

/**
 * Whether what somebody writes to the room is for those alone who moderate, and there are others.
 * @param {{ role: import('./types.js').Role, lent?: boolean }} from
 * @param {{ role: import('./types.js').Role, lent?: boolean }[]} others everybody else who is in
 * @param {Rule} rule
 */
export function isLimited(from, others, rule) {
  return rule === 'counsellors' && !moderates(from) && others.some((one) => !moderates(one));
}

/**
 * @param {{ role: import('./types.js').Role, lent?: boolean }} from
 * @param {{ role: import('./types.js').Role, lent?: boolean }} to
 * @param {boolean} alone to this person and nobody else
 * @param {Rule} rule
 */
export function mayWrite(from, to, alone, rule) {
  return moderates(from) || moderates(to) || (!alone && rule === 'all');
}
