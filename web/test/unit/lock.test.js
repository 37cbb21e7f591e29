/* The lock says the worst that is true, of nobody more than is known, and is told by what was opened. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Hearing, lockOf } from '../../static/e2ee/lock.js';

const nobody = new Set();

test('the worst of all counts, and names those for whom it is so', () => {
  assert.deepEqual(lockOf({}, nobody, false), { state: 'alone', who: [], unknown: [] });
  assert.deepEqual(lockOf({ a: 'verified', b: 'verified' }, nobody, false), { state: 'protected', who: ['a', 'b'], unknown: [] });
  assert.deepEqual(lockOf({ a: 'verified', b: 'unverified' }, nobody, false), { state: 'unverified', who: ['b'], unknown: [] });
  assert.deepEqual(lockOf({ a: 'waiting', b: 'unverified', c: 'unknown' }, nobody, false), { state: 'pending', who: ['a', 'c'], unknown: ['c'] });
  assert.deepEqual(lockOf({ a: 'waiting', b: 'unable' }, nobody, false), { state: 'unable', who: ['b'], unknown: [] });
  assert.deepEqual(lockOf({ a: 'verified', b: 'unable' }, nobody, true), { state: 'broken', who: [], unknown: [] });
});

test('who is verified and not understood is not protected; who cannot is not said to be on the way', () => {
  assert.deepEqual(lockOf({ a: 'verified', b: 'verified' }, new Set(['b']), false), { state: 'pending', who: ['b'], unknown: [] });
  assert.deepEqual(lockOf({ a: 'unable' }, new Set(['a']), false), { state: 'unable', who: ['a'], unknown: [] });
});

/** @param {number} passed @param {number} [dropped] @returns {import('../../static/e2ee/transform.js').Counts} */
const counts = (passed, dropped = 0) => ({ passed, bytes: 0, dropped: { forged: dropped } });

test('somebody is not understood when frames come for two seconds and none opens; the first that opens ends it', () => {
  const hearing = new Hearing();
  const whose = (/** @type {number} */ id) => (id === 1 ? 'ada' : id === 2 ? 'ben' : null);
  const look = (/** @type {Record<number, any>} */ now, /** @type {number} */ at) => [...hearing.look(now, whose, at)];
  assert.deepEqual(look({ 1: counts(5), 2: counts(0), 3: counts(0, 9) }, 0), []);
  assert.deepEqual(look({ 1: counts(5, 3), 2: counts(0), 3: counts(0, 99) }, 500), []);
  assert.deepEqual(look({ 1: counts(5, 30), 2: counts(0) }, 2_499), []);
  assert.deepEqual(look({ 1: counts(5, 60), 2: counts(0) }, 2_500), ['ada']);
  assert.deepEqual(look({ 1: counts(6, 90), 2: counts(0) }, 3_000), []);
});

test('who sends nothing is understood, and of two receivers one that opens is enough', () => {
  const hearing = new Hearing();
  const whose = () => 'ada';
  for (let at = 0; at < 10_000; at += 500) assert.equal(hearing.look({ 1: counts(3), 2: counts(0) }, whose, at).size, 0);
  for (let at = 0; at < 10_000; at += 500) assert.equal(hearing.look({ 1: counts(at), 2: counts(0, at) }, whose, 10_000 + at).size, 0);
});
