/* The link: taken out of the address bar, derived before it is asked about; the seat: kept in the tab alone, erased when it is over. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { devicePoint, linkAuth, newLinkSecret } from '../../static/e2ee/keys.js';
import { deviceKind, tabStorage } from '../../static/call/env.js';
import { http } from '../../static/call/http.js';
import { checkLink, consentHash, readLink } from '../../static/call/links.js';
import { Seat } from '../../static/call/seat.js';
import { world } from './fakes.js';

const secret = newLinkSecret();

/** @param {string} hash */
function open(hash) {
  /** @type {string[]} */
  const replaced = [];
  const found = readLink({ hash, pathname: '/j', search: '' }, { replaceState: (_, __, url) => void replaced.push(String(url)) });
  return { found, replaced };
}

test('the secret is read and leaves the address bar, also one that is none', () => {
  assert.deepEqual(open(`#${secret}`), { found: secret, replaced: ['/j'] });
  assert.deepEqual(open('#nonsense'), { found: null, replaced: ['/j'] });
  assert.deepEqual(open(''), { found: null, replaced: [] });
});

test('what a mail program hung behind the link does no harm', () => {
  for (const tail of ['.', ')', '%20', '&utm_source=x', '?x']) assert.equal(open(`#${secret}${tail}`).found, secret, tail);
});

test('asking about a link sends what is derived from it, never the secret', async () => {
  const { env, api, posted } = world();
  api.answer = () => [200, { status: 'open' }];
  assert.deepEqual(await checkLink(env, secret), { status: 'open' });
  assert.deepEqual(posted, [{ path: '/api/v1/links/check', body: { auth: await linkAuth(secret) } }]);
});

for (const [status, said, expected] of /** @type {const} */ ([
  [404, { code: 'link_invalid' }, 'link_invalid'], [404, { code: 'link_revoked' }, 'link_revoked'], [503, { code: 'unavailable' }, 'unavailable'],
  [500, 'not an object', 'unavailable'], [429, { code: 'too_fast' }, 'unavailable'],
])) {
  test(`a link answered with ${status} ${JSON.stringify(said)} is ${expected}`, async () => {
    const { env, api } = world();
    api.answer = () => [status, said];
    assert.deepEqual(await checkLink(env, secret), { error: expected });
  });
}

test('a server that does not answer is given up after 15 s', async () => {
  const { env, clock } = world();
  env.fetch = /** @type {any} */ ((/** @type {string} */ _, /** @type {any} */ { signal }) =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))));
  const failing = assert.rejects(http(env, 'GET', '/rooms'), { code: 'unavailable' });
  await clock.advance(15_000);
  await failing;
  assert.equal(clock.timers.length, 0);
});

test('the consent says which text was shown', async () => {
  assert.equal(await consentHash('abc'), 'ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0');
});

test('a seat: ticket first, then the resume token; always with a proof by the same device', async () => {
  const { env, posted } = world();
  const seat = await Seat.take(env, 'link', { link: secret, lang: 'de', media: 'av', consent: 'hash' });
  const hello = await seat.hello(true);
  assert.deepEqual([hello.ticket, hello.resume, hello.fresh, hello.media, hello.consent, hello.device], ['ticket-1', undefined, undefined, 'av', 'hash', 'computer']);
  assert.equal(posted[0].path, '/api/v1/links/join');
  assert.equal(posted[0].body.auth, await linkAuth(secret));
  seat.trust({ resume: 'token' });
  const again = await seat.hello(true);
  assert.deepEqual([again.ticket, again.resume, again.fresh], [undefined, 'token', true]);
  assert.equal((await seat.hello(false)).fresh, undefined);
  assert.equal(posted.length, 1);
  seat.distrust();
  assert.equal((await seat.hello(true)).ticket, 'ticket-1');
  assert.equal(posted[1].body.device, posted[0].body.device);
});

test('the tab keeps the seat over a reload; the page of links never finds a counsellor\'s seat', async () => {
  const { env, tab, posted } = world();
  const seat = await Seat.take(env, 'room', { room: 'R1', lang: 'de', media: 'audio' });
  seat.trust({ resume: 'token' });
  assert.equal(Seat.find(env, 'link'), null);
  const found = Seat.find(env, 'room');
  assert.equal(found?.media, 'audio');
  assert.equal((await found?.hello(true))?.resume, 'token');
  found?.distrust();
  await found?.hello(true);
  assert.equal(posted[0].path, '/api/v1/rooms/R1/ticket');
  const kept = JSON.parse([...tab.kept.values()][0]);
  assert.equal(posted[0].body.device, devicePoint(kept.key));
  found?.forget();
  assert.equal(tab.kept.size, 0);
  found?.trust({ resume: 'later' });
  assert.equal(tab.kept.size, 0, 'what was forgotten is not written again');
  found?.remember();
  assert.equal(tab.kept.size, 1);
});

test('a damaged or foreign entry is no seat, and storage that is forbidden no obstacle', async () => {
  const { env, tab } = world();
  for (const text of ['', '{', 'null', '7', '{"link":"x"}', '{"key":{}}']) {
    tab.kept.set('anteroom seat', text);
    assert.equal(Seat.find(env, 'link'), null, text);
  }
  const refuse = () => {
    throw new Error('QuotaExceededError');
  };
  const full = { getItem: () => null, setItem: refuse, removeItem: refuse };
  const forbidden = { get sessionStorage() { return refuse(); } };
  for (const window of [/** @type {any} */ ({ sessionStorage: full }), /** @type {any} */ (forbidden)]) {
    const sessionStorage = tabStorage(window);
    const seat = await Seat.take({ ...env, sessionStorage }, 'link', { link: secret, lang: 'de', media: 'av' });
    assert.equal(Seat.find({ ...env, sessionStorage }, 'link'), null);
    seat.forget();
  }
});

test('the tab keeps what it may', () => {
  const { tab } = world();
  const storage = tabStorage(/** @type {any} */ ({ sessionStorage: tab }));
  storage.setItem('a', '1');
  assert.equal(storage.getItem('a'), '1');
  storage.removeItem('a');
  assert.equal(tab.kept.size, 0);
});

for (const [agent, touch, expected] of /** @type {const} */ ([
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)', 5, 'phone'], ['Mozilla/5.0 (Linux; Android 14; Pixel 8) Mobile Safari', 5, 'phone'],
  ['Mozilla/5.0 (Linux; Android 14; SM-X200) Safari', 5, 'tablet'], ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)', 5, 'tablet'],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)', 0, 'computer'], ['Mozilla/5.0 (Windows NT 10.0; Win64; x64)', 10, 'computer'],
])) {
  test(`${agent} with ${touch} touch points is a ${expected}`, () => {
    assert.equal(deviceKind({ userAgent: agent, secure: true, maxTouchPoints: touch }), expected);
  });
}
