/** What is not as usual during a call, in words, with the way out; it stays until its cause is gone. */
import { h, useEffect, useRef, useState } from '../third_party/preact.js';
import { t, time } from '../i18n/i18n.js';
import { announce } from '../ui/announce.js';
import { primary, quiet, secondary } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { tags } from '../ui/dom.js';
import { notice } from '../ui/notice.js';
import { advice } from './advice.js';
import { steps } from './media.js';
import { nameOf } from './names.js';
import { Reserved } from './reserved.js';

const { div, p, section } = tags;

/** @typedef {import('../call/call.js').Call} Call */

/** @param {{ call: Call, devices: import('../call/devices.js').Devices, covered: boolean, children?: any }} props covered: nobody is seen or heard now, and the stage says so */
export function Notices({ call, devices, covered, children }) {
  const moderates = call.moderates.value;
  const { held, frozen, paused, consultation, open_until } = call.room.value;
  const [allowed, setAllowed] = useState(false);
  const may = call.mayShare.value;
  // One's counsellor lets one show a screen now; that one always could is no news. Told until it was read, done, or is so no more.
  useChange(may, (before) => setAllowed((may === 'yes' && before === 'rule') || (may !== 'rule' && allowed)));
  return section(
    { class: 'call-notices', 'aria-label': t('call.notices') },
    call.audioBlocked.value &&
      primary({ icon: 'speaker', class: 'call-unlock', onClick: () => call.unlockAudio(), 'data-test': 'audio-blocked' }, t('audio.blocked')),
    call.interruption.state.value === 'tap' &&
      primary({ icon: 'mic', class: 'call-unlock', onClick: () => void call.interruption.again(), 'data-test': 'mic-again' }, t('call.interrupted.tap')),
    call.interruption.state.value !== 'none' && notice({ tone: 'warn', icon: 'wait', live: true, 'data-test': 'interrupted' }, t('call.interrupted')),
    children,
    moderates && paused && notice({ tone: 'warn', icon: 'wait', live: true }, t('room.paused')),
    moderates && held && !frozen &&
      notice({ tone: 'warn', icon: 'pause', live: true, 'data-test': consultation ? 'consultation' : undefined }, t(consultation ? 'room.consult.notice' : 'room.hold.notice'), primary({ icon: 'play', onClick: () => void call.moderation.hold(false) }, t('room.hold.resume'))),
    !covered && open_until && notice({ icon: 'clock', live: true, 'data-test': 'left-open' }, t('call.leftopen', { time: time(open_until) })),
    !covered && allowed && may === 'yes' && call.screen.value.state !== 'on' && !moderates &&
      notice({ tone: 'good', icon: 'share', live: true, 'data-test': 'share-allowed' }, t('share.allowed'), quiet({ onClick: () => setAllowed(false) }, t('close'))),
    !covered && h(Reserved, { call }),
    !covered && h(OwnNotices, { call, devices }),
  );
}

/** One's own sound and picture, and the line. @param {{ call: Call, devices: import('../call/devices.js').Devices }} props */
function OwnNotices({ call, devices }) {
  const [help, setHelp] = useState(false);
  const mic = call.mic.value;
  const cam = call.cam.value;
  const screen = call.screen.value;
  const quality = call.quality.value;
  const how = () => secondary({ onClick: () => setHelp(true) }, t('call.blocked.how'));
  const { title, body, steps: todo } = advice(devices.problem.value?.code ?? 'denied', mic.state === 'blocked' ? 'audio' : 'av', navigator);
  return [
    screen.state === 'on' &&
      notice({ tone: 'warn', icon: 'share', live: true, 'data-test': 'sharing' }, t('share.on'), primary({ icon: 'close', onClick: () => void call.stopSharing(), 'data-test': 'share-stop' }, t('share.stop'))),
    screen.state === 'off' && screen.mutedBy && notice({ tone: 'warn', icon: 'share', live: true }, t('share.byother')),
    screen.state === 'blocked' && notice({ tone: 'warn', icon: 'share', live: true }, t('share.blocked')),
    mic.state === 'off' && mic.mutedBy === 'entry' &&
      notice({ tone: 'warn', icon: 'micOff', live: true, 'data-test': 'entered-muted' }, t('call.muted.entry'), secondary({ icon: 'mic', onClick: () => void call.setMic(true) }, t('call.mic.switch'))),
    mic.state === 'off' && mic.mutedBy === 'counsellor' &&
      notice({ tone: 'warn', icon: 'micOff', live: true, 'data-test': 'muted' }, t('call.muted.byother'), secondary({ icon: 'mic', onClick: () => void call.setMic(true) }, t('call.mic.again'))),
    cam.state === 'off' && cam.mutedBy &&
      notice({ tone: 'warn', icon: 'cameraOff', live: true }, t('call.cammuted.byother'), secondary({ icon: 'camera', onClick: () => void call.setCam(true) }, t('call.cam.again'))),
    mic.state === 'ended' &&
      notice({ tone: 'wrong', icon: 'micOff', live: true }, t('call.mic.lost'), secondary({ icon: 'mic', onClick: () => void call.setMic(true) }, t('call.mic.again'))),
    cam.state === 'ended' &&
      notice({ tone: 'warn', icon: 'cameraOff', live: true }, t('call.cam.lost'), secondary({ icon: 'camera', onClick: () => void call.setCam(true) }, t('call.cam.again'))),
    mic.state === 'blocked' && notice({ tone: 'warn', icon: 'micOff', live: true }, t('call.mic.blocked'), how()),
    cam.state === 'blocked' && notice({ tone: 'warn', icon: 'cameraOff', live: true }, t('call.cam.blocked'), how()),
    call.soundFirst.value && cam.state === 'on'
      ? notice({ tone: 'warn', icon: 'cameraOff', live: true, 'data-test': 'sound-first' }, t('quality.sound'))
      : quality !== 'good' && notice({ tone: 'warn', icon: 'warn', live: true, 'data-test': 'quality' }, quality === 'mid' ? t('quality.mid') : t('quality.bad')),
    help &&
      h(Dialog, { title: t(title), onClose: () => setHelp(false) }, p(null, t(body)), steps(todo), primary({ onClick: () => setHelp(false) }, t('close'))),
  ];
}

