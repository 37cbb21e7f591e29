/* What a counsellor's page states of others by signature, beside what it asks of the server. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { moderation } from '../../static/call/moderate.js';
import { Refused } from '../../static/call/protocol.js';

/** @param {string} [refusal] what the server answers to everything */
function setUp(refusal) {
  /** @type {string[]} */
  const log = [];
  const moderate = moderation({
    request: async (type) => {
      log.push(`ask ${type}`);
      if (refusal) throw new Refused(refusal);
    },
  }, { admit: (participant) => log.push(`in ${participant}`), dismiss: (participant) => log.push(`out ${participant}`) }, { frozen: () => log.includes('frozen'), reported: (own) => log.push(`reported ${own}`) });
  return { moderate, log };
}

test('who is let in is stated before the server is asked, and who is put back or removed is out before it has answered', async () => {
  const { moderate, log } = setUp();
  await moderate.admit('ben');
  await moderate.putBack('ben');
  await moderate.remove('ben');
  assert.deepEqual(log, ['in ben', 'ask admit', 'out ben', 'ask put_back', 'out ben', 'ask remove']);
});

test('an admission or a decline that is refused puts nobody out: a colleague may have let him in', async () => {
  const { moderate, log } = setUp('wrong_state');
  await assert.rejects(moderate.admit('ben'), { code: 'wrong_state' });
  await assert.rejects(moderate.decline('ben'), { code: 'wrong_state' });
  assert.deepEqual(log, ['in ben', 'ask admit', 'ask decline']);
});

test('who is declined is not in, whatever was stated before', async () => {
  const { moderate, log } = setUp();
  await moderate.decline('ben');
  assert.deepEqual(log, ['ask decline', 'out ben']);
});

test('the room is left open when the server has agreed, and not when it has refused', async () => {
  const granted = setUp();
  await granted.moderate.leaveOpen(600_000);
  assert.deepEqual(granted.log, ['ask leave_open']);
  assert.equal(granted.moderate.leftOpen.value, 600_000);
  const refused = setUp('not_allowed');
  await assert.rejects(refused.moderate.leaveOpen(600_000), { code: 'not_allowed' });
  assert.equal(refused.moderate.leftOpen.value, 0);
});

test('who reports an incident has stopped the room, until it goes on; who reports it once more has not, nor who was refused', async () => {
  const { moderate, log } = setUp();
  await moderate.incident(true);
  await moderate.incident(false);
  assert.deepEqual(log, ['ask incident', 'reported true', 'ask incident', 'reported false']);
  log.splice(0, 4, 'frozen');
  await moderate.incident(true);
  assert.deepEqual(log, ['frozen', 'ask incident']);
  const refused = setUp('not_allowed');
  await assert.rejects(refused.moderate.incident(false), { code: 'not_allowed' });
  assert.deepEqual(refused.log, ['ask incident']);
});
