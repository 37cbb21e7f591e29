/* Two who are alone: when the connection to the other browser is played, when it gives way, and in which order what is said of it is done. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Direct } from '../../static/call/direct.js';
import { Pairing } from '../../static/call/pairing.js';
import { Sealer } from '../../static/e2ee/sealer.js';
import { PeerConnection, report, settle, Stream, Track, world } from './fakes.js';

/** A connection between two browsers. */
class DirectConnection extends PeerConnection {
  signalingState = 'stable';
  /** @type {any} */ localDescription = null;
  /** @type {any[]} */ candidates = [];
  /** @type {any[]} */ descriptions = [];
  counts = { sound: 0, frames: 0, samples: 0, madeUp: 0 };
  pulse = { readyState: 'connecting', sent: 0, said: '', send: (/** @type {string} */ said) => void [this.pulse.sent++, this.pulse.said = said], onmessage: (/** @type {{ data: string }} */ _) => {} };

  /** @param {any} configuration */
  constructor(configuration) {
    super(configuration);
    this.configuration = configuration;
  }

  createDataChannel() {
    return this.pulse;
  }

  getTransceivers() {
    return this.transceivers;
  }

  /** @param {any} options */
  async createOffer(options) {
    this.offers.push(options);
    return { type: 'offer', sdp: 'v=0\r\na=candidate:1 1 udp 1 10.0.0.7 5 typ host\r\n' };
  }

  /** @param {any} [description] */
  async setLocalDescription(description = { type: 'answer', sdp: 'v=0\r\n' }) {
    this.localDescription = description;
    this.signalingState = description.type === 'offer' ? 'have-local-offer' : 'stable';
  }

  /** @param {any} description */
  async setRemoteDescription(description) {
    this.descriptions.push(description);
    this.signalingState = description.type === 'offer' ? 'have-remote-offer' : 'stable';
    if (description.type === 'offer' && this.transceivers.length === 0) for (const kind of /** @type {const} */ (['audio', 'video'])) this.addTransceiver(kind, { direction: 'recvonly' });
  }

  /** @param {any} candidate */
  async addIceCandidate(candidate) {
    this.candidates.push(candidate);
  }

  async getStats() {
    return report({ type: 'inbound-rtp', kind: 'audio', packetsReceived: this.counts.sound, totalSamplesReceived: this.counts.samples, concealedSamples: this.counts.madeUp + 9, silentConcealedSamples: 9 }, { type: 'inbound-rtp', kind: 'video', framesDecoded: this.counts.frames });
  }

  /** Media, and the other's word that he is there. */
  flow() {
    this.pulse.readyState = 'open';
    this.pulse.onmessage({ data: '.' });
    this.counts.sound += 25;
    this.counts.frames += 5;
  }
}

function setUp({ offers = true, mode = /** @type {'relay' | 'direct'} */ ('relay'), expected = { audio: true, video: true } } = {}) {
  const { env, clock } = world();
  /** @type {DirectConnection[]} */
  const made = [];
  env.RTCPeerConnection = /** @type {any} */ (class extends DirectConnection {
    constructor(/** @type {any} */ configuration) {
      super(configuration);
      made.push(this);
    }
  });
  const server = [new Track('audio'), new Track('video')];
  const stream = new Stream([...server]);
  const seen = {
    said: /** @type {any[]} */ ([]), rests: /** @type {boolean[]} */ ([]), shown: /** @type {any} */ (null), wanted: true, heard: 0,
    streams: /** @type {Map<string, any>} */ (new Map([['b', stream]])),
  };
  const sealer = new Sealer({ ...env.transforms, setTimeout: clock.setTimeout, clearTimeout: clock.clearTimeout }, { onSpent() {}, onUnknown() {}, onCounts() {}, onBreach() {} });
  // Its own watch over what is sent has nothing to do here.
  sealer.close();
  /** @type {import('../../static/call/direct.js').Surroundings} */
  const around = {
    say: async (type, body) => void seen.said.push({ type, ...body }),
    stream: (participant) => seen.streams.get(participant) ?? null,
    heard: async () => seen.heard,
    expected: () => expected,
    wanted: () => seen.wanted,
    bounds: () => ({ saver: false, height: 720 }),
    rest: (rests) => void seen.rests.push(rests),
    onShown: (shown) => (seen.shown = shown),
    sealer: () => sealer,
  };
  const begun = { pair: '7', participant: 'b', offers, mode, relays: [{ urls: ['turn:203.0.113.7:3478?transport=udp', 'turns:talk.example:443?transport=tcp'], username: 'u', credential: 'c' }] };
  const tracks = { mic: /** @type {any} */ (new Track('audio')), cam: /** @type {any} */ (new Track('video')) };
  return { env, clock, made, server, stream, seen, around, begun, tracks, sealer };
}

