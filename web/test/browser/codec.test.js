// What cameras are sent as: VP9 with spatial layers where everybody in the room can, VP8 as soon as one cannot, and nobody loses anybody over it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openChromium, syntheticDevices, syntheticScreen } from './support/browsers.js';
import { countable, freezes } from './support/lines.js';
import { admit, arrive, handle, inState, otherVideo, preside, speak } from './support/people.js';
import { eventually, seen, watchFaces } from './support/recognise.js';
import { Node } from './support/server.js';

/**
 * The pictures that a page's newest connection sends and receives now: those of which frames were coded in the last second.
 * @param {import('playwright-core').Page} page
 * @returns {Promise<{ sent: string[], received: string[], heights: number[], connections: number, state: string }>}
 *   sent: codec and layers of each stream; received: codec of each stream
 */
function pictures(page) {
  return page.evaluate(async () => {
    const { connections } = /** @type {any} */ (window);
    const [connection] = connections.slice(-1);
    const frames = (/** @type {any} */ one) => (one.type === 'outbound-rtp' ? one.framesEncoded : one.framesDecoded) ?? 0;
    const before = await connection.getStats();
    await new Promise((done) => setTimeout(done, 1000)); // a second's worth of frames
    const now = await connection.getStats();
    const flowing = [...now.values()].filter((one) => one.kind === 'video' && frames(one) > (before.has(one.id) ? frames(before.get(one.id)) : 0));
    const codec = (/** @type {any} */ one) => now.get(one.codecId)?.mimeType;
    const sent = flowing.filter(({ type }) => type === 'outbound-rtp');
    const received = flowing.filter(({ type }) => type === 'inbound-rtp');
    return {
      sent: sent.map((one) => (codec(one) === 'video/VP9' ? `VP9 ${one.scalabilityMode} ${one.frameHeight}` : `${codec(one)} ${one.frameHeight}`)).sort(),
      received: received.map(codec), heights: received.map(({ frameHeight }) => frameHeight),
      connections: connections.length, state: connection.connectionState,
    };
  });
}

const same = (/** @type {unknown} */ a, /** @type {unknown} */ b) => JSON.stringify(a) === JSON.stringify(b);

