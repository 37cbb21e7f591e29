/* The client's way to the waiting room: three taps, nothing asked too early, nothing kept too long. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batch, signal } from '../../static/third_party/preact.js';
import { Journey } from '../../static/screens/journey.js';
import { journeyState } from '../../static/screens/state.js';

const secret = 'AAAAAAAAAAAAAAAAAAAAAA';
const open = { status: 'open', service: 'Beratung', role: 'client', lang: 'de', now: 1000, consent: 'click' };

/** A journey in an invented world; `log` tells in which order the world was asked. @param {object} [answer] @param {{ error?: string }} [devices] */
function start(answer = open, devices = {}) {
  /** @type {any[]} */
  const log = [];
  const kept = new Map();
  /** @type {[() => void, number][]} */
  const timers = [];
  const world = {
    check: async () => (log.push('check'), typeof answer === 'function' ? answer() : answer),
    byCode: async (/** @type {string} */ text) => (text === 'right' || text === 'wrong' ? `code ${text}` : null),
    hash: async (/** @type {string} */ text) => `hash of ${text}`,
    storage: {
      getItem: (/** @type {string} */ key) => kept.get(key) ?? null,
      setItem: (/** @type {string} */ key, /** @type {string} */ value) => kept.set(key, value),
      removeItem: (/** @type {string} */ key) => kept.delete(key),
    },
    clock: 1000,
    now: () => world.clock,
    setTimeout: (/** @type {() => void} */ then, /** @type {number} */ ms) => timers.push([then, ms]),
    language: () => 'de',
    seals: true,
  };
  const set = {
    choice: signal(null),
    open: async (/** @type {string} */ media) => (log.push(`open ${media}`), devices.error ? { error: devices.error } : { ok: true }),
    close: () => log.push('close'),
  };
  const call = {
    phase: signal('idle'),
    failure: signal(null),
    moderates: signal(false),
    mic: signal({ state: 'none' }),
    cam: signal({ state: 'none' }),
    connection: signal({ state: 'ok', since: 0 }),
    room: signal({ held: false, paused: false }),
    resumes: false,
    resumeIfPossible: async () => call.resumes,
    joinWithLink: async (/** @type {string} */ link, /** @type {any} */ options) => {
      log.push(`join ${link} ${options.media} ${options.consent}`);
      call.phase.value = 'waiting';
    },
    rejoin: async () => {
      log.push('rejoin');
      call.phase.value = 'call';
    },
    setMic: async (/** @type {boolean} */ on) => log.push(`mic ${on}`),
    setCam: async (/** @type {boolean} */ on) => log.push(`cam ${on}`),
  };
  const journey = new Journey(/** @type {any} */ (call), /** @type {any} */ (set), world);
  return { journey, call, log, kept, timers, world };
}

test('continue, agree, choose: then one waits', async () => {
  const { journey, log } = start();
  await journey.start(secret);
  assert.equal(journeyState(journey), 'welcome');
  journey.next();
  assert.equal(journeyState(journey), 'consent');
  await journey.agree('the text');
  assert.equal(journeyState(journey), 'media');
  assert.deepEqual(log, ['check'], 'nothing was asked of the devices or sent before the choice');
  await journey.choose('av');
  assert.equal(journeyState(journey), 'waiting');
  assert.deepEqual(log, ['check', 'open av', `join ${secret} av hash of the text`]);
});

test('who has no link types a code, and goes on as with a link; a slip, or too many tries, ask again', async () => {
  const answers = [{ error: 'link_invalid' }, { error: 'too_fast' }, open];
  const { journey, log, kept } = start(/** @type {any} */ (() => answers.shift()));
  await journey.start(null, true);
  assert.equal(journeyState(journey), 'code');
  assert.equal(await journey.type('half'), 'incomplete');
  assert.equal(await journey.type('wrong'), 'link_invalid');
  assert.equal(await journey.type('right'), 'too_fast');
  assert.deepEqual([journeyState(journey), kept.size], ['code', 0]);
  assert.equal(await journey.type('right'), null);
  assert.equal(journeyState(journey), 'welcome');
  journey.next();
  await journey.agree('the text');
  await journey.choose('audio');
  assert.equal(log.at(-1), 'join code right audio hash of the text');
});

