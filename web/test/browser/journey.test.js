// The main journey with real picture and sound: a counsellor and a client see and hear each other, both orders of arrival, in
// Chromium, in Firefox and between the two.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openChromium, openFirefox, syntheticDevices } from './support/browsers.js';
import { admit, arrive, handle, hangUp, inState, otherVideo, preside, signIn } from './support/people.js';
import { eventually, heard, never, seen } from './support/recognise.js';
import { Node } from './support/server.js';

describe('the main journey', () => {
  /** @type {Node} */ let node;
  before(async () => {
    node = await Node.start();
    await node.counsellor('ada');
  });
  after(() => node?.stop());

  /** Both sides recognise the other's picture, moving, and the other's tone. */
  async function meet(/** @type {import('playwright-core').Page} */ ada, /** @type {import('playwright-core').Page} */ ben) {
    for (const [page, face] of /** @type {const} */ ([[ada, 'ben'], [ben, 'ada']])) {
      const video = await otherVideo(page);
      const first = await eventually(() => seen(page, video), (found) => found?.face === face, `${face}'s picture`);
      await eventually(() => seen(page, video), (found) => found?.face === face && found.counter !== first?.counter, `${face}'s picture to move`);
      await eventually(() => heard(page, video), (found) => found === face, `${face}'s tone`);
    }
  }

  test('the counsellor signs in, makes a room, the client comes by link and is admitted', async () => {
    const [chromeA, chromeB] = await Promise.all([openChromium('ada'), openChromium('ben')]);
    try {
      const context = await chromeA.newContext({ permissions: ['clipboard-write'], locale: 'de-DE' });
      // The page may not read the clipboard (Permissions-Policy), so the test looks over its shoulder.
      await context.addInitScript(() => {
        const write = navigator.clipboard.writeText.bind(navigator.clipboard);
        navigator.clipboard.writeText = (text) => { /** @type {any} */ (window).copied = text; return write(text); };
      });
      const ada = await signIn(context, node.url, 'ada');
      await handle(ada, 'new-room').click();
      await handle(ada, 'create').click();
      await handle(ada, 'copy-link').first().click();
      const link = await ada.evaluate(() => /** @type {any} */ (window).copied);
      assert.match(link, /\/j#[\w-]{22}$/);
      await handle(ada, 'start').first().click();
      await handle(ada, 'media-av').click();
      await inState(ada, 'call');

      const ben = await arrive(await chromeB.newContext({ locale: 'de-DE' }), link);
      assert.equal(new URL(ben.url()).hash, '', 'the secret left the address bar');
      await admit(ada);
      await inState(ben, 'call');
      await meet(ada, ben);

      await hangUp(ada, 'end-all');
      await inState(ben, 'ended');
      await inState(ada, 'ended', 'portal');
    } finally {
      await Promise.all([chromeA.close(), chromeB.close()]);
    }
  });

  test('the client comes first, waits unseen, and no packet of his reaches the server before admission', async () => {
    const [chromeA, chromeB] = await Promise.all([openChromium('ada'), openChromium('ben')]);
    try {
      const room = await node.room('ada', 'client:Ben');
      const before = await node.metric('anteroom_media_datagrams_total');
      const ben = await arrive(await chromeB.newContext(), room.persons[0].link);
      await never(() => node.metric('anteroom_media_datagrams_total'), (count) => count !== before, 'packets from a waiting person');
      const ada = await preside(await chromeA.newContext(), room.counsellor_link);
      await admit(ada);
      await inState(ben, 'call');
      await meet(ada, ben);
      assert.ok((await node.metric('anteroom_media_datagrams_total')) > before, 'the same count sees packets once he is in');
    } finally {
      await Promise.all([chromeA.close(), chromeB.close()]);
    }
  });

  test('Firefox and Firefox', async () => {
    const firefox = await openFirefox();
    try {
      await pair(await firefox.newContext(), await firefox.newContext(), true, true);
    } finally {
      await firefox.close();
    }
  });

  test('Chromium and Firefox', async () => {
    const [firefox, chrome] = await Promise.all([openFirefox(), openChromium('ada')]);
    try {
      await pair(await chrome.newContext(), await firefox.newContext(), false, true);
    } finally {
      await Promise.all([firefox.close(), chrome.close()]);
    }
  });

  /** One room, counsellor in one context and client in the other; devices drawn in the page where asked. */
  async function pair(/** @type {import('playwright-core').BrowserContext} */ first, /** @type {import('playwright-core').BrowserContext} */ second,
    /** @type {boolean} */ drawFirst, /** @type {boolean} */ drawSecond) {
    if (drawFirst) await syntheticDevices(first, 'ada');
    if (drawSecond) await syntheticDevices(second, 'ben');
    const room = await node.room('ada', 'client:Ben');
    const ada = await preside(first, room.counsellor_link);
    const ben = await arrive(second, room.persons[0].link);
    await admit(ada);
    await inState(ben, 'call');
    await meet(ada, ben);
    // As a key of the headset does it, or Firefox of its own accord.
    await ada.evaluate((selector) => /** @type {HTMLVideoElement} */ (document.querySelector(selector)).pause(), await otherVideo(ada));
    await meet(ada, ben);
  }
});