/**
 * Somebody speaks whom nobody hears: said over the pictures for as long as it lasts, since what comes and goes must not push them about.
 * @param {{ call: Call }} props
 */
export function Unheard({ call }) {
  const mic = call.mic.value;
  return (
    mic.state === 'off' && !mic.mutedBy && call.talking.value &&
    div(
      { class: 'call-hint' },
      notice(
        { tone: 'warn', icon: 'micOff', live: true, 'data-test': 'unheard' }, t('call.muted.talking'),
        secondary({ icon: 'mic', onClick: () => void call.setMic(true), 'data-test': 'unheard-on' }, t('call.mic.switch')),
      ),
    )
  );
}

/**
 * Says aloud what the eye sees on the stage: who came and went, one's own sound and picture, lost and found connections.
 * @param {{ call: Call, read: import('./names.js').Read, state: string }} props
 */
export function Announcements({ call, read, state }) {
  const members = call.members.value;
  const known = useRef(/** @type {Map<string, string> | null} */ (null));
  useEffect(() => {
    const now = new Map(members.map((member) => [member.participant, nameOf(member, read)]));
    const before = known.current;
    known.current = now;
    // Those who were there when one came in are on the screen; only changes are news.
    // Who goes from one group to another has not left the conversation; the group's own words say who is in it.
    if (!before || call.room.peek().groups) return;
    for (const [id, name] of now) if (!before.has(id)) announce(t('call.joined', { name }));
    for (const [id, name] of before) if (!now.has(id)) announce(t('call.gone', { name }));
  }, [members]);

  const mic = call.mic.value.state;
  useChange(mic, () => (mic === 'on' || mic === 'off') && announce(mic === 'on' ? t('call.mic.said.on') : t('call.mic.said.off')));
  const cam = call.cam.value.state;
  useChange(cam, () => (cam === 'on' || cam === 'off') && announce(cam === 'on' ? t('call.cam.said.on') : t('call.cam.said.off')));
  useChange(state, (before) => {
    if (state === 'reconnecting') announce(`${t('reconnect.title')}. ${t('reconnect.body')}`);
    else if (state === 'held' && call.moderates.peek()) announce(`${t('incident.frozen')} ${t(call.mayThaw.peek() ? 'incident.frozen.how' : 'incident.frozen.others')}`);
    else if (state === 'held') announce([`${t('held.title')}.`, call.room.peek().consultation && t('held.consult'), t('held.body')].filter(Boolean).join(' '));
    else if (state === 'paused') announce(`${t('paused.title')}. ${t('paused.body')}`);
    else if (before === 'reconnecting') announce(t('reconnect.back'));
    else if (before === 'held' || before === 'paused') announce(t('held.over'));
  });
  return null;
}

/** Calls back when a value changed, not when it is first there. @template T @param {T} value @param {(before: T) => void} then */
function useChange(value, then) {
  const before = useRef(value);
  useEffect(() => {
    if (before.current === value) return;
    const was = before.current;
    before.current = value;
    then(was);
  }, [value]);
}
