/**
 * "Report an incident": everything stops for everybody, whom to tell is said, and a note is begun that names nobody.
 *
 * **What is written in the note stays in this browser**: it is copied or saved from here, and sent nowhere.
 */
import { h, useState } from '../third_party/preact.js';
import { day, t, time } from '../i18n/i18n.js';
import { announce } from '../ui/announce.js';
import { Ask } from '../ui/ask.js';
import { danger, primary, quiet, secondary } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { tags, classes } from '../ui/dom.js';
import { Area } from '../ui/field.js';
import { notice } from '../ui/notice.js';
import { save } from '../ui/save.js';
import { useAction } from './action.js';
import { refusals } from './moderation.js';

const { div, p, section } = tags;

/** @typedef {import('../call/call.js').Call} Call */
/** @typedef {import('../ui/frame.js').Service} Service */

/** How many of each role are in, oneself included. @param {Call} call */
function people(call) {
  /** @type {Map<import('../call/types.js').Role, number>} */
  const count = new Map();
  for (const role of [call.me.peek()?.role, ...call.everybody.peek().map((member) => member.role)]) if (role) count.set(role, (count.get(role) ?? 0) + 1);
  return [...count].map(([role, n]) => t('receipt.role', { role: t(`role.${role}`), n })).join(', ');
}

/** The note as it begins. @param {Call} call @param {import('../call/receipt.js').Noted} noted */
const begun = (call, noted) =>
  [
    t('incident.note.heading'),
    t('incident.note.when', { date: day(noted.at), time: time(noted.at) }),
    t('incident.note.room', { pseudonym: noted.pseudonym }),
    t('incident.note.people', { people: people(call) }),
    t('incident.note.policy', { policy: noted.policy, software: noted.software }),
    '',
    t('incident.note.what'),
    '',
  ].join('\n');

/** The button among those for the room, and while an incident is looked at, what can be done. @param {{ call: Call, service: Service }} props */
export function IncidentPart({ call, service }) {
  const { frozen } = call.room.value;
  const [open, setOpen] = useState(/** @type {'ask' | 'note' | null} */ (null));
  const [note, setNote] = useState('');
  const { error, run } = useAction({ words: refusals });
  const report = () =>
    call.moderation.incident(true).then((noted) => {
      if (!noted) return;
      setNote((was) => was || begun(call, noted));
      setOpen('note');
      announce(t('incident.frozen'));
    });
  // A dialog that gives way to the next one says that it was closed, when the next is open already.
  const dismiss = (/** @type {'ask' | 'note'} */ which) => () => setOpen((now) => (now === which ? null : now));
  const goOn = () => call.moderation.incident(false).then(() => announce(t('held.over')));
  return section(
    { class: classes('panel', 'panel-incident', frozen && 'panel-alert'), 'aria-label': t('incident.report') },
    error && notice({ tone: 'wrong', live: true }, error),
    frozen
      ? notice(
          { tone: 'warn', icon: 'pause', 'data-test': 'incident-frozen' },
          call.mayThaw.value ? t('incident.frozen.notice') : t('incident.frozen.others'),
          secondary({ icon: 'text', onClick: () => (note ? setOpen('note') : run(report())), 'data-test': 'incident-note' }, t('incident.note')),
          call.mayThaw.value && secondary({ icon: 'play', onClick: () => run(goOn()), 'data-test': 'incident-over' }, t('incident.over')),
        )
      : quiet({ icon: 'warn', onClick: () => setOpen('ask'), 'data-test': 'incident' }, t('incident.report')),
    open === 'ask' &&
      h(
        Ask,
        {
          title: t('incident.title'), error, onClose: dismiss('ask'), 'data-test': 'incident-ask',
          yes: danger({ icon: 'pause', onClick: () => run(report()), 'data-test': 'incident-yes' }, t('incident.yes')),
        },
        p(null, t('incident.body')),
        whom(service),
      ),
    open === 'note' &&
      h(
        Dialog,
        { title: t('incident.note.title'), onClose: dismiss('note'), 'data-test': 'incident-dialog' },
        p(null, t('incident.note.body')),
        whom(service),
        h(Area, { label: t('incident.note'), hint: t('incident.note.hint'), rows: 9, value: note, onInput: (event) => setNote(event.currentTarget.value), 'data-test': 'incident-text' }),
        div(
          { class: 'dialog-actions' },
          secondary({ icon: 'down', onClick: () => save(new Blob([note], { type: 'text/plain;charset=utf-8' }), `${t('incident.file')}.txt`), 'data-test': 'incident-save' }, t('incident.save')),
          !!navigator.clipboard && secondary({ icon: 'copy', onClick: () => void navigator.clipboard.writeText(note).then(() => announce(t('incident.copied')), () => {}), 'data-test': 'incident-copy' }, t('incident.copy')),
          primary({ onClick: () => setOpen(null) }, t('close')),
        ),
      ),
  );
}

/** Whom to tell, where the service has named somebody. @param {Service} service */
const whom = ({ privacy }) => notice({ icon: 'shield', 'data-test': 'incident-contact' }, privacy ? t('incident.contact', { contact: privacy }) : t('incident.contact.none'));
