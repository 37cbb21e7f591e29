// What a page tells the workers that its frames go through: which keys, from when on, and whose frames are expected; and what they have counted.
import { handle } from './people.js';
import { eventually } from './recognise.js';

/**
 * What was told. at: ms since 1970; secret: base64.
 * @typedef {{ at: number, type: string, epoch?: number, tag?: number, secret?: string, participant?: string | null, id?: number }} Told
 */

/** Keeps what is told. To be called before the page loads. @param {import('playwright-core').BrowserContext} context */
export async function overheard(context) {
  await context.addInitScript(() => {
    const told = /** @type {any[]} */ (/** @type {any} */ (window).toWorkers = []);
    window.Worker = class extends Worker {
      constructor(/** @type {any} */ address, /** @type {any} */ options) {
        super(address, options);
        this.addEventListener('message', ({ data }) => {
          if (data.type === 'counts') /** @type {any} */ (window).workerCounts = data.counts;
        });
      }
      postMessage(/** @type {any} */ message, /** @type {any} */ transfer) {
        const { type, epoch, tag, secret, participant, id } = message;
        if (type !== 'count') told.push({ at: Date.now(), type, epoch, tag, participant, id, ...(secret && { secret: btoa(String.fromCharCode(...secret)) }) });
        super.postMessage(message, transfer);
      }
    };
  });
}

/** @param {import('playwright-core').Page} page @returns {Promise<Told[]>} all since the page was loaded */
export const told = (page) => page.evaluate(() => /** @type {any} */ (window).toWorkers);

/** The secrets that a page seals with, in their order. @param {import('playwright-core').Page} page */
export const begun = async (page) => (await told(page)).filter(({ type }) => type === 'begin').map(({ at, epoch, tag, secret }) => /** @type {import('./capture.js').Key & { at: number }} */ ({ at, epoch, tag, secret }));

/** The secrets of others that a page was given, in their order. @param {import('playwright-core').Page} page */
export const learnt = async (page) => (await told(page)).filter(({ type }) => type === 'learn').map(({ at, epoch, tag, secret }) => /** @type {import('./capture.js').Key & { at: number }} */ ({ at, epoch, tag, secret }));

/** @param {import('playwright-core').Page} page @returns {Promise<{ passed: number, dropped: Record<string, number> }>} what went through all of its transforms, and what did not */
export const through = (page) => page.evaluate(() => {
  const sum = { passed: 0, dropped: /** @type {Record<string, number>} */ ({}) };
  for (const { passed, dropped } of /** @type {any[]} */ (Object.values(/** @type {any} */ (window).workerCounts ?? {}))) {
    sum.passed += passed;
    for (const [reason, n] of Object.entries(dropped)) sum.dropped[reason] = (sum.dropped[reason] ?? 0) + /** @type {number} */ (n);
  }
  return sum;
});

/** Keeps every state that the lock goes through. To be called before the page loads. @param {import('playwright-core').BrowserContext} context */
export async function locksKept(context) {
  await context.addInitScript(() => {
    const states = /** @type {string[]} */ (/** @type {any} */ (window).locks = []);
    new MutationObserver(() => {
      const state = /** @type {HTMLElement | null} */ (document.querySelector('[data-lock]'))?.dataset.lock;
      if (state && state !== states.at(-1)) states.push(state);
    }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-lock'] });
  });
}

/** @param {import('playwright-core').Page} page @returns {Promise<string[]>} since the page was loaded */
export const locks = (page) => page.evaluate(() => /** @type {any} */ (window).locks);

/** What the lock says now. @param {import('playwright-core').Page} page @returns {Promise<string>} empty where there is none */
export const lockOf = (page) => page.evaluate(() => /** @type {HTMLElement | null} */ (document.querySelector('[data-lock]'))?.dataset.lock ?? '');

/** Waits until the lock says this on all of these. @param {string} state @param {import('playwright-core').Page[]} pages */
export const locked = (state, ...pages) => eventually(() => Promise.all(pages.map(lockOf)), (states) => states.every((one) => one === state), `the lock to say ${state}`);

/** The counsellor compares two words with the only person whom nobody has verified; both find them the same. @param {import('playwright-core').Page} counsellor @param {import('playwright-core').Page} person */
export async function compare(counsellor, person) {
  await handle(counsellor, 'lock').click();
  await handle(counsellor, 'compare').click();
  const words = await Promise.all([counsellor, person].map((page) => handle(page, 'two-words').innerText()));
  for (const page of [counsellor, person]) await handle(page, 'words-same').click();
  return words;
}

/** A browser that can lead no frames through a worker. To be called before the page loads. @param {import('playwright-core').BrowserContext} context */
export async function unable(context) {
  await context.addInitScript(() => {
    delete (/** @type {any} */ (window).RTCRtpScriptTransform);
    delete (/** @type {any} */ (window).RTCRtpSender?.prototype.createEncodedStreams);
  });
}
