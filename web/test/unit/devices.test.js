/* Microphone and camera: one question, sound without picture, errors told apart, nothing left open. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { effect, signal } from '../../static/third_party/preact.js';
import { deviceError } from '../../static/call/device_error.js';
import { Devices } from '../../static/call/devices.js';
import { levelOf } from '../../static/call/level.js';
import { settle, world } from './fakes.js';

/** @param {string} name @param {string} [message] */
const failure = (name, message = '') => Object.assign(new Error(message), { name });

function setUp() {
  const { env, clock, mediaDevices } = world();
  return { devices: new Devices(env), clock, asked: mediaDevices };
}

test('picture and sound are asked for in one question, with all that makes a voice clear', async () => {
  const { devices, asked } = setUp();
  assert.deepEqual(await devices.open('av'), { ok: true });
  assert.equal(asked.asked.length, 1);
  const [{ audio, video }] = asked.asked;
  assert.deepEqual([audio.echoCancellation, audio.noiseSuppression, audio.autoGainControl], [true, true, true]);
  assert.deepEqual([video.height.ideal, video.facingMode], [720, 'user']);
  assert.equal(devices.state.value, 'open');
  assert.ok(devices.mic.value && devices.cam.value && devices.preview.value);
});

test('sound only never mentions the camera; neither asks for nothing', async () => {
  const { devices, asked } = setUp();
  await devices.open('audio');
  assert.equal(asked.asked[0].video, undefined);
  assert.deepEqual(await devices.open('none'), { ok: true });
  assert.equal(asked.asked.length, 1);
  assert.equal(devices.mic.value, null);
  assert.ok(asked.given.every(({ readyState }) => readyState === 'ended'));
});

test('a camera in use elsewhere leaves the sound, and says what is missing', async () => {
  const { devices, asked } = setUp();
  asked.answer = ({ video }) => (video ? failure('NotReadableError') : null);
  assert.deepEqual(await devices.open('av'), { ok: true });
  assert.deepEqual(devices.problem.value, { kind: 'cam', code: 'in_use' });
  assert.ok(devices.mic.value);
  assert.equal(devices.preview.value, null);
  asked.answer = () => null;
  assert.equal(await devices.start('cam'), null);
  assert.equal(devices.problem.value, null);
  assert.ok(devices.preview.value);
});

test('no device at all: one code', async () => {
  const { devices, asked } = setUp();
  asked.answer = () => failure('NotFoundError');
  assert.deepEqual(await devices.open('av'), { error: 'not_found' });
  assert.equal(devices.state.value, 'failed');
});

test('who says no is not asked again', async () => {
  const { devices, asked } = setUp();
  asked.answer = () => failure('NotAllowedError');
  assert.deepEqual(await devices.open('av'), { error: 'denied' });
  assert.equal(asked.asked.length, 1);
});

test('unanswered for 8 s: told, and a late answer still counts', async () => {
  const { devices, asked, clock } = setUp();
  /** @type {(value: any) => void} */
  let answer = () => {};
  asked.answer = () => new Promise((resolve) => (answer = resolve));
  const opening = devices.open('av');
  await clock.advance(7_999);
  assert.equal(devices.state.value, 'asking');
  await clock.advance(1);
  assert.deepEqual(await opening, { error: 'unanswered' });
  assert.equal(devices.state.value, 'unanswered');
  answer(null);
  await settle();
  assert.equal(devices.state.value, 'open');
  assert.ok(devices.cam.value);
});

