/* The Shift key three times: by itself, within five seconds, with nothing between. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Thrice, within } from '../../static/screens/thrice.js';

const press = (/** @type {Thrice} */ key, /** @type {string} */ name, /** @type {number} */ at) => (key.down(name), key.up(name, at));

test('three times it counts, then anew', () => {
  const shift = new Thrice('Shift');
  assert.deepEqual([0, 100, 200, 300].map((at) => press(shift, 'Shift', at)), [1, 2, 3, 1]);
});

test('who writes capital letters leaves nothing', () => {
  const shift = new Thrice('Shift');
  for (let at = 0; at < 1000; at += 100) {
    shift.down('Shift');
    assert.equal(press(shift, 'A', at), 0);
    assert.equal(shift.up('Shift', at), 0, 'held with a letter');
  }
  press(shift, 'Shift', 1000);
  press(shift, 'Shift', 1100);
  press(shift, 'a', 1150);
  assert.equal(press(shift, 'Shift', 1200), 1, 'with a letter between');
  shift.down('Shift');
  shift.other();
  assert.equal(shift.up('Shift', 1300), 0, 'held with the mouse');
});

test('too slow is not meant', () => {
  const shift = new Thrice('Shift');
  press(shift, 'Shift', 0);
  press(shift, 'Shift', 1000);
  assert.equal(press(shift, 'Shift', within), 2);
});