/** Two lists of the very same tracks. @param {any[]} these @param {any[]} those */
const same = (these, those) => these.length === those.length && these.every((track, i) => track === those[i]);

/** One that plays. */
async function playing(options = {}) {
  const w = setUp(options);
  const direct = new Direct(w.env, w.begun, w.around, w.tracks, w.sealer);
  await direct.begin();
  await settle();
  const [pc] = w.made;
  pc.become('connected');
  pc.flow();
  await w.clock.advance(150);
  return { ...w, direct, pc };
}

test('under relay the browser gathers nothing else, and the offer goes out without candidates', async () => {
  const { env, begun, around, tracks, made, seen } = setUp();
  const direct = new Direct(env, begun, around, tracks, around.sealer());
  await direct.begin();
  await settle();
  assert.equal(made[0].configuration.iceTransportPolicy, 'relay');
  assert.deepEqual(seen.said, [{ type: 'pair_signal', pair: '7', description: { type: 'offer', sdp: 'v=0\r\n' } }]);
  assert.deepEqual(made[0].transceivers.map(({ sender }) => sender.track), [tracks.mic, tracks.cam]);
  direct.end(false);
  assert.ok(made[0].closed);
});

/** @param {DirectConnection} pc */
const asked = (pc) => pc.configuration.iceServers.flatMap((/** @type {any} */ { urls, username }) => urls.map((/** @type {string} */ url) => `${username} ${url}`));
const overUDP = ['u turn:203.0.113.7:3478?transport=udp'];
const overAll = [...overUDP, 'u turns:talk.example:443?transport=tcp'];

test('relays over TLS are asked for when those over UDP have led nowhere for a second and a half, by both sides', async () => {
  const { env, clock, begun, around, tracks, made } = setUp();
  const direct = new Direct(env, begun, around, tracks, around.sealer());
  await direct.begin();
  await settle();
  assert.deepEqual(asked(made[0]), overUDP);
  await clock.advance(1_400);
  assert.deepEqual([asked(made[0]), made[0].offers.length], [overUDP, 1]);
  await clock.advance(200);
  assert.deepEqual([asked(made[0]), made[0].offers.at(-1)], [overAll, { iceRestart: true }]);
  made[0].become('connected');
  made[0].become('failed');
  await clock.advance(0);
  assert.deepEqual(asked(made[0]), overUDP, 'each new way is looked for over UDP first');
  direct.end(false);
  assert.equal(clock.timers.length, 0);

  const other = setUp({ offers: false });
  const answers = new Direct(other.env, other.begun, other.around, other.tracks, other.sealer);
  await answers.begin();
  const offer = { description: /** @type {const} */ ({ type: 'offer', sdp: 'v=0\r\n' }) };
  await answers.hear(offer);
  assert.deepEqual(asked(other.made[0]), overUDP);
  await other.clock.advance(1_500);
  await answers.hear(offer);
  assert.deepEqual(asked(other.made[0]), overAll);
  other.made[0].become('connected');
  await answers.hear(offer);
  assert.deepEqual(asked(other.made[0]), overUDP);
  answers.end(false);
});

