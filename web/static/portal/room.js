/** B4: one conversation: its people, an invitation for each, and what can be done about them. */
import { h, useState } from '../third_party/preact.js';
import { t, varieties } from '../i18n/i18n.js';
import { useMedia } from '../screens/hooks.js';
import { announce } from '../ui/announce.js';
import { Ask } from '../ui/ask.js';
import { danger, primary, secondary } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { tags, classes } from '../ui/dom.js';
import { icon } from '../ui/icon.js';
import { Menu } from '../ui/menu.js';
import { notice } from '../ui/notice.js';
import { PortalPage } from './frame.js';
import { HandedNotice, HandOver } from './handover.js';
import { useCopy, useInvitation, usePrint, Ways } from './invitation.js';
import { Invite } from './invite.js';
import { labelsOf } from './labels.js';
import { letterPage } from './letter.js';
import { liveTags, roomName, useKnocks } from './list.js';
import { LockedPIN, NewPIN, pinTag, ToldPINs } from './pins.js';
import { policyTitle, ruleList } from './rules.js';
import { onlyHere, senderOf } from './sender.js';
import { useTask } from './task.js';
import { usePolicies } from './use_policies.js';
import { whenWords } from './when.js';

const { bdi, div, h2, h3, li, p, section, span, ul } = tags;

/** @typedef {import('./rooms.js').Room} Room */
/** @typedef {import('./rooms.js').Person} Person */
/** @typedef {import('./letter.js').Letter} Letter */

/** What is asked before it is done. @typedef {{ kind: 'renew' | 'revoke', person: Person, label: string } | { kind: 'pin', person: Person, label: string } | { kind: 'delete' }} Question */

/**
 * @param {{
 *   service: import('./frame.js').Service, signedIn: import('./frame.js').SignedIn, rooms: import('./rooms.js').Rooms, texts: import('./texts.js').Texts,
 *   sounds: import('../screens/sounds.js').Sounds, room: Room, origin: string, onBack: () => void, onStart: (room: Room) => void,
 * }} props origin: of the links, such as https://host
 */
export function RoomPage({ service, signedIn, rooms, texts, sounds, room, origin, onBack, onStart }) {
  const [letter, setLetter] = usePrint();
  const [shown, setShown] = useState(/** @type {import('./invitation.js').Invitation | null} */ (null));
  const [handing, setHanding] = useState(false);
  const [adding, setAdding] = useState(false);
  const [question, setQuestion] = useState(/** @type {Question | null} */ (null));
  useKnocks(rooms.list.value, texts, sounds);
  const policies = usePolicies(rooms);
  const policy = policies.find((one) => one.name === room.policy);

  const name = roomName(room, texts);
  const labelOf = labelsOf(room, texts);
  const sender = senderOf(service, signedIn.name);
  return h(
    PortalPage,
    {
      service, signedIn, title: name, back: { label: t('room.list'), onClick: onBack }, 'data-test': 'room-page',
      print: letter && letterPage(letter, sender),
      head: !room.no_policy && primary({ icon: 'camera', onClick: () => onStart(room), 'data-test': 'start' }, room.live.members > 0 ? t('portal.rooms.enter') : t('portal.rooms.start')),
      lead: [
        p({ class: 'card-facts' }, span({ class: 'card-fact' }, icon(room.starts_at ? 'clock' : 'door'), whenWords(room))),
        p({ class: 'card-tags' }, liveTags(room)),
      ],
    },
    room.no_policy && notice({ tone: 'warn', 'data-test': 'no-rules-how' }, t('portal.rooms.norules.how')),
    h(HandedNotice, { room, rooms, texts }),
    section(
      { class: 'room-group', 'aria-labelledby': 'invitations' },
      h2({ id: 'invitations', class: 'room-group-title' }, t('portal.invite.heading')),
      room.persons.length > 0 ? notice({ icon: 'key' }, t('portal.invite.warn')) : p(null, t('portal.invite.none')),
      onlyHere(origin) && notice({ tone: 'warn', 'data-test': 'only-here' }, t('portal.invite.local', { origin })),
      ul(
        { class: 'card-list' },
        room.persons.map((person) => h(Invitation, { key: person.id, room, rooms, pins: policy?.columns.pin ?? 'off', person, label: labelOf(person), texts, sender, origin, onLetter: setLetter, onShow: setShown, onQuestion: setQuestion })),
      ),
      !room.no_policy && div(null, secondary({ icon: 'plus', onClick: () => setAdding(true), 'data-test': 'add-person' }, t('portal.invite.person'))),
    ),
    policy &&
      section(
        { class: 'room-group', 'aria-labelledby': 'rules', 'data-test': 'rules', 'data-policy': policy.name },
        h2({ id: 'rules', class: 'room-group-title' }, t('portal.policy.title')),
        div(
          { class: 'rules' },
          p({ class: 'rules-by' }, policies.length > 1 ? t('portal.policy.by.choice', { name: policyTitle(policy) }) : t('portal.policy.by')),
          ruleList(policy),
        ),
      ),
    section(
      { class: 'room-group room-end', 'aria-label': t('portal.rooms.delete') },
      !room.no_policy && room.role === 'counsellor' && secondary({ icon: 'people', onClick: () => setHanding(true), 'data-test': 'hand-over' }, t('portal.handover.button')),
      secondary({ icon: 'trash', class: 'button-warning', onClick: () => setQuestion({ kind: 'delete' }), 'data-test': 'delete-room' }, t('portal.rooms.delete.button')),
    ),
    shown && h(LinkDialog, { invitation: shown, sender, onLetter: setLetter, onClose: () => setShown(null) }),
    adding && h(Invite, {
      room, rooms, texts, sender, origin, onLetter: setLetter, onClose: () => setAdding(false),
      frame: (title, children) => h(Dialog, { title, onClose: () => setAdding(false), 'data-test': 'invite-dialog' }, children),
    }),
    handing && h(HandOver, { room, rooms, stays: policy?.columns.co_counsellors !== false, onClose: () => setHanding(false) }),
    question?.kind === 'pin' && h(NewPIN, { rooms, room, ...question, onClose: () => setQuestion(null) }),
    h(ToldPINs, { rooms, room, labelOf }),
    question && question.kind !== 'pin' && h(Certain, { question, room, rooms, onClose: () => setQuestion(null), onGone: onBack }),
  );
}

