/* Invitations in the counsellor's portal: who sends them, whom they are for, what they say. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

Object.assign(globalThis, {
  document: { documentElement: {} },
  fetch: async (/** @type {URL} */ address) => ({ ok: true, json: async () => JSON.parse(await readFile(address, 'utf8')) }),
});
const { setLanguage, speakAlso, wordsOf } = await import('../../static/i18n/i18n.js');
const { labelsOf } = await import('../../static/portal/labels.js');
const { messageText } = await import('../../static/portal/letter.js');
const { lacking, onlyHere, senderOf } = await import('../../static/portal/sender.js');
const { later } = await import('../../static/screens/words.js');
speakAlso((code) => new URL(`../../static/portal/words/${code}.json`, import.meta.url), later);
await setLanguage('de');

test('a node that nobody named sends invitations in the counsellor’s name; one with a name in its own', () => {
  assert.deepEqual(senderOf({ name: 'Anteroom', phone: '1' }, 'Beratung Lindenhof'), { name: 'Beratung Lindenhof', phone: '1' });
  assert.equal(senderOf({ name: '', phone: '' }, 'Ada').name, 'Ada');
  assert.equal(senderOf({ name: 'Lindenhof', phone: '' }, 'Ada').name, 'Lindenhof');
});

test('the portal says what the service lacks, and nothing when all is there', () => {
  assert.equal(lacking({ name: 'Anteroom', phone: '' }), 'portal.service.both');
  assert.equal(lacking({ name: 'Anteroom', phone: '030 1' }), 'portal.service.name');
  assert.equal(lacking({ name: 'Lindenhof', phone: '' }), 'portal.service.phone');
  assert.equal(lacking({ name: 'Lindenhof', phone: '030 1' }), null);
});

test('addresses that lead nowhere from a phone', () => {
  for (const here of ['http://localhost:8080', 'http://127.0.0.1:8080', 'http://[::1]:8080', 'http://a.localhost']) assert.equal(onlyHere(here), true, here);
  for (const other of ['https://beratung.example.org', 'https://localhost.example.org', 'https://192.168.0.5:8443']) assert.equal(onlyHere(other), false, other);
});

test('people without a name can be told apart; one alone is called by the role', () => {
  /** @param {string} id @param {string} role @param {string} [plain] @returns {any} */
  const person = (id, role, plain = '') => ({ id, role, label: { plain } });
  const texts = { read: (/** @type {any} */ _, /** @type {string} */ __, /** @type {any} */ text) => text.plain };
  const persons = [person('a', 'client'), person('b', 'client', 'Frau M.'), person('c', 'interpreter'), person('d', 'client')];
  const labelOf = labelsOf(/** @type {any} */ ({ persons }), texts);
  const [first, named, alone, second] = persons.map(labelOf);
  assert.deepEqual([first, named, second], ['Klient/in 1', 'Frau M.', 'Klient/in 2']);
  assert.match(alone, /^\D+$/);
});

test('the message asks for an appointment only where there is one, and gives the number only where there is one', async () => {
  const words = await wordsOf('de');
  const letter = { lang: /** @type {const} */ ('de'), words, link: 'https://a.example.org/j#x' };
  const anytime = messageText(letter, { name: 'Lindenhof', phone: '' });
  assert.match(anytime, /Lindenhof/);
  assert.match(anytime, /wenn das Gespräch beginnen soll:\nhttps:/);
  assert.doesNotMatch(anytime, /Termin|Hilfe/);
  const timed = messageText({ ...letter, starts_at: new Date('2026-03-12T14:00').getTime() }, { name: 'Lindenhof', phone: '030 1' });
  assert.match(timed, /12\. März 2026[^]*14:00[^]*zum Termin diesen Link:\nhttps:[^]*030 1/);
});
