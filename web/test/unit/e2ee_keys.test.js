/* Which key seals and opens a frame: no nonce twice, nothing under another's name, nothing twice, and garbage at little cost. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { kinds, sealFrame, takeFrameApart } from '../../static/e2ee/frame.js';
import { OthersKeys } from '../../static/e2ee/others_keys.js';
import { keyIdOf, OwnKeys, partsOfKeyId } from '../../static/e2ee/own_keys.js';
import { putRed, takeRed } from '../../static/e2ee/red.js';
import { deriveFrameKey } from '../../static/e2ee/sframe.js';
import { noCounts, opening, sealing } from '../../static/e2ee/transform.js';
import { Window } from '../../static/e2ee/window.js';

const secret = (/** @type {number} */ n) => new Uint8Array(32).fill(n);
const text = (/** @type {string} */ of) => new TextEncoder().encode(of);

/** Numbers that are the same in each run. @param {number} seed */
function random(seed) {
  let state = seed;
  return (/** @type {number} */ below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test('a key id says whose, of which epoch and which stream', () => {
  for (const parts of [{ tag: 0, epoch: 0, stream: 1 }, { tag: 65_535, epoch: 255, stream: 255 }, { tag: 0x8001, epoch: 7, stream: 3 }]) {
    assert.deepEqual(partsOfKeyId(keyIdOf(parts.tag, parts.epoch, parts.stream)), parts);
  }
});

test('no secret, stream and counter come twice, whatever begins, ends and is made anew', async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const pick = random(seed);
    const used = new Set();
    let secrets = 0;
    // A page that is loaded again has a tag of its own, and secrets of its own.
    for (let load = 0; load < 3; load++) {
      const first = secrets;
      let now = -1;
      const keys = new OwnKeys();
      const streams = [keys.stream()];
      for (let step = 0; step < 400; step++) {
        const what = pick(20);
        // One that was told before, too: nobody is to, and it must not matter.
        if (what === 0) keys.begin({ epoch: pick(256), tag: load, secret: secret((now = now >= first && pick(3) === 0 ? now - pick(Math.min(3, now - first + 1)) : secrets++)) });
        else if (what === 1) keys.end();
        else if (what < 5) streams.push(keys.stream());
        else {
          // Two at once, as two layers of a picture may be.
          const before = now;
          for (const next of await Promise.all([streams[pick(streams.length)].next(), streams[pick(streams.length)].next()])) {
            if (!next) continue;
            const one = `${before} ${partsOfKeyId(next.key.keyId).stream} ${next.counter}`;
            assert.ok(!used.has(one), one);
            used.add(one);
          }
        }
      }
    }
    assert.ok(used.size > 300);
  }
});

test('before the first epoch, after the end, and when the numbers are spent nothing is sealed', async () => {
  let spent = 0;
  const keys = new OwnKeys(() => spent++);
  const early = keys.stream();
  assert.equal(await early.next(), null);
  keys.begin({ epoch: 1, tag: 1, secret: secret(1) });
  assert.ok(await early.next());
  for (let n = 2; n <= 255; n++) assert.ok(await keys.stream().next());
  const late = keys.stream();
  assert.equal(spent, 0);
  assert.equal(await late.next(), null);
  assert.equal(spent, 1);
  keys.begin({ epoch: 2, tag: 1, secret: secret(2) });
  const next = await late.next();
  assert.deepEqual(next && [partsOfKeyId(next.key.keyId), next.counter], [{ tag: 1, epoch: 2, stream: 1 }, 0]);
  keys.end();
  assert.equal(await late.next(), null);
});

test('the window takes each counter once, in any order, and none that is too old', () => {
  const window = new Window();
  const pick = random(7);
  const taken = new Set();
  let highest = -1;
  for (let n = 0; n < 20_000; n++) {
    const counter = Math.max(0, highest + 3 - pick(1_300)) + (pick(500) === 0 ? pick(5_000) : 0);
    const want = !taken.has(counter) && counter > highest - 1_024;
    assert.equal(window.fresh(counter), want);
    assert.equal(window.take(counter), want);
    if (want) taken.add(counter);
    highest = want ? Math.max(highest, counter) : highest;
  }
  assert.ok(taken.size > 1_000);
});

