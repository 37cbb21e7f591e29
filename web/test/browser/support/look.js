// Takes a picture of a screen in both themes and languages at phone and desktop width, and asks axe what is wrong with it.
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const folder = join(dirname(fileURLToPath(import.meta.url)), '../../screenshots');

/** Widths and heights that every screen is looked at with, in CSS pixels. */
const sizes = [{ width: 390, height: 844 }, { width: 1280, height: 800 }];
const narrow = { width: 320, height: 640 };

/**
 * Writes `screenshots/<name>-<language>-<width>-<theme>.png` and returns what axe, the size of targets and the reflow rule complain about.
 * The language is changed as a person changes it, which must lose nothing; the page is left as it was found.
 * @param {import('playwright-core').Page} page
 * @param {string} name
 * @returns {Promise<string[]>}
 */
export async function look(page, name) {
  mkdirSync(folder, { recursive: true });
  const complaints = /** @type {string[]} */ ([]);
  const size = page.viewportSize();
  const state = await page.evaluate(() => document.body.dataset.state);
  const language = await page.evaluate(() => document.documentElement.lang);
  // What the pointer happens to stand on is drawn otherwise.
  await page.mouse.move(0, 0);
  await page.evaluate(axe);
  for (const lang of [...['de', 'en'].filter((one) => one !== language), language]) {
    await speak(page, lang);
    for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      for (const one of sizes) {
        await resize(page, one);
        const where = `${name}-${lang}-${one.width}-${colorScheme}`;
        await page.screenshot({ path: join(folder, `${where}.png`), fullPage: true, animations: 'disabled' });
        const found = [...(await targets(page)), ...(lang === language ? await faults(page) : [])];
        complaints.push(...found.map((complaint) => `${where}: ${complaint}`));
      }
    }
    // WCAG 1.4.10: at 320 CSS pixels nothing is cut off and nobody scrolls sideways.
    await resize(page, narrow);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (overflow > 0) complaints.push(`${name}-${lang}-${narrow.width}: ${overflow} px too wide`);
  }
  await page.emulateMedia({ colorScheme: 'light' });
  if (size) await resize(page, size);
  const after = await page.evaluate(() => document.body.dataset.state);
  if (after !== state) complaints.push(`${name}: was ${state}, and is ${after} after it was looked at`);
  return complaints;
}

/**
 * Gives a page another size, and waits until it has been drawn with it: only in the frame after do bars and menus learn of it, and what no
 * frame shows nobody sees.
 * @param {import('playwright-core').Page} page @param {{ width: number, height: number }} size
 */
export async function resize(page, size) {
  await page.setViewportSize(size);
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
}

/** Changes the language of a page by its own choice; a dialog stands before it for the pointer, not for this. */
async function speak(/** @type {import('playwright-core').Page} */ page, /** @type {string} */ lang) {
  await page.locator('#language').selectOption(lang);
  await page.waitForFunction((lang) => document.documentElement.lang === lang, lang);
}

/** What axe finds. @returns {Promise<string[]>} */
function faults(/** @type {import('playwright-core').Page} */ page) {
  return page.evaluate(async () => {
    const { violations } = await /** @type {any} */ (window).axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations'] });
    return violations.map((/** @type {any} */ rule) => `${rule.id} (${rule.impact}): ${rule.nodes.map((/** @type {any} */ node) => node.target.join(' ')).slice(0, 3).join(', ')}`);
  });
}

/** Buttons, links and fields smaller than 44 px, but for links within a sentence. @returns {Promise<string[]>} */
function targets(/** @type {import('playwright-core').Page} */ page) {
  return page.evaluate(() => [...document.querySelectorAll('button, a[href], input, select, summary')]
    .filter((element) => element.checkVisibility() && !element.closest('p'))
    // A box to tick is as large as its label.
    .map((element) => (element.matches('input[type="checkbox"], input[type="radio"]') ? (element.closest('label') ?? document.querySelector(`label[for="${element.id}"]`) ?? element) : element))
    .map((element) => ({ box: element.getBoundingClientRect(), text: (element.textContent || element.getAttribute('aria-label') || element.tagName).trim().slice(0, 30) }))
    .filter(({ box }) => box.width > 1 && (box.height < 43.5 || box.width < 43.5))
    .map(({ box, text }) => `target "${text}" is ${Math.round(box.width)}×${Math.round(box.height)} px`));
}
