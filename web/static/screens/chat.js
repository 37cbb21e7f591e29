/**
 * C7, B6: what people in the call write to each other and hand over: beside the stage where there is room, over all of it on a phone.
 *
 * **Text is text**, addresses open after a question, and nothing that was handed over is ever shown here: it is saved. **What is for one person alone says so**,
 * and never goes to others because that person has left. Loaded when the call begins, with its words and its style sheet.
 */
import { h, useEffect, useLayoutEffect, useRef, useState } from '../third_party/preact.js';
import { language, t, time } from '../i18n/i18n.js';
import { announce } from '../ui/announce.js';
import { linkButton, primary, quiet, secondary } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { classes, tags } from '../ui/dom.js';
import { Select } from '../ui/field.js';
import { icon } from '../ui/icon.js';
import { notice } from '../ui/notice.js';
import { dress } from '../ui/style.js';
import { cleanWritten, partsOf } from '../ui/written.js';
import { useMedia } from './hooks.js';
import { words } from './lock.js';
import { nameOf, roleOf } from './names.js';

const { bdi, div, form, h2, input, label, li, ol, option, p, progress, section, span, textarea } = tags;

/** @typedef {import('../call/chat.js').Chat} ChatOfCall */
/** @typedef {import('../call/chat.js').Message} Message */
/** @typedef {import('../call/file_list.js').FileEntry} FileEntry */
/** @typedef {import('../call/file_giving.js').Offered} Offered */
/** @typedef {import('../call/types.js').Member} Member */
/** @typedef {import('./names.js').Read} Read */

/** So few letters before the longest text it is said how many are left. */
const fewLeft = 400;
/** How much of a message is read out, in letters. */
const readOut = 300;
/** A browser has its bytes after so long, ms: then the address is taken back. */
const savedWithin = 60_000;

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
    for (const entry of files) if (outcomes.has(entry.state) && changed(entry)) announce(`${entry.name}: ${stateOf(entry)}`);
  }, [messages, files]);
}

/** What a person waits for. */
const outcomes = new Set(['done', 'declined', 'cancelled', 'failed']);

/** @param {Member[]} people @param {Read} read */
const namesOf = (people, read) => people.map((one) => nameOf(one, read)).join(', ');

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
  useSheet(panel, useMedia('(max-width: 59.99rem)'));
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
      p({ class: 'chat-hint' }, t('chat.hint')),
      (state === 'open' || state === 'unable') && p({ class: 'chat-hint', 'data-test': 'chat-sealed' }, icon('lock'), t('chat.sealed')),
    ),
    cannot.length > 0 && notice({ tone: 'warn', 'data-test': 'chat-cannot' }, t('chat.cannot', { names: namesOf(cannot, read) })),
    h(Composer, { chat, read, draft, onDraft, target, onTarget, field, touch }),
  );
}

/**
 * On a phone it covers everything: nothing beneath can be reached meanwhile, and it ends where the keyboard begins.
 * @param {{ current: HTMLElement | null }} panel @param {boolean} covers
 */
function useSheet(panel, covers) {
  useLayoutEffect(() => {
    const element = panel.current;
    if (!covers || !element) return;
    /** @type {HTMLElement[]} */
    const beneath = [];
    for (let at = element; at.parentElement && !at.matches('.call'); at = at.parentElement) {
      for (const other of at.parentElement.children) if (other !== at && other instanceof HTMLElement && !other.inert) beneath.push(other);
    }
    for (const one of beneath) one.inert = true;
    const seen = window.visualViewport;
    const fit = () => {
      element.style.insetBlockStart = `${seen?.offsetTop ?? 0}px`;
      element.style.blockSize = seen ? `${seen.height}px` : '';
    };
    fit();
    seen?.addEventListener('resize', fit);
    seen?.addEventListener('scroll', fit);
    return () => {
      seen?.removeEventListener('resize', fit);
      seen?.removeEventListener('scroll', fit);
      element.style.insetBlockStart = element.style.blockSize = '';
      for (const one of beneath) one.inert = false;
    };
  }, [covers]);
}

