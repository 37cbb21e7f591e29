// Protection from violence: who is at home must not be seen here. A title that says nothing, a way out that leaves nothing, a sign that nobody beside the
// screen understands; and the cards that a counsellor shows to all.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { house } from '../support/house.js';
import { look } from '../support/look.js';
import { admit, arrive, handle, inState, preside, prove } from '../support/people.js';
import { eventually } from '../support/recognise.js';

/** @typedef {import('playwright-core').Page} Page */

const harmless = 'https://weather.example/';
const shots = process.env.ANTEROOM_SHOTS;

describe('protection', () => {
  const service = house({ env: { ANTEROOM_SERVICE_EXIT: harmless } });

  /** The harmless page, far away. @param {import('playwright-core').BrowserContext} context @returns {Promise<Record<string, string>[]>} with what headers it was asked for */
  async function weather(context) {
    /** @type {Record<string, string>[]} */
    const asked = [];
    await context.route(`${harmless}**`, async (route) => {
      asked.push(await route.request().allHeaders());
      await new Promise((resolve) => setTimeout(resolve, 700));
      await route.fulfill({ contentType: 'text/html', body: '<title>Weather</title>Rain.' });
    });
    return asked;
  }

  /** Has the page say, once it is white: how long that took after the press, and what of the call is left. @param {import('playwright-core').BrowserContext} context */
  const measured = (context) => context.addInitScript(() => {
    const kept = /** @type {MediaStreamTrack[]} */ ([]);
    const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (wishes) => {
      const stream = await open(wishes);
      kept.push(...stream.getTracks());
      return stream;
    };
    const connections = /** @type {RTCPeerConnection[]} */ ([]);
    const Plain = window.RTCPeerConnection;
    window.RTCPeerConnection = class extends Plain {
      constructor(/** @type {RTCConfiguration} */ config) {
        super(config);
        connections.push(this);
      }
    };
    const watch = (/** @type {Event} */ event) => {
      if (event instanceof KeyboardEvent && event.key !== 'Shift') return;
      const at = event.timeStamp;
      const look = () => {
        if (!document.documentElement.classList.contains('gone')) return;
        const said = (/** @type {number} */ ms, /** @type {number} */ frame) => console.log('gone', JSON.stringify({
          ms, frame, shown: getComputedStyle(document.body).display, ground: getComputedStyle(document.documentElement).backgroundColor, tracks: kept.map((track) => track.readyState),
          connections: connections.map((one) => one.connectionState), kept: sessionStorage.length, title: document.title,
        }));
        // The next frame is the one that shows it; the one after it has nothing to do, and takes what the machine takes.
        requestAnimationFrame(() => setTimeout(() => {
          const shown = performance.now();
          requestAnimationFrame(() => setTimeout(() => said(shown - at, performance.now() - shown)));
        }));
      };
      queueMicrotask(() => setTimeout(look));
    };
    for (const type of ['click', 'keyup']) window.addEventListener(type, watch, true);
  });

  /** What the page said when it was gone. @param {Page} page */
  const gone = (page) => /** @type {Promise<any>} */ (new Promise((resolve) => page.on('console', (message) => message.text().startsWith('gone ') && resolve(JSON.parse(message.text().slice(5))))));

  /** @param {any} last @param {number} tracks at least so many were open */
  function isWhite(last, tracks) {
    assert.ok(last.ms < 100 + Math.max(0, last.frame - 17), `white after ${last.ms} ms, where a frame with nothing in it takes ${last.frame} ms`);
    assert.deepEqual([last.shown, last.ground, last.kept], ['none', 'rgb(255, 255, 255)', 0]);
    assert.ok(last.tracks.length >= tracks && last.tracks.every((/** @type {string} */ state) => state === 'ended'), last.tracks.join());
    assert.ok(last.connections.every((/** @type {string} */ state) => state === 'closed'), last.connections.join());
    assert.match(last.title, /^Not(es|izen)$/);
  }

  /** @param {Page} page @param {string} name */
  async function shoot(page, name) {
    if (!shots) return;
    for (const size of [{ width: 390, height: 844 }, { width: 1280, height: 800 }]) {
      await page.setViewportSize(size);
      await page.screenshot({ path: `${shots}/${name}-${size.width}.png` });
    }
  }

  test('every screen has the exit and a neutral title; who takes it is gone at once, and the counsellor knows', async (t) => {
    const room = await service.node.roomWith(['--policy', 'schutz'], 'ada', 'client:Ben', 'client:Cem');
    const first = await (await fetch(room.persons[0].link)).text();
    assert.match(first, /<title>Notizen<\/title>/);
    assert.match(first, /<link rel="icon" href="data:,">/);
    const context = await service.person('ben', 'phone');
    const asked = await weather(context);
    await measured(context);
    const page = await context.newPage();
    await page.goto(room.persons[0].link);
    const protectedNow = async (/** @type {string} */ where) => {
      assert.ok(await handle(page, 'exit').last().isVisible(), where);
      const box = await handle(page, 'exit').last().boundingBox();
      assert.ok(box && box.height >= 44 && box.y >= 0 && box.y + box.height <= 844, `${where}: ${JSON.stringify(box)}`);
      assert.match(await page.title(), /^Not(es|izen)$/, where);
      await shoot(page, where);
      await page.setViewportSize({ width: 390, height: 844 });
    };
    await handle(page, 'continue').waitFor();
    await protectedNow('welcome');
    assert.deepEqual(await look(page, 'c1-welcome-with-exit'), []);
    await handle(page, 'privacy').click();
    assert.equal(await handle(page, 'exit').count(), 2, 'a dialog has its own');
    await protectedNow('dialog');
    await page.keyboard.press('Escape');
    await handle(page, 'continue').click();
    await handle(page, 'pin').waitFor();
    await protectedNow('pin');
    await prove(page, room.persons[0].pin ?? '');
    await handle(page, 'consent-yes').waitFor();
    await protectedNow('consent');
    await handle(page, 'consent-yes').click();
    await handle(page, 'media-av').waitFor();
    await protectedNow('media');
    await handle(page, 'media-av').click();
    await inState(page, 'waiting');
    await protectedNow('waiting');

    const ada = await preside(await service.person('ada'), room.counsellor_link, 'av', room.counsellor_pin);
    assert.equal(await handle(ada, 'exit').count(), 0, 'who works there has none');
    await admit(ada);
    await inState(page, 'call');
    await protectedNow('call');
    await page.reload();
    await handle(page, 'exit').waitFor();
    await inState(page, 'call');
    await protectedNow('call-again');

    // Capital letters lead nowhere.
    await page.keyboard.press('Shift+A');
    await page.keyboard.press('Shift+B');
    await page.keyboard.press('Shift+C');
    await inState(page, 'call');
    const last = gone(page);
    await handle(page, 'exit').click();
    const white = [await last];
    isWhite(white[0], 2);
    await page.waitForURL(harmless);
    assert.equal(await page.title(), 'Weather');
    assert.equal(asked[0].referer, undefined);
    await eventually(() => handle(ada, 'exited').innerText(), (words) => words.includes('Ben'), 'ada to read who left');
    assert.equal(await handle(ada, 'person').count(), 0);
    await shoot(ada, 'exited');
    await page.goBack({ timeout: 3_000 }).catch(() => null);
    assert.ok(!page.url().startsWith(service.node.url), page.url());

    // By the keyboard, from the very first screen, with nothing to tell anybody yet; and from the waiting room.
    const other = await service.person('ben');
    await weather(other);
    await measured(other);
    const early = await other.newPage();
    await early.goto(room.persons[1].link);
    await handle(early, 'exit').waitFor();
    const lastOfEarly = gone(early);
    for (let n = 0; n < 3; n++) await early.keyboard.press('Shift');
    isWhite(white[1] = await lastOfEarly, 0);
    await early.waitForURL(harmless);
    const cem = await arrive(other, room.persons[1].link, 'audio', room.persons[1].pin);
    await handle(ada, 'waiting-item').waitFor();
    const lastOfCem = gone(cem);
    for (let n = 0; n < 3; n++) await cem.keyboard.press('Shift');
    isWhite(white[2] = await lastOfCem, 1);
    t.diagnostic(`white ${white.map(({ ms }) => Math.round(ms))} ms after the button, after Shift three times on the first page, and in the waiting room`);
    await eventually(() => handle(ada, 'exited').allInnerTexts(), (all) => all.length === 2 && all[1].includes('Cem'), 'ada to read of Cem');
    await handle(ada, 'exited-read').first().click();
    await eventually(() => handle(ada, 'exited').count(), (count) => count === 1, 'what was read to go');
    // A colleague's page, or a new one, is told as well.
    await ada.reload();
    await eventually(() => handle(ada, 'exited').count(), (count) => count === 2, 'a new page to be told');
  });

  test('a silent sign is read by the counsellor alone; cards come to all, each in the own language', async () => {
    const room = await service.node.roomWith(['--policy', 'schutz'], 'ada', 'client:Ben', 'client:Cem');
    const ada = await preside(await service.person('ada'), room.counsellor_link, 'audio', room.counsellor_pin);
    const ben = await arrive(await service.person('ben', 'phone'), room.persons[0].link, 'audio', room.persons[0].pin);
    await admit(ada, 'Ben');
    const cem = await arrive(await service.person('ben'), room.persons[1].link, 'audio', room.persons[1].pin);
    await admit(ada, 'Cem');
    await Promise.all([inState(ben, 'call'), inState(cem, 'call')]);
    for (const page of [ada, ben, cem]) await page.locator('#language').selectOption(page === ben ? 'en' : 'de');

    await handle(ben, 'more').click();
    await shoot(ben, 'more');
    await ben.setViewportSize({ width: 390, height: 844 });
    await handle(ben, 'sign').click();
    await handle(ben, 'sign-there').waitFor();
    await shoot(ben, 'sign-there');
    await eventually(() => handle(ada, 'sign-given').innerText(), (words) => words.includes('Ben') && words.includes('nicht frei sprechen'), 'ada to read it');
    await shoot(ada, 'sign-given');
    assert.deepEqual(await look(ada, 'b6-silent-sign'), []);
    assert.equal(await handle(cem, 'sign-given').count(), 0);
    await handle(ada, 'sign-read').click();
    await eventually(() => handle(ada, 'sign-given').count(), (count) => count === 0, 'it to go');
    await eventually(() => handle(ben, 'sign-there').count(), (count) => count === 0, 'the tick to go');
    for (let n = 0; n < 3; n++) await cem.keyboard.press('Control');
    await eventually(() => handle(ada, 'sign-given').innerText(), (words) => words.includes('Cem'), 'ada to read of Cem');
    await handle(ada, 'sign-read').click();
    await handle(ada, 'more').click();
    assert.equal(await handle(ada, 'sign').count(), 0, 'who moderates gives none');
    await ada.keyboard.press('Escape');

    await handle(ada, 'show-rules').click();
    const title = (/** @type {Page} */ page) => page.locator('[data-test="card"] h2').innerText();
    await eventually(() => Promise.all([ada, ben, cem].map(title)), (all) => all.join() === 'Die Regeln,The rules,Die Regeln', 'all to see the rules');
    await eventually(() => ben.locator('[data-test="live-polite"]').innerText(), (words) => words.includes('The rules'), 'it to be said');
    await shoot(ben, 'rules');
    assert.deepEqual(await look(ben, 'c7-card-rules'), []);
    await shoot(ada, 'rules-ada');
    await handle(ben, 'card-close').click();
    await eventually(() => handle(ben, 'card').count(), (count) => count === 0, 'it to go');
    assert.equal(await handle(cem, 'card').count(), 1, 'each puts it away alone');
    await handle(ada, 'show-people').click();
    await eventually(() => handle(ben, 'card').innerText(), (words) => /Who is in the room/.test(words) && /Counsellor/.test(words) && /You/.test(words), 'who is there');
    await shoot(ben, 'people');
    await handle(ben, 'card-close').click();
    await handle(ben, 'more').click();
    await handle(ben, 'card-rules').click();
    await eventually(() => title(ben), (words) => words === 'The rules', 'the rules, asked for');
    await ben.keyboard.press('Escape');
    await eventually(() => handle(ben, 'card').count(), (count) => count === 0, 'it to go');
  });

  test('elsewhere there is neither, and the title says what it is', async () => {
    const room = await service.node.room('ada', 'client:Ben');
    const page = await arrive(await service.person('ben'), room.persons[0].link, 'none');
    assert.equal(await handle(page, 'exit').count(), 0);
    assert.doesNotMatch(await page.title(), /^Not/);
    for (let n = 0; n < 3; n++) await page.keyboard.press('Shift');
    await inState(page, 'waiting');
  });
});
