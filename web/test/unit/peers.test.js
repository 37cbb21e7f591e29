/* The media connection: what is offered, how it grows, how it is repaired. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Peers } from '../../static/call/peers.js';
import { Refused } from '../../static/call/protocol.js';
import { settle, Track, world } from './fakes.js';

/** @param {{ through?: import('../../static/call/secrecy.js').Through }} [options] */
function setUp({ through = 'plain' } = {}) {
  const { env, clock, peers } = world();
  /** Offers made when a new session stood. @type {number[]} */
  const sessions = [];
  const signaling = {
    isOpen: true,
    doubts: 0,
    doubt: () => void signaling.doubts++,
    /** @type {any[]} */ said: [],
    /** @type {() => Promise<any>} */ reply: async () => ({ sdp: `answer ${signaling.said.length}` }),
    /** @param {string} type @param {any} body */
    async request(type, body) {
      signaling.said.push({ type, body });
      return signaling.reply();
    },
    /** @param {string} type @param {any} body */
    tell(type, body) {
      signaling.said.push({ type, body });
    },
    offers: () => signaling.said.filter(({ type }) => type === 'offer').map(({ body }) => body),
  };
  const media = new Peers(env, signaling, () => void sessions.push(signaling.offers().length));
  media.lead(through);
  return { media, signaling, clock, made: peers, sessions };
}

test('the first offer: microphone, camera and one pair, without candidates', async () => {
  const { media, signaling, made } = setUp();
  media.begin();
  await settle();
  const [offer] = signaling.offers();
  assert.equal(offer.generation, 1);
  assert.deepEqual(offer.lines, [
    { mid: '0', use: 'microphone' }, { mid: '1', use: 'camera' }, { mid: '2', use: 'audio', slot: 0 }, { mid: '3', use: 'video', slot: 0 },
  ]);
  assert.equal(offer.sdp, 'v=0\r\na=mid:0\r\ns=4\r\n');
  assert.deepEqual(made.last.answers, ['answer 1']);
  assert.deepEqual(made.last.transceivers.map(({ direction }) => direction), ['sendonly', 'sendonly', 'recvonly', 'recvonly']);
  assert.deepEqual(made.last.transceivers[1].sender.encodings.map((/** @type {any} */ { rid }) => rid), ['q', 'h', 'f']);
  assert.equal(media.state.value, 'connecting');
  made.last.become('connected');
  assert.equal(media.state.value, 'connected');
});

test('more pairs are offered on the same connection when the server wants them, and acknowledged after', async () => {
  const { media, signaling, made } = setUp();
  media.begin();
  await settle();
  made.last.become('connected');
  await media.onSlots({ seq: 1, pairs: 3, slots: [{ slot: 0, participant: 'a', source: 'camera' }] });
  await settle();
  const [, second] = signaling.offers();
  assert.equal(second.generation, 1);
  assert.equal(second.lines.length, 8);
  assert.equal(made.all.length, 1);
  assert.deepEqual(made.last.offers.map(({ iceRestart }) => iceRestart), [false, false]);
  assert.ok(signaling.said.some(({ type, body }) => type === 'slots_ack' && body.seq === 1));
  assert.equal(media.tiles.value[0].stream, media.tiles.value[0].stream);
  await media.onSlots({ seq: 2, pairs: 64, slots: [] });
  await settle();
  assert.equal(signaling.offers().at(-1).lines.length, 62);
});

test('a new session is told once: at its first answer, and again for the next generation', async () => {
  const { media, clock, made, sessions } = setUp();
  media.begin();
  await media.onSlots({ seq: 1, pairs: 2, slots: [] });
  await settle();
  assert.deepEqual(sessions, [1]);
  made.last.become('failed');
  await clock.advance(300);
  assert.deepEqual(sessions, [1, 3]);
});