test('switched on in a call and unanswered for 8 s: told, and a late answer still counts', async () => {
  const { devices, asked, clock } = setUp();
  await devices.open('audio');
  /** @type {(value: any) => void} */
  let answer = () => {};
  asked.answer = () => new Promise((resolve) => (answer = resolve));
  const starting = devices.start('cam');
  await clock.advance(8_000);
  assert.equal(await starting, 'unanswered');
  assert.deepEqual(devices.problem.value, { kind: 'cam', code: 'unanswered' });
  answer(null);
  await settle();
  assert.ok(devices.cam.value);
  assert.equal(devices.problem.value, null);
  devices.stop('cam');
  const again = devices.start('cam');
  await clock.advance(8_000);
  assert.equal(await again, 'unanswered');
  answer(failure('NotAllowedError'));
  await settle();
  assert.deepEqual(devices.problem.value, { kind: 'cam', code: 'denied' });
});

test('a question that the browser never answers does not hold up the next for ever', async () => {
  const { devices, asked, clock } = setUp();
  asked.answer = () => new Promise(() => {});
  void devices.open('av');
  await clock.advance(1_000);
  asked.answer = () => null;
  const opening = devices.open('audio');
  await clock.advance(7_000);
  assert.equal(devices.mic.value, null);
  await clock.advance(1_000);
  await opening;
  assert.ok(devices.mic.value);
});

test('a device unplugged while it took over gives way to the default one', async () => {
  const { devices, asked } = setUp();
  await devices.open('audio');
  const using = devices.use('mic', 'headset');
  const stop = devices.mic.subscribe((track) => {
    if (track === /** @type {any} */ (asked.given[1]) && track?.readyState === 'live') asked.given[1].end();
  });
  await using;
  await settle();
  stop();
  assert.equal(asked.given.length, 3);
  assert.equal(devices.mic.value, /** @type {any} */ (asked.given[2]));
  assert.equal(asked.asked[2].audio.deviceId, undefined);
});

test('a microphone that cannot be measured is a microphone all the same', async () => {
  const { env } = world();
  for (const AudioContext of [
    class { constructor() { throw new Error('NotSupportedError'); } },
    class { state = 'running'; createMediaStreamSource() { throw new Error('another sample rate'); } async close() {} },
  ]) {
    const devices = new Devices({ ...env, AudioContext: /** @type {any} */ (AudioContext) });
    assert.deepEqual(await devices.open('audio'), { ok: true });
    assert.ok(devices.mic.value);
    assert.equal(devices.level.value, 0);
    devices.close();
  }
});

test('an answer that comes after everything was let go films nobody', async () => {
  const { devices, asked } = setUp();
  /** @type {(value: any) => void} */
  let answer = () => {};
  asked.answer = () => new Promise((resolve) => (answer = resolve));
  void devices.open('av');
  await settle();
  devices.close();
  answer(null);
  await settle();
  assert.equal(devices.state.value, 'closed');
  assert.equal(devices.cam.value, null);
  assert.ok(asked.given.every(({ readyState }) => readyState === 'ended'));
});

test('an effect that closes the devices does not follow them', async () => {
  const { devices } = setUp();
  const over = signal(true);
  let runs = 0;
  effect(() => {
    runs++;
    if (over.value) devices.close();
  });
  await devices.open('av');
  assert.equal(runs, 1);
  assert.ok(devices.cam.value);
});

test('questions are asked one after the other', async () => {
  const { devices, asked } = setUp();
  await devices.open('none');
  /** @type {((value: any) => void)[]} */
  const answers = [];
  asked.answer = () => new Promise((resolve) => void answers.push(resolve));
  void devices.start('cam');
  void devices.start('mic');
  await settle();
  assert.equal(asked.asked.length, 1);
  answers[0](null);
  await settle();
  assert.equal(asked.asked.length, 2);
});

test('a camera that is stopped is let go; opened again it is a new one', async () => {
  const { devices, asked } = setUp();
  await devices.open('av');
  const [, camera] = asked.given;
  devices.stop('cam');
  assert.equal(camera.readyState, 'ended');
  assert.equal(devices.preview.value, null);
  await devices.start('cam');
  assert.notEqual(devices.cam.value, camera);
});

