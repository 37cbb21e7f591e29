/** PINs beside links: whether a person has one, a new one, and the one time it is shown. They are told by telephone, so nothing here copies or sends one. */
import { h } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { announce } from '../ui/announce.js';
import { Ask } from '../ui/ask.js';
import { primary, secondary } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { tags } from '../ui/dom.js';
import { icon } from '../ui/icon.js';
import { notice } from '../ui/notice.js';
import { useTask } from './task.js';

const { bdi, li, p, span, ul } = tags;

/** @typedef {import('./rooms.js').Room} Room */
/** @typedef {import('./rooms.js').Person} Person */
/** @typedef {import('./rooms.js').Rooms} Rooms */

/** How it stands with a person's PIN. @param {Person} person */
export function pinTag({ pin, revoked }) {
  if (!pin || revoked) return null;
  return pin === 'locked'
    ? span({ class: 'tag tag-wrong', 'data-test': 'pin-locked' }, icon('lock'), t('portal.pin.locked'))
    : span({ class: 'tag', 'data-test': 'pin-set' }, icon('key'), t('portal.pin.set'));
}

/** Somebody cannot knock: what happened, and one tap. @param {{ rooms: Rooms, room: Room, person: Person, label: string }} props */
export function LockedPIN({ rooms, room, person, label }) {
  const { error, run } = useTask(() => announce(t('portal.pin.unlocked')));
  return notice(
    { tone: 'warn', icon: 'lock' }, error || t('portal.pin.locked.body'),
    secondary({ icon: 'check', 'aria-label': t('portal.pin.unlock.name', { label }), onClick: () => void run(() => rooms.unlockPIN(room, person)), 'data-test': 'pin-unlock' }, t('portal.pin.unlock')),
  );
}

/** A new PIN makes the one before worth nothing, so it is asked. @param {{ rooms: Rooms, room: Room, person: Person, label: string, onClose: () => void }} props */
export function NewPIN({ rooms, room, person, label, onClose }) {
  const { busy, error, run } = useTask(onClose);
  const yes = primary({ icon: 'key', onClick: () => void run(() => rooms.newPIN(room, person)), 'aria-disabled': busy || undefined, 'data-test': 'pin-yes' }, person.pin ? t('portal.pin.new') : t('portal.pin.first'));
  return h(
    Ask,
    { title: person.pin ? t('portal.pin.new.title', { label }) : t('portal.pin.first.title', { label }), error, yes, onClose },
    p(null, person.pin ? t('portal.pin.new.body') : t('portal.pin.first.body')),
  );
}

/** What is to be told by telephone, large, and shown this once. @param {{ rooms: Rooms, room: Room, labelOf: (person: Person) => string }} props */
export function ToldPINs({ rooms, room, labelOf }) {
  const told = rooms.told.value.filter((one) => one.room === room.id);
  if (told.length === 0) return null;
  const onClose = () => {
    rooms.told.value = rooms.told.value.filter((one) => one.room !== room.id);
  };
  return h(
    Dialog,
    { title: t('portal.pin.told.title'), onClose, 'data-test': 'pin-told' },
    ul(
      { class: 'pins' },
      told.map(({ person, pin }) =>
        li(
          { key: person.id, class: 'pins-one' },
          bdi({ class: 'pins-name' }, t('portal.pin.told.name', { label: labelOf(person) })),
          // In three and three for the eye, and digit by digit for the ear.
          span({ class: 'pins-digits', dir: 'ltr', 'aria-hidden': 'true', 'data-test': 'pin-digits' }, `${pin.slice(0, 3)}\u00a0${pin.slice(3)}`),
          span({ class: 'unseen' }, [...pin].join(' ')),
        )),
    ),
    notice({ icon: 'phone' }, t('portal.pin.told.body')),
    primary({ onClick: onClose, autoFocus: true, icon: 'check', 'data-test': 'pin-noted' }, t('portal.pin.told.done')),
  );
}
