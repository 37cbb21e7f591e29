/**
 * C6: the waiting room. Nobody sees or hears the person here, and the page says so first.
 *
 * **No button on it can do harm**: one cannot leave by mistake, nor fail to knock; arriving was knocking.
 */
import { h, useState } from '../third_party/preact.js';
import { t, time } from '../i18n/i18n.js';
import { primary, secondary } from '../ui/button.js';
import { classes, tags } from '../ui/dom.js';
import { Page } from '../ui/frame.js';
import { icon } from '../ui/icon.js';
import { notice } from '../ui/notice.js';
import { DeviceLists, DeviceProblem, Heard, OwnToggles, Preview, SpeakerTest } from './devices.js';
import { useLater, useNow, useWakeLock } from './hooks.js';

const { details, div, p, span, summary } = tags;

/** @typedef {import('../ui/frame.js').Service} Service */
/** @typedef {import('./journey.js').Journey} Journey */

/** After this the page says that it takes longer, in milliseconds after the appointment or the knock. */
const late = 5 * 60_000;

/** @param {{ service: Service, journey: Journey, wasIn: boolean }} props wasIn: the counsellor asked the person back out here */
export function Waiting({ service, journey, wasIn }) {
  useWakeLock();
  const { call, devices } = journey;
  // What one may do here besides, none of which anybody waits for.
  const besides = useLater('soon', () => Promise.all([import('./reception.js'), call.bringReception()]).then(async ([module]) => (await module.ready(), module)));
  const sound = call.room.value.sound_only;
  const [since] = useState(() => Date.now());
  const now = useNow(1000);
  const starts = journey.link.value?.starts_at;
  const begins = starts === undefined ? since : Math.max(since, starts - journey.ahead);
  const where = call.counsellor.value;
  const isLate = where !== 'here' && now - begins > late;
  // A clock that runs makes a wait longer.
  const minutes = Math.floor((now - since) / 60_000);
  const reconnecting = call.connection.value.state !== 'ok';
  // The room is locked, and one came too late to knock: the counsellor does not know of one yet.
  const { locked } = call.room.value;

  return h(
    Page,
    {
      service,
      wide: true,
      title: t('wait.title'),
      'data-test': 'waiting',
      lead: p({ class: 'wait-private' }, icon('shield'), span(null, t('wait.private'))),
    },
    wasIn && notice({ icon: 'door', live: true }, t('wait.putback')),
    !journey.world.seals && notice({ tone: 'warn', icon: 'lock', 'data-test': 'wait-unsealed' }, t('wait.unsealed')),
    call.otherDevice.value && notice({ tone: 'warn', live: true }, t('wait.other')),
    p(
      { class: 'wait-status', role: 'status', 'data-test': 'wait-status', 'data-locked': locked || undefined },
      icon(reconnecting ? 'refresh' : locked ? 'lock' : where === 'here' ? 'door' : where === 'coming' ? 'people' : 'wait'),
      span(null, reconnecting ? t('reconnect.body') : locked ? t('wait.locked') : status(where, isLate, service.phone)),
    ),
    div(
      { class: 'wait-facts' },
      starts !== undefined && span(null, t('wait.appointment', { time: time(starts) })),
      span(null, locked ? t('wait.locked.nothing') : t('wait.nothing')),
      minutes > 0 && span(null, t('wait.since', { n: minutes })),
    ),
    h(Forecast, { line: call.outlook.value }),
    besides && besides !== 'failed' && h(besides.Written, { call }),
    h(DeviceProblem, { devices, onRetry: (kind) => void (kind === 'mic' ? call.setMic(true) : call.setCam(true)) }),
    div(
      { class: classes('wait-check', sound && 'wait-check-sound') },
      !sound && div({ class: 'wait-own' }, h(Preview, { devices }), devices.preview.value && p({ class: 'wait-caption' }, t('wait.preview'))),
      div({ class: 'wait-level' }, h(Heard, { call, devices })),
      div(
        { class: 'wait-devices' },
        div({ class: 'wait-toggles' }, h(OwnToggles, { call })),
        devices.cam.value && severalOf(devices, 'cam') && secondary({ icon: 'flip', onClick: () => void devices.flip() }, t('device.flip')),
        h(SpeakerTest, { devices }),
        (sound ? severalOf(devices, 'mic') : severalOf(devices, 'mic', 'cam')) &&
          details(
            { class: 'fold' },
            summary(null, t(sound ? 'device.mic' : 'device.choose'), icon('down')),
            div({ class: 'fold-body' }, h(DeviceLists, { devices })),
          ),
      ),
    ),
    besides && besides !== 'failed' && h(besides.Besides, { call }),
  );
}

/** In one sentence what the line will carry. @param {{ line: 'unknown' | 'trying' | 'good' | 'sound' | 'weak' }} props */
function Forecast({ line }) {
  return (
    line !== 'unknown' &&
    p(
      { class: classes('wait-line', `wait-line-${line}`), role: 'status', 'data-test': 'forecast', 'data-line': line },
      icon(line === 'trying' ? 'wait' : line === 'good' ? 'check' : 'warn'), span(null, t(`wait.line.${line}`)),
    )
  );
}

/** Whether there is anything to choose from. @param {import('../call/devices.js').Devices} devices @param {...('mic' | 'cam')} kinds */
function severalOf(devices, ...kinds) {
  return kinds.some((kind) => devices.list.value.filter((one) => one.kind === kind).length > 1);
}

/** @param {import('../call/protocol.js').Whereabouts} where @param {boolean} isLate @param {string} phone */
function status(where, isLate, phone) {
  if (where === 'here') return t('wait.present');
  if (isLate) return phone ? t('wait.late.phone', { phone }) : t('wait.late');
  if (where === 'coming') return t('wait.coming');
  if (where === 'busy') return t('wait.busy');
  return where === 'away' ? t('wait.away') : t('wait.absent');
}

/** How long somebody who was declined waits before the next knock, in milliseconds. */
const pause = 10_000;

/** @param {{ service: Service, journey: Journey }} props */
export function Declined({ service, journey }) {
  const [since] = useState(() => Date.now());
  const soon = useNow(500) - since < pause;
  return h(
    Page,
    {
      service,
      picture: 'door',
      title: t('declined.title'),
      lead: p(null, t('declined.body')),
      'data-test': 'declined',
      actions: primary({ disabled: soon, onClick: () => void journey.call.knock(), 'data-test': 'knock' }, t('declined.knock')),
    },
    soon && p({ role: 'status' }, t('declined.soon')),
  );
}
