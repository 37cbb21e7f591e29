// German in registers: the link's from the first screen on, another one in the middle of the call without a loss, and an invitation in it.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { openChromium } from './support/browsers.js';
import { admit, handle, hangUp, inState, preside, signIn, tiles } from './support/people.js';
import { eventually } from './support/recognise.js';
import { Node } from './support/server.js';

const folder = new URL('../screenshots/', import.meta.url).pathname;

describe('registers', () => {
  /** @type {Node} */ let node;
  /** @type {import('playwright-core').Browser} */ let chrome;
  before(async () => {
    mkdirSync(folder, { recursive: true });
    [node, chrome] = await Promise.all([Node.start({ ANTEROOM_SERVICE_NAME: 'Familienberatung Mitte', ANTEROOM_SERVICE_PHONE: '030 123456' }), openChromium('ben')]);
    await node.counsellor('ada');
  });
  after(async () => {
    await chrome?.close();
    await node?.stop();
  });

  /** What a screen says, once it says this. @param {import('playwright-core').Page} page @param {string} words */
  async function says(page, words) {
    return eventually(() => page.evaluate(() => document.body.innerText), (text) => text.includes(words), words);
  }

  /** A picture of a screen, which fits on a phone and calls nobody by the other form. @param {import('playwright-core').Page} page @param {string} name @param {string} lang @param {string} words */
  async function shows(page, name, lang, words) {
    const text = await says(page, words);
    assert.equal(await page.evaluate(() => document.documentElement.lang), lang);
    if (lang === 'de-x-du') assert.doesNotMatch(text.replace('Ihr seht und hört einander.', ''), /\b(Sie|Ihnen|Ihre?[mnrs]?)\b/);
    await page.screenshot({ path: `${folder}register-${name}-${lang}.png`, fullPage: true, animations: 'disabled' });
    await page.setViewportSize({ width: 320, height: 640 });
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), `${name} in ${lang} is too wide`);
    await page.setViewportSize({ width: 390, height: 844 });
  }

  for (const [lang, other, words] of /** @type {const} */ ([
    ['de-x-du', 'de-x-einfach', {
      invited: 'hat dich zu einem Videogespräch eingeladen', consent: 'Du darfst jederzeit auflegen.', media: 'Wie möchtest du sprechen?',
      waiting: 'Du bist im Warteraum', ended: 'Wir haben nichts aufgenommen.',
    }],
    ['de-x-einfach', 'de-x-du', {
      invited: 'möchte mit Ihnen sprechen', consent: 'Unser Programm kann das gar nicht.', media: 'Niemand sieht Sie. Niemand hört Sie.',
      waiting: 'Niemand sieht Sie. Niemand hört Sie.', ended: 'Du kannst dieses Fenster jetzt schließen.',
    }],
  ])) {
    test(`a link in ${lang} opens in it, and in the call the person changes to ${other} and loses nothing`, async () => {
      const room = await node.roomWith(['--lang', lang], 'ada', 'client:Ben');
      // The browser asks for another language: the link knows the person better.
      const context = await chrome.newContext({ locale: 'en-GB', viewport: { width: 390, height: 844 } });
      const ben = await context.newPage();
      await ben.goto(room.persons[0].link);
      await shows(ben, 'welcome', lang, words.invited);
      await handle(ben, 'continue').click();
      await shows(ben, 'consent', lang, words.consent);
      await handle(ben, 'consent-yes').click();
      await shows(ben, 'media', lang, words.media);
      await handle(ben, 'media-av').click();
      await inState(ben, 'waiting');
      await shows(ben, 'waiting', lang, words.waiting);

      const adas = await chrome.newContext({ locale: 'de-DE' });
      const ada = await preside(adas, room.counsellor_link);
      assert.match(await handle(ada, 'waiting-item').innerText(), lang === 'de-x-du' ? /Deutsch \(Du\)/ : /Einfaches Deutsch/);
      await admit(ada);
      await inState(ben, 'call');
      await shows(ben, 'call', lang, 'Ton');
      assert.deepEqual(await offered(ben), ['de', 'de-x-du', 'de-x-einfach', 'en']);
      assert.deepEqual(await offered(ada), ['de', 'en'], 'counsellors have the plain languages');

      await handle(ben, 'mic').click();
      const before = await eventually(() => tiles(ben), (list) => list.length === 2, 'two in the call');
      await ben.locator('#language').selectOption(other);
      await ben.waitForFunction((lang) => document.documentElement.lang === lang, other);
      assert.deepEqual(await tiles(ben), before);
      assert.equal(await handle(ben, 'mic').getAttribute('aria-pressed'), 'false', 'what was off stays off');
      await inState(ben, 'call');

      await hangUp(ada, 'end-all');
      await inState(ben, 'ended');
      await shows(ben, 'end', other, words.ended);
      await Promise.all([context.close(), adas.close()]);
    });
  }

  test('an invitation comes in the register chosen for the person, and the portal stays in its language', async () => {
    const context = await chrome.newContext({ locale: 'de-DE', viewport: { width: 1280, height: 800 } });
    await context.addInitScript(() => {
      navigator.clipboard.writeText = async (text) => { /** @type {any} */ (window).copied = text; };
    });
    const ada = await signIn(context, node.url, 'ada');
    assert.deepEqual(await offered(ada), ['de', 'en']);
    await handle(ada, 'new-room').click();
    await handle(ada, 'lang').selectOption('de-x-du');
    // Whoever counsels with her reads the plain languages alone.
    await handle(ada, 'role').selectOption('co-counsellor');
    assert.equal(await handle(ada, 'lang').inputValue(), 'de');
    await handle(ada, 'role').selectOption('client');
    await handle(ada, 'lang').selectOption('de-x-du');
    await handle(ada, 'create').click();
    await handle(ada, 'copy-text').first().click();
    const text = await eventually(() => ada.evaluate(() => /** @type {any} */ (window).copied), Boolean, 'a text');
    assert.match(text, /^Du bist zu einem Videogespräch mit Familienberatung Mitte eingeladen\./);
    assert.match(text, /Bitte gib ihn nicht weiter\./);
    assert.doesNotMatch(text, /\b(Sie|Ihnen|Ihre?[mnrs]?)\b/);
    assert.match(await handle(ada, 'invitation').first().innerText(), /Deutsch \(Du\)/);
    await ada.screenshot({ path: `${folder}register-portal.png`, fullPage: true });
    await context.close();
  });

  /** The languages that a page offers. @param {import('playwright-core').Page} page */
  const offered = (page) => page.locator('#language option').evaluateAll((options) => options.map((option) => /** @type {HTMLOptionElement} */ (option).value));
});
