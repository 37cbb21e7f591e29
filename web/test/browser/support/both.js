// A node and a browser of each kind for all tests of one group, and people in them who last as long as one test.
import { after, afterEach, before } from 'node:test';
import { openChromium, openFirefox, syntheticDevices } from './browsers.js';
import { countable } from './lines.js';
import { Node } from './server.js';
import { overheard } from './workers.js';

/** @typedef {import('playwright-core').BrowserContext} BrowserContext */

/**
 * To be called inside `describe`.
 * @param {...((context: BrowserContext) => Promise<void>)} prepare everybody's context besides, before a page loads
 * @returns {{ readonly node: Node, person: (browser: 'Chromium' | 'Firefox', face: keyof typeof import('./media.js').FACES) => Promise<BrowserContext> }}
 *   node: once the tests run, with a counsellor `ada`; person: a context of somebody who has that face, whose workers can be overheard and whose connections counted
 */
export function bothBrowsers(...prepare) {
  /** @type {Node} */ let node;
  /** @type {Record<'Chromium' | 'Firefox', import('playwright-core').Browser>} */ let browsers;
  /** @type {BrowserContext[]} */
  const contexts = [];
  before(async () => {
    const [started, chrome, firefox] = await Promise.all([Node.start(), openChromium('ada'), openFirefox()]);
    node = started;
    browsers = { Chromium: chrome, Firefox: firefox };
    await node.counsellor('ada');
  });
  afterEach(() => Promise.all(contexts.splice(0).map((context) => context.close())));
  after(async () => {
    await Promise.all(Object.values(browsers ?? {}).map((browser) => browser.close()));
    await node?.stop();
  });
  return {
    get node() {
      return node;
    },
    async person(browser, face) {
      const context = await browsers[browser].newContext();
      contexts.push(context);
      await Promise.all([overheard, ...prepare, countable].map((one) => one(context)));
      await syntheticDevices(context, face);
      return context;
    },
  };
}
