/* A device that keeps the person from being heard: what is believed of it, what is asked for anew, what needs a tap. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Bearing } from '../../static/call/bearing.js';
import { Devices } from '../../static/call/devices.js';
import { Interruption } from '../../static/call/interruption.js';
import { settle, world } from './fakes.js';

async function setUp() {
  const here = world();
  const devices = new Devices(here.env);
  await devices.open('av');
  const interruption = new Interruption(here.env);
  interruption.watch(devices);
  /** The microphone at hand. @returns {any} */
  const mic = () => devices.mic.peek();
  /** The system takes the microphone away, or gives it back. */
  const mute = (/** @type {any} */ track, /** @type {boolean} */ muted) => {
    track.muted = muted;
    if (muted) track.onmute?.(new Event('mute'));
    else track.onunmute?.(new Event('unmute'));
  };
  return { ...here, devices, interruption, mic, mute, asked: here.mediaDevices.asked };
}

test('a telephone call that ends by itself: told after half a second, over when the microphone comes back', async () => {
  const { interruption, mic, mute, clock, asked, hide } = await setUp();
  hide(true);
  mute(mic(), true);
  await clock.advance(499);
  assert.equal(interruption.state.value, 'none');
  await clock.advance(1);
  assert.equal(interruption.state.value, 'interrupted');
  await clock.advance(600_000);
  assert.equal(interruption.state.value, 'interrupted', 'nobody is asked to tap on a page that he does not see');
  mute(mic(), false);
  assert.equal(interruption.state.value, 'none');
  assert.equal(asked.length, 1);
});

test('a moment without a microphone is none', async () => {
  const { interruption, mic, mute, clock } = await setUp();
  mute(mic(), true);
  await clock.advance(400);
  mute(mic(), false);
  await clock.advance(10_000);
  assert.equal(interruption.state.value, 'none');
});

test('back on the page it is asked for anew, and works at once', async () => {
  const { interruption, mic, mute, clock, asked, hide } = await setUp();
  const before = mic();
  hide(true);
  mute(before, true);
  await clock.advance(60_000);
  hide(false);
  await settle();
  assert.equal(asked.length, 2);
  assert.deepEqual([interruption.state.value, before.readyState, mic().readyState, before.onmute], ['none', 'ended', 'live', null]);
  mute(before, true);
  await clock.advance(10_000);
  assert.equal(interruption.state.value, 'none', 'of the old one nothing is heard any more');
});

test('what does not come back within 3 s needs a tap, and a tap asks again', async () => {
  const { interruption, mic, mute, clock, mediaDevices, hide, devices } = await setUp();
  hide(true);
  mute(mic(), true);
  await clock.advance(60_000);
  mediaDevices.answer = () => Object.assign(new Error('taken'), { name: 'NotReadableError' });
  hide(false);
  await settle();
  assert.equal(interruption.state.value, 'interrupted');
  await clock.advance(2_999);
  assert.equal(interruption.state.value, 'tap');
  await interruption.again();
  assert.equal(interruption.state.value, 'tap', 'still taken');
  assert.deepEqual(devices.problem.value, { kind: 'mic', code: 'in_use' });
  mediaDevices.answer = () => null;
  await interruption.again();
  assert.deepEqual([interruption.state.value, devices.problem.value], ['none', null]);
});

test('one that is muted while the page is looked at is waited for, and then needs a tap', async () => {
  const { interruption, mic, mute, clock, asked } = await setUp();
  mute(mic(), true);
  await clock.advance(500 + 2_499);
  assert.equal(interruption.state.value, 'interrupted');
  await clock.advance(1);
  assert.deepEqual([interruption.state.value, asked.length], ['tap', 1]);
});

test('a microphone that works, by all it says, and gives nothing but zeros is asked for anew once somebody looks', async () => {
  const { clock, asked, hide, devices } = await setUp();
  let dead = false;
  Object.defineProperty(devices, 'dead', { get: () => dead });
  hide(true);
  hide(false);
  await clock.advance(5_000);
  assert.equal(asked.length, 1);
  dead = true;
  hide(true);
  hide(false);
  await clock.advance(1_000);
  assert.equal(asked.length, 2);
});

test('who has no microphone is not interrupted; when it is over nothing is left', async () => {
  const { interruption, mic, mute, clock, devices, hide, asked } = await setUp();
  const before = mic();
  mute(before, true);
  devices.close();
  hide(false);
  await clock.advance(60_000);
  assert.deepEqual([interruption.state.value, asked.length], ['none', 1]);
  interruption.end();
  assert.equal(clock.timers.length, 0);
});

test('a camera that another program took is as good as unplugged: the next one, or a word', async () => {
  const { devices, mute, clock, mediaDevices } = await setUp();
  const cam = () => /** @type {any} */ (devices.cam.peek());
  const before = cam();
  mute(before, true);
  await clock.advance(2_900);
  mute(before, false);
  await clock.advance(10_000);
  assert.equal(cam(), before);
  mediaDevices.answer = () => Object.assign(new Error('taken'), { name: 'NotReadableError' });
  mute(before, true);
  await clock.advance(3_000);
  assert.deepEqual([cam(), devices.problem.value], [null, { kind: 'cam', code: 'in_use' }]);
});

test('the others are told when it changes, and again on another socket', async () => {
  /** @type {string[]} */
  const said = [];
  let broken = false;
  const bearing = new Bearing(async ({ connection }) => {
    said.push(connection);
    if (broken) throw new Error('lost');
  });
  bearing.be('interrupted');
  bearing.be('ok');
  assert.deepEqual(said, [], 'nobody is told before one is in');
  bearing.enter();
  assert.deepEqual(said, []);
  bearing.be('reconnecting');
  bearing.be('reconnecting');
  broken = true;
  bearing.be('interrupted');
  broken = false;
  bearing.enter();
  bearing.be('ok');
  bearing.leave();
  bearing.be('interrupted');
  await settle();
  assert.deepEqual(said, ['reconnecting', 'interrupted', 'interrupted', 'ok']);
});
