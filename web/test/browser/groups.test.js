// Four people in small groups: who sees whom, what each reads, the call for the counsellor, and the one click that brings everybody back.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { openChromium, syntheticDevices } from './support/browsers.js';
import { look, resize } from './support/look.js';
import { admit, arrive, handle, inState, preside } from './support/people.js';
import { eventually, never, seen } from './support/recognise.js';
import { Node } from './support/server.js';

/** @typedef {import('playwright-core').Page} Page */

describe('groups', () => {
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

  /** What axe says of targets that the sheet's head half covers, since one scrolls beneath it; their size is looked at all the same. @param {string[]} complaints */
  const scrolled = (complaints) => complaints.filter((complaint) => !complaint.includes('target-size'));

  /** Small pictures are enough. @param {keyof typeof import('./support/media.js').FACES} [face] */
  async function person(face) {
    const context = await browser.newContext({ locale: 'de-DE', viewport: { width: 640, height: 480 } });
    if (face) await syntheticDevices(context, face);
    return context;
  }

  /** The face in somebody's tile; null where there is none. @param {Page} page @param {string} participant */
  const face = async (page, participant) => {
    const tile = `[data-test="tile"][data-person="${participant}"] video`;
    return (await page.locator(tile).count()) > 0 ? ((await seen(page, tile))?.face ?? null) : null;
  };
  /** Who has a tile, besides oneself. @param {Page} page */
  const others = (page) => page.locator('[data-test="tile"]:not([data-self])').evaluateAll((tiles) => tiles.map((tile) => /** @type {HTMLElement} */ (tile).dataset.person ?? ''));
  /** @param {Page} page */
  const own = async (page) => (await page.locator('[data-self]').getAttribute('data-person')) ?? '';
  /** All of one's group have the keys: of links that no counsellor's browser has made, nobody is verified. @param {Page} page */
  const locked = (page) => eventually(() => page.locator('[data-lock]').getAttribute('data-lock'), (lock) => lock === 'unverified', 'it to be sealed', 30000);

  test('two and one, a call for the counsellor, a reload, and everybody back', { timeout: 240000 }, async () => {
    const room = await node.room('ada', 'client:Ben', 'client:Cem', 'client:Eva');
    const ada = await preside(await browser.newContext({ locale: 'de-DE', viewport: { width: 1280, height: 800 } }), room.counsellor_link);
    const [ben, cem, eva] = [
      await arrive(await person('ben'), room.persons[0].link), await arrive(await person('cem'), room.persons[1].link), await arrive(await person('eva'), room.persons[2].link),
    ];
    for (const name of ['Ben', 'Cem', 'Eva']) await admit(ada, name);
    for (const page of [ben, cem, eva]) await inState(page, 'call');
    const [idA, idB, idC, idE] = [await own(ada), await own(ben), await own(cem), await own(eva)];
    await eventually(() => face(eva, idB), (found) => found === 'ben', 'everybody together', 30000);

    // On a phone the panel is a sheet: it stays open, so that it is looked at there too.
    await resize(ada, { width: 390, height: 844 });
    await handle(ada, 'people').click();
    await resize(ada, { width: 1280, height: 800 });

    // By a click, and by hand.
    await handle(ada, 'groups-form').click();
    await handle(ada, 'groups-start').click();
    await ada.getByText('Ordnen Sie zuerst jemanden einer Gruppe zu.').waitFor();
    await handle(ada, 'groups-spread').click();
    assert.equal(await ada.getByText('Ordnen Sie zuerst jemanden einer Gruppe zu.').count(), 0);
    const places = () => handle(ada, 'groups-place').evaluateAll((all) => all.map((one) => /** @type {HTMLSelectElement} */ (one).value));
    assert.deepEqual((await places()).sort(), ['1', '1', '2'], 'evenly');
    const place = (/** @type {string} */ id, /** @type {string} */ group) => ada.locator(`[data-test="groups"] [data-person="${id}"] select`).selectOption(group);
    for (const [id, group] of [[idB, '1'], [idC, '1'], [idE, '2']]) await place(id, group);
    await handle(ada, 'groups-spread').scrollIntoViewIfNeeded();
    assert.deepEqual(scrolled(await look(ada, 'b10-groups-forming')), []);
    await handle(ada, 'groups-start').click();

    await eventually(() => handle(ben, 'group').innerText(), (words) => words.startsWith('Sie sind in Gruppe 1. Nur diese Personen sehen und hören Sie:'), 'what Ben reads');
    await eventually(() => handle(eva, 'group').innerText(), (words) => words.includes('Sie sind in Gruppe 2. Gerade ist niemand sonst hier.'), 'what Eva reads');
    assert.deepEqual([await others(ben), await others(cem), await others(eva), await others(ada)], [[idC], [idB], [], []], 'who is shown to whom');
    await eventually(() => face(ben, idC), (found) => found === 'cem', "cem's picture at ben's");
    await eventually(() => face(cem, idB), (found) => found === 'ben', "ben's picture at cem's");
    await never(() => others(eva), (list) => list.length > 0, 'anybody at eva’s', 1500);
    await locked(ben);
    assert.deepEqual(await look(eva, 'c11-group'), []);

    // Whoever is without a counsellor calls, and is told from where.
    await handle(eva, 'group-call').click();
    await handle(eva, 'own-hand').waitFor();
    await eventually(() => handle(ada, 'group-calls').innerText(), (words) => words.includes('Eva ruft Sie. Ort: Gruppe 2.'), 'the call');
    await handle(ada, 'group-of').first().scrollIntoViewIfNeeded();
    assert.deepEqual(scrolled(await look(ada, 'b10-groups-running')), []);
    await handle(ada, 'group-go').click();
    await eventually(() => face(eva, idA), (found) => found === 'ada', 'the counsellor in the group', 30000);
    await eventually(() => face(ada, idE), (found) => found === 'eva', 'who called', 30000);
    assert.deepEqual([await others(ben), await others(ada)], [[idC], [idE]], 'and nobody else');
    await locked(ada);
    await locked(eva);

    // A reload leads back to the group; one is moved while they run.
    await ben.reload();
    await inState(ben, 'call');
    await eventually(() => handle(ben, 'group').innerText(), (words) => words.includes('Gruppe 1'), 'what Ben reads after a reload');
    await eventually(() => face(ben, idC), (found) => found === 'cem', "cem's picture after a reload", 30000);
    await place(idC, '2');
    await eventually(() => face(cem, idE), (found) => found === 'eva', "eva's picture at cem's", 30000);
    await eventually(() => others(ben), (list) => list.length === 0, 'nobody at ben’s');

    await handle(ada, 'recall').click();
    for (const page of [ada, ben, cem, eva]) await handle(page, 'group').waitFor({ state: 'detached' });
    await eventually(() => face(ben, idE), (found) => found === 'eva', "eva's picture at ben's", 30000);
    await eventually(() => face(eva, idB), (found) => found === 'ben', "ben's picture at eva's", 30000);
    assert.equal((await others(ada)).length, 3, 'everybody is back');
    for (const page of [ada, ben, cem, eva]) await locked(page);
    await Promise.all([ada, ben, cem, eva].map((page) => page.context().close()));
  });
});
