/**
 * C7, B6: the call, for everybody in it. Who moderates has the panels besides.
 *
 * **Nothing hides by itself**, and what covers the stage leaves the videos where they are.
 */
import { h, useEffect, useRef, useState } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { announceNothing, announceNow } from '../ui/announce.js';
import { quiet, secondary } from '../ui/button.js';
import { tags, classes } from '../ui/dom.js';
import { Brand, LanguageChoice } from '../ui/frame.js';
import { notice } from '../ui/notice.js';
import { dress } from '../ui/style.js';
import { Bar } from './bar.js';
import { Cover } from './cover.js';
import { corners } from './drag.js';
import { useLater, useWakeLock } from './hooks.js';
import { Knock } from './knock.js';
import { Announcements, Notices, Unheard } from './notices.js';
import { Stage } from './stage.js';
import { callState } from './state.js';
import { words } from './words.js';

const { div, h1, header, main } = tags;

/** Its words, and how it looks: who is invited has those of the way to it alone. In this order, since later sheets refine earlier ones. */
export const ready = () => Promise.all([
  words(),
  dress(new URL('../style/tile.css', import.meta.url)), dress(new URL('../style/stage.css', import.meta.url)),
  dress(new URL('../style/call.css', import.meta.url)), dress(new URL('../style/panels.css', import.meta.url)),
]);

/**
 * To be shown while `call.phase` is `call`.
 * @param {{
 *   call: import('../call/call.js').Call, devices: import('../call/devices.js').Devices, service: import('../ui/frame.js').Service,
 *   sounds: import('./sounds.js').Sounds, read?: import('./names.js').Read, invite?: import('./invited.js').Invite | null,
 * }} props `read` opens sealed labels: what the call can read of them, or the portal, which knows them before; `invite`: for whoever has an account
 */
