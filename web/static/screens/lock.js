/** What the lock says when it is asked, what all are told of it unasked, and the two words that people compare. Loaded when the call begins. */
import { h, useEffect, useRef, useState } from '../third_party/preact.js';
import { baseOf, choose, language, t } from '../i18n/i18n.js';
import { Ask } from '../ui/ask.js';
import { danger, primary, secondary } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { tags } from '../ui/dom.js';
import { lockedLine } from '../ui/locked.js';
import { notice } from '../ui/notice.js';
import { nameOf } from './names.js';
import { moderates } from './staff.js';
import { facts } from './welcome.js';

const { div, p } = tags;

/** @typedef {{ call: import('../call/call.js').Call, read: import('./names.js').Read }} Props */

/** What people are called. @param {Props} props @param {string[]} who */
const namesOf = ({ call, read }, who) => call.everybody.value.filter(({ participant }) => who.includes(participant)).map((member) => nameOf(member, read)).join(', ');

/** @param {Props} props */
function sentence(props) {
  const { state, who } = props.call.confidence.lock.value;
  const names = namesOf(props, who);
  switch (state) {
    case 'unverified': return t('lock.body.unverified', { names });
    case 'pending': return t('lock.body.pending', { names });
    case 'unable': return names ? t('lock.body.unable', { names }) : t('lock.body.unable.own');
    default: return t(`lock.body.${state}`);
  }
}

/** @param {Props & { onClose: () => void }} props */
export function LockDialog({ onClose, ...props }) {
  const { call, read } = props;
  const { state, who } = call.confidence.lock.value;
  const moderates = call.moderates.value;
  // It is for who speaks for the room to say, and not lent.
  const opens = moderates && !call.lent.value && !call.room.value.sealed_only;
  const [asking, setAsking] = useState(false);
  if (asking) return h(OpenDialog, { call, onClose });
  const unverified = state === 'unverified' ? call.everybody.value.filter(({ participant }) => who.includes(participant)) : [];
  return h(
    Dialog,
    { title: state === 'alone' || state === 'protected' ? t('lock.title') : t(`lock.title.${state}`), onClose, 'data-test': 'lock-dialog' },
    facts([['lock', sentence(props)], ['shield', t('lock.norecord')], ['people', t('lock.people')]]),
    moderates && !!call.room.value.sealed_only && lockedLine(t('lock.open.never'), t('room.locked'), 'lock-never'),
    unverified.length > 0 && !moderates && p(null, t('lock.body.unverified.how')),
    div(
      { class: 'actions' },
      primary({ onClick: onClose }, t('close')),
      moderates && unverified.map((member) =>
        secondary(
          {
            key: member.participant, icon: 'ear', 'data-test': 'compare',
            onClick: () => {
              onClose();
              void call.confidence.compare(member.participant, baseOf(language.value));
            },
          },
          t('lock.compare', { name: nameOf(member, read) }),
        )),
      opens && state === 'unable' && secondary({ icon: 'warn', onClick: () => setAsking(true), 'data-test': 'lock-open' }, t('lock.open.offer')),
      state === 'asked' && secondary({ icon: 'warn', onClick: () => (onClose(), call.confidence.agree()) }, t('lock.agree')),
      moderates && !call.lent.value && state === 'open' && secondary({ icon: 'lock', onClick: () => void call.confidence.open(false), 'data-test': 'lock-close' }, t('lock.close')),
    ),
  );
}

/** The question before it goes on without encryption. @param {{ call: import('../call/call.js').Call, onClose: () => void }} props */
function OpenDialog({ call, onClose }) {
  const yes = danger({ onClick: () => (onClose(), void call.confidence.open(true)), 'data-test': 'lock-open-yes' }, t('lock.open.yes'));
  return h(Ask, { title: t('lock.open.title'), yes, onClose }, p(null, t('lock.open.body')));
}

