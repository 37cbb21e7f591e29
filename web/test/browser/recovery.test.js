// The recovery phrase: made at the account page, read from the screen, typed at the link for a new password; what is read with it and what without.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openChromium } from './support/browsers.js';
import { look } from './support/look.js';
import { handle, inState, signIn } from './support/people.js';
import { Node, PASSWORD } from './support/server.js';

/** @typedef {import('playwright-core').Page} Page */

const fresh = 'Kran Nebel Tisch Ampel';

describe('a forgotten password', () => {
  /** @type {Node} */ let node;
  /** @type {import('playwright-core').Browser} */ let browser;
  before(async () => {
    [node, browser] = await Promise.all([Node.start({ ANTEROOM_SERVICE_NAME: 'Familienberatung Mitte', ANTEROOM_SERVICE_PHONE: '030 123456' }), openChromium('ada')]);
  });
  after(async () => {
    await browser?.close();
    await node?.stop();
  });

  /** A counsellor with a room that has a title. @param {string} name */
  async function working(name) {
    await node.counsellor(name);
    const context = await browser.newContext({ locale: 'de-DE', viewport: { width: 1280, height: 800 } });
    const page = await signIn(context, node.url, name);
    await handle(page, 'new-room').click();
    await handle(page, 'title').fill('Familie M.');
    await handle(page, 'create').click();
    await handle(page, 'copy-link').first().waitFor();
    await handle(page, 'back').click();
    await page.getByText('Familie M.').first().waitFor();
    return { context, page };
  }

  /** The link that an operator hands out. @param {string} name */
  async function newPasswordLink(name) {
    const said = await node.command('counsellor', 'reset', name);
    const link = /https?:\/\/\S+\/setup#\S+/.exec(said)?.[0];
    assert.ok(link, said);
    return link;
  }

  /** @param {Page} page */
  async function choosePassword(page) {
    await handle(page, 'password').fill(fresh);
    await handle(page, 'password-again').fill(fresh);
    await handle(page, 'create-account').click();
  }

  test('with the phrase everything is read as before', { timeout: 120_000 }, async () => {
    const { context, page } = await working('ada');
    const complaints = /** @type {string[]} */ ([]);
    await handle(page, 'to-account').waitFor();
    if (await handle(page, 'back').count() > 0) await handle(page, 'back').click();
    await handle(page, 'recovery-remind').waitFor();
    complaints.push(...await look(page, 'b2-reminded'));
    await handle(page, 'to-account').click();
    await handle(page, 'recovery-none').waitFor();
    complaints.push(...await look(page, 'b9-account'));
    await handle(page, 'recovery-make').click();
    await handle(page, 'recovery-password').fill('quite another password');
    await handle(page, 'recovery-submit').click();
    await page.getByText('Das Passwort stimmt nicht.').waitFor();
    complaints.push(...await look(page, 'b9-wrong-password'));
    await handle(page, 'recovery-password').fill(PASSWORD);
    const bodies = /** @type {string[]} */ ([]);
    page.on('request', (request) => bodies.push(request.postData() ?? ''));
    await handle(page, 'recovery-submit').click();
    await handle(page, 'phrase').waitFor();
    const groups = await handle(page, 'phrase').locator('li').allInnerTexts();
    assert.equal(groups.length, 8);
    for (const group of groups) assert.match(group, /^[BCDFGHJKLMNPRSTVWXZ]{5}$/);
    assert.equal(bodies.some((body) => groups.some((group) => body.includes(group))), false, 'the phrase stays in the browser');
    complaints.push(...await look(page, 'b9-phrase'));
    // What comes out of the printer is the sheet alone.
    await page.emulateMedia({ media: 'print' });
    assert.equal(await page.locator('.portal-main').isVisible(), false);
    assert.deepEqual(await page.locator('.letter .phrase li').allInnerTexts(), groups);
    await page.screenshot({ path: new URL('../screenshots/b9-sheet.png', import.meta.url).pathname, fullPage: true });
    await page.emulateMedia({ media: 'screen' });
    await handle(page, 'recovery-done').click();
    await handle(page, 'recovery-there').waitFor();
    assert.equal((await page.content()).includes(groups[0]), false, 'it is shown once');
    complaints.push(...await look(page, 'b9-account-with-phrase'));
    await handle(page, 'back').click();
    await handle(page, 'new-room').waitFor();
    assert.equal(await handle(page, 'recovery-remind').count(), 0, 'who has a phrase is not reminded');
    await handle(page, 'to-account').click();
    await handle(page, 'recovery-there').waitFor();
    await page.reload();
    await handle(page, 'recovery-there').waitFor();

    const link = await newPasswordLink('ada');
    const setUp = await context.newPage();
    await setUp.goto(link);
    await handle(setUp, 'phrase-typed').waitFor();
    assert.equal(await handle(setUp, 'user').inputValue(), 'ada');
    complaints.push(...await look(setUp, 'b0-new-password'));
    await handle(setUp, 'phrase-typed').fill(groups.with(2, 'BBBBB').join(' '));
    await choosePassword(setUp);
    await setUp.getByText('In Gruppe 3 stimmt ein Buchstabe nicht.').waitFor();
    complaints.push(...await look(setUp, 'b0-a-slip'));
    await handle(setUp, 'phrase-typed').fill(groups.join('\n').toLowerCase());
    await setUp.getByText('Richtig abgeschrieben.').waitFor();
    await handle(setUp, 'create-account').click();
    await inState(setUp, 'portal');
    await setUp.getByText('Familie M.').first().waitFor();
    await handle(setUp, 'to-account').click();
    await handle(setUp, 'recovery-there').waitFor();
    assert.deepEqual(complaints, []);
    await context.close();
  });

  test('without it the page says what is lost, and the rooms stay', { timeout: 120_000 }, async () => {
    const { context, page } = await working('bea');
    await handle(page, 'to-account').click();
    await handle(page, 'recovery-make').click();
    await handle(page, 'recovery-password').fill(PASSWORD);
    await handle(page, 'recovery-submit').click();
    await handle(page, 'recovery-done').click();
    const setUp = await context.newPage();
    await setUp.goto(await newPasswordLink('bea'));
    await handle(setUp, 'phrase-no').check();
    await handle(setUp, 'loss').waitFor();
    const complaints = await look(setUp, 'b0-without-phrase');
    await choosePassword(setUp);
    await inState(setUp, 'portal');
    await handle(setUp, 'start').first().waitFor();
    assert.equal(await setUp.getByText('Familie M.').count(), 0);
    await handle(setUp, 'to-account').click();
    await handle(setUp, 'recovery-none').waitFor();
    assert.deepEqual(complaints, []);
    await context.close();
  });

  test('removed by the counsellor, it is asked for no more', { timeout: 120_000 }, async () => {
    const { context, page } = await working('cem');
    await handle(page, 'to-account').click();
    await handle(page, 'recovery-make').click();
    await handle(page, 'recovery-password').fill(PASSWORD);
    await handle(page, 'recovery-submit').click();
    await handle(page, 'recovery-done').click();
    await handle(page, 'recovery-remove').click();
    await handle(page, 'recovery-remove-yes').click();
    await handle(page, 'recovery-none').waitFor();
    const setUp = await context.newPage();
    await setUp.goto(await newPasswordLink('cem'));
    await handle(setUp, 'loss').waitFor();
    assert.equal(await handle(setUp, 'phrase-yes').count(), 0);
    assert.deepEqual(await look(setUp, 'b0-no-phrase'), []);
    await context.close();
  });
});
