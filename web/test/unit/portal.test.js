/* The portal without its screens: passwords, times, addresses, accounts, rooms, the way into the call. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { unwrapAny, wrapForColleague } from '../../static/e2ee/handed.js';
import { linkCodeHash } from '../../static/e2ee/code.js';
import { derivePassword, linkAuthHash, makeAccountKey, openAccountKey, openLink, openText, phraseKey, unwrapByLink, unwrapRoomSecret, wrapRoomSecret } from '../../static/e2ee/keys.js';
import { newPhrase, readPhrase } from '../../static/e2ee/phrase.js';
import { Call } from '../../static/call/call.js';
import { Devices } from '../../static/call/devices.js';
import { Accounts } from '../../static/portal/account.js';
import { Authenticator } from '../../static/portal/authenticator.js';
import { Desk } from '../../static/portal/desk.js';
import { addedGuest, changed, changedGuest, droppedGuest, newGuest } from '../../static/portal/guests.js';
import { hashOf, parseRoute, Router } from '../../static/portal/route.js';
import { Rooms } from '../../static/portal/rooms.js';
import { arrange, nextWindow, windowOf } from '../../static/portal/schedule.js';
import { strengthOf } from '../../static/portal/strength.js';
import { Texts } from '../../static/portal/texts.js';
import { Vault } from '../../static/portal/vault.js';
import { settle, world } from './fakes.js';

for (const [password, name, expected] of /** @type {const} */ ([
  ['', 'ada', 'short'], ['elf Zeichen', 'ada', 'short'], ['👩‍👩‍👧', 'ada', 'short'], ['password1234', 'ada', 'common'], ['Passwort2026!', 'ada', 'common'],
  ['qwertzuiop12', 'ada', 'common'], ['aaaaaaaaaaaaaa', 'ada', 'simple'], ['abcdefghijklmn', 'ada', 'simple'], ['0123456789012', 'ada', 'common'],
  ['ada.lovelace1', 'Ada.Lovelace', 'name'], ['lovelace2026', 'ada.lovelace@example.org', 'name'], ['Tisch Nebel Kran', 'ada', 'fair'],
  ['correct horse battery staple', 'ada', 'good'], ['Sommer am See mit Oma', 'ada', 'good'], ['kurzwort Ampel lovelace Fluss', 'lovelace', 'good'],
])) {
  test(`the password ${JSON.stringify(password)} of ${name} is ${expected}`, () => assert.equal(strengthOf(password, name), expected));
}

test('a new appointment is proposed for the next half hour, whose waiting room is open already', () => {
  for (const [now, from, to] of [['10:07', '10:30', '11:30'], ['10:30', '10:30', '11:30'], ['10:31', '11:00', '12:00'], ['23:45', '00:00', '01:00']]) {
    const when = nextWindow(new Date(`2026-03-12T${now}`).getTime());
    assert.deepEqual([when.from, when.to], [from, to], now);
    assert.equal(when.date, now === '23:45' ? '2026-03-13' : '2026-03-12');
  }
});

test('fields become moments by the local clock; an end before the beginning is the next day', () => {
  const at = (/** @type {string} */ text) => new Date(text).getTime();
  assert.deepEqual(windowOf({ date: '2026-03-12', from: '14:00', to: '15:30' }), { starts_at: at('2026-03-12T14:00'), ends_at: at('2026-03-12T15:30') });
  assert.deepEqual(windowOf({ date: '2026-03-12', from: '23:30', to: '00:30' }), { starts_at: at('2026-03-12T23:30'), ends_at: at('2026-03-13T00:30') });
  for (const wrong of [{ date: '', from: '14:00', to: '15:00' }, { date: '2026-03-12', from: '', to: '15:00' }, { date: '2026-03-12', from: '14:00', to: 'x' }]) {
    assert.equal(windowOf(wrong), null);
  }
});