export function CallScreen({ call, devices, service, sounds, read = call.confidence.read, invite = null }) {
  useWakeLock();
  const heading = useRef(/** @type {HTMLHeadingElement | null} */ (null));
  const [showSelf, setShowSelf] = useState(true);
  const [corner, setCorner] = useState(corners[0]);
  const [people, setPeople] = useState(false);
  const [speaker, setSpeaker] = useState(false);
  const moderates = call.moderates.value;
  // Clients, on whatever line, do without their weight.
  const lock = useLater('soon', () => Promise.all([import('./lock.js'), import('./hands.js'), import('./lent.js')]).then(([module, hands, lent]) => ({ ...module, ...hands, ...lent })));
  const closer = lock && lock !== 'failed' ? lock : null;
  const [written, setWritten] = useState(false);
  const writing = useLater(written ? 'now' : 'soon', () => Promise.all([import('./chat.js'), call.bringChat()]).then(async ([module]) => (await module.ready(), module)));
  const chat = call.chat.value;
  // Cards, and what protects people at home: with its style sheet.
  const beside = useLater('soon', () => Promise.all([import('./cards.js'), import('./signs.js'), dress(new URL('../style/cards.css', import.meta.url))]));
  const { Cards, cardItems, OwnSign, ProtectionNotices, signItems } = beside && beside !== 'failed' ? { ...beside[0], ...beside[1] } : /** @type {Partial<typeof import('./cards.js') & typeof import('./signs.js')>} */ ({});
  const grouped = useLater(call.room.value.groups, () => import('./groups.js').then(async (module) => (await module.ready(), module)));
  const [card, setCard] = useState(/** @type {import('../call/protocol.js').Card | null} */ (null));
  const panels = useLater(moderates, () => import('./panels.js').then(async (module) => (await module.ready(), module)));
  const state = callState(call);
  const cover = state === 'reconnecting' || state === 'held' || (!moderates && state === 'paused') ? state : null;

  useEffect(() => {
    const unlock = () => sounds.unlock();
    unlock();
    // Browsers that want a tap first get it with the next one.
    document.addEventListener('click', unlock);
    return () => document.removeEventListener('click', unlock);
  }, [sounds]);

  useEffect(() => {
    announceNothing();
    heading.current?.focus({ preventScroll: true });
    if (moderates) return;
    announceNow(t('admitted'));
    sounds.play('admitted');
    // Phones in a pocket: felt where it is not heard. Safari has no vibration, and a page without a tap may not.
    if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.([150, 80, 150]);
  }, []);

  // The keyboard goes back to the button that opened them.
  const closePeople = () => {
    setPeople(false);
    /** @type {HTMLElement | null} */ (document.querySelector('.bar-people'))?.focus();
  };
  const closeWritten = () => {
    setWritten(false);
    setTimeout(() => /** @type {HTMLElement | null} */ (document.querySelector('.bar-chat'))?.focus());
  };
  const messages = writing && writing !== 'failed' && chat && h(writing.Chat, { call, chat, read, open: written, onClose: closeWritten });
  // Beside the people, for those who moderate: who waits stays above it.
  const inPanels = !!panels && panels !== 'failed';

  return div(
    { class: classes('call', moderates && 'call-moderated', people && 'call-people', written && messages && 'call-written'), 'data-test': 'call' },
    header(
      { class: 'call-top' },
      h1({ class: 'unseen', tabIndex: -1, ref: heading }, t('call.heading')),
      h(Brand, { service }),
      h(Lock, { call, read, Body: closer?.LockDialog }),
      h(LanguageChoice, { registers: !moderates || call.lent.value }),
    ),
    h(Notices, { call, devices, covered: cover !== null }, ProtectionNotices && h(ProtectionNotices, { call, read }), grouped && (grouped === 'failed' ? notice({ tone: 'wrong', live: true }, t('room.failed'), secondary({ icon: 'refresh', onClick: () => location.reload() }, t('reload'))) : h(grouped.GroupNotice, { call, read })), closer && [h(closer.LockNotices, { call, read }), h(closer.OwnHand, { call }), h(closer.LentNotice, { call })]),
    cover === null && h(Unheard, { call }),
    Cards && h(Cards, { call, read, asked: card, onClose: () => setCard(null) }),
    OwnSign && h(OwnSign, { call }),
    written && writing === 'failed' && cover === null &&
      div({ class: 'call-hint' }, notice({ tone: 'wrong', live: true, 'data-test': 'chat-absent' }, t('chat.absent'), secondary({ icon: 'refresh', onClick: () => location.reload() }, t('reload')))),
    // Whoever moderates must not be without what she is told there, and think that there is nothing.
    moderates && beside === 'failed' &&
      div({ class: 'call-hint' }, notice({ tone: 'wrong', live: true, 'data-test': 'beside-absent' }, t('room.failed'), secondary({ icon: 'refresh', onClick: () => location.reload() }, t('reload')))),
    moderates && panels === 'failed' &&
      div({ class: 'panels' }, notice({ tone: 'wrong', live: true }, t('room.failed'), secondary({ icon: 'refresh', onClick: () => location.reload() }, t('reload')))),
    moderates && inPanels && h(panels.Panels, { call, service, read, invite, people, onClose: closePeople }, messages),
    main(
      { class: 'call-main' },
      h(Stage, { call, devices, read, covered: cover !== null, showSelf, corner, onCorner: setCorner, speaker }),
      cover &&
        h(Cover, { state: cover, moderates, decides: call.mayThaw.value, consultation: call.room.value.consultation, service, onSoundOnly: call.cam.value.state === 'on' ? () => void call.setCam(false) : null }),
    ),
    !(moderates && inPanels) && messages,
    h(Bar, {
      call,
      items: [...(signItems?.(call) ?? []), ...(cardItems?.(setCard) ?? [])],
      hand: closer && !moderates ? closer.handItem(call) : null,
      devices,
      service,
      showSelf,
      onShowSelf: setShowSelf,
      speaker,
      onSpeaker: setSpeaker,
      onMoveSelf: () => setCorner(corners[(corners.indexOf(corner) + 1) % corners.length]),
      people: moderates ? { open: people, waiting: call.waiting.value.length, onToggle: () => (setPeople(!people || written), setWritten(false)) } : null,
      chat: messages || writing === 'failed' ? { open: written, unread: chat?.unread.value ?? 0, onToggle: () => (setWritten(!written), setPeople(false)) } : null,
    }),
    h(Announcements, { call, read, state }),
    closer && h(closer.HandAnnouncements, { call, read, sounds }),
    moderates && h(Knock, { waiting: call.waiting.value, read, sounds, title: t('app.title') }),
  );
}

/** The word for each state of the lock. */
const said = /** @type {const} */ ({ alone: 'protected', protected: 'protected', unverified: 'unverified', pending: 'pending', unable: 'open', open: 'open', asked: 'open', broken: 'open' });

/** How closed the call is, in a word; what it means is told when one asks. @param {{ call: import('../call/call.js').Call, read: import('./names.js').Read, Body?: typeof import('./lock.js').LockDialog }} props */
function Lock({ call, read, Body }) {
  const [open, setOpen] = useState(false);
  const { state } = call.confidence.lock.value;
  return div(
    { class: `call-lock call-lock-${said[state]}`, 'data-lock': state },
    quiet({ icon: 'lock', onClick: () => setOpen(true), 'data-test': 'lock' }, t(`call.lock.${said[state]}`)),
    open && Body && h(Body, { call, read, onClose: () => setOpen(false) }),
  );
}
