/**
 * Inviting one more person: who it is, then the link. The same on the room's page, in a dialog, and in the call, beside the pictures: the frame is given.
 */
import { h, useEffect, useRef, useState } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { announce } from '../ui/announce.js';
import { primary, quiet } from '../ui/button.js';
import { tags } from '../ui/dom.js';
import { notice } from '../ui/notice.js';
import { GuestFields } from './create.js';
import { changed, newGuest } from './guests.js';
import { useInvitation, Ways } from './invitation.js';
import { labelsOf } from './labels.js';
import { labelHint, mayLend } from './rules.js';
import { useTask } from './task.js';
import { usePolicies } from './use_policies.js';

const { div, form, p } = tags;

/** @typedef {import('./rooms.js').Room} Room */

/** Who was invited, and the secret of his link. @typedef {{ person: import('./rooms.js').Person, link: string }} Made */

/** What stands around it. @typedef {(title: string, children: any) => any} Frame */

/**
 * @param {{
 *   room: Room, rooms: import('./rooms.js').Rooms, texts: import('./texts.js').Texts, sender: import('../ui/frame.js').Service, origin: string, frame: Frame,
 *   locked?: boolean, onLetter: (letter: import('./letter.js').Letter) => void, onClose: () => void,
 * }} props locked: the live room lets nobody new knock
 */
export function Invite({ room, rooms, texts, sender, origin, frame, locked, onLetter, onClose }) {
  const [made, setMade] = useState(/** @type {Made | null} */ (null));
  const label = made && labelsOf(rooms.find(room.id) ?? room, texts)(made.person);
  return made && label
    ? frame(t('portal.invite.for', { label }), h(Link, { made, label, room, sender, origin, onLetter, onClose }))
    : frame(t('portal.invite.person'), h(Guest, { room, rooms, locked, onMade: setMade, onClose }));
}

/** @param {{ room: Room, rooms: import('./rooms.js').Rooms, locked?: boolean, onMade: (made: Made) => void, onClose: () => void }} props */
function Guest({ room, rooms, locked, onMade, onClose }) {
  const [guest, setGuest] = useState(newGuest);
  const { busy, error, run } = useTask();
  const policy = usePolicies(rooms).find(({ name }) => name === room.policy);
  return form(
    {
      class: 'form', 'data-test': 'invite-form',
      onSubmit: (event) => {
        event.preventDefault();
        void run(async () => onMade(await rooms.invite(room, guest)));
      },
    },
    locked && notice({ icon: 'lock', 'data-test': 'invite-locked' }, t('portal.invite.room.locked')),
    error && notice({ tone: 'wrong', live: true, 'data-test': 'invite-error' }, error),
    h(GuestFields, { guest, colleagues: policy?.columns.co_counsellors === true, lends: mayLend(policy), pins: policy?.columns.pin ?? 'off', onChange: (patch) => setGuest(changed(patch)), autoFocus: true }),
    p({ class: 'field-hint', 'data-test': 'label-hint' }, labelHint(policy)),
    div(
      { class: 'dialog-actions' },
      quiet({ onClick: onClose, 'data-test': 'invite-cancel' }, t('cancel')),
      primary({ type: 'submit', icon: 'plus', 'aria-disabled': busy || undefined, 'data-test': 'add-person-yes' }, t('portal.invite.person')),
    ),
  );
}

/**
 * The form's button had the focus, and is gone.
 * @param {{ made: Made, label: string, room: Room, sender: import('../ui/frame.js').Service, origin: string, onLetter: (letter: import('./letter.js').Letter) => void, onClose: () => void }} props
 */
function Link({ made: { person, link }, label, room, sender, origin, onLetter, onClose }) {
  const ways = useRef(/** @type {HTMLDivElement | null} */ (null));
  useEffect(() => {
    announce(t('portal.invite.person.done', { label }));
    // The picture above it is to be seen first.
    ways.current?.querySelector('button')?.focus({ preventScroll: true });
  }, []);
  const invitation = useInvitation({ secret: link, label, typed: person.code === true, pin: !!person.pin, lang: person.lang, origin, starts_at: room.starts_at });
  return div({ class: 'invite-ways', ref: ways, 'data-test': 'invite-link' }, h(Ways, { invitation, sender, onLetter, onDone: onClose }));
}
