// What telephones do to a call: the system takes the microphone for a call of its own, the page is out of sight, and gives it back or does not.
// The system's part is played by the page: a microphone that is said to be muted and gives silence, and a page that is said to be hidden.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openChromium, syntheticDevices } from './support/browsers.js';
import { look } from './support/look.js';
import { admit, arrive, handle, inState, otherVideo, preside } from './support/people.js';
import { eventually, heard, never } from './support/recognise.js';
import { Node } from './support/server.js';

/** @typedef {import('playwright-core').Page} Page */

/** Sound is back within this of the page being seen again, ms. */
const SOON = 3_000;

describe('telephones', () => {
  /** @type {Node} */ let node;
  /** @type {import('playwright-core').Browser[]} */ let browsers = [];
  /** @type {Page} */ let ada;
  /** @type {Page} */ let ben;

  before(async () => {
    [node, ...browsers] = await Promise.all([Node.start(), openChromium('ada'), openChromium('ben')]);
    await node.counsellor('ada');
    const room = await node.room('ada', 'client:Ben');
    const [hers, his] = await Promise.all(browsers.map((browser) => browser.newContext()));
    await Promise.all([syntheticDevices(hers, 'ada'), syntheticDevices(his, 'ben')]);
    await his.addInitScript(() => {
      const devices = navigator.mediaDevices;
      const ask = devices.getUserMedia.bind(devices);
      const here = /** @type {any} */ (window);
      here.microphones = [];
      devices.getUserMedia = async (constraints) => {
        if (here.taken) throw new DOMException('the telephone has it', 'NotReadableError');
        const stream = await ask(constraints);
        here.microphones.push(...stream.getAudioTracks());
        return stream;
      };
      here.see = (/** @type {boolean} */ hidden) => {
        Object.defineProperty(document, 'visibilityState', { value: hidden ? 'hidden' : 'visible', configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
      };
      here.interrupt = () => {
        const track = here.microphones.at(-1);
        Object.defineProperty(track, 'muted', { value: true });
        track.enabled = false;
        track.dispatchEvent(new Event('mute'));
      };
    });
    [ada, ben] = await Promise.all([preside(hers, room.counsellor_link), arrive(his, room.persons[0].link)]);
    await admit(ada);
    await inState(ben, 'call');
    await eventually(async () => heard(ada, await otherVideo(ada), 300), (found) => found === 'ben', "ben's tone");
  });
  after(async () => {
    await Promise.all(browsers.map((browser) => browser.close()));
    await node?.stop();
  });

  /** What Ada's page says of Ben. */
  const said = () => ada.evaluate(() => document.querySelector('[data-test="tile"]:not([data-self])')?.getAttribute('aria-label') ?? '');

  /** The telephone rings, and the page is out of sight. */
  async function ring() {
    await ben.evaluate(() => {
      const here = /** @type {any} */ (window);
      here.see(true);
      here.interrupt();
    });
    await eventually(said, (text) => text.includes('is coming back'), 'Ada to read that Ben is coming back');
    await never(async () => heard(ada, await otherVideo(ada), 300), (found) => found === 'ben', 'somebody on the telephone is heard', 1_000);
  }

  test('after a telephone call the sound is back by itself, and the others read meanwhile that one is coming back', async (t) => {
    await ring();
    assert.deepEqual([...await look(ben, 'c7-interrupted'), ...await look(ada, 'b6-is-coming-back')], []);
    const back = Date.now();
    await ben.evaluate(() => /** @type {any} */ (window).see(false));
    await eventually(async () => heard(ada, await otherVideo(ada), 200), (found) => found === 'ben', "ben's tone again");
    const ms = Date.now() - back;
    t.diagnostic(`heard again ${ms} ms after the page was seen again`);
    assert.ok(ms <= SOON, `${ms} ms`);
    await eventually(said, (text) => !text.includes('is coming back'), 'Ada to read no more of it');
    assert.equal(await handle(ben, 'mic-again').count(), 0);
  });

  test('what does not come back by itself needs one tap on a button as wide as the page', async () => {
    await ben.setViewportSize({ width: 390, height: 780 });
    await ring();
    await ben.evaluate(() => {
      const here = /** @type {any} */ (window);
      here.taken = true;
      here.see(false);
    });
    const begun = Date.now();
    await handle(ben, 'mic-again').waitFor();
    assert.ok(Date.now() - begun <= SOON + 500, `the button came after ${Date.now() - begun} ms`);
    const box = await handle(ben, 'mic-again').boundingBox();
    assert.ok(box && box.width >= 0.9 * 390 && box.height >= 44, JSON.stringify(box));
    assert.deepEqual(await look(ben, 'c7-microphone-again'), []);
    await ben.evaluate(() => (/** @type {any} */ (window).taken = false));
    await handle(ben, 'mic-again').click();
    await eventually(async () => heard(ada, await otherVideo(ada), 200), (found) => found === 'ben', "ben's tone again");
    await handle(ben, 'mic-again').waitFor({ state: 'detached' });
    await eventually(said, (text) => !text.includes('is coming back'), 'Ada to read no more of it');
  });
});
