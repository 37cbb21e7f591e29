/* Hands that are up: one order for everybody, one's own among the others. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { signal } from '../../static/third_party/preact.js';
import { hands } from '../../static/call/hands.js';

test('the order is that of the numbers, whoever joined first; a hand that goes down moves the others up', () => {
  /** @type {any[]} */
  const asked = [];
  const hand = signal(0);
  const members = signal(/** @type {any[]} */ ([{ participant: 'a', hand: 7 }, { participant: 'b' }, { participant: 'c', hand: 2 }]));
  const up = hands({ request: async (type, body) => void asked.push([type, body]) }, { me: signal({ participant: 'me', role: 'client' }), hand }, members);
  assert.deepEqual(up.up.value, [{ participant: 'c', place: 1 }, { participant: 'a', place: 2 }]);
  assert.equal(up.own.value, 0);
  hand.value = 5;
  assert.deepEqual([up.own.value, up.place('a'), up.place('b'), up.place('nobody')], [2, 3, 0, 0]);
  members.value = [{ participant: 'a', hand: 7 }, { participant: 'b' }, { participant: 'c' }];
  assert.deepEqual([up.own.value, up.place('a')], [1, 2]);
  void up.raise(true);
  assert.deepEqual(asked, [['raise_hand', { up: true }]]);
});
