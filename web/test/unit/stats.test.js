/* When a picture is the new person's, and how good the line is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { FirstFrame, framesOf, lineOf, Quality } from '../../static/call/stats.js';
import { report } from './fakes.js';

const frames = (/** @type {object} */ counts) => framesOf(report({ type: 'inbound-rtp', kind: 'video', ...counts }));

test('counts are read from the picture alone, and what lies in the buffer has a bound', () => {
  assert.deepEqual(framesOf(report({ type: 'codec' })), { received: 0, decoded: 0, keyDecoded: -1, waiting: 0 });
  assert.deepEqual(frames({ framesDecoded: 10, keyFramesDecoded: 2, framesReceived: 15, framesDropped: 2 }), { received: 15, decoded: 10, keyDecoded: 2, waiting: 3 });
  assert.equal(frames({ framesDecoded: 10, framesReceived: 500 }).waiting, 15);
  assert.equal(frames({ framesDecoded: 10, framesReceived: 4 }).waiting, 0);
});

test('a slot that was never used shows from the second frame on', () => {
  const first = new FirstFrame(framesOf(report()));
  assert.equal(first.shows(framesOf(report()), 0), false);
  assert.equal(first.shows(frames({ framesDecoded: 1, keyFramesDecoded: 1 }), 50), false);
  assert.equal(first.shows(frames({ framesDecoded: 2, keyFramesDecoded: 1 }), 100), true);
});

test("frames of the old person that were still in the buffer do not show the new person's slot", () => {
  const first = new FirstFrame(frames({ framesDecoded: 100, keyFramesDecoded: 3, framesReceived: 104 }));
  for (const decoded of [101, 102, 103, 104]) assert.equal(first.shows(frames({ framesDecoded: decoded, keyFramesDecoded: 3 }), decoded), false);
  // A late frame of the old person: no key frame.
  assert.equal(first.shows(frames({ framesDecoded: 105, keyFramesDecoded: 3 }), 200), false);
  assert.equal(first.shows(frames({ framesDecoded: 106, keyFramesDecoded: 4 }), 1000), false);
  assert.equal(first.shows(frames({ framesDecoded: 107, keyFramesDecoded: 4 }), 1050), true);
});

test('a still picture shows although no second frame comes', () => {
  const first = new FirstFrame(frames({ framesDecoded: 0 }));
  assert.equal(first.shows(frames({ framesDecoded: 1 }), 1000), false);
  assert.equal(first.shows(frames({ framesDecoded: 1 }), 1199), false);
  assert.equal(first.shows(frames({ framesDecoded: 1 }), 1200), true);
});

test('without counts from before, more frames are awaited than any buffer holds', () => {
  const first = new FirstFrame(null);
  assert.equal(first.shows(frames({ framesDecoded: 50, keyFramesDecoded: 1 }), 0), false);
  assert.equal(first.shows(frames({ framesDecoded: 65, keyFramesDecoded: 1 }), 1000), false);
  first.shows(frames({ framesDecoded: 66, keyFramesDecoded: 1 }), 1050);
  assert.equal(first.shows(frames({ framesDecoded: 67, keyFramesDecoded: 1 }), 1100), true);
});

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

/** @param {Quality} quality @param {number} from @param {number} seconds @param {(i: number) => Partial<import('../../static/call/stats.js').LineCounts>} counts */
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
