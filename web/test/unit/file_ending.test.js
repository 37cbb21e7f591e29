/* How a file ends that does not arrive, and that nobody is said to have done what he has not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endOf, whyOf } from '../../static/call/file_ending.js';

const cases = /** @type {[string, boolean, string, string | null][]} */ ([
  ['cancelled', true, 'cancelled', null],
  ['cancelled', false, 'cancelled', null],
  ['declined', false, 'declined', null],
  ['declined', true, 'failed', 'unknown'],
  ['many', false, 'failed', 'many'],
  ['many', true, 'failed', 'unknown'],
  ['lost', true, 'failed', 'lost'],
  ['lost', false, 'failed', 'lost'],
  ['wrong', false, 'failed', 'wrong'],
  ['changed', true, 'failed', 'changed'],
  ['unreached', true, 'failed', 'unreached'],
  ['unknown', true, 'failed', 'unknown'],
  ['gone', true, 'failed', 'unknown'],
  ['', true, 'failed', 'unknown'],
  ['constructor', false, 'failed', 'unknown'],
]);
for (const [why, incoming, state, because] of cases) {
  test(`"${why}" of who ${incoming ? 'gives' : 'takes'} it: ${state}, ${because}`, () => assert.deepEqual(endOf(why, incoming), { state, why: because }));
}

test('what is answered of one that is over is what it ended with, and of one that is not known that', () => {
  const entry = (/** @type {any} */ state, /** @type {any} */ why = null) => /** @type {any} */ ({ state, why });
  assert.deepEqual(
    [entry('declined'), entry('cancelled'), entry('failed', 'lost'), entry('failed', 'wrong'), entry('done'), undefined].map(whyOf),
    ['declined', 'cancelled', 'lost', 'wrong', 'unknown', 'unknown'],
  );
});
