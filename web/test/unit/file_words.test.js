/* What a card says of a file: who did what, on both sides, in both languages. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

Object.assign(globalThis, {
  document: { documentElement: {} },
  fetch: async (/** @type {URL} */ address) => ({ ok: true, json: async () => JSON.parse(await readFile(address, 'utf8')) }),
});
const { kindNames, sizeMost } = await import('../../static/call/file_rules.js');
const { setLanguage, speakAlso, t } = await import('../../static/i18n/i18n.js');
const { allowed, sizeOf, stateOf } = await import('../../static/screens/file_words.js');
speakAlso((code) => new URL(`../../static/screens/words/${code}.json`, import.meta.url));
const readPlain = (/** @type {any} */ text) => text.plain ?? '';

/** @param {any} more */
const words = (more) => stateOf({ person: { role: 'client', name: { plain: 'Ben' } }, why: null, own: false, percent: 0, blob: null, ...more }, readPlain);
const [giver, taker] = [{ incoming: false }, { incoming: true }];

const ends = /** @type {[string, any, string, string][]} */ ([
  ['the giver took it back, to himself', { ...giver, state: 'cancelled', own: true }, 'Sie haben die Datei zurückgezogen.', 'You took the file back.'],
  ['the giver took it back, to the other', { ...taker, state: 'cancelled' }, 'Ben hat die Datei zurückgezogen.', 'Ben took the file back.'],
  ['the taker did not want it, to himself', { ...taker, state: 'declined', own: true }, 'Sie haben die Datei abgelehnt.', 'You declined the file.'],
  ['the taker did not want it, to the other', { ...giver, state: 'declined' }, 'Ben hat die Datei nicht angenommen.', 'Ben did not accept the file.'],
  ['the taker stopped it, to himself', { ...taker, state: 'cancelled', own: true }, 'Sie haben die Übertragung abgebrochen.', 'You stopped the transfer.'],
  ['the taker stopped it, to the other', { ...giver, state: 'cancelled' }, 'Ben hat die Übertragung abgebrochen.', 'Ben stopped the transfer.'],
  ['the line was gone', { ...taker, state: 'failed', why: 'lost' },
    'Die Übertragung ist abgebrochen: Die Verbindung zu Ben war zu lange weg. Ben kann es noch einmal versuchen.', 'The transfer has stopped: the connection to Ben was gone for too long. Ben can try again.'],
]);
for (const [name, entry, de, en] of ends) {
  test(name, async () => {
    await setLanguage('de');
    assert.equal(words(entry), de);
    await setLanguage('en');
    assert.equal(words(entry), en);
  });
}

test('whatever goes wrong has its words on both sides', () => {
  for (const side of [giver, taker]) for (const why of ['unreached', 'lost', 'changed', 'wrong', 'many', 'gone', 'unknown', null]) assert.match(words({ ...side, state: 'failed', why }), /^\w[^{]+\.$/, String(why));
});

test('a size', async () => {
  await setLanguage('de');
  assert.deepEqual([1, 2_048, 999_999, 1_500_000, 20 * 1_048_576].map(sizeOf).map((size) => size.replace('\u00a0', ' ')), ['1 kB', '2 kB', '977 kB', '1,4 MB', '20 MB']);
});

test('which files are handed over is said as the rules have it: beforehand, and by every refusal', async () => {
  const said = (/** @type {any} */ key, size = sizeMost) => t(key, allowed({ accepted: '', kinds: kindNames, size, open: 4 })).replace('\u00a0', ' ');
  await setLanguage('de');
  for (const key of ['file.allowed', 'file.refused.kind', 'file.refused.large']) assert.match(said(key), /PDF, JPEG oder PNG, bis 20 MB/, key);
  assert.match(said('file.refused.large', 7 * 1_048_576), /bis 7 MB/);
  for (const lang of /** @type {const} */ (['de', 'de-x-du', 'de-x-einfach', 'en'])) {
    await setLanguage(lang);
    assert.match(said('file.refused.many'), /^4 (Dateien|files) /, lang);
  }
  await setLanguage('en');
  for (const key of ['file.allowed', 'file.refused.kind', 'file.refused.large']) assert.match(said(key), /PDF, JPEG, or PNG, up to 20 MB/, key);
});
