/**
 * What a person is called on this screen.
 *
 * **The counsellor's label wins over what the person typed**, and **the role is always said in words**: a name that reads like
 * a counsellor's role, of somebody who has another, is not shown at all.
 */
import { t } from '../i18n/i18n.js';
import { cleanText } from '../ui/text.js';
import { looks } from './looks.js';
import { moderates } from './staff.js';

/** @typedef {import('../call/call.js').Text} Text */

/** Letters that a name has which somebody gives himself, as a reader counts them. */
export const nameLongest = 40;

/** What counsellors are called in the languages of the pages: who reads one of them knows the other, perhaps. */
const said = ['Beratung', 'Berater', 'Counsellor', 'Counselor', 'Counselling', 'Counseling'];
const others = /** @type {const} */ (['interpreter', 'companion', 'specialist']);

/** Gives the clear text of a label; empty where it cannot be read. @typedef {(text: Text) => string} Read */

/**
 * @param {{ role: import('../call/call.js').Role, name: Text, label?: Text }} person
 * @param {Read} read
 */
export function nameOf(person, read) {
  const own = cleanText(read(person.name), nameLongest);
  return (person.label && cleanText(read(person.label))) || (imitates(own, person.role) ? '' : own) || t(`role.${person.role}`);
}

/** @param {string} name @param {import('../call/call.js').Role} role @returns {boolean} whether the name reads like a role that the person does not have */
export function imitates(name, role) {
  if (moderates(role)) return false;
  const read = looks(name);
  return [t('role.counsellor'), ...said].some((word) => read.includes(looks(word))) || others.some((other) => other !== role && read === looks(t(`role.${other}`)));
}

/** The role in words, or nothing where the name is the role already. @param {{ role: import('../call/call.js').Role }} person @param {string} name */
export function roleOf({ role }, name) {
  const words = t(`role.${role}`);
  return words === name ? undefined : words;
}
