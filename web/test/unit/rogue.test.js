/* A server that does what it likes with a sealed call: whole pages, from sender to receiver, and it between them. Nothing false is shown, and when it stops the call goes on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Seat } from '../../static/call/seat.js';
import { Secrecy } from '../../static/call/secrecy.js';
import { newLinkSecret, newRoomSecret, sealLink } from '../../static/e2ee/keys.js';
import { settle, world } from './fakes.js';

/** @typedef {{ data: ArrayBuffer, type?: 'key' | 'delta' }} Frame */

let made = 0;

/** A worker of one's own in this process: its code is loaded once for each. */
function workerOf() {
  const scope = { postMessage: (/** @type {any} */ message) => queueMicrotask(() => page.onmessage?.({ data: structuredClone(message) })), onmessage: /** @type {any} */ (null) };
  const page = { onmessage: /** @type {any} */ (null), postMessage: (/** @type {any} */ message) => waiting.then(() => scope.onmessage({ data: message.type === 'streams' ? message : structuredClone(message) })), terminate: () => clearInterval(timer) };
  /** @type {any} */
  let timer = null;
  const every = globalThis.setInterval;
  /** @type {any} */ (globalThis).self = scope;
  /** @type {any} */ (globalThis).setInterval = (/** @type {any[]} */ ...args) => (timer = /** @type {any} */ (every)(...args).unref());
  const waiting = import(`../../static/e2ee/worker.js?${++made}`).then(() => void (globalThis.setInterval = every));
  return { page, waiting };
}

/** A sender or receiver: what is put into it, and what came out. */
function end() {
  const [into, out] = [new TransformStream(), new TransformStream()];
  const writer = into.writable.getWriter();
  const reader = out.readable.getReader();
  /** @type {Frame[]} */
  const came = [];
  void (async () => {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      came.push(value);
    }
  })();
  return {
    createEncodedStreams: () => ({ readable: into.readable, writable: out.writable }),
    getStats: async () => new Map(), put: (/** @type {Frame} */ frame) => writer.write(frame), came,
  };
}

const text = (/** @type {string} */ words) => new TextEncoder().encode(words).buffer;
const wordsOf = (/** @type {Frame} */ frame) => new TextDecoder().decode(frame.data);

/** Somebody's page: a microphone, and an ear for each of the others. */
class Page {
  mic = end();
  /** @type {Map<string, { ear: ReturnType<typeof end>, expect: any }>} */ ears = new Map();
  /** @type {any} */ lock = null;
  /** @type {any} */ secrecy = null;
  /** @type {any} */ sealer = null;
  /** @type {string | undefined} */ sealed_link;
  said = 0;

  /** @param {Rogue} server @param {string} participant @param {string} role */
  constructor(server, participant, role) {
    this.server = server;
    this.participant = participant;
    this.role = role;
    this.person = role === 'client' ? `person of ${participant}` : undefined;
    this.here = world();
  }

  async begin() {
    const { page, waiting } = workerOf();
    await waiting;
    this.here.env.transforms = /** @type {any} */ ({ worker: () => page, RTCRtpScriptTransform: undefined, RTCRtpSender: class { createEncodedStreams() {} } });
    const { secret } = this.server;
    const link = newLinkSecret();
    if (this.person) this.sealed_link = await sealLink(secret, this.role, link);
    const seat = await Seat.take(this.here.env, 'link', /** @type {any} */ ({ ...(this.person ? { link } : { room: 'r' }), lang: 'de', media: 'av' }));
    this.secrecy = await Secrecy.of(this.here.env, seat, this.person ? null : secret, {
      relay: (to, sealed) => this.server.relay({ from: this.participant, to, sealed }),
      onThrough: (through) => void (this.sealer = through),
      onLock: (lock) => (this.lock = lock),
      onPeople() {},
      onWords: () => {},
    });
    this.secrecy.begin(this);
    this.sealer.seal(/** @type {any} */ (this.mic), 'microphone');
    return this;
  }

  get seat() {
    return { participant: this.participant, role: this.role, person: this.person, sealed_link: this.sealed_link, identity: this.server.identities.get(this.participant) ?? this.secrecy.identity };
  }

  /** @param {string} participant */
  hears(participant) {
    const known = this.ears.get(participant);
    if (known) return known;
    const ear = end();
    const { expect } = this.sealer.open(/** @type {any} */ (ear), 'audio');
    expect(participant);
    const made = { ear, expect };
    this.ears.set(participant, made);
    return made;
  }