test('the other camera: the first is let go before, and comes back when there is no other', async () => {
  const { devices, asked } = setUp();
  await devices.open('av');
  asked.answer = () => {
    assert.equal(asked.given[1].readyState, 'ended');
    return null;
  };
  await devices.flip();
  assert.equal(asked.asked[1].video.facingMode, 'environment');
  assert.equal(devices.facing.value, 'environment');
  asked.answer = ({ video }) => (video.facingMode === 'user' ? failure('OverconstrainedError') : null);
  await devices.flip();
  assert.equal(devices.facing.value, 'environment');
  assert.ok(devices.cam.value);
});

test('a chosen device is wished for, and the one before taken when it fails', async () => {
  const { devices, asked } = setUp();
  await devices.open('av');
  await devices.use('mic', 'headset');
  assert.equal(asked.asked.at(-1).audio.deviceId, 'headset');
  asked.answer = ({ audio }) => (audio?.deviceId === 'broken' ? failure('NotReadableError') : null);
  await devices.use('mic', 'broken');
  assert.equal(asked.asked.at(-1).audio.deviceId, 'headset');
  assert.ok(devices.mic.value);
});

test('another device: the one before goes on until it is there, and stays when it does not come', async () => {
  const { devices, asked } = setUp();
  await devices.open('av');
  /** @type {any[]} */
  const tracks = [];
  devices.mic.subscribe((track) => void tracks.push(track));
  asked.answer = () => {
    assert.equal(asked.given[0].readyState, 'live');
    assert.equal(devices.exchanging.mic.value, true);
    return null;
  };
  await devices.use('mic', 'headset');
  assert.deepEqual(tracks, [asked.given[0], asked.given[2]]);
  assert.equal(asked.given[0].readyState, 'ended');
  assert.equal(devices.exchanging.mic.value, false);
  asked.answer = () => failure('NotAllowedError');
  await devices.use('mic', 'other');
  assert.equal(devices.mic.value, /** @type {any} */ (asked.given[2]));
  assert.equal(devices.problem.value, null);
});

test('a device whose exchange fails for good is told as missing', async () => {
  const { devices, asked } = setUp();
  await devices.open('av');
  asked.answer = () => failure('NotReadableError');
  await devices.flip();
  assert.equal(devices.cam.value, null);
  assert.deepEqual(devices.problem.value, { kind: 'cam', code: 'in_use' });
});

test('an unplugged microphone: the default one takes over; a permission taken back is told', async () => {
  const { devices, asked } = setUp();
  await devices.open('av');
  asked.given[0].end();
  await settle();
  assert.equal(devices.mic.value, /** @type {any} */ (asked.given[2]));
  asked.answer = () => failure('NotAllowedError');
  asked.given[1].end();
  await settle();
  assert.equal(devices.cam.value, null);
  assert.deepEqual(devices.problem.value, { kind: 'cam', code: 'denied' });
});

test('the list of devices follows what is plugged in, and says nothing before a permission', async () => {
  const { devices, asked } = setUp();
  asked.devices = [
    { kind: 'audioinput', deviceId: 'a', label: 'A' }, { kind: 'videoinput', deviceId: 'v', label: 'V' }, { kind: 'audiooutput', deviceId: 'o', label: 'O' },
    { kind: 'videoinput', deviceId: '', label: '' },
  ];
  await devices.open('av');
  await settle();
  assert.deepEqual(devices.list.value, [{ kind: 'mic', id: 'a', label: 'A' }, { kind: 'cam', id: 'v', label: 'V' }]);
  asked.devices = [];
  asked.listeners.get('devicechange')?.();
  await settle();
  assert.deepEqual(devices.list.value, []);
  devices.close();
  assert.equal(asked.listeners.size, 0);
});

const browsers = {
  chrome: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/156.0 Safari/537.36',
  chromeMac: 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 Chrome/156.0 Safari/537.36',
  firefoxMac: 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:153.0) Gecko/20100101 Firefox/153.0',
  firefox: 'Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0',
  facebook: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) [FBAN/FBIOS;FBAV/1.0]',
  webview: 'Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 Chrome/130 Mobile Safari/537.36',
};

