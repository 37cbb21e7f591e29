/* Keys: the same as node:crypto derives step by step, the same as Go derives (vectors), and nothing opens with another key. */
import assert from 'node:assert/strict';
import { createHash, createPublicKey, hkdfSync, pbkdf2Sync, verify } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { fromBase64url, toBase64url, utf8 } from '../../static/e2ee/bytes.js';
import * as keys from '../../static/e2ee/keys.js';
import { showCode } from '../../static/e2ee/code.js';
import { keyCode, unwrapAny, wrapForAnybody, wrapForColleague } from '../../static/e2ee/handed.js';
import { newPhrase, readPhrase } from '../../static/e2ee/phrase.js';

const none = new Uint8Array();
/** @param {Uint8Array} secret @param {string} info */
const hkdf = (secret, info) => toBase64url(new Uint8Array(hkdfSync('sha256', secret, none, info, 32)));

test('base64url: there and back, and only the one way to write it', () => {
  for (let length = 0; length < 70; length++) {
    const bytes = crypto.getRandomValues(new Uint8Array(length));
    assert.deepEqual(fromBase64url(toBase64url(bytes)), bytes);
    assert.equal(toBase64url(bytes), Buffer.from(bytes).toString('base64url'));
  }
  for (const wrong of ['a', 'AB=', 'A+/A', 'AB', 'AAB', 'ä', 'AA AA']) assert.throws(() => fromBase64url(wrong), RangeError, wrong);
});

test('a password gives the derived values of the contract, whatever the case of the name and the form of the letters', async () => {
  const master = pbkdf2Sync('pa\u00dfw\u00f6rt fi', 'anteroom password v1\ndefault\nf\u00fcrst@example.org', 600_000, 32, 'sha256');
  const { auth, wrap } = await keys.derivePassword('default', '  F\u0055\u0308rst@Example.org ', 'pa\u00dfwo\u0308rt \ufb01');
  assert.equal(auth, hkdf(master, 'anteroom sign-in v1'));
  const made = await keys.makeAccountKey(wrap);
  const raw = fromBase64url(hkdf(master, 'anteroom key wrap v1'));
  const key = await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['decrypt']);
  const sealed = fromBase64url(made.wrappedPrivateKey);
  const pkcs8 = await crypto.subtle.decrypt(
    { name: 'AES-GCM', iv: sealed.subarray(0, 12), additionalData: utf8('anteroom account key v1') }, key, sealed.subarray(12));
  assert.ok(pkcs8.byteLength > 100);
});

test('a room secret opens with the account key it was wrapped for and with no other', async () => {
  const wrap = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
  const stored = [await keys.makeAccountKey(wrap), await keys.makeAccountKey(wrap)];
  const [mine, other] = [await keys.openAccountKey(wrap, stored[0]), await keys.openAccountKey(wrap, stored[1])];
  assert.equal(mine.privateKey.extractable, false);
  const secret = keys.newRoomSecret();
  const wrapped = await keys.wrapRoomSecret(secret, mine);
  assert.equal(fromBase64url(wrapped).length, 65 + 12 + 32 + 16);
  assert.deepEqual(await keys.unwrapRoomSecret(wrapped, mine), { secret, own: true });
  await assert.rejects(keys.unwrapRoomSecret(wrapped, other));
  await assert.rejects(keys.unwrapRoomSecret(wrapped, { ...mine, publicKey: other.publicKey }));
});

test('an account key does not open with another password, nor when a bit was changed', async () => {
  const make = () => crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
  const wrap = await make();
  const stored = await keys.makeAccountKey(wrap);
  await assert.rejects(keys.openAccountKey(await make(), stored));
  const changed = fromBase64url(stored.wrappedPrivateKey);
  changed[40] ^= 1;
  await assert.rejects(keys.openAccountKey(wrap, { ...stored, wrappedPrivateKey: toBase64url(changed) }));
});

test('an account key does not open beside the public key of another pair, for which rooms would be wrapped', async () => {
  const wrap = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
  const [mine, other] = [await keys.makeAccountKey(wrap), await keys.makeAccountKey(wrap)];
  const mixed = { ...mine, publicKey: other.publicKey };
  await assert.rejects(keys.openAccountKey(wrap, mixed), RangeError);
  await assert.rejects(keys.rewrapAccountKey(wrap, mixed, wrap), RangeError);
});