test('who waits stands first, then what goes on, then the day by the clock', () => {
  const now = new Date('2026-03-12T10:00').getTime();
  /** @param {string} id @param {string | null} starts @param {{ waiting?: number, state?: string }} [live] */
  const room = (id, starts, { waiting = 0, state = 'idle' } = {}) =>
    ({ id, live: { waiting, state }, created_at: 1, ...(starts ? { starts_at: new Date(starts).getTime() } : {}) });
  const groups = arrange(
    [
      room('late', '2026-03-12T16:00'), room('early', '2026-03-12T09:00'), room('tomorrow', '2026-03-13T09:00'), room('yesterday', '2026-03-11T09:00'),
      room('any', null), room('anyLive', null, { state: 'open' }), room('knock', '2026-03-14T09:00', { waiting: 1 }),
    ],
    now,
  );
  const ids = (/** @type {{ id: string }[]} */ list) => list.map(({ id }) => id).join(' ');
  assert.equal(ids(groups.today), 'knock anyLive early late');
  assert.equal(ids(groups.later), 'tomorrow');
  assert.equal(ids(groups.anytime), 'any');
  assert.equal(ids(groups.past), 'yesterday');
});

test('changes that come before the form is drawn again are all kept', () => {
  const drawn = [{ key: 0, guest: newGuest() }];
  // As a component's state takes them: one after the other, each on what the one before left.
  const changes = [changedGuest(0, { label: 'Frau M.' }), changedGuest(0, { lang: 'en' }), addedGuest(1), changedGuest(1, { label: 'Herr D.' }), addedGuest(2), droppedGuest(2)];
  const rows = changes.reduce((before, change) => change(before), drawn);
  assert.deepEqual(rows.map(({ key, guest }) => [key, guest.label, guest.lang]), [[0, 'Frau M.', 'en'], [1, 'Herr D.', newGuest().lang]]);
  assert.equal(drawn[0].guest.label, '');
  assert.deepEqual([changed({ from: '14:00' }), changed({ to: '15:00' })].reduce((when, change) => change(when), { from: '', to: '' }), { from: '14:00', to: '15:00' });
});

test('the address says which page it is, and nothing it should not', () => {
  for (const route of /** @type {import('../../static/portal/route.js').Route[]} */ ([{ page: 'rooms' }, { page: 'new' }, { page: 'account' }, { page: 'room', room: 'AB_c-9' }])) {
    assert.deepEqual(parseRoute(hashOf(route)), route);
  }
  for (const hash of ['', '#', '#room=', '#room=../x', `#room=${'x'.repeat(129)}`, '#<script>', '#new2']) assert.deepEqual(parseRoute(hash), { page: 'rooms' }, hash);
});

test('going to a page leaves a step to come back from, once, and leaves /setup behind', () => {
  /** @type {string[]} */
  const pushed = [];
  const location = { pathname: '/setup', hash: '' };
  /** @type {() => void} */
  let pop = () => {};
  const router = new Router(/** @type {any} */ ({
    location, addEventListener: (/** @type {string} */ _, /** @type {() => void} */ listener) => (pop = listener),
    history: {
      pushState: (/** @type {any} */ _, /** @type {any} */ __, /** @type {string} */ url) => {
        pushed.push(url);
        location.pathname = '/';
        location.hash = url.slice(1) === '#' ? '' : url.slice(1);
      },
    },
  }));
  router.go({ page: 'rooms' });
  router.go({ page: 'new' });
  router.go({ page: 'new' });
  assert.deepEqual(pushed, ['/#', '/#new']);
  location.hash = '';
  pop();
  assert.deepEqual(router.route.value, { page: 'rooms' });
});

/* A server that keeps what it is given, and a counsellor with an account on it. */
const password = 'correct horse battery staple';
const { auth, wrap } = await derivePassword('default', 'ada', password);
const made = await makeAccountKey(wrap);
const stored = { id: 'A1', name: 'ada', display_name: 'Ada', public_key: made.publicKey, wrapped_private_key: made.wrappedPrivateKey };

/** A vault that remembers. */
function vault() {
  /** @type {any} */
  let kept = null;
  return /** @type {Vault & { kept: () => any }} */ (/** @type {unknown} */ ({
    keep: async (/** @type {string} */ account, /** @type {any} */ key) => void (kept = { account, key }),
    find: async (/** @type {string} */ account, /** @type {string} */ publicKey) => (kept?.account === account && kept.key.publicKey === publicKey ? kept.key : null),
    erase: async () => void (kept = null),
    kept: () => kept,
  }));
}

