// Moderation that is given in the call and taken back: who has it lets people in, everybody reads it, and one click ends it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openChromium } from './support/browsers.js';
import { look } from './support/look.js';
import { admit, arrive, handle, inState, moderate, preside, signIn } from './support/people.js';
import { eventually, heard } from './support/recognise.js';
import { Node } from './support/server.js';

/** @typedef {import('playwright-core').Page} Page */

describe('moderation that is handed on', () => {
  /** @type {Node} */ let node;
  /** @type {import('playwright-core').Browser} */ let chromeA;
  /** @type {import('playwright-core').Browser} */ let chromeB;
  before(async () => {
    [node, chromeA, chromeB] = await Promise.all([Node.start(), openChromium('ada'), openChromium('ben')]);
    await node.counsellor('ada');
  });
  after(async () => {
    await Promise.all([chromeA?.close(), chromeB?.close()]);
    await node?.stop();
  });

  /** @param {import('playwright-core').Browser} browser */
  const person = (browser) => browser.newContext({ locale: 'de-DE' });
  const self = (/** @type {Page} */ page) => page.locator('[data-self]').getAttribute('data-person');
  const tile = (/** @type {Page} */ page, /** @type {string | null} */ id) => page.locator(`[data-test="tile"][data-person="${id}"]`);

  test('an interpreter is given it, lets somebody in, keeps it over a reload, and has it no more after one click', async () => {
    const room = await node.roomWith(['--may-moderate', 'interpreter:Igor'], 'ada', 'client:Ben', 'client:Dora');
    const [toBen, toDora, toIgor] = room.persons.map(({ link }) => link);
    const ada = await preside(await person(chromeA), room.counsellor_link, 'audio');
    const [ben, igor] = [await arrive(await person(chromeB), toBen, 'audio'), await arrive(await person(chromeA), toIgor, 'audio')];
    for (const name of ['Ben', 'Igor']) await admit(ada, name);
    await Promise.all([inState(ben, 'call'), inState(igor, 'call')]);

    // Of who has no mark it is not offered.
    const row = (/** @type {string} */ name) => ada.locator('[data-test="person"]', { has: ada.locator('.panel-name', { hasText: name }) });
    await row('Ben').locator('[data-test="person-more"]').click();
    assert.equal(await row('Ben').locator('[data-test="lend"]').count(), 0);
    await ada.keyboard.press('Escape');

    await moderate(ada, 'lend', 'Igor');
    await handle(igor, 'lent').waitFor();
    assert.equal(await handle(igor, 'lent').getAttribute('role'), 'status');
    assert.match(await handle(igor, 'lent').innerText(), /Sie moderieren jetzt mit: einlassen/);
    await eventually(() => handle(ada, 'live-polite').innerText(), (text) => text.includes('Moderiert jetzt mit: Igor'), 'the words for who does not see');
    const id = await self(igor);
    await eventually(() => tile(ben, id).innerText(), (text) => text.includes('Dolmetschen, moderiert mit'), 'the badge in words');
    const dora = await arrive(await person(chromeB), toDora, 'audio');
    await handle(igor, 'waiting-item').waitFor();
    assert.deepEqual([...(await look(igor, 'b6-lent')), ...(await look(ben, 'c7-lent'))], []);
    await admit(igor, 'Dora');
    await inState(dora, 'call');
    const hears = async () => heard(dora, `[data-test="tile"][data-person="${await self(ben)}"] video`);
    await eventually(hears, (found) => found === 'ben', "ben's tone at dora's");
    assert.equal(await handle(ada, 'stranger').count(), 0);
    // Nobody to whom it was given gives it on, or sends out who gave it.
    for (const page of [igor]) {
      const first = page.locator('[data-test="person"]').first();
      assert.equal(await first.locator('[data-test="take-back"], [data-test="lend"], [data-test="put-back"], [data-test="remove"]').count(), 0);
    }

    // Who moderates goes into a group himself, and is not sent to one; two of them can consult.
    await handle(ada, 'consult').waitFor();
    await handle(ada, 'groups-form').click();
    assert.deepEqual((await ada.locator('.groups-form .groups-person bdi').allInnerTexts()).sort(), ['Ben', 'Dora']);
    await handle(ada, 'groups-spread').click();
    await handle(ada, 'groups-start').click();
    await handle(igor, 'group-visit').last().click();
    await eventually(() => handle(igor, 'group').innerText(), (words) => words.includes('Sie sind in Gruppe 2'), 'what Igor reads');
    await handle(igor, 'group-leave').click();
    await handle(ada, 'recall').click();
    await handle(dora, 'group').waitFor({ state: 'detached' });
    await eventually(hears, (found) => found === 'ben', "ben's tone at dora's, after the groups");

    await handle(ada, 'take-back').scrollIntoViewIfNeeded();
    assert.deepEqual(await look(ada, 'b6-lending'), []);
    await igor.reload();
    await inState(igor, 'call');
    await handle(igor, 'lent').waitFor();
    await igor.locator('[data-test="person"]').first().waitFor();

    await handle(ada, 'take-back').click();
    await handle(igor, 'lent-over').waitFor();
    await eventually(() => igor.locator('[data-test="person"]').count(), (n) => n === 0, 'the panels to be gone');
    await eventually(() => tile(ben, id).innerText(), (text) => !text.includes('moderiert'), 'the badge to be gone');
    assert.deepEqual(await look(igor, 'c7-lent-over'), []);
    await eventually(hears, (found) => found === 'ben', "ben's tone at dora's still");
    assert.equal(await handle(ada, 'stranger').count(), 0);
    await handle(igor, 'lent-read').click();
    await handle(igor, 'lent-over').waitFor({ state: 'detached' });
    await Promise.all([ada, ben, igor, dora].map((page) => page.context().close()));
  });

  test('where the policy does not let it, no link is marked; the form offers it where it does, and never for a client', async () => {
    await assert.rejects(node.roomWith(['--policy', 'schule', '--may-moderate', 'companion:Mutter'], 'ada', 'client:Ben'));
    const portal = await signIn(await person(chromeA), node.url, 'ada');
    await handle(portal, 'new-room').click();
    assert.equal(await handle(portal, 'may-moderate').count(), 0);
    await handle(portal, 'role').selectOption('interpreter');
    await handle(portal, 'may-moderate').check();
    assert.deepEqual(await look(portal, 'b3-may-moderate'), []);
    await handle(portal, 'role').selectOption('client');
    assert.equal(await handle(portal, 'may-moderate').count(), 0);
    await portal.context().close();
  });
});