test('the same key pair opens with a phrase, and with no other', async () => {
  const password = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
  const stored = await keys.makeAccountKey(password);
  const [phrase, another] = [await keys.phraseKey(newPhrase()), await keys.phraseKey(newPhrase())];
  const again = { ...stored, wrappedPrivateKey: await keys.rewrapAccountKey(password, stored, phrase) };
  assert.ok(fromBase64url(again.wrappedPrivateKey).length < 1024);
  const secret = keys.newRoomSecret();
  const opened = await keys.openAccountKey(phrase, again);
  assert.equal(opened.privateKey.extractable, false);
  assert.deepEqual(await keys.unwrapRoomSecret(await keys.wrapRoomSecret(secret, opened), opened), { secret, own: true });
  for (const wrong of [another, password]) await assert.rejects(keys.openAccountKey(wrong, again));
  await assert.rejects(keys.rewrapAccountKey(another, again, password));
});

test("a room's secret for a colleague: by two accounts alone, and it says whose it is from", async () => {
  const wrap = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
  const [ada, bea, eve] = await Promise.all([0, 1, 2].map(async () => keys.openAccountKey(wrap, await keys.makeAccountKey(wrap))));
  const secret = keys.newRoomSecret();
  const wrapped = await wrapForColleague(secret, ada, bea.publicKey);
  assert.equal(fromBase64url(wrapped).length, 190);
  assert.deepEqual(await unwrapAny(wrapped, bea), { secret, own: false, from: ada.publicKey });
  await assert.rejects(unwrapAny(wrapped, eve));
  // Who puts himself in her place is found out: it is another key, and has another code.
  const bytes = fromBase64url(wrapped);
  bytes.set(fromBase64url(eve.publicKey));
  await assert.rejects(unwrapAny(toBase64url(bytes), bea));
  assert.match(await keyCode(ada.publicKey), /^[0-9A-HJKMNP-TV-Z]{12}$/);
  assert.notEqual(await keyCode(ada.publicKey), await keyCode(eve.publicKey));
  assert.deepEqual(await unwrapAny(await wrapForAnybody(secret, bea.publicKey), bea), { secret, own: false });
  assert.deepEqual(await unwrapAny(await keys.wrapRoomSecret(secret, bea), bea), { secret, own: true });
});

test('sealed texts open with the room secret, in their own context alone', async () => {
  const secret = keys.newRoomSecret();
  for (const text of ['', 'Frau M.', 'אבג ', '\ufeffx', '👩‍👩‍👧'.repeat(20)]) {
    const sealed = await keys.sealText(secret, 'label', text);
    assert.equal(await keys.openText(secret, 'label', sealed), text);
    await assert.rejects(keys.openText(secret, 'title', sealed));
    await assert.rejects(keys.openText(keys.newRoomSecret(), 'label', sealed));
  }
  assert.notEqual(await keys.sealText(secret, 'label', 'a'), await keys.sealText(secret, 'label', 'a'));
});

test('a link: 22 letters, the half that is sent, what is kept of it, and the half that is never sent', async () => {
  const secret = keys.newLinkSecret();
  assert.match(secret, /^[\w-]{22}$/);
  assert.ok(keys.isLinkSecret(secret));
  for (const wrong of ['', 'abc', secret + 'AA', 'x'.repeat(22), '%'.repeat(22)]) assert.equal(keys.isLinkSecret(wrong), false, wrong);
  const bytes = fromBase64url(secret);
  const auth = await keys.linkAuth(secret);
  assert.equal(auth, hkdf(bytes, 'anteroom link auth v1'));
  assert.equal(await keys.linkAuthHash(secret), createHash('sha256').update(fromBase64url(auth)).digest('base64url'));
  assert.equal(toBase64url(await keys.linkE2ee(secret)), hkdf(bytes, 'anteroom link e2ee v1'));
});

test("a room's secret by a link opens with that link alone, and not when it was changed", async () => {
  const [room, link] = [keys.newRoomSecret(), keys.newLinkSecret()];
  const wrapped = await keys.wrapForLink(room, link);
  assert.equal(fromBase64url(wrapped).length, 12 + 32 + 16);
  assert.deepEqual(await keys.unwrapByLink(wrapped, link), room);
  await assert.rejects(keys.unwrapByLink(wrapped, keys.newLinkSecret()));
  const changed = fromBase64url(wrapped);
  changed[20] ^= 1;
  for (const not of [toBase64url(changed), wrapped.slice(0, 40), '', '!']) await assert.rejects(keys.unwrapByLink(not, link));
  // The key is derived for this alone.
  const key = await aes(hkdf(fromBase64url(link), 'anteroom link room v1'));
  const bytes = fromBase64url(wrapped);
  assert.deepEqual(new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv: bytes.subarray(0, 12) }, key, bytes.subarray(12))), room);
});