test('one offer at a time', async () => {
  const { media, signaling, made } = setUp();
  /** @type {(value: any) => void} */
  let answer = () => {};
  signaling.reply = () => new Promise((resolve) => (answer = resolve));
  media.begin();
  await settle();
  void media.onSlots({ seq: 1, pairs: 2, slots: [] });
  void media.onSlots({ seq: 2, pairs: 3, slots: [] });
  await settle();
  assert.equal(signaling.offers().length, 1);
  answer({ sdp: 'x' });
  await settle();
  assert.equal(signaling.offers().length, 2);
  assert.equal(signaling.offers()[1].lines.length, 8);
  assert.equal(made.all.length, 1);
});

test('a tile keeps its stream while its connection lives', async () => {
  const { media } = setUp();
  media.begin();
  await media.onSlots({ seq: 1, pairs: 1, slots: [{ slot: 0, participant: 'a', source: 'camera' }] });
  const { stream } = media.tiles.value[0];
  await media.onSlots({ seq: 2, pairs: 1, slots: [{ slot: 0, participant: 'b', source: 'camera' }] });
  assert.equal(media.tiles.value[0].stream, stream);
});

test('a camera is fitted to its layers before it is sent, and taken out with replaceTrack alone', async () => {
  const { media, made } = setUp();
  const small = new Track('video', { width: 640, height: 360 });
  const sound = new Track('audio');
  media.sending.send('cam', /** @type {any} */ (small));
  media.begin();
  media.sending.send('mic', /** @type {any} */ (sound));
  await settle();
  const [mic, cam] = made.last.transceivers;
  assert.equal(cam.sender.track, small);
  assert.deepEqual(cam.sender.encodings.map((/** @type {any} */ { active, scaleResolutionDownBy }) => active && scaleResolutionDownBy), [2, 1, false]);
  assert.equal(mic.sender.track, sound);
  media.sending.send('cam', null);
  media.sending.send('mic', null);
  await settle();
  assert.deepEqual([cam.sender.track, mic.sender.track, cam.direction], [null, null, 'sendonly']);
});

test('layers that an answer switched on are switched off again', async () => {
  const { media, signaling, made } = setUp();
  media.sending.send('cam', /** @type {any} */ (new Track('video', { width: 640, height: 360 })));
  media.begin();
  signaling.reply = async () => {
    // As Chromium does when it applies the answer.
    for (const encoding of made.last.transceivers[1].sender.encodings) encoding.active = true;
    return { sdp: 'x' };
  };
  await settle();
  assert.deepEqual(made.last.transceivers[1].sender.encodings.map((/** @type {any} */ { active }) => active), [true, true, false]);
});

test('a disconnection of 1.5 s restarts ICE on the same connection', async () => {
  const { media, signaling, clock, made } = setUp();
  media.begin();
  await settle();
  made.last.become('connected');
  made.last.become('disconnected');
  await clock.advance(1400);
  assert.equal(media.state.value, 'connected');
  made.last.become('connected');
  await clock.advance(2000);
  assert.equal(signaling.offers().length, 1);
  made.last.become('disconnected');
  await clock.advance(1500);
  assert.equal(media.state.value, 'broken');
  assert.equal(signaling.offers().length, 2);
  assert.deepEqual(made.last.offers.at(-1), { iceRestart: true });
  assert.equal(signaling.offers()[1].generation, 1);
  made.last.become('connected');
  assert.equal(media.state.value, 'connected');
  media.close();
  assert.equal(clock.timers.length, 0);
});

