// Kinds of room and ways into one: sound alone, and a code that is typed.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openChromium } from './support/browsers.js';
import { admit, handle, inState, otherVideo, signIn } from './support/people.js';
import { eventually, heard } from './support/recognise.js';
import { look } from './support/look.js';
import { Node } from './support/server.js';

describe('kinds of room and ways in', () => {
  /** @type {Node} */ let node;
  /** @type {import('playwright-core').Browser} */ let chromeA;
  /** @type {import('playwright-core').Browser} */ let chromeB;
  before(async () => {
    [node, chromeA, chromeB] = await Promise.all([Node.start(), openChromium('ada'), openChromium('ben')]);
    await node.counsellor('ada');
  });
  after(async () => {
    await Promise.all([chromeA?.close(), chromeB?.close()]);
    await node?.stop();
  });

  /** A browser of its own that notes which devices its pages ask for. @param {import('playwright-core').Browser} browser */
  async function person(browser) {
    const context = await browser.newContext({ locale: 'de-DE' });
    await context.addInitScript(() => {
      const noted = /** @type {any} */ (window);
      noted.asked = [];
      const media = navigator.mediaDevices;
      const ask = media.getUserMedia.bind(media);
      media.getUserMedia = (wish) => (noted.asked.push(!!wish?.video), ask(wish));
      navigator.clipboard.writeText = async (text) => { noted.copied = text; };
    });
    return context;
  }

  test('a conversation by sound: no page asks for a camera, both hear each other', async () => {
    const [contextA, contextB] = await Promise.all([person(chromeA), person(chromeB)]);
    const ada = await signIn(contextA, node.url, 'ada');
    await handle(ada, 'new-room').click();
    await handle(ada, 'how-sound').check();
    assert.deepEqual(await look(ada, 'b3-sound'), []);
    await handle(ada, 'create').click();
    await handle(ada, 'copy-link').first().click();
    const link = await eventually(() => ada.evaluate(() => /** @type {any} */ (window).copied), Boolean, 'the link');
    await handle(ada, 'start').first().click();
    await handle(ada, 'media-audio').waitFor();
    assert.equal(await handle(ada, 'media-av').count(), 0, 'the counsellor is offered no camera');
    await handle(ada, 'media-audio').click();
    await inState(ada, 'call');

    const ben = await contextB.newPage();
    await ben.goto(link);
    await handle(ben, 'continue').waitFor();
    assert.deepEqual(await look(ben, 'c1-sound'), []);
    await handle(ben, 'continue').click();
    await handle(ben, 'consent-yes').click();
    await handle(ben, 'media-audio').waitFor();
    assert.equal(await handle(ben, 'media-av').count(), 0, 'nor is the client');
    assert.deepEqual(await look(ben, 'c4-sound'), []);
    await handle(ben, 'media-audio').click();
    await inState(ben, 'waiting');
    assert.equal(await handle(ben, 'cam').count(), 0, 'nothing in the waiting room switches one on');
    assert.deepEqual(await look(ben, 'c6-sound'), []);
    await admit(ada);
    await inState(ben, 'call');
    assert.equal(await handle(ben, 'cam').count(), 0);
    const video = await otherVideo(ada);
    await eventually(() => heard(ada, video), (found) => found === 'ben', "ben's tone");
    await eventually(async () => heard(ben, await otherVideo(ben)), (found) => found === 'ada', "ada's tone");
    assert.deepEqual(await look(ben, 'c7-sound'), []);
    for (const page of [ada, ben]) assert.ok(!(await page.evaluate(() => /** @type {any} */ (window).asked)).includes(true), 'a camera was asked for');
    await Promise.all([contextA.close(), contextB.close()]);
  });

  test('a code that is typed leads to the waiting room and the call, which is confirmed by two words', async () => {
    const [contextA, contextB] = await Promise.all([person(chromeA), person(chromeB)]);
    const ada = await signIn(contextA, node.url, 'ada');
    await handle(ada, 'new-room').click();
    await handle(ada, 'how-sound').check();
    await handle(ada, 'create').click();
    await handle(ada, 'show-qr').click();
    const code = await handle(ada, 'code-text').innerText();
    assert.match(code, /^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}$/);
    assert.deepEqual(await look(ada, 'b4-code'), []);
    await ada.keyboard.press('Escape');
    await handle(ada, 'start').first().click();
    await handle(ada, 'media-audio').click();
    await inState(ada, 'call');

    const ben = await contextB.newPage();
    await ben.goto(`${node.url}/code`);
    await handle(ben, 'code').fill('0000-0000');
    await handle(ben, 'code-go').click();
    await ben.locator('.field-error').waitFor();
    assert.deepEqual(await look(ben, 'c0-code'), []);
    await handle(ben, 'code').fill('0000-0000-0000');
    await handle(ben, 'code-go').click();
    await ben.locator('.field-error', { hasText: 'keine Einladung' }).waitFor();
    await handle(ben, 'code').fill(` ${code.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')}`);
    await handle(ben, 'code-go').click();
    await handle(ben, 'continue').click();
    await handle(ben, 'consent-yes').click();
    await handle(ben, 'media-audio').click();
    await inState(ben, 'waiting');
    await admit(ada);
    await inState(ben, 'call');
    await eventually(() => ada.evaluate(() => document.querySelector('[data-lock]')?.getAttribute('data-lock')), (lock) => lock === 'unverified', 'the lock to say that it is not confirmed');
    const video = await otherVideo(ada);
    await eventually(() => heard(ada, video), (found) => found === 'ben', "ben's tone, sealed all the same");
    await ben.reload();
    await inState(ben, 'call');
    await Promise.all([contextA.close(), contextB.close()]);
  });
});
