// What a person does with the product, by the stable handles of the pages (data-test, data-state): one line per tap.
import { PASSWORD } from './server.js';
import { eventually } from './recognise.js';

/** The element with this handle. */
export const handle = (/** @type {import('playwright-core').Page} */ page, /** @type {string} */ name) => page.locator(`[data-test="${name}"]`);

/** Waits until the page says it is in one of these states. */
export function inState(/** @type {import('playwright-core').Page} */ page, /** @type {string[]} */ ...states) {
  return eventually(() => page.evaluate(() => document.body.dataset.state ?? ''), (state) => states.includes(state), `the page to be ${states.join(' or ')}`);
}

/**
 * Opens a personal link and taps through to the waiting room: three taps, no typing.
 * @param {import('playwright-core').BrowserContext} context
 * @param {string} link
 * @param {'av' | 'audio' | 'none'} media
 * @param {string} [pin] of a person who has one
 */
export async function arrive(context, link, media = 'av', pin) {
  const page = await context.newPage();
  await page.goto(link);
  await handle(page, 'continue').click();
  if (pin) await prove(page, pin);
  await handle(page, 'consent-yes').click();
  await handle(page, `media-${media}`).click();
  await inState(page, 'waiting');
  return page;
}

/** Types the six digits that were told by telephone. */
export async function prove(/** @type {import('playwright-core').Page} */ page, /** @type {string} */ pin) {
  await handle(page, 'pin').fill(pin);
  await handle(page, 'pin-go').click();
}

/** Switches the sound on of somebody whom the room's policy let in without, as in a group. */
export async function speak(/** @type {import('playwright-core').Page} */ page) {
  await handle(page, 'mic').waitFor();
  if ((await handle(page, 'entered-muted').count()) === 0) return;
  await handle(page, 'mic').click();
  await handle(page, 'entered-muted').waitFor({ state: 'detached' });
}

/**
 * Opens a counsellor's personal link and enters the room.
 * @param {import('playwright-core').BrowserContext} context
 * @param {string} link
 * @param {'av' | 'audio' | 'none'} media
 * @param {string} [pin] where the policy asks for one
 */
export async function preside(context, link, media = 'av', pin) {
  const page = await context.newPage();
  await page.goto(link);
  await handle(page, 'continue').click();
  if (pin) await prove(page, pin);
  await handle(page, `media-${media}`).click();
  await inState(page, 'call');
  return page;
}

/**
 * What the counsellor can do with a person, from behind "More" in the person's row.
 * @param {import('playwright-core').Page} page
 * @param {string} what the item's handle
 * @param {string} [name] whose row, where there are several
 */
export async function moderate(page, what, name) {
  const row = page.locator('[data-test="person"]', { has: page.locator('.panel-name', { hasText: name }) }).first();
  await row.locator('[data-test="person-more"]').click();
  await row.locator(`[data-test="${what}"]`).click();
}

/** Signs a counsellor in at the portal. */
export async function signIn(/** @type {import('playwright-core').BrowserContext} */ context, /** @type {string} */ url, /** @type {string} */ name) {
  const page = await context.newPage();
  await page.goto(url);
  await handle(page, 'user').fill(name);
  await handle(page, 'password').fill(PASSWORD);
  await handle(page, 'signin').click();
  await handle(page, 'new-room').waitFor();
  return page;
}

/**
 * Makes a room at the portal and enters it.
 * @param {import('playwright-core').BrowserContext} context of a browser in which nobody is signed in
 * @param {import('./server.js').Node} node
 * @param {string} name of the counsellor
 * @param {{ policy?: string, people?: number }} [options] policy: another than the portal's; people: how many are invited
 * @returns {Promise<{ page: import('playwright-core').Page, links: string[] }>}
 */
export async function office(context, node, name, { policy, people = 1 } = {}) {
  await copies(context);
  const page = await signIn(context, node.url, name);
  await plan(page, { policy, guests: Array.from({ length: people }, () => ({})) });
  const links = await copied(page, people);
  await begin(page);
  return { page, links };
}

/** Keeps what a page writes to the clipboard, for `copied`: no page of ours may read it there again. @param {import('playwright-core').BrowserContext} context */
export async function copies(context) {
  await context.addInitScript(() => {
    navigator.clipboard.writeText = async (text) => { /** @type {any} */ (window).copied = text; };
  });
}

/** Somebody who is invited at the portal; what is left out stays as the form has it. @typedef {{ label?: string, role?: string, written?: boolean }} Guest */

