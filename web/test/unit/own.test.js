/* One's own microphone and camera: off at once, on when agreed, never on by somebody else's hand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { signal } from '../../static/third_party/preact.js';
import { Own } from '../../static/call/own.js';
import { Refused } from '../../static/call/protocol.js';
import { settle } from './fakes.js';

function setUp({ mic = true, cam = true } = {}) {
  const devices = {
    mic: signal(/** @type {any} */ (mic ? 'mic track' : null)), cam: signal(/** @type {any} */ (cam ? 'cam track' : null)),
    state: signal('open'),
    exchanging: { mic: signal(false), cam: signal(false) },
    /** @type {string | null} */ problem: null,
    /** @param {'mic' | 'cam'} kind */
    async start(kind) {
      if (devices.problem) return devices.problem;
      devices[kind].value ??= `new ${kind} track`;
      return null;
    },
    /** @param {'mic' | 'cam'} kind */
    stop(kind) {
      devices[kind].value = null;
    },
  };
  /** @type {Record<string, any>} */
  const sent = { mic: null, cam: null };
  /** @type {any[]} */
  const said = [];
  /** @type {{ say: () => Promise<any> }} */
  const server = { say: async () => null };
  const own = new Own(
    (kind, track) => void (sent[kind] = track),
    (self) => {
      said.push(self);
      return server.say();
    },
  );
  own.use(/** @type {any} */ (devices));
  return { own, devices, sent, said, server };
}

test('nothing is sent before one is let in, nor after', () => {
  const { own, sent } = setUp();
  assert.equal(own.mic.value.state, 'on');
  assert.deepEqual(sent, { mic: null, cam: null });
  own.enter({ audio: true, video: true });
  assert.deepEqual(sent, { mic: 'mic track', cam: 'cam track' });
  own.leave();
  assert.deepEqual(sent, { mic: null, cam: null });
});

test('what the person has not is told; what the server has not granted is not sent before it agreed', async () => {
  const { own, sent, said, server } = setUp({ cam: false });
  /** @type {(value: any) => void} */
  let agree = () => {};
  server.say = () => new Promise((resolve) => (agree = resolve));
  own.enter({ audio: false, video: true });
  assert.deepEqual(said, [{ audio: true, video: false }]);
  assert.equal(sent.mic, null);
  agree(null);
  await settle();
  assert.equal(sent.mic, 'mic track');
});

test('off: at once, and the camera is let go', async () => {
  const { own, devices, sent, said } = setUp();
  own.enter({ audio: true, video: true });
  void own.set('cam', false);
  assert.equal(sent.cam, null);
  assert.equal(devices.cam.value, null);
  assert.deepEqual(own.cam.value, { state: 'off' });
  void own.set('mic', false);
  assert.equal(sent.mic, null);
  assert.equal(devices.mic.value, 'mic track', 'the microphone stays open, to notice speech');
  await settle();
  assert.deepEqual(said, [{ video: false }, { audio: false }]);
});

test('on again: after the server agreed; when it refuses, it stays off', async () => {
  const { own, sent, server } = setUp();
  own.enter({ audio: true, video: true });
  await own.set('cam', false);
  await own.set('cam', true);
  assert.equal(sent.cam, 'new cam track');
  await own.set('cam', false);
  server.say = async () => {
    throw new Refused('not_allowed');
  };
  await own.set('cam', true);
  assert.equal(sent.cam, null);
  assert.equal(own.cam.value.state, 'off');
});

test('off while the agreement to on is under way: nothing is sent', async () => {
  const { own, sent, server } = setUp();
  own.enter({ audio: true, video: true });
  await own.set('mic', false);
  /** @type {((value: any) => void)[]} */
  const replies = [];
  server.say = () => new Promise((resolve) => void replies.push(resolve));
  void own.set('mic', true);
  await settle();
  void own.set('mic', false);
  replies.forEach((reply) => reply(null));
  await settle();
  assert.equal(sent.mic, null);
  assert.equal(own.mic.value.state, 'off');
});

test("a counsellor's mute: off, said by whom, on again only by the person", async () => {
  const { own, sent, said } = setUp();
  own.enter({ audio: true, video: true });
  own.muted('audio');
  assert.deepEqual(own.mic.value, { state: 'off', mutedBy: 'counsellor' });
  assert.equal(sent.mic, null);
  assert.equal(sent.cam, 'cam track');
  assert.deepEqual(said, []);
  await own.set('mic', true);
  assert.deepEqual(own.mic.value, { state: 'on' });
  assert.equal(sent.mic, 'mic track');
});

test('what was not touched is not told, so that a mute on its way is not undone', async () => {
  const { own, devices, said, server } = setUp();
  own.enter({ audio: true, video: true });
  await own.set('cam', false);
  await own.set('cam', true);
  assert.deepEqual(said, [{ video: false }, { video: true }]);
  await own.set('mic', false);
  said.length = 0;
  // While the microphone is asked for, another camera comes: that is told, and the microphone not a second time.
  server.say = () => new Promise(() => {});
  void own.set('mic', true);
  await settle();
  devices.cam.value = null;
  devices.cam.value = 'other cam';
  assert.deepEqual(said, [{ audio: true }, { video: false }, { video: true }]);
});

test('a refusal switches off what was asked for alone', async () => {
  const { own, sent, server } = setUp();
  own.enter({ audio: true, video: true });
  await own.set('cam', false);
  await own.set('mic', false);
  server.say = () => new Promise(() => {});
  void own.set('mic', true);
  await settle();
  server.say = async () => {
    throw new Refused('not_allowed');
  };
  await own.set('cam', true);
  assert.deepEqual([own.mic.value.state, own.cam.value.state, sent.cam], ['on', 'off', null]);
});

