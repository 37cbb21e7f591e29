/** B2: the counsellor's conversations, with who waits in each, live. */
import { h, useEffect, useRef, useState } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { useNow } from '../screens/hooks.js';
import { announce } from '../ui/announce.js';
import { linkButton, primary, secondary } from '../ui/button.js';
import { tags, classes } from '../ui/dom.js';
import { icon } from '../ui/icon.js';
import { notice } from '../ui/notice.js';
import { cleanText } from '../ui/text.js';
import { failure } from './form.js';
import { PortalPage } from './frame.js';
import { labelsOf } from './labels.js';
import { arrange } from './schedule.js';
import { lackingNotice } from './sender.js';
import { whenWords } from './when.js';

const { bdi, div, h2, h3, li, p, section, span, ul } = tags;

/** @typedef {import('./rooms.js').Room} Room */
/** @typedef {import('./texts.js').Texts} Texts */

/** What the counsellor calls a room: its title, or else its people. @param {Room} room @param {Texts} texts */
export function roomName(room, texts) {
  const title = cleanText(texts.read(room, 'title', room.title));
  if (title) return title;
  const people = room.persons.filter(({ role, revoked }) => role === 'client' && !revoked).map((person) => cleanText(texts.read(room, 'label', person.label)));
  return people.filter(Boolean).slice(0, 3).join(', ') || t('portal.rooms.untitled');
}

/** Who is in it and who waits, as small signs. @param {Room} room */
export function liveTags({ live, kind, sound_only, stand_in, role, no_policy }) {
  return [
    no_policy && span({ class: 'tag tag-wrong', 'data-test': 'no-rules' }, icon('lock'), t('portal.rooms.norules')),
    live.waiting > 0 && span({ class: 'tag tag-alert', 'data-test': 'room-waiting' }, icon('door'), t('portal.rooms.waiting', { n: live.waiting })),
    live.members > 0 && span({ class: 'tag tag-live' }, icon('people'), t('portal.rooms.inside', { n: live.members })),
    sound_only && span({ class: 'tag' }, icon('mic'), t('portal.rooms.sound')),
    stand_in && role === 'counsellor' && span({ class: 'tag', 'data-test': 'stand-in' }, icon('people'), t('portal.rooms.standin')),
    kind === 'series' && span({ class: 'tag' }, icon('refresh'), t('portal.rooms.series')),
  ];
}

/**
 * @param {{
 *   service: import('./frame.js').Service, signedIn: import('./frame.js').SignedIn, rooms: import('./rooms.js').Rooms, texts: Texts, sounds: import('../screens/sounds.js').Sounds,
 *   forgettable: boolean, onNew: () => void, onInstant: () => Promise<void>, onOpen: (room: Room) => void, onStart: (room: Room) => void,
 * }} props forgettable: nothing but the password opens what is sealed here
 */
export function RoomList({ service, signedIn, rooms, texts, sounds, forgettable, onNew, onInstant, onOpen, onStart }) {
  const [error, setError] = useState('');
  const now = useNow(30_000);
  const list = rooms.list.value;
  useKnocks(list, texts, sounds);

  const instant = async () => {
    setError('');
    await onInstant().catch((reason) => setError(failure(reason)));
  };

  const groups = list && arrange(list, now);
  return h(
    PortalPage,
    {
      service, signedIn, title: t('portal.rooms.title'), 'data-test': 'rooms',
      head: [
        primary({ icon: 'calendar', onClick: onNew, 'data-test': 'new-room' }, t('portal.rooms.new')),
        secondary({ icon: 'camera', onClick: () => void instant(), 'data-test': 'instant' }, t('portal.rooms.instant')),
      ],
    },
    error && notice({ tone: 'wrong', live: true }, error),
    rooms.trouble.value && notice({ tone: 'warn', live: true }, t('portal.rooms.trouble')),
    lackingNotice(service),
    !groups && p({ role: 'status' }, t('loading')),
    list?.length === 0 && div({ class: 'empty' }, div({ class: 'sheet-picture', 'aria-hidden': 'true' }, icon('door')), p(null, t('portal.rooms.none'))),
    groups &&
      /** @type {const} */ (['today', 'anytime', 'later', 'past']).map(
        (name) =>
          groups[name].length > 0 &&
          section(
            { key: name, class: 'room-group', 'aria-labelledby': `group-${name}` },
            h2({ id: `group-${name}`, class: 'room-group-title' }, t(`portal.rooms.group.${name}`)),
            ul({ class: 'card-list' }, groups[name].map((room) => h(RoomCard, { key: room.id, room, texts, onOpen, onStart }))),
          ),
      ),
    forgettable && list && list.length > 0 &&
      notice({ tone: 'info', icon: 'key', 'data-test': 'recovery-remind' }, t('portal.recovery.remind'), secondary({ onClick: signedIn.onAccount }, t('portal.account.title'))),
    div(null, linkButton({ kind: 'quiet', icon: 'globe', href: '/network' }, t('portal.network'))),
  );
}

