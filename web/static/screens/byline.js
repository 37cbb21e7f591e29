/** Who, as what, when, and for whom: what stands above each message and each file. */
import { t, time } from '../i18n/i18n.js';
import { tags } from '../ui/dom.js';
import { icon } from '../ui/icon.js';
import { nameOf, roleOf } from './names.js';

const { bdi, div, span } = tags;

/** @typedef {import('../call/types.js').Member} Member */
/** @typedef {import('./names.js').Read} Read */

/** @param {Member[]} people @param {Read} read */
export const namesOf = (people, read) => people.map((one) => nameOf(one, read)).join(', ');

/** @param {{ person: Member | null, read: Read, at: number, alone: string | false, to?: string | false }} of */
export function byline({ person, read, at, alone, to }) {
  const name = person ? nameOf(person, read) : t('chat.own');
  const role = person && roleOf(person, name);
  return div(
    { class: 'chat-who' },
    bdi({ class: 'chat-name' }, name),
    role && span(null, role),
    to && bdi(null, to),
    span({ class: 'chat-time' }, time(at)),
    alone && span({ class: 'chat-alone', 'data-test': 'chat-private' }, icon('lock'), alone),
  );
}
