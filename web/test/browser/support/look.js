// Takes a picture of a screen in both themes at phone and desktop width, and asks axe what is wrong with it.
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const folder = join(dirname(fileURLToPath(import.meta.url)), '../../screenshots');

/** Widths and heights that every screen is looked at with, in CSS pixels. */
export const SIZES = [{ width: 390, height: 844 }, { width: 1280, height: 800 }];

/**
 * Writes `screenshots/<name>-<width>-<theme>.png` and returns what axe and the reflow rule complain about.
 * @param {import('playwright-core').Page} page
 * @param {string} name
 * @returns {Promise<string[]>}
 */
export async function look(page, name) {
  mkdirSync(folder, { recursive: true });
  const complaints = [];
  const before = page.viewportSize();
  for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    for (const size of SIZES) {
      await page.setViewportSize(size);
      const where = `${name}-${size.width}-${colorScheme}`;
      await page.screenshot({ path: join(folder, `${where}.png`) });
      complaints.push(...(await check(page)).map((complaint) => `${where}: ${complaint}`));
    }
  }
  // WCAG 1.4.10: at 320 CSS pixels nothing is cut off and nobody scrolls sideways.
  await page.setViewportSize({ width: 320, height: 640 });
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (overflow > 0) complaints.push(`${name}-320: ${overflow} px too wide`);
  await page.emulateMedia({ colorScheme: 'light' });
  if (before) await page.setViewportSize(before);
  return complaints;
}

/** What axe finds, and buttons smaller than 44 px on the client's screens. */
async function check(/** @type {import('playwright-core').Page} */ page) {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const { violations } = await /** @type {any} */ (window).axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] });
    return violations.map((/** @type {any} */ rule) => `${rule.id} (${rule.impact}): ${rule.nodes.map((/** @type {any} */ node) => node.target.join(' ')).slice(0, 3).join(', ')}`);
  });
  const small = await page.evaluate(() => [...document.querySelectorAll('button, a[href], input, select, [role="button"]')]
    .filter((element) => element.checkVisibility() && !element.closest('p, li > span, .visually-hidden'))
    .map((element) => ({ box: element.getBoundingClientRect(), text: (element.textContent || element.getAttribute('aria-label') || element.tagName).trim().slice(0, 30), type: element.getAttribute('type') }))
    .filter(({ box, type }) => type !== 'radio' && type !== 'checkbox' && type !== 'hidden' && box.width > 1 && (box.height < 43.5 || box.width < 43.5))
    .map(({ box, text }) => `target "${text}" is ${Math.round(box.width)}×${Math.round(box.height)} px`));
  return [...found, ...small];
}
