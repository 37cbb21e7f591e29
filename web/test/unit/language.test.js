/* Which language is shown when several are asked for and the catalogues come in any order. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

/** @type {Map<string, () => void>} lets the catalogue of a language arrive */
const arrive = new Map();
/** What each catalogue holds. @type {Record<string, object>} */
const said = { de: { next: 'Weiter', 'wait.title': 'Sie sind im Warteraum' }, 'de-x-du': { 'wait.title': 'Du bist im Warteraum' } };
/** @type {typeof import('../../static/i18n/i18n.js')} */
let i18n;
let page = 0;

const settled = () => new Promise((resolve) => setImmediate(resolve));

beforeEach(async () => {
  arrive.clear();
  Object.assign(globalThis, {
    document: { documentElement: {} },
    fetch: (/** @type {URL} */ address) => {
      const code = /([\w-]+)\.json$/.exec(address.pathname)?.[1] ?? '';
      return new Promise((resolve) => arrive.set(code, () => resolve({ ok: true, json: async () => said[code] ?? {} })));
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

test('the very register is chosen where it is there, in any case, else its language', () => {
  assert.equal(i18n.choose('de-x-du'), 'de-x-du');
  assert.equal(i18n.choose('de-X-Einfach', 'en'), 'de-x-einfach');
  assert.equal(i18n.choose('de-AT'), 'de');
  assert.equal(i18n.choose('de-x-bairisch'), 'de');
  assert.equal(i18n.choose('tlh', 'de-x-du'), 'de-x-du');
  assert.equal(i18n.choose('de', 'de-x-du'), 'de', 'the earlier wish, as it is');
  assert.equal(i18n.choose('tlh', null), 'en');
});

test('where only a language is meant, a register is its language', () => {
  assert.deepEqual(i18n.varieties.map(({ code }) => i18n.baseOf(code)), ['de', 'de', 'de', 'en']);
  assert.deepEqual(i18n.languages.map(({ code }) => code), ['de', 'en']);
});

for (const order of [['de', 'de-x-du'], ['de-x-du', 'de']]) {
  test(`a register says what differs in its own words and the rest in those of its language, when ${order[0]} arrives first`, async () => {
    void i18n.proposeLanguage('de-x-du');
    assert.deepEqual([...arrive.keys()].sort(), ['de', 'de-x-du'], 'asked for at once');
    arrive.get(order[0] ?? '')?.();
    await settled();
    assert.equal(i18n.language.value, 'en', 'half of it is not shown');
    arrive.get(order[1] ?? '')?.();
    await settled();
    assert.equal(i18n.language.value, 'de-x-du');
    assert.equal(i18n.t('wait.title'), 'Du bist im Warteraum');
    assert.equal(i18n.t('next'), 'Weiter');
    assert.equal(/** @type {any} */ (globalThis).document.documentElement.lang, 'de-x-du');
  });
}

/** Every file of words comes when it is called, by its folder. */
function byFolder() {
  /** @type {Map<string, (ok?: boolean) => void>} */
  const called = new Map();
  Object.assign(globalThis, {
    fetch: (/** @type {URL} */ { pathname }) => new Promise((resolve) => called.set(pathname.split('/').slice(-2).join('/'), (ok = true) => resolve({ ok, json: async () => ({ [pathname.includes('later') ? 'wait.title' : 'next']: pathname }) }))),
  });
  return async (/** @type {string} */ name, ok = true) => {
    called.get(name)?.(ok);
    await settled();
  };
}
const later = (/** @type {string} */ code) => new URL(`file:///later/${code}.json`);

test('words that come later come in the language that was wished last, though another is shown still', async () => {
  const come = byFolder();
  void i18n.proposeLanguage('de');
  await come('locales/de.json');
  void i18n.proposeLanguage('en');
  void i18n.speakLater(later);
  await come('locales/en.json');
  await come('later/en.json');
  assert.equal(i18n.language.value, 'en');
  assert.match(i18n.t('wait.title'), /later\/en/);
});

test('who asks for them again waits for nothing, and no screen is drawn anew', async () => {
  const come = byFolder();
  void i18n.proposeLanguage('de');
  await come('locales/de.json');
  void i18n.speakLater(later);
  await come('locales/de.json');
  await come('later/de.json');
  assert.match(i18n.t('wait.title'), /later\/de/);
  let drawn = 0;
  const { effect } = await import('../../static/third_party/preact.js');
  const stop = effect(() => void [i18n.t('next'), drawn++]);
  await i18n.speakLater(later);
  stop();
  assert.equal(drawn, 1);
});

test('words that did not come leave the others, and come with the next who asks', async () => {
  const come = byFolder();
  void i18n.proposeLanguage('de');
  await come('locales/de.json');
  const failed = assert.rejects(i18n.speakLater(later));
  await come('locales/de.json');
  await come('later/de.json', false);
  await failed;
  assert.match(i18n.t('next'), /locales\/de/);
  void i18n.speakLater(later);
  await come('locales/de.json');
  await come('later/de.json');
  assert.match(i18n.t('wait.title'), /later\/de/);
});

test('a language that cannot be had is not wished any more when words come later', async () => {
  const come = byFolder();
  void i18n.proposeLanguage('de');
  await come('locales/de.json');
  const failed = assert.rejects(i18n.proposeLanguage('en'));
  await come('locales/en.json', false);
  await failed;
  void i18n.speakLater(later);
  await come('locales/de.json');
  await come('later/de.json');
  assert.equal(i18n.language.value, 'de');
  assert.match(i18n.t('wait.title'), /later\/de/);
});
