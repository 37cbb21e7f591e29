/* The office's page: what was found, and what is to be opened for it; what browsers tell of a way, and what they do not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { probe } from '../../static/office/probe.js';
import { asText, checksOf, inspectedOf, report, together } from '../../static/office/report.js';
import { Survey } from '../../static/office/survey.js';
import { Clock, settle } from './fakes.js';

/** @typedef {import('../../static/office/report.js').Result} Result */
/** @typedef {import('../../static/office/report.js').Kind} Kind */

const origin = 'https://talk.example.org';
const ips = ['203.0.113.7', '2001:db8::7'];
/** @returns {import('../../static/office/nodes.js').Node} a node that takes TLS off itself */
const own = () => ({
  name: 'talk.example.org', url: origin,
  transports: [
    { purpose: 'pages', protocol: 'tcp', port: 443, addresses: ['talk.example.org'], tls: true, needed: 'required' },
    { purpose: 'media', protocol: 'udp', port: 3478, addresses: ips, tls: false, needed: 'better' },
    { purpose: 'media', protocol: 'tcp', port: 443, addresses: ips, tls: false, needed: 'better' },
    { purpose: 'relay', protocol: 'tcp', port: 443, addresses: ['talk.example.org'], tls: true, needed: 'required' },
  ],
});
/** @returns {import('../../static/office/nodes.js').Node} one behind a proxy */
const proxied = () => ({
  name: 'talk.example.org', url: origin,
  transports: [
    { purpose: 'pages', protocol: 'tcp', port: 443, addresses: ['talk.example.org'], tls: true, needed: 'required' },
    { purpose: 'media', protocol: 'udp', port: 3478, addresses: ips, tls: false, needed: 'better' },
    { purpose: 'media', protocol: 'tcp', port: 3478, addresses: ips, tls: false, needed: 'required' },
  ],
});

/** @param {import('../../static/office/nodes.js').Node} node @param {Partial<Record<Kind, Result>>} found what does not work */
function judged(node, found) {
  const checks = checksOf([node], origin);
  const results = Object.fromEntries(checks.map(({ key, kind }) => [key, found[kind] ?? 'works']));
  const { verdict, untested, openings } = report(checks, results);
  const rules = openings.map(({ protocol, port, hosts, kinds, required, inspected }) => [`${protocol} ${port}`, hosts.join(' '), kinds.join(' '), required && 'required', inspected && 'inspected'].filter(Boolean).join(', '));
  return { verdict, untested, rules };
}

const name = 'talk.example.org';
const addresses = ips.join(' ');
const cases = /** @type {[string, ReturnType<typeof own>, Partial<Record<Kind, Result>>, ReturnType<typeof judged>][]} */ ([
  ['everything is open', own(), {}, { verdict: 'good', untested: false, rules: [] }],
  ['no UDP', own(), { udp: 'blocked' }, { verdict: 'fair', untested: false, rules: [`udp 3478, ${addresses}, udp`] }],
  ['TLS alone comes through', own(), { udp: 'blocked', tcp: 'blocked' }, { verdict: 'fair', untested: false, rules: [`udp 3478, ${addresses}, udp`, `tcp 443, ${addresses}, tcp, inspected`] }],
  ['web pages alone come through', own(), { udp: 'blocked', tcp: 'blocked', tls: 'blocked' }, {
    verdict: 'none', untested: false, rules: [`udp 3478, ${addresses}, udp`, `tcp 443, ${addresses}, tcp, inspected`, `tcp 443, ${name}, tls, required, inspected`],
  }],
  ['a proxy without websockets, and with an eye on TLS', own(), { socket: 'blocked', tls: 'blocked' }, { verdict: 'none', untested: false, rules: [`tcp 443, ${name}, socket tls, required, inspected`] }],
  ['the relay within TLS is not missed while UDP works', own(), { tls: 'blocked' }, { verdict: 'fair', untested: false, rules: [`tcp 443, ${name}, tls, inspected`] }],
  ['the node is not reached at all', own(), { pages: 'blocked', socket: 'blocked', udp: 'blocked', tcp: 'blocked', tls: 'blocked' }, {
    verdict: 'none', untested: false, rules: [`tcp 443, ${name}, pages socket tls, required`, `udp 3478, ${addresses}, udp`, `tcp 443, ${addresses}, tcp`],
  }],
  ['behind a proxy, without UDP', proxied(), { udp: 'blocked' }, { verdict: 'fair', untested: false, rules: [`udp 3478, ${addresses}, udp`] }],
  ['behind a proxy, with pages alone', proxied(), { udp: 'blocked', tcp: 'blocked' }, { verdict: 'none', untested: false, rules: [`udp 3478, ${addresses}, udp`, `tcp 3478, ${addresses}, tcp, required`] }],
  ['UDP could not be tested', own(), { udp: 'untested' }, { verdict: 'unknown', untested: true, rules: [] }],
  ['what could not be tested may be the way that works', own(), { udp: 'untested', tcp: 'blocked', tls: 'blocked' }, {
    verdict: 'fair', untested: true, rules: [`tcp 443, ${addresses}, tcp, inspected`, `tcp 443, ${name}, tls, inspected`],
  }],
]);
for (const [what, node, found, want] of cases) test(what, () => assert.deepEqual(judged(node, found), want));

