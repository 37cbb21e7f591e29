// Who sees and hears whom: a picture for the counsellor alone, and counsellors who speak among themselves.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { openChromium, syntheticDevices } from './support/browsers.js';
import { look } from './support/look.js';
import { admit, arrive, handle, inState, moderate, preside, videoOf } from './support/people.js';
import { eventually, heard, never, seen } from './support/recognise.js';
import { Node } from './support/server.js';

/** @typedef {import('playwright-core').Page} Page */

describe('who sees and hears whom', () => {
  /** @type {Node} */ let node;
  /** @type {import('playwright-core').Browser} */ let browser;
  before(async () => {
    [node, browser] = await Promise.all([Node.start(), openChromium('ada')]);
    await node.counsellor('ada');
  });
  after(async () => {
    await browser?.close();
    await node?.stop();
  });

  /** @param {keyof typeof import('./support/media.js').FACES} [face] */
  async function person(face) {
    const context = await browser.newContext({ locale: 'de-DE' });
    if (face) await syntheticDevices(context, face);
    return context;
  }

  /** What is shown above the plate of `name`. @param {Page} page @param {string} name */
  const shows = async (page, name) => seen(page, await videoOf(page, name));

  test('a picture for the counsellor alone: the other client sees none of it, until its person shows it to all', async () => {
    const room = await node.room('ada', 'client:Ben', 'client:Eva');
    const ada = await preside(await person(), room.counsellor_link);
    const [ben, eva] = [await arrive(await person('ben'), room.persons[0].link), await arrive(await person(), room.persons[1].link, 'audio')];
    for (const name of ['Ben', 'Eva']) await admit(ada, name);
    await Promise.all([inState(ben, 'call'), inState(eva, 'call')]);
    const toAda = await videoOf(ada, 'Ben');
    const id = await ben.locator('[data-self]').getAttribute('data-person');
    const toEva = `[data-test="tile"][data-person="${id}"] video`;
    await eventually(() => seen(ada, toAda), (found) => found?.face === 'ben', "ben's picture at the counsellor's");
    await eventually(() => seen(eva, toEva), (found) => found?.face === 'ben', "ben's picture at eva's");
    await moderate(ada, 'pin', 'Ben');

    await moderate(ada, 'reserve-video', 'Ben');
    await handle(ben, 'reserved').waitFor();
    assert.match(await handle(ben, 'reserved').innerText(), /Nur Ihre Beratung sieht Ihr Bild/);
    const counters = async (/** @type {Page} */ page, /** @type {string} */ at) => (await seen(page, at))?.counter ?? null;
    await eventually(async () => counters(ada, toAda), (n) => n !== null, 'the picture still at the counsellor');
    const last = await eventually(async () => [await counters(eva, toEva), await counters(eva, toEva)], ([a, b]) => a === b, 'the picture to stand still or be gone');
    await never(async () => counters(eva, toEva), (n) => n !== null && n !== last[0], 'a newer picture at eva’s', 2500);
    await eventually(() => eva.locator('.tile-large').count(), (n) => n === 0, 'it to be large for all no more');
    await ada.locator('[data-test="person"]', { hasText: 'Ben' }).locator('[data-test="person-more"]').click();
    for (const gone of ['reserve-video', 'pin']) assert.equal(await ada.locator('[data-test="person"]', { hasText: 'Ben' }).locator(`[data-test="${gone}"]`).count(), 0, `${gone} is offered`);
    await ada.keyboard.press('Escape');
    assert.deepEqual([...(await look(ben, 'c7-reserved')), ...(await look(ada, 'b6-reserved'))], []);

    // Off and on again, and a reload, are no leave to show it to others.
    await handle(ben, 'cam').click();
    await handle(ben, 'reserved-cam').waitFor();
    assert.match(await handle(ben, 'reserved').innerText(), /sieht es nur Ihre Beratung/);
    await handle(ben, 'reserved-cam').click();
    await ben.reload();
    await inState(ben, 'call');
    await handle(ben, 'reserved').waitFor();
    await eventually(async () => (await shows(ada, 'Ben'))?.face ?? null, (face) => face === 'ben', 'the picture at the counsellor after a reload');
    await never(async () => seen(eva, toEva), (found) => found?.face === 'ben' && found.counter !== last[0], "ben's picture at eva's", 1500);

    await handle(ben, 'show-to-all').click();
    await handle(ben, 'reserved').waitFor({ state: 'detached' });
    await eventually(() => seen(eva, toEva), (found) => found?.face === 'ben' && found.counter !== last[0], "ben's picture at eva's again");
    await Promise.all([ada, ben, eva].map((page) => page.context().close()));
  });

  test('a consultation: two counsellors hear each other, the client reads why and hears nobody, one click ends it', async () => {
    const room = await node.room('ada', 'co-counsellor:Coco', 'client:Ben');
    const ada = await preside(await person(), room.counsellor_link);
    assert.equal(await handle(ada, 'consult').count(), 0, 'alone there is nobody to speak with');
    const coco = await preside(await person('ben'), room.persons[0].link);
    const ben = await arrive(await person('eva'), room.persons[1].link);
    await admit(ada, 'Ben');
    await inState(ben, 'call');
    const [toAda, toBen] = [await videoOf(ada, 'Ko-Beratung').catch(() => videoOf(ada, 'Coco')), '[data-test="tile"]:not([data-self]) video'];
    await handle(ada, 'consult').click();
    await inState(ben, 'held');
    await handle(ada, 'consultation').waitFor();
    await handle(coco, 'consultation').waitFor();
    const words = await handle(ben, 'held').innerText();
    assert.match(words, /spricht kurz mit einer Kollegin oder einem Kollegen/);
    assert.match(words, /Niemand sieht oder hört Sie/);
    assert.match(words, /\d:\d\d/);
    await eventually(() => heard(ada, toAda), (found) => found === 'ben', "the colleague's tone");
    await eventually(() => heard(ben, toBen, 800), (found) => found === null, 'silence at the client');
    assert.deepEqual([...(await look(ben, 'c8-consultation')), ...(await look(ada, 'b6-consultation'))], []);

    // The colleague goes: nothing opens, and nobody is told any more that two speak.
    await handle(coco, 'hangup').click();
    await handle(coco, 'leave').click();
    await eventually(() => handle(ben, 'held').innerText(), (said) => !said.includes('Kollegin'), 'the plain hold');
    await inState(ben, 'held');
    await handle(ada, 'hold').click();
    await inState(ben, 'call');
    await Promise.all([ada, coco, ben].map((page) => page.context().close()));
  });
});
