/** What is written between the waiting room and those who moderate: read and written alike on both sides. */
import { h, useEffect, useRef, useState } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { announce } from '../ui/announce.js';
import { secondary } from '../ui/button.js';
import { classes, tags } from '../ui/dom.js';
import { Area } from '../ui/field.js';
import { icon } from '../ui/icon.js';
import { notice } from '../ui/notice.js';
import { cleanWritten } from '../ui/written.js';
import { useAction } from './action.js';

const { div, form, li, p, span, ul } = tags;

/** @typedef {import('../call/types.js').Note} Note */

/** How long one waits before the next, in milliseconds; the server holds everybody to it. */
const pause = 10_000;

/**
 * @param {{ reception: import('../call/reception.js').Reception, notes: Note[], own: 'person' | 'counsellor', name?: string }} props own: which of the two writers looks at it; name: of the other, for the counsellor
 */
export function NoteList({ reception, notes, own, name }) {
  const said = notes.map((note) => (note.from === own ? '' : cleanWritten(reception.read(note) ?? ''))).filter(Boolean);
  const heard = useRef(0);
  useEffect(() => {
    const last = said[said.length - 1];
    if (said.length > heard.current && last) announce(own === 'person' ? t('note.heard', { text: last }) : t('room.note.heard', { label: name ?? '', text: last }));
    heard.current = said.length;
  }, [said.join('\n')]);
  return (
    notes.length > 0 &&
    ul(
      { class: 'notes', 'data-test': 'notes' },
      notes.map((note, i) => {
        const text = reception.read(note);
        const mine = note.from === own;
        return li(
          { key: note.sealed ?? `${i} ${note.plain}`, class: classes('note', mine && 'note-own'), 'data-test': 'note' },
          span({ class: 'note-by' }, mine ? t('chat.own') : own === 'person' ? t('role.counsellor') : name),
          p({ class: 'note-text', dir: 'auto' }, text === undefined ? '…' : text === null ? t('note.locked') : cleanWritten(text)),
          !note.sealed && span({ class: 'note-plain' }, icon('warn'), t('note.plain')),
        );
      }),
    )
  );
}

/**
 * @param {{
 *   reception: import('../call/reception.js').Reception, unsealed: boolean, label: string, ready?: string[], autoFocus?: boolean,
 *   onWrite: (text: string) => Promise<void>,
 * }} props unsealed: it can be read on the way; ready: sentences to choose
 */
export function NoteForm({ reception, unsealed, label, ready = [], autoFocus, onWrite }) {
  const [draft, setDraft] = useState('');
  const [resting, setResting] = useState(false);
  const [busy, setBusy] = useState(false);
  const root = useRef(/** @type {HTMLFormElement | null} */ (null));
  const { error, run } = useAction({ words: { not_found: 'room.failed.gone', too_fast: 'note.fast' } });
  const letters = [...draft].length;
  useEffect(() => {
    if (autoFocus) root.current?.querySelector('textarea')?.focus();
  }, []);
  useEffect(() => {
    if (!resting) return;
    const timer = setTimeout(() => setResting(false), pause);
    return () => clearTimeout(timer);
  }, [resting]);
  /** @param {string} text */
  const write = (text) => {
    if (resting || busy || !reception.fits(text)) return;
    setBusy(true);
    run(onWrite(text).then(() => (setDraft(''), setResting(true))).finally(() => setBusy(false)));
  };
  return form(
    {
      class: 'note-form', ref: root,
      onSubmit: (event) => {
        event.preventDefault();
        write(draft);
      },
    },
    unsealed && p({ class: 'note-plain', 'data-test': 'note-unsealed' }, icon('warn'), t('note.unsealed')),
    ready.length > 0 && div({ class: 'note-ready', role: 'group', 'aria-label': t('room.note.ready') }, ready.map((text) => secondary({ key: text, 'aria-disabled': resting || busy || undefined, onClick: () => write(text), 'data-test': 'note-ready' }, text))),
    h(Area, { label, rows: 2, value: draft, maxLength: 2 * reception.lengthMost, error: letters > reception.lengthMost ? t('note.long', { n: reception.lengthMost }) : null, onInput: (event) => setDraft(event.currentTarget.value), 'data-test': 'note-text' }),
    error && notice({ tone: 'wrong', live: true }, error),
    div(
      { class: 'note-send' },
      p({ role: 'status', class: 'note-state', 'data-test': 'note-state' }, resting ? t('note.sent') : ''),
      secondary({ type: 'submit', icon: 'forward', 'aria-disabled': resting || busy || !reception.fits(draft) || undefined, 'data-test': 'note-send' }, t('chat.send')),
    ),
  );
}
