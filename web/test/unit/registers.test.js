/*
 * What a register says otherwise than its language: only what differs, and then all of it. Who added a sentence to `de.json` is told here
 * that it lacks its Du, or that it is too long for simple German.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { languages, varieties } from '../../static/i18n/i18n.js';

const root = new URL('../../static/', import.meta.url);
const read = async (/** @type {string} */ name) => /** @type {Record<string, string>} */ (JSON.parse(await readFile(new URL(name, root), 'utf8')));
const placeholders = (/** @type {string} */ text) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort();
const plural = /_(zero|one|two|few|many|other)$/;
const folders = ['i18n/locales/', 'screens/words/', 'portal/words/'];
const registers = varieties.flatMap((one) => ('of' in one ? [one] : []));

/** What only those read who counsel; of the portal's words clients read the invitation. */
const counsellors = /^(room\.|incident\.|knock\.|lock\.open\.|lock\.stranger|lock\.compare$|lock\.close$|name\.hint\.moderates$|sign\.given$|sign\.read$|exit\.left$|hand\.list$|portal\.(?!letter\.|invite\.letter))/;

/** Beginnings of sentences in which Ihr is no polite address: it is the plural of du, "you both". @type {string[]} */
const theirs = ['Ihr seht und hört einander.', 'Ihr hört einander', 'Ihr könnt es mit zwei Wörtern bestätigen'];

/** The words of a folder in a register that a client reads. @param {string} folder @param {{ code: string, of: string }} register */
async function clients(folder, { code, of }) {
  const merged = { ...await read(`${folder}${of}.json`), ...await read(`${folder}${code}.json`) };
  return Object.entries(merged).filter(([key]) => !counsellors.test(key));
}

for (const register of registers) {
  test(`${register.code} is a register of a language there is, by RFC 5646`, () => {
    assert.ok(languages.some(({ code }) => code === register.of));
    assert.match(register.code, new RegExp(`^${register.of}-x-[a-z0-9]{1,8}$`));
    assert.equal(new Intl.Locale(register.code).language, register.of);
  });

  for (const folder of folders) {
    test(`${folder}${register.code}.json says only what differs, with the same placeholders and whole plurals`, async () => {
      const base = await read(`${folder}${register.of}.json`);
      const words = await read(`${folder}${register.code}.json`);
      for (const [key, text] of Object.entries(words)) {
        assert.ok(key in base, `${key} is not a key of ${register.of}.json`);
        assert.notEqual(text.trim(), '', key);
        assert.notEqual(text, base[key], `${key} says the same`);
        assert.deepEqual(placeholders(text), placeholders(base[key] ?? ''), key);
        assert.ok(!counsellors.test(key), `${key} is read by counsellors, who have no registers`);
        if (!plural.test(key)) continue;
        for (const other of Object.keys(base).filter((one) => plural.test(one) && one.replace(plural, '') === key.replace(plural, ''))) {
          assert.ok(other in words, `${key} without ${other}`);
        }
      }
    });
  }
}

for (const folder of folders) {
  test(`${folder}: who is called du is nowhere called Sie`, async () => {
    const formal = (await clients(folder, { code: 'de-x-du', of: 'de' })).filter(([, text]) => /(^|[^\p{L}])(Sie|Ihnen|Ihr|Ihre[mnrs]?)(?!\p{L})/u.test(theirs.reduce((rest, one) => rest.replace(one, ''), text)));
    assert.deepEqual(formal, []);
  });

  test(`${folder}: simple German has short sentences`, async () => {
    const long = (await clients(folder, { code: 'de-x-einfach', of: 'de' })).flatMap(([key, text]) => sentences(text).filter((one) => one.split(/\s+/).length > 12).map((one) => [key, one]));
    assert.deepEqual(long, []);
  });

  test(`${folder}: simple German does without the words of those who build such things`, async () => {
    // What stands on somebody else's button is called as it is called there.
    const hard = (await clients(folder, { code: 'de-x-einfach', of: 'de' })).filter(([, text]) => /Browser|Server|Router|[Vv]erschlüssel|Leitung|Chat|Übertragung|[Zz]ugestellt/.test(text.replace(/„[^“]*“/g, '')));
    assert.deepEqual(hard, []);
  });
}

/** What is read in one breath. @param {string} text */
function sentences(text) {
  return text.split(/(?<=[.?!:…])["“)]*\s+/).filter(Boolean);
}
