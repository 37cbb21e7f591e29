/* No face under another's name: a slot that changes is hidden, then acknowledged, and shown from its own first picture. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Slots } from '../../static/call/slots.js';
import { Clock, report, settle } from './fakes.js';

function setUp({ slow = false } = {}) {
  const clock = new Clock();
  /** @type {any[]} */
  const log = [];
  /** Counts by slot. @type {any[]} */
  const frames = [{}, {}, {}];
  /** Whom receivers expect, as they were told last. @type {any[]} */
  const expected = [];
  const peer = {
    expect: (/** @type {any} */ slots) => void expected.push(slots),
    /** @param {number} slot */
    stream: (slot) => (slot < 3 ? /** @type {any} */ (`stream ${slot}`) : null),
    /** @param {number} slot */
    videoStats: (slot) => (slow ? new Promise(() => {}) : Promise.resolve(report({ type: 'inbound-rtp', kind: 'video', ...frames[slot] }))),
  };
  const slots = new Slots(clock, (seq) => log.push(['ack', seq, seen()]));
  slots.reset(/** @type {any} */ (peer));
  const seen = () => slots.tiles.value.map(({ slot, participant, visible }) => `${slot}:${participant}${visible ? '' : ' hidden'}`).join(', ');
  /** @param {number} seq @param {...string} people */
  const map = (seq, ...people) =>
    slots.apply({ seq, pairs: 3, slots: people.flatMap((participant, slot) => (participant ? [{ slot, participant, source: /** @type {const} */ ('camera') }] : [])) });
  return { clock, slots, frames, log, seen, map, expected };
}

test('hidden before it is acknowledged, shown after two frames of the new person', async () => {
  const { clock, frames, log, seen, map, expected } = setUp();
  const applied = map(1, 'ada');
  assert.deepEqual(expected, [[{ slot: 0, participant: 'ada', source: 'camera' }]], 'whose frames open is known before the acknowledgement');
  assert.equal(seen(), '0:ada hidden');
  await applied;
  assert.deepEqual(log, [['ack', 1, '0:ada hidden']]);
  await clock.advance(200);
  assert.equal(seen(), '0:ada hidden');
  frames[0] = { framesDecoded: 1, keyFramesDecoded: 1 };
  await clock.advance(60);
  assert.equal(seen(), '0:ada hidden');
  frames[0] = { framesDecoded: 2, keyFramesDecoded: 1 };
  await clock.advance(60);
  assert.equal(seen(), '0:ada');
});

test('another person in a slot: hidden at once, and old frames do not show it', async () => {
  const { clock, frames, log, seen, map } = setUp();
  await map(1, 'ada', 'ben');
  frames[0] = frames[1] = { framesDecoded: 10, keyFramesDecoded: 1 };
  await clock.advance(60);
  await clock.advance(300);
  assert.equal(seen(), '0:ada, 1:ben');
  void map(2, 'cem', 'ben');
  await clock.advance(100);
  assert.deepEqual(log.at(-1), ['ack', 2, '0:cem hidden, 1:ben']);
  frames[0] = { framesDecoded: 13, keyFramesDecoded: 1 };
  await clock.advance(2000);
  assert.equal(seen(), '0:cem hidden, 1:ben');
  frames[0] = { framesDecoded: 14, keyFramesDecoded: 2 };
  await clock.advance(300);
  assert.equal(seen(), '0:cem, 1:ben');
});

test('frames that the mapping overtook are awaited before the acknowledgement, and a key frame among them shows nobody', async () => {
  const { clock, frames, log, seen, map } = setUp();
  await map(1, 'ada');
  frames[0] = { framesReceived: 10, framesDecoded: 10, keyFramesDecoded: 1 };
  await clock.advance(300);
  void map(2, 'cem');
  assert.equal(seen(), '0:cem hidden');
  await clock.advance(50);
  // Ada's last frames, a key frame among them, were on the way.
  frames[0] = { framesReceived: 12, framesDecoded: 12, keyFramesDecoded: 2 };
  await clock.advance(60);
  assert.equal(log.length, 1);
  await clock.advance(100);
  assert.equal(log.length, 2);
  await clock.advance(3000);
  assert.equal(seen(), '0:cem hidden');
  frames[0] = { framesReceived: 14, framesDecoded: 14, keyFramesDecoded: 3 };
  await clock.advance(1500);
  assert.equal(seen(), '0:cem');
});