for (const [name, message, browser, expected] of /** @type {const} */ ([
  ['NotAllowedError', 'Permission denied', 'chrome', 'denied'], ['NotAllowedError', 'Permission denied by system', 'chromeMac', 'denied_system'],
  ['NotAllowedError', 'The request is not allowed by the user agent', 'firefox', 'denied'], ['NotFoundError', 'The object can not be found here.', 'firefoxMac', 'denied_system'],
  ['NotFoundError', 'The object can not be found here.', 'firefox', 'not_found'], ['NotFoundError', 'Requested device not found', 'chromeMac', 'not_found'],
  ['NotReadableError', 'Could not start video source', 'chrome', 'in_use'], ['AbortError', 'Starting videoinput failed', 'firefox', 'in_use'],
  ['TrackStartError', '', 'chrome', 'in_use'], ['OverconstrainedError', '', 'chrome', 'not_found'], ['NotAllowedError', '', 'facebook', 'in_app'],
  ['NotAllowedError', '', 'webview', 'in_app'], ['TypeError', '', 'chrome', 'unknown'],
])) {
  test(`${name} "${message}" in ${browser} is ${expected}`, () => {
    assert.equal(deviceError(failure(name, message), { userAgent: browsers[browser], secure: true, maxTouchPoints: 0 }), expected);
  });
}

test('no getUserMedia at all: the page is insecure, or inside an app', () => {
  assert.equal(deviceError(null, { userAgent: browsers.chrome, secure: false, maxTouchPoints: 0 }), 'insecure');
  assert.equal(deviceError(null, { userAgent: browsers.facebook, secure: true, maxTouchPoints: 0 }), 'in_app');
});

test('the level: silence is 0, a loud voice 1, and louder is higher', () => {
  const tone = (/** @type {number} */ volume) => levelOf(Float32Array.from({ length: 1024 }, (_, i) => volume * Math.sin(i / 5)));
  assert.equal(tone(0), 0);
  assert.equal(tone(1), 1);
  assert.ok(tone(0.02) > 0.2 && tone(0.02) < tone(0.1) && tone(0.1) < 1);
});

test('the camera is asked for as many lines as the room allows, the running one and every later one', async () => {
  const { devices, asked } = setUp();
  await devices.open('av');
  const camera = /** @type {any} */ (devices.cam.value);
  await devices.limit(1080);
  assert.equal(devices.cam.value, camera);
  assert.deepEqual(camera.settings, { width: 1920, height: 1080 });
  devices.stop('cam');
  await devices.start('cam');
  assert.deepEqual([asked.asked[1].video.width.ideal, asked.asked[1].video.height.ideal], [1920, 1080]);
  await devices.limit(720);
  assert.deepEqual(/** @type {any} */ (devices.cam.value).settings, { width: 1280, height: 720 });
});

test('a room that allows more while the browser still asks, and a camera that cannot', async () => {
  const { devices, asked } = setUp();
  /** @type {(value: any) => void} */
  let answer = () => {};
  asked.answer = () => new Promise((resolve) => (answer = resolve));
  const opened = devices.open('av');
  await settle();
  await devices.limit(1080);
  answer(null);
  await opened;
  await settle();
  const camera = /** @type {any} */ (devices.cam.value);
  assert.equal(camera.settings.height, 1080);
  camera.applyConstraints = async () => {
    throw new Error('OverconstrainedError');
  };
  await devices.limit(720);
  assert.equal(devices.cam.value, camera);
});

test('who asked for little data gives little, whatever the room allows', async () => {
  const { env, mediaDevices } = world();
  env.browser.saveData = true;
  const devices = new Devices(env);
  await devices.limit(1080);
  await devices.open('av');
  assert.equal(mediaDevices.asked[0].video.height.ideal, 360);
});
