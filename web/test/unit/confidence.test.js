/* Nobody knocks before it is known how the call is closed; what an older seat brings comes too late. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Confidence, isUnsent, stated } from '../../static/call/confidence.js';
import { Seat } from '../../static/call/seat.js';
import { world } from './fakes.js';

/** @param {() => Promise<any>} [load] */
async function setUp(load) {
  const here = world();
  /** @type {any[]} */
  const led = [];
  const confidence = new Confidence(here.env, { relay() {}, lead: (through) => void led.push(through), secretsOf: async () => null }, load);
  const seat = await Seat.take(here.env, 'link', { link: 'AAAAAAAAAAAAAAAAAAAAAA', lang: 'de', media: 'av' });
  return { ...here, confidence, seat, led };
}

test('what does not come is asked for again, and then a new page is needed; nothing is led anywhere meanwhile', async () => {
  const { confidence, seat, led } = await setUp(() => Promise.reject(new TypeError('the line is gone')));
  for (const code of ['unavailable', 'unavailable', 'parts', 'parts']) await assert.rejects(confidence.introduce(seat), { name: 'Refused', code });
  assert.deepEqual(led, []);
});

test('a seat is introduced once, as long as it is the same; the next one is somebody else', async () => {
  const { confidence, seat, led, workers, clock } = await setUp();
  const [one, two] = await Promise.all([confidence.introduce(seat), confidence.introduce(seat)]);
  assert.equal(one, two);
  assert.equal(workers.all.length, 1);
  assert.equal(typeof led.at(-1).seal, 'function');
  confidence.end();
  assert.equal(led.at(-1), null);
  assert.ok(workers.last.terminated);
  assert.notEqual(await confidence.introduce(seat), one);
  confidence.end();
  assert.equal(clock.timers.length, 0);
});

test('an introduction that is ready after its seat was given up leads nothing, and lets go of its worker', async () => {
  const { confidence, seat, led, workers } = await setUp();
  const coming = confidence.introduce(seat);
  confidence.end();
  await coming.catch(() => {});
  assert.deepEqual(led, [null]);
  assert.ok(workers.all.every(({ terminated }) => terminated));
});

test('a browser whose worker cannot be made, or fails, sends nothing', async () => {
  const { confidence, seat, led, env, workers } = await setUp();
  env.transforms = { ...env.transforms, worker: () => { throw new Error('no module workers'); } };
  await confidence.introduce(seat);
  assert.deepEqual(led, [null]);
  confidence.end();
  env.transforms = workers.transforms;
  await confidence.introduce(seat);
  /** @type {any} */ (workers.last).onerror();
  assert.equal(led.at(-1), null);
  assert.equal(confidence.lock.value.state, 'broken');
  confidence.end();
});

test('a signed role takes the place of the server\'s; one without words is a client\'s; who is not stated is as the server says', () => {
  const member = (/** @type {string} */ participant, /** @type {any} */ role) => /** @type {any} */ ({ participant, role });
  const members = [member('ada', 'client'), member('ben', 'counsellor'), member('carl', 'counsellor')];
  assert.deepEqual(stated(members, { ada: { role: 'counsellor', name: '' }, ben: { role: 'king', name: '' } }).map(({ role }) => role), ['counsellor', 'client', 'counsellor']);
  // The server's word lends nothing.
  const lent = stated([{ ...members[1], promoted: true }, { ...members[1], participant: 'igor' }], { igor: { role: 'interpreter', name: '', lent: true } });
  assert.deepEqual(lent.map((one) => !!one.lent), [false, true]);
  assert.equal(stated(members, {})[2], members[2]);
});

test('when nothing of ones own is sent, whatever is on', () => {
  const lock = (/** @type {any} */ state, /** @type {string[]} */ who = []) => ({ state, who, unknown: [] });
  for (const state of ['asked', 'broken']) assert.ok(isUnsent(lock(state, ['ben']), 2), state);
  for (const state of ['alone', 'protected', 'unverified', 'pending', 'open']) assert.ok(!isUnsent(lock(state, ['ben']), 1), state);
  assert.ok(isUnsent(lock('unable'), 1), 'this browser cannot');
  assert.ok(isUnsent(lock('unable', ['ben']), 1), 'the only other cannot');
  assert.ok(!isUnsent(lock('unable', ['ben']), 2), 'one of two cannot: the other has it');
});
