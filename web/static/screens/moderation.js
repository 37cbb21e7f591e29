/** What a counsellor decides about the whole room or a person, with a question before what cannot be taken back. */
import { h } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { Ask } from '../ui/ask.js';
import { danger, quiet, secondary } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { tags } from '../ui/dom.js';
import { notice } from '../ui/notice.js';
import { useAction } from './action.js';
import { isModerator } from './staff.js';

const { div, p } = tags;

/** @typedef {import('../call/call.js').Call} Call */

/** Why what is decided about people or the room may not be done. @type {import('./action.js').Refusals} */
export const refusals = { not_found: 'room.failed.gone', consent_open: 'room.failed.consent', not_saved: 'room.failed.saved' };

/** B8: step out for a moment, or end for everybody. Staying is what Enter does. @param {{ call: Call, onClose: () => void }} props */
export function LeaveDialog({ call, onClose }) {
  const { error, run } = useAction({ words: refusals, onDone: onClose });
  const opens = openable(call);
  return h(
    Dialog,
    { title: t('room.end.title'), onClose },
    error && notice({ tone: 'wrong', live: true }, error),
    div(
      { class: 'dialog-choices' },
      call.mayThaw.value && danger({ icon: 'hangUp', onClick: () => run(call.moderation.end()), 'data-test': 'end-all' }, t('room.end.all')),
      p({ class: 'dialog-choice-note' }, call.mayThaw.value ? t('room.end.all.note') : t('incident.frozen.others')),
      secondary({ icon: 'leave', onClick: () => run(call.leave()), 'data-test': 'leave' }, t('room.leave')),
      p({ class: 'dialog-choice-note' }, t('room.leave.note')),
      opens.map((n) => secondary({ key: n, icon: 'clock', onClick: () => run(call.moderation.leaveOpen(n * 60_000)), 'data-test': `leave-open-${n}` }, t('room.open', { n }))),
      opens.length > 0 && p({ class: 'dialog-choice-note' }, t('room.open.note')),
      quiet({ onClick: onClose, autoFocus: true }, t('room.stay')),
    ),
  );
}

/** For how many minutes one may leave the room open, to choose from: the last counsellor alone, and not to nobody. @param {Call} call @returns {number[]} */
export function openable(call) {
  const { held, paused, groups, stay_open = 0 } = call.room.value;
  const others = call.everybody.value;
  const another = others.some((other) => isModerator(other) && other.connection !== 'reconnecting');
  if (held || paused || groups || another || others.length === 0) return [];
  const longest = Math.floor(stay_open / 60);
  const usual = [10, 20].filter((n) => n <= longest);
  return usual.length > 0 || longest === 0 ? usual : [longest];
}

/**
 * Removing revokes the link and cannot be undone.
 * @param {{ call: Call, participant: string, name: string, onClose: () => void, onRemoved: () => void }} props onRemoved: after `onClose`
 */
export function RemoveDialog({ call, participant, name, onClose, onRemoved }) {
  const { error, run } = useAction({ words: refusals, onDone: () => (onClose(), onRemoved()) });
  const yes = danger({ icon: 'trash', onClick: () => run(call.moderation.remove(participant)), 'data-test': 'remove-yes' }, t('room.remove.yes'));
  return h(Ask, { title: t('room.remove.title', { label: name }), error, yes, onClose }, p(null, t('room.remove.body')));
}