/** Ada seals, Ben opens what he expects of her. */
async function two() {
  const own = new OwnKeys();
  const others = new OthersKeys();
  own.begin({ epoch: 1, tag: 300, secret: secret(1) });
  others.learn('ada', { tag: 300, epoch: 1, secret: secret(1) }, 0);
  const stream = own.stream();
  const sealed = async (/** @type {string} */ content, /** @type {any} */ kind = kinds.microphone) => {
    const next = await stream.next();
    assert.ok(next);
    return sealFrame(next.key, next.counter, kind, text(content));
  };
  /** @param {Uint8Array} frame @param {{ of?: string | null, kind?: any, at?: number }} [expected] */
  const open = async (frame, { of = 'ada', kind = kinds.microphone, at = 0 } = {}) => {
    const result = await others.open(of, kind, frame, at);
    return 'frame' in result ? new TextDecoder().decode(result.frame) : result.dropped;
  };
  return { own, others, sealed, open };
}

test('what is dropped says why', async () => {
  const { others, sealed, open } = await two();
  const one = await sealed('one');
  assert.equal(await open(one), 'one');
  assert.equal(await open(one), 'replayed');
  assert.equal(await open(await sealed('two'), { of: null }), 'unbound');
  assert.equal(await open(await sealed('three'), { of: 'carl' }), 'unknown');
  others.learn('carl', { tag: 301, epoch: 1, secret: secret(1) }, 0);
  assert.equal(await open(await sealed('four'), { of: 'carl' }), 'foreign');
  assert.equal(await open(await sealed('five'), { kind: kinds.sound }), 'forged');
  assert.equal(await open(text('not sealed at all')), 'clear');
  assert.equal(await open(text('hello, this was never sealed, though it is as long as a frame of sound')), 'foreign');
  assert.equal(await open(await sealed('six')), 'six');
});

test("a sender's keys opens nothing under another's name, even with the same tag", async () => {
  const { others, sealed, open } = await two();
  others.learn('carl', { tag: 300, epoch: 1, secret: secret(9) }, 0);
  assert.equal(await open(await sealed('mine'), { of: 'carl' }), 'forged');
});

test('the epoch before opens for five seconds more, and nothing of who was forgotten', async () => {
  const { own, others, sealed, open } = await two();
  const late = [await sealed('late'), await sealed('too late')];
  others.learn('ada', { tag: 300, epoch: 2, secret: secret(2) }, 1_000);
  own.begin({ epoch: 2, tag: 300, secret: secret(2) });
  assert.equal(await open(late[0], { at: 5_999 }), 'late');
  assert.equal(await open(late[1], { at: 6_000 }), 'unknown');
  assert.equal(await open(await sealed('new'), { at: 6_000 }), 'new');
  const heard = await sealed('heard');
  assert.equal(await open(heard, { at: 6_000 }), 'heard');
  others.forget('ada');
  assert.equal(await open(await sealed('gone'), { at: 6_000 }), 'unknown');
  others.learn('ada', { tag: 300, epoch: 2, secret: secret(2) }, 6_000);
  assert.equal(await open(await sealed('here again'), { at: 6_000 }), 'here again');
  assert.equal(await open(heard, { at: 6_000 }), 'replayed', 'what was heard before somebody was away is not heard again');
});

test('a secret that is said twice does not let old frames open again; a page loaded anew is another sender', async () => {
  const { others, sealed, open } = await two();
  const one = await sealed('one');
  assert.equal(await open(one), 'one');
  others.learn('ada', { tag: 300, epoch: 1, secret: secret(1) }, 0);
  assert.equal(await open(one), 'replayed');
  others.learn('ada', { tag: 444, epoch: 1, secret: secret(4) }, 0);
  assert.equal(await open(await sealed('of the page before')), 'foreign');
});

test('the same frame opened twice at once opens once', async () => {
  const { sealed, open } = await two();
  const one = await sealed('one');
  assert.deepEqual((await Promise.all([open(one), open(one)])).sort(), ['one', 'replayed']);
});

test('a million frames of garbage cost few derivations and tries, and what is genuine opens meanwhile and afterwards', async (t) => {
  const { sealed, open } = await two();
  assert.equal(await open(await sealed('before')), 'before');
  const derived = t.mock.method(crypto.subtle, 'deriveKey');
  const tried = t.mock.method(crypto.subtle, 'decrypt');
  const frames = [];
  for (let stream = 2; stream < 256; stream++) frames.push(await sealFrame(await deriveFrameKey(secret(66), keyIdOf(300, 1, stream)), 5, kinds.microphone, text('garbage')));
  derived.mock.resetCalls();
  for (let n = 0; n < 1_000_000; n += frames.length) {
    const at = n / 100_000; // ten seconds' worth of it within ten milliseconds
    for (const frame of frames) await open(frame, { at });
    if (n % (400 * frames.length) === 0) assert.equal(await open(await sealed(`genuine ${n}`), { at }), `genuine ${n}`);
  }
  assert.ok(derived.mock.callCount() <= 8, `${derived.mock.callCount()} derivations`);
  assert.ok(tried.mock.callCount() <= 8 * 20 + 20, `${tried.mock.callCount()} tries`);
  // Under the name of a stream that is in use only whoever stands between can do it, who could as well drop the frames.
  const own = await sealFrame(await deriveFrameKey(secret(66), keyIdOf(300, 1, 1)), 7_777, kinds.microphone, text('garbage'));
  for (let n = 0; n < 1_000; n++) assert.equal(await open(own, { at: 1_500 }), 'forged');
  assert.equal(await open(await sealed('lost'), { at: 1_500 }), 'forged');
  assert.equal(await open(await sealed('after'), { at: 2_500 }), 'after');
});

