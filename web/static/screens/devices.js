/** C13 and the check in the waiting room: one's own picture and sound, tried out where nobody sees or hears it. */
import { h, useEffect, useState } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { primary, secondary, toggle } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { tags } from '../ui/dom.js';
import { Select } from '../ui/field.js';
import { icon } from '../ui/icon.js';
import { Level } from '../ui/level.js';
import { notice } from '../ui/notice.js';
import { Video } from '../ui/video.js';
import { advice } from './advice.js';

const { details, div, option, p, span, summary } = tags;

/** @typedef {import('../call/devices.js').Devices} DeviceSet */

/** One's own picture in a doorway, or that the camera is off. @param {{ devices: DeviceSet }} props */
export function Preview({ devices }) {
  const picture = devices.preview.value;
  return div(
    { class: 'doorway' },
    picture
      ? h(Video, { stream: picture, muted: true, mirrored: devices.facing.value === 'user', label: t('call.self') })
      : div(
          { class: 'doorway-empty' },
          devices.exchanging.cam.value ? [icon('flip'), p(null, t('loading'))] : [icon('cameraOff'), p(null, t('wait.preview.off'))],
        ),
  );
}

/** Sound and picture, on or off; on, and not sent, where it would not be protected. @param {{ call: import('../call/call.js').Call }} props */
export function OwnToggles({ call }) {
  const mic = call.mic.value.state === 'on';
  const cam = call.cam.value.state === 'on';
  const waits = call.phase.value === 'call' && call.unsent.value;
  /** @param {string} state @param {string} title */
  const on = (state, title) => (waits ? { state: t('call.unsent'), title: `${t('call.unsent.title')} ${title}` } : { state, title });
  return [
    toggle(
      {
        pressed: mic,
        on: { icon: 'mic', ...on(t('call.mic.on'), t('call.mic.toOff')) },
        off: { icon: 'micOff', state: t('call.mic.off'), title: t('call.mic.toOn') },
        onClick: () => void call.setMic(!mic),
        'data-test': 'mic',
      },
      t('call.mic'),
    ),
    !call.room.value.sound_only && toggle(
      {
        pressed: cam,
        on: { icon: 'camera', ...on(t('call.cam.on'), t('call.cam.toOff')) },
        off: { icon: 'cameraOff', state: t('call.cam.off'), title: t('call.cam.toOn') },
        onClick: () => void call.setCam(!cam),
        'data-test': 'cam',
      },
      t('call.cam'),
    ),
  ];
}

/** Whether one is heard, in a row of bars and in words. @param {{ call: import('../call/call.js').Call, devices: DeviceSet }} props */
export function Heard({ call, devices }) {
  if (!devices.mic.value || call.mic.value.state !== 'on') return p({ class: 'wait-heard-line' }, icon('micOff'), span(null, t('device.mic.off')));
  const heard = devices.heard.value;
  return div(
    { class: 'wait-heard' },
    div({ class: 'wait-heard-line' }, icon('mic'), h(Level, { level: devices.level })),
    p({ role: 'status', 'data-test': 'heard' }, heard ? t('device.heard') : t('device.silent')),
  );
}

/** Tries the loudspeaker. @param {{ devices: DeviceSet }} props */
export function SpeakerTest({ devices }) {
  const [playing, setPlaying] = useState(false);
  useEffect(() => {
    if (!playing) return;
    const timer = setTimeout(() => setPlaying(false), 5000);
    return () => clearTimeout(timer);
  }, [playing]);
  return div(
    { class: 'speaker-test' },
    secondary(
      {
        icon: 'speaker',
        onClick: () => {
          setPlaying(true);
          void devices.testSpeaker();
        },
      },
      t('device.speaker'),
    ),
    div({ role: 'status' }, playing && p(null, t('device.speaker.playing'))),
  );
}

/** Which camera and microphone, where there are several. @param {{ devices: DeviceSet }} props */
export function DeviceLists({ devices }) {
  const list = devices.list.value;
  return /** @type {const} */ (['mic', 'cam']).map((kind) => {
    const some = list.filter((one) => one.kind === kind);
    const track = kind === 'mic' ? devices.mic.value : devices.cam.value;
    if (some.length < 2 || !(track || devices.exchanging[kind].value)) return null;
    return h(
      Select,
      {
        key: kind,
        label: kind === 'mic' ? t('device.mic') : t('device.camera'),
        value: track?.getSettings().deviceId,
        onChange: (event) => void devices.use(kind, event.currentTarget.value),
      },
      some.map(({ id, label }, i) => option({ key: id, value: id }, label || t('device.unnamed', { n: i + 1 }))),
    );
  });
}

/** What was chosen and did not come, and what one can do. @param {{ devices: DeviceSet, onRetry: (kind: 'mic' | 'cam') => void }} props */
export function DeviceProblem({ devices, onRetry }) {
  const problem = devices.problem.value;
  if (!problem) return null;
  const { title, steps } = advice(problem.code, problem.kind === 'mic' ? 'audio' : 'av', navigator);
  return notice(
    { tone: 'warn', icon: problem.kind === 'mic' ? 'micOff' : 'cameraOff' },
    problem.kind === 'cam' && problem.code === 'not_found' ? t('device.nocamera') : t(title),
    steps.length > 0 &&
      details(
        { class: 'fold' },
        summary(null, t('call.blocked.how'), icon('down')),
        div({ class: 'fold-body' }, steps.map((key) => p({ key }, t(key)))),
      ),
    secondary({ icon: 'refresh', onClick: () => onRetry(problem.kind) }, t('again')),
  );
}

/** All of it during a call. @param {{ call: import('../call/call.js').Call, devices: DeviceSet, onClose: () => void }} props */
export function DeviceDialog({ call, devices, onClose }) {
  return h(
    Dialog,
    { title: t('call.devices'), onClose },
    h(Heard, { call, devices }),
    h(DeviceLists, { devices }),
    h(SpeakerTest, { devices }),
    primary({ onClick: onClose }, t('close')),
  );
}