describe('the codec of a room', () => {
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

  /** A computer with so many threads, whatever this one has. @param {import('playwright-core').BrowserContext} context @param {number} cores */
  const computer = (context, cores) => context.addInitScript((cores) => {
    Object.defineProperty(Navigator.prototype, 'hardwareConcurrency', { get: () => cores });
  }, cores);

  /** A browser that knows nothing of VP9. @param {import('playwright-core').BrowserContext} context */
  const withoutVP9 = (context) => context.addInitScript(() => {
    for (const side of [RTCRtpReceiver, RTCRtpSender]) {
      const capabilities = side.getCapabilities;
      side.getCapabilities = (kind) => {
        const found = capabilities.call(side, kind);
        return found && { ...found, codecs: found.codecs.filter(({ mimeType, sdpFmtpLine }) => mimeType !== 'video/VP9' && !sdpFmtpLine?.startsWith('profile-id')) };
      };
    }
  });

  /**
   * Ada, with a camera of 720 lines, and Ben, both on strong computers.
   * @param {...string} others persons who are invited besides
   */
  async function pair(...others) {
    const room = await node.roomWith(['--policy', 'gruppe'], 'ada', 'client:Ben', ...others);
    const contextA = await chromeA.newContext({ viewport: { width: 1024, height: 640 } }); // wide enough for the bar to have the screen's button
    await syntheticDevices(contextA, 'ada', { width: 1280, height: 720 });
    await syntheticScreen(contextA, 'eva');
    const contextB = await chromeB.newContext({ viewport: { width: 1280, height: 800 } });
    for (const context of [contextA, contextB]) {
      await countable(context);
      await computer(context, 8);
    }
    const ada = await preside(contextA, room.counsellor_link);
    const ben = await arrive(contextB, room.persons[0].link);
    await admit(ada);
    await inState(ben, 'call');
    await speak(ben);
    const [videoOfBen, videoOfAda] = [await otherVideo(ada), await otherVideo(ben)];
    await eventually(() => seen(ben, videoOfAda), (found) => found?.face === 'ada', "ada's picture", 30000);
    await eventually(() => seen(ada, videoOfBen), (found) => found?.face === 'ben', "ben's picture", 30000);
    return { room, ada, ben, videoOfAda, videoOfBen, close: () => Promise.all([contextA.close(), contextB.close()]) };
  }

  test('two who can: VP9 with as many layers as are watched, in one stream, over a shared screen too', async () => {
    const { ada, ben, videoOfAda, videoOfBen, close } = await pair();
    await eventually(() => pictures(ada), ({ sent, received }) => same(sent, ['VP9 L3T3_KEY 720']) && same(received, ['video/VP9']), 'ada in VP9, three layers in one stream', 30000);
    await eventually(() => pictures(ben), ({ sent, heights, received }) => sent.length === 1 && sent[0].startsWith('VP9 L') && same(heights, [720]) && same(received, ['video/VP9']), 'ben in VP9', 30000);
    await eventually(() => seen(ben, videoOfAda), (found) => found?.face === 'ada', "ada's picture in VP9");
    await eventually(() => seen(ada, videoOfBen), (found) => found?.face === 'ben', "ben's picture in VP9");

    const { connections: made } = await pictures(ada);
    await ben.setViewportSize({ width: 320, height: 480 });
    await eventually(() => pictures(ada), ({ sent }) => sent.length === 1 && ['VP9 L1T3 180', 'VP9 L2T3_KEY 360'].includes(sent[0]), 'fewer layers for a small window', 30000);
    await eventually(() => seen(ben, videoOfAda), (found) => found?.face === 'ada', "ada's small picture");
    await ben.setViewportSize({ width: 1280, height: 800 });
    await eventually(() => pictures(ben), ({ heights }) => same(heights, [720]), 'the large picture again', 30000);
    await eventually(() => seen(ben, videoOfAda), (found) => found?.face === 'ada', "ada's large picture");

    // A shared screen takes another offer and answer, which must not change what the camera sends.
    await handle(ada, 'share').click();
    await handle(ada, 'share-go').click();
    await eventually(() => seen(ben, '[data-test="tile"][data-source="screen"] video'), (found) => found?.face === 'eva', "ada's screen", 30000);
    const { sent, connections } = await pictures(ada);
    assert.equal(sent.filter((one) => one.startsWith('VP9')).length, 1, `streams of the camera: ${sent}`);
    assert.equal(connections, made);
    await close();
  });

  test('a third who cannot: all go on in VP8, and nobody is dropped; without him in VP9 again', async () => {
    const { room, ada, ben, videoOfAda, close } = await pair('client:Cem');
    await eventually(() => pictures(ada), ({ sent }) => same(sent, ['VP9 L3T3_KEY 720']), 'ada in VP9', 30000);
    const made = await Promise.all([ada, ben].map(async (page) => (await pictures(page)).connections));
    const contextC = await chromeB.newContext({ viewport: { width: 640, height: 480 } });
    await syntheticDevices(contextC, 'cem');
    await countable(contextC);
    await computer(contextC, 8);
    await withoutVP9(contextC);
    const cem = await arrive(contextC, room.persons[1].link);
    const pauses = freezes(ben, videoOfAda, 10000);
    await admit(ada);
    await inState(cem, 'call');
    const faces = await Promise.all([ada, ben, cem].map(watchFaces));
    for (const [i, page] of [ada, ben, cem].entries()) {
      await eventually(() => pictures(page), ({ sent, received }) => sent.length > 0 && sent.every((one) => one.startsWith('video/VP8')) && same(received, ['video/VP8', 'video/VP8']), `${'ABC'[i]} in VP8`, 20000);
      await faces[i]();
      const others = ['ada', 'ben', 'cem'].filter((_, j) => j !== i);
      const found = /** @type {Set<string>} */ (new Set());
      await eventually(async () => (await faces[i]()).forEach(({ face }) => found.add(face)), () => same([...found].sort(), others), `${others} at ${'ABC'[i]}`);
    }
    const longest = Math.max(0, ...(await pauses));
    assert.ok(longest < 3000, `Ada's picture stood still for ${longest} ms at Ben's`);
    for (const [i, page] of [ada, ben].entries()) {
      const { connections, state } = await pictures(page);
      assert.deepEqual({ connections, state }, { connections: made[i], state: 'connected' });
    }
    await handle(cem, 'hangup').click();
    await eventually(() => pictures(ada), ({ sent, received }) => sent.length === 1 && sent[0].startsWith('VP9 L3') && same(received, ['video/VP9']), 'ada in VP9 again', 30000);
    await eventually(() => seen(ben, videoOfAda), (found) => found?.face === 'ada', "ada's picture in VP9 again");
    await Promise.all([close(), contextC.close()]);
  });

  test('a weak device is not asked for VP9', async () => {
    const room = await node.roomWith(['--policy', 'gruppe'], 'ada', 'client:Ben');
    const [contextA, contextB] = await Promise.all([chromeA.newContext(), chromeB.newContext()]);
    for (const [context, cores] of /** @type {const} */ ([[contextA, 8], [contextB, 2]])) {
      await countable(context);
      await computer(context, cores);
    }
    const ada = await preside(contextA, room.counsellor_link);
    const ben = await arrive(contextB, room.persons[0].link);
    await admit(ada);
    await inState(ben, 'call');
    await otherVideo(ben);
    for (const page of [ada, ben]) {
      await eventually(() => pictures(page), ({ sent, received }) => sent.length > 0 && sent.every((one) => one.startsWith('video/VP8')) && same(received, ['video/VP8']), 'VP8', 30000);
    }
    await Promise.all([contextA.close(), contextB.close()]);
  });
});
