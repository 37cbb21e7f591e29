// Every screen: a picture in both themes and languages at 390 and 1280 px (web/test/screenshots, for people to look at), axe without
// complaint, no sideways scrolling at 320 px, targets of at least 44 px, no request to another origin, no error in the console.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openChromium, syntheticDevices, syntheticScreen } from './support/browsers.js';
import { look, resize } from './support/look.js';
import { admit, arrive, handle, hangUp, inState, moderate, otherVideo, preside, signIn } from './support/people.js';
import { eventually, seen } from './support/recognise.js';
import { Node } from './support/server.js';
import { locked, unable } from './support/workers.js';

/** @typedef {import('playwright-core').Page} Page */

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

  /** A context that collects what the pages say wrong and whom else they ask; `statuses` are answers that belong to the test. */
  async function watched(/** @type {import('playwright-core').Browser} */ browser, options = {}, /** @type {number[]} */ ...statuses) {
    const context = await browser.newContext({ locale: 'de-DE', viewport: { width: 1280, height: 800 }, ...options });
    const complaints = /** @type {string[]} */ ([]);
    context.on('console', (message) => {
      const text = message.text();
      if (statuses.some((status) => text.includes(`status of ${status} `))) return;
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(`console: ${text}`);
    });
    context.on('weberror', (error) => complaints.push(`error: ${error.error().message}`));
    context.on('request', (request) => {
      const url = new URL(request.url());
      if (!['data:', 'blob:'].includes(url.protocol) && url.origin !== new URL(node.url).origin) complaints.push(`asked another origin: ${url.origin}`);
    });
    return {
      context,
      /** Looks at a screen. */
      look: async (/** @type {Page} */ page, /** @type {string} */ name) => void complaints.push(...await look(page, name)),
      /** Nothing was wrong. */
      close: async () => {
        assert.deepEqual(complaints, []);
        await context.close();
      },
    };
  }

  /** Until a page shows the only other person's picture. */
  async function sees(/** @type {Page} */ page, /** @type {string} */ face) {
    const video = await otherVideo(page);
    await eventually(() => seen(page, video), (found) => found?.face === face, `${face}'s picture`);
  }

  test("the client's way, and what the counsellor does meanwhile", async () => {
    const room = await node.room('ada', 'client:Frau M.');
    const client = await watched(chrome);
    const page = await client.context.newPage();
    await page.goto(room.persons[0].link);
    await handle(page, 'continue').waitFor();
    await client.look(page, 'c1-welcome');
    await handle(page, 'privacy').click();
    await client.look(page, 'c1-privacy');
    await page.keyboard.press('Escape');
    await handle(page, 'continue').click();
    await handle(page, 'consent-yes').waitFor();
    await client.look(page, 'c3-good-to-know');
    await handle(page, 'consent-no').click();
    await inState(page, 'refused');
    await client.look(page, 'c3-rather-not');
    await handle(page, 'back').click();
    await handle(page, 'consent-yes').click();
    await handle(page, 'media-av').waitFor();
    await client.look(page, 'c4-picture-and-sound');
    await page.locator('[data-test="data"] summary').click();
    await client.look(page, 'c4-how-much-data');
    await handle(page, 'media-av').click();
    await inState(page, 'waiting');
    await eventually(() => handle(page, 'heard').innerText(), (words) => words.includes('funktioniert'), 'the microphone to be heard');
    await client.look(page, 'c6-waiting');

    const counsellor = await watched(other);
    const ada = await preside(counsellor.context, room.counsellor_link);
    await handle(ada, 'waiting-item').waitFor();
    await counsellor.look(ada, 'b6-somebody-waits');
    await client.look(page, 'c6-counsellor-is-here');
    await admit(ada);
    await inState(page, 'call');
    await sees(page, 'ada');
    await client.look(page, 'c7-call');
    await handle(page, 'more').click();
    await client.look(page, 'c7-more');
    await page.keyboard.press('Escape');
    await handle(page, 'lock').click();
    await client.look(page, 'c14-encrypted');
    await page.keyboard.press('Escape');
    await sees(ada, 'ben');
    await counsellor.look(ada, 'b6-call');
    await handle(ada, 'person-more').click();
    await counsellor.look(ada, 'b6-person-more');
    await ada.keyboard.press('Escape');
    await moderate(ada, 'remove');
    await counsellor.look(ada, 'b6-remove');
    await ada.keyboard.press('Escape');
    await handle(ada, 'mute').click();
    await handle(page, 'muted').waitFor();
    await client.look(page, 'c7-muted');
    await handle(ada, 'hold').click();
    await inState(page, 'held');
    await client.look(page, 'c8-held');
    await counsellor.look(ada, 'b6-hold');
    await handle(ada, 'hold').click();
    await inState(page, 'call');
    await handle(page, 'hangup').click();
    await inState(page, 'left');
    await client.look(page, 'c10-left');
    await handle(page, 'rejoin').click();
    await inState(page, 'call');
    await handle(ada, 'hangup').click();
    await handle(ada, 'leave').waitFor();
    await counsellor.look(ada, 'b8-leave-or-end');
    await handle(ada, 'leave').click();
    await inState(page, 'paused');
    await client.look(page, 'c8-paused');
    await node.command('room', 'end', room.room);
    await inState(page, 'ended');
    await client.look(page, 'c10-ended');
    await Promise.all([client.close(), counsellor.close()]);
  });

  test('a seat that is elsewhere, declined, put back or removed', async () => {
    const room = await node.room('ada', 'client:Frau M.', 'interpreter:Dari', 'companion:Schwester');
    const client = await watched(chrome, {}, 404);
    const counsellor = await watched(other);
    const ada = await preside(counsellor.context, room.counsellor_link);
    const first = await arrive(client.context, room.persons[0].link);
    await admit(ada);
    await inState(first, 'call');
    // A context of its own is another device.
    const phone = await watched(chrome, {}, 404);
    const second = await arrive(phone.context, room.persons[0].link, 'audio');
    await handle(ada, 'waiting-item').waitFor();
    await phone.look(second, 'c11-other-device');
    await counsellor.look(ada, 'b7-other-device');
    await admit(ada);
    await inState(first, 'replaced');
    await client.look(first, 'c11-replaced');
    await first.close();

    const guests = await watched(chrome);
    for (const { link } of room.persons.slice(1)) {
      const guest = await arrive(guests.context, link, 'none');
      await admit(ada);
      await inState(guest, 'call');
    }
    await counsellor.look(ada, 'b6-group');
    await phone.look(second, 'c7-group');
    await handle(ada, 'more').click();
    await handle(ada, 'layout').click();
    await ada.locator('.tile-large').waitFor();
    await counsellor.look(ada, 'b6-speaker');
    await guests.close();

    await moderate(ada, 'put-back', 'Frau M.');
    await inState(second, 'waiting');
    await eventually(() => words(second), (text) => text !== '' && !/anderen Gerät/.test(text), 'the other device, closed by the admission, to be spoken of no more');
    await phone.look(second, 'c6-put-back');
    await handle(ada, 'decline').click();
    await inState(second, 'declined');
    await phone.look(second, 'c6-declined');
    await handle(second, 'knock').click();
    await inState(second, 'waiting');
    await admit(ada);
    await inState(second, 'call');
    await moderate(ada, 'remove', 'Frau M.');
    await handle(ada, 'remove-yes').click();
    await inState(second, 'removed');
    await phone.look(second, 'c10-removed');
    const again = await client.context.newPage();
    await again.goto(room.persons[0].link);
    await inState(again, 'link-revoked');
    await eventually(() => words(again), (text) => /030 123456/.test(text), "the service's phone number");
    await client.look(again, 'c11-link-revoked');
    await Promise.all([client.close(), phone.close(), counsellor.close()]);
  });

  test('a shared screen, the question before it, and what one receives', async () => {
    const room = await node.room('ada', 'client:Frau M.');
    const counsellor = await watched(other);
    await syntheticScreen(counsellor.context, 'eva');
    const client = await watched(chrome);
    const ada = await preside(counsellor.context, room.counsellor_link);
    const ben = await arrive(client.context, room.persons[0].link);
    await admit(ada);
    await sees(ben, 'ada');
    await handle(ada, 'share').click();
    await counsellor.look(ada, 'b8-share-question');
    await handle(ada, 'share-go').click();
    await handle(ada, 'sharing').waitFor();
    await counsellor.look(ada, 'b8-sharing');
    const screen = '[data-test="tile"][data-source="screen"] video';
    await eventually(() => seen(ben, screen), (found) => found?.face === 'eva', "ada's screen", 30000);
    await client.look(ben, 'c7-screen');
    await handle(ada, 'share-stop').click();
    await handle(ben, 'more').click();
    await client.look(ben, 'c7-menu');
    await handle(ben, 'quality-choice').click();
    await client.look(ben, 'c7-quality');
    await handle(ben, 'choice-sound').click();
    await ben.keyboard.press('Escape');
    await eventually(() => seen(ben, '[data-test="tile"]:not([data-self]) video'), (found) => found === null, 'the picture to be put away');
    await client.look(ben, 'c7-sound-only');
    await Promise.all([client.close(), counsellor.close()]);
  });

  test('a lost connection: covered, with advice, then with the telephone number', async () => {
    const room = await node.room('ada', 'client:Frau M.');
    const client = await watched(chrome);
    await client.context.addInitScript(() => {
      const sockets = /** @type {WebSocket[]} */ ([]);
      let cut = false;
      /** @type {any} */ (window).cut = () => {
        cut = true;
        for (const socket of sockets) socket.close();
      };
      window.WebSocket = class extends WebSocket {
        /** @param {[string]} args */
        constructor(...args) {
          // @ts-ignore: one that never opens.
          if (cut) return { close() {} };
          super(...args);
          sockets.push(this);
        }
      };
    });
    const ada = await preside(await other.newContext(), room.counsellor_link);
    await client.context.clock.install();
    const page = await arrive(client.context, room.persons[0].link);
    await admit(ada);
    await inState(page, 'call');
    await page.evaluate(() => /** @type {any} */ (window).cut());
    await inState(page, 'reconnecting');
    await client.look(page, 'c9-reconnecting');
    await page.clock.fastForward(35_000);
    await page.locator('[data-test="reconnecting"] a[href^="tel:"]').waitFor();
    await client.look(page, 'c9-reconnecting-long');
    await client.close();
    await ada.context().close();
  });

  test("the counsellor's portal", async () => {
    const { context, look, close } = await watched(other, {}, 401);
    const page = await context.newPage();
    await page.goto(node.url);
    await handle(page, 'signin').waitFor();
    await look(page, 'b1-sign-in');
    await page.close();
    const ada = await signIn(context, node.url, 'ada');
    await look(ada, 'b2-rooms');
    await handle(ada, 'new-room').click();
    await handle(ada, 'create').waitFor();
    await look(ada, 'b3-new-room');
    await handle(ada, 'create').click();
    await handle(ada, 'copy-link').first().waitFor();
    await look(ada, 'b4-invitation');
    await handle(ada, 'show-qr').first().click();
    await look(ada, 'b4-qr');
    await ada.keyboard.press('Escape');
    await handle(ada, 'start').first().click();
    await handle(ada, 'media-av').waitFor();
    await look(ada, 'b5-before');
    await handle(ada, 'media-none').click();
    await inState(ada, 'call');
    await hangUp(ada, 'leave');
    await inState(ada, 'left');
    await look(ada, 'b8-stepped-out');
    await close();
  });

  test('every menu stands inside the window, also on the smallest phones and held sideways', async () => {
    const room = await node.room('ada', 'client:Frau M.', 'companion:Schwester');
    const client = await watched(chrome);
    const counsellor = await watched(other, {}, 401);
    const ada = await preside(counsellor.context, room.counsellor_link);
    const ben = await arrive(client.context, room.persons[0].link);
    await admit(ada);
    await inState(ben, 'call');
    const sister = await arrive(client.context, room.persons[1].link, 'none');
    await admit(ada);
    await inState(sister, 'call');
    /** Opens every menu that can be seen and measures its list. */
    const within = async (/** @type {Page} */ page, /** @type {string} */ where) => {
      const openers = page.locator('.menu > button:visible');
      const count = await openers.count();
      assert.ok(count > 0, `${where}: there is a menu`);
      for (let n = 0; n < count; n++) {
        await openers.nth(n).click();
        const [list, view] = await Promise.all([page.locator('.menu-list').boundingBox(), page.evaluate(() => ({ width: innerWidth, height: innerHeight }))]);
        assert.ok(list && list.x >= 0 && list.y >= 0 && list.x + list.width <= view.width + 0.5 && list.y + list.height <= view.height + 0.5,
          `${where}, menu ${n + 1}: ${JSON.stringify(list)} in ${JSON.stringify(view)}`);
        await page.keyboard.press('Escape');
      }
      return count;
    };
    const portal = await signIn(counsellor.context, node.url, 'ada');
    await handle(portal, 'open-room').first().click();
    await handle(portal, 'copy-link').first().waitFor();
    for (const size of [{ width: 320, height: 640 }, { width: 360, height: 740 }, { width: 740, height: 360 }, { width: 768, height: 1024 }, { width: 1366, height: 768 }]) {
      const where = `${size.width} px`;
      await Promise.all([ada, ben, portal].map((page) => resize(page, size)));
      await within(ben, `${where}, in the call`);
      if (!(await ada.locator('.panel-people').isVisible())) await handle(ada, 'people').click();
      assert.equal(await within(ada, `${where}, of the counsellor`), 3);
      if (await handle(ada, 'people-close').isVisible()) {
        const [sheet, stage] = await Promise.all([ada.locator('.panels').boundingBox(), ada.locator('.call').boundingBox()]);
        assert.ok(sheet && stage && (size.height < 480 || sheet.height <= 0.6 * stage.height + 1), `${where}: the sheet leaves room for the pictures`);
        await handle(ada, 'people-close').click();
        assert.equal(await ada.locator('.panel-people').isVisible(), false);
      }
      await within(portal, `${where}, in the portal`);
    }
    await Promise.all([client.close(), counsellor.close()]);
  });

  test('plates, placeholders and the large button keep inside their tiles, however small', async () => {
    const room = await node.room('ada', 'client:Frau Katharina Mertens-Hohenstaufen', 'companion:Schwester', 'interpreter:Dari', 'client:Herr Mertens-Hohenstaufen');
    const guests = await watched(chrome);
    const counsellor = await watched(other);
    const ada = await preside(counsellor.context, room.counsellor_link);
    for (const { link } of room.persons) {
      const guest = await arrive(guests.context, link, 'none');
      await admit(ada);
      await inState(guest, 'call');
    }
    const outside = () => ada.evaluate(() => [...document.querySelectorAll('[data-test="tile"]')].filter((tile) => tile.checkVisibility()).flatMap((tile) => {
      const box = tile.getBoundingClientRect();
      return ['.plate', '.plate-state .icon', '.tile-initials', '.tile-instead', '.tile-pin'].flatMap((part) => [...tile.querySelectorAll(part)].filter((one) => one.checkVisibility()).flatMap((one) => {
        const { left, top, right, bottom } = one.getBoundingClientRect();
        const plate = tile.querySelector('.plate')?.getBoundingClientRect();
        const out = left < box.left - 0.5 || top < box.top - 0.5 || right > box.right + 0.5 || bottom > box.bottom + 0.5;
        const under = part === '.tile-instead' && plate && bottom > plate.top + 1;
        return out || under ? [`${part} of ${tile.getAttribute('aria-label')} (${Math.round(box.width)} by ${Math.round(box.height)})`] : [];
      }));
    }));
    for (const layout of ['same', 'speaker']) {
      if (layout === 'speaker') {
        await handle(ada, 'more').click();
        await handle(ada, 'layout').click();
        await ada.locator('.tile-large').waitFor();
      }
      for (const size of [{ width: 320, height: 640 }, { width: 360, height: 740 }, { width: 740, height: 360 }, { width: 768, height: 1024 }, { width: 1366, height: 768 }]) {
        await resize(ada, size);
        assert.deepEqual(await outside(), [], `${layout}, ${size.width} px`);
        const names = await ada.evaluate(() => [...document.querySelectorAll('[data-test="tile"] .plate-name-long')].map((name) => name.getBoundingClientRect().width).filter((width) => width > 0));
        assert.ok(names.length >= 3 && names.every((width) => width >= 30), `${layout}, ${size.width} px: names of ${names.map(Math.round)} px`);
      }
    }
    await Promise.all([guests.close(), counsellor.close()]);
  });

  test('a browser that cannot encrypt: told while it waits, in the call, and when the room is opened; the others as well', async () => {
    const room = await node.room('ada', 'client:Frau M.');
    const [client, counsellor] = [await watched(chrome), await watched(other)];
    await unable(client.context);
    const ada = await preside(counsellor.context, room.counsellor_link);
    const page = await arrive(client.context, room.persons[0].link);
    await client.look(page, 'unsealed-waiting');
    assert.equal(await handle(page, 'wait-unsealed').count(), 1);
    await admit(ada);
    await locked('unable', ada, page);
    for (const [who, one] of /** @type {const} */ ([['client', page], ['counsellor', ada]])) {
      assert.match(await handle(one, 'mic').textContent() ?? '', /wartet|waits/);
      await (who === 'client' ? client : counsellor).look(one, `unsealed-${who}`);
    }
    await handle(ada, 'lock-offer').click();
    await handle(ada, 'lock-open-yes').click();
    await locked('asked', page);
    await client.look(page, 'unsealed-asked');
    assert.match(await handle(page, 'mic').textContent() ?? '', /wartet|waits/);
    await handle(page, 'lock-agree').click();
    await locked('open', ada, page);
    assert.match(await handle(page, 'mic').textContent() ?? '', /an|on/);
    await sees(ada, 'ben');
    await counsellor.look(ada, 'unsealed-open');
    await Promise.all([client.close(), counsellor.close()]);
  });

  test('messages that do not come are said to be absent', async () => {
    const room = await node.room('ada', 'client:Frau M.');
    const [client, counsellor] = [await watched(chrome, {}, 503), await watched(other)];
    await client.context.route('**/screens/chat.js', (route) => route.fulfill({ status: 503 }));
    const ada = await preside(counsellor.context, room.counsellor_link, 'audio');
    const page = await arrive(client.context, room.persons[0].link, 'audio');
    await admit(ada);
    await inState(page, 'call');
    await handle(page, 'chat-button').click();
    await handle(page, 'chat-absent').waitFor();
    await client.look(page, 'chat-absent');
    await Promise.all([client.close(), counsellor.close()]);
  });

  test('a counsellor reads that what tells her of signs and exits has not come', async () => {
    const room = await node.room('ada', 'client:Frau M.');
    const counsellor = await watched(other, {}, 503);
    await counsellor.context.route('**/screens/signs.js', (route) => route.fulfill({ status: 503 }));
    const ada = await preside(counsellor.context, room.counsellor_link, 'audio');
    await handle(ada, 'beside-absent').waitFor();
    await handle(ada, 'hold').waitFor({ state: 'attached' });
    await counsellor.look(ada, 'b6-beside-absent');
    await counsellor.close();
  });

  test('a counsellor whose panels do not come reads so, with a way out', async () => {
    const room = await node.room('ada', 'client:Frau M.');
    const context = await other.newContext({ locale: 'de-DE' });
    await context.route('**/screens/panels.js', (route) => route.abort());
    const ada = await preside(context, room.counsellor_link);
    await ada.locator('.panels button').waitFor();
    assert.match(await ada.locator('.panels').innerText(), /nicht geklappt[^]*Seite neu laden/);
    await context.unroute('**/screens/panels.js');
    await ada.locator('.panels button').click();
    await handle(ada, 'hold').waitFor();
    await inState(ada, 'call');
    await context.close();
  });

  test('who may not show a screen finds that in the list alone, and is told when it has changed', async () => {
    const room = await node.room('ada', 'client:Frau M.');
    const client = await watched(chrome);
    const counsellor = await watched(other);
    const ada = await preside(counsellor.context, room.counsellor_link);
    const ben = await arrive(client.context, room.persons[0].link);
    await admit(ada);
    await inState(ben, 'call');
    assert.equal(await ben.locator('.bar > [data-test="share"]').count(), 0);
    await handle(ben, 'more').click();
    await handle(ben, 'share').click();
    await eventually(() => words(ben), (text) => /zeigt die Beratung den Bildschirm/.test(text), 'the rule in words');
    await ben.keyboard.press('Escape');
    assert.equal(await handle(ben, 'share-allowed').count(), 0);
    await handle(ada, 'share-rule').click();
    await handle(ben, 'share-allowed').waitFor();
    await ben.locator('.bar > [data-test="share"]').waitFor();
    await client.look(ben, 'c7-may-share');
    await handle(ada, 'share-rule').click();
    await handle(ben, 'share-allowed').waitFor({ state: 'detached' });
    await Promise.all([client.close(), counsellor.close()]);
  });

  /** What a page says; a telephone number's spaces do not break. */
  const words = async (/** @type {Page} */ page) => (await page.locator('body').innerText()).replaceAll('\u00a0', ' ');

  test('links that do not lead anywhere', async () => {
    const { context, look, close } = await watched(chrome, {}, 404);
    const page = await context.newPage();
    await page.goto(`${node.url}/j#${'A'.repeat(22)}`);
    await inState(page, 'link-invalid');
    await eventually(() => words(page), (text) => /030 123456/.test(text), "the service's phone number");
    await look(page, 'c11-link-invalid');
    await page.close();
    const bare = await context.newPage();
    await bare.goto(`${node.url}/j`);
    await inState(bare, 'link-invalid');
    await close();
  });

  test('too early: the page counts down and opens by itself', async () => {
    const at = (/** @type {number} */ ms) => new Date(Date.now() + ms).toISOString().replace(/\.\d+Z/, 'Z');
    const appointment = async (/** @type {number} */ ms) => (await node.command('room', 'create', '--counsellor', 'ada', '--json', '--person', 'client:Ben', '--starts-at', at(ms)));
    const minutes = 60_000;
    const [soon, today, later] = (await Promise.all([30 * minutes + 8_000, 55 * minutes, 72 * 60 * minutes].map(appointment))).map((text) => JSON.parse(text).persons[0].link);
    const { context, look, close } = await watched(chrome);
    const page = await context.newPage();
    await page.goto(soon);
    await inState(page, 'link-early');
    const waiting = await context.newPage();
    await waiting.goto(today);
    await inState(waiting, 'link-early');
    await eventually(() => words(waiting), (text) => /2[345]:\d\d/.test(text), 'minutes and seconds until the waiting room opens');
    await look(waiting, 'c11-too-early');
    // Another link in the same tab.
    const loaded = waiting.waitForEvent('load');
    await waiting.goto(later);
    await loaded;
    await inState(waiting, 'link-early');
    await eventually(() => words(waiting), (text) => /2 Tage/.test(text), 'days until the waiting room opens');
    await look(waiting, 'c11-days-too-early');
    await inState(page, 'welcome');
    await close();
  });

  test('camera and microphone: the question, no answer, refused; and a way to go on without', async () => {
    const asking = await watched(chrome);
    await asking.context.addInitScript(() => {
      if (navigator.mediaDevices) navigator.mediaDevices.getUserMedia = () => new Promise(() => {});
    });
    const refusing = await openChromium('ben', { refuse: true });
    try {
      const room = await node.room('ada', 'client:Ben');
      const slow = await asking.context.newPage();
      await slow.clock.install();
      await slow.goto(room.persons[0].link);
      await handle(slow, 'continue').click();
      await handle(slow, 'consent-yes').click();
      await handle(slow, 'media-av').click();
      await inState(slow, 'asking');
      await asking.look(slow, 'c4-the-question');
      await slow.clock.fastForward(9_000);
      await handle(slow, 'media-none').waitFor();
      await asking.look(slow, 'c4-no-answer');
      await asking.close();

      const refused = await watched(refusing);
      const page = await refused.context.newPage();
      await page.goto(room.persons[0].link);
      await handle(page, 'continue').click();
      await handle(page, 'consent-yes').click();
      await handle(page, 'media-av').click();
      await inState(page, 'denied');
      await refused.look(page, 'c5-denied');
      await handle(page, 'media-none').click();
      await inState(page, 'waiting');
      await refused.look(page, 'c6-waiting-listening');
      await refused.close();
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

  test('a browser that cannot, an app that hides the camera, a service that does not answer: told so, in words', async () => {
    const room = await node.room('ada', 'client:Ben');
    const { link } = room.persons[0];
    const old = await watched(chrome);
    await old.context.addInitScript(() => { delete (/** @type {any} */ (window).RTCPeerConnection); });
    const page = await old.context.newPage();
    await page.goto(link);
    await inState(page, 'unsuitable');
    await old.look(page, 'c2-unsuitable');
    await old.close();

    const app = await watched(chrome, { userAgent: 'Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 Version/4.0 Chrome/126.0 Mobile Safari/537.36 Instagram 330.0' });
    await app.context.addInitScript(() => Object.defineProperty(navigator, 'mediaDevices', { value: undefined }));
    const inside = await app.context.newPage();
    await inside.goto(link);
    await inState(inside, 'unsuitable');
    await app.look(inside, 'c2-in-an-app');
    await app.close();

    const away = await watched(chrome, {}, 503);
    await away.context.route('**/api/v1/links/check', (route) => route.fulfill({ status: 503, contentType: 'application/json', body: '{"code":"unavailable"}' }));
    const alone = await away.context.newPage();
    await alone.goto(link);
    await inState(alone, 'failed');
    await away.look(alone, 'c9-unreachable');
    await away.context.unroute('**/api/v1/links/check');
    await handle(alone, 'retry').click();
    await inState(alone, 'welcome');
    await away.close();
  });

  test('a page whose code does not run has words, too: old browsers at once, others after a while', async () => {
    const context = await chrome.newContext({ viewport: { width: 390, height: 844 } });
    await context.route('**/app.js', (route) => route.abort());
    const page = await context.newPage();
    await page.goto(`${node.url}/j`);
    const text = page.locator('.stranded');
    assert.equal(await text.isVisible(), false, 'not in the first moment');
    await page.evaluate(() => document.getAnimations().forEach((animation) => animation.finish()));
    await text.waitFor();
    assert.match(await text.innerText(), /Chrome, Firefox, Edge oder Safari[^]*030 123456[^]*current version/);
    await page.close();

    await context.route('**/base.css', async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, body: (await answer.text()).replaceAll('@supports (aspect-ratio: 1)', '@supports (no-such-thing: 1)') });
    });
    const old = await context.newPage();
    await old.goto(`${node.url}/j`);
    await old.locator('.stranded').waitFor();
    await context.close();

    const scriptless = await chrome.newContext({ javaScriptEnabled: false });
    const bare = await scriptless.newPage();
    await bare.goto(`${node.url}/j`);
    assert.match(await bare.locator('body').innerText(), /braucht JavaScript[^]*030 123456/);
    await scriptless.close();
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
