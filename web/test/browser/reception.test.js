// The waiting room speaks both ways, sealed by the link where both ends know it; a consent keeps the door, and is withdrawn by a button or by word.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openChromium } from './support/browsers.js';
import { admit, arrive, handle, inState, office, preside } from './support/people.js';
import { eventually } from './support/recognise.js';
import { Node } from './support/server.js';

/** @typedef {import('playwright-core').Page} Page */

/** What goes over a page's websocket, both ways. */
function overhear(/** @type {import('playwright-core').BrowserContext} */ context) {
  /** @type {string[]} */
  const said = [];
  context.on('page', (page) => page.on('websocket', (socket) => {
    for (const way of /** @type {const} */ (['framesent', 'framereceived'])) socket.on(way, ({ payload }) => said.push(String(payload)));
  }));
  return said;
}

/** Pictures for a person to look at: with ANTEROOM_LOOK, a folder. */
async function look(/** @type {Page} */ page, /** @type {string} */ name) {
  const folder = process.env.ANTEROOM_LOOK;
  if (!folder) return;
  for (const [width, height] of /** @type {const} */ ([[390, 844], [1280, 800]])) {
    await page.setViewportSize({ width, height });
    await page.waitForTimeout(300);
    await page.screenshot({ path: `${folder}/${name}-${width}.png`, fullPage: true });
  }
}

const texts = (/** @type {Page} */ page) => page.locator('[data-test="note"] .note-text').allTextContents();