/**
 * At the portal: makes a room for these.
 * @param {import('playwright-core').Page} page which shows the list of rooms
 * @param {{ policy?: string, guests: Guest[] }} room
 */
export async function plan(page, { policy, guests }) {
  await handle(page, 'new-room').click();
  if (policy) await handle(page, `policy-${policy}`).check();
  for (const [n, { label, role, written }] of guests.entries()) {
    if (n > 0) await handle(page, 'add-person').click();
    if (label) await handle(page, 'label').nth(n).fill(label);
    if (role) await handle(page, 'role').nth(n).selectOption(role);
    if (written) await page.locator('.guest').nth(n).locator('[data-test="written"]').check();
  }
  await handle(page, 'create').click();
  await handle(page, 'copy-link').first().waitFor();
}

/** The links of a room's people, in their order. @param {import('playwright-core').Page} page which shows the room @param {number} people @returns {Promise<string[]>} */
export async function copied(page, people) {
  /** @type {string[]} */
  const links = [];
  for (let n = 0; n < people; n++) {
    await handle(page, 'copy-link').nth(n).click();
    links.push(await eventually(() => page.evaluate(() => /** @type {any} */ (window).copied), (link) => !!link && !links.includes(link), 'a link'));
  }
  return links;
}

/** Enters the room that the portal shows, with picture and sound. @param {import('playwright-core').Page} page */
export async function begin(page) {
  await handle(page, 'start').first().click();
  await handle(page, 'media-av').click();
  await inState(page, 'call');
}

/** The participant ids of the tiles that a page shows. */
export function tiles(/** @type {import('playwright-core').Page} */ page) {
  return page.evaluate(() => [...document.querySelectorAll('[data-test="tile"]')].map((tile) => /** @type {HTMLElement} */ (tile).dataset.person ?? ''));
}

/** The selector of the only other person's picture. */
export async function otherVideo(/** @type {import('playwright-core').Page} */ page) {
  const others = await eventually(
    () => page.evaluate(() => [...document.querySelectorAll('[data-test="tile"]:not([data-self])')].map((tile) => /** @type {HTMLElement} */ (tile).dataset.person ?? '')),
    (list) => list.length === 1, 'one other tile');
  return `[data-test="tile"][data-person="${others[0]}"] video`;
}

/** A counsellor hangs up: only herself (`leave`), leaving it open to the others (`leave-open-10`), or the room for everybody (`end-all`). */
export async function hangUp(/** @type {import('playwright-core').Page} */ page, /** @type {'leave' | 'leave-open-10' | 'end-all'} */ how) {
  await handle(page, 'hangup').click();
  await handle(page, how).click();
}

/** The selector of the picture above whose plate this name or role stands. */
export async function videoOf(/** @type {import('playwright-core').Page} */ page, /** @type {string} */ name) {
  const person = await eventually(
    () => page.evaluate((name) => /** @type {HTMLElement[]} */ ([...document.querySelectorAll('[data-test="tile"]:not([data-self])')]).find((tile) => tile.querySelector('.plate')?.textContent?.includes(name))?.dataset.person ?? '', name),
    Boolean, `a tile of ${name}`);
  return `[data-test="tile"][data-person="${person}"] video`;
}

/**
 * Admits who waits (after the guard against a click on a button that just appeared).
 * @param {import('playwright-core').Page} page
 * @param {string} [name] whom, where there are several
 */
export async function admit(page, name) {
  // By the name alone: "Ben" stands in other words of the list too.
  const item = page.locator('[data-test="waiting-item"]', { has: page.locator('.panel-name', { hasText: name }) });
  await item.waitFor();
  await item.locator('[data-test="admit"]:not([aria-disabled="true"]):not(:disabled)').click();
}

/**
 * Admits so many, one after the other, in the order in which they came.
 * @param {import('playwright-core').Page} page
 * @param {number} count
 * @param {RegExp} [names] of those who are meant, where others wait as well
 */
export async function letIn(page, count, names) {
  for (let n = 0; n < count; n++) {
    const next = page.locator('[data-test="waiting-item"]', { has: page.locator('.panel-name', { hasText: names }) }).first();
    const person = await next.getAttribute('data-person');
    await next.locator('[data-test="admit"]:not([aria-disabled="true"]):not(:disabled)').click();
    await page.locator(`[data-test="waiting-item"][data-person="${person}"]`).waitFor({ state: 'detached' });
  }
}
