/**
 * What a person is called on this screen.
 *
 * **The counsellor's label wins over what the person typed**, and **the role is always said in words**: a name that reads like
 * a counsellor's role, of somebody who has another, is not shown at all.
 */
import { t } from '../i18n/i18n.js';
import { cleanText } from '../ui/text.js';

/** @typedef {import('../call/call.js').Text} Text */

/** Letters that a name has which somebody gives himself, as a reader counts them. */
export const nameLongest = 40;

/** Gives the clear text of a label; empty where it cannot be read. @typedef {(text: Text) => string} Read */

/**
 * @param {{ role: import('../call/call.js').Role, name: Text, label?: Text }} person
 * @param {Read} read
 */
export function nameOf(person, read) {
  const own = cleanText(read(person.name), nameLongest);
  return (person.label && cleanText(read(person.label))) || (imitates(own, person.role) ? '' : own) || t(`role.${person.role}`);
}

/** Whether who has this role is one of the counselling service. @param {import('../call/call.js').Role | undefined} role */
export const moderates = (role) => role === 'counsellor' || role === 'co-counsellor';

/** Letters and numbers alone, however they are written. @param {string} text */
const bare = (text) => text.normalize('NFKD').toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

/** @param {string} name @param {import('../call/call.js').Role} role @returns {boolean} whether the name reads like a counsellor's role, and the person has none */
export function imitates(name, role) {
  return !moderates(role) && bare(name).includes(bare(t('role.counsellor')));
}

/** The role in words, or nothing where the name is the role already. @param {{ role: import('../call/call.js').Role }} person @param {string} name */
export function roleOf({ role }, name) {
  const words = t(`role.${role}`);
  return words === name ? undefined : words;
}
