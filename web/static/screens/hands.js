/**
 * Hands that are up: one's own, and for those who moderate whose, in which order. Loaded when the call begins, with its words.
 *
 * **A hand is seen, heard and read out**: who moderates gets a soft sound and words for each that goes up; its order stays on the screen until it is down.
 */
import { useEffect, useRef } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { announce } from '../ui/announce.js';
import { quiet, secondary } from '../ui/button.js';
import { tags } from '../ui/dom.js';
import { icon } from '../ui/icon.js';
import { notice } from '../ui/notice.js';
import { nameOf } from './names.js';

const { bdi, div, h3, li, ol } = tags;

/** @typedef {import('../call/call.js').Call} Call */
/** @typedef {import('./names.js').Read} Read */

/** Milliseconds between two sounds: hands that go up and down are no alarm. */
const pause = 3_000;

/** Of one's own, for as long as it is up. @param {{ call: Call }} props */
export function OwnHand({ call }) {
  const n = call.hands.own.value;
  return (
    n > 0 &&
    notice({ icon: 'hand', live: true, 'data-test': 'own-hand' }, n === 1 ? t('hand.own.first') : t('hand.own', { n }), secondary({ onClick: () => void call.hands.raise(false).catch(() => {}), 'data-test': 'hand-lower' }, t('hand.lower')))
  );
}

/** The item of the list behind "More". @param {Call} call @returns {import('../ui/menu.js').Item} */
export function handItem(call) {
  const up = call.hands.own.value > 0;
  return { label: t(up ? 'hand.lower' : 'hand.raise'), icon: 'hand', onClick: () => void call.hands.raise(!up).catch(() => {}), test: 'hand' };
}

/** What somebody is called, with the group that he is in. @param {import('../call/call.js').Member} member @param {Read} read */
const placed = (member, read) => (member.group ? t('group.named', { name: nameOf(member, read), n: member.group }) : nameOf(member, read));

/** Says who puts up a hand, to those who moderate, and to everybody what became of one's own. @param {{ call: Call, read: Read, sounds: import('./sounds.js').Sounds }} props */
export function HandAnnouncements({ call, read, sounds }) {
  const up = call.hands.up.value;
  const me = call.me.value?.participant;
  const known = useRef(up);
  const sounded = useRef(0);
  useEffect(() => {
    const before = known.current;
    known.current = up;
    const was = (/** @type {string | undefined} */ participant) => before.some((one) => one.participant === participant);
    if (was(me) && !up.some(({ participant }) => participant === me)) announce(t('hand.own.down'));
    if (!call.moderates.value) return;
    const fresh = up.filter(({ participant }) => participant !== me && !was(participant));
    for (const { participant, place } of fresh) {
      const member = call.everybody.value.find((one) => one.participant === participant);
      if (member) announce(t('hand.said', { name: placed(member, read), n: place }));
    }
    if (fresh.length > 0 && Date.now() - sounded.current >= pause) {
      sounded.current = Date.now();
      sounds.play('hand');
    }
  }, [up]);
  return null;
}

/** The order, for those who moderate. @param {{ call: Call, read: Read, run: (doing: Promise<void>) => void }} props */
export function Hands({ call, read, run }) {
  const up = call.hands.up.value;
  if (up.length === 0) return null;
  const name = (/** @type {string} */ participant) => {
    const member = call.everybody.value.find((one) => one.participant === participant);
    return member ? placed(member, read) : t('hand.you');
  };
  return div(
    { class: 'panel-hands', 'data-test': 'hands' },
    h3({ class: 'panel-hands-title' }, icon('hand'), t('hand.list')),
    ol({ class: 'panel-hands-list' }, up.map(({ participant }) => li({ key: participant, 'data-person': participant }, bdi(null, name(participant))))),
    quiet({ onClick: () => run(call.moderation.lowerAllHands().then(() => announce(t('room.hand.all.done')))), 'data-test': 'lower-all' }, t('room.hand.all')),
  );
}