test('a way that stands in time is not widened', async () => {
  const { env, clock, begun, around, tracks, made } = setUp();
  const direct = new Direct(env, begun, around, tracks, around.sealer());
  await direct.begin();
  await settle();
  made[0].become('connected');
  await clock.advance(3_000);
  assert.deepEqual([asked(made[0]), made[0].offers.length], [overUDP, 1]);
  direct.end(false);
});

test('who does not offer answers, and candidates that came first wait for the description', async () => {
  const { env, begun, around, tracks, made, seen } = setUp({ offers: false, mode: 'direct' });
  const direct = new Direct(env, begun, around, tracks, around.sealer());
  await direct.begin();
  await direct.hear({ candidates: [{ candidate: 'candidate:1', mid: '0' }] });
  assert.deepEqual(made[0].candidates, []);
  await direct.hear({ description: { type: 'offer', sdp: 'v=0\r\n' } });
  await direct.hear({ candidates: [{ candidate: 'candidate:2', mid: '0' }] });
  assert.deepEqual(made[0].candidates.map(({ candidate }) => candidate), ['candidate:1', 'candidate:2']);
  assert.equal(made[0].configuration.iceTransportPolicy, 'all');
  assert.deepEqual(seen.said.map(({ description }) => description.type), ['answer']);
  assert.deepEqual(made[0].transceivers.map(({ direction, sender }) => [direction, sender.track]), [['sendrecv', tracks.mic], ['sendrecv', tracks.cam]]);
  direct.end(false);
});

test('nothing is replaced before sound and picture have come; then the tracks change places in the same stream, and the other is told', async () => {
  const { env, clock, begun, around, tracks, made, seen, stream, server } = setUp();
  const direct = new Direct(env, begun, around, tracks, around.sealer());
  await direct.begin();
  await settle();
  const [pc] = made;
  pc.become('connected');
  pc.counts.sound = 25;
  pc.pulse.onmessage({ data: '.' });
  await clock.advance(300);
  assert.ok(same(stream.tracks, server));
  pc.counts.frames = 1;
  await clock.advance(150);
  assert.ok(same(stream.tracks, pc.transceivers.map(({ receiver }) => receiver.track)));
  assert.deepEqual(seen.shown, { participant: 'b', pictured: true });
  assert.deepEqual(seen.said.at(-1), { type: 'pair_shown', pair: '7', shown: true });
  assert.deepEqual(seen.rests, []);
  direct.peerShows(true);
  assert.deepEqual(seen.rests, [true]);
  direct.end(false);
  assert.ok(same(stream.tracks, server));
  assert.deepEqual([seen.shown, seen.rests.at(-1), pc.closed], [null, false, true]);
});

test('who has neither sound nor picture on is not waited for', async () => {
  const { seen, direct } = await playing({ expected: { audio: false, video: false } });
  assert.equal(seen.shown.participant, 'b');
  direct.end(false);
});

/** A call on the direct way in which the other's word comes twice a second, and `flow` of sound with it. @param {any} [given] */
async function beating(given) {
  const world = await playing(given);
  /** @param {number} seconds @param {{ sound?: number, samples?: number, madeUp?: number }} flow a second */
  const beat = async (seconds, flow) => {
    for (let i = 0; i < 2 * seconds; i++) {
      for (const [what, count] of Object.entries(flow)) /** @type {any} */ (world.pc.counts)[what] += count / 2;
      world.pc.pulse.onmessage({ data: '.' });
      await world.clock.advance(500);
    }
  };
  return { ...world, beat };
}

test('a line that lets beats through and no sound gives way to the server after three seconds; of a microphone that is off none is due', async () => {
  const expected = { audio: true, video: true };
  const { seen, beat, direct } = await beating({ expected });
  await beat(10, { sound: 2 });
  assert.ok(seen.shown, 'two packets a second are silence');
  expected.audio = false;
  await beat(10, {});
  assert.ok(seen.shown);
  expected.audio = true;
  await beat(4, {});
  assert.equal(seen.shown, null);
  direct.end(false);
});