test('a connection over which nothing comes for 1.5 s gets new credentials, and the websocket is doubted; what comes again ends it', async () => {
  const { media, signaling, clock, made } = setUp();
  media.begin();
  await settle();
  made.last.become('connected');
  await clock.advance(60_000);
  assert.deepEqual([media.state.value, signaling.offers().length, signaling.doubts], ['connected', 1, 0]);
  made.last.beats = false;
  await clock.advance(1_499);
  assert.equal(media.state.value, 'connected');
  await clock.advance(501);
  assert.deepEqual([media.state.value, signaling.offers().length, signaling.doubts], ['broken', 2, 1]);
  assert.deepEqual(made.last.offers.at(-1), { iceRestart: true });
  await clock.advance(5_000);
  assert.deepEqual([made.all.length, signaling.offers().length, signaling.doubts], [1, 2, 1], 'one repair at a time');
  made.last.beats = true;
  await clock.advance(500);
  assert.equal(media.state.value, 'connected');
  await clock.advance(60_000);
  assert.deepEqual([made.all.length, signaling.offers().length], [1, 2]);
  made.last.beats = false;
  await clock.advance(2_000 + 10_000 + 300);
  assert.equal(made.all.length, 2, 'what it does not mend is made anew');
  media.close();
  assert.equal(clock.timers.length, 0);
});

test('what a restart does not mend is made anew with the next generation, with pauses that grow', async () => {
  const { media, signaling, clock, made } = setUp();
  const track = /** @type {any} */ (new Track('audio'));
  media.sending.send('mic', track);
  media.begin();
  await media.onSlots({ seq: 1, pairs: 2, slots: [] });
  await settle();
  made.last.become('connected');
  made.last.become('failed');
  await settle();
  assert.equal(made.all.length, 1);
  made.last.become('failed');
  await clock.advance(300);
  assert.equal(made.all.length, 2);
  assert.ok(made.all[0].closed);
  assert.equal(signaling.offers().at(-1).generation, 2);
  assert.equal(signaling.offers().at(-1).lines.length, 6, 'as many pairs as before');
  assert.equal(made.last.transceivers[0].sender.track, track);
  assert.deepEqual(media.tiles.value, []);
  made.last.become('failed');
  await clock.advance(599);
  assert.equal(made.all.length, 2);
  await clock.advance(1);
  assert.equal(made.all.length, 3);
  made.all[1].become('connected');
  assert.notEqual(media.state.value, 'connected', 'an old connection has no say');
});

test('what rests sends the silence of the microphone and no picture, and lets go of it afterwards', async () => {
  const { media, made } = setUp();
  const [mic, other] = /** @type {any[]} */ ([new Track('audio'), new Track('audio')]);
  const cam = /** @type {any} */ (new Track('video'));
  media.sending.send('mic', mic);
  media.sending.send('cam', cam);
  media.begin();
  await settle();
  const sent = () => made.last.transceivers.slice(0, 2).map(({ sender }) => sender.track);
  media.sending.rest(true);
  await settle();
  const [silence, picture] = sent();
  assert.deepEqual([silence.kind, silence.enabled, silence === mic, picture], ['audio', false, false, null]);
  media.sending.send('mic', other);
  await settle();
  assert.deepEqual([silence.readyState, sent()[0] === other, sent()[0].enabled], ['ended', false, false]);
  const last = sent()[0];
  media.sending.send('mic', null);
  await settle();
  assert.deepEqual([last.readyState, sent()[0]], ['ended', null], 'who is muted is not even silent');
  media.sending.send('mic', mic);
  await settle();
  const again = sent()[0];
  media.sending.rest(false);
  await settle();
  assert.deepEqual(sent(), [mic, cam]);
  assert.deepEqual([again.readyState, mic.readyState, mic.enabled], ['ended', 'live', true]);
});

test('a connection that does not come to stand within 10 s is made anew', async () => {
  const { media, clock, made } = setUp();
  media.begin();
  await clock.advance(10_300);
  assert.equal(made.all.length, 2);
});

test('a refused offer and an answer that does not fit: the next generation', async () => {
  const { media, signaling, clock, made } = setUp();
  signaling.reply = async () => {
    throw new Refused('wrong_state');
  };
  media.begin();
  await settle();
  signaling.reply = async () => ({ sdp: 'x' });
  await clock.advance(300);
  assert.equal(signaling.offers().at(-1).generation, 2);
  made.last.become('connected');
  made.last.refusal = new Error('InvalidStateError');
  await media.onSlots({ seq: 1, pairs: 2, slots: [] });
  await clock.advance(300);
  assert.equal(signaling.offers().at(-1).generation, 3);
});

