// The page for an office's IT, in real networks: it says what comes through and what does not, and names what is missing.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openChromium } from './support/browsers.js';
import { look } from './support/look.js';
import { Networks, SERVER, inside } from './support/networks.js';
import { handle } from './support/people.js';
import { Node } from './support/server.js';

/** @type {Record<string, {ways: string, verdict: string, rules: string[], inspected: boolean}>} what there is to be said in each situation */
const TRUTH = {
  open: { ways: 'pages works, socket works, udp works, tcp works, tls works', verdict: 'good', rules: [], inspected: false },
  'no-udp': { ways: 'pages works, socket works, udp blocked, tcp works, tls works', verdict: 'fair', rules: [`UDP 3478 · ${SERVER.address}`], inspected: false },
  'only-443': { ways: 'pages works, socket works, udp blocked, tcp works, tls works', verdict: 'fair', rules: [`UDP 3478 · ${SERVER.address}`], inspected: false },
  'only-tls': {
    ways: 'pages works, socket works, udp blocked, tcp blocked, tls works', verdict: 'fair',
    rules: [`UDP 3478 · ${SERVER.address}`, `TCP 443 · ${SERVER.address}`], inspected: true,
  },
};

describe('the page for an office\'s IT', () => {
  /** @type {Networks} */ let networks;
  /** @type {Node} */ let node;
  /** @type {string} */ let trust;
  before(async () => {
    networks = new Networks();
    const { cert, key, ...made } = networks.certificate();
    trust = made.trust;
    node = await Node.start({
      ANTEROOM_LISTEN: ':443', ANTEROOM_PUBLIC_URL: `https://${SERVER.name}`, ANTEROOM_TLS: 'files', ANTEROOM_TLS_CERT: cert, ANTEROOM_TLS_KEY: key,
      ANTEROOM_MEDIA_PORT: '3478', ANTEROOM_MEDIA_IPS: SERVER.address, ANTEROOM_SERVICE_NAME: 'Familienberatung Mitte', ANTEROOM_SERVICE_PHONE: '030 123456',
    }, inside(networks.server));
  });
  after(async () => {
    await node?.stop();
    networks?.close();
  });

  /** A browser with the page in a home of this situation, and whom it must close. */
  async function visit(/** @type {string} */ situation) {
    const home = networks.home(situation);
    const browser = await openChromium('ada', { namespace: home, args: [trust, `--host-resolver-rules=MAP ${SERVER.name} ${SERVER.address}`] });
    const page = await (await browser.newContext({ locale: 'de-DE' })).newPage();
    // What is copied no page of ours may read again.
    await page.addInitScript(() => {
      navigator.clipboard.writeText = async (text) => { /** @type {any} */ (window).copied = text; };
    });
    const faults = /** @type {string[]} */ ([]);
    page.on('pageerror', (error) => faults.push(error.message));
    await page.goto(`https://${SERVER.name}/network`);
    await handle(page, 'run').waitFor();
    return { home, browser, page, faults };
  }

  /** Lets the page test, and returns what it says. */
  async function survey(/** @type {import('playwright-core').Page} */ page) {
    await handle(page, 'run').click();
    await page.waitForFunction(() => document.body.dataset.state === 'done');
    return page.evaluate(() => {
      const all = (/** @type {string} */ name) => /** @type {HTMLElement[]} */ ([...document.querySelectorAll(`[data-test^="${name}"]`)]);
      return {
        ways: all('way').map(({ dataset }) => `${dataset.kind} ${dataset.result}`).join(', '),
        verdict: all('verdict-').map(({ dataset }) => dataset.test?.slice('verdict-'.length)).join(),
        rules: all('rule').map((row) => /** @type {HTMLElement} */ (row.querySelector('.way-rule')).innerText),
        inspected: all('inspected').length > 0,
      };
    });
  }

  for (const [situation, truth] of Object.entries(TRUTH)) {
    test(situation, async () => {
      const { browser, page, faults } = await visit(situation);
      try {
        assert.deepEqual(await survey(page), truth);
        if (truth.rules.length > 0) {
          await handle(page, 'copy').click();
          const text = await page.evaluate(() => String(/** @type {any} */ (window).copied));
          for (const rule of truth.rules) assert.ok(text.includes(rule.replace(' · ', '  ')), text);
        }
        assert.deepEqual(await look(page, `office-${situation}`), []);
        assert.deepEqual(faults, []);
      } finally {
        await browser.close();
      }
    });
  }

  test('a node that is cut off later is said to be blocked, and open again when it is', async () => {
    const { home, browser, page, faults } = await visit('open');
    try {
      networks.break(home, `ip daddr ${SERVER.address}`);
      const { verdict, ways, rules } = await survey(page);
      assert.equal(ways, 'pages blocked, socket blocked, udp blocked, tcp blocked, tls blocked');
      assert.equal(verdict, 'none');
      assert.deepEqual(rules, [`TCP 443 · ${SERVER.name}`, `UDP 3478 · ${SERVER.address}`, `TCP 443 · ${SERVER.address}`]);
      networks.break(home);
      assert.deepEqual(await survey(page), TRUTH.open);
      assert.deepEqual(faults, []);
    } finally {
      await browser.close();
    }
  });
});
