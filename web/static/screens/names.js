/**
 * What a person is called on this screen.
 *
 * **The counsellor's label wins over what the person typed**, and **the role is always said in words**, so that no name can
 * pretend to be a counsellor.
 */
import { t } from '../i18n/i18n.js';
import { cleanText } from '../ui/text.js';

/** @typedef {import('../call/call.js').Text} Text */

/** Gives the clear text of a label; empty where it cannot be read. @typedef {(text: Text) => string} Read */

/** Reads what is not sealed. @type {Read} */
export const readPlain = (text) => ('plain' in text ? text.plain : '');

/**
 * @param {{ role: import('../call/call.js').Role, name: Text, label?: Text }} person
 * @param {Read} read
 */
export function nameOf(person, read) {
  return (person.label && cleanText(read(person.label))) || cleanText(read(person.name)) || t(`role.${person.role}`);
}

/** The role in words, or nothing where the name is the role already. @param {{ role: import('../call/call.js').Role }} person @param {string} name */
export function roleOf({ role }, name) {
  const words = t(`role.${role}`);
  return words === name ? undefined : words;
}