test('no offer while the websocket is down; afterwards the kept session goes on with new credentials', async () => {
  const { media, signaling, clock, made } = setUp();
  media.begin();
  await settle();
  made.last.become('connected');
  signaling.isOpen = false;
  made.last.become('disconnected');
  await clock.advance(60_000);
  assert.equal(signaling.offers().length, 1);
  assert.equal(made.all.length, 1);
  signaling.isOpen = true;
  media.resume();
  await settle();
  assert.equal(signaling.offers().length, 2);
  assert.deepEqual(made.last.offers.at(-1), { iceRestart: true });
});

test('a kept session whose media stands is left alone', async () => {
  const { media, signaling, made } = setUp();
  media.begin();
  await settle();
  made.last.become('connected');
  media.resume();
  await settle();
  assert.equal(signaling.offers().length, 1);
});

test('an offer whose reply was lost with the websocket is made again', async () => {
  const { media, signaling, made } = setUp();
  media.begin();
  await settle();
  made.last.become('connected');
  signaling.reply = async () => {
    signaling.isOpen = false;
    throw new Refused('lost');
  };
  await media.onSlots({ seq: 1, pairs: 2, slots: [] });
  await settle();
  signaling.isOpen = true;
  signaling.reply = async () => ({ sdp: 'x' });
  media.resume();
  await settle();
  assert.equal(signaling.offers().length, 3);
  assert.equal(made.all.length, 1);
});

test('a session that the server dropped begins again with a higher generation than before', async () => {
  const { media, signaling, made } = setUp();
  media.begin();
  await settle();
  media.begin();
  await settle();
  assert.deepEqual(signaling.offers().map(({ generation }) => generation), [1, 2]);
  assert.ok(made.all[0].closed);
});

test('closed: no connection, no tile, no timer', async () => {
  const { media, clock, made } = setUp();
  media.begin();
  await settle();
  media.close();
  assert.ok(made.last.closed);
  assert.equal(media.state.value, 'none');
  assert.equal(clock.timers.length, 0);
  await clock.advance(20_000);
  assert.equal(made.all.length, 1);
});

test('what a closed connection never answers holds up no other', async () => {
  const { media, signaling, made } = setUp();
  media.begin();
  await settle();
  // As browsers do with whatever was going on when a connection is closed.
  made.last.createOffer = () => new Promise(() => {});
  made.last.transceivers[0].sender.replaceTrack = () => new Promise(() => {});
  media.sending.send('mic', /** @type {any} */ (new Track('audio')));
  await media.onSlots({ seq: 1, pairs: 2, slots: [] });
  await settle();
  assert.equal(signaling.offers().length, 1);
  media.close();
  media.begin();
  await settle();
  assert.equal(made.all.length, 2);
  assert.equal(signaling.offers().length, 2);
  assert.equal(made.last.answers.length, 1);
  assert.equal(made.last.transceivers[0].sender.track.kind, 'audio');
});

test('an answer for a connection that was replaced meanwhile is not heard', async () => {
  const { media, signaling, made, sessions } = setUp();
  /** @type {(answer: any) => void} */
  let answer = () => {};
  signaling.reply = () => new Promise((resolve) => (answer = resolve));
  media.begin();
  await settle();
  const late = answer;
  media.close();
  media.begin();
  await settle();
  late({ sdp: 'old' });
  await settle();
  assert.deepEqual([made.all[0].answers, made.all[1].answers, sessions], [[], [], []]);
  answer({ sdp: 'new' });
  await settle();
  assert.deepEqual(made.all[1].answers, ['new']);
});