async function signedIn() {
  const here = world();
  const keys = vault();
  const accounts = new Accounts(here.env, keys, async () => 'default', new Authenticator(undefined));
  here.api.answer = (path, body) => (path.endsWith('/session') && body?.auth === auth ? [200, { account: stored }] : [401, { code: 'unauthenticated' }]);
  await accounts.signIn(' ADA ', password);
  const texts = new Texts(() => accounts.account.peek()?.key ?? null);
  return { ...here, keys, accounts, texts, rooms: new Rooms(here.env, accounts, texts) };
}

test('signing in sends what is derived, never the password, and opens the key', async () => {
  const { accounts, posted, keys } = await signedIn();
  assert.equal(accounts.state.value, 'in');
  assert.equal(accounts.account.value?.displayName, 'Ada');
  assert.equal(JSON.stringify(posted).includes(password), false);
  assert.equal(keys.kept().key.privateKey.extractable, false);
});

test('a wrong password, and a key that does not open with it', async () => {
  const here = world();
  const accounts = new Accounts(here.env, vault(), async () => 'default', new Authenticator(undefined));
  here.api.answer = () => [401, { code: 'unauthenticated' }];
  await assert.rejects(accounts.signIn('ada', 'another'), { code: 'unauthenticated' });
  here.api.answer = () => [200, { account: stored }];
  await assert.rejects(accounts.signIn('ada', 'another'), { code: 'key' });
  assert.equal(accounts.account.value, null);
});

test('after a reload: in with session and key, out without either; a key without a session is erased', async () => {
  const { env, api, keys } = await signedIn();
  const again = async () => {
    const accounts = new Accounts(env, keys, async () => 'default', new Authenticator(undefined));
    await accounts.restore();
    return accounts.state.value;
  };
  api.answer = () => [200, { account: stored }];
  assert.equal(await again(), 'in');
  api.answer = () => [200, { account: { ...stored, public_key: 'another' } }];
  assert.equal(await again(), 'out');
  api.answer = () => [503, {}];
  assert.equal(await again(), 'out');
  assert.ok(keys.kept(), 'a server that does not answer is no sign-out');
  api.answer = () => [401, { code: 'unauthenticated' }];
  assert.equal(await again(), 'out');
  assert.equal(keys.kept(), null);
});

test('signing out erases the key first, whatever the server says', async () => {
  const { accounts, keys, api } = await signedIn();
  api.answer = () => [500, {}];
  await accounts.signOut();
  assert.equal(keys.kept(), null);
  assert.equal(accounts.state.value, 'out');
});

test('setting up: the account is made with wrapped keys, and the counsellor is in', async () => {
  const here = world();
  const accounts = new Accounts(here.env, vault(), async () => 'default', new Authenticator(undefined));
  here.api.answer = (_, body) => [201, { account: { id: 'A2', name: body.name, display_name: body.display_name, public_key: body.public_key, wrapped_private_key: body.wrapped_private_key } }];
  await accounts.setUp({ token: 'T', purpose: { name: '', displayName: '', publicKey: null, recoveryKey: null }, name: 'ada', displayName: 'Ada', password });
  const [{ body }] = here.posted;
  assert.deepEqual(Object.keys(body).sort(), ['auth', 'display_name', 'name', 'public_key', 'token', 'wrapped_private_key']);
  assert.equal(body.auth, auth);
  assert.equal(accounts.state.value, 'in');
});

/** A server that keeps a recovery key, and gives the account a new password. @param {{ api: ReturnType<typeof world>['api'] }} here */
function recoverable(here) {
  /** @type {any} */
  let account = { ...stored };
  /** @type {string | undefined} */
  let recovery;
  here.api.answer = (path, body) => {
    if (path.endsWith('/setup/check')) return [200, { name: account.name, display_name: account.display_name, public_key: account.public_key, recovery_key: recovery }];
    if (path.endsWith('/setup')) {
      if (body.public_key !== account.public_key) recovery = undefined;
      account = { ...account, public_key: body.public_key, wrapped_private_key: body.wrapped_private_key, recovery_at: recovery ? 5 : undefined };
      return [201, { account }];
    }
    // PUT brings a wrapping, DELETE nothing.
    if (path.endsWith('/account/recovery')) {
      if (body && body.auth !== auth) return [403, { code: 'password' }];
      recovery = body?.wrapped_private_key;
      account = { ...account, recovery_at: recovery ? 5 : undefined };
      return recovery ? [200, { account }] : [204, null];
    }
    return [200, { account }];
  };
  return { kept: () => recovery, account: () => account };
}

