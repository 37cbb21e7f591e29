/* How good the line is: the same as the server finds (vectors), from what the browser counts. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { Judge, lineOf, Quality } from '../../static/call/quality.js';
import { report } from './fakes.js';

/* What sfu/quality is held to as well. */
const vectors = JSON.parse(await readFile(new URL('../vectors/quality.json', import.meta.url), 'utf8'));

test('limits, and how long a level lasts, are those of the server', () => {
  /** What is told of a line that stays as it is, a moment before its time and at it. @param {{ loss?: number, roundTrip?: number }} sample */
  const held = (sample) => {
    const judge = new Judge();
    return [0, vectors.lasting_ms - 1, vectors.lasting_ms].map((time) => judge.sample({ loss: 0, roundTrip: 0, ...sample }, time));
  };
  for (const { state, beneath, loss, round_trip_ms: roundTrip } of vectors.limits) {
    assert.deepEqual(held({ loss }), ['good', 'good', state]);
    assert.deepEqual(held({ loss: loss - 0.001 }), ['good', 'good', beneath]);
    assert.deepEqual(held({ roundTrip: roundTrip / 1000 }), ['good', 'good', state]);
    assert.deepEqual(held({ roundTrip: (roundTrip - 1) / 1000 }), ['good', 'good', beneath]);
  }
});

for (const { name, at_ms: at, loss_up: up, loss_down: down, round_trip_ms: roundTrip, told } of vectors.lines) {
  test(name, () => {
    const judge = new Judge();
    assert.deepEqual(
      at.map((/** @type {number} */ time, /** @type {number} */ i) => judge.sample({ loss: Math.max(up?.[i] ?? 0, down?.[i] ?? 0), roundTrip: (roundTrip?.[i] ?? 0) / 1000 }, time)),
      told,
    );
  });
}

test('the line is read from what both sides count', () => {
  assert.deepEqual(
    lineOf(report(
      { type: 'inbound-rtp', packetsReceived: 90, packetsLost: 10 }, { type: 'inbound-rtp', packetsReceived: 10, packetsLost: -1 },
      { type: 'remote-inbound-rtp', fractionLost: 0.2 }, { type: 'remote-inbound-rtp', fractionLost: 0.1 },
      { type: 'candidate-pair', nominated: true, state: 'succeeded', currentRoundTripTime: 0.05 }, { type: 'candidate-pair', currentRoundTripTime: 9 },
    )),
    { received: 100, lost: 10, lostUp: 0.2, roundTrip: 0.05 },
  );
});

/** @param {Quality} quality @param {number} from @param {number} seconds @param {(i: number) => Partial<import('../../static/call/quality.js').LineCounts>} counts */
function run(quality, from, seconds, counts) {
  for (let i = 0; i < seconds; i++) quality.sample({ received: 0, lost: 0, lostUp: 0, roundTrip: 0.02, ...counts(from + i) }, (from + i) * 1000);
  return quality.level;
}

test('a level is shown when it lasted 5 s, and not for a moment of trouble', () => {
  const quality = new Quality();
  assert.equal(run(quality, 0, 10, (i) => ({ received: i * 100 })), 'good');
  assert.equal(run(quality, 10, 4, (i) => ({ received: i * 100, lostUp: 0.5 })), 'good');
  assert.equal(run(quality, 14, 10, (i) => ({ received: i * 100 })), 'good');
  assert.equal(run(quality, 24, 6, (i) => ({ received: i * 100, lostUp: 0.5 })), 'bad');
  assert.equal(run(quality, 30, 5, (i) => ({ received: i * 100, roundTrip: 0.5 })), 'bad');
  assert.equal(run(quality, 35, 1, (i) => ({ received: i * 100, roundTrip: 0.5 })), 'mid');
});

test('packets lost on the way here count by their share', () => {
  const quality = new Quality();
  assert.equal(run(quality, 0, 8, (i) => ({ received: i * 96, lost: i * 4 })), 'mid');
});

test('a new connection, whose counts begin again, is no loss', () => {
  const quality = new Quality();
  run(quality, 0, 4, (i) => ({ received: 1000 + i * 100, lost: 50 }));
  assert.equal(run(quality, 4, 8, (i) => ({ received: (i - 4) * 100, lost: 0 })), 'good');
});

test('a line that alternates between 5 and 15 per cent of loss is middling, and not good for ever', () => {
  const quality = new Quality();
  assert.equal(run(quality, 0, 60, (i) => ({ received: i * 100, lostUp: i % 2 ? 0.05 : 0.15 })), 'mid');
});
