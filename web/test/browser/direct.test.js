// Two who are alone connect to each other: who sends what on which way, the change between the two, and what moderation does there.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { openChromium, syntheticDevices } from './support/browsers.js';
import { countable } from './support/lines.js';
import { admit, arrive, handle, inState, moderate, preside } from './support/people.js';
import { eventually, heard, never, seen } from './support/recognise.js';
import { Front } from './support/front.js';
import { Node, binaryWith, freePort } from './support/server.js';
import { direct, listening, pausesOf, told, ways } from './support/ways.js';

/** @typedef {import('playwright-core').Page} Page */

describe('two alone', () => {
  /** @type {Node} */ let node;
  /** @type {Front} */ let front;
  /** @type {import('playwright-core').Browser} */ let chromeA;
  /** @type {import('playwright-core').Browser} */ let chromeB;
  before(async () => {
    const port = await freePort();
    node = await Node.start({ ANTEROOM_PUBLIC_URL: `http://localhost:${port}` });
    front = await Front.start(port, () => node.port);
    [chromeA, chromeB] = await Promise.all([openChromium('ada'), openChromium('ben')]);
    await node.counsellor('ada');
  });
  after(async () => {
    await Promise.all([chromeA?.close(), chromeB?.close()]);
    await front?.stop();
    await node?.stop();
  });

  /** What a test that failed left open would take the machine from the next one. @type {import('playwright-core').BrowserContext[]} */
  const opened = [];
  afterEach(() => Promise.all(opened.splice(0).map((context) => context.close())));

  /**
   * Ada and Ben in a call.
   * @param {{ modify?: (context: import('playwright-core').BrowserContext) => Promise<void>, steady?: boolean, by?: Node }} [options]
   *   modify: what Ben's pages do besides; steady: tones without the pauses of speech; by: another node
   */
  async function call({ modify, steady = false, by = node } = {}) {
    const room = await by.room('ada', 'client:Ben', 'client:Cem');
    const [contextA, contextB] = [await chromeA.newContext({ viewport: { width: 1024, height: 640 } }), await chromeB.newContext()];
    opened.push(contextA, contextB);
    for (const context of [contextA, contextB]) {
      await countable(context);
      await listening(context);
    }
    if (steady) await Promise.all([syntheticDevices(contextA, 'ada'), syntheticDevices(contextB, 'ben')]);
    await modify?.(contextB);
    const ada = await preside(contextA, room.counsellor_link);
    const ben = await arrive(contextB, room.persons[0].link);
    await admit(ada);
    await inState(ben, 'call');
    const close = () => Promise.all([contextA.close(), contextB.close()]);
    return { room, ada, ben, contextB, close };
  }

  /** The tile of somebody on a page, by the face that it shows. */
  async function tileOf(/** @type {Page} */ page, /** @type {string} */ face) {
    let found = '';
    await eventually(async () => {
      for (const id of await page.evaluate(() => [...document.querySelectorAll('[data-test="tile"]:not([data-self])')].map((tile) => /** @type {HTMLElement} */ (tile).dataset.person ?? ''))) {
        const selector = `[data-test="tile"][data-person="${id}"] video`;
        if ((await seen(page, selector))?.face === face) found = selector;
      }
      return found;
    }, Boolean, `${face}'s picture`);
    return found;
  }

  /** Everything goes by the server. */
  const byServer = (/** @type {Page} */ page) => eventually(() => ways(page), (now) => now.direct === null, 'no connection to the other browser');

  test('over the relay alone: the connection to the server stays and rests, and neither learns an address', async () => {
    const { ada, ben, close } = await call();
    const begun = Date.now();
    await direct(ada, ben);
    console.log(`# from browser to browser after ${Date.now() - begun} ms at most`);
    for (const page of [ada, ben]) {
      const { server, direct } = await ways(page);
      assert.equal(direct?.pair, 'relay/relay');
      assert.equal(server.state, 'connected');
      assert.doesNotMatch(server.pair, /relay/, 'with UDP open the way to the server is no relay');
      const all = (await told(page)).join('\n');
      assert.match(all, /typ relay/);
      assert.doesNotMatch(all, /typ (host|srflx|prflx)|\.local/);
      const addresses = new Set(all.match(/\d+\.\d+\.\d+\.\d+/g));
      assert.deepEqual([...addresses].sort(), ['0.0.0.0', '192.0.0.8'], 'addresses that the other is told');
    }
    const video = await tileOf(ben, 'ada');
    assert.equal(await heard(ben, video), 'ada');
    await close();
  });

  test('the camera is switched off and on again; nobody sees an old picture', async () => {
    const { ada, ben, close } = await call();
    await direct(ada, ben);
    const video = await tileOf(ada, 'ben');
    await handle(ben, 'cam').click();
    await eventually(() => seen(ada, video), (found) => found === null, "ben's picture to go");
    await handle(ben, 'cam').click();
    await eventually(() => seen(ada, video), (found) => found?.face === 'ben', "ben's picture again");
    await close();
  });

  test('two, three and two again, ten times: the sound goes on in the same elements', async () => {
    const { room, ada, ben, contextB, close } = await call({ steady: true });
    await direct(ada, ben);
    // Loading a page takes this machine the time that it needs for sound: it is loaded before, and does without devices.
    const cem = await contextB.newPage();
    await cem.goto(room.persons[1].link);
    await handle(cem, 'continue').click();
    await handle(cem, 'consent-yes').click();
    await handle(cem, 'media-none').waitFor();
    const pauses = [await pausesOf(ada, await tileOf(ada, 'ben')), await pausesOf(ben, await tileOf(ben, 'ada'))];
    await handle(cem, 'media-none').click();
    await inState(cem, 'waiting');
    await direct(ada, ben); // a third who knocks changes nothing
    const knocking = await Promise.all(pauses.map((pause) => pause()));
    assert.ok(Math.max(...knocking) <= 100, `pauses while a third knocks, ms: ${knocking}`);
    /** @type {{ apart: number[], together: number[] }} */
    const longest = { apart: [], together: [] };
    for (let n = 0; n < 10; n++) {
      await admit(ada);
      await inState(cem, 'call');
      await Promise.all([ada, ben].map(byServer));
      await tileOf(cem, 'ada');
      longest.apart.push(...await Promise.all(pauses.map((pause) => pause())));
      await moderate(ada, 'put-back', 'Cem');
      await inState(cem, 'waiting');
      await direct(ada, ben);
      longest.together.push(...await Promise.all(pauses.map((pause) => pause())));
    }
    console.log(`# pauses in the sound, ms: apart ${longest.apart}; together ${longest.together}`);
    // The goal is 100 ms. What two cores with four pages on them add is in it: one in eight may be longer.
    const sorted = [...longest.apart, ...longest.together].sort((a, b) => b - a);
    assert.ok(sorted[5] <= 150 && sorted[0] <= 400, `pauses in the sound, ms: ${JSON.stringify(longest)}`);
    await close();
  });

  /** A browser that sends on, on whatever way, and closes nothing. */
  const disobeys = (/** @type {import('playwright-core').BrowserContext} */ context) => context.addInitScript(() => {
    const replace = RTCRtpSender.prototype.replaceTrack;
    RTCRtpSender.prototype.replaceTrack = function (track) { return track ? replace.call(this, track) : Promise.resolve(); };
    RTCPeerConnection.prototype.close = function () {};
  });

  test('who is muted, or held, is not heard within a second, whatever his browser does', async () => {
    const { ada, close } = await call({ modify: disobeys });
    const video = await tileOf(ada, 'ben');
    await eventually(() => ways(ada), ({ direct }) => !!direct && direct.came > 50, 'a connection to the other browser', 20000);
    await eventually(() => heard(ada, video, 200), (found) => found === 'ben', "ben's tone");
    await handle(ada, 'mute').click();
    await new Promise((done) => setTimeout(done, 1000)); // the second in which it may still be heard
    await never(() => heard(ada, video, 300), (found) => found === 'ben', 'a muted person is heard', 3000);
    await byServer(ada);
    assert.equal(await node.metric('anteroom_relay_relays'), 0, 'relays that are left');
    await close();
  });

  test('a reload, and a lost websocket', async () => {
    const { ada, ben, close } = await call({ steady: true });
    await direct(ada, ben);
    const pause = await pausesOf(ada, await tileOf(ada, 'ben'));
    const resumes = await node.metric('anteroom_resumes_kept_total');
    front.cut();
    front.mend();
    await eventually(() => node.metric('anteroom_resumes_kept_total'), (now) => now >= resumes + 2, 'both to be back');
    await eventually(() => ben.evaluate(() => document.body.dataset.state), (state) => state === 'call', 'the call to go on');
    await direct(ada, ben);
    assert.ok((await pause()) <= 100, 'the sound goes on over a lost websocket');
    await ben.reload();
    await inState(ben, 'call');
    await direct(ada, ben);
    assert.equal((await seen(ada, await tileOf(ada, 'ben')))?.face, 'ben');
    await close();
  });

  describe('where each may learn the addresses of the other', () => {
    /** @type {Node} */ let directly;
    before(async () => {
      // No policy that is shipped lets them: one is changed on the way into the program.
      directly = await Node.start({}, [], binaryWith('lobby/policy.go', (text) => text.replace(/(Name: *"erziehungsberatung",[^}]*PeerToPeer: *)PeerToPeerRelay,/, '$1PeerToPeerDirect,')));
      await directly.counsellor('ada');
    });
    after(() => directly?.stop());

    test('they connect without the relay, and the server relays nothing', async () => {
      const { ada, ben, close } = await call({ by: directly });
      await direct(ada, ben);
      for (const page of [ada, ben]) {
        const { server, direct } = await ways(page);
        assert.match(direct?.pair ?? '', /^(host|srflx|prflx)\/(host|srflx|prflx)$/);
        assert.match(direct?.over ?? '', /^udp /);
        assert.equal(server.state, 'connected');
        assert.match((await told(page)).join('\n'), /typ (host|srflx)/, 'what the other is told of addresses');
      }
      const before = await relayed();
      const { direct: begun } = await ways(ada);
      await eventually(() => ways(ada), ({ direct }) => (direct?.came ?? 0) >= (begun?.came ?? 0) + 200, 'picture and sound to go on');
      assert.ok(await relayed() - before < 2000, 'more was relayed meanwhile than a check or two'); // which browsers send now and then on ways that they do not use
      assert.equal(await heard(ben, await tileOf(ben, 'ada')), 'ada');
      assert.equal(await heard(ada, await tileOf(ada, 'ben')), 'ben');
      await close();
    });

    test('who is muted is not heard within a second: here the other side sees to it, since the server stands in no way', async () => {
      const { ada, ben, close } = await call({ modify: disobeys, by: directly });
      const video = await tileOf(ada, 'ben');
      await eventually(() => ways(ada), ({ direct }) => !!direct && direct.came > 50, 'a connection to the other browser', 20000);
      await eventually(() => heard(ada, video, 200), (found) => found === 'ben', "ben's tone");
      assert.doesNotMatch((await ways(ada)).direct?.pair ?? '', /relay/);
      const sent = (await ways(ben)).direct?.sent ?? 0;
      await handle(ada, 'mute').click();
      await new Promise((done) => setTimeout(done, 1000)); // the second in which it may still be heard
      await never(() => heard(ada, video, 300), (found) => found === 'ben', 'a muted person is heard', 3000);
      await byServer(ada);
      assert.ok(((await ways(ben)).direct?.sent ?? 0) > sent, "ben's browser obeyed, so this shows nothing");
      await close();
    });

    const relayed = () => directly.metric('anteroom_relay_bytes_total');
  });
});
