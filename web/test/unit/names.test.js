/* What people are called on the screens: the counsellor's label, then their own name, then their role; nobody takes a counsellor's for a name. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

Object.assign(globalThis, {
  document: { documentElement: {} },
  fetch: async (/** @type {URL} */ address) => ({ ok: true, json: async () => JSON.parse(await readFile(address, 'utf8')) }),
});
const { setLanguage, speakAlso, t } = await import('../../static/i18n/i18n.js');
const { imitates, nameOf, roleOf } = await import('../../static/screens/names.js');
const { later } = await import('../../static/screens/words.js');
speakAlso(later);
const readPlain = (/** @type {any} */ text) => text.plain ?? '';
await setLanguage('de');

const plain = (/** @type {string} */ text) => ({ plain: text });
/** @param {string} name @param {any} [more] */
const person = (name, more) => ({ role: /** @type {const} */ ('client'), name: plain(name), ...more });

test('the label wins over the name, and the name over the role', () => {
  assert.equal(nameOf(person('Ben', { label: plain('B. M.') }), readPlain), 'B. M.');
  assert.equal(nameOf(person('Ben'), readPlain), 'Ben');
  assert.equal(nameOf(person(''), readPlain), t('role.client'));
  assert.equal(roleOf(person('Ben'), 'Ben'), t('role.client'));
});

test('a name that reads like a counsellor\'s role is not shown of a client, however it is written', () => {
  const role = t('role.counsellor');
  for (const name of [role, role.toUpperCase(), `★ ${role}`, [...role].join('.'), `${role} 2`, [...role].join('\u200b'), role.replace(/[A-Z]/, (letter) => String.fromCodePoint(letter.charCodeAt(0) + 0xfee0))]) {
    assert.equal(nameOf(person(name), readPlain), t('role.client'), name);
    assert.ok(imitates(name, 'client'), name);
    assert.ok(!imitates(name, 'co-counsellor'), name);
  }
  assert.ok(!imitates('Bernd', 'client'));
});

test('nor with letters of other scripts, signs, brackets or what cannot be seen', () => {
  for (const name of [
    '★ Beratung ★', '[Beratung]', '(Beratung)', '«Beratung»', '{BERATUNG}', '--Beratung--', 'B e r a t u n g', 'Ber\u00adatung', 'Be\u200dra\u2060tu\ufeffng', '\u202eBeratung', 'Béràtüñg',
    'Вегаtung', 'Βeratung', 'Bеrаtung', 'ВЕRАТUNG', 'ʙᴇʀᴀᴛᴜɴɢ', 'Ｂｅｒａｔｕｎｇ', '𝐁𝐞𝐫𝐚𝐭𝐮𝐧𝐠', '𝔅𝔢𝔯𝔞𝔱𝔲𝔫𝔤', 'Ⓑⓔⓡⓐⓣⓤⓝⓖ', '🅱🅴🆁🅰🆃🆄🅽🅶', '🅑🅔🅡🅐🅣🅤🅝🅖', '🇧🇪🇷🇦🇹🇺🇳🇬', 'B3r4tung', 'Ko-Beratung', 'Frau Berger (Beratung)', 'Beraterin',
    'Counsellor', 'Counse11or', 'Соunsеllоr', 'counselor ✔',
  ]) {
    assert.ok(imitates(name, 'client'), name);
    assert.equal(nameOf(person(name), readPlain), t('role.client'), name);
  }
});

test('nor does a client look like an interpreter; names that are like none are shown', () => {
  assert.ok(imitates('Dolmetschen', 'client'));
  assert.ok(imitates('★ Begleitperson', 'client'));
  assert.ok(!imitates('Dolmetschen', 'interpreter'));
  for (const name of ['Bernd', 'Бера', 'Ayşe', 'Νίκος', 'Lin', 'Aktenzeichen 4711', 'محمد', 'Rat', 'Begleitung von Frau M.']) {
    assert.ok(!imitates(name, 'client'), name);
    assert.equal(nameOf(person(name), readPlain), name);
  }
});

test('a name has forty letters at the most', () => {
  assert.equal([...nameOf(person('n'.repeat(500)), readPlain)].length, 40);
});