test("a co-counsellor's link, which opens the room, opens under no other role, and no other says that it opens the room", async () => {
  const room = keys.newRoomSecret();
  const [his, hers] = [keys.newLinkSecret(), keys.newLinkSecret()];
  const [speaks, listens] = [await keys.sealLink(room, 'co-counsellor', his), await keys.sealLink(room, 'client', hers)];
  assert.equal(await keys.openLink(room, 'co-counsellor', speaks), his);
  for (const role of ['client', 'interpreter', 'companion', 'counsellor']) await assert.rejects(keys.openLink(room, role, speaks), role);
  assert.equal(await keys.openLink(room, 'client', listens), hers);
  assert.equal(await keys.openLink(room, 'co-counsellor', listens), hers, 'one that was made without the secret');
  assert.deepEqual([await keys.opensRoom(room, speaks), await keys.opensRoom(room, listens), await keys.opensRoom(room, '')], [true, false, false]);
});

test("a device's proof is a signature over the greeting and the token", async () => {
  const key = await keys.newDeviceKey();
  const point = fromBase64url(keys.devicePoint(key));
  assert.equal(point.length, 65);
  assert.equal(point[0], 4);
  const proof = fromBase64url(await keys.deviceProof(key, 'token.of.today'));
  assert.equal(proof.length, 64);
  const { d: _, ...jwk } = key;
  const publicKey = createPublicKey({ key: /** @type {any} */ (jwk), format: 'jwk' });
  const check = (/** @type {string} */ text) => verify('sha256', utf8(text), { key: publicKey, dsaEncoding: 'ieee-p1363' }, proof);
  assert.ok(check('anteroom hello v1\ntoken.of.today'));
  assert.equal(check('anteroom hello v1\ntoken.of.tomorrow'), false);
});

/* What Go derived (signaling/client/credential). */
const vectors = JSON.parse(await readFile(new URL('../vectors/credential.json', import.meta.url), 'utf8'));
/** @param {string} raw base64url */
const aes = (raw) => crypto.subtle.importKey('raw', fromBase64url(raw), 'AES-GCM', false, ['encrypt', 'decrypt']);

for (const { tenant, name, password, normal_name, auth, wrap } of vectors.password) {
  test(`Go and the browser derive the same from the password of ${JSON.stringify(name)}`, async () => {
    assert.equal(keys.userName(name), normal_name);
    const derived = await keys.derivePassword(tenant, name, password);
    assert.equal(derived.auth, auth);
    const iv = new Uint8Array(12);
    const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, derived.wrap, utf8('x'));
    assert.deepEqual(await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, await aes(wrap), sealed), utf8('x').buffer);
  });
}

for (const { typed, phrase, wrap } of vectors.recovery) {
  test(`Go and the browser read ${JSON.stringify(typed)} alike`, async () => {
    const read = readPhrase(typed);
    if (!phrase) return assert.ok('wrong' in read);
    assert.deepEqual(read, { phrase });
    const iv = new Uint8Array(12);
    const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, await keys.phraseKey(phrase), utf8('x'));
    assert.deepEqual(await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, await aes(wrap), sealed), utf8('x').buffer);
  });
}

test('what Go wrapped and sealed opens in the browser', async () => {
  const { account_key: account, room_secret: room, text, link, device } = vectors;
  const opened = await keys.openAccountKey(await aes(account.wrap), { publicKey: account.public_key, wrappedPrivateKey: account.wrapped_private_key });
  for (const [wrapped, own] of [[room.wrapped_secret, false], [room.own_wrapped_secret, true]]) {
    const unwrapped = await keys.unwrapRoomSecret(wrapped, opened);
    assert.deepEqual([toBase64url(unwrapped.secret), unwrapped.own], [room.secret, own]);
  }
  const handed = await unwrapAny(room.handed_wrapped_secret, opened);
  assert.deepEqual([toBase64url(handed.secret), handed.own, showCode(await keyCode(handed.from ?? ''))], [room.secret, false, room.handed_from_code]);
  for (const { room_secret, context, text: plain, sealed } of text) {
    assert.equal(await keys.openText(fromBase64url(room_secret), context, sealed), plain);
  }
  for (const { secret, auth, auth_hash, e2ee } of link) {
    assert.ok(keys.isLinkSecret(secret));
    assert.equal(await keys.linkAuth(secret), auth);
    assert.equal(await keys.linkAuthHash(secret), auth_hash);
    assert.equal(toBase64url(await keys.linkE2ee(secret)), e2ee);
  }
  const imported = await crypto.subtle.importKey(
    'pkcs8', fromBase64url(device.private_key_pkcs8), { name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign']);
  const jwk = await crypto.subtle.exportKey('jwk', imported);
  assert.equal(keys.devicePoint(jwk), device.device);
  const point = await crypto.subtle.importKey('raw', fromBase64url(device.device), { name: 'ECDSA', namedCurve: 'P-256' }, false, ['verify']);
  for (const proof of [device.proof, await keys.deviceProof(jwk, device.token)]) {
    assert.ok(await crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, point, fromBase64url(proof), utf8(`anteroom hello v1\n${device.token}`)));
  }
});
