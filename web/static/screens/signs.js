/**
 * The silent sign, and who has left quickly. Of one's own sign there is nothing to be seen but a tick for a moment; who moderates reads what it means, and what to do. Loaded when
 * the call begins.
 */
import { useEffect, useState } from '../third_party/preact.js';
import { t, time } from '../i18n/i18n.js';
import { announce } from '../ui/announce.js';
import { secondary } from '../ui/button.js';
import { tags } from '../ui/dom.js';
import { icon } from '../ui/icon.js';
import { notice } from '../ui/notice.js';
import { nameOf } from './names.js';
import { onPresses } from './pressing.js';

const { div, span } = tags;

/** @typedef {import('../call/call.js').Call} Call */

/** What is behind "More": named so that nobody who looks on learns anything. @param {Call} call @returns {import('../ui/menu.js').Item[]} */
export const signItems = (call) => (call.signs.value?.may.value ? [{ label: t('sign.give'), icon: 'hand', onClick: () => call.signs.peek()?.give(), test: 'sign' }] : []);

/** What one sees of one's own, and the key for it: Control, three times. @param {{ call: Call }} props */
export function OwnSign({ call }) {
  const signs = call.signs.value;
  const may = !!signs?.may.value;
  const state = signs?.own.value ?? 'none';
  useEffect(() => {
    if (!may) return;
    return onPresses('Control', (count) => count === 3 && signs?.give());
  }, [may, signs]);
  useEffect(() => {
    if (state === 'there' || state === 'failed') announce(t(state === 'there' ? 'sign.there' : 'sign.failed'));
  }, [state]);
  if (state !== 'there' && state !== 'failed') return null;
  return div({ class: 'sign-tick', 'aria-hidden': 'true', 'data-test': `sign-${state}` }, icon(state === 'there' ? 'check' : 'refresh'), span(null, t(state === 'there' ? 'sign.there' : 'sign.failed')));
}

/** For who moderates. @param {{ call: Call, read: import('./names.js').Read }} props */
export function ProtectionNotices({ call, read }) {
  const [known, know] = useState(/** @type {string[]} */ ([]));
  const signs = call.signs.value;
  useEffect(() => {
    signs?.show(true);
    return () => signs?.show(false);
  }, [signs]);
  if (!call.moderates.value) return null;
  return [
    signs?.given.value.map(({ member, at }) =>
      notice(
        { key: `sign ${member.participant}`, tone: 'wrong', icon: 'hand', live: true, 'data-test': 'sign-given' },
        t('sign.given', { name: nameOf(member, read), time: time(at) }),
        secondary({ icon: 'check', onClick: () => signs.putAway(member.participant), 'data-test': 'sign-read' }, t('sign.read')),
      )),
    call.exits.value.filter(({ participant }) => !known.includes(participant)).map((exit) =>
      notice(
        { key: `exit ${exit.participant}`, tone: 'wrong', icon: 'leave', live: true, 'data-test': 'exited' },
        t('exit.left', { name: nameOf(exit, read) }),
        secondary({ icon: 'check', onClick: () => know([...known, exit.participant]), 'data-test': 'exited-read' }, t('sign.read')),
      )),
  ];
}