/**
 * @param {{
 *   room: Room, rooms: import('./rooms.js').Rooms, pins: import('./rules.js').PINRule, person: Person, label: string, texts: import('./texts.js').Texts, sender: import('./frame.js').Service, origin: string,
 *   onLetter: (letter: Letter) => void, onShow: (shown: import('./invitation.js').Invitation) => void, onQuestion: (question: Question) => void,
 * }} props
 */
function Invitation({ room, rooms, pins, person, label, texts, sender, origin, onLetter, onShow, onQuestion }) {
  const invitation = useInvitation({ secret: texts.link(room, person), label, typed: person.code === true, pin: !!person.pin, lang: person.lang, origin, starts_at: room.starts_at });
  const { link, letter } = invitation;
  const languageName = varieties.find(({ code }) => code === person.lang)?.name;
  // Browsers that do not let the page write to the clipboard show the link, to be copied by hand.
  const { copied, copy } = useCopy(invitation, sender, () => onShow(invitation));

  // On a phone the first thing to do is a button, and everything else is behind the second.
  const narrow = useMedia('(max-width: 34rem)');

  const sendable = link && letter;
  /** The other ways to the person. @type {import('../ui/menu.js').Item[]} */
  const ways = sendable
    ? [
        { label: t('portal.invite.text'), icon: 'text', name: t('portal.invite.text.name', { label }), onClick: () => void copy('text'), test: 'copy-text' },
        { label: t('portal.invite.qr'), icon: 'qr', name: t('portal.invite.qr.name', { label }), onClick: () => onShow(invitation), test: 'show-qr' },
        { label: t('portal.invite.print'), icon: 'print', name: t('portal.invite.print.name', { label }), onClick: () => onLetter(letter), test: 'print' },
      ]
    : [];

  return li(
    { class: classes('card', person.waiting && 'card-alert'), 'data-test': 'invitation', 'data-person': person.id },
    div(
      { class: 'card-words' },
      h3({ class: 'card-title' }, bdi(null, label)),
      p(
        { class: 'card-facts' },
        span({ class: 'card-fact' }, icon('person'), t(`role.${person.role}`)),
        person.may_moderate && span({ class: 'card-fact' }, icon('people'), t('portal.person.lends')),
        languageName && span({ class: 'card-fact' }, icon('globe'), span({ lang: person.lang }, languageName)),
      ),
      p(
        { class: 'card-tags' },
        person.waiting && span({ class: 'tag tag-alert' }, icon('door'), t('portal.invite.waits')),
        pinTag(person),
        person.revoked && span({ class: 'tag tag-wrong' }, icon('close'), t('portal.invite.revoked')),
      ),
    ),
    person.revoked && p({ class: 'field-hint' }, t('portal.invite.revoked.hint')),
    person.pin === 'locked' && !person.revoked && h(LockedPIN, { rooms, room, person, label }),
    !person.revoked && !link && notice({ tone: 'warn' }, t('portal.invite.locked')),
    !person.revoked &&
      div(
        { class: classes('card-actions', narrow && 'card-invite') },
        sendable && [
          primary(
            { icon: copied === 'link' ? 'check' : 'copy', onClick: () => void copy('link'), 'aria-label': t(copied === 'link' ? 'portal.invite.copied.name' : 'portal.invite.copy.name', { label }), 'data-test': 'copy-link' },
            copied === 'link' ? t('portal.invite.copied.short') : t('portal.invite.copy'),
          ),
          !narrow &&
            ways.map(({ label: words, icon, name, onClick, test }) =>
              secondary(
                { key: test, icon: test === 'copy-text' && copied === 'text' ? 'check' : icon, 'aria-label': test === 'copy-text' && copied === 'text' ? t('portal.invite.copied.name', { label }) : name, onClick, 'data-test': test },
                test === 'copy-text' && copied === 'text' ? t('portal.invite.copied.short') : words,
              ),
            ),
        ],
        h(Menu, {
          label: t('call.more'), name: t('portal.invite.more', { label }), 'data-test': 'person-more',
          items: [
            ...(narrow ? ways : []),
            ...(pins === 'off' ? [] : [{ label: person.pin ? t('portal.pin.new') : t('portal.pin.first'), icon: /** @type {const} */ ('key'), onClick: () => onQuestion({ kind: 'pin', person, label }), test: 'pin-new' }]),
            { label: t('portal.invite.new'), icon: 'refresh', onClick: () => onQuestion({ kind: 'renew', person, label }), test: 'renew-link' },
            { label: t('portal.invite.revoke'), icon: 'trash', danger: true, onClick: () => onQuestion({ kind: 'revoke', person, label }), test: 'revoke' },
          ],
        }),
      ),
    narrow && copied === 'text' && p({ class: 'field-hint', 'aria-hidden': 'true' }, t('portal.invite.text.copied')),
  );
}