test('a recovery phrase is made with the password, opens the key, and never leaves the browser', async () => {
  const here = await signedIn();
  const server = recoverable(here);
  await assert.rejects(here.accounts.makeRecovery('another password'), { code: 'password' });
  assert.equal(server.kept(), undefined);
  const phrase = await here.accounts.makeRecovery(password);
  assert.deepEqual(readPhrase(phrase), { phrase });
  assert.equal(here.accounts.account.value?.recoveryAt, 5);
  const sent = JSON.stringify(here.posted);
  assert.equal(sent.includes(phrase) || sent.includes(password), false);
  const opened = await openAccountKey(await phraseKey(phrase), { publicKey: stored.public_key, wrappedPrivateKey: server.kept() ?? '' });
  assert.equal(opened.publicKey, stored.public_key);
  assert.notEqual(await here.accounts.makeRecovery(password), phrase);
  await assert.rejects(openAccountKey(await phraseKey(phrase), { publicKey: stored.public_key, wrappedPrivateKey: server.kept() ?? '' }));
  await here.accounts.removeRecovery();
  assert.equal(here.accounts.account.value?.recoveryAt, null);
  assert.equal(server.kept(), undefined);
});

test('a session that ran out while a phrase is made shows the sign-in', async () => {
  const here = await signedIn();
  here.api.answer = () => [401, { code: 'unauthenticated' }];
  await assert.rejects(here.accounts.makeRecovery(password), { code: 'unauthenticated' });
  assert.equal(here.accounts.state.value, 'out');
  await assert.rejects(here.accounts.removeRecovery(), { code: 'unauthenticated' });
});

test('a new password with the phrase opens the rooms of before; with another phrase nothing is sent; without one the pair is new', async () => {
  const here = await signedIn();
  const server = recoverable(here);
  const room = crypto.getRandomValues(new Uint8Array(32));
  const wrapped = await wrapRoomSecret(room, /** @type {any} */ (here.accounts.account.value).key);
  const phrase = await here.accounts.makeRecovery(password);
  const again = new Accounts(here.env, vault(), async () => 'default', new Authenticator(undefined));
  const purpose = await again.purposeOf('T');
  assert.deepEqual(purpose, { name: 'ada', displayName: 'Ada', publicKey: stored.public_key, recoveryKey: server.kept() });
  const wishes = { token: 'T', purpose, name: 'ada', displayName: 'Ada', password: 'quite another password' };
  here.posted.length = 0;
  await assert.rejects(again.setUp({ ...wishes, phrase: newPhrase() }), { code: 'phrase' });
  assert.deepEqual(here.posted, []);
  await again.setUp({ ...wishes, phrase });
  const key = again.account.value?.key;
  assert.ok(key);
  assert.deepEqual(await unwrapRoomSecret(wrapped, key), { secret: room, own: true });
  assert.equal(again.account.value?.recoveryAt, 5);
  const { wrap: by } = await derivePassword('default', 'ada', wishes.password);
  await openAccountKey(by, { publicKey: server.account().public_key, wrappedPrivateKey: server.account().wrapped_private_key });
  await again.setUp(wishes);
  const fresh = again.account.value?.key;
  assert.ok(fresh);
  await assert.rejects(unwrapRoomSecret(wrapped, fresh));
  assert.equal(again.account.value?.recoveryAt, null);
});

test('no IndexedDB: nothing is kept, nothing fails', async () => {
  const none = new Vault(undefined);
  await none.keep('A', /** @type {any} */ ({}));
  assert.equal(await none.find('A', 'x'), null);
  await none.erase();
});

/** What a server makes of a new room. @param {any} body */
const asRoom = (body) => ({
  id: 'R1', title: body.title, kind: body.kind, policy: 'erziehungsberatung', starts_at: body.starts_at, ends_at: body.ends_at, created_at: 1,
  live: { waiting: 0, members: 0, state: 'idle' }, wrapped_secret: body.wrapped_secret,
  persons: body.persons.map((/** @type {any} */ person, /** @type {number} */ i) => ({ id: `P${i}`, revoked: false, waiting: false, ...person, link_auth: undefined })),
});

