/* The typed code: the same as Go derives, read as people write it, kept as what it gives, and no proof of who one is. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { codeAuth, linkCode, linkCodeHash, readCode, showCode } from '../../static/e2ee/code.js';
import { entryByCode, secretOf, shown } from '../../static/call/entry.js';
import { checkLink } from '../../static/call/links.js';
import { Seat } from '../../static/call/seat.js';
import { world } from './fakes.js';

const vectors = JSON.parse(await readFile(new URL('../vectors/credential.json', import.meta.url), 'utf8'));

test('a link has the code that Go gives it', async () => {
  for (const { secret, code, code_auth, code_auth_hash } of vectors.link) {
    const letters = await linkCode(secret);
    assert.equal(showCode(letters), code);
    assert.equal(readCode(code), letters);
    assert.equal(await codeAuth(letters), code_auth);
    assert.equal(await linkCodeHash(secret), code_auth_hash);
  }
});

test('it is read as people write it', () => {
  for (const typed of ['0011-ABCD-EFGH', 'oOiL abcd efgh', ' 0o1l–abcd–efgh\n', '0 0 1 1 a b c d e f g h']) assert.equal(readCode(typed), '0011ABCDEFGH', typed);
  for (const typed of ['', '0011-ABCD-EFG', '0011-ABCD-EFGHJ', '0011-ABCD-EFGU', '0011-ABCD-EFG!', 'äbcd-0011-efgh']) assert.equal(readCode(typed), null, typed);
});

test('what was typed is asked about and knocked with by what it gives, kept so in the tab, and proves nothing', async () => {
  const { env, api, posted, kept } = /** @type {any} */ (world());
  const [{ code, code_auth }] = vectors.link;
  const entry = await entryByCode(code.toLowerCase());
  assert.ok(entry);
  assert.equal(await entryByCode('hello'), null);
  assert.deepEqual(await shown(entry), { code: code_auth });
  assert.equal(secretOf(entry), undefined);
  api.answer = () => [429, { code: 'too_fast' }];
  assert.deepEqual(await checkLink(env, entry), { error: 'too_fast' });
  assert.deepEqual(posted.at(-1), { path: '/api/v1/links/check', body: { code: code_auth } });
  const seat = await Seat.take(env, 'link', { link: entry, lang: 'de', media: 'audio' });
  assert.equal(seat.link, undefined, 'no half that seals');
  api.answer = () => [200, { ticket: 'a ticket' }];
  await seat.hello(true);
  assert.equal(posted.at(-1).body.code, code_auth);
  assert.equal(Seat.find(env, 'link')?.link, undefined);
  assert.ok(Seat.find(env, 'link'), 'a reload finds the seat again');
  assert.ok(!JSON.stringify([posted, [...(kept ?? [])]]).includes(code.slice(0, 4)), 'the code went nowhere');
});
