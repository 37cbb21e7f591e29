/* What is no leak: all that browsers were seen to count. What is one: whatever goes on leaving unsealed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Leak, sentOf } from '../../static/e2ee/leak.js';
import { report } from './fakes.js';

/** @param {number} passed @param {number} bytes @param {number} [unready] @returns {import('../../static/e2ee/transform.js').Counts} */
const counts = (passed, bytes, unready = 0) => ({ passed, bytes, dropped: unready ? { unready } : {} });
/** @param {number} bytes @returns {import('../../static/e2ee/leak.js').Sent} */
const sound = (bytes) => ({ kind: 'audio', frames: 0, bytes, packets: 1 });
/** @param {number} frames @param {number} bytes @param {number} packets @returns {import('../../static/e2ee/leak.js').Sent} */
const picture = (frames, bytes, packets) => ({ kind: 'video', frames, bytes, packets });

/** Looks one after the other. @param {[import('../../static/e2ee/leak.js').Sent, import('../../static/e2ee/transform.js').Counts][]} looks @returns {number} which of them found a leak; -1 for none */
function found(looks) {
  const leak = new Leak();
  return looks.findIndex(([sent, counted]) => leak.look(sent, counted));
}

test('of sound a byte more than was sealed is a leak, and what is on the way is none', () => {
  assert.equal(found([[sound(0), counts(0, 0)], [sound(900), counts(12, 1_100)], [sound(2_000), counts(20, 2_000)]]), -1);
  assert.equal(found([[sound(2_000), counts(20, 2_000)], [sound(2_101), counts(21, 2_100)]]), 1);
  assert.equal(found([[sound(80), counts(0, 0, 1)]]), 0, 'what there was no key for, and what went all the same');
});

test('pictures that go past the worker are a leak, all of them with the third look', () => {
  const second = (/** @type {number} */ n, /** @type {number} */ sealed) => /** @type {[any, any]} */ ([picture(10 * n, 10 * n * 120 + sealed * n * 25, 10 * n), counts(sealed * n, sealed * n * 145)]);
  assert.equal(found([1, 2, 3, 4].map((n) => second(n, 0))), 2);
  assert.equal(found([1, 2, 3, 4].map((n) => second(n, 5))), 3, 'half of them');
  assert.equal(found([1, 2, 3, 4].map((n) => second(n, 10))), -1);
  // Of an encoder that has hardly any time.
  assert.equal(found([1, 1, 2, 2, 3].map((n) => [picture(n, n * 120, n), counts(0, 0)])), 3);
});

test('frames that wait for a worker that is late are no leak, nor those that are lost before it', () => {
  assert.equal(found([
    [picture(20, 0, 0), counts(0, 0)], [picture(45, 0, 0), counts(0, 0)], [picture(61, 0, 0), counts(0, 0)], [picture(70, 9_000, 54), counts(61, 9_100)], [picture(80, 12_000, 70), counts(76, 12_100)],
  ]), -1);
  // One is lost at each change of what is sent.
  assert.equal(found([1, 2, 3, 4, 5, 6].map((n) => [picture(10 * n, 10 * n * 146, 10 * n), counts(10 * n - Math.ceil(n / 2), 10 * n * 145)])), -1);
});

test('old packets that are sent as padding are no leak', () => {
  assert.equal(found([[picture(10, 3_000, 24), counts(10, 1_700)], [picture(20, 9_000, 47), counts(20, 3_600)], [picture(31, 15_000, 80), counts(30, 5_400)], [picture(40, 16_500, 90), counts(41, 7_000)]]), -1);
});

test('what there was no key for was not sent, though browsers count it', () => {
  assert.equal(found([1, 2, 3, 4].map((n) => [picture(10 * n, 0, 0), counts(0, 0, 10 * n)])), -1);
});

test('of a report counts all layers, without what was sent again', () => {
  const layer = { type: 'outbound-rtp', kind: 'video', framesSent: 5, bytesSent: 700, retransmittedBytesSent: 200, packetsSent: 6 };
  assert.deepEqual(sentOf(report(layer, { ...layer, framesSent: 2 }, { type: 'transport' })), { kind: 'video', frames: 7, bytes: 1_000, packets: 12 });
  assert.deepEqual(sentOf(report()), { kind: 'audio', frames: 0, bytes: 0, packets: 0 });
});
