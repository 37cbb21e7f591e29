/* What a line is expected to carry: when it is tried, what is said of it, and that it never stands in the way. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { outlookOf } from '../../static/call/line_check.js';
import { Outlook } from '../../static/call/outlook.js';
import { settle, world } from './fakes.js';

const good = { roundTrip: 40, loss: 0, bits: 440_000 };

test('one of three sentences', () => {
  assert.equal(outlookOf(good), 'good');
  for (const [found, said] of /** @type {const} */ ([
    [{ loss: 0.03 }, 'good'], [{ loss: 0.04 }, 'sound'], [{ loss: 0.12 }, 'sound'], [{ loss: 0.13 }, 'weak'],
    [{ bits: 250_000 }, 'good'], [{ bits: 249_999 }, 'sound'], [{ bits: 59_999 }, 'weak'], [{ bits: 0, loss: 1 }, 'weak'],
    [{ roundTrip: 401 }, 'sound'], [{ roundTrip: 1_001 }, 'weak'],
  ])) assert.equal(outlookOf({ ...good, ...found }), said, JSON.stringify(found));
});

function setUp() {
  const { env, clock } = world();
  /** @type {{ type: string, body: any }[]} */
  const said = [];
  const server = { way: /** @type {() => Promise<any>} */ (async () => ({ near: 'near', far: 'far' })) };
  /** @type {{ finish: (found: any) => void, ended: AbortSignal, sparing: boolean }[]} */
  const trials = [];
  const module = /** @type {any} */ ({
    outlookOf,
    tryLine: (/** @type {any} */ _, /** @type {any} */ way, /** @type {any} */ { signal, sparing }) => {
      assert.deepEqual(way, { near: 'near', far: 'far' });
      return new Promise((finish) => trials.push({ finish, ended: signal, sparing }));
    },
  });
  const outlook = new Outlook(env, {
    request: async (type, body) => {
      said.push({ type, body });
      return type === 'line_check' ? server.way() : {};
    },
  }, async () => module);
  return { outlook, clock, said, server, trials, env };
}

test('it is tried once he waits, and both sides are told', async () => {
  const { outlook, clock, said, trials } = setUp();
  outlook.begin();
  outlook.begin();
  await clock.advance(1_499);
  assert.deepEqual([outlook.line.value, said.length], ['trying', 0]);
  await clock.advance(1);
  assert.deepEqual([outlook.line.value, trials.length], ['trying', 1]);
  trials[0].finish({ ...good, loss: 0.05 });
  await settle();
  assert.equal(outlook.line.value, 'sound');
  assert.deepEqual(said, [{ type: 'line_check', body: undefined }, { type: 'forecast', body: { outlook: 'sound' } }]);
  await clock.advance(44_999);
  assert.equal(trials.length, 1);
  await clock.advance(1);
  assert.deepEqual([trials.length, outlook.line.value], [2, 'sound'], 'what is not good is tried again, and said meanwhile');
  trials[1].finish(good);
  await settle();
  assert.equal(outlook.line.value, 'good');
  await clock.advance(600_000);
  assert.equal(trials.length, 2);
});

test('who is let in, or gone, is not held up, and nothing is said any more', async () => {
  const { outlook, clock, said, trials } = setUp();
  outlook.begin();
  await clock.advance(1_500);
  outlook.end();
  assert.ok(trials[0].ended.aborted);
  trials[0].finish(null);
  await settle();
  assert.deepEqual([outlook.line.value, said.length], ['unknown', 1]);
  outlook.begin();
  outlook.end();
  await clock.advance(60_000);
  assert.deepEqual([trials.length, clock.timers.length], [1, 0]);
});

test('what cannot be tried is not guessed; on the next socket it is tried again', async () => {
  const { outlook, clock, said, server, trials } = setUp();
  server.way = async () => {
    throw new Error('wrong_state');
  };
  outlook.begin();
  await clock.advance(1_500);
  assert.equal(outlook.line.value, 'unknown');
  server.way = async () => ({ near: 'near', far: 'far' });
  outlook.end();
  outlook.begin();
  await clock.advance(1_500);
  trials[0].finish(null);
  await settle();
  assert.deepEqual([outlook.line.value, said.map(({ type }) => type)], ['unknown', ['line_check', 'line_check']]);
});

test('who asked for little data is tried with little', async () => {
  const { outlook, clock, trials, env } = setUp();
  env.browser.saveData = true;
  outlook.begin();
  await clock.advance(1_500);
  assert.equal(trials[0].sparing, true);
});
