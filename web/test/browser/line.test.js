// The line: lips in sync, a dropped socket without losing seat or media, a layer that follows the size of the tile.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openChromium, syntheticDevices } from './support/browsers.js';
import { admit, arrive, inState, otherVideo, preside, speak } from './support/people.js';
import { eventually, heard, lips, never, seen } from './support/recognise.js';
import { Front } from './support/front.js';
import { Node, freePort } from './support/server.js';

describe('the line', () => {
  /** @type {Node} */ let node;
  /** @type {Front} */ let relay;
  /** @type {import('playwright-core').Browser} */ let chromeA;
  /** @type {import('playwright-core').Browser} */ let chromeB;
  before(async () => {
    const front = await freePort();
    node = await Node.start({ ANTEROOM_PUBLIC_URL: `http://localhost:${front}` });
    relay = await Front.start(front, () => node.port);
    [chromeA, chromeB] = await Promise.all([openChromium('ada'), openChromium('ben')]);
    await node.counsellor('ada');
  });
  after(async () => {
    await Promise.all([chromeA?.close(), chromeB?.close()]);
    await relay?.stop();
    await node?.stop();
  });

  test('a cut socket: media goes on, the seat is kept, nobody knocks again', async () => {
    const room = await node.room('ada', 'client:Ben');
    const ada = await preside(await chromeA.newContext(), room.counsellor_link);
    const ben = await arrive(await chromeB.newContext(), room.persons[0].link);
    await admit(ada);
    await inState(ben, 'call');
    const [videoOfBen, videoOfAda] = [await otherVideo(ada), await otherVideo(ben)];
    await eventually(() => seen(ben, videoOfAda), (found) => found?.face === 'ada', "ada's picture");
    const resumes = await node.metric('anteroom_resumes_total');
    relay.cut();
    // Both sockets are gone; the media connections do not notice.
    const before = await seen(ben, videoOfAda);
    await eventually(() => seen(ben, videoOfAda), (found) => found?.face === 'ada' && found.counter !== before?.counter, 'the picture to go on moving without a socket');
    relay.mend();
    await eventually(() => node.metric('anteroom_resumes_total'), (count) => count >= resumes + 2, 'both sockets to resume');
    await inState(ben, 'call');
    await inState(ada, 'call');
    await eventually(() => heard(ada, videoOfBen), (found) => found === 'ben', "ben's tone after the resume");
    await never(() => ada.locator('[data-test="waiting-item"]').count(), (count) => count > 0, 'somebody in the waiting room', 500);
    await Promise.all([ada.context().close(), ben.context().close()]);
  });

  test('lips in sync within 80 ms', async () => {
    const room = await node.roomWith(['--policy', 'gruppe'], 'ada', 'client:Ben'); // by the server's way
    const contextA = await chromeA.newContext();
    await syntheticDevices(contextA, 'ada', { flash: true });
    const ada = await preside(contextA, room.counsellor_link);
    const ben = await arrive(await chromeB.newContext(), room.persons[0].link);
    await admit(ada);
    await inState(ben, 'call');
    await speak(ben);
    const video = await otherVideo(ben);
    await eventually(() => seen(ben, video), (found) => found?.face === 'ada', "ada's picture");
    const offsets = await lips(ben, video, 12000);
    // A browser brings sound and picture together in the first two seconds of a line.
    offsets.splice(0, 2);
    offsets.sort((x, y) => x - y);
    const median = offsets[Math.floor(offsets.length / 2)];
    assert.ok(offsets.length >= 5, `flash and beep seen together: ${JSON.stringify(offsets)}`);
    assert.ok(Math.abs(median) <= 80, `sound ${Math.round(median)} ms after the picture (all: ${offsets.map(Math.round)})`);
    await Promise.all([ada.context().close(), ben.context().close()]);
  });

  test('the layer follows the size of the tile', async () => {
    const room = await node.roomWith(['--policy', 'gruppe'], 'ada', 'client:Ben'); // by the server's way
    const contextA = await chromeA.newContext();
    await syntheticDevices(contextA, 'ada', { width: 1280, height: 720 });
    const ada = await preside(contextA, room.counsellor_link);
    const ben = await arrive(await chromeB.newContext({ viewport: { width: 1280, height: 800 } }), room.persons[0].link);
    await admit(ada);
    await inState(ben, 'call');
    await speak(ben);
    const video = await otherVideo(ben);
    const width = () => ben.evaluate((selector) => /** @type {HTMLVideoElement} */ (document.querySelector(selector)).videoWidth, video);
    await eventually(width, (value) => value >= 960, 'a large picture in a large tile', 30000);
    await ben.setViewportSize({ width: 320, height: 480 });
    await eventually(width, (value) => value > 0 && value <= 640, 'a smaller picture in a small tile', 30000);
    await Promise.all([ada.context().close(), ben.context().close()]);
  });
});
