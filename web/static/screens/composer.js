/**
 * Where one writes, picks a file, and says for whom.
 *
 * **What is for one person alone never goes to others because that person has left**: it stays unsent, and says so. **A file goes to several after a question.**
 */
import { h, useLayoutEffect, useRef, useState } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { primary, secondary } from '../ui/button.js';
import { classes, tags } from '../ui/dom.js';
import { Select } from '../ui/field.js';
import { notice } from '../ui/notice.js';
import { allowed } from './file_words.js';
import { GiveDialog } from './giving.js';
import { nameOf } from './names.js';

const { div, form, input, label, option, p, textarea } = tags;

/** @typedef {import('../call/types.js').Member} Member */
/** @typedef {import('../call/file_giving.js').Refused} Refused */

/** So few letters before the longest text it is said how many are left. */
const fewLeft = 400;

/**
 * @param {{
 *   chat: import('../call/chat.js').Chat, read: import('./names.js').Read, draft: string, onDraft: (draft: string) => void, target: Member | null, onTarget: (target: Member | null) => void,
 *   field: import('../third_party/preact.js').RefObject<HTMLTextAreaElement | null>, touch: boolean,
 * }} props
 */
export function Composer({ chat, read, draft, onDraft, target, onTarget, field, touch }) {
  const picker = useRef(/** @type {HTMLInputElement | null} */ (null));
  const [refused, setRefused] = useState(/** @type {Refused | null} */ (null));
  /** The file that is asked about before it goes to all. */
  const [asked, setAsked] = useState(/** @type {{ file: File, name: string, people: Member[] } | null} */ (null));
  const { room, alone, limited } = chat.addressees.value;
  const closed = chat.closed.value;
  const busy = chat.busy.value;
  // Of two there is no choice; what was meant for somebody who is gone is not for the one who is left.
  const here = !target || (alone.length > 0 ? alone : room).some(({ participant }) => participant === target.participant);
  const to = target && alone.length > 0 ? target.participant : null;
  const left = chat.limits.length - draft.length;
  const off = closed !== null || !here;
  const may = allowed(chat.limits.files);

  const send = () => {
    if (off || !chat.write(draft, to)) return;
    onDraft('');
    setRefused(null);
    field.current?.focus();
  };
  /** @param {File} file @param {string | null} to @param {Member[]} people */
  const give = async (file, to, people) => {
    setAsked(null);
    const how = await chat.give(file, to, people);
    setRefused(how === 'offered' ? null : how);
  };
  /** @param {File | undefined} file */
  const choose = async (file) => {
    if (!file || off) return;
    const checked = await chat.check(file, to);
    setRefused(typeof checked === 'string' ? checked : null);
    if (typeof checked === 'string') return;
    if (to === null && checked.people.length > 1) setAsked({ file, ...checked });
    else await give(file, to, checked.people);
  };
  // As high as what is in it, within bounds that the style sheet sets.
  useLayoutEffect(() => {
    const element = field.current;
    if (!element) return;
    element.style.blockSize = 'auto';
    element.style.blockSize = `${element.scrollHeight + element.offsetHeight - element.clientHeight}px`;
  }, [draft]);

  return [
    form(
      {
        class: classes('chat-form', target && here && alone.length > 0 && 'chat-form-alone'),
        onSubmit: (event) => {
          event.preventDefault();
          send();
        },
      },
      closed && notice({ tone: 'info', icon: closed === 'alone' ? 'person' : 'pause', live: true, 'data-test': 'chat-closed' }, t(`chat.closed.${closed}`)),
      !here && target && notice({ tone: 'warn', live: true, 'data-test': 'chat-target-gone' }, t('chat.to.gone', { name: nameOf(target, read) })),
      refused && notice({ tone: 'warn', live: true, 'data-test': 'file-refused' }, t(`file.refused.${refused}`, may)),
      (alone.length > 0 || !here) && h(
        Select,
        {
          label: t('chat.to'), value: here ? (to ?? '') : 'gone', 'data-test': 'chat-to',
          onChange: ({ currentTarget: { value } }) => onTarget(alone.find(({ participant }) => participant === value) ?? null),
        },
        !here && target && option({ value: 'gone', disabled: true }, t('chat.to.one', { name: nameOf(target, read) })),
        option({ value: '' }, t(limited ? 'chat.to.counsellors' : 'chat.to.all')),
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
          type: 'file', accept: chat.limits.files.accepted, ref: picker, class: 'unseen', tabIndex: -1, 'aria-hidden': true, 'data-test': 'chat-file',
          onChange: ({ currentTarget }) => {
            void choose(currentTarget.files?.[0]);
            currentTarget.value = '';
          },
        }),
        secondary(
          {
            icon: 'clip', title: t('file.allowed', may), 'aria-describedby': 'chat-files', 'aria-disabled': off || undefined, onClick: () => !off && picker.current?.click(),
            'data-test': 'chat-attach',
          },
          t('chat.attach'),
        ),
        primary({ type: 'submit', icon: 'forward', 'aria-disabled': off || busy || undefined, 'data-test': 'chat-send' }, t('chat.send')),
      ),
    ),
    // Beside the form, so that no key in it sends what is written.
    asked && h(GiveDialog, {
      chat, read, name: asked.name, size: asked.file.size, people: asked.people,
      onGive: (to, people) => void give(asked.file, to, people), onClose: () => setAsked(null),
    }),
  ];
}
