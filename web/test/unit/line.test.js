/* What the person is told of the line: whether websocket and media stand, and how good they are, looked at every two seconds of a call. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Line } from '../../static/call/line.js';
import { signal } from '../../static/third_party/preact.js';
import { Clock, report } from './fakes.js';

/** @typedef {import('../../static/call/line.js').Media} Media */

/** @param {Media['stats']} [stats] */
function world(stats = () => null) {
  const clock = new Clock();
  const state = signal(/** @type {Media['state']['value']} */ ('none'));
  return { clock, state, line: new Line(clock, { state, stats }) };
}

test('one of the two is enough to break it, and both have to stand', async () => {
  const { clock, state, line } = world();
  assert.equal(line.connection.value.state, 'ok');
  line.signaling(false);
  const { since } = line.connection.value;
  assert.deepEqual(line.connection.value, { state: 'reconnecting', since: clock.now() });
  await clock.advance(1_000);
  state.value = 'broken';
  line.signaling(true);
  assert.deepEqual(line.connection.value, { state: 'reconnecting', since });
  state.value = 'connecting';
  assert.equal(line.connection.value.state, 'ok');
});

test('a websocket that breaks while picture and sound go on has three seconds, unless they stop too', async () => {
  const { clock, state, line } = world();
  state.value = 'connected';
  const broke = clock.now();
  line.signaling(false);
  await clock.advance(2_999);
  assert.equal(line.connection.value.state, 'ok');
  line.signaling(true);
  await clock.advance(1_000);
  assert.equal(line.connection.value.state, 'ok');
  assert.equal(clock.timers.length, 0);

  line.signaling(false);
  await clock.advance(3_000);
  assert.deepEqual(line.connection.value, { state: 'reconnecting', since: broke + 3_999 });
  line.signaling(true);

  line.signaling(false);
  await clock.advance(1_000);
  state.value = 'broken';
  assert.equal(line.connection.value.state, 'reconnecting');
});

test('what was lost while nothing came says nothing of the line that is found since', async () => {
  const counts = { packetsReceived: 0, packetsLost: 0 };
  const { clock, state, line } = world(async () => report({ type: 'inbound-rtp', ...counts }));
  state.value = 'connected';
  line.begin();
  const part = async (/** @type {boolean} */ breaks) => {
    await clock.advance(900);
    if (breaks) state.value = 'broken';
    counts.packetsReceived += 100;
    counts.packetsLost += 100;
    await clock.advance(200);
    state.value = 'connected';
    await clock.advance(900);
  };
  for (let n = 0; n < 10; n++) await part(true);
  assert.equal(line.quality.value, 'good');
  for (let n = 0; n < 10; n++) await part(false);
  assert.equal(line.quality.value, 'bad', 'lost on a line that stands');
  line.close();
});

test('lost after half a minute, counted from the first break, and good again', async () => {
  const { clock, state, line } = world();
  line.signaling(false);
  await clock.advance(20_000);
  state.value = 'broken';
  await clock.advance(9_999);
  assert.equal(line.connection.value.state, 'reconnecting');
  await clock.advance(1);
  assert.equal(line.connection.value.state, 'lost');
  line.signaling(true);
  state.value = 'connected';
  assert.equal(line.connection.value.state, 'ok');
  assert.equal(clock.timers.length, 0);
});

test('a weak line is shown after it lasted, and forgotten with the call', async () => {
  let asked = 0;
  const { clock, line } = world(async () => {
    asked++;
    return report({ type: 'inbound-rtp', packetsReceived: asked * 100 }, { type: 'remote-inbound-rtp', fractionLost: 0.3 });
  });
  await clock.advance(10_000);
  assert.equal(asked, 0);
  line.begin();
  line.begin();
  await clock.advance(8_000);
  assert.equal(asked, 4);
  assert.equal(line.quality.value, 'good');
  await clock.advance(2_000);
  assert.equal(line.quality.value, 'bad');
  line.end();
  assert.equal(line.quality.value, 'good');
  assert.equal(clock.timers.length, 0);
});

test('without a connection, or counts, the last word stands and it is looked again', async () => {
  /** @type {(() => Promise<RTCStatsReport> | null)[]} */
  const answers = [() => null, () => Promise.reject(new Error('closed'))];
  const { clock, line } = world(() => answers.shift()?.() ?? null);
  line.begin();
  await clock.advance(6_000);
  assert.equal(answers.length, 0);
  assert.equal(line.quality.value, 'good');
  assert.equal(clock.timers.length, 1);
});

test('closed: no timer, and nothing is said any more', () => {
  const { clock, state, line } = world();
  line.begin();
  line.signaling(false);
  line.close();
  assert.equal(clock.timers.length, 0);
  state.value = 'broken';
  line.signaling(true);
  assert.equal(line.connection.value.state, 'reconnecting');
});
