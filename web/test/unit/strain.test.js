/* Whether the processor is too slow for what is sent: looked at while it matters, told after ten seconds in turn. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Strain } from '../../static/call/strain.js';
import { Clock, report } from './fakes.js';

/** @typedef {ConstructorParameters<typeof Strain>[1]} Stats */

/** @param {{ stats?: Stats }} [options] */
function world({ stats } = {}) {
  const clock = new Clock();
  const here = { clock, reason: 'cpu', looks: 0, told: 0 };
  const counts = () => {
    here.looks++;
    return report({ type: 'outbound-rtp', kind: 'audio' }, { type: 'inbound-rtp', qualityLimitationReason: 'cpu' }, { type: 'outbound-rtp', kind: 'video', qualityLimitationReason: here.reason });
  };
  return Object.assign(here, { strain: new Strain(clock, stats ?? (async () => counts()), () => here.told++) });
}

test('five looks in turn, two seconds apart, and it is told once', async () => {
  const here = world();
  here.strain.watch(true);
  await here.clock.advance(8_000);
  here.reason = 'bandwidth';
  await here.clock.advance(2_000);
  here.reason = 'cpu';
  await here.clock.advance(9_999);
  assert.equal(here.told, 0);
  await here.clock.advance(1);
  assert.equal(here.told, 1);
  await here.clock.advance(60_000);
  assert.equal(here.told, 1);
});

test('after a rest it may be told again', async () => {
  const here = world();
  here.strain.watch(true);
  await here.clock.advance(10_000);
  here.reason = 'none';
  await here.clock.advance(2_000);
  here.reason = 'cpu';
  await here.clock.advance(10_000);
  assert.equal(here.told, 2);
});

test('nobody looks while it does not matter, and each time begins anew', async () => {
  const here = world();
  await here.clock.advance(60_000);
  assert.equal(here.looks, 0);
  here.strain.watch(true);
  await here.clock.advance(9_000);
  // Said again it changes nothing.
  here.strain.watch(true);
  assert.equal(here.clock.timers.length, 1);
  here.strain.watch(false);
  assert.equal(here.clock.timers.length, 0);
  here.strain.watch(true);
  await here.clock.advance(9_999);
  assert.equal(here.told, 0);
  await here.clock.advance(1);
  assert.equal(here.told, 1);
});

test('what the browser counted for a watch that ended is not taken for the next', async () => {
  /** @type {((report: any) => void)[]} */
  const answers = [];
  const here = world({ stats: () => new Promise((resolve) => answers.push(resolve)) });
  here.strain.watch(true);
  await here.clock.advance(2_000);
  here.strain.watch(false);
  answers[0](report());
  await here.clock.advance(0);
  assert.equal(here.clock.timers.length, 0);
});

test('without counts it is looked again, and nothing is forgotten', async () => {
  const slow = report({ type: 'outbound-rtp', qualityLimitationReason: 'cpu' });
  /** @type {(Promise<any> | null)[]} */
  const answers = [slow, slow, null, Promise.reject(new Error('closed')), slow, slow, slow].map((answer) => (answer instanceof Map ? Promise.resolve(answer) : answer));
  answers[3]?.catch(() => {});
  const here = world({ stats: () => answers.shift() ?? null });
  here.strain.watch(true);
  await here.clock.advance(13_999);
  assert.equal(here.told, 0);
  await here.clock.advance(1);
  assert.equal(here.told, 1);
});

test('who is told may end the watch', async () => {
  const clock = new Clock();
  const strain = new Strain(clock, async () => report({ type: 'outbound-rtp', qualityLimitationReason: 'cpu' }), () => strain.watch(false));
  strain.watch(true);
  await clock.advance(60_000);
  assert.equal(clock.timers.length, 0);
});
