/*
 * Every language says everything: the same keys and placeholders as en.json, and the plural forms that its grammar needs. What registers
 * say otherwise is looked at in registers.test.js.
 */
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { test } from 'node:test';

const root = new URL('../../static/', import.meta.url);
/** Where words are, and what of the client says them. */
const catalogues = [{ folder: 'i18n/locales/', said: /^(?!office\/)/ }, { folder: 'portal/words/', said: /^portal/ }, { folder: 'office/words/', said: /^office\// }, { folder: 'screens/words/', said: /^(screens|ui|portal)\// }];
const read = async (/** @type {string} */ name) => JSON.parse(await readFile(new URL(name, root), 'utf8'));
const placeholders = (/** @type {string} */ text) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort();
const plural = /_(zero|one|two|few|many|other)$/;
const bases = (/** @type {object} */ words) => new Set(Object.keys(words).map((key) => key.replace(plural, '')));

for (const { folder, said } of catalogues) {
  const english = await read(`${folder}en.json`);

  for (const name of (await readdir(new URL(folder, root))).filter((file) => file.endsWith('.json') && !file.includes('-x-'))) {
    const code = name.replace('.json', '');
    const words = await read(`${folder}${name}`);

    test(`${folder}${name} has the keys of en.json and no others`, () => {
      assert.deepEqual([...bases(words)].sort(), [...bases(english)].sort());
    });

    test(`${folder}${name} says something for every key, with the same placeholders`, () => {
      for (const [key, text] of Object.entries(words)) {
        assert.notEqual(text.trim(), '', key);
        const model = english[key] ?? english[key.replace(plural, '_other')];
        assert.deepEqual(placeholders(text), placeholders(model), key);
      }
    });

    test(`${folder}${name} has every plural form of its grammar`, () => {
      const forms = new Intl.PluralRules(code).resolvedOptions().pluralCategories;
      for (const key of Object.keys(english).filter((k) => k.endsWith('_other'))) {
        for (const form of forms) assert.ok(key.replace(plural, `_${form}`) in words, `${key}: ${form}`);
      }
    });
  }

  test(`every key of ${folder}en.json is used somewhere`, async () => {
    const files = (await readdir(root, { recursive: true })).filter((file) => file.endsWith('.js') && !file.startsWith('third_party') && said.test(file));
    const code = (await Promise.all(files.map((file) => readFile(new URL(file, root), 'utf8')))).join('\n');
    // A key stands in the code whole, or is made of a beginning and a name (`role.${role}`).
    const beginnings = [...code.matchAll(/`([a-z]+(?:\.[a-z]+)*\.)\$\{/g)].map((m) => m[1]);
    const unused = [...bases(english)].filter((key) => !code.includes(`'${key}'`) && !beginnings.some((start) => key.startsWith(start)));
    assert.deepEqual(unused, []);
  });
}
