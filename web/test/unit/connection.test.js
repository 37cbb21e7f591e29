/* The websocket: signing on, replies, silence, back-off, close codes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Connection } from '../../static/call/connection.js';
import { Refused } from '../../static/call/protocol.js';
import { Clock, Sockets, settle, welcome } from './fakes.js';

function setUp({ hello = async () => ({ version: 1, ticket: 't' }) } = {}) {
  const clock = new Clock();
  const sockets = new Sockets();
  /** @type {any[]} */
  const log = [];
  /** @type {() => void} */
  let wake = () => {};
  const env = {
    ...{ now: clock.now, setTimeout: clock.setTimeout, clearTimeout: clock.clearTimeout },
    WebSocket: sockets.WebSocket,
    location: { protocol: 'https:', host: 'host.example' },
    random: () => 1,
    onWake: (/** @type {() => void} */ callback) => {
      wake = callback;
      return () => void (wake = () => {});
    },
  };
  const connection = new Connection(env, {
    hello,
    distrust: () => log.push('distrust'),
    onWelcome: (body) => log.push(['welcome', body.participant]),
    onEvent: (event) => log.push(['event', event.type]),
    onLost: () => log.push('lost'),
    onEnd: (end) => log.push(['end', end]),
  });
  return { clock, sockets, log, connection, wake: () => wake() };
}

/** @param {ReturnType<typeof setUp>} world */
async function signOn({ sockets, connection }) {
  connection.open();
  await settle();
  sockets.last.open();
  sockets.last.say('welcome', welcome(), 1);
}

test('signs on with the first message and hears the welcome', async () => {
  const world = setUp();
  await signOn(world);
  assert.equal(world.sockets.last.url, 'wss://host.example/ws');
  assert.deepEqual(world.sockets.last.said, [{ type: 'hello', id: 1, body: { version: 1, ticket: 't' } }]);
  assert.deepEqual(world.log, [['welcome', 'me']]);
  assert.ok(world.connection.isOpen);
});

test('a request gets its own reply; an error is a Refused with its code; no reply is `lost`', async () => {
  const world = setUp();
  await signOn(world);
  const { connection, sockets, clock } = world;
  const [first, second, third] = [connection.request('admit', { participant: 'a' }), connection.request('end'), connection.request('leave')];
  const ids = sockets.last.said.slice(1).map(({ id }) => id);
  assert.equal(new Set(ids).size, 3);
  sockets.last.say('error', { code: 'not_allowed' }, ids[1]);
  sockets.last.say('ok', undefined, ids[0]);
  sockets.last.say('ok', undefined, ids[0]);
  await first;
  await assert.rejects(second, { code: 'not_allowed' });
  const failing = assert.rejects(third, { code: 'lost' });
  for (let second = 0; second < 11; second++) {
    await clock.advance(1000);
    sockets.last.say('counsellor', { counsellor: 'here' });
  }
  await failing;
});

test('requests while there is no line, and those a break interrupts, are `lost`', async () => {
  const world = setUp();
  await assert.rejects(world.connection.request('leave'), { code: 'lost' });
  await signOn(world);
  const waiting = assert.rejects(world.connection.request('leave'), { code: 'lost' });
  world.sockets.last.fail(1006);
  await waiting;
  assert.deepEqual(world.log.at(-1), 'lost');
});

test('pings every 5 s; 8 s of silence are a broken line', async () => {
  const world = setUp();
  await signOn(world);
  const { clock, sockets, log } = world;
  for (let round = 0; round < 3; round++) {
    await clock.advance(5000);
    const { id } = sockets.last.said.at(-1);
    assert.equal(sockets.last.said.at(-1).type, 'ping');
    sockets.last.say('pong', undefined, id);
    await clock.advance(3000);
  }
  assert.ok(!log.includes('lost'));
  assert.equal(sockets.all.length, 1);
  await clock.advance(5000);
  await clock.advance(2999);
  assert.ok(!log.includes('lost'));
  await clock.advance(5001);
  assert.ok(log.includes('lost'));
  assert.ok(sockets.all[0].closed);
  assert.equal(sockets.all.length, 2);
});