test('where there is sound alone, no camera is asked for, whatever is chosen', async () => {
  const { journey, log } = start({ ...open, sound_only: true, consent: 'none' });
  await journey.start(secret);
  journey.next();
  await journey.choose('av');
  assert.deepEqual(log, ['check', 'open audio', `join ${secret} audio undefined`]);
});

test('a browser that cannot encrypt end to end is told before it knocks, where the room takes no such', async () => {
  const { journey, log, world } = start({ ...open, sealed_only: true });
  world.seals = false;
  await journey.start(secret);
  assert.equal(journeyState(journey), 'unsealed');
  assert.deepEqual(log, ['check']);
  const able = start({ ...open, sealed_only: true });
  await able.journey.start(secret);
  assert.equal(journeyState(able.journey), 'welcome');
  const asked = start(open);
  asked.world.seals = false;
  await asked.journey.start(secret);
  assert.equal(journeyState(asked.journey), 'welcome', 'elsewhere the counsellor is asked');
});

test('without a consent step it is two', async () => {
  const { journey } = start({ ...open, consent: 'none' });
  await journey.start(secret);
  journey.next();
  assert.equal(journey.step.value, 'media');
});

test('a browser that says no leads to advice, and from there on without', async () => {
  const { journey, log } = start(open, { error: 'denied' });
  await journey.start(secret);
  journey.next();
  await journey.agree('x');
  await journey.choose('av');
  assert.equal(journey.step.value, 'denied');
  assert.equal(journey.trouble.value, 'denied');
  assert.ok(!log.some((line) => line.startsWith('join')));
});

test('whoever goes on without is not called back by a late answer', async () => {
  const { journey, log } = start();
  await journey.start(secret);
  /** @type {(answer: object) => void} */
  let late = () => {};
  const asked = new Promise((resolve) => { late = resolve; });
  journey.devices.open = /** @type {any} */ ((/** @type {string} */ media) => (media === 'av' ? asked : Promise.resolve({ ok: true })));
  const first = journey.choose('av');
  await journey.choose('none');
  late({ ok: true });
  await first;
  assert.deepEqual(log.filter((line) => line.startsWith('join')), [`join ${secret} none undefined`]);
});

for (const [error, state] of [['link_invalid', 'link-invalid'], ['link_revoked', 'link-revoked']]) {
  test(`${error}: a page of its own, at the check as at the knock, and nothing is kept`, async () => {
    const { journey, call, kept } = start({ error });
    await journey.start(secret);
    assert.equal(journeyState(journey), state);
    assert.equal(kept.size, 0);

    journey.step.value = 'joined';
    call.phase.value = 'failed';
    call.failure.value = error;
    assert.equal(journeyState(journey), state);
    call.failure.value = 'room_full';
    assert.equal(journeyState(journey), 'failed');
  });
}

test('no link at all is an invalid link', async () => {
  const { journey, log } = start();
  await journey.start(null);
  assert.equal(journeyState(journey), 'link-invalid');
  assert.deepEqual(log, []);
});

test('a reload on the way begins again with the link that the tab kept', async () => {
  const { journey, kept } = start();
  kept.set('anteroom.link', secret);
  await journey.start(null);
  assert.equal(journey.step.value, 'welcome');
});

test('a reload in the call takes the seat again', async () => {
  const { journey, call } = start();
  call.resumes = true;
  await journey.start(null);
  call.phase.value = 'call';
  assert.equal(journeyState(journey), 'call');
});

test('a service that does not answer can be asked again', async () => {
  let answer = /** @type {object} */ ({ error: 'unavailable' });
  const { journey } = start(/** @type {any} */ (() => answer));
  await journey.start(secret);
  assert.equal(journey.step.value, 'unreachable');
  answer = open;
  await journey.again();
  assert.equal(journey.step.value, 'welcome');
});

