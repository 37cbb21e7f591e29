/** Who was invited into the call and is not there yet, and inviting somebody: beside the pictures, so that what ends the call stays in reach. */
import { h, useId, useRef, useEffect } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { quiet, secondary } from '../ui/button.js';
import { tags } from '../ui/dom.js';
import { icon } from '../ui/icon.js';
import { nameOf, roleOf } from './names.js';

const { bdi, div, h2, li, p, section, span, ul } = tags;

/** What whoever runs the page shows for it, in this frame; it is no matter of the call. @typedef {(frame: (title: string, children: any) => any, onClose: () => void) => any} Invite */

/** @param {{ call: import('../call/call.js').Call, read: import('./names.js').Read, onInvite: (() => void) | null }} props onInvite: null where nobody can be invited from here */
export function Expected({ call, read, onInvite }) {
  const invited = call.invited.value;
  return [
    invited.length > 0 &&
      ul(
        { class: 'panel-list panel-invited', 'aria-label': t('room.invited') },
        invited.map((person) => {
          const name = nameOf({ role: person.role, name: { plain: '' }, label: person.label }, read);
          const role = roleOf(person, name);
          return li(
            { key: person.person, class: 'panel-item', 'data-test': 'invited', 'data-person': person.person },
            p({ class: 'panel-name' }, bdi(null, name)),
            p({ class: 'panel-facts' }, role && span({ class: 'panel-fact' }, icon('person'), role), span({ class: 'panel-fact' }, icon('clock'), t('room.invited'))),
          );
        }),
      ),
    onInvite && secondary({ icon: 'plus', class: 'panel-all', onClick: onInvite, 'data-test': 'invite' }, t('room.invite')),
  ];
}

/** @param {{ title: string, onClose: () => void, children?: any }} props */
export function InvitePanel({ title, onClose, children }) {
  const id = useId();
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => box.current?.scrollIntoView({ block: 'start' }), [title]);
  return section(
    { class: 'panel panel-invite', 'aria-labelledby': id, ref: box, 'data-test': 'invite-panel' },
    div({ class: 'panel-head' }, h2({ class: 'panel-title', id }, title), quiet({ icon: 'close', onClick: onClose, 'data-test': 'invite-close' }, t('close'))),
    children,
  );
}

/** @param {Invite} invite @param {() => void} onClose */
export const invitePanel = (invite, onClose) => invite((title, children) => h(InvitePanel, { title, onClose }, children), onClose);
