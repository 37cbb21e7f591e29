/** The counsellor in the room, and the pages after it. */
import { h } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { CallScreen } from '../screens/call.js';
import { Deletion } from '../screens/deleted.js';
import { Loading } from '../screens/pages.js';
import { primary, quiet, secondary } from '../ui/button.js';
import { tags } from '../ui/dom.js';
import { Page } from '../ui/frame.js';
import { usePrint } from './invitation.js';
import { Invite } from './invite.js';
import { letterPage } from './letter.js';

const { p } = tags;

/** @typedef {import('../ui/frame.js').Service} Service */

/**
 * @param {{
 *   service: Service, desk: import('./desk.js').Desk, sounds: import('../screens/sounds.js').Sounds, read?: import('../screens/names.js').Read, onList: () => void,
 *   inviting: Pick<Parameters<typeof Invite>[0], 'room' | 'rooms' | 'texts' | 'sender' | 'origin'> | null,
 * }} props read: opens the labels of the room's people; inviting: what it takes to invite; null while that is not known
 */
export function Inside({ service: house, desk, sounds, read, inviting, onList }) {
  const [letter, setLetter] = usePrint();
  const service = { ...house, staff: true };
  const { call, devices } = desk;
  const toList = { icon: /** @type {const} */ ('back'), onClick: onList, 'data-test': 'to-list' };
  const rejoin = { icon: /** @type {const} */ ('door'), onClick: () => void desk.rejoin(), 'data-test': 'rejoin' };
  switch (call.phase.value) {
    case 'call':
      return [
        letter && inviting && letterPage(letter, inviting.sender),
        h(CallScreen, {
          key: 'call', call, devices, service, sounds, read,
          invite: inviting && /** @type {import('../screens/invited.js').Invite} */ ((frame, onClose) => h(Invite, { ...inviting, frame, locked: call.room.value.locked, onLetter: setLetter, onClose })),
        }),
      ];
    case 'ended':
      return h(Page, {
        key: 'ended', service, picture: 'check', title: t('room.ended.title'), 'data-test': 'ended', lead: [call.reception.value?.withdrawn.value && p(null, t('portal.after.withdrawn')), p(null, t('portal.after.ended'))],
        children: h(Deletion, { receipt: call.receipt, open: true, onClear: () => location.replace('about:blank') }),
        actions: secondary({ ...toList, onClick: () => (call.receipt.forget(), onList()) }, t('room.list')),
      });
    case 'left':
      return h(Page, {
        key: 'left', service, picture: 'leave', title: t('room.left.title'), 'data-test': 'ended', lead: p(null, call.moderation.leftOpen.value ? t('room.left.open', { n: call.moderation.leftOpen.value / 60_000 }) : t('room.left.body')),
        actions: [primary(rejoin, t('room.rejoin')), secondary(toList, t('room.list'))],
      });
    case 'replaced':
      return h(Page, {
        key: 'replaced', service, picture: 'copy', title: t('replaced.title'), 'data-test': 'replaced', lead: p(null, t('replaced.body')),
        actions: [secondary(rejoin, t('replaced.here')), quiet(toList, t('room.list'))],
      });
    case 'removed':
      return h(Page, { key: 'removed', service, picture: 'door', title: t('removed.title'), 'data-test': 'removed', actions: primary(toList, t('room.list')) });
    case 'failed': {
      const code = call.failure.value;
      const words =
        code === 'room_full' ? t('portal.failed.roomfull')
        : code === 'no_policy' ? t('portal.rooms.norules.how')
        : code === 'not_found' || code === 'wrong_state' ? t('portal.failed.gone')
        : code === 'version' ? t('trouble.version')
        : t('trouble.unavailable');
      return h(Page, {
        key: 'failed', service, picture: 'refresh', title: t('trouble.title'), 'data-test': 'trouble', lead: p(null, words),
        actions: [
          code === 'version' || code === 'parts'
            ? primary({ icon: 'refresh', onClick: () => location.reload() }, t('reload'))
            : primary({ icon: 'refresh', onClick: () => void desk.choose(desk.media), 'data-test': 'retry' }, t('again')),
          secondary(toList, t('room.list')),
        ],
      });
    }
    default:
      return h(Loading, { service });
  }
}
