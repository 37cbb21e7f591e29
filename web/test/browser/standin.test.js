// A person is invited from inside the call; a conversation is handed over to a stand-in, who checks whose key it is from; a conversation is deleted from the list while it runs.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openChromium } from './support/browsers.js';
import { look } from './support/look.js';
import { admit, arrive, handle, inState, office, otherVideo, signIn } from './support/people.js';
import { eventually, seen } from './support/recognise.js';
import { Node } from './support/server.js';

/** @typedef {import('playwright-core').Page} Page */

const phone = { width: 390, height: 800 };
const desk = { width: 1280, height: 800 };

/** Whether what stands under the middle of a button is the button: nothing covers it. @param {Page} page @param {string} name */
const inReach = (page, name) =>
  handle(page, name).first().evaluate((button) => {
    const { x, y, width, height } = button.getBoundingClientRect();
    const there = document.elementFromPoint(x + width / 2, y + height / 2);
    return button.contains(there);
  });

/** The sound and the end of the call are there to be pressed. @param {Page} page */
async function controlsInReach(page) {
  for (const name of ['mic', 'hangup']) assert.ok(await inReach(page, name), `${name} is covered`);
}

describe('standing in', () => {
  /** @type {Node} */ let node;
  /** @type {import('playwright-core').Browser} */ let chromeA;
  /** @type {import('playwright-core').Browser} */ let chromeB;
  before(async () => {
    [node, chromeA, chromeB] = await Promise.all([Node.start({ ANTEROOM_SERVICE_NAME: 'Beratung Mitte', ANTEROOM_SERVICE_PHONE: '030 123456' }), openChromium('ada'), openChromium('ben')]);
    await node.counsellor('ada');
    await node.counsellor('bea');
  });
  after(async () => {
    await Promise.all([chromeA?.close(), chromeB?.close()]);
    await node?.stop();
  });

  test('a person is invited from inside the call, on a wide screen and on a phone, and nothing of the call is covered', async () => {
    const [contextA, contextB] = await Promise.all([chromeA.newContext({ locale: 'de', viewport: desk }), chromeB.newContext({ locale: 'de' })]);
    const { page: ada, links } = await office(contextA, node, 'ada');
    const ben = await arrive(contextB, links[0]);
    await admit(ada);
    await inState(ben, 'call');
    const videoOfBen = await otherVideo(ada);
    await eventually(() => seen(ada, videoOfBen), (found) => found?.face === 'ben', 'Ben is seen');

    await handle(ada, 'invite').click();
    await handle(ada, 'invite-form').waitFor();
    await controlsInReach(ada);
    await handle(ada, 'label').fill('Herr Betreuer');
    await handle(ada, 'role').selectOption('companion');
    await handle(ada, 'add-person-yes').click();
    await handle(ada, 'invite-link').waitFor();
    await controlsInReach(ada);
    await eventually(() => seen(ada, videoOfBen), (found) => found?.face === 'ben', 'the call goes on');
    const link = await ada.locator('.link-text').innerText();
    assert.match(await handle(ada, 'code-text').innerText(), /^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$/);
    assert.equal(await handle(ada, 'way-print').count(), 1);
    await handle(ada, 'link-done').click();
    assert.match(await handle(ada, 'invited').innerText(), /Herr Betreuer[\s\S]*eingeladen/);
    await eventually(() => ada.evaluate(() => document.activeElement?.getAttribute('data-test')), (name) => name === 'invite', 'the keyboard to be where it was');
    assert.deepEqual(await look(ada, 'b11-expected'), []);

    // On a phone the way out of the call and the sound stay in reach as well.
    await ada.setViewportSize(phone);
    await ada.locator('.bar-people').click();
    await handle(ada, 'invite').scrollIntoViewIfNeeded();
    await handle(ada, 'invite').click();
    await handle(ada, 'invite-form').waitFor();
    await controlsInReach(ada);
    await handle(ada, 'label').fill('Frau D.');
    assert.deepEqual(await look(ada, 'b11-invite'), []);
    await handle(ada, 'add-person-yes').click();
    await handle(ada, 'invite-link').waitFor();
    await controlsInReach(ada);
    assert.deepEqual(await look(ada, 'b11-invited'), []);
    await handle(ada, 'link-done').click();
    await eventually(() => handle(ada, 'invited').count(), (n) => n === 2, 'two who are expected');
    await ada.setViewportSize(desk);

    // Who is invited knocks as everybody does; the client's page has none of it.
    for (const name of ['invite', 'invited', 'invite-form', 'people']) assert.equal(await handle(ben, name).count(), 0, name);
    assert.doesNotMatch(await ben.content(), /Betreuer|einladen/);
    const guest = await arrive(contextB, link, 'audio');
    await admit(ada, 'Herr Betreuer');
    await inState(guest, 'call');
    await eventually(() => handle(ada, 'invited').count(), (n) => n === 1, 'one who is expected');
    await eventually(() => ada.locator('.call-lock').getAttribute('data-lock'), (lock) => lock === 'protected', 'the call to be protected with the guest in it');
    await Promise.all([contextA.close(), contextB.close()]);
  });

  test('a conversation goes to a stand-in while its client waits, who reads it; the call is verified when the code was heard', async () => {
    const [contextA, contextB, contextC] = await Promise.all([chromeA.newContext({ locale: 'de', viewport: desk }), chromeB.newContext({ locale: 'de', viewport: phone }), chromeA.newContext({ locale: 'de', viewport: desk })]);
    const ada = await signIn(contextA, node.url, 'ada');
    await handle(ada, 'instant').click();
    const links = await linksOf(ada);
    const room = new URL(ada.url()).hash.replace('#room=', '');
    assert.match(room, /^\w+$/);
    const ben = await arrive(contextB, links[0], 'audio');
    await inState(ben, 'waiting');
    await handle(ada, 'hand-over').click();
    await handle(ada, 'hand-over-to').waitFor();
    assert.deepEqual(await look(ada, 'b12-hand-over'), []);
    await ada.setViewportSize(phone);
    await handle(ada, 'hand-over-yes').click();
    await handle(ada, 'handed').waitFor();
    await eventually(() => handle(ada, 'key-code').innerText(), (text) => text.length === 14, 'the code');
    const code = await handle(ada, 'key-code').innerText();
    assert.deepEqual(await look(ada, 'b12-handed'), []);
    await ada.setViewportSize(desk);
    await eventually(() => handle(ben, 'wait-status').innerText(), (text) => /andere Beratungsperson kommt/.test(text), 'Ben reads that a stand-in comes');
    assert.deepEqual(await look(ben, 'c6-stand-in'), []);
    await handle(ada, 'handed-done').click();
    await handle(ada, 'rooms').waitFor();
    assert.equal(await ada.locator(`[data-test="room"][data-room="${room}"]`).count(), 0, 'it is gone for the first');

    const bea = await signIn(contextC, node.url, 'bea');
    await handle(bea, 'stand-in').waitFor();
    assert.deepEqual(await look(bea, 'b2-stand-in'), []);
    await handle(bea, 'open-room').click();
    await handle(bea, 'handed-check').waitFor();
    assert.equal(await handle(bea, 'key-code').innerText(), code);
    assert.deepEqual(await look(bea, 'b12-handed-check'), []);
    await bea.setViewportSize(phone);
    await bea.setViewportSize(desk);
    await handle(bea, 'handed-accept').click();
    await handle(bea, 'handed-check').waitFor({ state: 'detached' });
    await handle(bea, 'start').first().click();
    await handle(bea, 'media-av').click();
    await inState(bea, 'call');
    await admit(bea);
    await inState(ben, 'call');
    for (const page of [bea, ben]) await eventually(() => page.locator('.call-lock').getAttribute('data-lock'), (state) => state === 'protected', 'verified');
    await Promise.all([contextA.close(), contextB.close(), contextC.close()]);
  });

  test('deleted from its page while somebody waits, the receipt is there as at the end of a call', async () => {
    const [contextA, contextB] = await Promise.all([chromeA.newContext({ locale: 'de', viewport: desk }), chromeB.newContext({ locale: 'de' })]);
    const ada = await signIn(contextA, node.url, 'ada');
    await handle(ada, 'instant').click();
    const ben = await arrive(contextB, (await linksOf(ada))[0], 'audio');
    await inState(ben, 'waiting');
    await handle(ada, 'delete-room').click();
    await handle(ada, 'yes').click();
    await handle(ada, 'room-deleted').waitFor();
    await handle(ada, 'receipt').waitFor();
    assert.deepEqual(await look(ada, 'b12-deleted'), []);
    await inState(ben, 'ended');
    await handle(ada, 'back').click();
    await handle(ada, 'rooms').waitFor();
    await Promise.all([contextA.close(), contextB.close()]);
  });
});

/** The links on the page of a conversation. @param {Page} page */
async function linksOf(page) {
  await handle(page, 'copy-link').first().waitFor();
  await handle(page, 'show-qr').first().click();
  const link = await page.locator('.link-text').innerText();
  await handle(page, 'link-done').click();
  return [link];
}