test('a page that slept for an hour asks before it takes the line for dead', async () => {
  const world = setUp();
  await signOn(world);
  world.clock.time += 3_600_000;
  await world.clock.advance(0);
  assert.equal(world.sockets.last.said.at(-1).type, 'ping');
  world.sockets.last.say('pong', undefined, world.sockets.last.said.at(-1).id);
  await world.clock.advance(4000);
  assert.ok(!world.log.includes('lost'));
});

test('after a change of network a dead line is noticed within 2 s', async () => {
  const world = setUp();
  await signOn(world);
  await world.clock.advance(1000);
  world.wake();
  await world.clock.advance(1999);
  assert.ok(!world.log.includes('lost'));
  await world.clock.advance(2);
  assert.ok(world.log.includes('lost'));
});

test('comes back with pauses from 0.2 s that double up to 5 s, and begins anew after a welcome', async () => {
  const world = setUp();
  await signOn(world);
  const { clock, sockets } = world;
  for (const pause of [200, 400, 800, 1600, 3200, 5000, 5000]) {
    const before = sockets.all.length;
    sockets.last.fail(1006);
    await clock.advance(pause - 1);
    assert.equal(sockets.all.length, before, `${pause} ms not over`);
    await clock.advance(1);
    assert.equal(sockets.all.length, before + 1, `after ${pause} ms`);
  }
  sockets.last.open();
  sockets.last.say('welcome', welcome(), 1);
  sockets.last.fail(1006);
  await clock.advance(200);
  assert.equal(sockets.last.said.length, 0);
  assert.equal(world.log.filter((entry) => entry === 'lost').length, 2);
});

test('a try that was begun before a change of network is given 2 s, however often it changes, and then made anew', async () => {
  const world = setUp();
  await signOn(world);
  world.sockets.last.fail(1006);
  await world.clock.advance(200);
  assert.equal(world.sockets.all.length, 2);
  world.wake();
  await world.clock.advance(1_500);
  world.wake();
  await world.clock.advance(499);
  assert.equal(world.sockets.last.closed, false);
  await world.clock.advance(1);
  assert.equal(world.sockets.last.closed, true);
  await world.clock.advance(400);
  assert.equal(world.sockets.all.length, 3);
});

test('the first try is given its time: the page has just been shown', async () => {
  const world = setUp();
  world.connection.open();
  await settle();
  world.wake();
  await world.clock.advance(9_999);
  assert.equal(world.sockets.last.closed, false);
  await world.clock.advance(1);
  assert.equal(world.sockets.last.closed, true);
});

test('waking up cuts a long pause short', async () => {
  const world = setUp();
  await signOn(world);
  for (const pause of [200, 400, 800, 1600]) {
    world.sockets.last.fail(1006);
    await world.clock.advance(pause);
  }
  world.sockets.last.fail(1006);
  const before = world.sockets.all.length;
  await world.clock.advance(100);
  world.wake();
  await world.clock.advance(200);
  assert.equal(world.sockets.all.length, before + 1);
});

for (const [code, end] of /** @type {const} */ ([
  [1000, { phase: 'left' }], [4403, { phase: 'removed' }], [4409, { phase: 'replaced' }], [4410, { phase: 'ended' }],
  [1009, { phase: 'failed', code: 'bad_message' }], [4400, { phase: 'failed', code: 'bad_message' }],
])) {
  test(`close code ${code} ends it`, async () => {
    const world = setUp();
    await signOn(world);
    world.sockets.last.fail(code);
    await world.clock.advance(60_000);
    assert.deepEqual(world.log.slice(1), [['end', end]]);
    assert.equal(world.sockets.all.length, 1);
    assert.equal(world.clock.timers.length, 0);
  });
}

for (const code of [1001, 1006, 4508]) {
  test(`close code ${code} resumes`, async () => {
    const world = setUp();
    await signOn(world);
    world.sockets.last.fail(code);
    await world.clock.advance(200);
    assert.equal(world.sockets.all.length, 2);
    assert.ok(!world.log.includes('distrust'));
  });
}

for (const code of [4401, 4408]) {
  test(`close code ${code} asks for a new ticket`, async () => {
    const world = setUp();
    await signOn(world);
    world.sockets.last.fail(code);
    await world.clock.advance(200);
    assert.ok(world.log.includes('distrust'));
    assert.equal(world.sockets.all.length, 2);
  });
}

