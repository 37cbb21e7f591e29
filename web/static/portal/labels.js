/** What people of a room are called in the portal: by their labels, and by role and number where there is none. */
import { t } from '../i18n/i18n.js';
import { cleanText } from '../ui/text.js';

/** @typedef {import('./rooms.js').Room} Room */
/** @typedef {import('./rooms.js').Person} Person */

/**
 * Names for everybody, so that two without a label can be told apart. Revoked people count too: a number stays with its person.
 * @param {Room} room
 * @param {Pick<import('./texts.js').Texts, 'read'>} texts
 * @returns {(person: Person) => string}
 */
export function labelsOf(room, texts) {
  /** @param {Person} person */
  const own = (person) => cleanText(texts.read(room, 'label', person.label));
  const unnamed = room.persons.filter((person) => !own(person));
  return (person) => {
    const alike = unnamed.filter(({ role }) => role === person.role);
    const role = t(`role.${person.role}`);
    return own(person) || (alike.length > 1 ? t('portal.invite.unnamed', { role, n: alike.findIndex(({ id }) => id === person.id) + 1 }) : role);
  };
}
