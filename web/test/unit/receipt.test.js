import assert from 'node:assert/strict';
import test from 'node:test';
import { Receipt } from '../../static/call/receipt.js';
import { Clock } from './fakes.js';

const signed = { receipt: { pseudonym: 'ABCDEFGHIJKLMN' }, key: 'k', signature: 's' };

/** A server that gives these answers in turn: a status, or that it cannot be reached. @param {(number | null)[]} answers */
function desk(...answers) {
  const clock = new Clock();
  /** @type {{ path: string, body: any }[]} */
  const asked = [];
  const receipt = new Receipt(/** @type {any} */ ({
    now: clock.now, setTimeout: clock.setTimeout, clearTimeout: clock.clearTimeout,
    fetch: async (/** @type {string} */ path, /** @type {any} */ { body }) => {
      asked.push({ path, body: JSON.parse(body) });
      const status = answers.length > 1 ? answers.shift() : answers[0];
      if (!status) throw new TypeError('no line');
      return { ok: status === 200, status, json: async () => (status === 200 ? signed : { code: status === 404 ? 'not_found' : 'unavailable' }) };
    },
  }));
  return { receipt, clock, asked };
}

test('the deletion is claimed when the server has said it, and not before', async () => {
  const { receipt, clock, asked } = desk(503, null, 503, 200);
  assert.equal(receipt.state.value, 'none');
  const done = receipt.ask('token');
  for (let s = 0; s < 10 && receipt.state.value !== 'here'; s++) {
    assert.equal(receipt.state.value, 'coming');
    await clock.advance(1_000);
  }
  await done;
  assert.equal(receipt.state.value, 'here');
  assert.deepEqual(receipt.signed.value, signed);
  assert.equal(asked.length, 4);
  assert.deepEqual(asked[0], { path: '/api/v1/receipts', body: { token: 'token' } });
});

test('without a token nothing is asked, and nothing claimed', async () => {
  const { receipt, asked } = desk(200);
  await receipt.ask(undefined);
  assert.equal(receipt.state.value, 'none');
  assert.equal(asked.length, 0);
});

test('a receipt that was fetched already is lost, and so is one that never comes', async () => {
  const gone = desk(404);
  await gone.receipt.ask('token');
  assert.equal(gone.receipt.state.value, 'lost');
  const never = desk(503);
  const done = never.receipt.ask('token');
  for (let s = 0; s < 130; s++) await never.clock.advance(1_000);
  await done;
  assert.equal(never.receipt.state.value, 'lost');
  assert.ok(never.asked.length < 60, `asked ${never.asked.length} times`);
});

test('an emptied window has nothing of it, whatever comes later', async () => {
  const { receipt, clock } = desk(503, 200);
  const done = receipt.ask('token');
  await clock.advance(0);
  receipt.forget();
  await clock.advance(5_000);
  await done;
  assert.equal(receipt.state.value, 'none');
  assert.equal(receipt.signed.value, null);
});
