/* On a line that is too thin the sound goes first, without flapping. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { SoundFirst } from '../../static/call/sound_first.js';
import { settle, world } from './fakes.js';
import { Own } from '../../static/call/own.js';
import { Devices } from '../../static/call/devices.js';

function setUp() {
  const { env, clock } = world();
  /** @type {boolean[]} */
  const spared = [];
  const first = new SoundFirst(env, (on) => void spared.push(on));
  return { first, clock, spared };
}

test('a bad line pauses the picture, a better one brings it back after twenty seconds', async () => {
  const { first, clock, spared } = setUp();
  first.judge('mid');
  first.judge('good');
  assert.deepEqual(spared, []);
  first.judge('bad');
  first.judge('bad');
  assert.deepEqual([spared, first.first.value], [[true], true]);
  first.judge('mid');
  await clock.advance(19_999);
  assert.deepEqual(spared, [true]);
  await clock.advance(1);
  assert.deepEqual([spared, first.first.value], [[true, false], false]);
});

test('each time that it breaks down again the next try comes later, until it has held for a minute', async () => {
  const { first, clock, spared } = setUp();
  const tried = async () => {
    first.judge('bad');
    first.judge('good');
    let waited = 0;
    while (first.first.value) {
      await clock.advance(1_000);
      waited += 1_000;
    }
    return waited;
  };
  assert.deepEqual([await tried(), await tried(), await tried(), await tried(), await tried()], [20_000, 40_000, 80_000, 160_000, 160_000]);
  await clock.advance(60_000);
  assert.equal(await tried(), 20_000);
  first.judge('bad');
  assert.equal(spared.at(-1), true);
  first.end();
  assert.equal(spared.at(-1), false);
  assert.equal(clock.timers.length, 0);
});

test('meanwhile nobody is shown a picture, the camera stays open, and the person may switch it as ever', async () => {
  const { env } = world();
  const devices = new Devices(env);
  await devices.open('av');
  /** @type {any} */
  const sent = {};
  /** @type {any[]} */
  const said = [];
  const own = new Own((kind, track) => (sent[kind] = track), async (self) => void said.push(self));
  own.use(devices);
  own.enter({ audio: true, video: true });
  await settle();
  const cam = devices.cam.peek();
  own.spare(true);
  assert.deepEqual([sent.cam, sent.mic], [null, devices.mic.peek()], 'at once');
  await settle();
  assert.deepEqual([said, own.cam.value.state, devices.cam.peek() === cam], [[{ video: false }], 'on', true]);
  own.spare(false);
  await settle();
  assert.deepEqual([said.at(-1), sent.cam === cam], [{ video: true }, true]);
  own.spare(true);
  await own.set('cam', false);
  own.spare(false);
  await settle();
  assert.deepEqual([own.cam.value.state, sent.cam], ['off', null]);
});

test('a socket that breaks meanwhile does not make it a counsellor’s word', async () => {
  const { env } = world();
  const devices = new Devices(env);
  await devices.open('av');
  /** @type {any} */
  const sent = {};
  const own = new Own((kind, track) => (sent[kind] = track), async () => {});
  own.use(devices);
  own.enter({ audio: true, video: true });
  await settle();
  own.spare(true);
  await settle();
  own.comeBack({ audio: true, video: false });
  await settle();
  assert.deepEqual(own.cam.value, { state: 'on' });
  own.spare(false);
  await settle();
  assert.equal(sent.cam, devices.cam.peek());
  assert.notEqual(sent.cam, null);
});

test('a line that changes between good and mid is tried again all the same', async () => {
  const { first, clock } = setUp();
  first.judge('bad');
  for (let n = 0; n < 4; n++) {
    first.judge(n % 2 ? 'mid' : 'good');
    await clock.advance(5_000);
  }
  assert.equal(first.first.value, false);
});
