/* The whole engine against an invented server: from the knock to the end, through breaks and reloads. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { newLinkSecret } from '../../static/e2ee/keys.js';
import { Call } from '../../static/call/call.js';
import { Devices } from '../../static/call/devices.js';
import { settle, welcome, world } from './fakes.js';

const secret = newLinkSecret();
const calm = { held: false, paused: false };
const inside = (/** @type {object} */ more) => ({ counsellor: 'here', room: calm, self: { audio: true, video: true }, members: [], publications: [], ...more });
/** Waits for what real cryptography precedes, which the invented clock does not count. @param {() => boolean} condition */
async function until(condition) {
  for (const end = Date.now() + 5_000; !condition(); ) {
    assert.ok(Date.now() < end, `in time: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await settle();
}

/** The client opens its next socket; this is the server taking it. @param {Pick<ReturnType<typeof world>, 'sockets'>} here */
async function accept({ sockets }) {
  await until(() => sockets.last && !sockets.last.closed && sockets.last.said.length === 0);
  sockets.last.open();
  return sockets.last;
}

async function knock(/** @type {Partial<import('../../static/call/protocol.js').Welcome>} */ answer = {}) {
  const here = world();
  const devices = new Devices(here.env);
  await devices.open('av');
  const call = new Call(here.env);
  const joining = call.joinWithLink(secret, { lang: 'de', media: 'av', consent: 'hash', devices });
  await accept(here);
  here.sockets.last.say('welcome', welcome(answer), 1);
  await joining;
  return { ...here, devices, call };
}

/** @param {Awaited<ReturnType<typeof knock>>} here @param {object} [state] */
async function admit({ sockets }, state) {
  sockets.last.say('admitted', { resume: 'resume-2', state: inside({ ...state }) });
  await settle();
}

/** What the tab keeps of the seat. @param {{ tab: { kept: Map<string, string> } }} here */
const kept = ({ tab }) => JSON.parse(tab.kept.get('anteroom seat') ?? 'null');

test('arriving is knocking; while waiting there is no media connection', async () => {
  const here = await knock();
  const { call, sockets, peers } = here;
  assert.equal(call.phase.value, 'waiting');
  const { body } = sockets.last.said[0];
  assert.deepEqual([body.version, body.ticket, body.lang, body.media, body.consent], [1, 'ticket-1', 'de', 'av', 'hash']);
  assert.equal(peers.all.length, 0);
  assert.equal(call.mic.value.state, 'on');
  assert.equal(kept(here).resume, 'resume-1');
  assert.equal(JSON.stringify(sockets.last.said).includes(secret), false);
});

test('admitted: the connection is made and the devices are sent', async () => {
  const here = await knock();
  await admit(here);
  const { call, peers, devices, sockets } = here;
  assert.equal(call.phase.value, 'call');
  assert.equal(peers.last.transceivers[0].sender.track, devices.mic.value);
  assert.equal(peers.last.transceivers[1].sender.track, devices.cam.value);
  assert.equal(sockets.last.lastSaid('offer').body.generation, 1);
  assert.equal(kept(here).resume, 'resume-2');
});

test('what was written is there with the first hello, goes on over a new line, and is gone when the person is put back', async () => {
  const here = await knock();
  const { call, sockets } = here;
  await until(() => !!call.chat.value);
  await admit(here, { members: [{ participant: 'ada', role: 'counsellor', name: { plain: '' }, audio: true, video: true, connection: 'ok', identity: 'i' }] });
  const chat = /** @type {import('../../static/call/chat.js').Chat} */ (call.chat.value);
  assert.equal(chat.closed.value, null);
  assert.ok(chat.write('Guten Tag'));
  sockets.last.fail(1006);
  await here.clock.advance(500);
  assert.equal(chat.messages.value.length, 1);
  assert.ok(!JSON.stringify([...here.tab.kept.values()]).includes('Guten Tag'), 'nothing of it is kept in the tab');
  await accept(here);
  sockets.last.say('welcome', welcome({ phase: 'in', kept: true, state: inside({}) }), 1);
  await settle();
  assert.equal(chat.messages.value.length, 1);
  sockets.last.say('put_back', { resume: 'resume-3', state: { counsellor: 'here', room: calm } });
  assert.deepEqual(chat.messages.value, []);
  assert.equal(call.chat.value, chat);
});

test('put back: the connection is closed at once, and made anew at the next admission', async () => {
  const here = await knock();
  await admit(here);
  here.sockets.last.say('put_back', { resume: 'resume-3', state: { counsellor: 'here', room: calm } });
  assert.equal(here.call.phase.value, 'waiting');
  assert.ok(here.peers.last.closed);
  assert.equal(kept(here).resume, 'resume-3');
  await admit(here);
  assert.equal(here.peers.all.length, 2);
  assert.equal(here.sockets.last.lastSaid('offer').body.generation, 2);
});

test('declined, and knocking again', async () => {
  const { call, sockets } = await knock();
  sockets.last.say('declined');
  assert.equal(call.phase.value, 'declined');
  const refused = assert.rejects(call.knock(), { code: 'too_fast' });
  sockets.last.say('error', { code: 'too_fast' }, sockets.last.lastSaid('knock').id);
  await refused;
  assert.equal(call.phase.value, 'declined');
  const knocking = call.knock();
  sockets.last.say('ok', undefined, sockets.last.lastSaid('knock').id);
  await knocking;
  assert.equal(call.phase.value, 'waiting');
});

for (const [event, phase] of /** @type {const} */ ([['ended', 'ended'], ['removed', 'removed']])) {
  test(`${event}: everything is closed and the tab keeps nothing`, async () => {
    const here = await knock();
    await admit(here);
    here.sockets.last.say(event);
    const { call, peers, tab, clock } = here;
    assert.equal(call.phase.value, phase);
    assert.ok(peers.last.closed);
    assert.equal(tab.kept.size, 0);
    assert.deepEqual([call.members.value, call.tiles.value, call.me.value], [[], [], null]);
    await clock.advance(60_000);
    assert.equal(clock.timers.length, 0);
  });
}

test('replaced by another tab: the seat can be taken back', async () => {
  const here = await knock();
  here.sockets.last.say('replaced');
  assert.equal(here.call.phase.value, 'replaced');
  const back = here.call.rejoin();
  await accept(here);
  assert.equal(here.sockets.last.said[0].body.resume, 'resume-1');
  here.sockets.last.say('welcome', welcome(), 1);
  await back;
  assert.equal(here.call.phase.value, 'waiting');
});

test('hanging up: media stops first, the server is told, the tab forgets; the page can come back', async () => {
  const here = await knock();
  await admit(here);
  const { call, sockets, peers, tab } = here;
  const leaving = call.leave();
  assert.ok(peers.last.closed);
  sockets.last.say('ok', undefined, sockets.last.lastSaid('leave').id);
  sockets.last.fail(1000);
  await leaving;
  assert.equal(call.phase.value, 'left');
  assert.equal(tab.kept.size, 0);
  const back = call.rejoin();
  await accept(here);
  sockets.last.say('welcome', welcome({ phase: 'in', state: /** @type {any} */ (inside({})) }), 1);
  await back;
  assert.equal(call.phase.value, 'call');
  assert.equal(tab.kept.size, 1);
});

test('hanging up on a dead line takes a second at most', async () => {
  const here = await knock();
  await admit(here);
  const leaving = here.call.leave();
  await here.clock.advance(1000);
  await leaving;
  assert.equal(here.call.phase.value, 'left');
});

test('a short break: the same seat, the same media connection, what the counsellor muted stays off', async () => {
  const here = await knock();
  await admit(here);
  const { call, clock, sockets, peers } = here;
  peers.last.become('connected');
  sockets.last.fail(1006);
  assert.equal(call.connection.value.state, 'ok', 'picture and sound go on');
  assert.equal(call.phase.value, 'call');
  await clock.advance(200);
  await accept(here);
  const { body } = sockets.last.said[0];
  assert.deepEqual([body.resume, body.fresh], ['resume-2', undefined]);
  sockets.last.say('welcome', welcome({ phase: 'in', kept: true, state: /** @type {any} */ (inside({ self: { audio: false, video: true } })) }), 1);
  await settle();
  assert.equal(call.connection.value.state, 'ok');
  assert.equal(peers.all.length, 1);
  assert.deepEqual(call.mic.value, { state: 'off', mutedBy: 'counsellor' });
  assert.equal(peers.last.transceivers[0].sender.track, null);
});

test('a break in which the server lost the media session: a new connection of the next generation', async () => {
  const here = await knock();
  await admit(here);
  here.sockets.last.fail(1006);
  await here.clock.advance(200);
  await accept(here);
  here.sockets.last.say('welcome', welcome({ phase: 'in', kept: false, state: /** @type {any} */ (inside({})) }), 1);
  await settle();
  assert.equal(here.peers.all.length, 2);
  assert.equal(here.sockets.last.lastSaid('offer').body.generation, 2);
});

test('30 s without a line: lost, and still tried', async () => {
  const here = await knock();
  await admit(here);
  here.sockets.last.fail(1006);
  await here.clock.advance(31_000);
  assert.equal(here.call.connection.value.state, 'lost');
  while (here.sockets.last.closed) await here.clock.advance(1000);
  await accept(here);
  here.sockets.last.say('welcome', welcome({ phase: 'in', kept: true, state: /** @type {any} */ (inside({})) }), 1);
  here.peers.last.become('connected');
  assert.equal(here.call.connection.value.state, 'ok');
});

test('a reload: the same device, the seat of before, a fresh media connection', async () => {
  const first = await knock();
  await admit(first);
  const { device } = first.posted.find(({ path }) => path.endsWith('/join'))?.body ?? {};
  const here = world();
  here.tab.setItem('anteroom seat', first.tab.getItem('anteroom seat') ?? '');
  const devices = new Devices(here.env);
  const call = new Call(here.env);
  const resuming = call.resumeIfPossible({ devices });
  await accept(here);
  const { body } = here.sockets.last.said[0];
  assert.deepEqual([body.resume, body.fresh, body.media], ['resume-2', true, 'av']);
  here.sockets.last.say('welcome', welcome({ phase: 'in', state: /** @type {any} */ (inside({ self: { audio: false, video: true } })) }), 1);
  assert.equal(await resuming, true);
  await settle();
  assert.equal(here.posted.length, 0);
  assert.equal(call.mic.value.state, 'off');
  assert.equal(here.peers.last.transceivers[1].sender.track, devices.cam.value);
  // The token is refused: a new ticket, for the same device.
  here.sockets.last.fail(4401);
  await here.clock.advance(200);
  await until(() => here.posted.length > 0);
  assert.equal(here.posted[0].body.device, device);
});

test('who reported an incident may let the room go on, after a reload too, and until it has gone on; another co-counsellor may not', async () => {
  const first = await knock({ role: 'co-counsellor', phase: 'in', state: /** @type {any} */ (inside({ waiting: [] })) });
  const frozen = { held: true, frozen: true, paused: false };
  first.sockets.last.say('room', frozen);
  await settle();
  assert.equal(first.call.mayThaw.value, false, 'somebody else reported it');
  first.sockets.last.say('room', calm);
  await settle();
  assert.equal(first.call.mayThaw.value, true, 'there is none');
  const reporting = first.call.moderation.incident(true);
  await settle();
  const { id } = first.sockets.last.lastSaid('incident');
  first.sockets.last.say('room', frozen);
  first.sockets.last.say('incident_noted', { pseudonym: 'K', at: 0, policy: 'p', software: 's' }, id);
  await reporting;
  assert.equal(first.call.mayThaw.value, true);

  const here = world();
  here.tab.setItem('anteroom seat', first.tab.getItem('anteroom seat') ?? '');
  const call = new Call(here.env);
  const resuming = call.resumeIfPossible({ devices: new Devices(here.env) });
  await accept(here);
  here.sockets.last.say('welcome', welcome({ role: 'co-counsellor', phase: 'in', state: /** @type {any} */ (inside({ room: frozen, waiting: [] })) }), 1);
  await resuming;
  assert.equal(call.mayThaw.value, true, 'this page stopped it');
  here.sockets.last.say('room', calm);
  here.sockets.last.say('room', frozen);
  await settle();
  assert.equal(call.mayThaw.value, false, 'the next one is somebody else\'s');
});

test('a tab without a seat', async () => {
  const { env } = world();
  assert.equal(await new Call(env).resumeIfPossible({ devices: new Devices(env) }), false);
});

for (const [code, wasIn, phase, failure] of /** @type {const} */ ([
  ['link_invalid', false, 'failed', 'link_invalid'], ['early', false, 'failed', 'early'], ['link_invalid', true, 'ended', null], ['link_revoked', true, 'removed', null],
])) {
  test(`${code}${wasIn ? ' after one was in' : ''}: ${phase}`, async () => {
    const here = await knock();
    if (wasIn) await admit(here);
    here.api.answer = () => [404, { code }];
    here.sockets.last.fail(4401);
    await here.clock.advance(200);
    await until(() => here.call.phase.value === phase);
    assert.equal(here.call.failure.value, failure);
    assert.equal(here.tab.kept.size, 0);
  });
}

test('held or paused, nothing of a client is sent; a counsellor goes on', async () => {
  const here = await knock();
  await admit(here);
  const [mic] = here.peers.last.transceivers;
  here.sockets.last.say('room', { held: true, paused: false });
  await settle();
  assert.equal(mic.sender.track, null);
  here.sockets.last.say('room', calm);
  await settle();
  assert.equal(mic.sender.track, here.devices.mic.value);
  const other = await knock({ role: 'counsellor', phase: 'in', state: /** @type {any} */ (inside({ room: { held: true, paused: false } })) });
  await settle();
  assert.equal(other.peers.last.transceivers[0].sender.track, other.devices.mic.value);
});

test('a counsellor enters an own room with the room\'s ticket, and every command is its message', async () => {
  const here = world();
  const devices = new Devices(here.env);
  await devices.open('audio');
  const call = new Call(here.env);
  const joining = call.joinRoom('R 1', { lang: 'de', media: 'audio', devices });
  await accept(here);
  assert.equal(here.posted[0].path, '/api/v1/rooms/R%201/ticket');
  here.sockets.last.say('welcome', welcome({ participant: 'b', role: 'counsellor', phase: 'in', state: /** @type {any} */ (inside({ waiting: [] })) }), 1);
  await joining;
  assert.ok(call.moderates.value);
  const { moderation } = call;
  for (const [does, type, body] of /** @type {[() => Promise<void>, string, any][]} */ ([
    [() => moderation.admit('p'), 'admit', { participant: 'p' }], [() => moderation.decline('p'), 'decline', { participant: 'p' }],
    [() => moderation.putBack('p'), 'put_back', { participant: 'p' }], [() => moderation.remove('p'), 'remove', { participant: 'p' }],
    [() => moderation.mute('p', 'audio'), 'mute', { participant: 'p', kind: 'audio' }], [() => moderation.muteAll(), 'mute_all', undefined],
    [() => moderation.hold(true), 'hold', { on: true }], [() => moderation.consult(), 'hold', { on: true, consultation: true }],
    [() => moderation.reserveVideo('p'), 'reserve_video', { participant: 'p' }], [() => call.showToAll(), 'self', { video_reserved: false }], [() => moderation.end(), 'end', undefined],
  ])) {
    const done = does();
    const said = here.sockets.last.lastSaid(type);
    assert.deepEqual(said.body, body);
    here.sockets.last.say('ok', undefined, said.id);
    await done;
  }
});

test('what is shown how large is told once, for publications that exist', async () => {
  const here = await knock();
  await admit(here, { publications: [{ publication: 'u1', participant: 'b', source: 'camera' }] });
  const { call, sockets, clock } = here;
  assert.equal(sockets.last.lastSaid('view'), undefined, 'not before there is a media session');
  sockets.last.say('answer', { generation: 1, sdp: 'v=0' }, sockets.last.lastSaid('offer').id);
  const views = () => sockets.last.said.filter(({ type }) => type === 'view').map(({ body }) => body.views);
  await clock.advance(300);
  for (let width = 100; width < 150; width++) call.setView([{ participant: 'b', source: 'camera', width, height: 90.4 }, { participant: 'c', source: 'camera', width: 5, height: 5 }]);
  await clock.advance(1000);
  assert.deepEqual(views().slice(-2), [[{ publication: 'u1', width: 100, height: 90 }], [{ publication: 'u1', width: 149, height: 90 }]]);
  const told = views().length;
  sockets.last.say('publication', { publication: 'u2', participant: 'c', source: 'camera' });
  await clock.advance(300);
  assert.deepEqual(views()[told], [{ publication: 'u1', width: 149, height: 90 }, { publication: 'u2', width: 5, height: 5 }]);
});

test('what was told of the views while the line broke is told again', async () => {
  const here = await knock();
  await admit(here, { publications: [{ publication: 'u1', participant: 'b', source: 'camera' }] });
  const { call, sockets, clock } = here;
  sockets.last.say('answer', { generation: 1, sdp: 'v=0' }, sockets.last.lastSaid('offer').id);
  await clock.advance(300);
  sockets.last.fail(1006);
  call.setView([{ participant: 'b', source: 'camera', width: 640, height: 360 }]);
  await clock.advance(200);
  await accept(here);
  const publications = [{ publication: 'u1', participant: 'b', source: 'camera' }];
  sockets.last.say('welcome', welcome({ phase: 'in', kept: true, state: /** @type {any} */ (inside({ publications })) }), 1);
  await clock.advance(300);
  assert.deepEqual(sockets.last.lastSaid('view').body.views, [{ publication: 'u1', width: 640, height: 360 }]);
});

test('who hangs up in the moment of being admitted has hung up', async () => {
  const here = await knock();
  const leaving = here.call.leave();
  await admit(here);
  assert.equal(here.peers.all.length, 0);
  here.sockets.last.say('ok', undefined, here.sockets.last.lastSaid('leave').id);
  await leaving;
  assert.equal(here.call.phase.value, 'left');
  here.devices.close();
  assert.equal(here.clock.timers.length, 0);
});

test('a page that goes away while it joins leaves nobody waiting', async () => {
  const here = world();
  const devices = new Devices(here.env);
  const call = new Call(here.env);
  const joining = call.joinWithLink(secret, { lang: 'de', media: 'none', devices });
  await accept(here);
  call.close();
  await joining;
  assert.equal(here.clock.timers.length, 0);
});

test('a phone in a pocket films nothing', async () => {
  const here = world();
  here.env.browser.mobile = true;
  const devices = new Devices(here.env);
  await devices.open('av');
  const call = new Call(here.env);
  void call.joinWithLink(secret, { lang: 'de', media: 'av', devices });
  await accept(here);
  here.sockets.last.say('welcome', welcome({ phase: 'in', state: /** @type {any} */ (inside({})) }), 1);
  await settle();
  here.hide(true);
  await settle();
  assert.equal(devices.cam.value, null);
  assert.equal(call.cam.value.state, 'off');
  here.hide(false);
  await settle();
  assert.equal(call.cam.value.state, 'on');
});

test('blocked sound: told by the page, tried again with a tap', () => {
  const { env } = world();
  const call = new Call(env);
  call.soundRefused();
  assert.equal(call.audioBlocked.value, true);
  call.unlockAudio();
  assert.deepEqual([call.audioBlocked.value, call.unlocks.value], [false, 1]);
});

test('closed: no socket, no connection, no timer', async () => {
  const here = await knock();
  await admit(here);
  here.call.close();
  assert.ok(here.sockets.last.closed);
  assert.ok(here.peers.last.closed);
  here.devices.close();
  assert.equal(here.clock.timers.length, 0);
});

test('a room of 1080 lines: the camera gives them and they are sent; and the usual ones again when the rule changes', async () => {
  const here = await knock();
  await admit(here, { room: { ...calm, lines: 1080 } });
  const { sockets, peers, devices } = here;
  const top = () => {
    const { scaleResolutionDownBy, maxBitrate } = peers.last.transceivers[1].sender.encodings[2];
    return [devices.cam.value?.getSettings().height, scaleResolutionDownBy, maxBitrate];
  };
  assert.deepEqual(top(), [1080, 1, 3_000_000]);
  sockets.last.say('room', calm);
  await settle();
  assert.deepEqual(top(), [720, 1, 1_800_000]);
});

test('who speaks with the microphone off is told, as long as it is off', async () => {
  const here = await knock();
  const { call, clock, devices } = here;
  /** @type {any} */ (devices.level).value = 0.6;
  await clock.advance(3000);
  assert.equal(call.talking.value, false, 'nobody hears anybody in the waiting room');
  await admit(here);
  await clock.advance(3000);
  assert.equal(call.talking.value, false);
  void call.setMic(false);
  await clock.advance(1200);
  assert.equal(call.talking.value, true);
  void call.setMic(true);
  await settle();
  here.sockets.last.say('ok', undefined, here.sockets.last.lastSaid('self').id);
  await settle();
  assert.deepEqual([call.mic.value.state, call.talking.value], ['on', false]);
});
