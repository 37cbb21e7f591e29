/* The line's quality is looked at every two seconds of a call, and of no other time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Meter } from '../../static/call/meter.js';
import { Clock, report } from './fakes.js';

test('a weak line is shown after it lasted, and forgotten with the call', async () => {
  const clock = new Clock();
  let asked = 0;
  const meter = new Meter(clock, async () => {
    asked++;
    return report({ type: 'inbound-rtp', packetsReceived: asked * 100 }, { type: 'remote-inbound-rtp', fractionLost: 0.3 });
  });
  await clock.advance(10_000);
  assert.equal(asked, 0);
  meter.begin();
  meter.begin();
  await clock.advance(8_000);
  assert.equal(asked, 4);
  assert.equal(meter.quality.value, 'good');
  await clock.advance(2_000);
  assert.equal(meter.quality.value, 'bad');
  meter.end();
  assert.equal(meter.quality.value, 'good');
  assert.equal(clock.timers.length, 0);
});

test('without a connection, or counts, the last word stands and it is looked again', async () => {
  const clock = new Clock();
  /** @type {(() => Promise<RTCStatsReport> | null)[]} */
  const answers = [() => null, () => Promise.reject(new Error('closed'))];
  const meter = new Meter(clock, () => answers.shift()?.() ?? null);
  meter.begin();
  await clock.advance(6_000);
  assert.equal(answers.length, 0);
  assert.equal(meter.quality.value, 'good');
  assert.equal(clock.timers.length, 1);
});