test('a new room: the server sees neither title nor label nor link, and gets no more than it knows', async () => {
  const { rooms, api, posted, accounts } = await signedIn();
  api.answer = (_, body) => [201, asRoom(body)];
  const room = await rooms.create({ title: 'Familie M.', kind: 'once', when: { starts_at: 1, ends_at: 2 }, guests: [{ role: 'client', label: 'Frau M.', lang: 'de' }] });
  const { path, body } = posted.at(-1) ?? { path: '', body: {} };
  assert.equal(path, '/api/v1/rooms');
  assert.deepEqual(Object.keys(body).sort(), ['ends_at', 'kind', 'persons', 'starts_at', 'title', 'wrapped_secret']);
  assert.deepEqual(Object.keys(body.persons[0]).sort(), ['code_auth', 'label', 'lang', 'link_auth', 'role', 'sealed_link']);
  assert.equal(/Familie|Frau/.test(JSON.stringify(body)), false);
  const key = accounts.account.value?.key;
  assert.ok(key);
  const { secret } = await unwrapRoomSecret(room.wrapped_secret, key);
  assert.equal(await openText(secret, 'title', body.title.sealed), 'Familie M.');
  assert.equal(await openText(secret, 'label', body.persons[0].label.sealed), 'Frau M.');
  const link = await openText(secret, 'link', body.persons[0].sealed_link);
  assert.equal(await linkAuthHash(link), body.persons[0].link_auth);
  assert.equal(await linkCodeHash(link), body.persons[0].code_auth);
});

test('the rules of a new room are those that were chosen, out of what the service offers', async () => {
  const { rooms, api, posted } = await signedIn();
  const offered = [{ name: 'beratung', title: 'Beratung', columns: {}, locks: [] }];
  api.answer = (path, body) => (path.endsWith('/policies') ? [200, { policies: offered }] : [201, asRoom(body)]);
  assert.deepEqual(await rooms.policies(), offered);
  await rooms.create({ title: '', kind: 'once', when: null, guests: [], policy: 'beratung' });
  assert.equal(posted.at(-1)?.body.policy, 'beratung');
});

test("a co-counsellor's link takes the room's secret along, also the next one; nobody else's does, whatever the server calls him", async () => {
  const { rooms, texts, api, posted, accounts } = await signedIn();
  api.answer = (_, body) => [201, asRoom(body)];
  const room = await rooms.create({ title: '', kind: 'once', when: null, guests: [{ role: 'co-counsellor', label: 'Herr K.', lang: 'de' }, { role: 'client', label: 'Frau M.', lang: 'de' }] });
  const key = accounts.account.value?.key;
  assert.ok(key);
  const { secret } = await unwrapRoomSecret(room.wrapped_secret, key);
  /** @param {any} body @param {string} role */
  const opens = async (body, role) => {
    const link = await openLink(secret, role, body.sealed_link);
    assert.equal(await linkAuthHash(link), body.link_auth);
    return body.wrapped_secret ? assert.deepEqual(await unwrapByLink(body.wrapped_secret, link), secret) : 'not';
  };
  const [his, hers] = (posted.at(-1)?.body).persons;
  assert.equal(await opens(his, 'co-counsellor'), undefined);
  assert.deepEqual([his.code_auth, typeof hers.code_auth], [undefined, 'string'], 'who moderates comes by nothing that can be typed');
  assert.equal(await opens(hers, 'client'), 'not');
  api.answer = () => [200, { rooms: [room] }];
  const [colleague, client] = room.persons;
  const renewed = async (/** @type {any} */ person) => {
    await rooms.renew(room, person);
    return posted.filter(({ path }) => path.endsWith('/link')).at(-1)?.body;
  };
  assert.equal(await opens(await renewed(colleague), 'co-counsellor'), undefined);
  assert.equal(await opens(await renewed(client), 'client'), 'not');
  assert.equal(await opens(await renewed({ ...client, role: 'co-counsellor' }), 'client'), 'not');
  assert.equal(await opens(await renewed({ ...colleague, role: 'client' }), 'client'), 'not');
  assert.equal(await opens(await renewed({ ...colleague, sealed_link: undefined }), 'client'), 'not');
  // The card shows a link under the role for which it was made.
  const shown = async (/** @type {any} */ person) => {
    for (let n = 0; n < 50 && !texts.link(room, person); n++) await new Promise((resolve) => setTimeout(resolve, 1));
    return texts.link(room, person);
  };
  assert.equal(await shown(colleague), await openLink(secret, 'co-counsellor', his.sealed_link));
  assert.equal(await shown({ ...client, sealed_link: his.sealed_link }), '');
});

