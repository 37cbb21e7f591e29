// Six digits told by telephone: made at the portal and shown once, typed at the door before anything else is asked, locked after five wrong ones, unlocked by who moderates.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openChromium } from './support/browsers.js';
import { look } from './support/look.js';
import { handle, inState, preside, prove, signIn } from './support/people.js';
import { eventually } from './support/recognise.js';
import { Node } from './support/server.js';

/** @typedef {import('playwright-core').Page} Page */

const phone = '030 123456-0';

/** A PIN that is not this one. @param {string} pin */
const other = (pin) => pin.slice(0, 5) + ((Number(pin[5]) + 1) % 10);

describe('a PIN told by telephone', () => {
  /** @type {Node} */ let node;
  /** @type {import('playwright-core').Browser} */ let chromeA;
  /** @type {import('playwright-core').Browser} */ let chromeB;
  before(async () => {
    [node, chromeA, chromeB] = await Promise.all([Node.start({ ANTEROOM_SERVICE_PHONE: phone, ANTEROOM_SERVICE_NAME: 'Beratungsstelle Mitte' }), openChromium('ada'), openChromium('ben')]);
    await node.counsellor('ada');
  });
  after(async () => {
    await Promise.all([chromeA?.close(), chromeB?.close()]);
    await node?.stop();
  });

  test('it is made at the portal, told once, and no letter has it', async () => {
    const context = await chromeA.newContext({ locale: 'de-DE', viewport: { width: 1280, height: 800 } });
    await context.addInitScript(() => {
      navigator.clipboard.writeText = async (text) => { /** @type {any} */ (window).copied = text; };
    });
    const page = await signIn(context, node.url, 'ada');
    await handle(page, 'new-room').click();
    await handle(page, 'label').fill('Frau Mustermann');
    await handle(page, 'pin-ask').check();
    assert.deepEqual(await look(page, 'b3-new-with-pin'), []);
    await handle(page, 'create').click();
    await handle(page, 'pin-told').waitFor();
    const digits = (await handle(page, 'pin-digits').innerText()).replace(/\D/g, '');
    assert.match(digits, /^\d{6}$/);
    assert.deepEqual(await look(page, 'b4-pin-told'), []);
    await handle(page, 'pin-noted').click();
    await handle(page, 'pin-set').waitFor();
    await handle(page, 'copy-text').click();
    const letter = await eventually(() => page.evaluate(() => /** @type {any} */ (window).copied ?? ''), (text) => text.includes('/j#'), 'the invitation');
    assert.ok(letter.includes('Die sagen wir Ihnen am Telefon.') && !letter.includes(digits), letter);
    await page.reload();
    await handle(page, 'pin-set').waitFor();
    assert.ok(!(await page.content()).includes(digits), 'it is shown again');

    // It opens the door; then a new one does, and it no longer.
    const link = letter.match(/https?:\/\/\S+\/j#\S+/)?.[0] ?? '';
    const ben = await (await chromeB.newContext({ locale: 'de-DE', viewport: { width: 390, height: 844 } })).newPage();
    await ben.goto(link);
    await handle(ben, 'continue').click();
    await prove(ben, ` ${digits.slice(0, 3)} ${digits.slice(3)} `);
    await handle(ben, 'consent-yes').waitFor();
    await ben.reload();
    await handle(page, 'person-more').click();
    await handle(page, 'pin-new').click();
    await handle(page, 'pin-yes').click();
    const renewed = (await handle(page, 'pin-digits').innerText()).replace(/\D/g, '');
    await handle(page, 'pin-noted').click();
    await handle(ben, 'continue').click();
    for (let n = 0; n < 5; n++) {
      await prove(ben, other(renewed));
      if (n < 4) await eventually(() => handle(ben, 'pin').inputValue(), (value) => value === '', 'the field to be empty');
    }
    await handle(ben, 'pin-locked').waitFor();
    await handle(page, 'pin-locked').waitFor();
    assert.deepEqual(await look(page, 'b4-pin-locked'), []);
    await handle(page, 'pin-unlock').click();
    await handle(page, 'pin-locked').waitFor({ state: 'detached' });
    await Promise.all([context.close(), ben.context().close()]);
  });

  test('one question before anything is asked of the devices; wrong, locked, and unlocked by one tap in the call', async () => {
    const room = await node.roomWith(['--policy', 'schutz'], 'ada', 'client:Frau M.');
    const pin = room.persons[0].pin ?? '';
    const ada = await preside(await chromeA.newContext({ locale: 'de-DE', viewport: { width: 1280, height: 800 } }), room.counsellor_link, 'audio', room.counsellor_pin);
    const context = await chromeB.newContext({ locale: 'de-DE', viewport: { width: 390, height: 844 } });
    await context.addInitScript(() => {
      const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      navigator.mediaDevices.getUserMedia = (wishes) => {
        /** @type {any} */ (window).asked = true;
        return open(wishes);
      };
    });
    const addresses = /** @type {string[]} */ ([]);
    context.on('request', (request) => addresses.push(request.url()));
    const page = await context.newPage();
    const said = /** @type {string[]} */ ([]);
    page.on('console', (message) => said.push(message.text()));
    await page.goto(room.persons[0].link);
    await handle(page, 'continue').click();
    await handle(page, 'pin').waitFor();
    assert.deepEqual(await handle(page, 'pin').evaluate((/** @type {HTMLInputElement} */ field) => [field.inputMode, field.autocomplete, field.labels?.[0]?.innerText]), ['numeric', 'off', 'Sechs Ziffern, die Ihnen am Telefon gesagt wurden']);
    assert.deepEqual(await look(page, 'c0-pin'), []);

    await prove(page, '12345');
    await page.locator('.field-error').waitFor();
    assert.match(await page.locator('.field-error').innerText(), /sechs Ziffern/);
    // By keyboard alone, and the field has the focus again, described by what was wrong.
    for (const left of ['4-mal', '3-mal', '2-mal', 'noch einmal']) {
      await handle(page, 'pin').fill(other(pin));
      await page.keyboard.press('Enter');
      await eventually(() => page.locator('.field-error').innerText().catch(() => ''), (words) => words.includes(left), `${left} to be left`);
      const described = await page.evaluate(() => document.getElementById(document.activeElement?.getAttribute('aria-describedby') ?? '')?.innerText ?? '');
      assert.ok(described.includes(left), described);
      if (left === '3-mal') {
        // In another language what was wrong is said in it.
        await page.locator('#language').selectOption('en');
        await page.locator('.field-error', { hasText: 'You can try 3 more times' }).waitFor();
        await page.locator('#language').selectOption('de');
      }
      if (left === '3-mal') assert.deepEqual(await look(page, 'c0-pin-wrong'), []);
    }
    await prove(page, other(pin));
    await handle(page, 'pin-locked').waitFor();
    assert.ok((await handle(page, 'pin-locked').innerText()).includes(phone.replaceAll(' ', '\u00a0').replaceAll('-', '\u2011')));
    assert.deepEqual(await look(page, 'c0-pin-locked'), []);
    assert.equal(await page.evaluate(() => /** @type {any} */ (window).asked ?? false), false, 'camera and microphone were asked for');

    await handle(ada, 'pin-unlock').waitFor();
    assert.ok((await handle(ada, 'pin-locked').innerText()).includes('Frau M.'));
    assert.deepEqual(await look(ada, 'b6-pin-locked'), []);
    await handle(ada, 'pin-unlock').click();
    await handle(ada, 'pin-unlock').waitFor({ state: 'detached' });
    await handle(page, 'pin-again').click();
    await prove(page, `${pin.slice(0, 3)} ${pin.slice(3)}`);
    await handle(page, 'consent-yes').click();
    await handle(page, 'media-audio').click();
    await inState(page, 'waiting');
    // Reloaded, the tab holds its seat, and nobody is asked again.
    await page.reload();
    await inState(page, 'waiting');
    for (const text of [...addresses, ...said, page.url()]) assert.ok(!text.includes(pin), text);
    assert.ok(!(await page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }]))).includes(pin), 'the tab keeps it');
    await Promise.all([ada.context().close(), context.close()]);
  });

  test('who types a code is asked the same', async () => {
    const room = await node.roomWith(['--pin'], 'ada', 'client:Frau M.');
    const { code, pin = '' } = /** @type {typeof room.persons[0] & { code: string }} */ (room.persons[0]);
    const page = await (await chromeB.newContext({ locale: 'en-GB', viewport: { width: 390, height: 844 } })).newPage();
    await page.goto(`${node.url}/code`);
    await handle(page, 'code').fill(code);
    await handle(page, 'code-go').click();
    await handle(page, 'continue').click();
    await prove(page, pin);
    await handle(page, 'consent-yes').click();
    await handle(page, 'media-none').click();
    await inState(page, 'waiting');
    await page.context().close();
  });
});
