// A counselling service for a whole story: a node with its policies, a browser for each face, and people who come with a device each.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before } from 'node:test';
import { openChromium, syntheticDevices } from './browsers.js';
import { copies } from './people.js';
import { Node } from './server.js';

/** @typedef {import('playwright-core').BrowserContext} BrowserContext */
/** @typedef {keyof typeof import('./media.js').FACES} Face */

/** What people hold in their hands. @type {Record<'desk' | 'phone', import('playwright-core').BrowserContextOptions>} */
const devices = {
  desk: { viewport: { width: 1280, height: 800 } },
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true },
};

/**
 * To be called inside `describe`.
 * @param {{ env?: Record<string, string>, policies?: string, lang?: string }} [options] policies: the service's own, as its file; lang: of everybody's browser
 * @returns {{ readonly node: Node, person: (face: Face, device?: 'desk' | 'phone') => Promise<BrowserContext> }}
 *   node: once the tests run, with the counsellors `ada` and `eva`; person: a context of somebody who has that face, which lasts as long as the test
 */
export function house({ env = {}, policies, lang = 'de-DE' } = {}) {
  /** @type {Node} */ let node;
  /** @type {Map<Face, import('playwright-core').Browser>} */ let browsers;
  /** @type {string} */ let folder;
  /** @type {BrowserContext[]} */
  const contexts = [];
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'anteroom-house-'));
    const own = join(folder, 'policies.yaml');
    if (policies) writeFileSync(own, policies);
    const [started, ada, ben] = await Promise.all([Node.start({ ...(policies ? { ANTEROOM_POLICIES: own } : {}), ...env }), openChromium('ada'), openChromium('ben')]);
    node = started;
    browsers = new Map([['ada', ada], ['ben', ben]]);
    for (const name of ['ada', 'eva']) await node.counsellor(name);
  });
  afterEach(() => Promise.all(contexts.splice(0).map((context) => context.close())));
  after(async () => {
    await Promise.all([...(browsers ?? new Map()).values()].map((browser) => browser.close()));
    await node?.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    get node() {
      return node;
    },
    async person(face, device = 'desk') {
      const own = browsers.get(face);
      const context = await /** @type {import('playwright-core').Browser} */ (own ?? browsers.get('ben')).newContext({ locale: lang, acceptDownloads: true, ...devices[device] });
      contexts.push(context);
      if (!own) await syntheticDevices(context, face);
      await copies(context);
      return context;
    },
  };
}