/** @param {{ room: Room, texts: Texts, onOpen: (room: Room) => void, onStart: (room: Room) => void }} props */
function RoomCard({ room, texts, onOpen, onStart }) {
  const name = roomName(room, texts);
  // A room without a title is called by its clients, who need not be named twice.
  const people = room.persons.filter(({ revoked, role, waiting }) => !revoked && (room.title || role !== 'client' || waiting));
  const labelOf = labelsOf(room, texts);
  const labels = people.map((person) => ({ person, label: labelOf(person) }));
  const running = room.live.members > 0;
  return li(
    { class: classes('card', 'card-row', room.live.waiting > 0 && 'card-alert'), 'data-test': 'room', 'data-room': room.id },
    div(
      { class: 'card-words' },
      h3({ class: 'card-title' }, bdi(null, name)),
      p({ class: 'card-facts' }, span({ class: 'card-fact' }, icon(room.starts_at ? 'clock' : 'door'), whenWords(room))),
      labels.length > 0 &&
        p(
          { class: 'card-facts' },
          labels.slice(0, 6).map(({ person, label }) =>
            span({ key: person.id, class: classes('card-fact', person.waiting && 'card-fact-alert') }, icon(person.waiting ? 'door' : 'person'), bdi(null, label)),
          ),
          labels.length > 6 && span({ class: 'card-fact' }, `+ ${labels.length - 6}`),
        ),
      p({ class: 'card-tags' }, liveTags(room)),
    ),
    div(
      { class: 'card-actions' },
      !room.no_policy && primary({ icon: 'camera', onClick: () => onStart(room), 'aria-label': running ? t('portal.rooms.enter.name', { name }) : t('portal.rooms.start.name', { name }), 'data-test': 'start' }, running ? t('portal.rooms.enter') : t('portal.rooms.start')),
      secondary({ icon: 'key', onClick: () => onOpen(room), 'aria-label': t('portal.rooms.open.name', { name }), 'data-test': 'open-room' }, t('portal.rooms.open')),
    ),
  );
}

/** Somebody new waits somewhere: said, heard, and in the tab's title. @param {Room[] | null} list @param {Texts} texts @param {import('../screens/sounds.js').Sounds} sounds */
export function useKnocks(list, texts, sounds) {
  const known = useRef(/** @type {Set<string> | null} */ (null));
  const waiting = (list ?? []).flatMap((room) => room.persons.filter((person) => person.waiting).map((person) => ({ id: `${room.id} ${person.id}`, room, person })));
  const count = (list ?? []).reduce((sum, { live }) => sum + live.waiting, 0);
  useEffect(() => {
    if (!list) return;
    const fresh = waiting.filter(({ id }) => !known.current?.has(id));
    known.current = new Set(waiting.map(({ id }) => id));
    for (const { room, person } of fresh) {
      announce(t('portal.knock', { label: labelsOf(room, texts)(person) }));
    }
    if (fresh.length > 0) sounds.play('knock');
  }, [waiting.map(({ id }) => id).join(',')]);
  useEffect(() => {
    document.title = count > 0 ? `${t('room.title.waiting', { n: count })} – ${t('portal.title')}` : t('portal.title');
  }, [count]);
}