test('texts: opened once, for the right room; empty where they cannot be; gone after signing out', async () => {
  const { rooms, texts, api, accounts } = await signedIn();
  api.answer = (_, body) => [201, asRoom(body)];
  const room = await rooms.create({ title: 'Familie M.', kind: 'once', when: null, guests: [] });
  const read = async () => {
    texts.read(room, 'title', room.title);
    await texts.secret(room).catch(() => {});
    for (let i = 0; i < 100 && !texts.read(room, 'title', room.title); i++) await new Promise((resolve) => setTimeout(resolve, 1));
    return texts.read(room, 'title', room.title);
  };
  assert.equal(texts.read(room, 'title', { plain: 'plain' }), 'plain');
  assert.equal(texts.read(room, 'title', undefined), '');
  assert.equal(await read(), 'Familie M.');
  assert.equal(texts.read(room, 'label', { sealed: 'not base64!' }), '');
  texts.clear();
  await accounts.lost();
  assert.equal(texts.read(room, 'title', room.title), '');
  await assert.rejects(texts.secret(room));
  await settle();
  assert.equal(texts.read(room, 'title', room.title), '');
});

test('the list is asked for every 3 s while it is looked at, less often in trouble, and not drawn again when it is the same', async () => {
  const { rooms, api, posted, clock } = await signedIn();
  posted.length = 0;
  api.answer = () => [200, { rooms: [] }];
  rooms.watch('live');
  await clock.advance(9_000);
  assert.equal(posted.length, 4);
  const { value } = rooms.list;
  await clock.advance(3_000);
  assert.equal(rooms.list.value, value);
  api.answer = () => [502, {}];
  await clock.advance(3_000);
  assert.equal(rooms.trouble.value, true);
  posted.length = 0;
  await clock.advance(9_000);
  assert.equal(posted.length, 0);
  api.answer = () => [200, { rooms: [] }];
  rooms.watch('calm');
  await clock.advance(299_000);
  assert.equal(posted.length, 1);
  await clock.advance(1_000);
  assert.equal(posted.length, 2);
  posted.length = 0;
  rooms.watch(null);
  await clock.advance(600_000);
  assert.equal(posted.length, 0);
  assert.equal(clock.timers.length, 0);
});

test('a session that ran out shows the sign-in and forgets the key', async () => {
  const { rooms, api, accounts, keys } = await signedIn();
  api.answer = () => [401, { code: 'unauthenticated' }];
  await rooms.refresh();
  await settle();
  assert.equal(accounts.state.value, 'out');
  assert.equal(keys.kept(), null);
});

test('a link is renewed, revoked, a person added and the room deleted by their own requests', async () => {
  const { rooms, api, posted } = await signedIn();
  api.answer = (_, body) => [201, asRoom(body)];
  const room = await rooms.create({ title: '', kind: 'series', when: null, guests: [{ role: 'client', label: '', lang: 'en' }] });
  const [person] = room.persons;
  api.answer = (path) => [200, path.endsWith('/rooms') ? { rooms: [room] } : {}];
  posted.length = 0;
  await rooms.invite(room, { role: 'interpreter', label: 'Herr Ö.', lang: 'de' });
  await rooms.renew(room, person);
  await rooms.revoke(room, person);
  await rooms.remove(room);
  assert.deepEqual(posted.map(({ path }) => path).filter((path) => path !== '/api/v1/rooms'), [
    '/api/v1/rooms/R1/persons', '/api/v1/rooms/R1/persons/P0/link', '/api/v1/rooms/R1/persons/P0', '/api/v1/rooms/R1',
  ]);
  assert.deepEqual(rooms.list.value, []);
});