  /** Says something; what the microphone gives to the network. @returns {Promise<Frame | null>} */
  async speak(words = `word ${++this.said} of ${this.participant}`) {
    const before = this.mic.came.length;
    await this.mic.put({ data: text(words) });
    for (let n = 0; n < 50 && this.mic.came.length === before; n++) await new Promise((done) => setTimeout(done, 1));
    return this.mic.came[before] ?? null;
  }

  /** What came out at the ear for somebody, in words. @param {string} participant */
  heard = (participant) => this.hears(participant).ear.came.map(wordsOf);
}

class Rogue {
  secret = newRoomSecret();
  /** @type {Map<string, Page>} */ pages = new Map();
  /** What the server says somebody's identity is. @type {Map<string, string>} */ identities = new Map();
  /** @type {{ from: string, to: string, sealed: string }[]} */ queue = [];
  /** What becomes of a message. @type {(message: { from: string, to: string, sealed: string }) => { from: string, to: string, sealed: string }[]} */
  hands = (message) => [message];
  /** @type {{ from: string, to: string, sealed: string }[]} */ kept = [];

  /** @param {{ from: string, to: string, sealed: string }} message */
  relay(message) {
    this.kept.push(message);
    this.queue.push(message);
  }

  /** @param {string} participant @param {string} [role] */
  async page(participant, role = 'client') {
    const page = await new Page(this, participant, role).begin();
    this.pages.set(participant, page);
    return page;
  }

  /** Who is in, as the server says; everybody, if nobody is named. @param {...any} seats */
  members(...seats) {
    const all = seats.length ? seats : [...this.pages.values()].map(({ seat }) => seat);
    for (const page of this.pages.values()) {
      const others = all.filter(({ participant }) => participant !== page.participant);
      page.secrecy.learn(others);
      page.secrecy.members(others);
    }
  }

  /** @param {number} ms */
  async pass(ms) {
    for (let at = 0; at < ms; at += 100) {
      for (const { here } of this.pages.values()) await here.clock.advance(100);
      for (let idle = 0; idle < 3; idle++) {
        await settle();
        for (const message of this.queue.splice(0).flatMap((one) => this.hands(one))) this.pages.get(message.to)?.secrecy.hear(message);
      }
    }
  }

  /** @param {() => unknown} so @param {string} what */
  async until(so, what) {
    for (const deadline = Date.now() + 10_000; !(await so()); await this.pass(100)) {
      assert.ok(Date.now() < deadline, `never: ${what} (${[...this.pages.values()].map(({ participant, lock }) => `${participant}: ${JSON.stringify(lock)}`).join(', ')})`);
    }
  }

  /** Whether what one says comes out at the other. @param {Page} one @param {Page} other */
  async understands(one, other) {
    const frame = await one.speak();
    if (!frame) return false;
    await other.hears(one.participant).ear.put(frame);
    const heard = () => other.heard(one.participant).includes(`word ${one.said} of ${one.participant}`);
    for (let n = 0; n < 50 && !heard(); n++) await new Promise((done) => setTimeout(done, 2));
    return heard();
  }

  close() {
    for (const { secrecy } of this.pages.values()) secrecy.close();
  }
}

/** Ada and Ben, who understand each other. */
async function call() {
  const server = new Rogue();
  const [ada, ben] = [await server.page('ada', 'counsellor'), await server.page('ben')];
  ada.secrecy.admit(ben.seat);
  server.members();
  await server.until(() => ada.lock.state === 'protected' && ben.lock.state === 'protected', 'the call is protected');
  await server.until(() => server.understands(ada, ben), 'ben understands ada');
  await server.until(() => server.understands(ben, ada), 'ada understands ben');
  return { server, ada, ben };
}

test('frames in clear, changed, repeated or of somebody else are not heard; what is genuine is, in any order', async () => {
  const { server, ada, ben } = await call();
  const at = ben.hears('ada').ear;
  const before = at.came.length;
  await at.put({ data: text('in clear, and long enough to be a sealed frame of sound') });
  await at.put({ data: text('x') });
  const frames = [await ada.speak('one'), await ada.speak('two'), await ada.speak('three')];
  const copy = (/** @type {Frame | null} */ frame) => ({ data: /** @type {Frame} */ (frame).data.slice(0) });
  for (let bit = 0; bit < 8 * /** @type {Frame} */ (frames[0]).data.byteLength; bit += 7) {
    const changed = copy(frames[0]);
    new Uint8Array(changed.data)[bit >> 3] ^= 1 << (bit & 7);
    await at.put(changed);
  }
  // Ben's own, and as if they were of a camera.
  await at.put(copy(await ben.speak('my own')));
  // So much garbage is not looked at any more before the second is over, of the worker's own clock.
  await new Promise((done) => setTimeout(done, 1_100));
  for (const frame of [frames[2], frames[0], frames[0], frames[1], frames[2], frames[1]]) await at.put(copy(frame));
  await server.until(() => at.came.length >= before + 3, 'the genuine ones are heard');
  // What comes after all of these is heard after them.
  assert.ok(await server.understands(ada, ben));
  assert.deepEqual(at.came.slice(before, -1).map(wordsOf), ['three', 'one', 'two']);
  server.close();
});