test('close code 4429 waits 5 s', async () => {
  const world = setUp();
  await signOn(world);
  world.sockets.last.fail(4429);
  await world.clock.advance(4999);
  assert.equal(world.sockets.all.length, 1);
  await world.clock.advance(1);
  assert.equal(world.sockets.all.length, 2);
});

for (const phase of /** @type {const} */ (['ended', 'removed', 'replaced'])) {
  test(`the event ${phase} ends it once, whatever follows`, async () => {
    const world = setUp();
    await signOn(world);
    const socket = world.sockets.last;
    socket.say(phase);
    socket.say('ended');
    socket.fail(1006);
    await world.clock.advance(60_000);
    assert.deepEqual(world.log.slice(1), [['end', { phase }]]);
  });
}

test('a refused token is tried anew with another, three times', async () => {
  const world = setUp();
  world.connection.open();
  for (let round = 0; round < 3; round++) {
    await world.clock.advance(1000);
    world.sockets.last.open();
    world.sockets.last.say('error', { code: 'token' }, 1);
  }
  assert.deepEqual(world.log, ['distrust', 'lost', 'distrust', ['end', { phase: 'failed', code: 'token' }]]);
});

for (const code of ['link_invalid', 'link_full', 'room_full', 'version', 'not_allowed']) {
  test(`hello refused with ${code} ends it`, async () => {
    const world = setUp();
    world.connection.open();
    await settle();
    world.sockets.last.open();
    world.sockets.last.say('error', { code }, 1);
    assert.deepEqual(world.log, [['end', { phase: 'failed', code }]]);
  });
}

test('a server that cannot take it now is asked again; one that does not answer too', async () => {
  const world = setUp();
  world.connection.open();
  await settle();
  world.sockets.last.open();
  world.sockets.last.say('error', { code: 'unavailable' }, 1);
  await world.clock.advance(200);
  assert.equal(world.sockets.all.length, 2);
  world.sockets.last.open();
  await world.clock.advance(11_000);
  assert.equal(world.sockets.all.length, 3);
  assert.deepEqual(world.log, ['lost']);
});

test('no ticket: `unavailable` is tried again, another code ends it; a ticket that comes too late is not used', async () => {
  let code = 'unavailable';
  /** @type {(() => void)[]} */
  const late = [];
  const world = setUp({
    hello: () => (code ? Promise.reject(new Refused(code)) : new Promise((resolve) => late.push(() => resolve({ version: 1, ticket: 'late' })))),
  });
  world.connection.open();
  await world.clock.advance(1000);
  assert.equal(world.sockets.all.length, 0);
  code = '';
  await world.clock.advance(25_000);
  assert.ok(late.length >= 2);
  late[0]();
  await settle();
  assert.equal(world.sockets.all.length, 0);
  code = 'link_invalid';
  await world.clock.advance(20_000);
  assert.deepEqual(world.log, ['lost', ['end', { phase: 'failed', code: 'link_invalid' }]]);
});

test('closing it leaves no timer and hears nothing more', async () => {
  const world = setUp();
  await signOn(world);
  const socket = world.sockets.last;
  world.connection.close();
  socket.say('ended');
  world.wake();
  assert.equal(world.clock.timers.length, 0);
  assert.ok(socket.closed);
  assert.equal(socket.code, 1000, 'the server reads that it was meant so');
  assert.deepEqual(world.log, [['welcome', 'me']]);
});

test('a socket that takes nothing more is a broken line', async () => {
  const world = setUp();
  await signOn(world);
  world.sockets.last.bufferedAmount = 2 << 20;
  world.connection.tell('slots_ack', { seq: 1 });
  assert.deepEqual(world.log.at(-1), 'lost');
});

test('messages of unknown types and misshapen ones are passed over', async () => {
  const world = setUp();
  await signOn(world);
  world.sockets.last.say('poll', {});
  world.sockets.last.say('member', { participant: 7 });
  world.sockets.last.say('declined');
  assert.deepEqual(world.log, [['welcome', 'me'], ['event', 'declined']]);
});