test('a transform lets nothing through as it came', async () => {
  const own = new OwnKeys();
  const others = new OthersKeys();
  const [out, back] = [noCounts(), noCounts()];
  /** @type {any} */
  const expected = { participant: null, kind: kinds.camera };
  /** @type {[string, number][]} */
  const wanted = [];
  const seal = sealing(own.stream(), kinds.camera, out);
  const open = opening(others, expected, back, { now: () => 0, onUnknown: (participant, epoch) => wanted.push([participant, epoch]) });
  /** @param {(frame: any, controller: any) => any} through @param {any} frame @returns {Promise<any>} null where nothing came out */
  const pass = async (through, frame) => {
    let came = null;
    await through(frame, { enqueue: (/** @type {any} */ one) => (came = one) });
    return came;
  };
  const picture = (/** @type {any} */ more = {}) => ({ type: 'key', data: text('0123456789 and the rest of a picture').buffer, ...more });
  const asText = (/** @type {any} */ frame) => new TextDecoder().decode(frame.data);

  assert.equal(await pass(seal, picture()), null);
  own.begin({ epoch: 1, tag: 5, secret: secret(1) });
  // A codec whose packetizer reads what is sealed, as a server may have chosen it.
  for (const mimeType of ['video/H264', 'video/AV1', 'video/x']) assert.equal(await pass(seal, picture({ getMetadata: () => ({ mimeType }) })), null);
  assert.deepEqual(out, { passed: 0, bytes: 0, dropped: { unready: 4 } });
  Object.assign(out, noCounts());
  assert.equal(await pass(seal, picture({ type: 'delta', getMetadata: () => ({ mimeType: 'video/AV1' }) })), null);
  Object.assign(out, { dropped: { unready: 1 } });
  let bytes = 0;
  const sealed = async (/** @type {any} */ more = {}) => {
    const frame = await pass(seal, picture(more));
    bytes += frame.data.byteLength;
    return frame;
  };
  assert.equal(asText(await sealed()).slice(0, 10), '0123456789');
  assert.equal(asText(await sealed({ type: 'delta' })).slice(0, 1), '0');
  assert.notEqual(asText(await sealed({ getMetadata: () => ({ mimeType: 'video/VP9' }) })).slice(0, 1), '0');
  assert.equal(await pass(seal, { data: new ArrayBuffer(0) }), null, 'what would not be sent is not made something to send');
  assert.deepEqual(out, { passed: 3, bytes, dropped: { unready: 1 } });

  assert.equal(await pass(open, await sealed()), null);
  expected.participant = 'ada';
  assert.equal(await pass(open, await sealed()), null);
  assert.deepEqual(wanted, [['ada', 1]]);
  others.learn('ada', { tag: 5, epoch: 1, secret: secret(1) }, 0);
  assert.equal(asText(await pass(open, await sealed())), '0123456789 and the rest of a picture');
  assert.equal(await pass(open, picture()), null, 'a picture in clear');
  assert.equal(await pass(open, { data: new ArrayBuffer(0) }), null);
  const moved = await sealed();
  const opened = pass(open, moved);
  expected.participant = 'carl';
  assert.equal(await opened, null, 'whose it is to be changed meanwhile');
  assert.equal(back.passed, 1);
  assert.deepEqual({ ...back.dropped, clear: undefined, foreign: undefined }, { unbound: 1, unknown: 1, clear: undefined, foreign: undefined });
  assert.equal(Object.values(back.dropped).reduce((sum, n) => sum + n), 4);
  assert.ok(takeFrameApart(new Uint8Array(moved.data), kinds.camera), 'and it was not changed');
});