test('somebody whom the server brings in is shown as unknown, gets no key and is not heard, whatever he shows', async () => {
  const { server, ada, ben } = await call();
  const eve = await server.page('eve');
  const ghosts = [eve.seat, { ...eve.seat, role: 'counsellor' }, { ...eve.seat, person: ben.person }, { ...eve.seat, identity: ben.secrecy.identity }];
  for (const ghost of ghosts) {
    server.members(ada.seat, ben.seat, ghost);
    await server.pass(1_500);
    for (const page of [ada, ben]) {
      assert.notEqual(page.lock.state, 'protected', JSON.stringify(ghost.role));
      assert.equal(await server.understands(page, eve), false);
      assert.equal(await server.understands(eve, page), false);
    }
    assert.ok(await server.understands(ada, ben));
  }
  server.members(ada.seat, ben.seat);
  await server.until(() => ada.lock.state === 'protected' && ben.lock.state === 'protected', 'it is as before');
  server.close();
});

test('without messages nobody is called protected, and the call recovers; old ones said again change nothing', async () => {
  const { server, ada, ben } = await call();
  const old = [...server.kept];
  const cem = await server.page('cem');
  server.hands = () => [];
  ada.secrecy.admit(cem.seat);
  server.members();
  await server.pass(3_000);
  assert.equal(ada.lock.state, 'pending');
  assert.ok(ada.lock.who.includes('cem'));
  assert.equal(await server.understands(ada, cem), false);
  server.hands = (message) => [message];
  for (const message of old) server.pages.get(message.to)?.secrecy.hear(message);
  await server.until(() => [ada, ben, cem].every(({ lock }) => lock.state === 'protected'), 'all are protected');
  for (const [one, other] of [[ada, ben], [ben, cem], [cem, ada], [ada, cem]]) await server.until(() => server.understands(one, other), `${other.participant} understands ${one.participant}`);
  server.close();
});

test('an identity that the server takes away, or exchanges, takes the key with it; nothing goes plainly', async () => {
  const { server, ada, ben } = await call();
  server.identities.set('ben', '');
  server.members();
  await server.until(() => ada.lock.state === 'pending', 'ada sees it');
  assert.equal(typeof ada.sealer.seal, 'function', 'what is sent is sealed all the same');
  const frame = await ada.speak('for nobody');
  assert.ok(!frame || !wordsOf(frame).includes('nobody'));
  const eve = await server.page('eve');
  server.identities.set('ben', eve.secrecy.identity);
  server.members(ada.seat, ben.seat);
  await server.pass(1_500);
  assert.notEqual(ada.lock.state, 'protected');
  assert.equal(await server.understands(ada, eve), false);
  server.identities.clear();
  server.members(ada.seat, ben.seat);
  await server.until(() => ada.lock.state === 'protected', 'it is as before');
  await server.until(() => server.understands(ada, ben), 'ben understands ada');
  server.close();
});

test('who was removed opens nothing that follows, and what he seals with old keys is not heard', async () => {
  const { server, ada, ben } = await call();
  const cem = await server.page('cem');
  ada.secrecy.admit(cem.seat);
  server.members();
  await server.until(() => [ada, ben, cem].every(({ lock }) => lock.state === 'protected'), 'all are protected');
  await server.until(() => server.understands(cem, ben), 'ben understands cem');
  const kept = await cem.speak('kept for later');
  ada.secrecy.dismiss('cem');
  // The server goes on as if nothing had been.
  for (const [name, page] of Object.entries({ ada, ben })) await server.until(async () => !(await server.understands(page, cem)), `cem no longer understands ${name}`);
  await server.pass(1_500);
  assert.equal(await server.understands(ada, cem), false);
  assert.equal(await server.understands(ben, cem), false);
  const before = ben.hears('cem').ear.came.length;
  await ben.hears('cem').ear.put(/** @type {Frame} */ (kept));
  assert.equal(await server.understands(cem, ben), false);
  assert.equal(ben.hears('cem').ear.came.length, before);
  assert.ok(await server.understands(ada, ben));
  server.close();
});