test('a mute during a broken line holds after it', () => {
  const { own, sent, said } = setUp();
  own.enter({ audio: true, video: true });
  own.comeBack({ audio: false, video: true });
  assert.deepEqual(own.mic.value, { state: 'off', mutedBy: 'counsellor' });
  assert.equal(sent.mic, null);
  assert.deepEqual(said, []);
});

test('after a reload, what was off stays off although the devices come later', async () => {
  const { own, devices, sent, said } = setUp({ mic: false, cam: false });
  devices.state.value = 'asking';
  own.comeBack({ audio: true, video: false });
  assert.deepEqual(said, []);
  devices.mic.value = 'mic track';
  devices.cam.value = 'cam track';
  devices.state.value = 'open';
  await settle();
  assert.deepEqual(sent, { mic: 'mic track', cam: null });
  assert.equal(own.cam.value.state, 'off');
  assert.equal(devices.cam.value, null, 'the light is out');
});

test('after a reload, a device that does not come is told', async () => {
  const { own, devices, said } = setUp({ mic: false, cam: false });
  devices.state.value = 'unanswered';
  own.comeBack({ audio: true, video: true });
  devices.state.value = 'failed';
  await settle();
  assert.deepEqual(said, [{ audio: false, video: false }]);
});

test('while the room is held nothing is sent, and everything is as before after', () => {
  const { own, sent } = setUp();
  own.enter({ audio: true, video: true });
  own.hush(true);
  assert.deepEqual(sent, { mic: null, cam: null });
  own.hush(false);
  assert.deepEqual(sent, { mic: 'mic track', cam: 'cam track' });
});

test('an unplugged device: ended and told; its successor is sent when agreed', async () => {
  const { own, devices, sent, said } = setUp();
  own.enter({ audio: true, video: true });
  devices.mic.value = null;
  assert.equal(own.mic.value.state, 'ended');
  assert.equal(sent.mic, null);
  devices.mic.value = 'default mic';
  await settle();
  assert.equal(own.mic.value.state, 'on');
  assert.equal(sent.mic, 'default mic');
  assert.deepEqual(said, [{ audio: false }, { audio: true }]);
});

test('a device that gives way to another is no failure; one that has no successor is', async () => {
  const { own, devices, sent, said } = setUp();
  own.enter({ audio: true, video: true });
  /** @type {string[]} */
  const states = [];
  own.cam.subscribe(({ state }) => void states.push(state));
  devices.exchanging.cam.value = true;
  devices.cam.value = null;
  assert.equal(sent.cam, null);
  devices.cam.value = 'other cam';
  devices.exchanging.cam.value = false;
  await settle();
  assert.equal(sent.cam, 'other cam');
  assert.deepEqual([states, said], [['on'], []]);
  devices.exchanging.cam.value = true;
  devices.cam.value = null;
  devices.exchanging.cam.value = false;
  await settle();
  assert.deepEqual([states, said], [['on', 'ended'], [{ video: false }]]);
});

test('a device that the browser refuses, or that is not there', async () => {
  const { own, devices, sent } = setUp({ cam: false });
  own.enter({ audio: true, video: false });
  devices.problem = 'denied';
  await own.set('cam', true);
  assert.equal(own.cam.value.state, 'blocked');
  devices.problem = 'not_found';
  await own.set('cam', true);
  assert.equal(own.cam.value.state, 'none');
  assert.equal(sent.cam, null);
});

test('the camera rests while nobody looks, and comes back; one that was off stays off', async () => {
  const { own, sent } = setUp();
  own.enter({ audio: true, video: true });
  await own.rest(true);
  assert.deepEqual([sent.cam, sent.mic], [null, 'mic track']);
  await own.rest(false);
  assert.equal(sent.cam, 'new cam track');
  await own.set('cam', false);
  await own.rest(true);
  await own.rest(false);
  assert.equal(sent.cam, null);
});

test('closed: nothing is sent, and what the devices do is no matter any more', () => {
  const { own, devices, sent } = setUp();
  own.enter({ audio: true, video: true });
  own.close();
  devices.mic.value = 'another';
  assert.deepEqual(sent, { mic: null, cam: null });
  assert.deepEqual([own.mic.value.state, own.cam.value.state], ['none', 'none']);
});

test("the room's rule lets one in with the sound off: it is not told on by itself, and is on by one's own tap", async () => {
  const { own, sent, said } = setUp();
  own.enter({ audio: false, video: true, entered_muted: true });
  assert.deepEqual(own.mic.value, { state: 'off', mutedBy: 'entry' });
  assert.deepEqual(said, []);
  assert.deepEqual(sent, { mic: null, cam: 'cam track' });
  await own.set('cam', false);
  assert.deepEqual(said, [{ video: false }]);
  await own.set('mic', true);
  await settle();
  assert.deepEqual(said.at(-1), { audio: true });
  assert.equal(sent.mic, 'mic track');
  assert.deepEqual(own.mic.value, { state: 'on' });
});

test('a new page of somebody who was let in with the sound off says so again', () => {
  const { own, said } = setUp();
  own.comeBack({ audio: false, video: true, entered_muted: true });
  assert.deepEqual(own.mic.value, { state: 'off', mutedBy: 'entry' });
  assert.deepEqual(said, []);
});

test('a microphone that the browser has yet to give stays off where the rule wants it', async () => {
  const { own, devices, said } = setUp({ mic: false });
  devices.state.value = 'asking';
  own.enter({ audio: false, video: true, entered_muted: true });
  devices.mic.value = 'mic track';
  devices.state.value = 'open';
  await settle();
  assert.deepEqual(own.mic.value, { state: 'off', mutedBy: 'entry' });
  assert.deepEqual(said, []);
});