test('a room goes to a colleague with its secret, who keeps it as his own when the code was heard; one that is deleted while people are in it brings its receipt', async () => {
  const { rooms, texts, accounts, api, posted, env } = await signedIn();
  api.answer = (_, body) => [201, asRoom(body)];
  const room = await rooms.create({ title: 'Mittwoch', kind: 'once', when: null, guests: [] });
  const bea = await openAccountKey(wrap, await makeAccountKey(wrap));
  api.answer = (path) => (path.endsWith('/counsellors') ? [200, { counsellors: [{ id: 'A2', display_name: 'Bea', public_key: bea.publicKey }] }] : path.endsWith('/hand-over') ? [204, null] : [200, { rooms: [] }]);
  const [colleague] = await rooms.colleagues();
  posted.length = 0;
  await rooms.handOver(room, colleague, true);
  const { body } = posted.find(({ path }) => path.endsWith('/hand-over')) ?? assert.fail();
  assert.deepEqual([body.to, body.keep], ['A2', true]);
  assert.deepEqual(rooms.handed.value, { to: 'Bea', kept: true, proves: true });
  const { secret, own, from } = await unwrapAny(body.wrapped_secret, bea);
  assert.deepEqual([secret, own, from], [await texts.secret(room), false, made.publicKey]);

  // Of a secret that came from elsewhere nobody is told that it proves anything.
  const other = { ...room, id: 'R2', wrapped_secret: await wrapForColleague(secret, bea, made.publicKey) };
  await rooms.handOver(other, colleague, false);
  assert.equal(rooms.handed.value?.proves, false);
  assert.deepEqual(await unwrapAny(posted.at(-2)?.body.wrapped_secret, bea), { secret, own: false });
  api.answer = () => [200, { rooms: [] }];
  await rooms.accept(other);
  const kept = posted.find(({ path }) => path.endsWith('/rooms/R2/secret'))?.body.wrapped_secret;
  assert.deepEqual(await unwrapAny(kept, accounts.account.value?.key ?? assert.fail()), { secret, own: true });
  // Handed over without its secret: nobody can be invited, in words.
  await assert.rejects(rooms.invite({ ...room, id: 'R3', wrapped_secret: '' }, { role: 'client', label: '', lang: 'de', child: false, written: false }), { code: 'no_secret' });

  api.answer = (path) => [200, path.endsWith('/receipts') ? { receipt: {}, key: 'k', signature: 's' } : { receipt: 'TOKEN' }];
  await rooms.remove(room);
  await settle();
  assert.deepEqual([rooms.receipt.state.value, posted.at(-1)?.body], ['here', { token: 'TOKEN' }]);
  rooms.clear();
  assert.deepEqual([rooms.receipt.state.value, rooms.handed.value], ['none', null]);
  assert.ok(env);
});

test('from Start into the room: chosen, refused, gone on without; the camera goes out with the call', async () => {
  const here = world();
  const devices = new Devices(here.env);
  const call = new Call(here.env);
  const desk = new Desk(call, devices, () => 'de');
  desk.start('R1');
  assert.equal(desk.step.value, 'choose');
  here.mediaDevices.answer = () => Object.assign(new Error(), { name: 'NotAllowedError' });
  await desk.choose('av');
  assert.deepEqual([desk.step.value, desk.problem.value], ['denied', 'denied']);
  here.mediaDevices.answer = () => null;
  const joining = desk.choose('av');
  await settle();
  assert.equal(desk.step.value, 'joined');
  for (const end = Date.now() + 5_000; here.sockets.all.length === 0; ) {
    assert.ok(Date.now() < end);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  assert.equal(here.posted.at(-1)?.path, '/api/v1/rooms/R1/ticket');
  here.sockets.last.fail(4410);
  await joining;
  assert.equal(call.phase.value, 'ended');
  assert.equal(devices.cam.value, null);
  desk.leave();
  assert.deepEqual([desk.step.value, desk.room.value], ['away', null]);
});

test('back to the list while the browser still asks: the answer leads nowhere and films nobody', async () => {
  const here = world();
  const devices = new Devices(here.env);
  const desk = new Desk(new Call(here.env), devices, () => 'de');
  /** @type {(value: any) => void} */
  let answer = () => {};
  here.mediaDevices.answer = () => new Promise((resolve) => (answer = resolve));
  desk.start('R1');
  const choosing = desk.choose('av');
  await settle();
  desk.leave();
  answer(null);
  await choosing;
  assert.equal(desk.step.value, 'away');
  assert.ok(here.mediaDevices.given.every(({ readyState }) => readyState === 'ended'));
});