test('of which most is made up is no sound', async () => {
  const { seen, beat, direct } = await beating();
  await beat(10, { sound: 20, samples: 48_000, madeUp: 20_000 });
  assert.ok(seen.shown);
  await beat(6, { sound: 7, samples: 48_000, madeUp: 40_000 });
  assert.equal(seen.shown, null);
  direct.end(false);
});

test('how the line is says this way only while the other plays it', async () => {
  const { direct } = await playing();
  assert.equal(direct.stats(), null);
  direct.peerShows(true);
  assert.ok(direct.stats());
  direct.peerShows(false);
  assert.equal(direct.stats(), null);
  direct.end(false);
});

test('one and a half seconds without the other give way to the server, and five pass before it is tried again', async () => {
  const { clock, seen, stream, server, pc, direct } = await playing();
  for (let i = 0; i < 10; i++) {
    pc.flow();
    await clock.advance(500);
  }
  assert.ok(seen.shown);
  assert.ok(pc.pulse.sent >= 10);
  await clock.advance(2_100);
  assert.equal(seen.shown, null);
  assert.ok(same(stream.tracks, server));
  assert.deepEqual(seen.said.filter(({ type }) => type === 'pair_shown').map(({ shown }) => shown), [true, false]);
  assert.deepEqual(pc.offers.map(({ iceRestart }) => iceRestart), [false, true]);
  for (let i = 0; i < 8; i++) {
    pc.flow();
    await clock.advance(500);
    assert.equal(seen.shown, null);
  }
  for (let i = 0; i < 4; i++) {
    pc.flow();
    await clock.advance(500);
  }
  assert.ok(seen.shown);
  direct.end(false);
});

test('parted gently, what comes here is played until something comes by the server, for less than a second', async () => {
  for (const comes of [true, false]) {
    const { clock, seen, stream, server, pc, direct } = await playing();
    direct.end(true);
    assert.equal(seen.rests.at(-1), false);
    await clock.advance(200);
    assert.ok(!same(stream.tracks, server));
    if (comes) seen.heard = 25;
    await clock.advance(comes ? 100 : 800);
    assert.ok(same(stream.tracks, server));
    // The other may still play what comes from here.
    assert.equal(pc.closed, !comes);
    await clock.advance(700);
    assert.ok(pc.closed);
  }
});

test('who wants little to come takes the way of the server, which can leave out', async () => {
  const { clock, seen, stream, server, pc, direct, tracks } = await playing();
  const sent = () => pc.transceivers.map(({ sender }) => sender.track);
  direct.peerShows(true);
  seen.wanted = false;
  direct.look();
  assert.ok(same(stream.tracks, server));
  pc.flow();
  await clock.advance(6_000);
  assert.equal(seen.shown, null);
  assert.ok(same(sent(), [tracks.mic, tracks.cam]), 'the other plays it still');
  direct.peerShows(false);
  await settle();
  assert.deepEqual(sent(), [null, null], 'nobody plays it');
  seen.wanted = true;
  direct.look();
  await settle();
  assert.ok(same(sent(), [tracks.mic, tracks.cam]));
  direct.end(false);
});

test('another connection to the server brings another stream', async () => {
  const { seen, stream, server, pc, direct } = await playing();
  const next = new Stream([new Track('audio'), new Track('video')]);
  seen.streams.set('b', next);
  direct.look();
  assert.ok(same(stream.tracks, server));
  assert.ok(same(next.tracks, pc.transceivers.map(({ receiver }) => receiver.track)));
  direct.end(false);
});

