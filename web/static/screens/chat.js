/**
 * C7, B6: what people in the call write to each other and hand over: beside the stage where there is room, over all of it on a phone.
 *
 * **Text is text**, addresses open after a question, and nothing that was handed over is ever shown here: it is saved. **What is for one person alone says so**,
 * and never goes to others because that person has left. Loaded when the call begins, with its words and its style sheet.
 */
import { h, useEffect, useLayoutEffect, useRef, useState } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { announce } from '../ui/announce.js';
import { quiet, secondary } from '../ui/button.js';
import { tags } from '../ui/dom.js';
import { icon } from '../ui/icon.js';
import { notice } from '../ui/notice.js';
import { useSheet } from '../ui/sheet.js';
import { dress } from '../ui/style.js';
import { cleanWritten } from '../ui/written.js';
import { namesOf } from './byline.js';
import { Composer } from './composer.js';
import { allowed, stateOf } from './file_words.js';
import { useMedia } from './hooks.js';
import { List } from './messages.js';
import { nameOf } from './names.js';
import { words } from './words.js';

const { div, h2, p, section } = tags;

/** @typedef {import('../call/chat.js').Chat} ChatOfCall */
/** @typedef {import('../call/chat.js').Message} Message */
/** @typedef {import('../call/file_list.js').FileEntry} FileEntry */
/** @typedef {import('../call/types.js').Member} Member */
/** @typedef {import('./names.js').Read} Read */

/** How much of a message is read out, in letters. */
const readOut = 300;

/** Its words and how it looks. */
export const ready = () => Promise.all([words(), dress(new URL('../style/chat.css', import.meta.url))]);

/** Stays as long as the call: what was begun to be written stays as well. @param {{ call: import('../call/call.js').Call, chat: ChatOfCall, read: Read, open: boolean, onClose: () => void }} props */
export function Chat({ call, chat, read, open, onClose }) {
  const [draft, setDraft] = useState('');
  /** Whom alone it is for. */
  const [target, setTarget] = useState(/** @type {Member | null} */ (null));
  const latest = chat.latest.value;
  const said = useRef(latest);
  useEffect(() => {
    if (!latest || said.current === latest) return;
    said.current = latest;
    announce(spoken(latest, read, open));
  }, [latest]);
  useEffect(() => chat.watch(open), [chat, open]);
  useOutcomes(chat, read);
  return open ? h(Panel, { call, chat, read, draft, onDraft: setDraft, target, onTarget: setTarget, onClose }) : null;
}

/** What a screen reader says of it; all of it where the person has the messages open. @param {Message | FileEntry} news @param {Read} read @param {boolean} whole */
function spoken(news, read, whole) {
  if ('size' in news) return t('chat.new.file', { name: nameOf(news.person, read), file: news.name });
  const name = news.from ? nameOf(news.from, read) : '';
  return whole ? t('chat.said', { name, text: cleanWritten(news.text).slice(0, readOut) }) : t('chat.new', { name });
}

/** Says aloud what came of what is on its way. @param {ChatOfCall} chat @param {Read} read */
function useOutcomes(chat, read) {
  const messages = chat.messages.value;
  const files = chat.files.list.value;
  const known = useRef(/** @type {Map<string, string>} */ (new Map()));
  useEffect(() => {
    const before = known.current;
    known.current = new Map([...messages, ...files].map(({ id, state }) => [id, state]));
    const changed = (/** @type {{ id: string, state: string }} */ { id, state }) => before.has(id) && before.get(id) !== state;
    for (const message of messages) if (message.state === 'failed' && changed(message)) announce(t('chat.failed', { names: namesOf(message.missing, read) }));
    for (const entry of files) if (outcomes.has(entry.state) && changed(entry)) announce(`${entry.name}: ${stateOf(entry, read)}`);
  }, [messages, files]);
}

/** What a person waits for. */
const outcomes = new Set(['done', 'declined', 'cancelled', 'failed']);

/**
 * @param {{
 *   call: import('../call/call.js').Call, chat: ChatOfCall, read: Read, draft: string, onDraft: (draft: string) => void,
 *   target: Member | null, onTarget: (target: Member | null) => void, onClose: () => void,
 * }} props
 */
function Panel({ call, chat, read, draft, onDraft, target, onTarget, onClose }) {
  const panel = useRef(/** @type {HTMLElement | null} */ (null));
  const heading = useRef(/** @type {HTMLHeadingElement | null} */ (null));
  const field = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const touch = useMedia('(pointer: coarse)');
  useSheet(panel, '.call', useMedia('(max-width: 59.99rem)'));
  // Where a keyboard would cover what was written, it comes when it is asked for.
  useLayoutEffect(() => (touch ? heading : field).current?.focus({ preventScroll: true }), []);
  const { state } = call.confidence.lock.value;
  const waiting = call.moderates.value ? call.waiting.value.length : 0;
  const cannot = call.members.value.filter(({ identity }) => !identity);
  return section(
    {
      class: 'chat', ref: panel, 'aria-labelledby': 'chat-title', 'data-test': 'chat',
      onKeyDown: (event) => {
        const inside = event.target instanceof Element && event.target.closest('dialog, select');
        if (event.key !== 'Escape' || event.isComposing || inside) return;
        event.stopPropagation();
        onClose();
      },
    },
    div(
      { class: 'chat-head' },
      h2({ class: 'chat-title', id: 'chat-title', tabIndex: -1, ref: heading }, icon('chat'), t('chat.title')),
      quiet({ icon: 'close', onClick: onClose, 'data-test': 'chat-close' }, t('close')),
    ),
    // Over all of the screen it hides who waits.
    waiting > 0 && secondary({ icon: 'door', class: 'chat-waiting', onClick: onClose, 'data-test': 'chat-waiting' }, t('room.waiting.count', { n: waiting })),
    h(List, { chat, read },
      p({ class: 'chat-hint' }, t(chat.addressees.value.limited ? 'chat.hint.limited' : 'chat.hint')),
      p({ class: 'chat-hint', id: 'chat-files' }, icon('clip'), t('file.allowed', allowed(chat.limits.files))),
      (state === 'open' || state === 'unable') && p({ class: 'chat-hint', 'data-test': 'chat-sealed' }, icon('lock'), t('chat.sealed')),
    ),
    cannot.length > 0 && notice({ tone: 'warn', 'data-test': 'chat-cannot' }, t('chat.cannot', { names: namesOf(cannot, read) })),
    h(Composer, { chat, read, draft, onDraft, target, onTarget, field, touch }),
  );
}
