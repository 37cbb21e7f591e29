// What the lock says in real calls, on both ways and of both browsers: what is so, as soon as it is, and the same again after a reload.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bothBrowsers } from './support/both.js';
import { admit, arrive, inState, office, otherVideo, preside, speak } from './support/people.js';
import { eventually, heard, seen } from './support/recognise.js';
import { direct, ways } from './support/ways.js';
import { compare, locked, locks, locksKept, through } from './support/workers.js';

/** @typedef {import('playwright-core').Page} Page */

const WAYS = /** @type {const} */ ([['by the server', 'gruppe'], ['from browser to browser', 'erziehungsberatung']]);

describe('the lock', () => {
  const at = bothBrowsers(locksKept);
  const { person } = at;

  /** Each sees and hears the other on this way, and everything that came was opened. */
  async function meet(/** @type {Page} */ ada, /** @type {Page} */ ben, /** @type {string} */ policy) {
    if (policy === 'gruppe') assert.deepEqual(await Promise.all([ada, ben].map(async (page) => (await ways(page)).direct)), [null, null]);
    else await direct(ada, ben);
    await Promise.all(/** @type {const} */ ([[ada, 'ben'], [ben, 'ada']]).map(async ([page, face]) => {
      const video = await otherVideo(page);
      const first = await eventually(() => seen(page, video), (found) => found?.face === face, `${face}'s picture`, 30_000);
      await eventually(() => seen(page, video), (found) => found?.face === face && found.counter !== first?.counter, `${face}'s picture to move`);
      await eventually(() => heard(page, video, 500), (found) => found === face, `${face}'s tone`);
      const { passed, dropped } = await through(page);
      assert.ok(passed > 50, `${passed} frames went through the worker`);
      // Frames may be made or come a moment before their key, and from browser to browser some come twice, as padding. Nothing else is a reason here.
      assert.deepEqual(Object.keys(dropped).filter((reason) => !['unready', 'unknown', 'replayed'].includes(reason)), []);
    }));
  }

  for (const other of /** @type {const} */ (['Chromium', 'Firefox'])) {
    for (const [way, policy] of WAYS) {
      test(`Chromium and ${other}, ${way}: not verified by a link, protected when two words were the same`, async () => {
        const room = await at.node.roomWith(['--policy', policy], 'ada', 'client:Ben');
        const [contextA, contextB] = await Promise.all([person('Chromium', 'ada'), person(other, 'ben')]);
        const [ada, ben] = await Promise.all([preside(contextA, room.counsellor_link), arrive(contextB, room.persons[0].link)]);
        await admit(ada);
        await inState(ben, 'call');
        await speak(ben);
        await locked('unverified', ada, ben);
        await meet(ada, ben, policy);
        const [his, hers] = await compare(ada, ben);
        assert.match(his, /^\S+ \S+$/);
        assert.equal(his, hers);
        await locked('protected', ada, ben);
        const before = await Promise.all([ada, ben].map(through));
        await eventually(() => Promise.all([ada, ben].map(through)), (now) => now.every(({ passed }, at) => passed > before[at].passed + 50), 'picture and sound to go on');
      });
    }
  }

  for (const [way, policy] of WAYS) {
    test(`${way}: protected at once with a counsellor who is signed in, and again after a reload`, async (t) => {
      const { page: ada, links: [link] } = await office(await person('Chromium', 'ada'), at.node, 'ada', { policy });
      const ben = await arrive(await person('Firefox', 'ben'), link);
      await admit(ada);
      await inState(ben, 'call');
      await speak(ben);
      await locked('protected', ada, ben);
      const others = async () => (await Promise.all([ada, ben].map(locks))).flat().filter((state) => !['alone', 'pending', 'protected'].includes(state));
      assert.deepEqual(await others(), []);
      await meet(ada, ben, policy);
      // From browser to browser it takes some seconds until they are connected again: it is tried once.
      for (const [name, page] of /** @type {const} */ ([['client', ben], ['counsellor', ada]]).slice(0, policy === 'gruppe' ? 2 : 1)) {
        await page.reload();
        await inState(page, 'call');
        const begun = Date.now();
        await locked('protected', ada, ben);
        t.diagnostic(`protected ${Date.now() - begun} ms after the ${name}'s page is in the call again`);
        await meet(ada, ben, policy);
        assert.deepEqual(await others(), []);
      }
    });
  }

  test('what two words have shown holds after a reload of either', async () => {
    const room = await at.node.roomWith(['--policy', 'gruppe'], 'ada', 'client:Ben');
    const [contextA, contextB] = await Promise.all([person('Chromium', 'ada'), person('Chromium', 'ben')]);
    const [ada, ben] = await Promise.all([preside(contextA, room.counsellor_link), arrive(contextB, room.persons[0].link)]);
    await admit(ada);
    await inState(ben, 'call');
    await speak(ben);
    await locked('unverified', ada, ben);
    await compare(ada, ben);
    await locked('protected', ada, ben);
    for (const page of [ada, ben]) {
      await page.reload();
      await inState(page, 'call');
      await locked('protected', ada, ben);
      await meet(ada, ben, 'gruppe');
    }
  });
});
