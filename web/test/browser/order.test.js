// Order in a room of several: who arrives with the sound off, a door that is closed, hands that are up.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openChromium } from './support/browsers.js';
import { look } from './support/look.js';
import { admit, arrive, handle, inState, moderate, preside, videoOf } from './support/people.js';
import { eventually, heard, never } from './support/recognise.js';
import { Node } from './support/server.js';

describe('order in a room', () => {
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

  /** @param {string[]} flags @param {string[]} persons */
  async function room(flags, ...persons) {
    const made = await node.roomWith(flags, 'ada', ...persons);
    const context = await chromeA.newContext();
    return { links: made.persons.map(({ link }) => link), ada: await preside(context, made.counsellor_link, 'audio'), context };
  }

  test('in a group one arrives with the sound off, told so; a reload changes nothing; the own tap does', async () => {
    const { links, ada, context } = await room(['--policy', 'gruppe'], 'client:Ben');
    const own = await chromeB.newContext();
    const ben = await arrive(own, links[0], 'audio');
    await admit(ada);
    await inState(ben, 'call');
    await handle(ben, 'entered-muted').waitFor();
    assert.equal(await handle(ben, 'mic').getAttribute('aria-pressed'), 'false');
    assert.deepEqual(await look(ben, 'c7-entered-muted'), []);
    const video = await videoOf(ada, 'Ben');
    await never(() => heard(ada, video), (found) => found !== null, "ben's tone", 1500);
    await ben.reload();
    await inState(ben, 'call');
    await handle(ben, 'entered-muted').waitFor();
    await never(() => heard(ada, video), (found) => found !== null, "ben's tone after a reload", 1000);
    await handle(ben, 'mic').click();
    await eventually(() => heard(ada, video), (found) => found === 'ben', "ben's tone");
    assert.equal(await handle(ben, 'entered-muted').count(), 0);
    await Promise.all([context.close(), own.close()]);
  });

  test('the room is closed: who comes is told so and does not knock; opened, he knocks by himself', async () => {
    const { links, ada, context } = await room([], 'client:Ben', 'client:Cem');
    const own = await chromeB.newContext();
    const ben = await arrive(own, links[0], 'none');
    await admit(ada);
    await inState(ben, 'call');
    await handle(ada, 'lock-room').click();
    await handle(ada, 'room-locked').waitFor();
    const other = await chromeB.newContext();
    const cem = await arrive(other, links[1], 'none');
    await eventually(() => handle(cem, 'wait-status').getAttribute('data-locked'), (value) => value === 'true', 'the page to say that the room is closed');
    assert.deepEqual(await look(cem, 'c6-room-closed'), []);
    await never(() => handle(ada, 'waiting-item').count(), (count) => count > 0, 'a knock', 500);
    await ben.reload();
    await inState(ben, 'call');
    await handle(ada, 'lock-room').click();
    await eventually(() => handle(cem, 'wait-status').getAttribute('data-locked'), (value) => value === null, 'the page to say that he waits');
    await admit(ada);
    await inState(cem, 'call');
    await Promise.all([context.close(), own.close(), other.close()]);
  });

  test('hands have an order, are read out to the counsellor, and come down by her', async () => {
    const { links, ada, context } = await room([], 'client:Ben', 'client:Cem');
    const [own, other] = await Promise.all([chromeB.newContext(), chromeB.newContext()]);
    const ben = await arrive(own, links[0], 'none');
    await admit(ada);
    const cem = await arrive(other, links[1], 'none');
    await admit(ada);
    await Promise.all([inState(ben, 'call'), inState(cem, 'call')]);
    const raise = async (/** @type {import('playwright-core').Page} */ page) => {
      await handle(page, 'more').click();
      await handle(page, 'hand').click();
      await handle(page, 'own-hand').waitFor();
    };
    await raise(cem);
    await eventually(() => handle(ada, 'live-polite').innerText(), (text) => text.includes('Cem'), 'the words for who does not see');
    await raise(ben);
    const order = () => ada.locator('[data-test="hands"] li').allInnerTexts();
    assert.deepEqual(await eventually(order, (list) => list.length === 2, 'two hands'), ['Cem', 'Ben']);
    assert.match(await handle(ben, 'own-hand').innerText(), /number 2/);
    assert.deepEqual([...(await look(ben, 'c7-hand')), ...(await look(ada, 'b6-hands'))], []);
    await moderate(ada, 'lower-hand', 'Cem');
    await handle(cem, 'own-hand').waitFor({ state: 'detached' });
    assert.match(await handle(ben, 'own-hand').innerText(), /next/);
    await handle(ada, 'lower-all').click();
    await handle(ben, 'own-hand').waitFor({ state: 'detached' });
    await handle(ada, 'hands').waitFor({ state: 'detached' });
    await Promise.all([context.close(), own.close(), other.close()]);
  });
});
