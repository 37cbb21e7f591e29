/** The buttons of the call, always there, always with words: sound, picture, more, hang up. */
import { h, useState } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { barButton, linkButton, primary } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { tags } from '../ui/dom.js';
import { dial } from '../ui/frame.js';
import { Menu } from '../ui/menu.js';
import { DeviceDialog, OwnToggles } from './devices.js';
import { useLater, useMedia } from './hooks.js';
import { LeaveDialog } from './moderation.js';
import { moderates as staff } from './staff.js';

const { p, section } = tags;

/**
 * @param {{
 *   call: import('../call/call.js').Call, devices: import('../call/devices.js').Devices, service: import('../ui/frame.js').Service,
 *   showSelf: boolean, onShowSelf: (show: boolean) => void, onMoveSelf: () => void, speaker: boolean, onSpeaker: (speaker: boolean) => void,
 *   hand: import('../ui/menu.js').Item | null, people: { open: boolean, waiting: number, onToggle: () => void } | null, chat: { open: boolean, unread: number, onToggle: () => void } | null, items: import('../ui/menu.js').Item[],
 * }} props items: more of what is behind "More"; hand: to put up one's own, once it has come; people: the button that opens the panels on small screens, for those who moderate; chat: once it has come
 */
export function Bar({ call, devices, service, hand, showSelf, onShowSelf, onMoveSelf, speaker, onSpeaker, people, chat, items }) {
  const [open, setOpen] = useState(/** @type {'devices' | 'help' | 'leave' | 'share' | 'preference' | 'name' | 'withdraw' | null} */ (null));
  const close = () => setOpen(null);
  // Loaded while the call begins; when one is opened, if that failed.
  const later = useLater(open === 'preference' || open === 'share' || open === 'name' || open === 'withdraw' ? open : 'soon', () => Promise.all([import('./preference.js'), import('./share.js'), import('./own_name.js'), import('./withdraw.js')]));
  const dialogs = later && later !== 'failed' ? { ...later[0], ...later[1], ...later[2], ...later[3] } : null;
  const cam = call.cam.value.state === 'on';
  const cameras = devices.list.value.filter(({ kind }) => kind === 'cam').length;
  const moderates = call.moderates.value;
  const sharing = call.screen.value.state === 'on';
  const may = call.mayShare.value;
  const sharable = may !== 'unsupported';
  const share = () => (sharing ? void call.stopSharing() : setOpen('share'));
  const shareWord = sharing ? t('share.stop') : t('share');
  // On a phone five buttons have room, or six with short words. (While a screen is shared, a line above says so, with a button to stop.) What the room's rule forbids is
  // no button that always says no: the list says why.
  const narrow = useMedia('(max-width: 30rem), (max-height: 30rem)');
  const tucked = narrow || (may === 'rule' && !sharing);

  /** @type {import('../ui/menu.js').Item[]} */
  const more = hand ? [hand] : [];
  more.push({ label: t('call.devices'), icon: 'camera', onClick: () => setOpen('devices') });
  const { names = 'none' } = call.room.value;
  if (names !== 'none' || staff(call.me.value?.role)) more.push({ label: t('call.name'), icon: 'person', onClick: () => setOpen('name'), test: 'own-name' });
  if (sharable && tucked) more.push({ label: shareWord, icon: 'share', onClick: share, test: 'share' });
  if (cam && cameras > 1) more.push({ label: t('call.flip'), icon: 'flip', onClick: () => void devices.flip() });
  if (!call.room.value.sound_only) more.push({ label: showSelf ? t('call.self.hide') : t('call.self.show'), icon: 'person', onClick: () => onShowSelf(!showSelf) });
  if (showSelf && !call.room.value.sound_only && call.members.value.length === 1) more.push({ label: t('call.self.move'), icon: 'refresh', onClick: onMoveSelf });
  if (!call.room.value.sound_only) more.push({ label: t('choice.title'), icon: 'camera', onClick: () => setOpen('preference'), test: 'quality-choice' });
  if (call.members.value.length > 1) {
    more.push({ label: t(speaker ? 'layout.same' : 'layout.speaker'), icon: 'people', onClick: () => onSpeaker(!speaker), test: 'layout' });
  }
  if (document.fullscreenEnabled) {
    more.push({ label: t(document.fullscreenElement ? 'layout.full.leave' : 'layout.full'), icon: document.fullscreenElement ? 'shrink' : 'enlarge', onClick: () => void fullScreen(), test: 'full-screen' });
  }
  if (document.pictureInPictureEnabled) more.push({ label: t('layout.pip'), icon: 'copy', onClick: () => void pictureInPicture(), test: 'pip' });
  more.push(...items, { label: t('call.help'), icon: 'phone', onClick: () => setOpen('help') });

  // At the end of the list, where nobody presses it by mistake.
  const own = /** @type {import('../ui/menu.js').Item[]} */ (!call.consentAsked.value ? [] : [{ label: t('withdraw'), icon: 'hand', onClick: () => setOpen('withdraw'), test: 'withdraw' }]);

  return section(
    { class: 'bar', 'aria-label': t('call.bar') },
    h(OwnToggles, { call }),
    sharable && !tucked && barButton({ icon: 'share', class: 'bar-share', 'aria-pressed': sharing, 'data-test': 'share', onClick: share }, shareWord),
    people &&
      barButton(
        { icon: 'people', class: 'bar-people', badge: people.waiting, 'aria-expanded': people.open, onClick: people.onToggle, 'data-test': 'people' },
        t('room.people'),
      ),
    chat &&
      barButton({ icon: 'chat', class: 'bar-chat', badge: chat.unread, 'aria-expanded': chat.open, onClick: chat.onToggle, 'data-test': 'chat-button' }, people && narrow ? t('chat.short') : t('chat.title')),
    h(Menu, { label: t('call.more'), items: [...more, ...own], bar: true, up: true, 'data-test': 'more' }),
    barButton(
      { icon: 'hangUp', tone: 'danger', onClick: () => (moderates ? setOpen('leave') : void call.leave()), 'data-test': 'hangup' },
      moderates ? t('call.end') : t('call.hangup'),
    ),
    open === 'devices' && h(DeviceDialog, { call, devices, onClose: close }),
    open === 'share' && dialogs && h(dialogs.ShareDialog, { call, onClose: close }),
    open === 'preference' && dialogs && h(dialogs.PreferenceDialog, { call, onClose: close }),
    open === 'name' && dialogs && h(dialogs.OwnName, { call, onClose: close }),
    open === 'withdraw' && dialogs && h(dialogs.WithdrawDialog, { call, onClose: close }),
    open === 'leave' && h(LeaveDialog, { call, onClose: close }),
    open === 'help' &&
      h(
        Dialog,
        { title: t('call.help'), onClose: close },
        p(null, service.phone ? t('call.help.body', { phone: service.phone }) : t('call.help.none')),
        service.phone && linkButton({ icon: 'phone', href: dial(service.phone) }, t('call.phone', { phone: service.phone })),
        primary({ onClick: close }, t('close')),
      ),
  );
}

/** The whole page on the whole screen, and back. */
async function fullScreen() {
  try {
    if (document.fullscreenElement) await document.exitFullscreen();
    else await document.documentElement.requestFullscreen();
  } catch {
    // A browser that does not want to now stays as it is.
  }
}

/** The picture that is looked at in a window of its own, above other programs. */
async function pictureInPicture() {
  const videos = ['.tile-large .video', '.tile:not(.tile-self) .video'].map((one) => /** @type {HTMLVideoElement | null} */ (document.querySelector(one)));
  try {
    if (document.pictureInPictureElement) await document.exitPictureInPicture();
    else await videos.find(Boolean)?.requestPictureInPicture();
  } catch {
    // Nothing is shown yet, or the browser does not want to.
  }
}
