// Who waits is told in one sentence what the line will carry, over the ways that a call would take; so is who lets people in.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openChromium } from './support/browsers.js';
import { look } from './support/look.js';
import { Networks, SERVER, inside } from './support/networks.js';
import { arrive, handle, inState, preside } from './support/people.js';
import { eventually } from './support/recognise.js';
import { Node } from './support/server.js';

/** @typedef {import('playwright-core').Page} Page */

/** A line, what drops packets on it (nftables, at the home's router), and what is to be said of it. @type {{ line: string, situation: string, drops: string[], said: string }[]} */
const LINES = [
  { line: 'a good one', situation: 'open', drops: [], said: 'good' },
  { line: 'one on which TLS alone leads out', situation: 'only-tls', drops: [], said: 'good' },
  // Every 25th: with dice it would now and then be a good line.
  { line: 'one that loses 4 % each way', situation: 'open', drops: ['meta l4proto udp numgen inc mod 25 < 1'], said: 'sound' },
  { line: 'one of 50 kbit/s', situation: 'open', drops: ['meta l4proto udp ct direction original limit rate over 6 kbytes/second'], said: 'weak' },
];

describe('what the line will carry', () => {
  /** @type {Networks} */ let networks;
  /** @type {Node} */ let node;
  /** @type {string[]} */ let args;
  /** @type {Page} */ let ada;
  /** @type {Awaited<ReturnType<Node['room']>>} */ let room;
  /** @type {import('playwright-core').Browser[]} */ const browsers = [];

  before(async () => {
    networks = new Networks();
    const { cert, key, trust } = networks.certificate();
    args = [trust, `--host-resolver-rules=MAP ${SERVER.name} ${SERVER.address}`];
    node = await Node.start({
      ANTEROOM_LISTEN: ':443', ANTEROOM_PUBLIC_URL: `https://${SERVER.name}`, ANTEROOM_TLS: 'files', ANTEROOM_TLS_CERT: cert, ANTEROOM_TLS_KEY: key,
      ANTEROOM_MEDIA_PORT: '3478', ANTEROOM_MEDIA_IPS: SERVER.address,
    }, inside(networks.server));
    await node.counsellor('ada');
    room = await node.room('ada', ...LINES.map((_, n) => `client:Klient ${n}`));
    ada = await preside(await context('ada', 'open'), room.counsellor_link, 'none');
  });
  after(async () => {
    await Promise.all(browsers.map((browser) => browser.close()));
    await node?.stop();
    networks?.close();
  });

  /** A browser of its own in a home of its own. */
  async function context(/** @type {'ada' | 'ben'} */ face, /** @type {string} */ situation, /** @type {string[]} */ ...drops) {
    const home = networks.home(situation);
    if (drops.length) networks.break(home, ...drops);
    const browser = await openChromium(face, { namespace: home, args });
    browsers.push(browser);
    return browser.newContext();
  }

  for (const [n, { line, situation, drops, said }] of LINES.entries()) {
    test(`${line}: ${said}`, async (t) => {
      const begun = Date.now();
      const ben = await arrive(await context('ben', situation, ...drops), room.persons[n].link);
      const found = await eventually(() => ben.evaluate(() => /** @type {HTMLElement | null} */ (document.querySelector('[data-test="forecast"]'))?.dataset.line ?? ''),
        (line) => ['good', 'sound', 'weak'].includes(line), 'a forecast', 20_000);
      t.diagnostic(`said after ${Date.now() - begun} ms, the start of the browser included`);
      assert.equal(found, said);
      const row = ada.locator('[data-test="waiting-item"]', { hasText: `Klient ${n}` });
      await eventually(() => row.innerText(), (text) => text.includes({ good: 'Line carries picture and sound', sound: 'Line carries sound', weak: 'Line is weak' }[said] ?? '?'), 'the counsellor to read it');
      assert.deepEqual(situation === 'open' ? await look(ben, `c6-line-${said}`) : [], []);
      if (n === LINES.length - 1) assert.deepEqual(await look(ada, 'b6-lines'), []);
      if (n === 0) {
        // Nothing of it is left once he is in, and nothing of it was in the way.
        await row.locator('[data-test="admit"]').click();
        await inState(ben, 'call');
        assert.equal(await handle(ben, 'forecast').count(), 0);
      }
      await ben.close();
    });
  }
});