test('too early: it opens by itself when the server says it is time, whatever this clock says', async () => {
  let answer = /** @type {object} */ ({ ...open, status: 'early', now: 5_000_000, opens_at: 5_040_000 });
  const { journey, timers, world, log } = start(/** @type {any} */ (() => answer));
  await journey.start(secret);
  assert.equal(journey.step.value, 'early');
  assert.equal(journey.left(), 40_000);
  while (journey.step.value === 'early') {
    const [then, ms] = timers.shift() ?? assert.fail('no timer is set');
    assert.ok(ms <= 15_000, 'phones asleep stop long timers');
    world.clock += ms;
    if (world.clock >= 41_000) answer = open;
    then();
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(journey.step.value, 'welcome');
  assert.equal(log.length, 2, 'the server is asked at the beginning and when it is time');
});

for (const phase of ['ended', 'removed', 'replaced', 'left', 'failed']) {
  test(`${phase}: the camera's light goes out`, async () => {
    const { journey, call, log, kept } = start();
    await journey.start(secret);
    assert.equal(kept.size, 1);
    await journey.choose('av');
    assert.equal(kept.size, 0, 'the seat alone holds the link from the knock on');
    assert.ok(!log.includes('close'));
    call.phase.value = phase;
    assert.ok(log.includes('close'));
    assert.equal(kept.size, 0);
  });
}

test('a link whose places are all taken waits, keeps its link over a reload, and looks again by itself', async () => {
  const { journey, call, log, kept, timers } = start();
  const knock = call.joinWithLink;
  call.joinWithLink = async () => {
    call.phase.value = 'connecting';
    assert.ok(log.includes('open av'));
    batch(() => {
      call.failure.value = /** @type {any} */ ('link_full');
      call.phase.value = 'failed';
    });
  };
  await journey.start(secret);
  await journey.choose('av');
  assert.equal(journey.patient.value, true);
  assert.equal(kept.size, 1);
  assert.ok(!log.includes('close'), 'the browser is not asked for the devices again');

  call.joinWithLink = knock;
  const [then, ms] = timers.pop() ?? assert.fail('no timer is set');
  assert.equal(ms, 15_000);
  then();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(journeyState(journey), 'waiting');
  assert.equal(journey.patient.value, false);
  assert.equal(kept.size, 0);
});

test('the state in one word', () => {
  const { journey, call } = start();
  journey.step.value = 'joined';
  call.phase.value = 'call';
  call.room.value = { held: true, paused: false };
  assert.equal(journeyState(journey), 'held');
  call.moderates.value = true;
  assert.equal(journeyState(journey), 'call');
  call.connection.value = { state: 'reconnecting', since: 0 };
  assert.equal(journeyState(journey), 'reconnecting');
});

test('a question that stands for long is still answered', async () => {
  const { journey, log } = start();
  await journey.start(secret);
  const state = signal(/** @type {any} */ ('asking'));
  journey.devices = /** @type {any} */ ({
    state,
    close: () => {},
    open: async () => ((state.value = 'unanswered'), { error: 'unanswered' }),
  });
  const chosen = journey.choose('av');
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(journey.step.value, 'asking', 'nobody is told that it failed');
  state.value = 'open';
  await chosen;
  assert.equal(journey.step.value, 'joined');
  assert.equal(log.filter((line) => line.startsWith('join')).length, 1);
});

test('back after hanging up by mistake, with what was on before', async () => {
  const { journey, call, log } = start();
  await journey.start(secret);
  await journey.choose('av');
  call.phase.value = 'call';
  call.mic.value = { state: 'on' };
  call.cam.value = { state: 'off' };
  call.mic.value = { state: 'on' };
  call.phase.value = 'left';
  call.mic.value = { state: 'none' };
  await journey.rejoin();
  assert.deepEqual(log.slice(-4), ['close', 'open av', 'rejoin', 'mic true']);
});
