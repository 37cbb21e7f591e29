/* So many in so long: wherever the stretch begins; and what a page says to the others, no faster than its socket may. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Allowance, Allowances } from '../../static/call/allowance.js';
import { Pace } from '../../static/call/pace.js';
import { Clock } from './fakes.js';

test('in any second no more than five go through', () => {
  const allowance = new Allowance(5, 1_000);
  const through = [];
  for (let now = 0; now < 10_000; now += 10) if (allowance.take(now)) through.push(now);
  assert.equal(through.length, 50);
  for (const from of through) assert.ok(through.filter((at) => at >= from && at < from + 1_000).length <= 5);
});

test('it says how long the next one waits', () => {
  const allowance = new Allowance(2, 1_000);
  assert.equal(allowance.wait(0), 0);
  assert.ok(allowance.take(0));
  assert.ok(allowance.take(300));
  assert.ok(!allowance.take(400));
  assert.equal(allowance.wait(400), 600);
  assert.ok(allowance.take(1_000));
  assert.equal(allowance.wait(1_000), 300);
});

test('a clock that was set back closes it for no longer than the stretch', () => {
  const allowance = new Allowance(1, 1_000);
  allowance.take(1_000_000);
  assert.equal(allowance.wait(0), 1_000);
});

test('of each person as many: one who says too much takes nothing from another, and who comes back begins anew', () => {
  const all = new Allowances(2, 1_000);
  assert.deepEqual([0, 1, 2].map((now) => all.take('ben', now)), [true, true, false]);
  assert.ok(all.take('cem', 3));
  all.keep([{ participant: 'ben' }]);
  assert.ok(!all.take('ben', 4), 'who is here is remembered');
  all.keep([{ participant: 'cem' }]);
  assert.ok(all.take('ben', 5));
  all.take('ben', 6);
  all.clear();
  assert.ok(all.take('ben', 7));
});

function pace() {
  const clock = new Clock();
  const said = /** @type {{ at: number, to: string, content: any }[]} */ ([]);
  return { clock, said, pace: new Pace(clock, (to, content) => said.push({ at: clock.now(), to, content })) };
}

test('what is said is said in its order, forty a second at most', async () => {
  const { clock, said, pace: one } = pace();
  for (let i = 0; i < 100; i++) one.put('ben', { type: 'chat', i });
  assert.equal(said.length, 40, 'the first ones at once');
  await clock.advance(10_000);
  assert.deepEqual(said.map(({ content }) => content.i), [...Array(100).keys()]);
  for (const { at } of said) assert.ok(said.filter((other) => other.at >= at && other.at < at + 1_000).length <= 40);
  assert.equal(one.waiting, 0);
  assert.equal(clock.timers.length, 0);
});

test('the newer takes the place of the older that waits, for the same person and key alone', async () => {
  const { clock, said, pace: one } = pace();
  for (let i = 0; i < 40; i++) one.put('cid', { type: 'chat' });
  for (let next = 0; next < 5; next++) one.put('ben', { type: 'file', next }, 'got x');
  one.put('cid', { type: 'file', next: 9 }, 'got x');
  one.put('ben', { type: 'file', next: 7 }, 'got y');
  await clock.advance(2_000);
  assert.deepEqual(said.slice(40).map(({ to, content }) => [to, content.next]), [['ben', 4], ['cid', 9], ['ben', 7]]);
});

test('a flood of answers is bounded, and stops at the end', async () => {
  const { clock, said, pace: one } = pace();
  for (let i = 0; i < 10_000; i++) one.put('ben', { type: 'file' }, `got ${i}`);
  assert.ok(one.waiting <= 256);
  one.end();
  await clock.advance(60_000);
  assert.equal(said.length, 40);
  assert.equal(clock.timers.length, 0);
});
