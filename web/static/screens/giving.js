/**
 * The question before a file goes to more than one person: what it is, who gets it, and whether it is for one of them alone.
 *
 * **Nobody gets it whom the question has not named**: who has come meanwhile is left out, and what is for one person alone goes to nobody else once that person has left.
 */
import { h, useEffect, useState } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { Ask } from '../ui/ask.js';
import { primary } from '../ui/button.js';
import { tags } from '../ui/dom.js';
import { Select } from '../ui/field.js';
import { icon } from '../ui/icon.js';
import { namesOf } from './byline.js';
import { sizeOf } from './file_words.js';
import { nameOf } from './names.js';

const { bdi, div, option, p } = tags;

/** @typedef {import('../call/types.js').Member} Member */

/**
 * @param {{
 *   chat: import('../call/chat.js').Chat, read: import('./names.js').Read, name: string, size: number, people: Member[],
 *   onGive: (to: string | null, people: Member[]) => void, onClose: () => void,
 * }} props people: who was there when it was asked; onGive: `to` one alone, or to all of `people`, none where they have left
 */
export function GiveDialog({ chat, read, name, size, people, onGive, onClose }) {
  const [one, setOne] = useState(/** @type {string | null} */ (null));
  const { room, alone, limited } = chat.addressees.value;
  const named = (/** @type {Member} */ { participant }) => people.some((other) => other.participant === participant);
  const choices = alone.filter(named);
  // Of two there is no difference between one alone and the room.
  const to = alone.length > 0 ? one : null;
  const getting = (to === null ? room : alone).filter((member) => named(member) && (one === null || member.participant === one));
  useEffect(() => {
    if (getting.length === 0) onGive(null, []);
  }, [getting.length]);

  return h(
    Ask,
    {
      title: getting.length === 1 ? t('file.ask.one', { name: nameOf(getting[0], read) }) : t(limited ? 'file.ask.counsellors' : 'file.ask.all', { n: getting.length }),
      onClose, 'data-test': 'give-dialog',
      yes: primary({ onClick: () => onGive(to, getting), 'data-test': 'give-yes' }, t('file.ask.yes')),
    },
    div({ class: 'chat-file' }, icon('clip'), div(null, p({ class: 'chat-file-name' }, bdi(null, name)), p({ class: 'chat-file-size' }, sizeOf(size)))),
    choices.length > 0 && h(
      Select,
      { label: t('chat.to'), value: one ?? '', 'data-test': 'give-to', onChange: ({ currentTarget: { value } }) => setOne(value || null) },
      option({ value: '' }, t(limited ? 'chat.to.counsellors' : 'chat.to.all')),
      choices.map((member) => option({ key: member.participant, value: member.participant }, t('chat.to.one', { name: nameOf(member, read) }))),
    ),
    p({ 'data-test': 'give-names' }, t('file.ask.names', { names: namesOf(getting, read) })),
  );
}