test('of a camera that is off no layer is on, whatever an answer switches on; it comes back with those that are watched', async () => {
  const { media, made, signaling } = setUp();
  const cam = /** @type {any} */ (new Track('video'));
  media.sending.send('cam', cam);
  media.begin();
  await settle();
  const { sender } = made.last.transceivers[1];
  const active = () => sender.encodings.map((/** @type {any} */ one) => one.active);
  media.sending.send('cam', null);
  await settle();
  assert.deepEqual([sender.track, active()], [null, [false, false, false]]);
  signaling.reply = async () => {
    for (const encoding of sender.encodings) encoding.active = true; // as Chromium does when it applies the answer
    return { sdp: 'x' };
  };
  await media.onSlots({ seq: 1, pairs: 2, slots: [] });
  await settle();
  assert.deepEqual(active(), [false, false, false]);
  media.sending.demand('camera', [0, 1]);
  media.sending.send('cam', cam);
  await settle();
  assert.deepEqual(active(), [true, true, false]);
});

test('sound that costs little is agreed on anew, for the microphone alone', async () => {
  const { media, made, signaling } = setUp();
  const line = (/** @type {string} */ mid) => `m=audio 9 UDP/TLS/RTP/SAVPF 63 111\r\nc=IN IP4 0.0.0.0\r\na=mid:${mid}\r\na=rtpmap:63 red/48000/2\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1;usedtx=1\r\n`;
  const sdp = `v=0\r\n${line('0')}m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\n${line('2')}`;
  signaling.reply = async () => ({ sdp });
  media.begin();
  await settle();
  assert.equal(made.last.answers.at(-1), sdp);
  media.thrift(true);
  media.thrift(true);
  await settle();
  assert.equal(made.last.answers.length, 2);
  const [, mic, , other] = (made.last.answers.at(-1) ?? '').split(/(?=^m=)/m);
  assert.equal(mic, 'm=audio 9 UDP/TLS/RTP/SAVPF 111 63\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=rtpmap:63 red/48000/2\r\na=rtpmap:111 opus/48000/2\r\n'
    + 'a=fmtp:111 minptime=10;useinbandfec=1;usedtx=1;maxaveragebitrate=14000\r\na=ptime:60\r\n');
  assert.equal(other, line('2'));
  media.thrift(false);
  await settle();
  assert.equal(made.last.answers.at(-1), sdp);
});

test('a shared screen that nobody watches is not coded, and is at once when somebody does', async () => {
  const { media, made, clock } = setUp();
  media.sending.send('cam', /** @type {any} */ (new Track('video')));
  media.begin();
  await settle();
  const track = /** @type {any} */ (new Track('video'));
  media.sending.send('screen', track);
  await settle();
  const { sender } = made.last.transceivers[4];
  const active = () => sender.encodings.map((/** @type {any} */ one) => one.active ?? true);
  assert.deepEqual(active(), [true], 'before the first word of it');
  media.sending.demand('screen', []);
  await settle();
  assert.deepEqual(active(), [false]);
  assert.equal(sender.track, track, 'the m-line stays as it is');
  assert.deepEqual(made.last.transceivers[1].sender.encodings.map((/** @type {any} */ one) => one.active), [true, true, true], 'the camera has its own demand');
  media.sending.demand('screen', [2]);
  await settle();
  assert.deepEqual(active(), [true]);
  assert.deepEqual([sender.encodings[0].maxBitrate, sender.encodings[0].maxFramerate], [2_000_000, 15]);
  // The next connection knows nothing of it.
  media.sending.demand('screen', []);
  await settle();
  made.last.become('failed');
  await clock.advance(300);
  const next = made.last.transceivers.find((/** @type {any} */ one) => one.sender.track === track);
  assert.ok(next.sender.encodings[0].active ?? true);
});