/** @param {{ chat: ChatOfCall, read: Read, children?: any }} props */
function List({ chat, read, children }) {
  const list = useRef(/** @type {HTMLDivElement | null} */ (null));
  const end = useRef(true);
  const [below, setBelow] = useState(false);
  const [link, setLink] = useState(/** @type {import('../ui/written.js').Part | null} */ (null));
  const messages = chat.messages.value;
  const files = chat.files.list.value;
  const all = [...messages, ...files].sort((a, b) => a.at - b.at);
  const last = all[all.length - 1];

  const down = () => {
    end.current = true;
    if (list.current) list.current.scrollTop = list.current.scrollHeight;
    setBelow(false);
  };
  // Who has scrolled up reads: he is told that there is more, and not torn away.
  useLayoutEffect(() => {
    if (end.current || (last && 'text' in last && !last.from)) down();
    else setBelow(true);
  }, [last?.id]);
  useEffect(() => {
    const element = list.current;
    if (!element) return;
    const fit = new ResizeObserver(() => end.current && down());
    fit.observe(element);
    return () => fit.disconnect();
  }, []);

  return div(
    { class: 'chat-past' },
    div(
      {
        class: 'chat-list', ref: list, tabIndex: 0, role: 'region', 'aria-label': t('chat.list'),
        onScroll: ({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => {
          end.current = scrollHeight - scrollTop - clientHeight < 40;
          if (end.current) setBelow(false);
        },
      },
      children,
      all.length === 0 && p({ class: 'chat-none' }, t('chat.none')),
      ol({ class: 'chat-items' }, all.map((one) => ('size' in one ? h(Handed, { key: one.id, chat, read, entry: one }) : h(Written, { key: one.id, chat, read, message: one, onLink: setLink })))),
    ),
    below && secondary({ icon: 'down', class: 'chat-down', onClick: down }, t('chat.down')),
    link && h(LinkDialog, { link, onClose: () => setLink(null) }),
  );
}

/** Who, as what, when, and for whom. @param {{ person: Member | null, read: Read, at: number, alone: string | false, to?: string | false }} of */
function head({ person, read, at, alone, to }) {
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

/** @param {{ chat: ChatOfCall, read: Read, message: Message, onLink: (link: import('../ui/written.js').Part) => void }} props */
function Written({ chat, read, message, onLink }) {
  const { id, from, to, at, text, state, missing } = message;
  const alone = message.private && (from ? t('chat.alone') : t('chat.alone.own', { name: to ? nameOf(to, read) : '' }));
  return li(
    { class: classes('chat-item', !from && 'chat-item-own', message.private && 'chat-item-alone'), 'data-test': 'message', 'data-state': state },
    head({ person: from, read, at, alone }),
    p(
      { class: 'chat-text', dir: 'auto', 'data-test': 'message-text' },
      partsOf(cleanWritten(text)).map((part) => (part.href ? h(Address, { part, onLink }) : part.text)),
    ),
    !from && state !== 'failed' && p({ class: 'chat-state' }, icon(state === 'there' ? 'check' : 'wait'), state === 'there' ? t('chat.there') : t('chat.going')),
    state === 'failed' && div(
      { class: 'chat-failed' },
      p(null, icon('warn'), t('chat.failed', { names: namesOf(missing, read) })),
      secondary({ icon: 'refresh', onClick: () => chat.again(id), 'data-test': 'message-again' }, t('chat.again')),
    ),
  );
}

/**
 * An address within words: no link that a middle button or a long press would open unasked, and no button, since those do not break at the end of a line.
 * @param {{ part: import('../ui/written.js').Part, onLink: (link: import('../ui/written.js').Part) => void }} props
 */
function Address({ part, onLink }) {
  const open = () => onLink(part);
  return span(
    {
      class: 'chat-link', role: 'button', tabIndex: 0, onClick: open, 'data-test': 'message-link',
      onKeyDown: (event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        open();
      },
    },
    part.text,
  );
}

/** @param {{ link: import('../ui/written.js').Part, onClose: () => void }} props */
function LinkDialog({ link: { href = '', host = '' }, onClose }) {
  return h(
    Dialog,
    { title: t('chat.link.title'), onClose, 'data-test': 'link-dialog' },
    p(null, t('chat.link.body')),
    p({ class: 'chat-host', dir: 'ltr' }, host),
    p({ class: 'chat-address', dir: 'ltr' }, href),
    div(
      { class: 'dialog-actions' },
      secondary({ onClick: onClose, autoFocus: true }, t('cancel')),
      linkButton({ kind: 'primary', href, target: '_blank', rel: 'noreferrer noopener', onClick: () => setTimeout(onClose), 'data-test': 'link-open' }, t('chat.link.open')),
    ),
  );
}

/** "1.4 MB" @param {number} bytes */
function sizeOf(bytes) {
  const large = bytes >= 1_000_000;
  return new Intl.NumberFormat(language.value, { style: 'unit', unit: large ? 'megabyte' : 'kilobyte', maximumFractionDigits: large ? 1 : 0 }).format(large ? bytes / 1_048_576 : Math.max(1, bytes / 1_024));
}

/** @param {{ chat: ChatOfCall, read: Read, entry: FileEntry }} props */
function Handed({ chat, read, entry }) {
  const { id, incoming, person, at, name, size, state, percent, blob } = entry;
  const { files } = chat;
  const of = { file: name };
  const alone = entry.private && (incoming ? t('chat.alone') : t('chat.alone.own', { name: nameOf(person, read) }));
  const going = state === 'next' || state === 'moving' || state === 'checking';
  return li(
    { class: classes('chat-item', !incoming && 'chat-item-own', incoming && entry.private && 'chat-item-alone'), 'data-test': 'file', 'data-state': state },
    head({ person: incoming ? person : null, read, at, alone, to: !incoming && !alone && t('file.to', { name: nameOf(person, read) }) }),
    div({ class: 'chat-file' }, icon('clip'), div(null, p({ class: 'chat-file-name' }, bdi({ 'data-test': 'file-name' }, name)), p({ class: 'chat-file-size' }, sizeOf(size)))),
    going && progress({ class: 'chat-progress', max: 100, value: percent, 'aria-label': t('file.progress', of) }),
    p({ class: 'chat-state' }, stateOf(entry)),
    incoming && state === 'offered' && div(
      { class: 'chat-buttons' },
      primary({ icon: 'check', 'aria-label': t('file.accept.name', of), onClick: () => files.accept(id), 'data-test': 'file-accept' }, t('file.accept')),
      secondary({ 'aria-label': t('file.decline.name', of), onClick: () => files.cancel(id), 'data-test': 'file-decline' }, t('file.decline')),
    ),
    (going || (!incoming && state === 'offered')) && div({ class: 'chat-buttons' }, secondary({ icon: 'close', 'aria-label': t('file.cancel.name', of), onClick: () => files.cancel(id), 'data-test': 'file-cancel' }, t('cancel'))),
    blob && div({ class: 'chat-buttons' }, primary({ icon: 'down', 'aria-label': t('file.save.name', of), onClick: () => save(blob, name), 'data-test': 'file-save' }, t('file.save'))),
  );
}

/** @param {FileEntry} entry */
function stateOf({ state, incoming, percent, why, blob }) {
  switch (state) {
    case 'offered': return incoming ? t('file.care') : t('file.offered');
    case 'next': return t('file.next');
    case 'moving': return t('file.moving', { percent });
    case 'checking': return t('file.checking');
    case 'done': return incoming ? (blob ? t('file.here') : t('file.away')) : t('file.given');
    case 'declined': return t('file.declined');
    case 'cancelled': return t('file.cancelled');
    default: return t(`file.why.${why ?? 'lost'}`);
  }
}

/** Gives it to the browser to be kept, as bytes of no type that it would open here. @param {Blob} blob @param {string} name */
function save(blob, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  // Some older browsers follow no link that is nowhere.
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), savedWithin);
}

/**
 * @param {{
 *   chat: ChatOfCall, read: Read, draft: string, onDraft: (draft: string) => void, target: Member | null, onTarget: (target: Member | null) => void,
 *   field: import('../third_party/preact.js').RefObject<HTMLTextAreaElement | null>, touch: boolean,
 * }} props
 */
function Composer({ chat, read, draft, onDraft, target, onTarget, field, touch }) {
  const picker = useRef(/** @type {HTMLInputElement | null} */ (null));
  const [refused, setRefused] = useState(/** @type {Exclude<Offered, 'offered'> | null} */ (null));
  const { room, alone } = chat.addressees.value;
  const closed = chat.closed.value;
  const busy = chat.busy.value;
  // Of two there is no choice; what was meant for somebody who is gone is not for the one who is left.
  const here = !target || (alone.length > 0 ? alone : room).some(({ participant }) => participant === target.participant);
  const to = target && alone.length > 0 ? target.participant : null;
  const left = chat.limits.length - draft.length;
  const off = closed !== null || !here;

  const send = () => {
    if (off || !chat.write(draft, to)) return;
    onDraft('');
    setRefused(null);
    field.current?.focus();
  };
  /** @param {File | undefined} file */
  const give = async (file) => {
    if (!file || off) return;
    const how = await chat.give(file, to);
    setRefused(how === 'offered' ? null : how);
  };
  // As high as what is in it, within bounds that the style sheet sets.
  useLayoutEffect(() => {
    const element = field.current;
    if (!element) return;
    element.style.blockSize = 'auto';
    element.style.blockSize = `${element.scrollHeight + element.offsetHeight - element.clientHeight}px`;
  }, [draft]);

  return form(
    {
      class: classes('chat-form', target && here && alone.length > 0 && 'chat-form-alone'),
      onSubmit: (event) => {
        event.preventDefault();
        send();
      },
    },
    closed && notice({ tone: 'info', icon: closed === 'alone' ? 'person' : 'pause', live: true, 'data-test': 'chat-closed' }, t(`chat.closed.${closed}`)),
    !here && target && notice({ tone: 'warn', live: true, 'data-test': 'chat-target-gone' }, t('chat.to.gone', { name: nameOf(target, read) })),
    refused && notice({ tone: 'warn', live: true, 'data-test': 'file-refused' }, t(`file.refused.${refused}`)),
    (alone.length > 0 || !here) && h(
      Select,
      {
        label: t('chat.to'), value: here ? (to ?? '') : 'gone', 'data-test': 'chat-to',
        onChange: ({ currentTarget: { value } }) => onTarget(alone.find(({ participant }) => participant === value) ?? null),
      },
      !here && target && option({ value: 'gone', disabled: true }, t('chat.to.one', { name: nameOf(target, read) })),
      option({ value: '' }, t('chat.to.all')),
      alone.map((one) => option({ key: one.participant, value: one.participant }, t('chat.to.one', { name: nameOf(one, read) }))),
    ),
    label({ class: 'unseen', for: 'chat-text' }, t('chat.text')),
    textarea({
      id: 'chat-text', class: 'input chat-field', ref: field, rows: 2, maxLength: chat.limits.length, dir: 'auto', value: draft, readOnly: closed !== null, placeholder: t('chat.text'),
      'aria-describedby': left <= fewLeft ? 'chat-left' : undefined, enterkeyhint: touch ? 'enter' : 'send', 'data-test': 'chat-text',
      onInput: ({ currentTarget: { value } }) => onDraft(value),
      onKeyDown: (event) => {
        // On a phone Enter breaks the line: there the button is at hand, and Shift is not.
        if (event.key !== 'Enter' || event.shiftKey || event.isComposing || touch) return;
        event.preventDefault();
        send();
      },
    }),
    left <= fewLeft && p({ class: 'chat-left', id: 'chat-left' }, t('chat.left', { n: left })),
    div(
      { class: 'chat-send' },
      input({
        type: 'file', accept: chat.limits.files, ref: picker, class: 'unseen', tabIndex: -1, 'aria-hidden': true, 'data-test': 'chat-file',
        onChange: ({ currentTarget }) => {
          void give(currentTarget.files?.[0]);
          currentTarget.value = '';
        },
      }),
      secondary({ icon: 'clip', 'aria-disabled': off || undefined, onClick: () => !off && picker.current?.click(), 'data-test': 'chat-attach' }, t('chat.attach')),
      primary({ type: 'submit', icon: 'forward', 'aria-disabled': off || busy || undefined, 'data-test': 'chat-send' }, t('chat.send')),
    ),
  );
}
