/* For how long the end dialog offers to leave the room open. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { signal } from '../../static/third_party/preact.js';
import { openable } from '../../static/screens/moderation.js';

/** @param {object} room @param {object[]} [members] */
const offered = (room, members = [{ role: 'client', connection: 'ok' }, { role: 'client', connection: 'ok' }]) =>
  openable(/** @type {any} */ ({ room: signal({ held: false, paused: false, ...room }), everybody: signal(members) }));

test('what the policy lets, in the usual steps; nothing where it says nothing', () => {
  assert.deepEqual(offered({}), []);
  assert.deepEqual(offered({ stay_open: 1200 }), [10, 20]);
  assert.deepEqual(offered({ stay_open: 900 }), [10]);
  assert.deepEqual(offered({ stay_open: 300 }), [5]);
});

test('not while there are groups, which would be without anybody', () => assert.deepEqual(offered({ stay_open: 1200, groups: 2 }), []));

test('not on hold, not to nobody, and not while a colleague is there, whose leaving it would be', () => {
  assert.deepEqual(offered({ stay_open: 1200, held: true }), []);
  assert.deepEqual(offered({ stay_open: 1200 }, []), []);
  assert.deepEqual(offered({ stay_open: 1200 }, [{ role: 'client', connection: 'ok' }, { role: 'co-counsellor', connection: 'ok' }]), []);
  assert.deepEqual(offered({ stay_open: 1200 }, [{ role: 'client', connection: 'ok' }, { role: 'interpreter', promoted: true, connection: 'ok' }]), [], 'to whom moderation is lent is one');
  assert.deepEqual(offered({ stay_open: 1200 }, [{ role: 'client', connection: 'ok' }, { role: 'co-counsellor', connection: 'reconnecting' }]), [10, 20]);
});
