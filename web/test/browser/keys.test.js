// When keys change, and when they do not: with everybody who comes or goes, at once and without a pause; never because somebody stands outside.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { openChromium, openFirefox, syntheticDevices } from './support/browsers.js';
import { countable } from './support/lines.js';
import { admit, arrive, handle, inState, moderate, otherVideo, preside, speak } from './support/people.js';
import { eventually, heard, never, seen } from './support/recognise.js';
import { Node } from './support/server.js';
import { pausesOf } from './support/ways.js';
import { begun, learnt, locked, overheard, through, told } from './support/workers.js';

/** @typedef {import('playwright-core').Page} Page */

describe('keys', () => {
  /** @type {Node} */ let node;
  /** @type {import('playwright-core').Browser} */ let chrome;
  /** @type {import('playwright-core').Browser} */ let firefox;
  before(async () => {
    [node, chrome, firefox] = await Promise.all([Node.start(), openChromium('ada'), openFirefox()]);
    await node.counsellor('ada');
  });
  after(async () => {
    await Promise.all([chrome?.close(), firefox?.close()]);
    await node?.stop();
  });

  /** @type {import('playwright-core').BrowserContext[]} */
  const contexts = [];
  afterEach(() => Promise.all(contexts.splice(0).map((context) => context.close())));

  /** @param {import('playwright-core').Browser} browser @param {keyof typeof import('./support/media.js').FACES} face */
  async function person(browser, face) {
    const context = await browser.newContext();
    contexts.push(context);
    await Promise.all([overheard(context), countable(context), syntheticDevices(context, face)]);
    return context;
  }

  /** Ada and Ben, of two browsers, in a call by the server. @param {string[]} others who is invited besides */
  async function call(...others) {
    const room = await node.roomWith(['--policy', 'gruppe'], 'ada', 'client:Ben', ...others);
    const [contextA, contextB] = await Promise.all([person(chrome, 'ada'), person(firefox, 'ben')]);
    const [ada, ben] = await Promise.all([preside(contextA, room.counsellor_link), arrive(contextB, room.persons[0].link)]);
    await admit(ada);
    await inState(ben, 'call');
    await speak(ben);
    await locked('unverified', ada, ben);
    await Promise.all(/** @type {const} */ ([[ada, 'ben'], [ben, 'ada']]).map(async ([page, face]) => {
      const video = await otherVideo(page);
      await eventually(() => seen(page, video), (found) => found?.face === face, `${face}'s picture`, 30_000);
      await eventually(() => heard(page, video, 500), (found) => found === face, `${face}'s tone`, 30_000);
    }));
    return { room, pages: /** @type {const} */ ([ada, ben]) };
  }

  /** How many secrets each has sealed with so far, and the number of the newest. @param {readonly Page[]} pages */
  const epochs = (pages) => Promise.all(pages.map(async (page) => (await begun(page)).map(({ epoch }) => epoch)));

  test('a third who comes and is put back, three times: another secret of each every time, and the sound goes on', async (t) => {
    const { room, pages: [ada, ben] } = await call('companion:Cem');
    // Loading a page takes a small machine the time that it needs for sound: it is loaded before, and has no devices.
    const cem = await arrive(await person(chrome, 'cem'), room.persons[1].link, 'none');
    const pauses = await Promise.all([ada, ben].map(async (page) => pausesOf(page, await otherVideo(page))));
    /** @type {number[]} */
    const longest = [];
    let known = await epochs([ada, ben]);
    /** Each seals with the next secret after the last one. @param {string} what */
    const next = async (what) => {
      const now = await eventually(() => epochs([ada, ben]), (all) => all.every((one, at) => one.length > known[at].length), `another secret of each when a third ${what}`);
      now.forEach((one, at) => assert.deepEqual(one, [...known[at], ((known[at].at(-1) ?? 0) + 1) % 256], `of ${['ada', 'ben'][at]}, when a third ${what}`));
      known = now;
      longest.push(...await Promise.all(pauses.map((pause) => pause())));
    };
    await Promise.all(pauses.map((pause) => pause()));
    for (let n = 0; n < 3; n++) {
      await admit(ada);
      await inState(cem, 'call');
      await eventually(async () => (await learnt(cem)).length, (count) => count >= 2, 'the two to have told him their secrets');
      await next('comes');
      const before = await learnt(cem);
      await moderate(ada, 'put-back', 'Cem');
      await inState(cem, 'waiting');
      await next('goes');
      // What he was told by then is all that he is told; and nothing of his opens any more.
      assert.deepEqual(await learnt(cem), before);
      const his = (await begun(cem)).map(({ secret }) => secret);
      for (const page of [ada, ben]) {
        const all = await told(page);
        const { participant } = all.find(({ secret }) => secret && his.includes(secret)) ?? {};
        assert.ok(participant, 'he was heard, or could have been');
        assert.equal(all.filter((one) => one.participant === participant && ['learn', 'forget'].includes(one.type)).at(-1)?.type, 'forget');
      }
    }
    t.diagnostic(`pauses in the sound, ms: ${longest}`);
    assert.ok(Math.max(...longest) < 500, `pauses in the sound, ms: ${longest}`);
    for (const page of [ada, ben]) assert.equal((await through(page)).dropped.forged, undefined);
  });

  test('twenty who knock, are declined, and knock and leave change nothing', async () => {
    const { room, pages } = await call(...Array.from({ length: 20 }, (_, n) => `companion:K${n}`));
    const [ada] = pages;
    const before = await Promise.all(pages.map(told));
    // Their sockets alone, of a page of the node's.
    const outside = await (await chrome.newContext()).newPage();
    contexts.push(outside.context());
    await outside.goto(`${node.url}/j`);
    await outside.evaluate(async (links) => {
      const base = /** @type {HTMLScriptElement} */ (document.querySelector('script[type=module]')).src;
      const load = (/** @type {string} */ path) => import(new URL(path, base).href);
      const [{ Seat }, { browserEnv }, { encode }, { makeIdentity }, { linkE2ee }, { consentHash }] = await Promise.all(
        ['call/seat.js', 'call/env.js', 'call/protocol.js', 'e2ee/identity.js', 'e2ee/keys.js', 'call/links.js'].map(load));
      const knocking = /** @type {WebSocket[]} */ (/** @type {any} */ (window).knocking = []);
      /** @type {any} */ (window).heard = [];
      for (const text of links) {
        const link = new URL(text).hash.slice(1);
        const seat = await Seat.take(browserEnv(/** @type {any} */ (window)), 'link', { link, lang: 'de', media: 'none', consent: await consentHash('what was agreed to') });
        const identity = (await makeIdentity(seat.key, { secret: await linkE2ee(link), claim: 'person' })).text;
        const hello = { ...(await seat.hello(false)), identity };
        const socket = new WebSocket(`ws://${location.host}/ws`);
        socket.onopen = () => socket.send(encode('hello', hello, 1));
        socket.onmessage = ({ data }) => /** @type {any} */ (window).heard.push(JSON.parse(data).type);
        knocking.push(socket);
      }
    }, room.persons.slice(1).map(({ link }) => link));
    await eventually(() => handle(ada, 'waiting-item').count(), (count) => count === 20, 'twenty who wait');
    for (let left = 20; left > 10; left--) {
      await ada.locator('[data-test="decline"]:not([aria-disabled="true"])').first().click();
      await eventually(() => ada.locator('[data-test="decline"]').count(), (count) => count === left - 1, 'one less who wants an answer');
    }
    await eventually(() => outside.evaluate(() => /** @type {any} */ (window).heard.filter((/** @type {string} */ type) => type === 'declined').length), (count) => count === 10, 'ten who were declined');
    await outside.evaluate(() => /** @type {any} */ (window).knocking.forEach((/** @type {WebSocket} */ socket) => socket.close()));
    await never(async () => (await Promise.all(pages.map(begun))).flat().length, (count) => count !== before.flat().filter(({ type }) => type === 'begin').length, 'another secret', 1_500);
    // Nothing else was said to the workers either.
    assert.deepEqual(await Promise.all(pages.map(told)), before);
  });
});
