/**
 * The cards: what holds for all in the room, and who is in it. Shown to everybody by one click of who moderates, and to oneself from behind "More" at any time; each page has the
 * words in its person's language. Loaded when the call begins.
 */
import { h, useLayoutEffect, useRef, useState } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { announce } from '../ui/announce.js';
import { primary, quiet } from '../ui/button.js';
import { tags } from '../ui/dom.js';
import { nameOf, roleOf } from './names.js';
import { facts } from './welcome.js';

const { bdi, div, h2, li, section, span, ul } = tags;

/** @typedef {import('../call/call.js').Call} Call */
/** @typedef {import('../call/protocol.js').Card} Which */

/** What is behind "More". @param {(card: Which) => void} onCard @returns {import('../ui/menu.js').Item[]} */
export const cardItems = (onCard) => [
  { label: t('card.rules'), icon: 'info', onClick: () => onCard('rules'), test: 'card-rules' },
  { label: t('card.people'), icon: 'people', onClick: () => onCard('people'), test: 'card-people' },
];

/** @returns {[import('../ui/icon.js').IconName, string][]} */
const rules = () => [
  ['cameraOff', t('card.rules.record')],
  ['door', t('card.rules.alone')],
  ['lock', t('card.rules.secret')],
  ['people', t('card.rules.listen')],
  ['hangUp', t('card.rules.leave')],
];

/**
 * The card that is to be seen: the one asked for here, else the last one that was shown to all and not put away.
 * @param {{ call: Call, read: import('./names.js').Read, asked: Which | null, onClose: () => void }} props asked: by this page's person
 */
export function Cards({ call, read, asked, onClose }) {
  const { card, number = 0 } = call.room.value.shown ?? {};
  const [away, putAway] = useState(0);
  const which = asked ?? (number !== away ? card : null);
  if (!which) return null;
  const close = () => {
    onClose();
    putAway(number);
    if (asked) setTimeout(() => /** @type {HTMLElement | null} */ (document.querySelector('[data-test="more"]'))?.focus());
  };
  return h(Card, { key: `${which} ${asked ? 'own' : number}`, call, read, which, asked: !!asked, onClose: close });
}

/** @param {{ call: Call, read: import('./names.js').Read, which: Which, asked: boolean, onClose: () => void }} props */
function Card({ call, read, which, asked, onClose }) {
  const heading = useRef(/** @type {HTMLHeadingElement | null} */ (null));
  const me = call.me.value;
  const people = call.members.value.map((member) => {
    const name = nameOf(member, read);
    return { key: member.participant, name, role: roleOf(member, name) };
  });
  const own = call.confidence.name.value || t('card.people.you');
  const lines = which === 'rules' ? rules().map(([, words]) => words) : [...people.map(({ name, role }) => (role ? `${name}, ${role}` : name)), own];
  useLayoutEffect(() => {
    // Who asked for it goes there; who did not is told, and keeps the keyboard where it is.
    if (asked) heading.current?.focus();
    else announce(t('card.said', { card: t(`card.${which}`), lines: lines.join(' ') }));
  }, []);
  return section(
    {
      class: 'card', 'aria-labelledby': 'card-title', 'data-test': 'card', 'data-card': which,
      onKeyDown: (event) => event.key === 'Escape' && (event.stopPropagation(), onClose()),
    },
    h2({ class: 'card-title', id: 'card-title', tabIndex: -1, ref: heading }, t(`card.${which}`)),
    which === 'rules' && facts(rules()),
    which === 'people' &&
      ul(
        { class: 'card-people' },
        people.map(({ key, name, role }) => li({ key }, bdi(null, name), role && span({ class: 'card-role' }, role))),
        me && li({ key: me.participant }, bdi(null, own), span({ class: 'card-role' }, call.confidence.name.value ? t('card.people.self', { role: t(`role.${me.role}`) }) : t(`role.${me.role}`))),
      ),
    div({ class: 'actions' }, primary({ onClick: onClose, 'data-test': 'card-close' }, t('close'))),
  );
}

/** For who moderates: one click shows a card to all. @param {{ show: (card: Which) => void }} props */
export function ShowCards({ show }) {
  return div(
    { class: 'panel-cards' },
    quiet({ icon: 'info', class: 'panel-all', onClick: () => show('rules'), 'data-test': 'show-rules' }, t('room.card.rules')),
    quiet({ icon: 'people', class: 'panel-all', onClick: () => show('people'), 'data-test': 'show-people' }, t('room.card.people')),
  );
}
