/* The media session: nothing before it begins or after it ends, what a break keeps, and what is sent following what is received. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Devices } from '../../static/call/devices.js';
import { Roster } from '../../static/call/roster.js';
import { MediaSession } from '../../static/call/session.js';
import { settle, world } from './fakes.js';

/** @param {'av' | 'audio'} [media] */
async function setUp(media = 'av') {
  const here = world();
  /** @type {{ type: string, body: any }[]} */
  const said = [];
  const signaling = {
    isOpen: true,
    /** @param {string} type @param {any} [body] @returns {Promise<any>} */
    request: async (type, body) => (said.push({ type, body }), { sdp: 'v=0' }),
    /** @param {string} type @param {any} [body] */
    tell: (type, body) => void said.push({ type, body }),
  };
  const roster = new Roster(here.env.now);
  const session = new MediaSession(here.env, signaling, roster);
  session.lead('plain');
  const devices = new Devices(here.env);
  await devices.open(media);
  session.use(devices);
  await settle();
  const sent = () => here.peers.last.transceivers.slice(0, 2).map(({ sender }) => sender.track);
  return { ...here, said, roster, session, devices, sent, of: (/** @type {string} */ type) => said.filter((one) => one.type === type).map(({ body }) => body) };
}

/** @type {any} */
const inside = { counsellor: 'here', room: { held: false, paused: false }, self: { audio: true, video: true } };

test('nothing is made, sent or said before it begins, nor after it has ended', async () => {
  const { session, peers, said, devices, sent, clock } = await setUp();
  assert.deepEqual([peers.all.length, said.length, session.held], [0, 0, false]);
  session.enter(inside, 'admitted');
  await settle();
  assert.equal(session.held, true);
  assert.deepEqual(sent(), [devices.mic.value, devices.cam.value]);
  session.leave();
  assert.deepEqual([session.held, session.state.value, peers.last.closed], [false, 'none', true]);
  session.close();
  devices.close();
  assert.equal(clock.timers.length, 0);
});

test('over a break the kept session goes on; a new one is made where it was lost', async () => {
  const { session, peers, of } = await setUp();
  session.enter(inside, 'admitted');
  await settle();
  peers.last.become('connected');
  session.enter(inside, 'kept');
  await settle();
  assert.equal(peers.all.length, 1);
  session.enter(inside, 'new');
  await settle();
  assert.equal(peers.all.length, 2);
  assert.deepEqual(of('offer').map(({ generation }) => generation), [1, 2]);
});

test('sound alone switches the camera off, and anything else puts it on again', async () => {
  const { session, of } = await setUp();
  session.enter(inside, 'admitted');
  await settle();
  await session.receiving.prefer('sound');
  assert.equal(session.own.cam.value.state, 'off');
  await session.receiving.prefer('high');
  assert.equal(session.own.cam.value.state, 'on');
  assert.deepEqual(of('quality'), [{ choice: 'sound' }, { choice: 'high' }]);
  assert.deepEqual(of('self'), [{ video: false }, { video: true }]);
  await session.receiving.prefer('high');
  assert.equal(of('quality').length, 2, 'the same again is not said');
});

test('who chose sound alone and shows himself gets pictures again', async () => {
  const { session, of } = await setUp();
  session.enter(inside, 'admitted');
  await settle();
  await session.receiving.prefer('sound');
  await session.film(true);
  assert.equal(session.own.cam.value.state, 'on');
  assert.equal(session.receiving.preference.value, 'auto');
  assert.deepEqual(of('quality'), [{ choice: 'sound' }, { choice: 'auto' }]);
  await session.receiving.prefer('sound');
  await session.film(false);
  assert.equal(session.receiving.preference.value, 'sound');
});

test('a camera that was off before stays off', async () => {
  const { session } = await setUp('audio');
  session.enter({ ...inside, self: { audio: true, video: false } }, 'admitted');
  await session.receiving.prefer('sound');
  await session.receiving.prefer('auto');
  assert.notEqual(session.own.cam.value.state, 'on');
});

test('who wants little sends little', async () => {
  const { session, peers } = await setUp();
  session.enter(inside, 'admitted');
  await settle();
  const active = () => peers.last.transceivers[1].sender.encodings.map((/** @type {any} */ one) => one.active);
  await session.receiving.prefer('saver');
  await settle();
  assert.deepEqual(active(), [true, false, false]);
  await session.receiving.prefer('auto');
  await settle();
  assert.deepEqual(active(), [true, true, true]);
});

test('events of the session are taken, and no others', async () => {
  const { session } = await setUp();
  session.enter(inside, 'admitted');
  await settle();
  for (const [type, body] of /** @type {[string, any][]} */ ([
    ['demand', { source: 'camera', layers: [0] }], ['codec', { video: 'vp8' }], ['slots', { seq: 1, pairs: 1, slots: [] }], ['pictures_paused', { publications: [] }],
    ['line', { participant: 'a', quality: 'bad' }],
  ])) assert.ok(session.apply({ type, body }), type);
  session.apply({ type: 'muted', body: { kind: 'audio' } });
  assert.deepEqual(session.own.mic.value, { state: 'off', mutedBy: 'counsellor' });
  assert.equal(session.apply({ type: 'member', body: {} }), false);
});

test('a tile says when its picture has no room', async () => {
  const { session, roster } = await setUp();
  session.enter(inside, 'admitted');
  await settle();
  roster.apply({ type: 'publication', body: { publication: 'u1', participant: 'a', source: 'camera' } });
  session.apply({ type: 'slots', body: { seq: 1, pairs: 1, slots: [{ slot: 0, participant: 'a', source: 'camera' }] } });
  const paused = () => session.tiles.value.map((tile) => tile.paused);
  assert.deepEqual(paused(), [false]);
  session.apply({ type: 'pictures_paused', body: { publications: ['u1'] } });
  assert.deepEqual(paused(), [true]);
  session.leave();
});

test('who may share a screen: by the room’s rule, one at a time, where the browser can', async () => {
  assert.equal((await setUp()).session.mayShare.value, 'unsupported');
  const { session, roster, mediaDevices } = await setUp();
  Object.assign(mediaDevices, { getDisplayMedia() {} });
  const room = (/** @type {object} */ rule) => void roster.apply({ type: 'room', body: { held: false, paused: false, ...rule } });
  room({});
  assert.equal(session.mayShare.value, 'rule');
  room({ share: 'all' });
  assert.equal(session.mayShare.value, 'yes');
  roster.apply({ type: 'member', body: { participant: 'a', role: 'client', connection: 'ok', screen: true } });
  assert.equal(session.mayShare.value, 'busy');
  room({ share: 'nobody' });
  assert.equal(session.mayShare.value, 'rule');
});

test('the others are told of a broken media connection, and of a device that keeps one from being heard', async () => {
  const { session, peers, devices, clock, of } = await setUp();
  session.enter(inside, 'admitted');
  await settle();
  peers.last.become('connected');
  await settle();
  peers.last.become('disconnected');
  await clock.advance(1_500);
  peers.last.become('connected');
  const mic = /** @type {any} */ (devices.mic.peek());
  mic.muted = true;
  mic.onmute(new Event('mute'));
  await clock.advance(500);
  mic.onunmute(new Event('unmute'));
  await settle();
  assert.deepEqual(of('self').map(({ connection }) => connection), ['reconnecting', 'ok', 'interrupted', 'ok']);
});