test('a slot that never comes to rest is acknowledged all the same, and still waits for a key frame', async () => {
  const { clock, frames, log, seen, map } = setUp();
  await map(1, 'ada');
  frames[0] = { framesDecoded: 10, keyFramesDecoded: 1 };
  await clock.advance(300);
  void map(2, 'cem');
  for (let i = 1; i <= 12; i++) {
    frames[0] = { framesDecoded: 10 + i, keyFramesDecoded: 1 };
    await clock.advance(50);
  }
  assert.equal(log.length, 2);
  await clock.advance(2000);
  assert.equal(seen(), '0:cem hidden');
});

test('a second mapping while the first is being marked: nothing is shown early, nothing stays hidden for ever', async () => {
  const { clock, frames, log, seen, map } = setUp();
  const first = map(1, 'ada');
  const second = map(2, 'ada', 'ben');
  await Promise.all([first, second]);
  assert.ok(log.some(([, seq]) => seq === 2));
  frames[0] = frames[1] = { framesDecoded: 3, keyFramesDecoded: 1 };
  await clock.advance(400);
  assert.equal(seen(), '0:ada, 1:ben');
});

test('a lower number is the first of a new media session: what the old one still said does not stand in its way', async () => {
  const { log, seen, map } = setUp();
  await map(7, 'ben');
  await map(1, 'ada');
  assert.equal(seen(), '0:ada hidden');
  assert.deepEqual(log.map(([, seq]) => seq), [7, 1]);
});

test('a mapping that comes again after a break is acknowledged again, and hides nobody who is seen', async () => {
  const { clock, frames, log, seen, map } = setUp();
  await map(3, 'ada');
  frames[0] = { framesDecoded: 5, keyFramesDecoded: 1 };
  await clock.advance(400);
  await map(3, 'ada');
  assert.equal(seen(), '0:ada');
  assert.deepEqual(log.map(([, seq]) => seq), [3, 3]);
});

test('an emptied slot is gone; its person comes back hidden', async () => {
  const { clock, frames, seen, map } = setUp();
  await map(1, 'ada');
  frames[0] = { framesDecoded: 5, keyFramesDecoded: 1 };
  await clock.advance(400);
  assert.equal(seen(), '0:ada');
  await map(2);
  assert.equal(seen(), '');
  void map(3, 'ada');
  assert.equal(seen(), '0:ada hidden');
  await clock.advance(2000);
  assert.equal(seen(), '0:ada hidden');
});

test('slots beyond the pool are left out and acknowledged all the same', async () => {
  const { slots, log, seen } = setUp();
  await slots.apply({ seq: 1, pairs: 9, slots: [{ slot: 8, participant: 'x', source: 'camera' }] });
  assert.equal(seen(), '');
  assert.equal(log.length, 1);
});

test('a browser that does not count does not delay the acknowledgement for long, and shows nothing unproved', async () => {
  const { clock, log, seen, map } = setUp({ slow: true });
  void map(1, 'ada');
  await clock.advance(499);
  assert.equal(log.length, 0);
  await clock.advance(2);
  assert.equal(log.length, 1);
  await clock.advance(5000);
  assert.equal(seen(), '0:ada hidden');
});

test('who has no picture is looked for seldom; expecting one looks at once', async () => {
  const { clock, slots, frames, seen, map } = setUp();
  await map(1, 'ada');
  await clock.advance(20_000);
  frames[0] = { framesDecoded: 3, keyFramesDecoded: 1 };
  slots.expect();
  await clock.advance(60);
  frames[0] = { framesDecoded: 4, keyFramesDecoded: 1 };
  await clock.advance(60);
  assert.equal(seen(), '0:ada');
  assert.equal(clock.timers.length, 0);
});

test('a reset empties everything, also what is under way', async () => {
  const { clock, slots, log, seen, map } = setUp();
  const applied = map(1, 'ada');
  slots.reset(null);
  await applied;
  await settle();
  assert.equal(seen(), '');
  assert.deepEqual(log, []);
  assert.equal(clock.timers.length, 0);
});
