/* Which language is shown when several are asked for and the catalogues come in any order. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

/** @type {Map<string, () => void>} lets the catalogue of a language arrive */
const arrive = new Map();
/** @type {typeof import('../../static/i18n/i18n.js')} */
let i18n;
let page = 0;

const settled = () => new Promise((resolve) => setImmediate(resolve));

beforeEach(async () => {
  arrive.clear();
  Object.assign(globalThis, {
    document: { documentElement: {} },
    fetch: (/** @type {URL} */ address) => {
      const code = /(\w+)\.json$/.exec(address.pathname)?.[1] ?? '';
      return new Promise((resolve) => arrive.set(code, () => resolve({ ok: true, json: async () => ({}) })));
    },
  });
  // Each page loads the module anew.
  i18n = await import(`../../static/i18n/i18n.js?page=${++page}`);
});

for (const order of [['de', 'en'], ['en', 'de']]) {
  test(`the link's English wins over the browser's German, when ${order[0]} arrives first`, async () => {
    void i18n.proposeLanguage('de');
    void i18n.proposeLanguage('en');
    for (const code of order) {
      arrive.get(code)?.();
      await settled();
    }
    assert.equal(i18n.language.value, 'en');
  });
}

test('the link is asked for before the browser’s words are there, or after', async () => {
  void i18n.proposeLanguage('de');
  arrive.get('de')?.();
  await settled();
  assert.equal(i18n.language.value, 'de');
  void i18n.proposeLanguage('en');
  arrive.get('en')?.();
  await settled();
  assert.equal(i18n.language.value, 'en');
});

test('what the person has chosen stays, whatever the link says and whenever', async () => {
  void i18n.proposeLanguage('en');
  void i18n.setLanguage('de');
  void i18n.proposeLanguage('en');
  arrive.get('de')?.();
  await settled();
  arrive.get('en')?.();
  await settled();
  assert.equal(i18n.language.value, 'de');
});

test('a language that cannot be had changes nothing', async () => {
  void i18n.proposeLanguage('de');
  arrive.get('de')?.();
  await settled();
  Object.assign(globalThis, { fetch: async () => ({ ok: false, status: 503 }) });
  await assert.rejects(i18n.proposeLanguage('en'));
  assert.equal(i18n.language.value, 'de');
});