test('a page of one node does not try the pages of another, and no browser could', () => {
  const other = { ...own(), url: 'https://two.example.org' };
  const checks = checksOf([own(), other], origin);
  assert.deepEqual(checks.filter(({ beyond }) => beyond).map(({ kind, node }) => [kind, node]), [['pages', other], ['socket', other]]);
  const results = Object.fromEntries(checks.map(({ key, beyond }) => [key, /** @type {Result} */ (beyond ? 'untested' : 'works')]));
  assert.deepEqual(report(checks, results), { verdict: 'good', untested: false, openings: [] });
});

test('one address that is reached is enough', () => {
  assert.equal(together(['blocked', 'works']), 'works');
  assert.equal(together(['untested', 'blocked']), 'blocked');
  assert.equal(together(['untested']), 'untested');
  assert.equal(together([]), 'untested');
});

test('hosts to be left out of an inspection are named once for each port', () => {
  const blocked = /** @type {Record<string, Result>} */ ({ '0 0 pages': 'works', '0 0 socket': 'blocked', '0 1 udp': 'blocked', '0 2 tcp': 'blocked', '0 3 tls': 'blocked' });
  const { openings } = report(checksOf([own()], origin), blocked);
  assert.deepEqual(inspectedOf(openings), [{ port: 443, hosts: [name, ...ips] }]);
  assert.deepEqual(inspectedOf([]), []);
});

test('rules as a ticket has them', () => {
  const { openings } = report(checksOf([own()], origin), { '0 1 udp': 'blocked' });
  assert.equal(asText(openings, () => 'picture'), 'UDP 3478  203.0.113.7, 2001:db8::7  (picture)');
});

/** A peer connection that says what the test says. */
class Peer {
  /** @type {Peer[]} */
  static all = [];
  /** @type {any} */ onicecandidate = null;
  /** @type {any} */ onicecandidateerror = null;
  /** @type {any} */ onicegatheringstatechange = null;
  iceGatheringState = 'gathering';
  closed = false;

  /** @param {RTCConfiguration} configuration */
  constructor(configuration) {
    this.configuration = configuration;
    Peer.all.push(this);
  }

  createDataChannel() {}
  async setLocalDescription() {}
  close() {
    this.closed = true;
  }

  /** @param {number} errorCode */
  fail(errorCode) {
    this.onicecandidateerror?.({ errorCode });
  }

  /** @param {string} type */
  find(type) {
    this.onicecandidate?.({ candidate: { type } });
  }

  complete() {
    this.iceGatheringState = 'complete';
    this.onicegatheringstatechange?.();
  }
}

function world(userAgent = 'Chrome') {
  Peer.all = [];
  const clock = new Clock();
  const env = /** @type {any} */ ({
    RTCPeerConnection: Peer, browser: { userAgent }, location: { protocol: 'https:', host: 'talk.example.org' },
    setTimeout: clock.setTimeout, clearTimeout: clock.clearTimeout,
  });
  return { env, clock };
}

/** @param {Kind} kind @param {string[]} [at] */
function check(kind, at) {
  const [found] = checksOf([own()], origin).filter((one) => one.kind === kind);
  return { ...found, transport: { ...found.transport, addresses: at ?? found.transport.addresses } };
}