/** Those that have been in a list for so long: of who has just come in, a colleague's page tells in a moment. @param {string[]} list @param {number} ms @returns {string[]} */
function useLasting(list, ms) {
  const since = useRef(/** @type {Map<string, number>} */ (new Map()));
  const [, look] = useState(0);
  const now = Date.now();
  since.current = new Map(list.map((one) => [one, since.current.get(one) ?? now]));
  const young = list.some((one) => now - (since.current.get(one) ?? now) < ms);
  useEffect(() => {
    if (!young) return;
    const timer = setTimeout(() => look((n) => n + 1), ms);
    return () => clearTimeout(timer);
  });
  return list.filter((one) => now - (since.current.get(one) ?? now) >= ms);
}

/** What all are told unasked, for as long as it is so. @param {Props} props */
export function LockNotices(props) {
  const { call } = props;
  const { state, unknown } = call.confidence.lock.value;
  const [asking, setAsking] = useState(false);
  const lasting = useLasting(unknown, 1_500);
  // Of who is not there nobody has to be asked: it may be one's own page of before.
  const asked = (/** @type {import('../call/call.js').Member} */ { participant, identity, connection }) => identity && connection !== 'reconnecting' && lasting.includes(participant);
  const strangers = call.moderates.value ? call.everybody.value.filter(asked) : [];
  const opens = call.moderates.value && !call.lent.value && !call.room.value.sealed_only;
  return [
    (state === 'unable' || state === 'open' || state === 'asked' || state === 'broken') &&
      notice(
        { tone: state === 'broken' ? 'wrong' : 'warn', icon: 'lock', live: true, 'data-test': `lock-${state}` }, sentence(props),
        state === 'unable' && opens && secondary({ icon: 'warn', onClick: () => setAsking(true), 'data-test': 'lock-offer' }, t('lock.open.offer')),
        state === 'asked' && secondary({ icon: 'warn', onClick: () => call.confidence.agree(), 'data-test': 'lock-agree' }, t('lock.agree')),
        state === 'broken' && secondary({ icon: 'refresh', onClick: () => location.reload() }, t('reload')),
      ),
    strangers.map((member) =>
      notice(
        { tone: 'warn', icon: 'person', live: true, 'data-test': 'stranger' }, t('lock.stranger', { name: nameOf(member, props.read) }),
        primary({ key: member.participant, icon: 'check', onClick: () => call.confidence.admit(member), 'data-test': 'stranger-yes' }, t('lock.stranger.yes')),
        // A colleague is not hers to send there.
        !moderates(member.role) && !(call.lent.value && member.promoted) && secondary({ icon: 'door', onClick: () => void call.moderation.putBack(member.participant).catch(() => {}), 'data-test': 'stranger-no' }, t('lock.stranger.no')),
      )),
    asking && h(OpenDialog, { call, onClose: () => setAsking(false) }),
    call.confidence.words.value && h(WordsDialog, { call, read: props.read, ...call.confidence.words.value }),
  ];
}

/** @param {Props & { participant: string, words: [number, number], lang: string }} props participant: with whom; lang: of whoever began it, so that both read the same */
function WordsDialog({ call, read, participant, words: [first, second], lang }) {
  const [list, setList] = useState(/** @type {string[] | null} */ (null));
  const [wrong, setWrong] = useState(false);
  useEffect(() => {
    const code = baseOf(choose(lang));
    fetch(new URL(`./compare/${code}.json`, import.meta.url)).then((answer) => answer.json()).then(setList, () => call.confidence.compared(false));
  }, [lang]);
  const done = () => call.confidence.compared(false);
  if (wrong) {
    return h(Dialog, { title: t('lock.compare.wrong.title'), onClose: done }, p(null, t('lock.compare.wrong')), primary({ onClick: done, autoFocus: true }, t('close')));
  }
  return list && h(
    Dialog,
    { title: t('lock.compare.title'), onClose: done, 'data-test': 'words' },
    p(null, t('lock.compare.body', { names: namesOf({ call, read }, [participant]) })),
    p({ class: 'lock-words', lang, 'data-test': 'two-words' }, `${list[first]} ${list[second]}`),
    div(
      { class: 'dialog-actions' },
      secondary({ onClick: () => setWrong(true), 'data-test': 'words-other' }, t('lock.compare.other')),
      primary({ onClick: () => call.confidence.compared(true), 'data-test': 'words-same' }, t('lock.compare.same')),
    ),
  );
}
