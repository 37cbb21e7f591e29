/**
 * One file that is handed over: what it is, how far it is, and what can be done with it.
 *
 * **Nothing of it is ever shown here**: it is saved, as bytes of no type that a browser would open.
 */
import { t } from '../i18n/i18n.js';
import { primary, secondary } from '../ui/button.js';
import { classes, tags } from '../ui/dom.js';
import { icon } from '../ui/icon.js';
import { save } from '../ui/save.js';
import { byline } from './byline.js';
import { sizeOf, stateOf } from './file_words.js';
import { nameOf } from './names.js';

const { bdi, div, li, p, progress } = tags;

/** @typedef {import('../call/file_list.js').FileEntry} FileEntry */

/** @param {{ chat: import('../call/chat.js').Chat, read: import('./names.js').Read, entry: FileEntry }} props */
export function Handed({ chat, read, entry }) {
  const { id, incoming, person, at, name, size, state, percent, blob } = entry;
  const { files } = chat;
  const of = { file: name };
  const alone = entry.private && (incoming ? t('chat.alone') : t('chat.alone.own', { name: nameOf(person, read) }));
  const going = state === 'next' || state === 'moving' || state === 'checking';
  return li(
    { class: classes('chat-item', !incoming && 'chat-item-own', incoming && entry.private && 'chat-item-alone'), 'data-test': 'file', 'data-state': state },
    byline({ person: incoming ? person : null, read, at, alone, to: !incoming && !alone && t('file.to', { name: nameOf(person, read) }) }),
    div({ class: 'chat-file' }, icon('clip'), div(null, p({ class: 'chat-file-name' }, bdi({ 'data-test': 'file-name' }, name)), p({ class: 'chat-file-size' }, sizeOf(size)))),
    going && progress({ class: 'chat-progress', max: 100, value: percent, 'aria-label': t('file.progress', of) }),
    p({ class: 'chat-state', 'data-test': 'file-state' }, stateOf(entry, read)),
    incoming && state === 'offered' && div(
      { class: 'chat-buttons' },
      primary({ icon: 'check', 'aria-label': t('file.accept.name', of), onClick: () => files.accept(id), 'data-test': 'file-accept' }, t('file.accept')),
      secondary({ 'aria-label': t('file.decline.name', of), onClick: () => files.cancel(id), 'data-test': 'file-decline' }, t('file.decline')),
    ),
    (going || (!incoming && state === 'offered')) && div(
      { class: 'chat-buttons' },
      secondary({ icon: 'close', 'aria-label': incoming ? t('file.cancel.name', of) : t('file.withdraw.name', of), onClick: () => files.cancel(id), 'data-test': 'file-cancel' }, incoming ? t('cancel') : t('file.withdraw')),
    ),
    blob && div({ class: 'chat-buttons' }, primary({ icon: 'down', 'aria-label': t('file.save.name', of), onClick: () => save(blob, name), 'data-test': 'file-save' }, t('file.save'))),
  );
}
