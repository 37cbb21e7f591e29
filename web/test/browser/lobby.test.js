// The waiting room as pages show it: a knock that is not missed, the right one let in, a no that stays a no, and who goes away is gone.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { house } from './support/house.js';
import { look } from './support/look.js';
import { admit, arrive, handle, inState, moderate, otherVideo, preside } from './support/people.js';
import { eventually, heard, never, seen } from './support/recognise.js';

/** @typedef {import('playwright-core').Page} Page */

/** What a counsellor does is felt, and what happens is seen, within this, ms. */
const WITHIN = 2_000;

describe('the waiting room', () => {
  const service = house();
  /** A counsellor in a room for these, each a label. @param {...string} labels */
  async function reception(...labels) {
    const room = await service.node.room('ada', ...labels.map((label) => `client:${label}`));
    const context = await service.person('ada');
    await context.addInitScript(() => {
      const notes = /** @type {number[]} */ (/** @type {any} */ (window).notes = []);
      const make = AudioContext.prototype.createOscillator;
      AudioContext.prototype.createOscillator = function () {
        const tone = make.call(this);
        const start = tone.start.bind(tone);
        tone.start = (when) => (notes.push(tone.frequency.value), start(when));
        return tone;
      };
    });
    return { ada: await preside(context, room.counsellor_link), links: room.persons.map(({ link }) => link) };
  }
  const items = (/** @type {Page} */ page) => handle(page, 'waiting-item');

  test('a knock is read in the tab’s title and heard', async () => {
    const { ada, links: [link] } = await reception('Frau M.');
    const quiet = await ada.title();
    const notes = () => ada.evaluate(() => /** @type {any} */ (window).notes.splice(0));
    await notes();
    const ben = await arrive(await service.person('ben'), link, 'none');
    await eventually(() => ada.title(), (title) => title !== quiet && title.includes('1'), 'the number in the title');
    await eventually(notes, (played) => played.includes(196), 'the knock');
    await eventually(() => ada.locator('[data-test="live-polite"], [data-test="live-assertive"]').allInnerTexts(), (words) => words.join(' ').includes('Frau M.'), 'it to be read out');
    await admit(ada);
    await inState(ben, 'call');
    await eventually(() => ada.title(), (title) => title === quiet, 'the title to be quiet again');
  });

  test('who is denied reads it on a quiet page, which asks for nothing by itself; she may knock again and is let in', async () => {
    const { ada, links: [link] } = await reception('Frau M.');
    const context = await service.person('ben', 'phone');
    /** @type {string[]} */
    const sent = [];
    context.on('page', (page) => {
      page.on('websocket', (socket) => {
        sent.push('a socket');
        socket.on('framesent', ({ payload }) => sent.push(String(JSON.parse(String(payload)).type)));
      });
      page.on('request', (request) => sent.push(request.url()));
    });
    const ben = await arrive(context, link, 'none');
    await items(ada).waitFor();
    await handle(ada, 'decline').click();
    await inState(ben, 'declined');
    const said = await handle(ben, 'declined').innerText();
    assert.doesNotMatch(said, /Konferenz|Meeting|Fehler/);
    // The list says what can be: she knocks again, or nobody lets her in.
    await items(ada).getByText('kann wieder anklopfen').waitFor();
    assert.equal(await handle(ada, 'admit').count(), 0);
    sent.length = 0;
    await never(() => Promise.resolve(sent.filter((what) => what !== 'ping')), (all) => all.length > 0, 'something that the page does by itself', 6_000);
    await inState(ben, 'declined');
    assert.deepEqual(await look(ada, 'b6-declined'), []);
    await handle(ben, 'knock').click({ timeout: 20_000 });
    await inState(ben, 'waiting');
    await admit(ada);
    await inState(ben, 'call');
  });

  test('who is let in sees and hears within two seconds', async (t) => {
    const { ada, links: [link] } = await reception('Frau M.');
    const ben = await arrive(await service.person('ben'), link);
    /** @type {number[]} */
    const took = [];
    // The best of three counts: what the product takes, not what the machine has to do besides.
    for (let round = 0; round < 3 && !took.some((ms) => ms <= WITHIN); round++) {
      if (round > 0) {
        await moderate(ada, 'put-back');
        await inState(ben, 'waiting');
      }
      await items(ada).waitFor();
      await handle(ada, 'admit').and(ada.locator(':not([aria-disabled="true"])')).waitFor();
      const began = Date.now();
      await admit(ada);
      const video = await otherVideo(ben);
      await eventually(() => seen(ben, video), (found) => found?.face === 'ada', "the counsellor's picture");
      const pictured = Date.now() - began;
      await eventually(() => heard(ben, video, 100), (found) => found === 'ada', "the counsellor's voice");
      took.push(Date.now() - began);
      t.diagnostic(`picture after ${pictured} ms, sound after ${took.at(-1)} ms`);
    }
    assert.ok(Math.min(...took) <= WITHIN, `it took ${took} ms`);
  });

  test('of two who have one name the one whose button was pressed is let in', async () => {
    const { ada, links } = await reception('Frau M.', 'Frau M.', 'Herr K.');
    const pages = [];
    for (const link of links) {
      pages.push(await arrive(await service.person('ben'), link, 'none'));
      await eventually(() => items(ada).count(), (count) => count === pages.length, 'each to stand in the list');
    }
    assert.deepEqual(await items(ada).locator('.panel-name').allInnerTexts(), ['Frau M.', 'Frau M.', 'Herr K.'], 'in the order in which they came');
    await items(ada).nth(1).locator('[data-test="admit"]:not([aria-disabled="true"])').click();
    await inState(pages[1], 'call');
    await never(() => Promise.all([pages[0], pages[2]].map((page) => page.evaluate(() => document.body.dataset.state))), (states) => states.some((state) => state !== 'waiting'), 'somebody else to come in', 1_000);
    assert.equal(await items(ada).count(), 2);
  });

  test('who closes the tab is gone from the list within two seconds; who loads it anew has the place', async (t) => {
    const { ada, links } = await reception('Frau M.', 'Herr K.');
    const [first, second] = [await arrive(await service.person('ben'), links[0], 'none'), await arrive(await service.person('ben'), links[1], 'none')];
    await eventually(() => items(ada).count(), (count) => count === 2, 'both');
    await first.reload();
    await inState(first, 'waiting');
    await eventually(() => items(ada).locator('.panel-name').allInnerTexts(), (names) => names.join() === 'Frau M.,Herr K.', 'both, in their order');
    const gone = items(ada).filter({ hasText: 'Herr K.' }).waitFor({ state: 'detached' });
    const closed = Date.now();
    await second.close({ runBeforeUnload: false });
    await gone;
    t.diagnostic(`gone from the list after ${Date.now() - closed} ms`);
    assert.ok(Date.now() - closed <= WITHIN, `after ${Date.now() - closed} ms`);
    assert.equal(await items(ada).count(), 1);
  });

  test('the end reaches who waits', async () => {
    const { ada, links: [link] } = await reception('Frau M.');
    const ben = await arrive(await service.person('ben', 'phone'), link, 'none');
    await items(ada).waitFor();
    await handle(ada, 'hangup').click();
    await handle(ada, 'end-all').click();
    await inState(ben, 'ended');
    await handle(ben, 'ended').waitFor();
    assert.equal(await handle(ben, 'receipt-show').count(), 0, 'a receipt is for who was in');
  });
});
