/* VP9 with spatial layers: who can, what is sent, and the way there and back in one connection. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { encodingsFor, pausing } from '../../static/call/encodings.js';
import { Peers } from '../../static/call/peers.js';
import { isVP9, svcCodecs } from '../../static/call/svc.js';
import { report, settle, Track, world } from './fakes.js';

const vp8 = { clockRate: 90000, mimeType: 'video/VP8' };
const vp9 = { clockRate: 90000, mimeType: 'video/VP9', sdpFmtpLine: 'profile-id=0' };
const deep = { clockRate: 90000, mimeType: 'video/VP9', sdpFmtpLine: 'profile-id=2' };

/** A strong computer whose browser has these codecs. @param {object[]} [codecs] @param {object} [browser] */
function machine(codecs = [vp8, deep, vp9], browser = {}) {
  const made = world();
  Object.assign(made.env, { RTCRtpReceiver: { getCapabilities: () => ({ codecs }) } });
  Object.assign(made.env.browser, { cores: 8, ...browser });
  return made;
}

test('VP9 is what has 8 bits a sample, said or not', () => {
  assert.ok(isVP9(vp9));
  assert.ok(isVP9({ mimeType: 'video/vp9' }));
  assert.ok(isVP9({ mimeType: 'video/VP9', sdpFmtpLine: 'max-fr=30; profile-id=0;max-fs=3600' }));
  assert.ok(![vp8, deep, { mimeType: 'video/VP9', sdpFmtpLine: 'profile-id=01' }].some(isVP9));
});

test('a strong computer whose browser keeps codec and layers can, and no other', () => {
  assert.deepEqual(svcCodecs(machine().env), { vp8, vp9 });
  for (const [codecs, browser] of /** @type {[object[], object][]} */ ([
    [[vp8, deep], {}], [[vp9], {}], [[], {}], [[vp8, vp9], { cores: 2 }], [[vp8, vp9], { cores: undefined }], [[vp8, vp9], { mobile: true }],
    [[vp8, vp9], { userAgent: 'Mozilla/5.0 (iPad; CPU OS 17_4 like Mac OS X)' }],
  ])) assert.equal(svcCodecs(machine(codecs, browser).env), null, JSON.stringify([codecs, browser]));
  assert.equal(svcCodecs(world().env), null);
});

test('the trial is closed, whatever comes of it', () => {
  const { env, peers } = machine();
  svcCodecs(env);
  const { addTransceiver } = peers.last;
  const prototype = Object.getPrototypeOf(Object.getPrototypeOf(peers.last));
  try {
    // A browser that knows neither leaves both out, or one.
    prototype.addTransceiver = () => ({ sender: { getParameters: () => ({ encodings: [{ active: true }] }) } });
    assert.equal(svcCodecs(env), null);
    prototype.addTransceiver = () => ({ sender: { getParameters: () => ({ encodings: [{ scalabilityMode: 'L3T3_KEY' }] }) } });
    assert.equal(svcCodecs(env), null);
    prototype.addTransceiver = () => {
      throw new Error('NotSupportedError');
    };
    assert.equal(svcCodecs(env), null);
  } finally {
    prototype.addTransceiver = addTransceiver;
  }
  assert.equal(peers.all.length, 4);
  assert.ok(peers.all.every(({ closed }) => closed));
});

/** @param {number} width @param {number} height @param {object} [bounds] */
const stream = (width, height, bounds) => {
  const [first, ...others] = encodingsFor(width, height, { ...bounds, codec: 'vp9' });
  assert.ok(others.every(({ active, scalabilityMode }) => !active && scalabilityMode === undefined));
  const { active, scalabilityMode, scaleResolutionDownBy, maxBitrate } = first;
  return active ? `${scalabilityMode} ${scaleResolutionDownBy} ${maxBitrate}` : 'off';
};

test('one stream has as many layers as the picture is large', () => {
  assert.equal(stream(1280, 720), 'L3T3_KEY 1 1800000');
  assert.equal(stream(1920, 1080), 'L3T3_KEY 1.5 1800000');
  assert.equal(stream(720, 1280), 'L3T3_KEY 1 1800000');
  assert.equal(stream(640, 360), 'L2T3_KEY 1 600000');
  assert.equal(stream(320, 180), 'L1T3 1 600000');
});

test('one stream has no layer above the highest that is wanted, and the others keep their size', () => {
  assert.equal(stream(1280, 720, { demand: [0, 2] }), 'L3T3_KEY 1 1800000');
  assert.equal(stream(1280, 720, { demand: [0, 1] }), 'L2T3_KEY 2 600000');
  assert.equal(stream(1280, 720, { demand: [0] }), 'L1T3 4 160000');
  assert.equal(stream(1280, 720, { demand: [] }), 'off');
  assert.equal(stream(640, 360, { demand: [2] }), 'L2T3_KEY 1 600000');
  assert.equal(stream(1280, 720, { demand: [2], saver: true }), 'L1T3 4 160000');
  assert.equal(stream(1280, 720, { demand: [], saver: true }), 'off');
});

test('layers that are off are marked in an answer, and nothing else is touched', () => {
  const sdp = 'a=rid:q recv\r\na=rid:h recv\r\na=simulcast:recv q;h;f\r\na=x:q;h\r\n';
  assert.equal(pausing(sdp, ['h', 'f']), 'a=rid:q recv\r\na=rid:h recv\r\na=simulcast:recv q;~h;~f\r\na=x:q;h\r\n');
  assert.equal(pausing(sdp, []), sdp);
  assert.equal(pausing('v=0\r\n', ['q']), 'v=0\r\n');
});

