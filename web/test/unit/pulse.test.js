/* Whether anything comes over a connection. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Pulse } from '../../static/call/pulse.js';
import { report, world } from './fakes.js';

function setUp() {
  const { env, clock } = world();
  const line = { came: 0, asked: 0, counts: true };
  /** @type {boolean[]} */
  const told = [];
  const pulse = new Pulse(env, (beats) => void told.push(beats));
  const stats = async () => {
    line.asked++;
    return report(...(line.counts ? [{ type: 'candidate-pair', bytesReceived: line.came }, { type: 'candidate-pair', bytesReceived: 7 }] : []));
  };
  return { pulse, clock, line, told, stats };
}

test('three beats that do not come are silence, told once, and so is what comes again', async () => {
  const { pulse, clock, line, told, stats } = setUp();
  pulse.begin(stats);
  for (let n = 0; n < 10; n++) {
    line.came++;
    await clock.advance(500);
  }
  assert.deepEqual(told, []);
  await clock.advance(1_499);
  assert.deepEqual(told, []);
  await clock.advance(1);
  assert.deepEqual(told, [false]);
  await clock.advance(30_000);
  assert.deepEqual(told, [false]);
  line.came++;
  await clock.advance(500);
  assert.deepEqual(told, [false, true]);
  pulse.end();
  const { asked } = line;
  await clock.advance(10_000);
  assert.deepEqual([line.asked, clock.timers.length], [asked, 0]);
});

test('the same connection goes on, another begins anew; a browser that does not count is believed', async () => {
  const { pulse, clock, line, told, stats } = setUp();
  pulse.begin(stats);
  await clock.advance(1_400);
  pulse.begin(stats); // ICE says that it stands: that is worth a new look
  await clock.advance(1_400);
  assert.deepEqual(told, []);
  await clock.advance(600);
  assert.deepEqual(told, [false]);
  pulse.begin(async () => stats());
  await clock.advance(1_400);
  assert.deepEqual(told, [false]);
  line.counts = false;
  pulse.begin(async () => stats());
  await clock.advance(60_000);
  assert.deepEqual(told, [false]);
});

test('timers that a page in the background gets late are no silence', async () => {
  const { pulse, clock, line, told, stats } = setUp();
  pulse.begin(async () => {
    await new Promise((done) => clock.setTimeout(done, 2_000));
    line.came++;
    return stats();
  });
  await clock.advance(60_000);
  assert.deepEqual(told, []);
});

test('a dead pair that is counted no longer is no beat, nor are counts that vanish', async () => {
  const { pulse, clock, line, told, stats } = setUp();
  line.came = 100;
  pulse.begin(stats);
  await clock.advance(2_500);
  assert.deepEqual(told, [false]);
  line.came = 50;
  await clock.advance(1_000);
  line.counts = false;
  await clock.advance(5_000);
  assert.deepEqual(told, [false]);
  line.counts = true;
  await clock.advance(1_000);
  assert.deepEqual(told, [false]);
  line.came = 51;
  await clock.advance(500);
  assert.deepEqual(told, [false, true]);
});