describe('the waiting room', () => {
  /** @type {Node} */ let node;
  /** @type {import('playwright-core').Browser} */ let chrome;
  before(async () => {
    node = await Node.start();
    await node.counsellor('ada');
    chrome = await openChromium('ada');
  });
  after(async () => {
    await chrome?.close();
    await node?.stop();
  });

  test('two who never met write to each other, and the server reads none of it', async () => {
    const context = await chrome.newContext({ locale: 'de-DE' });
    const { page: ada, links } = await office(context, node, 'ada');
    const bens = await chrome.newContext({ locale: 'de-DE' });
    const said = overhear(bens);
    const ben = await arrive(bens, links[0], 'audio');
    await handle(ben, 'company-accompanied').click();
    await ada.locator('[data-test="waiting-item"]', { hasText: 'Jemand ist dabei' }).waitFor();
    await handle(ben, 'note-open').click();
    assert.equal(await handle(ben, 'note-unsealed').count(), 0);
    await handle(ben, 'note-text').fill('Ich höre gleich jemanden.');
    await handle(ben, 'note-send').click();
    await eventually(() => texts(ada), (all) => all.includes('Ich höre gleich jemanden.'), 'the note at the counsellor');
    await handle(ada, 'note-open').click();
    await look(ada, 'queue');
    await handle(ada, 'note-ready').first().click();
    await eventually(() => texts(ben), (all) => all.includes('Ich bin in fünf Minuten bei Ihnen.'), 'the answer');
    await look(ben, 'waiting');
    const notes = said.filter((text) => /"type":"(note|stay)"/.test(text));
    assert.ok(notes.length >= 2, `${notes.length} messages about notes`);
    for (const text of notes) assert.ok(!/Ich/.test(text), `readable on the way: ${text.slice(0, 80)}`);

    await ben.reload();
    await inState(ben, 'waiting');
    await eventually(() => texts(ben), (all) => all.length === 2 && all[1].startsWith('Ich bin'), 'the notes after a reload');

    await ada.locator('[data-test="colleague"]').first().click();
    await eventually(() => handle(ben, 'wait-status').textContent(), (text) => !!text?.includes('Eine andere Beratungsperson kommt'), 'that a colleague comes');
    await admit(ada);
    await inState(ben, 'call');
    assert.equal((await texts(ada)).length, 0, 'nothing outlasts the waiting');

    await handle(ben, 'more').click();
    await look(ben, 'more');
    await handle(ben, 'withdraw').click();
    await look(ben, 'withdraw');
    await handle(ben, 'withdraw-yes').click();
    await inState(ben, 'withdrawn');
    await look(ben, 'withdrawn');
    await inState(ada, 'ended', 'portal');
    await ada.getByText('Die Einwilligung wurde zurückgezogen.').waitFor();
    await look(ada, 'withdrawn-ada');
    await ben.goto(links[0]);
    await ben.locator('[data-test="link-revoked"], [data-test="link-invalid"]').waitFor();
    await Promise.all([context.close(), bens.close()]);
  });

  test('an open consent keeps the door shut until it is there on paper; who withdraws by word is out; the others are told where the counsellor is', async () => {
    const room = await node.room('ada', 'client:Hanno', 'client:Cleo');
    const [adas, bens, cleos] = await Promise.all([chrome.newContext({ locale: 'de-DE' }), chrome.newContext({ locale: 'de-DE' }), chrome.newContext({ locale: 'de-DE' })]);
    // A page that says nothing of a consent.
    await bens.route('**/links/check', async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, json: { ...(await answer.json()), consent: 'none' } });
    });
    const ben = await bens.newPage();
    await ben.goto(room.persons[0].link);
    await handle(ben, 'continue').click();
    await handle(ben, 'media-audio').click();
    await inState(ben, 'waiting');
    const ada = await preside(adas, room.counsellor_link, 'audio');
    const item = ada.locator('[data-test="waiting-item"]', { hasText: 'Hanno' });
    await handle(ada, 'consent-open').waitFor();
    await admit(ada, 'Hanno');
    await ada.getByText('Die Einwilligung fehlt noch. Wenn Sie').waitFor();
    await look(ada, 'consent');
    await handle(ada, 'consent-written').click();
    await item.getByText('Einwilligung liegt schriftlich vor').waitFor();

    // Who moderates by a link of the command line cannot open what the room's secret seals: the pages say so before anything is written.
    await handle(ada, 'note-open').click();
    await handle(ada, 'note-unsealed').waitFor();
    await handle(ada, 'note-ready').last().click();
    await eventually(() => texts(ben), (all) => all.length === 1, 'the note at ben');
    await handle(ben, 'note-open').click();
    await handle(ben, 'note-unsealed').waitFor();
    await handle(ben, 'note-text').fill('Hallo');
    await handle(ben, 'note-send').click();
    await eventually(() => texts(ada), (all) => all.includes('Hallo'), 'the note');
    await look(ben, 'waiting-plain');

    const cleo = await arrive(cleos, room.persons[1].link, 'audio');
    await eventually(() => handle(cleo, 'wait-status').textContent(), (text) => !!text?.includes('holt Sie gleich'), 'that the counsellor is there');
    await admit(ada, 'Hanno');
    await inState(ben, 'call');
    await eventually(() => handle(cleo, 'wait-status').textContent(), (text) => !!text?.includes('noch in einem anderen Gespräch'), 'that the counsellor is in a conversation');
    const second = await arrive(await chrome.newContext({ locale: 'de-DE' }), room.persons[1].link, 'audio');
    await ada.getByText('Der Link von Cleo wurde auf einem zweiten Gerät').first().waitFor();
    await look(ada, 'forwarded');
    await look(second, 'second');

    await ada.locator('[data-test="person"]', { hasText: 'Hanno' }).locator('[data-test="person-more"]').click();
    await handle(ada, 'record-withdrawal').last().click();
    await look(ada, 'record');
    await handle(ada, 'withdraw-yes').click();
    await inState(ben, 'withdrawn');
    await handle(ada, 'withdrawn-note').waitFor();
    await inState(ada, 'call'); // the others wait: the room goes on
    await look(ada, 'withdrawn-note');
    await Promise.all([adas, bens, cleos, second.context()].map((one) => one.close()));
  });

  test('a fourth device is told why, and a child is asked in simple words', async () => {
    const context = await chrome.newContext({ locale: 'de-DE' });
    const { page: ada, links } = await office(context, node, 'ada');
    const others = await Promise.all([0, 1, 2].map(() => chrome.newContext({ locale: 'de-DE' })));
    for (const one of others) await arrive(one, links[0], 'none');
    const fourth = await (await chrome.newContext({ locale: 'de-DE' })).newPage();
    await fourth.goto(links[0]);
    await handle(fourth, 'continue').click();
    await handle(fourth, 'consent-yes').click();
    await handle(fourth, 'media-none').click();
    await fourth.getByText('auf mehreren Geräten').waitFor();
    await look(fourth, 'fourth');
    await Promise.all([...others, fourth.context()].map((one) => one.close()));
    await handle(ada, 'hangup').click();
    await handle(ada, 'end-all').click();
    await inState(ada, 'ended', 'portal');

    await handle(ada, 'to-list').click();
    await handle(ada, 'new-room').click();
    await handle(ada, 'wording').selectOption('child');
    await look(ada, 'invite');
    await handle(ada, 'create').click();
    await handle(ada, 'copy-link').first().click();
    const link = await eventually(() => ada.evaluate(() => /** @type {any} */ (window).copied), (copied) => !!copied && copied !== links[0], 'a link');
    const kim = await (await chrome.newContext({ locale: 'de-DE' })).newPage();
    await kim.goto(link);
    await handle(kim, 'continue').click();
    await kim.getByText('Du musst nicht mitmachen.').waitFor();
    await look(kim, 'child');
    await handle(kim, 'consent-yes').click();
    await handle(kim, 'media-none').waitFor();
    await Promise.all([context.close(), kim.context().close()]);
  });
});
