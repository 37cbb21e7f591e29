/** What those who moderate see and do about one who waits, besides letting him in: his consent, his company, what was written; and what all who wait are told. */
import { h, useEffect, useState } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { quiet, secondary } from '../ui/button.js';
import { tags } from '../ui/dom.js';
import { Menu } from '../ui/menu.js';
import { notice } from '../ui/notice.js';
import { dress } from '../ui/style.js';
import { switchLine } from '../ui/switch.js';
import { useAction } from './action.js';
import { refusals } from './moderation.js';
import { nameOf } from './names.js';
import { NoteForm, NoteList } from './notes.js';
import { RecordDialog } from './withdraw.js';
import { words } from './words.js';

const { div } = tags;

/** @typedef {import('../call/call.js').Call} Call */
/** @typedef {import('../call/call.js').Waiter} Waiter */
/** @typedef {import('../call/call.js').Member} Member */
/** @typedef {import('./names.js').Read} Read */

export const ready = () => Promise.all([words(), dress(new URL('../style/reception.css', import.meta.url))]);

/** Facts about somebody's consent and company. @param {Waiter | Member} person @returns {[import('../ui/icon.js').IconName, string, boolean][]} picture, words, whether it is a warning */
export function standing({ consent, company, role }) {
  /** @type {[import('../ui/icon.js').IconName, string, boolean][]} */
  const all = [];
  if (consent === 'given') all.push(['check', t('room.consent.yes'), false]);
  if (consent === 'written') all.push(['check', t('room.consent.written'), false]);
  if (consent === 'open') all.push(['warn', t('room.consent.open'), true]);
  if (company && role !== 'counsellor') all.push([company === 'alone' ? 'person' : 'people', t(`room.company.${company}`), company === 'accompanied']);
  return all;
}

/** What records that somebody has withdrawn his consent, where there is one. @param {Waiter | Member} person @param {string} name @param {() => void} onClick @returns {import('../ui/menu.js').Item[]} */
export function recording({ consent }, name, onClick) {
  if (consent !== 'given' && consent !== 'written') return [];
  return [{ icon: 'hand', danger: true, label: t('room.withdraw'), name: t('room.withdraw.name', { label: name }), test: 'record-withdrawal', onClick }];
}

/** @param {{ call: Call, person: Waiter, name: string, children?: any }} props children: the buttons that let in and decline */
export function Caller({ call, person, name, children }) {
  const reception = call.reception.value;
  const [writing, setWriting] = useState(false);
  const [asking, setAsking] = useState(false);
  const [seals, setSeals] = useState(/** @type {boolean | null} */ (null));
  const { error, run } = useAction({ words: refusals });
  const { participant, state, notes = [], consent } = person;
  useEffect(() => {
    if (writing) void reception?.seals(person).then(setSeals);
  }, [writing]);
  const more = recording(person, name, () => setAsking(true));
  return [
    consent === 'open' &&
      notice(
        { tone: 'warn', 'data-test': 'consent-open' }, t('room.consent.open.why'),
        secondary({ icon: 'check', 'aria-label': t('room.consent.note.name', { label: name }), onClick: () => run(call.moderation.noteConsent(participant)), 'data-test': 'consent-written' }, t('room.consent.note')),
      ),
    reception && h(NoteList, { reception, notes, own: 'counsellor', name }),
    error && notice({ tone: 'wrong', live: true }, error),
    children,
    state !== 'declined' &&
      div(
        { class: 'panel-buttons queue-more' },
        quiet({ icon: 'chat', 'aria-expanded': writing, 'aria-label': t('room.note.name', { label: name }), onClick: () => setWriting(!writing), 'data-test': 'note-open' }, t('room.note')),
        more.length > 0 && h(Menu, { label: t('call.more'), name: t('room.more', { label: name }), items: more, 'data-test': 'waiting-more' }),
      ),
    writing && reception && state !== 'declined' && seals !== null &&
      h(NoteForm, {
        reception, unsealed: !seals, label: t('room.note.label', { label: name }),
        ready: [t('room.note.ready.five'), t('room.note.ready.patience'), t('room.note.ready.here')], onWrite: (text) => reception.writeTo(person, text, !seals),
      }),
    asking && h(RecordDialog, { call, participant, name, onClose: () => setAsking(false) }),
  ];
}

/** What all who wait are told, and whose consent was withdrawn. @param {{ call: Call, read: Read }} props */
export function Told({ call, read }) {
  const { error, run } = useAction({ words: refusals });
  const on = call.room.value.colleague ?? false;
  const withdrawn = call.reception.value?.withdrawn;
  return [
    withdrawn?.value &&
      notice(
        { tone: 'info', icon: 'trash', live: true, 'data-test': 'withdrawn-note' }, t('room.withdrawn', { label: nameOf(withdrawn.value, read) }),
        quiet({ onClick: () => (withdrawn.value = null) }, t('close')),
      ),
    error && notice({ tone: 'wrong', live: true }, error),
    call.waiting.value.length > 0 &&
      switchLine({ icon: 'people', on, now: t(on ? 'room.colleague.on' : 'room.colleague.off'), onClick: () => run(call.moderation.colleague(!on)), 'data-test': 'colleague' }, t('room.colleague')),
  ];
}
