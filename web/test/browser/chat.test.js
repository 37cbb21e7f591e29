// What people write and hand over: to all, to one, as bytes that are equal, and closed to the server that carries it.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openChromium, openFirefox, syntheticDevices } from './support/browsers.js';
import { inClear, readIn } from './support/canary.js';
import { look } from './support/look.js';
import { admit, arrive, handle, hangUp, inState, moderate, preside } from './support/people.js';
import { eventually, never } from './support/recognise.js';
import { Node } from './support/server.js';
import { CARRIED, carried, listening } from './support/sockets.js';

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {import('playwright-core').BrowserContext} BrowserContext */

/** What is written on a page, and must be in nothing that the server carries, nor any part of it. */
const canary = 'Kanarienvogel 4711 über dem Amt';
const parts = [canary, 'Kanarienvogel', 'über dem Amt'];
/** What a file is called that is handed over. */
const called = 'Bescheid vom 3.4.2025.pdf';

/** @param {number} size */
const pdf = (size) => Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(size - 9)]);

/** Parts of a file, of which one begins at each place that base64 can begin anew. @param {Buffer} bytes */
const partsOf = (bytes) => [30_000, 30_001, 30_002].map((from) => bytes.subarray(from, from + 60));

/** Those that one page has sealed for another. @param {Buffer[]} all */
const sealedIn = (all) => all.filter((bytes) => bytes.includes('"type":"sealed"'));

/** @param {Page} page */
const texts = (page) => page.locator('[data-test="message-text"]').allTextContents();

/** @param {Page} page @param {string} text @param {string} [to] whom alone it is for */
async function write(page, text, to) {
  if (to !== undefined) await handle(page, 'chat-to').selectOption({ index: to === '' ? 0 : undefined, label: to === '' ? undefined : to });
  await handle(page, 'chat-text').fill(text);
  await handle(page, 'chat-send').click();
}

/** @param {Page} page @param {string[]} expected */
const shows = (page, expected) => eventually(() => texts(page), (found) => JSON.stringify(found) === JSON.stringify(expected), `the messages to be ${expected}`);

