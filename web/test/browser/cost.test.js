// What a call costs, as it is counted on the wire, headers and signalling included.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openChromium, syntheticDevices } from './support/browsers.js';
import { countable } from './support/lines.js';
import { look } from './support/look.js';
import { Networks, SERVER, inside } from './support/networks.js';
import { admit, arrive, handle, inState, otherVideo, preside } from './support/people.js';
import { eventually, seen } from './support/recognise.js';
import { Node } from './support/server.js';
import { pausesOf, ways } from './support/ways.js';

/** @typedef {import('playwright-core').Page} Page */

/** What the page says that ten minutes of sound alone cost, both ways together, in MB. */
const SAID = 5;
/**
 * Most that sound alone may take while both speak all the time, bits per second. The goal is 30 kbit/s each way; what is above it upwards is Chromium's
 * reports of what it receives, twenty a second.
 */
const MOST = { up: 45_000, down: 38_000 };
const SECONDS = 20;

describe('what a call costs', () => {
  /** @type {Networks} */ let networks;
  /** @type {Node} */ let node;
  /** @type {string} */ let home;
  /** @type {Page[]} */ let pages;
  /** @type {import('playwright-core').Browser[]} */ let browsers = [];

  before(async () => {
    networks = new Networks();
    const { cert, key, trust } = networks.certificate();
    node = await Node.start({
      ANTEROOM_LISTEN: ':443', ANTEROOM_PUBLIC_URL: `https://${SERVER.name}`, ANTEROOM_TLS: 'files', ANTEROOM_TLS_CERT: cert, ANTEROOM_TLS_KEY: key,
      ANTEROOM_MEDIA_PORT: '3478', ANTEROOM_MEDIA_IPS: SERVER.address,
    }, inside(networks.server));
    await node.counsellor('ada');
    const room = await node.room('ada', 'client:Ben');
    home = networks.home('open');
    const args = [trust, `--host-resolver-rules=MAP ${SERVER.name} ${SERVER.address}`];
    browsers = await Promise.all([openChromium('ada', { namespace: networks.home('open'), args }), openChromium('ben', { namespace: home, args })]);
    const contexts = await Promise.all(browsers.map((browser) => browser.newContext()));
    await Promise.all(contexts.flatMap((context, i) => [countable(context), syntheticDevices(context, i === 0 ? 'ada' : 'ben')]));
    const [ada, ben] = await Promise.all([preside(contexts[0], room.counsellor_link), arrive(contexts[1], room.persons[0].link)]);
    await admit(ada);
    await inState(ben, 'call');
    pages = [ada, ben];
  });
  after(async () => {
    await Promise.all(browsers.map((browser) => browser.close()));
    await node?.stop();
    networks?.close();
  });

  async function choose(/** @type {Page} */ page, /** @type {string} */ what) {
    await handle(page, 'more').click();
    await handle(page, 'quality-choice').click();
    await handle(page, `choice-${what}`).click();
  }

  /** Bits per second on Ben's line, up and down, over some seconds. */
  async function rates() {
    const before = networks.passed(home);
    await new Promise((done) => setTimeout(done, SECONDS * 1000));
    const now = networks.passed(home);
    return { up: ((now.up - before.up) * 8) / SECONDS, down: ((now.down - before.down) * 8) / SECONDS };
  }

  test('sound alone, both speaking all the time', async (t) => {
    for (const page of pages) await choose(page, 'sound');
    const pauses = await Promise.all(pages.map((page) => pausesOf(page, '[data-test="tile"]:not([data-self]) video', { other: true })));
    await eventually(() => pages[1].evaluate(async () => {
      const counts = { packets: 0 };
      for (const connection of /** @type {any} */ (window).connections) {
        if (connection.connectionState !== 'connected') continue;
        (await connection.getStats()).forEach((/** @type {any} */ one) => { if (one.type === 'outbound-rtp' && one.kind === 'audio') counts.packets += one.packetsSent; });
      }
      await new Promise((done) => setTimeout(done, 1000));
      let later = 0;
      for (const connection of /** @type {any} */ (window).connections) {
        if (connection.connectionState !== 'connected') continue;
        (await connection.getStats()).forEach((/** @type {any} */ one) => { if (one.type === 'outbound-rtp' && one.kind === 'audio') later += one.packetsSent; });
      }
      return later - counts.packets;
    }), (packets) => packets > 0 && packets < 25, 'a packet of sound each 60 ms', 20_000);
    await Promise.all(pauses.map((pause) => pause()));
    const { up, down } = await rates();
    const megabytes = ((up + down) * 600) / 8 / 1e6;
    t.diagnostic(`sound alone: ${Math.round(up / 100) / 10} kbit/s up, ${Math.round(down / 100) / 10} kbit/s down; ${megabytes.toFixed(1)} MB in ten minutes`);
    assert.ok(Math.max(...await Promise.all(pauses.map((pause) => pause()))) < 200, 'nothing is left out of it');
    assert.ok(up <= MOST.up && down <= MOST.down, `${up} up, ${down} down`);
    assert.ok(Math.abs(megabytes - SAID) <= 0.2 * SAID, `${megabytes} MB, it says ${SAID}`);
  });

  test('a line that breaks down and then carries 48 kbit/s upwards: the sound goes first, and the picture comes back with the line', async (t) => {
    const [ada, ben] = pages;
    for (const page of pages) await choose(page, 'auto');
    await eventually(async () => (await seen(ada, await otherVideo(ada)))?.face, (face) => face === 'ben', "ben's picture");
    // By UDP, which is what becomes thin here.
    await eventually(() => Promise.all(pages.map(ways)), (found) => found.every(({ direct }) => direct?.over === 'relay udp' && direct.state === 'connected'), 'the two to be connected to each other');
    const begun = Date.now();
    const thin = (/** @type {number} */ kilobytes) => networks.break(home, `ip saddr 192.168.7.2 meta l4proto udp limit rate over ${kilobytes} kbytes/second`);
    thin(3);
    await handle(ben, 'sound-first').waitFor({ timeout: 40_000 });
    thin(6);
    t.diagnostic(`said ${Date.now() - begun} ms after the line became so thin`);
    await eventually(() => ada.evaluate(() => document.querySelector('[data-test="tile"]:not([data-self])')?.getAttribute('aria-label') ?? ''), (text) => text.includes('Picture off'), 'Ada to read that no picture comes');
    const pause = await pausesOf(ada, '[data-test="tile"]:not([data-self]) video', { other: true });
    // What was on the way, and what the browser still holds back.
    await eventually(async () => {
      await pause();
      await new Promise((done) => setTimeout(done, 1_000));
      return pause();
    }, (ms) => ms < 100, 'the sound to be whole', 10_000);
    /** @type {number[]} */
    const longest = [];
    for (let second = 0; second < 10; second++) {
      await new Promise((done) => setTimeout(done, 1_000));
      longest.push(await pause());
    }
    t.diagnostic(`longest pause in each of ten seconds of sound afterwards: ${longest.join(', ')} ms`);
    // What is above the rate is dropped at once on this line: a word may be lost, a sentence may not.
    assert.ok(longest.filter((ms) => ms <= 100).length >= 8 && Math.max(...longest) <= 800, `pauses, ms: ${longest}`);
    assert.deepEqual(await look(ben, 'c7-sound-first'), []);
    networks.break(home);
    const free = Date.now();
    // The picture is tried after twenty seconds on a better line; where it was tried in vain while the line was still thin, after forty.
    await handle(ben, 'sound-first').waitFor({ state: 'detached', timeout: 90_000 });
    t.diagnostic(`the picture is tried ${Date.now() - free} ms after the line is as it was`);
    await eventually(async () => (await seen(ada, await otherVideo(ada)))?.face, (face) => face === 'ben', "ben's picture again");
  });
});
