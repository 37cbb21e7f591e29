// Every screen: a picture in both themes at 390 and 1280 px (web/test/screenshots, for people to look at), axe without complaint,
// no sideways scrolling at 320 px, targets of at least 44 px, no request to another origin, no error in the console.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openChromium } from './support/browsers.js';
import { look } from './support/look.js';
import { admit, arrive, handle, inState, otherVideo, preside, signIn } from './support/people.js';
import { eventually, seen } from './support/recognise.js';
import { Node } from './support/server.js';

describe('every screen', () => {
  /** @type {Node} */ let node;
  /** @type {import('playwright-core').Browser} */ let chrome;
  /** @type {import('playwright-core').Browser} */ let other;
  before(async () => {
    [node, chrome, other] = await Promise.all([Node.start({ ANTEROOM_SERVICE_NAME: 'Familienberatung Mitte', ANTEROOM_SERVICE_PHONE: '030 123456' }), openChromium('ben'), openChromium('ada')]);
    await node.counsellor('ada');
  });
  after(async () => {
    await Promise.all([chrome?.close(), other?.close()]);
    await node?.stop();
  });

  /** A context that collects what the pages say wrong and whom else they ask. */
  async function watched(/** @type {import('playwright-core').Browser} */ browser, locale = 'de-DE', options = {}) {
    const context = await browser.newContext({ locale, viewport: { width: 1280, height: 800 }, ...options });
    const complaints = /** @type {string[]} */ ([]);
    context.on('console', (message) => { if (message.type() === 'error' || message.type() === 'warning') complaints.push(`console: ${message.text()}`); });
    context.on('weberror', (error) => complaints.push(`error: ${error.error().message}`));
    context.on('request', (request) => {
      const url = new URL(request.url());
      if (!['data:', 'blob:'].includes(url.protocol) && url.origin !== new URL(node.url).origin) complaints.push(`asked another origin: ${url.origin}`);
    });
    return { context, complaints };
  }

  for (const locale of ['de-DE', 'en-GB']) {
    const lang = locale.slice(0, 2);
    test(`the client's way, ${lang}`, async () => {
      const room = await node.room('ada', 'client:Frau M.');
      const { context, complaints } = await watched(chrome, locale);
      const page = await context.newPage();
      await page.goto(room.persons[0].link);
      await handle(page, 'continue').waitFor();
      complaints.push(...await look(page, `${lang}-c1-welcome`));
      await handle(page, 'continue').click();
      await handle(page, 'consent-yes').waitFor();
      complaints.push(...await look(page, `${lang}-c3-good-to-know`));
      await handle(page, 'consent-yes').click();
      await handle(page, 'media-av').waitFor();
      complaints.push(...await look(page, `${lang}-c4-picture-and-sound`));
      await handle(page, 'media-av').click();
      await inState(page, 'waiting');
      complaints.push(...await look(page, `${lang}-c6-waiting`));

      const counsellor = await watched(other, locale);
      const ada = await preside(counsellor.context, room.counsellor_link);
      await handle(ada, 'waiting-item').waitFor();
      counsellor.complaints.push(...await look(ada, `${lang}-b6-somebody-waits`));
      await admit(ada);
      await inState(page, 'call');
      const video = await otherVideo(page);
      await eventually(() => seen(page, video), (found) => found?.face === 'ada', "the counsellor's picture");
      complaints.push(...await look(page, `${lang}-c7-call`));
      const back = await otherVideo(ada);
      await eventually(() => seen(ada, back), (found) => found?.face === 'ben', "the client's picture");
      counsellor.complaints.push(...await look(ada, `${lang}-b6-call`));
      await handle(ada, 'hold').click();
      await inState(page, 'held');
      complaints.push(...await look(page, `${lang}-c8-held`));
      await handle(ada, 'hold').click();
      await inState(page, 'call');
      await handle(page, 'hangup').click();
      await handle(page, 'leave').waitFor();
      complaints.push(...await look(page, `${lang}-c7-hang-up`));
      await page.keyboard.press('Escape');
      await handle(ada, 'hangup').click();
      await handle(ada, 'leave').waitFor();
      counsellor.complaints.push(...await look(ada, `${lang}-b8-hang-up`));
      await handle(ada, 'leave').click();
      await inState(page, 'paused');
      complaints.push(...await look(page, `${lang}-c8-paused`));
      await node.command('room', 'end', room.room);
      await inState(page, 'ended');
      complaints.push(...await look(page, `${lang}-c10-ended`));
      assert.deepEqual([...complaints, ...counsellor.complaints], []);
      await Promise.all([context.close(), counsellor.context.close()]);
    });

    test(`the counsellor's portal, ${lang}`, async () => {
      const { context, complaints } = await watched(other, locale);
      const page = await context.newPage();
      await page.goto(node.url);
      await handle(page, 'signin').waitFor();
      complaints.push(...await look(page, `${lang}-b1-sign-in`));
      await page.close();
      const ada = await signIn(context, node.url, 'ada');
      complaints.push(...await look(ada, `${lang}-b2-rooms`));
      await handle(ada, 'new-room').click();
      await handle(ada, 'create').waitFor();
      complaints.push(...await look(ada, `${lang}-b3-new-room`));
      await handle(ada, 'create').click();
      await handle(ada, 'copy-link').first().waitFor();
      complaints.push(...await look(ada, `${lang}-b4-invitation`));
      await handle(ada, 'start').first().click();
      await handle(ada, 'media-av').waitFor();
      complaints.push(...await look(ada, `${lang}-b5-before`));
      assert.deepEqual(complaints.filter((complaint) => !complaint.includes('401')), []);
      await context.close();
    });
  }

  test('links that do not lead anywhere', async () => {
    const { context, complaints } = await watched(chrome);
    const page = await context.newPage();
    await page.goto(`${node.url}/j#${'A'.repeat(22)}`);
    await inState(page, 'link-invalid');
    assert.match(await page.locator('body').innerText(), /030 123456/, "the service's phone number");
    complaints.push(...await look(page, 'de-c11-link-invalid'));
    await page.close();
    const bare = await context.newPage();
    await bare.goto(`${node.url}/j`);
    await inState(bare, 'link-invalid');
    assert.deepEqual(complaints.filter((complaint) => !complaint.includes('404')), []);
    await context.close();
  });

  test('camera and microphone refused: steps, and a way to go on without', async () => {
    const refusing = await openChromium('ben', { refuse: true });
    try {
      const room = await node.room('ada', 'client:Ben');
      const { context, complaints } = await watched(refusing);
      const page = await context.newPage();
      await page.goto(room.persons[0].link);
      await handle(page, 'continue').click();
      await handle(page, 'consent-yes').click();
      await handle(page, 'media-av').click();
      await inState(page, 'denied');
      complaints.push(...await look(page, 'de-c5-denied'));
      await handle(page, 'media-none').click();
      await inState(page, 'waiting');
      assert.deepEqual(complaints, []);
      await context.close();
    } finally {
      await refusing.close();
    }
  });

  test('a device without camera and microphone joins by sound or by listening', async () => {
    const bare = await openChromium('ben', { withoutDevices: true });
    try {
      const room = await node.room('ada', 'client:Ben');
      const page = await arrive(await bare.newContext({ permissions: ['camera', 'microphone'] }), room.persons[0].link, 'none');
      const ada = await preside(await other.newContext(), room.counsellor_link);
      await admit(ada);
      await inState(page, 'call');
      const video = await otherVideo(page);
      await eventually(() => seen(page, video), (found) => found?.face === 'ada', "the counsellor's picture");
    } finally {
      await bare.close();
    }
  });

  test('a browser without WebRTC is told so, in words', async () => {
    const room = await node.room('ada', 'client:Ben');
    const { context, complaints } = await watched(chrome);
    await context.addInitScript(() => { delete (/** @type {any} */ (window).RTCPeerConnection); });
    const page = await context.newPage();
    await page.goto(room.persons[0].link);
    await inState(page, 'unsuitable');
    complaints.push(...await look(page, 'de-c2-unsuitable'));
    assert.deepEqual(complaints, []);
    await context.close();
  });

  test('nothing is asked of camera or microphone before the choice, nothing stays on the device after the end', async () => {
    const room = await node.room('ada', 'client:Ben');
    const context = await chrome.newContext();
    await context.addInitScript(() => {
      const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      /** @type {any} */ (window).asked = 0;
      navigator.mediaDevices.getUserMedia = (constraints) => { /** @type {any} */ (window).asked++; return ask(constraints); };
    });
    const page = await context.newPage();
    const asked = () => page.evaluate(() => /** @type {any} */ (window).asked);
    await page.goto(room.persons[0].link);
    await handle(page, 'continue').click();
    await handle(page, 'consent-yes').click();
    await handle(page, 'media-audio').waitFor();
    assert.equal(await asked(), 0);
    await handle(page, 'media-audio').click();
    await inState(page, 'waiting');
    assert.ok(await asked() >= 1, 'the same count sees the question once the choice is made');
    const kept = () => page.evaluate(async () => ({
      session: Object.keys(sessionStorage), local: Object.keys(localStorage), cookies: document.cookie, databases: (await indexedDB.databases()).length, caches: (await caches.keys()).length,
    }));
    const during = await kept();
    assert.ok(during.session.length > 0, 'the tab keeps its seat');
    assert.deepEqual({ ...during, session: [] }, { session: [], local: [], cookies: '', databases: 0, caches: 0 });
    await node.command('room', 'end', room.room);
    await inState(page, 'ended');
    assert.deepEqual(await kept(), { session: [], local: [], cookies: '', databases: 0, caches: 0 });
    assert.deepEqual(await context.cookies(), []);
    await context.close();
  });
});