describe('messages and files', () => {
  /** @type {Node} */ let node;
  /** @type {string} */ let folder;
  /** @type {string} */ let file;
  /** @type {import('playwright-core').Browser} */ let chrome;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'anteroom-carried-'));
    file = join(folder, 'messages');
    [node, chrome] = await Promise.all([Node.start({ [CARRIED]: file }, [], listening()), openChromium('ada')]);
    await node.counsellor('ada');
  });
  after(async () => {
    await chrome?.close();
    await node?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const fresh = () => chrome.newContext({ locale: 'en-GB', acceptDownloads: true });

  /**
   * Ada, Ben and, later, Cem; with sound alone, since nobody looks at pictures here.
   * @param {{ ben?: () => Promise<BrowserContext>, prepare?: (context: BrowserContext) => Promise<void> }} [options] ben: his context; prepare: each of the contexts, before a page loads
   */
  async function room({ ben = fresh, prepare = async () => {} } = {}) {
    const from = carried(file).length;
    const room = await node.room('ada', 'client:Ben', 'client:Cem');
    const contexts = [await fresh(), await ben(), await fresh()];
    await Promise.all(contexts.map(prepare));
    const pages = {
      ada: await preside(contexts[0], room.counsellor_link, 'audio'),
      ben: await arrive(contexts[1], room.persons[0].link, 'audio'),
    };
    await admit(pages.ada);
    await inState(pages.ben, 'call');
    const cem = async () => {
      const page = await arrive(contexts[2], room.persons[1].link, 'audio');
      await admit(pages.ada);
      await inState(page, 'call');
      await handle(page, 'chat-button').click();
      return page;
    };
    for (const page of Object.values(pages)) await handle(page, 'chat-button').click();
    /** What the node was told since then, and has told. */
    const said = () => carried(file, from).map(({ bytes }) => bytes);
    return { ...pages, cem, said, close: () => Promise.all(contexts.map((context) => context.close())) };
  }

  test('to all, to one; a third has nothing of it, a late comer nothing of what was before; the server has none of the words', async () => {
    const { ada, ben, cem: comes, said, close } = await room();
    await write(ben, canary);
    await shows(ada, [canary]);
    await eventually(() => handle(ben, 'message').first().getAttribute('data-state'), (state) => state === 'there', 'ben to know that it came');
    assert.equal(await handle(ben, 'chat-to').count(), 0, 'of two there is no choice');

    const cem = await comes();
    await never(() => texts(cem), (found) => found.length > 0, 'what was written before');
    await write(ada, `${canary} an alle`, '');
    await shows(cem, [`${canary} an alle`]);
    await shows(ben, [canary, `${canary} an alle`]);
    await write(ada, `${canary} nur für Ben`, 'Only to Ben');
    await shows(ben, [canary, `${canary} an alle`, `${canary} nur für Ben`]);
    assert.match(await handle(ben, 'message').nth(2).textContent() ?? '', /only for you/);
    assert.match(await handle(ada, 'message').nth(2).textContent() ?? '', /only for Ben/);
    await never(() => texts(cem), (found) => found.length > 1, 'the private one at a third');
    assert.deepEqual(await handle(cem, 'chat-to').locator('option').allTextContents(), ['To everybody', 'Only to Counsellor'], 'no private word among clients');

    const all = said();
    assert.ok(sealedIn(all).length >= 12, `${sealedIn(all).length} of ${all.length} messages are sealed: two for each answer`);
    for (const part of parts) assert.deepEqual(readIn(all, part).map(String), [], `"${part}" is in what the server carries`);
    assert.deepEqual(readIn([Buffer.from(node.log)], 'Kanarienvogel').map(String), []);
    await close();
  });

  test('an address opens after a question that names its host, and nothing else is one', async () => {
    const { ada, ben, close } = await room();
    await write(ada, '<b>x</b> https://help.example/a?b=c. javascript:alert(1) https://bank.example@evil.example/');
    await shows(ben, ['<b>x</b> https://help.example/a?b=c. javascript:alert(1) https://bank.example@evil.example/']);
    assert.equal(await ben.locator('.chat a, .chat b').count(), 0);
    assert.deepEqual(await handle(ben, 'message-link').allTextContents(), ['https://help.example/a?b=c']);
    await handle(ben, 'message-link').click();
    const open = handle(ben, 'link-open');
    assert.match(await handle(ben, 'link-dialog').textContent() ?? '', /help\.example/);
    assert.deepEqual(await Promise.all(['href', 'rel', 'target'].map((name) => open.getAttribute(name))), ['https://help.example/a?b=c', 'noreferrer noopener', '_blank']);
    await ben.keyboard.press('Escape');
    await handle(ben, 'link-dialog').waitFor({ state: 'detached' });
    assert.ok(await handle(ben, 'chat').isVisible(), 'Escape closes the question alone');
    await close();
  });

  /** Gives a file and takes it. @param {Page} from @param {Page} to @param {Buffer} bytes @param {(page: Page) => Promise<{ name: string, sum: string }>} saved */
  async function give(from, to, bytes, saved) {
    await handle(from, 'chat-file').setInputFiles({ name: called, mimeType: 'application/pdf', buffer: bytes });
    await handle(to, 'file-accept').click();
    assert.deepEqual(await saved(to), { name: called, sum: createHash('sha256').update(bytes).digest('hex') });
    await eventually(() => handle(from, 'file').first().getAttribute('data-state'), (state) => state === 'done', 'the giver to know');
  }

  /** What the browser has saved. @param {Page} page */
  async function downloaded(page) {
    const [download] = await Promise.all([page.waitForEvent('download', { timeout: 60_000 }), handle(page, 'file-save').click({ timeout: 60_000 })]);
    return { name: download.suggestedFilename(), sum: createHash('sha256').update(readFileSync(await download.path())).digest('hex') };
  }

  /** Of Firefox nobody tells what it saves: what the page gave it to save. @param {Page} page */
  async function handedOver(page) {
    await page.evaluate(() => {
      const click = HTMLAnchorElement.prototype.click;
      HTMLAnchorElement.prototype.click = function () {
        if (this.download) /** @type {any} */ (window).saved = { name: this.download, address: this.href };
        else click.call(this);
      };
    });
    await handle(page, 'file-save').click({ timeout: 60_000 });
    const { name, address } = await page.evaluate(() => /** @type {any} */ (window).saved);
    assert.match(address, /^blob:/);
    const { type, sum } = await page.evaluate(async () => {
      const blob = /** @type {any} */ (window).blobs.at(-1);
      const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await blob.arrayBuffer()));
      return { type: blob.type, sum: [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('') };
    });
    assert.equal(type, 'application/octet-stream');
    return { name, sum };
  }

  test('a file: offered, taken, saved with the same bytes; another kind is refused before it is offered', async () => {
    const { ada, ben, said, close } = await room();
    const attach = handle(ben, 'chat-attach');
    const described = await attach.evaluate((button) => document.getElementById(button.getAttribute('aria-describedby') ?? '')?.textContent);
    assert.match(described ?? '', /PDF, JPEG, or PNG, up to 20.MB/, 'said beforehand');
    const bytes = pdf(700_000);
    await give(ben, ada, bytes, downloaded);
    assert.ok(sealedIn(said()).length >= 4 * 32, 'its pieces were seen');
    for (const part of [called, ...partsOf(bytes)]) assert.deepEqual(readIn(said(), part).map(String), [], 'the server carries none of it');

    for (const file of [
      { name: 'program.exe', mimeType: 'application/x-msdownload', buffer: Buffer.from('MZ') },
      { name: 'program.pdf', mimeType: 'application/pdf', buffer: Buffer.from('MZ') },
      { name: 'seite.html', mimeType: 'text/html', buffer: Buffer.from('<script>alert(1)</script>') },
    ]) {
      await handle(ben, 'chat-file').setInputFiles(file);
      await handle(ben, 'file-refused').waitFor();
      assert.match(await handle(ben, 'file-refused').textContent() ?? '', /PDF, JPEG, or PNG, up to 20.MB/);
      await write(ben, 'weiter');
      await handle(ben, 'file-refused').waitFor({ state: 'detached' });
    }
    assert.equal(await handle(ada, 'file').count(), 1);

    await handle(ben, 'chat-file').setInputFiles({ name: 'zwei.pdf', mimeType: 'application/pdf', buffer: pdf(500_000) });
    await handle(ada, 'file-decline').click();
    await eventually(() => handle(ben, 'file').nth(1).getAttribute('data-state'), (state) => state === 'declined', 'ben to know');
    await handle(ben, 'chat-file').setInputFiles({ name: 'drei.pdf', mimeType: 'application/pdf', buffer: pdf(5_000_000) });
    await handle(ada, 'file-accept').click();
    await eventually(() => handle(ada, 'file').nth(2).getAttribute('data-state'), (state) => state === 'moving', 'it to move');
    await handle(ada, 'file-cancel').click();
    await eventually(() => handle(ben, 'file').nth(2).getAttribute('data-state'), (state) => state === 'cancelled', 'ben to know');
    await close();
  });

  test('a file that would go to several is given after a question that names them, to all or to one of them', async () => {
    const { ada, ben, cem: comes, close } = await room();
    const cem = await comes();
    const file = { name: called, mimeType: 'application/pdf', buffer: pdf(30_000) };
    const choose = () => handle(ada, 'chat-file').setInputFiles(file);
    const question = handle(ada, 'give-dialog');

    await choose();
    await question.waitFor();
    for (const part of ['Give the file to everybody (2 people)?', called, '29\u00a0kB', 'Who gets the file: Ben, Cem']) assert.ok((await question.textContent())?.includes(part), part);
    assert.equal(await ada.evaluate(() => document.activeElement?.getAttribute('data-test')), 'no', 'the harmless answer is at hand');
    assert.deepEqual(await look(ada, 'chat-file-question'), []);
    await ada.keyboard.press('Escape');
    await question.waitFor({ state: 'detached' });
    assert.equal(await handle(ada, 'file-refused').count(), 0);
    await never(() => handle(ben, 'file').count(), (count) => count > 0, 'what was not given');
    assert.ok(await handle(ada, 'chat').isVisible(), 'Escape closes the question alone');

    await choose();
    await handle(ada, 'give-to').selectOption({ label: 'Only to Cem' });
    assert.match(await question.textContent() ?? '', /Give the file only to Cem\?.*Who gets the file: Cem/);
    await handle(ada, 'give-yes').click();
    await handle(cem, 'file-decline').click();
    await eventually(() => handle(ada, 'file-state').allTextContents(), (said) => said.join() === 'Cem did not accept the file.', 'ada to know who');
    assert.deepEqual(await handle(cem, 'file-state').allTextContents(), ['You declined the file.']);
    assert.match(await handle(cem, 'file').textContent() ?? '', /only for you/);
    assert.equal(await handle(ben, 'file').count(), 0);

    await choose();
    await handle(ada, 'give-yes').click();
    await Promise.all([ben, cem].map((page) => handle(page, 'file-accept').waitFor()));
    await handle(ada, 'file-cancel').first().click();
    await eventually(() => handle(ben, 'file-state').allTextContents(), (said) => said.join() === 'Counsellor took the file back.', 'ben to know who');
    await handle(ada, 'chat-to').selectOption({ label: 'Only to Ben' });
    await choose();
    await handle(ben, 'file-accept').waitFor();
    assert.equal(await question.count(), 0, 'of one there is no question');
    assert.deepEqual(await look(cem, 'chat-files-client'), []);
    await handle(cem, 'hangup').click();
    await eventually(() => handle(ada, 'file-state').allTextContents(), (said) => said.includes('Not transferred: Cem is no longer in the conversation.'), 'ada to know why');
    assert.deepEqual(await look(ada, 'chat-files-counsellor'), []);
    await close();
  });

  test('whoever looked would find it: the same words and the same bytes are found where pages seal nothing', async () => {
    const { ada, ben, said, close } = await room({ prepare: inClear });
    await write(ben, canary);
    await shows(ada, [canary]);
    const bytes = pdf(70_000);
    await give(ben, ada, bytes, downloaded);
    const all = said();
    assert.ok(sealedIn(all).length >= 2 * 8, 'it went the same way');
    // Told to the node by one, and by the node to the other.
    for (const part of [...parts, called, ...partsOf(bytes)]) assert.ok(readIn(all, part).length >= 2, `${part.toString('latin1')} is not found`);
    assert.deepEqual(readIn(all, randomBytes(60)), [], 'what nobody said');
    await close();
  });

  test('Firefox and Chromium write and give to each other', async () => {
    const firefox = await openFirefox();
    try {
      const { ada, ben, close } = await room({ ben: async () => {
        const context = await firefox.newContext({ locale: 'en-GB', acceptDownloads: true });
        await syntheticDevices(context, 'ben');
        await context.addInitScript(() => {
          const make = URL.createObjectURL;
          /** @type {any} */ (window).blobs = [];
          URL.createObjectURL = (blob) => (/** @type {any} */ (window).blobs.push(blob), make(blob));
        });
        return context;
      } });
      await write(ben, 'Grüße 👩‍👩‍👧');
      await shows(ada, ['Grüße 👩‍👩‍👧']);
      await write(ada, 'zurück');
      await shows(ben, ['Grüße 👩‍👩‍👧', 'zurück']);
      await give(ada, ben, pdf(200_000), handedOver);
      await close();
    } finally {
      await firefox.close();
    }
  });

  test('held: nobody writes; put back, hung up, loaded anew: the texts are gone', async () => {
    const { ada, ben, close } = await room();
    await write(ada, 'Elster');
    await shows(ben, ['Elster']);
    await handle(ada, 'people').click();
    await handle(ada, 'hold').click();
    await handle(ben, 'chat-closed').waitFor();
    await handle(ben, 'chat-send').click({ force: true });
    await handle(ada, 'hold').click();
    await handle(ben, 'chat-closed').waitFor({ state: 'detached' });

    await moderate(ada, 'put-back');
    await inState(ben, 'waiting');
    // The state is told before the next screen is drawn.
    await handle(ben, 'waiting').waitFor();
    assert.ok(!(await ben.content()).includes('Elster'));
    await admit(ada);
    await inState(ben, 'call');
    await handle(ben, 'chat-button').click();
    await never(() => texts(ben), (found) => found.length > 0, 'what was before');

    await handle(ada, 'chat-button').click();
    assert.deepEqual(await texts(ada), ['Elster'], 'who stayed still has it');
    await write(ada, 'zwei');
    await shows(ben, ['zwei']);
    const kept = () => ben.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }]));
    assert.ok(!(await kept()).includes('zwei'));
    await ben.reload();
    await inState(ben, 'call');
    await handle(ben, 'chat-button').click();
    await never(() => texts(ben), (found) => found.length > 0, 'what was before the reload');
    await write(ben, 'drei');
    await shows(ada, ['Elster', 'zwei', 'drei']);

    await handle(ben, 'hangup').click();
    await inState(ben, 'left');
    assert.ok(!(await ben.content()).includes('drei'));
    await handle(ben, 'rejoin').click();
    await inState(ben, 'call');
    await handle(ben, 'chat-button').click();
    await never(() => texts(ben), (found) => found.length > 0, 'what was before the hang-up');
    await hangUp(ada, 'end-all');
    await inState(ada, 'ended');
    assert.ok(!(await ada.content()).includes('drei'));
    await close();
  });

  test('the keyboard and the badge: unread is counted, Enter sends, Escape closes and the focus is back; on a phone nothing beneath can be reached', async () => {
    const { ada, ben, close } = await room();
    await ben.keyboard.press('Escape');
    await handle(ben, 'chat').waitFor({ state: 'detached' });
    await eventually(() => ben.evaluate(() => document.activeElement?.getAttribute('data-test')), (focused) => focused === 'chat-button', 'the focus at the button');
    await handle(ada, 'chat-text').focus();
    await ada.keyboard.type('eins');
    await ada.keyboard.press('Shift+Enter');
    await ada.keyboard.type('zwei');
    await ada.keyboard.press('Enter');
    await eventually(() => handle(ben, 'chat-button').locator('.badge').textContent().catch(() => ''), (badge) => badge === '1', 'one unread');
    await eventually(() => handle(ben, 'live-polite').textContent(), (said) => /New message from Counsellor/.test(said ?? ''), 'that it is read out');
    await handle(ben, 'chat-button').click();
    await shows(ben, ['eins\nzwei']);
    assert.equal(await handle(ben, 'chat-button').locator('.badge').count(), 0);
    assert.equal(await ben.evaluate(() => document.activeElement?.getAttribute('data-test')), 'chat-text');
    await ben.setViewportSize({ width: 320, height: 568 });
    await eventually(() => ben.evaluate(() => [...document.querySelectorAll('.bar, .call-top, .call-main')].every((one) => /** @type {HTMLElement} */ (one).inert)), Boolean, 'what lies beneath to be out of reach');
    const box = await handle(ben, 'chat').boundingBox();
    assert.deepEqual([box?.x, box?.y, box?.width, box?.height], [0, 0, 320, 568]);
    await handle(ben, 'chat-close').click();
    assert.ok(await ben.evaluate(() => [...document.querySelectorAll('.bar, .call-top, .call-main')].every((one) => !(/** @type {HTMLElement} */ (one).inert))));
    await close();
  });

  test('it looks as it should, in both languages and themes, on phones and wide screens', async () => {
    const { ada, ben, cem: comes, close } = await room();
    await comes();
    await write(ada, 'Good morning.\nThe form is here: https://help.example/forms/application?number=1234567890123456789012345678901234567890', '');
    await write(ben, 'Thank you! A_very_long_word_'.repeat(5), '');
    await write(ada, 'Only for you: your appointment is on Tuesday.', 'Only to Ben');
    await handle(ben, 'chat-file').setInputFiles({ name: called, mimeType: 'application/pdf', buffer: pdf(30_000) });
    await handle(ben, 'give-yes').click();
    await handle(ada, 'file-accept').waitFor();
    assert.deepEqual([...(await look(ada, 'chat-counsellor')), ...(await look(ben, 'chat-client'))], []);
    await close();
  });
});
