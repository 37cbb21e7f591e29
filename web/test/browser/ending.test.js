// The end of a conversation: what is told of the deletion, what stays in the window, and an incident that stops everything before.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openChromium } from './support/browsers.js';
import { admit, arrive, handle, hangUp, inState, office, otherVideo, preside } from './support/people.js';
import { eventually, heard, seen } from './support/recognise.js';
import { Node } from './support/server.js';

/** A picture to look at, where somebody asks for them. @param {import('playwright-core').Page} page @param {string} name */
const shot = (page, name) => process.env.ANTEROOM_SHOTS && page.screenshot({ path: join(process.env.ANTEROOM_SHOTS, `${name}.png`), fullPage: true });

/** What the browser keeps of a page. @param {import('playwright-core').Page} page */
const keptBy = (page) => page.evaluate(() => ({ session: Object.keys(sessionStorage), local: Object.keys(localStorage), cookies: document.cookie }));

describe('the end', () => {
  /** @type {Node} */ let node;
  /** @type {import('playwright-core').Browser} */ let chromeA;
  /** @type {import('playwright-core').Browser} */ let chromeB;
  /** @type {string} */ let folder;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'anteroom-receipt-'));
    const env = {
      ANTEROOM_SERVICE_NAME: 'Beratung Mitte', ANTEROOM_SERVICE_PHONE: '030 123456', ANTEROOM_SERVICE_SURVEY: 'https://umfrage.example.org/x',
      ANTEROOM_SERVICE_HELPLINES: 'Notruf: 112,Krisendienst: 0800 655 3000', ANTEROOM_SERVICE_PRIVACY: 'Frau Beispiel, 030 123456-9',
    };
    [node, chromeA, chromeB] = await Promise.all([Node.start(env), openChromium('ada'), openChromium('ben')]);
    await node.counsellor('ada');
  });
  after(async () => {
    await Promise.all([chromeA?.close(), chromeB?.close()]);
    await node?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('both have the receipt, which is genuine; whoever loads the page anew or goes back has nothing', async () => {
    const room = await node.room('ada', 'client:Ben');
    const [contextA, contextB] = await Promise.all([chromeA.newContext({ locale: 'de' }), chromeB.newContext({ locale: 'de', viewport: { width: 390, height: 800 } })]);
    const ada = await preside(contextA, room.counsellor_link);
    const ben = await arrive(contextB, room.persons[0].link);
    await admit(ada);
    await inState(ben, 'call');
    /** @type {string[]} */
    const asked = [];
    ben.on('request', (request) => asked.push(request.url()));
    const ended = Date.now();
    await hangUp(ada, 'end-all');
    await Promise.all([handle(ada, 'receipt').waitFor(), handle(ben, 'deleted').waitFor()]);
    assert.ok(Date.now() - ended < 5_000, `it took ${Date.now() - ended} ms`);
    assert.match(await handle(ben, 'deleted').innerText(), /Alle Daten dieses Gesprächs sind gelöscht\./);
    assert.equal(await handle(ben, 'receipt').count(), 0, 'a client is not shown it unasked');
    await shot(ada, 'end-counsellor-1280');
    await shot(ben, 'end-client-390');

    const saving = ada.waitForEvent('download');
    await handle(ada, 'receipt-save').click();
    const file = join(folder, 'receipt.json');
    await (await saving).saveAs(file);
    const text = readFileSync(file, 'utf8');
    const { receipt } = JSON.parse(text);
    assert.deepEqual(receipt.people, { client: 1, counsellor: 1 });
    assert.equal(receipt.consent_texts.length, 1, 'the text that Ben agreed to');
    assert.equal(receipt.stays.length, 0);
    assert.ok(!text.includes('Ben') && !text.includes(room.room), 'it names nobody');
    assert.match(String(await node.command('receipt', 'verify', file)), /genuine/);
    writeFileSync(file, text.replace('"client": 1', '"client": 2'));
    await assert.rejects(node.command('receipt', 'verify', file), /NOT genuine/);
    // By the published key, as somebody else would.
    const key = join(folder, 'key.json');
    writeFileSync(key, await (await fetch(`${node.url}/.well-known/anteroom/receipt-key`)).text());
    writeFileSync(file, text);
    assert.match(String(await node.command('receipt', 'verify', file, '--key', key)), /genuine/);

    // The client's page: the receipt when asked for, the survey by a click alone, and whom to call.
    await handle(ben, 'receipt-show').click();
    await handle(ben, 'receipt').waitFor();
    await shot(ben, 'end-client-receipt-390');
    const survey = handle(ben, 'survey');
    assert.deepEqual(await Promise.all(['href', 'rel', 'referrerpolicy'].map((name) => survey.getAttribute(name))), ['https://umfrage.example.org/x', 'noopener noreferrer', 'no-referrer']);
    assert.deepEqual(await ben.locator('.number dt').allInnerTexts(), ['Notruf', 'Krisendienst']);
    assert.equal(asked.filter((url) => !url.startsWith(node.url) && !url.startsWith('blob:')).length, 0, `${asked}`);
    assert.deepEqual(await keptBy(ben), { session: [], local: [], cookies: '' });

    await ben.goBack().catch(() => {});
    await ben.goForward().catch(() => {});
    await ben.waitForTimeout(500);
    assert.notEqual(await ben.evaluate(() => document.body.dataset.state), 'call');
    assert.notEqual(await ben.evaluate(() => document.body.dataset.state), 'waiting');
    await ben.goto(`${node.url}/j`);
    await handle(ben, 'link-invalid').waitFor();
    assert.equal(await handle(ben, 'deleted').count(), 0);
    await ben.goto('about:blank');
    await ben.goto(room.persons[0].link);
    await handle(ben, 'link-invalid').waitFor();

    await handle(ada, 'receipt-clear').click();
    await ada.waitForURL('about:blank');
    await ada.goBack().catch(() => {});
    await ada.waitForTimeout(500);
    assert.equal(await handle(ada, 'receipt').count(), 0);
    await Promise.all([contextA.close(), contextB.close()]);
  });

  test('the portal shows it, and an emptied window goes nowhere', async () => {
    const [contextA, contextB] = await Promise.all([chromeA.newContext({ locale: 'de' }), chromeB.newContext({ locale: 'de' })]);
    const { page: ada, links } = await office(contextA, node, 'ada');
    const ben = await arrive(contextB, links[0], 'audio');
    await admit(ada);
    await inState(ben, 'call');
    await hangUp(ada, 'end-all');
    await handle(ada, 'receipt').waitFor();
    await ada.setViewportSize({ width: 390, height: 800 });
    await shot(ada, 'end-portal-390');
    await handle(ada, 'to-list').click();
    await handle(ada, 'new-room').waitFor();
    await Promise.all([contextA.close(), contextB.close()]);
  });

  test('an incident stops everything; the note stays in the browser; then it goes on', async () => {
    const room = await node.room('ada', 'client:Ben');
    const [contextA, contextB] = await Promise.all([chromeA.newContext({ locale: 'de' }), chromeB.newContext({ locale: 'de' })]);
    const ada = await preside(contextA, room.counsellor_link);
    const ben = await arrive(contextB, room.persons[0].link);
    await admit(ada);
    await inState(ben, 'call');
    const [videoOfBen, videoOfAda] = [await otherVideo(ada), await otherVideo(ben)];
    await eventually(() => heard(ada, videoOfBen), (found) => found === 'ben', "ben's tone");
    await handle(ada, 'incident').click();
    await shot(ada, 'incident-ask-1280');
    assert.match(await handle(ada, 'incident-contact').innerText(), /Frau Beispiel/);
    await handle(ada, 'incident-yes').click();
    await Promise.all([inState(ben, 'held'), inState(ada, 'held')]);
    await eventually(() => heard(ada, videoOfBen, 800), (found) => found === null, 'silence here');
    await eventually(() => heard(ben, videoOfAda, 800), (found) => found === null, 'silence there');
    /** @type {string[]} */
    const sent = [];
    ada.on('request', (request) => sent.push(request.url()));
    const field = handle(ada, 'incident-text');
    const note = await field.inputValue();
    assert.match(note, /Kennzeichen des Gesprächs: [A-Z2-7]{14}/);
    assert.match(note, /Beratung: 1, Klient\/in: 1/);
    assert.ok(!note.includes('Ben'));
    await field.fill(`${note}Canary`);
    await shot(ada, 'incident-note-1280');
    await ada.setViewportSize({ width: 390, height: 800 });
    await shot(ada, 'incident-note-390');
    await ada.setViewportSize({ width: 1280, height: 720 });
    const saving = ada.waitForEvent('download');
    await handle(ada, 'incident-save').click();
    const file = join(folder, 'note.txt');
    await (await saving).saveAs(file);
    assert.match(readFileSync(file, 'utf8'), /Canary/);
    assert.deepEqual(sent.filter((url) => !url.startsWith('blob:')), [], 'nothing is sent anywhere');
    await ada.keyboard.press('Escape');
    await shot(ada, 'incident-frozen-1280');
    await handle(ada, 'incident-over').click();
    await Promise.all([inState(ben, 'call'), inState(ada, 'call')]);
    await eventually(() => heard(ada, videoOfBen), (found) => found === 'ben', "ben's tone again");
    await eventually(() => seen(ben, videoOfAda), (found) => found?.face === 'ada', "ada's picture again");
    await Promise.all([contextA.close(), contextB.close()]);
  });
});
