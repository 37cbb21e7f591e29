/* The page's side and the worker together: what goes in at a sender comes out at a receiver, and nothing else does. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { canSeal } from '../../static/e2ee/ability.js';
import { Sealer } from '../../static/e2ee/sealer.js';
import { Clock, report } from './fakes.js';

/** The worker's own scope, in this process: messages are copied and come in their order, as between threads. @type {any} */
const scope = { postMessage: (/** @type {any} */ message) => queueMicrotask(() => page.onmessage({ data: structuredClone(message) })) };
/** What the page holds of it. @type {any} */
const page = {
  onmessage: () => {},
  terminated: false,
  postMessage: (/** @type {any} */ message) => queueMicrotask(() => scope.onmessage({ data: message.type === 'streams' ? message : structuredClone(message) })),
  terminate: () => (page.terminated = true),
};

before(async () => {
  /** @type {any} */ (globalThis).self = scope;
  const every = globalThis.setInterval;
  /** @type {any} */ (globalThis).setInterval = (/** @type {any[]} */ ...args) => /** @type {any} */ (every)(...args).unref();
  await import('../../static/e2ee/worker.js');
  globalThis.setInterval = every;
});
after(() => void delete (/** @type {any} */ (globalThis).self));

/** A sender or receiver of a browser without RTCRtpScriptTransform: what is written into it, and what comes out. */
function end() {
  const [into, out] = [new TransformStream(), new TransformStream()];
  const writer = into.writable.getWriter();
  const reader = out.readable.getReader();
  return {
    /** Bytes. */
    sent: 0,
    createEncodedStreams: () => ({ readable: into.readable, writable: out.writable }),
    getStats() {
      return Promise.resolve(report({ type: 'outbound-rtp', kind: 'audio', packetsSent: 1, bytesSent: this.sent }));
    },
    put: (/** @type {any} */ frame) => writer.write(frame),
    take: async () => (await reader.read()).value,
  };
}
const frameOf = (/** @type {string} */ text) => ({ data: new TextEncoder().encode(text).buffer });
const textOf = (/** @type {any} */ frame) => new TextDecoder().decode(frame.data);

function open() {
  const clock = new Clock();
  /** @type {any[]} */
  const said = [];
  /** @type {Record<number, any>} */
  let counts = {};
  const sealer = new Sealer(/** @type {any} */ ({ worker: () => page, setTimeout: clock.setTimeout, clearTimeout: clock.clearTimeout }), {
    onSpent: () => said.push('spent'), onUnknown: (participant) => said.push(`unknown ${participant}`), onCounts: (now) => (counts = now), onBreach: () => said.push('breach'),
  });
  return { clock, said, sealer, counts: () => counts };
}

const secret = new Uint8Array(32).fill(7);

test('what is sealed at a sender opens at a receiver that expects it; what is in clear, or nobody is expected for, does not', async () => {
  const { sealer, said, clock, counts } = open();
  const [sender, receiver] = [end(), end()];
  sealer.seal(/** @type {any} */ (sender), 'microphone');
  const { id, expect } = sealer.open(/** @type {any} */ (receiver), 'audio');
  await sender.put(frameOf('before there is a key'));
  sealer.frames.begin({ epoch: 3, tag: 77, secret });
  await sender.put(frameOf('one'));
  const unbound = await sender.take();
  assert.ok(!/before|one/.test(textOf(unbound)), 'the one frame that came out is sealed');
  sender.sent = unbound.data.byteLength;
  await receiver.put(unbound);
  expect('ada');
  await sender.put(frameOf('two'));
  const unknown = await sender.take();
  sender.sent += unknown.data.byteLength;
  await receiver.put(unknown);
  sealer.frames.learn('ada', { epoch: 3, tag: 77, secret });
  await receiver.put(frameOf('in clear, and as long as a sealed frame of sound would be'));
  await sender.put(frameOf('three'));
  await receiver.put(await sender.take());
  assert.equal(textOf(await receiver.take()), 'three');
  await clock.advance(1_000);
  assert.deepEqual(counts()[id], { passed: 1, bytes: 5, dropped: { unbound: 1, unknown: 1, foreign: 1 } });
  assert.deepEqual(said, ['unknown ada']);
  assert.equal(sealer.whose(id), 'ada');
  sealer.drop([/** @type {any} */ ({ sender, receiver })]);
  assert.equal(sealer.whose(id), null);
  sealer.close();
  assert.ok(page.terminated);
  assert.equal(clock.timers.length, 0);
});

test('a connection that has sent more than was sealed is told of, once', async () => {
  const { sealer, said, clock } = open();
  const sender = end();
  sealer.seal(/** @type {any} */ (sender), 'microphone');
  sealer.frames.begin({ epoch: 4, tag: 77, secret });
  await sender.put(frameOf('one'));
  sender.sent = (await sender.take()).data.byteLength;
  await clock.advance(3_000);
  assert.deepEqual(said, []);
  sender.sent++;
  await clock.advance(3_000);
  assert.deepEqual(said, ['breach']);
  sealer.close();
});

test('a worker that does not answer any more is a breach', async () => {
  const { sealer, said, clock } = open();
  const sender = end();
  sealer.seal(/** @type {any} */ (sender), 'microphone');
  const { postMessage } = page;
  page.postMessage = () => {};
  await clock.advance(9_000);
  assert.deepEqual(said, []);
  await clock.advance(3_000);
  assert.deepEqual(said, ['breach']);
  page.postMessage = postMessage;
  sealer.close();
});

test('a connection that goes while it is looked at has sent nothing in clear', async () => {
  const { sealer, said, clock } = open();
  const sender = end();
  sealer.seal(/** @type {any} */ (sender), 'microphone');
  sealer.frames.begin({ epoch: 4, tag: 77, secret });
  await sender.put(frameOf('one'));
  const { data } = await sender.take();
  sender.getStats = () => {
    // The browser takes its time, and meanwhile another connection takes the place of this one.
    sealer.drop([/** @type {any} */ ({ sender, receiver: {} })]);
    return Promise.resolve(report({ type: 'outbound-rtp', kind: 'audio', packetsSent: 1, bytesSent: data.byteLength }));
  };
  await clock.advance(3_000);
  assert.deepEqual(said, []);
  sealer.close();
});

test('a browser can seal when it has either kind of transform', () => {
  assert.equal(canSeal({ RTCRtpScriptTransform: undefined, RTCRtpSender: class {} }), false);
  assert.equal(canSeal({ RTCRtpScriptTransform: class {}, RTCRtpSender: undefined }), true);
  assert.equal(canSeal({ RTCRtpScriptTransform: undefined, RTCRtpSender: class { createEncodedStreams() {} } }), true);
});
