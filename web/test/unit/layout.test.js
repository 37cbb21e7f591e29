/* Who is large: pins before screens before speakers, and nothing that changes by itself within three seconds. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Focus, calmFor, keyOf, pageOf, perPage, wantedFocus } from '../../static/screens/layout.js';

const camera = (/** @type {string} */ participant) => /** @type {const} */ ({ participant, source: 'camera' });
const screen = (/** @type {string} */ participant) => /** @type {const} */ ({ participant, source: 'screen' });
const base = { shown: [camera('a'), camera('b'), camera('c')], own: null, pinned: undefined, speaker: false, dominant: '' };

test('one’s own pin, then the pin for all, then a screen, then who speaks', () => {
  assert.deepEqual(wantedFocus(base), { key: null, asked: false });
  assert.deepEqual(wantedFocus({ ...base, dominant: 'b' }), { key: null, asked: false });
  assert.deepEqual(wantedFocus({ ...base, speaker: true, dominant: 'b' }), { key: 'b/camera', asked: false });
  assert.deepEqual(wantedFocus({ ...base, speaker: true }), { key: 'a/camera', asked: false });
  const shared = { ...base, shown: [...base.shown, screen('c')], speaker: true, dominant: 'b' };
  assert.equal(wantedFocus(shared).key, 'c/screen');
  assert.deepEqual(wantedFocus({ ...shared, pinned: { participant: 'a', source: 'camera' } }), { key: 'a/camera', asked: true });
  assert.deepEqual(wantedFocus({ ...shared, own: 'b/camera', pinned: { participant: 'a', source: 'camera' } }), { key: 'b/camera', asked: true });
  // Who has gone is no longer large.
  assert.equal(wantedFocus({ ...shared, own: 'x/camera', pinned: { participant: 'y', source: 'camera' } }).key, 'c/screen');
});

test('what changes by itself waits; what somebody asked for, or whose tile has gone, does not', () => {
  const focus = new Focus();
  const all = () => true;
  assert.equal(focus.settle({ key: 'a', asked: false }, all, 0), 0);
  assert.equal(focus.key, 'a');
  assert.equal(focus.settle({ key: 'b', asked: false }, all, 1000), calmFor - 1000);
  assert.equal(focus.key, 'a');
  assert.equal(focus.settle({ key: 'b', asked: false }, all, calmFor), 0);
  assert.equal(focus.key, 'b');
  assert.equal(focus.settle({ key: 'c', asked: true }, all, calmFor + 1), 0);
  assert.equal(focus.key, 'c');
  assert.equal(focus.settle({ key: 'a', asked: false }, (key) => key !== 'c', calmFor + 2), 0);
  assert.equal(focus.key, 'a');
});

test('over any hour of talk no two changes by themselves are nearer than three seconds', () => {
  const focus = new Focus();
  let last = -Infinity;
  let seed = 1;
  for (let now = 0; now < 3_600_000; now += 300) {
    seed = (seed * 1103515245 + 12345) % 2 ** 31;
    const before = focus.key;
    focus.settle({ key: 'abcde'[seed % 5], asked: false }, () => true, now);
    if (focus.key === before) continue;
    assert.ok(now - last >= calmFor, `${now - last} ms`);
    last = now;
  }
});

test('pages hold nine, the last what is left, and a page that has gone is the last', () => {
  assert.deepEqual(pageOf(3, 0, 9), { page: 0, pages: 1, first: 0, end: 3 });
  assert.deepEqual(pageOf(20, 1, perPage), { page: 1, pages: 3, first: perPage, end: 2 * perPage });
  assert.deepEqual(pageOf(20, 9, 9), { page: 2, pages: 3, first: 18, end: 20 });
  assert.deepEqual(pageOf(0, 4, 9), { page: 0, pages: 1, first: 0, end: 0 });
  assert.equal(keyOf(screen('a')), 'a/screen');
});