test('relays are tried after two seconds in which nothing led to the server, once, and with new credentials', async () => {
  const relays = [{ urls: ['turns:example.org:443?transport=tcp'], username: 'u', credential: 'c' }];
  const { media, signaling, clock, made } = setUp();
  media.allow(relays);
  media.begin();
  await clock.advance(1_900);
  assert.equal(made.last.configuration, null);
  await clock.advance(200);
  assert.deepEqual(made.last.configuration, { bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require', iceServers: relays });
  assert.deepEqual(made.last.offers.map(({ iceRestart }) => iceRestart), [false, true]);
  assert.deepEqual(signaling.offers().map(({ generation }) => generation), [1, 1]);
  assert.equal(made.all.length, 1);
  await clock.advance(5_000);
  assert.equal(made.last.offers.length, 2);
});

test('relays are tried with frames sealed too: the wish for transforms is repeated', async () => {
  const relays = [{ urls: ['turns:example.org:443?transport=tcp'], username: 'u', credential: 'c' }];
  const { media, clock, made } = setUp({ through: /** @type {any} */ ({ configuration: { encodedInsertableStreams: true }, seal() {}, open: () => ({ expect() {} }), drop() {} }) });
  media.allow(relays);
  media.begin();
  await clock.advance(2_100);
  assert.deepEqual(made.last.configuration, { bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require', encodedInsertableStreams: true, iceServers: relays });
});

test('who reaches the server, or has no relay, is told of none; after a break they are tried again', async () => {
  const { media, clock, made } = setUp();
  media.begin();
  await clock.advance(3_000);
  assert.equal(made.last.configuration, null);
  media.allow([{ urls: ['turns:example.org:443?transport=tcp'], username: 'u', credential: 'c' }]);
  made.last.iceConnectionState = 'connected'; // DTLS takes its time
  media.close();
  media.begin();
  made.last.iceConnectionState = 'connected';
  await clock.advance(3_000);
  assert.equal(made.last.configuration, null);
  made.last.become('connected');
  made.last.iceConnectionState = 'disconnected';
  made.last.become('disconnected');
  await clock.advance(1_500 + 2_100);
  assert.equal(made.last.configuration.iceServers.length, 1);
});

test('what the server does not take of a connection that stands is asked for again, and the connection stays', async () => {
  const { media, signaling, clock, made } = setUp();
  media.begin();
  await settle();
  made.last.become('connected');
  signaling.reply = async () => {
    throw new Refused('too_fast');
  };
  media.thrift(true);
  await settle();
  assert.deepEqual([made.all.length, media.state.value], [1, 'connected']);
  signaling.reply = async () => ({ sdp: 'x' });
  await clock.advance(3_000);
  assert.deepEqual([made.all.length, made.last.answers.length, signaling.offers().length], [1, 2, 3]);
  signaling.reply = async () => {
    throw new Refused('wrong_state');
  };
  media.thrift(false);
  await clock.advance(300);
  assert.equal(made.all.length, 2, 'a session that the server has lost is another matter');
});

test('a line that falls silent again and again is repaired ever less often; until it stands it is broken', async () => {
  const { media, signaling, clock, made } = setUp();
  media.begin();
  await settle();
  made.last.become('connected');
  const restarts = () => made.all.reduce((sum, { offers }) => sum + offers.filter((/** @type {any} */ offer) => offer.iceRestart).length, 0);
  for (let n = 0; n < 30; n++) {
    made.last.beats = false;
    await clock.advance(1_900);
    made.last.beats = true;
    await clock.advance(600);
  }
  assert.ok(restarts() >= 3 && restarts() <= 9, `${restarts()} repairs in 75 s`);
  assert.equal(signaling.doubts <= 9, true);
  assert.equal(made.all.length, 1);
});

test('one that has stood for a while is repaired at once, however often it breaks', async () => {
  const { media, clock, made } = setUp();
  media.begin();
  await settle();
  made.last.become('connected');
  const restarts = () => made.all.reduce((sum, { offers }) => sum + offers.filter((/** @type {any} */ offer) => offer.iceRestart).length, 0);
  for (let n = 1; n <= 10; n++) {
    await clock.advance(8_000);
    made.last.beats = false;
    await clock.advance(2_000);
    assert.equal(restarts(), n);
    made.last.beats = true;
    await clock.advance(500);
  }
  assert.equal(made.all.length, 1);
});
