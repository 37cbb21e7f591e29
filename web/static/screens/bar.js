/** The buttons of the call, always there, always with words: sound, picture, more, hang up. */
import { h, useState } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { barButton, linkButton, primary } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { tags } from '../ui/dom.js';
import { dial } from '../ui/frame.js';
import { Menu } from '../ui/menu.js';
import { DeviceDialog, OwnToggles } from './devices.js';
import { LeaveDialog } from './moderation.js';

const { p, section } = tags;

/**
 * @param {{
 *   call: import('../call/call.js').Call, devices: import('../call/devices.js').Devices, service: import('../ui/frame.js').Service,
 *   showSelf: boolean, onShowSelf: (show: boolean) => void, onMoveSelf: () => void,
 *   people: { open: boolean, waiting: number, onToggle: () => void } | null,
 * }} props people: the button that opens the panels on small screens, for those who moderate
 */
export function Bar({ call, devices, service, showSelf, onShowSelf, onMoveSelf, people }) {
  const [open, setOpen] = useState(/** @type {'devices' | 'help' | 'leave' | null} */ (null));
  const close = () => setOpen(null);
  const cam = call.cam.value.state === 'on';
  const cameras = devices.list.value.filter(({ kind }) => kind === 'cam').length;
  const moderates = call.moderates.value;

  /** @type {import('../ui/menu.js').Item[]} */
  const more = [{ label: t('call.devices'), icon: 'camera', onClick: () => setOpen('devices') }];
  if (cam && cameras > 1) more.push({ label: t('call.flip'), icon: 'flip', onClick: () => void devices.flip() });
  more.push({ label: showSelf ? t('call.self.hide') : t('call.self.show'), icon: 'person', onClick: () => onShowSelf(!showSelf) });
  if (showSelf && call.members.value.length === 1) more.push({ label: t('call.self.move'), icon: 'refresh', onClick: onMoveSelf });
  more.push({ label: t('call.help'), icon: 'phone', onClick: () => setOpen('help') });

  return section(
    { class: 'bar', 'aria-label': t('call.bar') },
    h(OwnToggles, { call }),
    people &&
      barButton(
        { icon: 'people', class: 'bar-people', badge: people.waiting, 'aria-expanded': people.open, onClick: people.onToggle, 'data-test': 'people' },
        t('room.people'),
      ),
    h(Menu, { label: t('call.more'), items: more, bar: true, up: true, 'data-test': 'more' }),
    barButton(
      { icon: 'hangUp', tone: 'danger', onClick: () => (moderates ? setOpen('leave') : void call.leave()), 'data-test': 'hangup' },
      moderates ? t('call.end') : t('call.hangup'),
    ),
    open === 'devices' && h(DeviceDialog, { call, devices, onClose: close }),
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
