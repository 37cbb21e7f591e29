/** B6: who is here, for those who moderate: what can be done about the room, and about each. */
import { h, useRef, useState } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { announce } from '../ui/announce.js';
import { quiet, secondary } from '../ui/button.js';
import { tags, classes } from '../ui/dom.js';
import { icon } from '../ui/icon.js';
import { lockedLine } from '../ui/locked.js';
import { Menu } from '../ui/menu.js';
import { notice } from '../ui/notice.js';
import { switchLine } from '../ui/switch.js';
import { useAction } from './action.js';
import { ShowCards } from './cards.js';
import { Hands } from './hands.js';
import { useLater } from './hooks.js';
import { Expected } from './invited.js';
import { refusals, RemoveDialog } from './moderation.js';
import { nameOf, roleOf } from './names.js';
import { recording, standing } from './queue.js';
import { isModerator, moderates } from './staff.js';
import { RecordDialog } from './withdraw.js';

const { bdi, div, h2, li, p, section, span, ul } = tags;

/** @typedef {import('../call/call.js').Call} Call */
/** @typedef {import('./names.js').Read} Read */

/** A line about somebody. @param {import('../ui/icon.js').IconName} picture @param {import('../ui/dom.js').Children} words @param {boolean} [warn] */
export function fact(picture, words, warn) {
  return li({ class: classes('panel-fact', warn && 'panel-fact-warn') }, icon(picture), words);
}