const told = /** @type {[string, Kind, (peer: Peer) => void, Result, string?][]} */ ([
  ['the relay refuses', 'tls', (peer) => peer.fail(401), 'works'],
  ['the relay refuses as Pion does', 'udp', (peer) => peer.fail(400), 'works'],
  ['STUN answers', 'udp', (peer) => peer.find('srflx'), 'works'],
  ['an own address is no answer', 'udp', (peer) => { peer.find('host'); peer.fail(701); peer.complete(); }, 'blocked'],
  ['one of two connections fails', 'tcp', (peer) => { peer.fail(701); peer.fail(401); }, 'works'],
  ['no connection', 'tcp', (peer) => { peer.fail(701); peer.complete(); }, 'blocked'],
  ['silence', 'udp', () => {}, 'blocked'],
  ['the browser tried nothing', 'udp', (peer) => peer.complete(), 'untested'],
  ['Firefox: over UDP silence is none', 'udp', (peer) => { peer.fail(701); peer.complete(); }, 'untested', 'Gecko/20100101 Firefox/140.0'],
  ['Firefox: over TCP it tells', 'tcp', (peer) => { peer.fail(701); peer.complete(); }, 'blocked', 'Gecko/20100101 Firefox/140.0'],
]);
for (const [what, kind, say, want, userAgent] of told) {
  test(`${kind}: ${what}: ${want}`, async () => {
    const { env, clock } = world(userAgent);
    const result = probe(env, check(kind, ['a']));
    await settle();
    say(Peer.all[0]);
    await clock.advance(12_000);
    assert.equal(await result, want);
    assert.ok(Peer.all[0].closed, 'the connection is left open');
    assert.equal(clock.timers.length, 0);
  });
}

test('where the browser tells no errors, silence says nothing', async () => {
  const { env, clock } = world();
  env.RTCPeerConnection = class {
    createDataChannel() {}
    async setLocalDescription() {}
    close() {}
  };
  const result = probe(env, check('tcp', ['a']));
  await clock.advance(12_000);
  assert.equal(await result, 'untested');
});

test('without WebRTC there is nothing to find out', async () => {
  const { env } = world();
  env.RTCPeerConnection = undefined;
  assert.equal(await probe(env, check('udp')), 'untested');
});

test('every address is asked as browsers write it', () => {
  const { env } = world();
  void probe(env, check('udp'));
  void probe(env, check('tcp'));
  void probe(env, check('tls'));
  assert.deepEqual(Peer.all.map(({ configuration }) => configuration.iceServers?.map(({ urls }) => urls).join(' ')), [
    'turn:203.0.113.7:3478?transport=udp stun:203.0.113.7:3478', 'turn:[2001:db8::7]:3478?transport=udp stun:[2001:db8::7]:3478',
    'turn:203.0.113.7:443?transport=tcp', 'turn:[2001:db8::7]:443?transport=tcp', 'turns:talk.example.org:443?transport=tcp',
  ]);
});

test('pages: a refusal of somebody between is not the server', async () => {
  const { env } = world();
  const answers = /** @type {[any, Result][]} */ ([
    [{ ok: true, json: async () => ({ nodes: [] }) }, 'works'],
    [{ ok: false, status: 403 }, 'blocked'],
    [{ ok: true, json: async () => { throw new SyntaxError('<html>'); } }, 'blocked'],
    [{ ok: true, json: async () => ({ hello: 'you' }) }, 'blocked'],
  ]);
  for (const [answer, want] of answers) {
    env.fetch = async () => answer;
    assert.equal(await probe(env, check('pages')), want);
  }
});

test('the websocket is opened and closed again', async () => {
  const { env, clock } = world();
  /** @type {any[]} */
  const sockets = [];
  env.WebSocket = class {
    closed = false;
    /** @param {string} url */
    constructor(url) {
      this.url = url;
      sockets.push(this);
    }

    close() {
      this.closed = true;
    }
  };
  const results = [probe(env, check('socket')), probe(env, check('socket')), probe(env, check('socket'))];
  sockets[0].onopen();
  sockets[1].onclose();
  await clock.advance(12_000);
  assert.deepEqual(await Promise.all(results), ['works', 'blocked', 'blocked']);
  assert.ok(sockets.every(({ closed, url }) => closed && url === 'wss://talk.example.org/ws'));
});

test('a survey is made once at a time, and tells what comes as it comes', async () => {
  const { env, clock } = world();
  env.fetch = async () => ({ ok: true, json: async () => ({ nodes: [own()] }) });
  env.WebSocket = class {
    close() {}
  };
  const survey = new Survey(env, origin);
  void survey.run();
  assert.equal(survey.state.value, 'loading');
  await survey.load();
  const run = survey.run();
  void survey.run();
  await settle();
  assert.equal(Peer.all.length, 5);
  Peer.all[4].fail(401);
  await settle();
  assert.deepEqual(survey.results.value, { '0 0 pages': 'works', '0 3 tls': 'works' });
  await clock.advance(12_000);
  await run;
  assert.equal(survey.state.value, 'done');
  assert.deepEqual(report(survey.checks.value, survey.results.value).verdict, 'none'); // nobody answers on the websocket
});

test('without a list there is nothing to test', async () => {
  const { env } = world();
  env.fetch = async () => { throw new TypeError('offline'); };
  const survey = new Survey(env, origin);
  await survey.load();
  assert.equal(survey.state.value, 'failed');
});