test('payloads that carry their past are taken apart and put together as RFC 2198 has them', () => {
  const blocks = [{ type: 111, offset: 1920, data: Uint8Array.of(1, 2) }, { type: 111, offset: 960, data: new Uint8Array(1023).fill(7) }, { type: 111, offset: 0, data: Uint8Array.of(9) }];
  const bytes = putRed(blocks);
  assert.deepEqual([...bytes.slice(0, 9)], [0xef, 1920 >> 6, (1920 & 0x3f) << 2, 2, 0xef, 960 >> 6, ((960 & 0x3f) << 2) | 3, 0xff, 111]);
  assert.deepEqual(takeRed(bytes), blocks);
  assert.deepEqual(takeRed(Uint8Array.of(111)), [{ type: 111, offset: 0, data: new Uint8Array() }]);
  for (const cut of [0, 1, 3, 4, 5, 8, 9, 10, 11, 200]) assert.equal(takeRed(bytes.slice(0, cut)), null, `${cut} bytes`);
  for (let n = 0; n < 2000; n++) takeRed(crypto.getRandomValues(new Uint8Array(n % 40)));
});

test('the past of a packet of sound is sealed once, fills a gap, and is heard once', async () => {
  const own = new OwnKeys();
  const others = new OthersKeys();
  own.begin({ epoch: 1, tag: 5, secret: secret(1) });
  others.learn('ada', { tag: 5, epoch: 1, secret: secret(1) }, 0);
  const [out, back] = [noCounts(), noCounts()];
  const seal = sealing(own.stream(), kinds.microphone, out);
  const open = opening(others, { participant: 'ada', kind: kinds.microphone }, back, { now: () => 0, onUnknown: () => {} });
  const meta = () => ({ mimeType: 'audio/red', payloadType: 63 });
  /** @param {(frame: any, controller: any) => any} through @param {any} frame */
  const pass = async (through, frame) => {
    let came = /** @type {any} */ (null);
    await through(frame, { enqueue: (/** @type {any} */ one) => (came = one) });
    return came;
  };
  const word = (/** @type {number} */ n) => new Uint8Array(text(`word ${n} of many`));
  const sent = [];
  for (let n = 0; n < 6; n++) {
    const past = n === 0 ? [] : [{ type: 111, offset: 960, data: word(n - 1) }];
    const came = await pass(seal, { data: putRed([...past, { type: 111, offset: 0, data: word(n) }]).buffer, getMetadata: meta });
    sent.push(came.data.slice(0));
    const blocks = /** @type {any[]} */ (takeRed(new Uint8Array(came.data)));
    assert.equal(blocks.length, n === 0 ? 1 : 2);
    assert.ok(blocks.every(({ data }) => !new TextDecoder().decode(data).includes('word')));
    // The bytes of before: no number is used for it again.
    if (n > 0) assert.deepEqual(blocks[0].data, /** @type {any[]} */ (takeRed(new Uint8Array(sent[n - 1]))).at(-1).data);
  }
  assert.equal(out.passed, 6);
  const heard = [];
  for (const n of [0, 1, 3, 2, 5, 5]) {
    const came = await pass(open, { data: sent[n].slice(0), getMetadata: meta });
    heard.push(came && /** @type {any[]} */ (takeRed(new Uint8Array(came.data))).map(({ data }) => new TextDecoder().decode(data).slice(5, 6)).join(''));
  }
  // The second came by the third; the fourth, which was lost, by the fifth.
  assert.deepEqual(heard, ['0', '1', '23', null, '45', null]);
  assert.deepEqual({ ...back, bytes: 0 }, { passed: 4, bytes: 0, dropped: { replayed: 2 } });
  // Who does not know the format is given the newest block alone.
  const late = opening(new OthersKeys(), { participant: 'ada', kind: kinds.microphone }, noCounts(), { now: () => 0, onUnknown: () => {} });
  assert.equal(await pass(late, { data: sent[3].slice(0), getMetadata: meta }), null);
  const fresh = new OthersKeys();
  fresh.learn('ada', { tag: 5, epoch: 1, secret: secret(1) }, 0);
  const plain = opening(fresh, { participant: 'ada', kind: kinds.microphone }, noCounts(), { now: () => 0, onUnknown: () => {} });
  const newest = /** @type {any[]} */ (takeRed(new Uint8Array(sent[3]))).at(-1).data;
  assert.deepEqual(new Uint8Array((await pass(plain, { data: newest.slice().buffer, getMetadata: () => ({ mimeType: 'audio/opus' }) })).data), word(3));
  // Garbage in that form is dropped.
  assert.equal(await pass(open, { data: new Uint8Array([0xef, 0, 0, 200, 111]).buffer, getMetadata: meta }), null);
  assert.equal(back.dropped.clear, 1);
});