/** @param {ReturnType<typeof world>} made */
function connection({ env, peers }) {
  /** @type {any[]} */
  const offers = [];
  const signaling = {
    isOpen: true, tell() {},
    /** @param {string} _ @param {any} body */
    request: async (_, body) => (offers.push(body), { sdp: 'v=0\r\na=simulcast:recv q;h;f\r\n' }),
  };
  const media = new Peers(env, signaling, () => {});
  media.lead('plain');
  media.sending.send('cam', /** @type {any} */ (new Track('video')));
  media.begin();
  const encodings = () => peers.last.transceivers[1].sender.encodings;
  /** What of the camera is sent, by codec and layers. @returns {any[]} */
  const sent = () => encodings().filter((/** @type {any} */ { active }) => active).map((/** @type {any} */ { rid, codec, scalabilityMode }) => [rid, codec?.mimeType, scalabilityMode]);
  return { media, offers, sent, encodings, peers };
}

test('the codec changes in the same connection without an offer, and back', async () => {
  const { media, offers, sent, encodings, peers } = connection(machine());
  await settle();
  assert.equal(offers[0].svc, true);
  assert.deepEqual(sent(), [['q', undefined, undefined], ['h', undefined, undefined], ['f', undefined, undefined]]);
  media.sending.encode('vp9');
  await settle();
  assert.deepEqual(sent(), [['q', 'video/VP9', 'L3T3_KEY']]);
  assert.ok(encodings().every((/** @type {any} */ { codec }) => isVP9(codec)), 'the same codec in all, those that are off too');
  media.sending.demand('camera', [0]);
  await settle();
  assert.deepEqual(sent(), [['q', 'video/VP9', 'L1T3']]);
  media.sending.encode('vp8');
  media.sending.demand('camera', [0, 1, 2]);
  await settle();
  assert.deepEqual(sent(), [['q', 'video/VP8', undefined], ['h', 'video/VP8', undefined], ['f', 'video/VP8', undefined]]);
  assert.equal(offers.length, 1);
  assert.equal(peers.all.filter(({ closed }) => !closed).length, 1);
});

test('an answer in VP9 wakes no other stream; in VP8 it is taken as it came', async () => {
  const { media, sent, peers } = connection(machine());
  await settle();
  assert.match(peers.last.answers[0], /recv q;h;f/);
  media.sending.encode('vp9');
  await media.onSlots({ seq: 1, pairs: 2, slots: [] });
  await settle();
  assert.match(peers.last.answers[1], /recv q;~h;~f/);
  assert.deepEqual(sent(), [['q', 'video/VP9', 'L3T3_KEY']]);
});

test('the next connection begins in VP8, and asks for VP9 again', async () => {
  const made = machine();
  const { media, offers, sent } = connection(made);
  await settle();
  media.sending.encode('vp9');
  await settle();
  made.peers.last.become('failed');
  await made.clock.advance(300);
  assert.equal(offers.at(-1).generation, 2);
  assert.equal(offers.at(-1).svc, true);
  assert.deepEqual(sent().map(([rid]) => rid), ['q', 'h', 'f']);
});

test('whom VP9 strains for ten seconds gives it up in the same connection, and does not take it again', async () => {
  const made = machine();
  const { media, offers, sent, peers } = connection(made);
  await settle();
  peers.last.getStats = async () => report({ type: 'outbound-rtp', kind: 'video', qualityLimitationReason: 'cpu' });
  await made.clock.advance(9_000);
  peers.last.become('connected');
  await made.clock.advance(60_000);
  assert.equal(offers.length, 1, 'in VP8 there is nothing to give up');
  media.sending.encode('vp9');
  await made.clock.advance(9_999);
  assert.equal(offers.length, 1);
  await made.clock.advance(1);
  assert.equal(offers.length, 2);
  assert.equal(offers[1].generation, 1);
  assert.ok(!('svc' in offers[1]));
  media.sending.encode('vp9');
  await made.clock.advance(60_000);
  assert.equal(offers.length, 2);
  assert.deepEqual(sent().map(([, mimeType]) => mimeType), ['video/VP8', 'video/VP8', 'video/VP8']);
  assert.equal(made.clock.timers.length, 1, 'the look for a sign of life');
  peers.last.become('failed');
  await made.clock.advance(10_300);
  assert.ok(!('svc' in offers.at(-1)));
});

test('a connection that is closed is not looked at any more', async () => {
  const made = machine();
  const { media } = connection(made);
  media.sending.encode('vp9');
  media.close();
  assert.equal(made.clock.timers.length, 0);
});

test('who cannot says nothing of it, and goes on in VP8 whatever is asked', async () => {
  const { media, offers, sent } = connection(world());
  await settle();
  assert.ok(!('svc' in offers[0]));
  media.sending.encode('vp9');
  await settle();
  assert.deepEqual(sent(), [['q', undefined, undefined], ['h', undefined, undefined], ['f', undefined, undefined]]);
});

test('a browser that refuses VP9 in the end goes on in VP8, within the same bounds', async () => {
  const { media, sent, peers } = connection(machine());
  await settle();
  const { sender } = peers.last.transceivers[1];
  const { setParameters } = sender;
  sender.setParameters = async (/** @type {any} */ parameters) => {
    if (parameters.encodings[0].codec) throw new Error('OperationError');
    return setParameters(parameters);
  };
  media.sending.encode('vp9');
  media.sending.demand('camera', [0, 1]);
  await settle();
  assert.deepEqual(sent(), [['q', undefined, undefined], ['h', undefined, undefined]]);
});