/** @param {{ call: Call, read: Read, onInvite: (() => void) | null, onClose: () => void }} props onInvite: null where nobody can be invited from here */
export function PeoplePanel({ call, read, onInvite, onClose }) {
  const members = call.everybody.value;
  const [withdrawing, setWithdrawing] = useState(/** @type {{ participant: string, name: string } | null} */ (null));
  const [removing, setRemoving] = useState(/** @type {{ participant: string, name: string } | null} */ (null));
  const { error, run } = useAction({ words: refusals });
  const { held, frozen, locked = false, share, share_locked, pin, camera_check, sound_only, groupable, groups } = call.room.value;
  const grouping = useLater(groupable, () => import('./groups.js').then(async (module) => (await module.ready(), module)));
  const colleague = members.some((member) => isModerator(member) && member.connection !== 'reconnecting');
  const heading = useRef(/** @type {HTMLHeadingElement | null} */ (null));
  // The row goes away with its person; the keyboard must not go with it.
  const putBack = (/** @type {string} */ participant) => {
    heading.current?.focus();
    run(call.moderation.putBack(participant));
  };
  return section(
    { class: 'panel panel-people', 'aria-labelledby': 'people-title' },
    div(
      { class: 'panel-head' },
      h2({ class: 'panel-title', id: 'people-title', tabIndex: -1, ref: heading }, icon('people'), t('room.people')),
      span({ class: 'panel-count' }, t('room.people.count', { n: members.length + 1 })),
      quiet({ icon: 'close', class: 'panel-close', onClick: onClose, 'data-test': 'people-close' }, t('close')),
    ),
    error && notice({ tone: 'wrong', live: true }, error),
    div(
      { class: 'panel-room' },
      switchLine({ icon: 'pause', on: held, disabled: frozen, now: held ? t('room.hold.on') : t('room.hold.off'), onClick: () => run(call.moderation.hold(!held)), 'data-test': 'hold' }, t('room.hold')),
      switchLine({ icon: 'lock', on: locked, now: locked ? t('room.lock.on') : t('room.lock.off'), onClick: () => run(call.moderation.lock(!locked)), 'data-test': 'lock-room' }, t('room.lock')),
      !held && colleague && quiet({ icon: 'people', class: 'panel-all', onClick: () => run(call.moderation.consult()), 'data-test': 'consult' }, t('room.consult')),
      share_locked
        ? lockedLine(share === 'nobody' ? t('room.share.nobody') : t('room.share.locked'), t('room.locked'), 'share-locked')
        : switchLine(
            {
              icon: 'share', on: share === 'all', now: share === 'all' ? t('room.share.on') : t('room.share.off'),
              onClick: () => run(call.moderation.setShareRule(share === 'all' ? 'counsellors' : 'all')), 'data-test': 'share-rule',
            },
            t('room.share'),
          ),
      members.length > 0 &&
        quiet({ icon: 'micOff', class: 'panel-all', onClick: () => run(call.moderation.muteAll().then(() => announce(t('room.muteall.done')))), 'data-test': 'mute-all' }, t('room.muteall')),
      h(ShowCards, { show: (card) => run(call.moderation.show(card)) }),
    ),
    members.length === 0 && p({ class: 'panel-none' }, t('room.people.none')),
    grouping && grouping !== 'failed' && h(grouping.Groups, { call, read }),
    grouping === 'failed' && notice({ tone: 'wrong', live: true }, t('room.failed'), secondary({ icon: 'refresh', onClick: () => location.reload() }, t('reload'))),
    h(Hands, { call, read, run }),
    ul(
      { class: 'panel-list' },
      members.map((member) => {
        const name = nameOf(member, read);
        const { participant } = member;
        const role = roleOf(member, name);
        const pinned = pin?.participant === participant;
        const moderated = member.role !== 'counsellor';
        const lent = !!member.lent || !!member.promoted;
        // Nobody to whom moderation is lent sends out who moderates.
        const sent = !call.lent.value || (!lent && !moderates(member.role));
        const place = call.hands.place(participant);
        /** @type {import('../ui/menu.js').Item[]} */
        const more = [];
        if (place) {
          more.push({
            icon: 'hand', label: t('room.hand.lower'), name: t('room.hand.lower.name', { label: name }), test: 'lower-hand',
            onClick: () => run(call.moderation.lowerHand(participant).then(() => announce(t('room.hand.lower.done', { label: name })))),
          });
        }
        // A camera that is not for all is not large for all.
        if (members.length > 1 && !groups && (pinned || member.screen || !member.video_reserved)) {
          more.push({
            icon: pinned ? 'shrink' : 'enlarge', label: t(pinned ? 'room.unpin' : 'room.pin'), name: t(pinned ? 'room.unpin.name' : 'room.pin.name', { label: name }), test: 'pin',
            onClick: () => run(call.moderation.pin(pinned ? null : participant, member.screen ? 'screen' : 'camera')),
          });
        }
        if (member.screen) more.push({ icon: 'share', label: t('room.stopshare'), name: t('room.stopshare.name', { label: name }), test: 'mute-screen', onClick: () => run(call.moderation.mute(participant, 'screen')) });
        if (camera_check && !isModerator(member) && !member.video_reserved) {
          more.push({
            icon: 'shield', label: t('room.reserve'), name: t('room.reserve.name', { label: name }), test: 'reserve-video',
            onClick: () => run(call.moderation.reserveVideo(participant).then(() => announce(t('room.reserve.done', { label: name })))),
          });
        }
        // What is lent to one is not one's own to hand on.
        if (!call.lent.value && member.may_promote && !lent) {
          more.push({
            icon: 'people', label: t('room.lend'), name: t('room.lend.name', { label: name }), test: 'lend',
            onClick: () => run(call.moderation.lend(participant).then(() => announce(t('room.lend.done', { label: name })))),
          });
        }
        if (moderated) {
          more.push(
            {
              icon: 'cameraOff', label: t('room.mutecam'), name: t('room.mutecam.name', { label: name }), off: !member.video, test: 'mute-video',
              onClick: () => run(call.moderation.mute(participant, 'video').then(() => announce(t('room.mutecam.done', { label: name })))),
            },
          );
        }
        if (moderated && sent) {
          more.push(
            { icon: 'door', label: t('room.putback'), name: t('room.putback.name', { label: name }), test: 'put-back', onClick: () => putBack(participant) },
            ...recording(member, name, () => setWithdrawing({ participant, name })),
            { icon: 'trash', danger: true, label: t('room.remove'), name: t('room.remove.name', { label: name }), test: 'remove', onClick: () => setRemoving({ participant, name }) },
          );
        }
        return li(
          { key: participant, class: 'panel-item', 'data-test': 'person', 'data-person': participant },
          p({ class: 'panel-name' }, bdi(null, name)),
          ul(
            { class: 'panel-facts' },
            role && fact('person', role),
            groups && fact('people', member.group ? t('group.n', { n: member.group }) : t('group.main')),
            standing(member).map((one) => fact(...one)),
            place > 0 && fact('hand', t('hand.place', { n: place })),
            !member.audio && fact('micOff', t('tile.muted')),
            !sound_only && !member.video && fact('cameraOff', t('tile.nopicture')),
            member.connection === 'reconnecting' && fact('refresh', t('tile.reconnecting')),
            member.connection === 'interrupted' && fact('wait', t('tile.interrupted')),
            // Whose line it is stands above; read out alone, it says so.
            call.receiving.weakLines.value.has(participant) && fact('warn', [span({ 'aria-hidden': 'true' }, t('tile.weak')), span({ class: 'unseen' }, t('room.weak', { label: name }))], true),
            member.video_reserved && fact('shield', t('room.reserved')),
            member.screen && fact('share', t('room.shares')),
          ),
          div(
            { class: 'panel-buttons' },
            // Off already, it stays where it is and keeps the focus, or the other would move under the finger.
            moderated &&
              secondary(
                {
                  icon: 'micOff', 'aria-disabled': !member.audio || undefined, 'aria-label': t('room.mute.name', { label: name }),
                  onClick: () => member.audio && run(call.moderation.mute(participant, 'audio').then(() => announce(t('room.mute.done', { label: name })))), 'data-test': 'mute',
                },
                t('room.mute'),
              ),
            // One click, and in sight as long as it is so.
            lent && !call.lent.value &&
              secondary(
                {
                  icon: 'people', 'aria-label': t('room.takeback.name', { label: name }), 'data-test': 'take-back',
                  onClick: () => run(call.moderation.takeBack(participant).then(() => announce(t('room.takeback.done', { label: name })))),
                },
                t('room.takeback'),
              ),
            more.length > 0 && h(Menu, { label: t('call.more'), name: t('room.more', { label: name }), items: more, 'data-test': 'person-more' }),
          ),
        );
      }),
    ),
    h(Expected, { call, read, onInvite }),
    withdrawing && h(RecordDialog, { call, ...withdrawing, onClose: () => setWithdrawing(null) }),
    removing && h(RemoveDialog, { call, ...removing, onClose: () => setRemoving(null), onRemoved: () => setTimeout(() => heading.current?.focus()) }),
  );
}