test('the pairing does everything in its order, also while it loads, but the end at once', async () => {
  const { env, around, begun } = setUp();
  /** @type {string[]} */
  const done = [];
  class Fake {
    /** @param {any} _env @param {any} of */
    constructor(_env, of) {
      this.pair = of.pair;
      done.push(`new ${of.pair}`);
    }
    begin() { done.push('begin'); }
    again() { done.push('again'); }
    hear() { done.push('hear'); }
    send() { done.push('send'); }
    peerShows() { done.push('shows'); }
    look() {}
    doubt() { done.push('doubt'); }
    /** @param {boolean} gently */
    end(gently) { done.push(`end ${this.pair} ${gently}`); }
  }
  /** @type {(module: any) => void} */
  let loaded = () => {};
  const pairing = new Pairing(env, around, () => new Promise((resolve) => (loaded = resolve)));
  assert.equal(pairing.apply({ type: 'slots', body: {} }), false);
  assert.ok(pairing.apply({ type: 'pair', body: begun }));
  pairing.apply({ type: 'peer_signal', body: { pair: '7' } });
  await settle();
  assert.deepEqual(done, []);
  loaded({ Direct: Fake });
  await settle();
  assert.deepEqual(done.splice(0), ['new 7', 'begin', 'hear']);
  pairing.apply({ type: 'peer_signal', body: { pair: '6' } });
  pairing.apply({ type: 'pair', body: begun });
  pairing.apply({ type: 'peer_shown', body: { pair: '7', shown: true } });
  await settle();
  assert.deepEqual(done.splice(0), ['again', 'shows']);
  pairing.send('screen', null);
  pairing.send('mic', null);
  pairing.enter();
  pairing.apply({ type: 'pair_gone', body: { pair: '6' } });
  pairing.apply({ type: 'pair_gone', body: { pair: '7', gently: true } });
  assert.deepEqual(done.splice(0), ['send', 'doubt', 'end 7 true']);
  await settle();
  // Ended while it loads: it never begins.
  pairing.apply({ type: 'pair', body: { ...begun, pair: '8' } });
  await settle();
  pairing.leave();
  loaded({ Direct: Fake });
  await settle();
  assert.deepEqual(done, []);
});

test('who saves data says so, and is sent nothing on this way until that changes', async () => {
  const { direct, pc, seen, clock, tracks } = await playing();
  const sent = () => pc.transceivers.map(({ sender }) => sender.track);
  await clock.advance(500);
  assert.equal(pc.pulse.said, '.');
  seen.wanted = false;
  await clock.advance(500);
  assert.equal(pc.pulse.said, '-');
  pc.pulse.onmessage({ data: '-' });
  await clock.advance(0);
  assert.deepEqual(sent(), [null, null]);
  assert.deepEqual([seen.rests.at(-1), seen.shown], [false, null], 'what both send goes by the server');
  const other = /** @type {any} */ (new Track('audio'));
  await direct.send('mic', other);
  assert.deepEqual(sent(), [null, null]);
  seen.wanted = true;
  for (let n = 0; n < 1_000; n++) pc.pulse.onmessage({ data: n % 2 ? '-' : '.' });
  pc.pulse.onmessage({ data: '.' });
  await clock.advance(999);
  assert.deepEqual(sent(), [null, null], 'a mind that changes all the time is heeded once a second');
  await clock.advance(1);
  assert.ok(same(sent(), [other, tracks.cam]));
  direct.end(false);
});

test('what one side alone took for dead is rested again when it plays, if the other goes on playing', async () => {
  const { direct, pc, seen, clock } = await playing();
  direct.peerShows(true);
  assert.equal(seen.rests.at(-1), true);
  await clock.advance(3_000);
  assert.deepEqual([seen.shown, seen.rests.at(-1)], [null, false], 'silence');
  for (let n = 0; n < 80 && !seen.shown; n++) {
    pc.flow();
    await clock.advance(100);
  }
  assert.deepEqual([seen.shown?.participant, seen.rests.at(-1)], ['b', true]);
  direct.end(false);
});
