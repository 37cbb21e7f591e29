/* What is told of who is in keeps within what the server hands on, however many came and went. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { makeIdentity } from '../../static/e2ee/identity.js';
import { newDeviceKey } from '../../static/e2ee/keys.js';
import { Statements } from '../../static/e2ee/statements.js';

test('of a hundred that came and went one message has those who are here, and the newest', async () => {
  let now = 1_800_000_000_000;
  const statements = new Statements(() => now++);
  const own = await makeIdentity(await newDeviceKey(), null);
  statements.accept(own.device, true);
  const participant = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
  const devices = [];
  for (let n = 0; n < 100; n++) {
    const device = `${n}`.padStart(87, 'A');
    devices.push(device);
    await statements.say(own, { participant, person: participant, role: 'co-counsellor', subject: device, state: n % 2 ? 'in' : 'out', verified: true, speaks: false });
  }
  const here = new Set(devices.slice(0, 5));
  const told = statements.told(here).map(({ statement }) => statement.split('\n').at(-1));
  assert.deepEqual(new Set(told.slice(0, 5)), here);
  assert.deepEqual(told.slice(5), devices.slice(41).reverse());
  // As a channel seals it: nonce, tag, and letters for bytes; beside it are a secret, a MAC and a name.
  const plain = JSON.stringify({ n: 1e6, type: 'state', v: 1e6, mac: 'A'.repeat(43), epoch: 255, secret: 'A'.repeat(43), has: 255, name: 'ä'.repeat(80), room: statements.told(here)[0], statements: statements.told(here) });
  assert.ok(Math.ceil(((new TextEncoder().encode(plain).length + 28) * 4) / 3) <= 40_960);
});

test('who was put out a minute ago is not believed to have put the other out before, with whatever clock', async () => {
  let now = 1_800_000_000_000;
  const [ada, cem] = await Promise.all([1, 2].map(async () => makeIdentity(await newDeviceKey(), null)));
  const about = (/** @type {any} */ own) => ({ participant: 'p', person: '', role: 'counsellor', subject: own.device, state: /** @type {const} */ ('out'), verified: false, speaks: false });
  /** Where the two are known, and what he signed an hour before. */
  const room = () => {
    const statements = new Statements(() => now);
    for (const { device } of [ada, cem]) statements.accept(device, true);
    return statements;
  };
  now -= 3_600_000;
  const his = await room().say(cem, about(ada));
  now += 3_600_000;
  const hers = await room().say(ada, about(cem));
  for (const [waited, stays] of /** @type {const} */ ([[0, cem], [59_000, cem], [61_000, ada]])) {
    const statements = room();
    await statements.hear([hers]);
    now += waited;
    await statements.hear([his]);
    assert.deepEqual([ada, cem].filter(({ device }) => statements.counts(device)), [stays], `${waited} ms`);
  }
});

test('what an author did not sign takes the place of nothing that he did', async () => {
  let now = 1_800_000_000_000;
  const statements = new Statements(() => now++);
  const own = await makeIdentity(await newDeviceKey(), null);
  statements.accept(own.device, true);
  const device = (/** @type {number} */ n) => `${n}`.padStart(87, 'A');
  const about = { participant: 'p', person: '', role: 'client', state: /** @type {const} */ ('in'), verified: true, speaks: false };
  for (let n = 0; n < 256; n++) await statements.say(own, { ...about, subject: device(n) });
  const [real] = statements.told(new Set([device(0)]));
  const forged = Array.from({ length: 20 }, (_, n) => ({ ...real, statement: real.statement.replace(device(0), device(1000 + n)) }));
  assert.equal(await statements.hear(forged), false);
  assert.equal(statements.of(device(0))?.state, 'in');
  // His own newest takes the place of his oldest.
  await statements.say(own, { ...about, subject: device(300) });
  assert.deepEqual([statements.of(device(0)), statements.of(device(300))?.state], [null, 'in']);
});
