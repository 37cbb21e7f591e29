/**
 * What was written and handed over, in its order.
 *
 * **Text is text**, cleaned of what is unseen, and an address opens after a question that names its host. **Who has scrolled up is not torn away.**
 */
import { h, useEffect, useLayoutEffect, useRef, useState } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { Ask } from '../ui/ask.js';
import { linkButton, secondary } from '../ui/button.js';
import { classes, tags } from '../ui/dom.js';
import { icon } from '../ui/icon.js';
import { cleanWritten, partsOf } from '../ui/written.js';
import { byline, namesOf } from './byline.js';
import { Handed } from './handed.js';
import { nameOf } from './names.js';

const { div, li, ol, p, span } = tags;

/** @typedef {import('../call/chat.js').Chat} ChatOfCall */
/** @typedef {import('../call/chat.js').Message} Message */
/** @typedef {import('./names.js').Read} Read */

/** @param {{ chat: ChatOfCall, read: Read, children?: any }} props */
export function List({ chat, read, children }) {
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

/** @param {{ chat: ChatOfCall, read: Read, message: Message, onLink: (link: import('../ui/written.js').Part) => void }} props */
function Written({ chat, read, message, onLink }) {
  const { id, from, to, at, text, state, missing } = message;
  const alone = message.limited ? t('chat.alone.limited') : message.private && (from ? t('chat.alone') : t('chat.alone.own', { name: to ? nameOf(to, read) : '' }));
  return li(
    { class: classes('chat-item', !from && 'chat-item-own', message.private && 'chat-item-alone'), 'data-test': 'message', 'data-state': state },
    byline({ person: from, read, at, alone }),
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
    Ask,
    {
      title: t('chat.link.title'), onClose, 'data-test': 'link-dialog',
      yes: linkButton({ kind: 'primary', href, target: '_blank', rel: 'noreferrer noopener', onClick: () => setTimeout(onClose), 'data-test': 'link-open' }, t('chat.link.open')),
    },
    p(null, t('chat.link.body')),
    p({ class: 'chat-host', dir: 'ltr' }, host),
    p({ class: 'chat-address', dir: 'ltr' }, href),
  );
}
