// What stands between two people and the server is broken in the middle of their call: the seat stays, and sound and picture come back soon.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openChromium, syntheticDevices } from './support/browsers.js';
import { countable } from './support/lines.js';
import { Networks, SERVER, inside } from './support/networks.js';
import { admit, arrive, inState, otherVideo, preside } from './support/people.js';
import { eventually, seen } from './support/recognise.js';
import { Node } from './support/server.js';
import { pausesOf, stillsOf, ways } from './support/ways.js';

/** @typedef {import('playwright-core').Page} Page */

const TIMES = 10;

/** The value that 95 of a hundred do not exceed. @param {number[]} all */
const p95 = (all) => [...all].sort((a, b) => a - b)[Math.ceil(all.length * 0.95) - 1];

describe('what is broken in a call', () => {
  /** @type {Networks} */ let networks;
  /** @type {Node} */ let node;
  /** @type {string} */ let home;
  /** @type {import('playwright-core').Browser[]} */ let browsers = [];
  /** @type {Page} */ let ada;
  /** @type {Page} */ let ben;
  /** Longest pause in what each hears since the last call, and in what each sees. @type {() => Promise<{ sound: number, picture: number }>} */ let pauses;

  before(async () => {
    networks = new Networks();
    const { cert, key, trust } = networks.certificate();
    node = await Node.start({
      ANTEROOM_LISTEN: ':443', ANTEROOM_PUBLIC_URL: `https://${SERVER.name}`, ANTEROOM_TLS: 'files', ANTEROOM_TLS_CERT: cert, ANTEROOM_TLS_KEY: key,
      ANTEROOM_MEDIA_PORT: '3478', ANTEROOM_MEDIA_IPS: SERVER.address,
    }, inside(networks.server));
    await node.counsellor('ada');
    const room = await node.roomWith(['--policy', 'schutz'], 'ada', 'client:Ben');
    home = networks.home('open');
    const args = [trust, `--host-resolver-rules=MAP ${SERVER.name} ${SERVER.address}`];
    browsers = await Promise.all([
      openChromium('ada', { namespace: networks.home('open'), args }), openChromium('ben', { namespace: home, args }),
    ]);
    const [hers, his] = await Promise.all(browsers.map((browser) => browser.newContext()));
    await Promise.all([countable(hers), countable(his), syntheticDevices(hers, 'ada'), syntheticDevices(his, 'ben')]);
    [ada, ben] = await Promise.all([preside(hers, room.counsellor_link, 'av', room.counsellor_pin), arrive(his, room.persons[0].link, 'av', room.persons[0].pin)]);
    await admit(ada);
    await inState(ben, 'call');
    const heard = await Promise.all([ada, ben].map(async (page) => pausesOf(page, await otherVideo(page), { other: true })));
    const seen = await Promise.all([ada, ben].map(stillsOf));
    const longest = async (/** @type {(() => Promise<number>)[]} */ all) => Math.max(...await Promise.all(all.map((one) => one())));
    pauses = async () => ({ sound: await longest(heard), picture: await longest(seen) });
    await notes(ada);
  });
  after(async () => {
    await Promise.all(browsers.map((browser) => browser.close()));
    await node?.stop();
    networks?.close();
  });

  /** Keeps every word that Ada's page has ever said of Ben's connection, and whether he has left. */
  const notes = (/** @type {Page} */ page) => page.evaluate(() => {
    const words = /** @type {string[]} */ (/** @type {any} */ (window).words = []);
    setInterval(() => {
      const tile = document.querySelector('[data-test="tile"]:not([data-self])');
      const said = tile ? tile.getAttribute('aria-label') ?? '' : 'gone';
      if (words.at(-1) !== said) words.push(said);
    }, 20);
  });

  /** Both see and hear each other, in the seats that they had. */
  async function whole(/** @type {string} */ after) {
    await inState(ben, 'call');
    for (const [page, face] of /** @type {const} */ ([[ada, 'ben'], [ben, 'ada']])) {
      const video = await otherVideo(page);
      const first = await eventually(() => seen(page, video), (found) => found?.face === face, `${face}'s picture after ${after}`);
      await eventually(() => seen(page, video), (found) => found?.face === face && found.counter !== first?.counter, `${face}'s picture to move after ${after}`);
    }
  }

  /**
   * Breaks something ten times, and says how long nothing was heard.
   * @param {import('node:test').TestContext} t
   * @param {string} what
   * @param {(n: number) => Promise<void>} kill returns when it has come to light that it worked
   */
  async function often(t, what, kill) {
    const longest = { sound: /** @type {number[]} */ ([]), picture: /** @type {number[]} */ ([]) };
    const id = await ada.evaluate(() => document.querySelector('[data-test="tile"]:not([data-self])')?.getAttribute('data-person'));
    await ada.evaluate(() => (/** @type {any} */ (window).words.length = 0));
    for (let n = 0; n < TIMES; n++) {
      await pauses();
      await kill(n);
      await whole(what);
      const { sound, picture } = await pauses();
      longest.sound.push(sound);
      longest.picture.push(picture);
    }
    for (const [kind, all] of Object.entries(longest)) t.diagnostic(`${what}, ${TIMES} times: pauses in the ${kind} of ${all.join(', ')} ms; p95 ${p95(all)} ms`);
    const words = await ada.evaluate(() => /** @type {string[]} */ (/** @type {any} */ (window).words));
    assert.equal(await ada.evaluate(() => document.querySelector('[data-test="tile"]:not([data-self])')?.getAttribute('data-person')), id, 'the seat is another one');
    return { longest, words };
  }

  test('the websocket: nothing is heard of it', async (t) => {
    const { longest, words } = await often(t, 'the websocket', async (n) => {
      const resumed = await node.metric('anteroom_resumes_kept_total');
      if (n % 5 === 4) {
        // What is silently dead is found out by asking: it is asked every 5 s, and waited for 3 s.
        networks.break(home, 'tcp dport 443 ct state established', 'tcp sport 443 ct state established');
        await new Promise((done) => setTimeout(done, 9_000));
        networks.break(home);
      } else {
        networks.abort(home);
      }
      await eventually(() => node.metric('anteroom_resumes_kept_total'), (now) => now > resumed, 'Ben to be back', 20_000);
    });
    assert.ok(p95(longest.sound) <= 100, `pauses, ms: ${longest.sound}`);
    assert.ok(!words.includes('gone'), words.join('; '));
  });

  test('the way of sound and picture: another is found, and the others read it meanwhile', async (t) => {
    const { longest, words } = await often(t, 'the UDP path', async () => {
      // Each by itself: one that has not stood for five seconds since the last is repaired ever later, and judged a bad line.
      await new Promise((done) => setTimeout(done, 6_000));
      await pauses();
      const port = await ben.evaluate(async () => {
        let port = 0;
        for (const connection of /** @type {any} */ (window).connections) {
          if (connection.connectionState !== 'connected') continue;
          const stats = await connection.getStats();
          stats.forEach((/** @type {any} */ one) => {
            if (one.type === 'transport') port = stats.get(stats.get(one.selectedCandidatePairId)?.localCandidateId)?.port ?? port;
          });
        }
        return port;
      });
      networks.break(home, `udp sport ${port}`, `udp dport ${port}`);
      await eventually(() => ben.evaluate(() => Math.round(/** @type {any} */ (window).pauses.longest)), (ms) => ms > 300, 'silence', 20_000);
      const before = (await ways(ben)).server.came;
      await eventually(async () => (await ways(ben)).server.came, (now) => now > before + 20, 'packets again', 20_000);
    });
    assert.ok(words.some((said) => /verbindet neu|reconnecting/.test(said)), `Ada reads: ${words.join('; ')}`);
    assert.ok(!words.includes('gone'), words.join('; '));
    assert.ok(p95(longest.sound) <= 2_500 && p95(longest.picture) <= 4_000, `pauses, ms: ${JSON.stringify(longest)}`);
    networks.break(home);
  });

  test('the server: it is started anew, and nobody knocks again', async (t) => {
    const { longest } = await often(t, 'the server', async () => {
      await node.restart('SIGKILL');
    });
    assert.ok(p95(longest.sound) <= 2_500 && p95(longest.picture) <= 4_000, `pauses, ms: ${JSON.stringify(longest)}`);
  });
});