/** The link, large. @param {{ invitation: import('./invitation.js').Invitation, sender: import('./frame.js').Service, onLetter: (letter: Letter) => void, onClose: () => void }} props */
const LinkDialog = ({ invitation, sender, onLetter, onClose }) =>
  h(Dialog, { title: t('portal.invite.for', { label: invitation.label }), onClose, 'data-test': 'link-dialog' }, h(Ways, { invitation, sender, onLetter, onDone: onClose }));

/** The question before what cannot be taken back. @param {{ question: Exclude<Question, { kind: 'pin' }>, room: Room, rooms: import('./rooms.js').Rooms, onClose: () => void, onGone: () => void }} props */
function Certain({ question, room, rooms, onClose, onGone }) {
  const { kind } = question;
  const { busy, error, run } = useTask(() => {
    if (kind === 'delete') return onGone();
    onClose();
    announce(kind === 'renew' ? t('portal.invite.new.done') : t('portal.invite.revoke.done'));
  });
  const title =
    kind === 'delete' ? t('portal.rooms.delete.title')
    : kind === 'renew' ? t('portal.invite.new.title', { label: question.label })
    : t('portal.invite.revoke.title', { label: question.label });
  const body = kind === 'delete' ? t('portal.rooms.delete.body') : kind === 'renew' ? t('portal.invite.new.body') : t('portal.invite.revoke.body');
  const does = () => (kind === 'delete' ? rooms.remove(room) : kind === 'renew' ? rooms.renew(room, question.person) : rooms.revoke(room, question.person));
  const yes = kind === 'delete' ? t('portal.rooms.delete') : kind === 'renew' ? t('portal.invite.new') : t('portal.invite.revoke');
  const answer = { onClick: () => void run(does), 'aria-disabled': busy || undefined, 'data-test': 'yes' };
  return h(Ask, { title, error, onClose, yes: kind === 'renew' ? primary({ ...answer, icon: 'refresh' }, yes) : danger({ ...answer, icon: 'trash' }, yes) }, p(null, body));
}
