// A browser that leads frames past the worker, as a fault of it would: the page finds out by itself and sends nothing more, and nobody is shown what came in clear.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bothBrowsers } from './support/both.js';
import { admit, arrive, handle, inState, preside, speak } from './support/people.js';
import { eventually, heard, never, watchFaces } from './support/recognise.js';
import { sending } from './support/ways.js';
import { lockOf, through } from './support/workers.js';

/** @typedef {import('playwright-core').Page} Page */

const OTHERS = '[data-test="tile"]:not([data-self]) video';

/**
 * Makes pages send in clear what has a transform. To be called before the page loads.
 * @param {import('playwright-core').BrowserContext} context
 * @param {{ direct?: boolean, kind?: 'audio' | 'video' }} [only] direct: on the way to the other browser; kind: of that alone
 */
async function bypassing(context, only = {}) {
  await context.addInitScript(({ direct, kind }) => {
    const { RTCPeerConnection: Made } = window;
    /** @type {{ began: number, closed: number }} by the page's clock, ms */
    const leak = /** @type {any} */ (window).leak = { began: 0, closed: 0 };
    /** @type {WeakSet<RTCRtpSender>} */
    const leaking = new WeakSet();
    window.RTCPeerConnection = class extends Made {
      constructor(/** @type {any} */ { encodedInsertableStreams: _, ...configuration } = {}) {
        // Where Chromium is to lead frames past a transform, it must not wait for one.
        super(configuration);
        const leaks = !direct || !!configuration.iceServers?.length;
        const mark = () => this.getTransceivers().forEach(({ sender, receiver }) => leaks && (!kind || receiver.track.kind === kind) && leaking.add(sender));
        const add = this.addTransceiver.bind(this);
        this.addTransceiver = (/** @type {MediaStreamTrack | string} */ what, /** @type {RTCRtpTransceiverInit} */ init) => {
          const transceiver = add(what, init);
          mark();
          return transceiver;
        };
        this.addEventListener('track', mark);
        if (!leaks) return;
        const looking = setInterval(async () => {
          if (this.connectionState === 'closed') {
            clearInterval(looking);
            // It may be gone between two looks at it; that something came in clear the other's page has counted.
            leak.closed ||= performance.now();
            leak.began ||= leak.closed;
            return;
          }
          (await this.getStats()).forEach((one) => { if (one.type === 'outbound-rtp' && one.bytesSent > 0 && (!kind || one.kind === kind)) leak.began ||= performance.now(); });
        }, 50);
      }
    };
    const configure = RTCPeerConnection.prototype.setConfiguration;
    RTCPeerConnection.prototype.setConfiguration = function setConfiguration(/** @type {any} */ { encodedInsertableStreams: _, ...configuration } = {}) {
      configure.call(this, configuration);
    };
    const { set, get } = /** @type {PropertyDescriptor} */ (Object.getOwnPropertyDescriptor(RTCRtpSender.prototype, 'transform'));
    Object.defineProperty(RTCRtpSender.prototype, 'transform', {
      get,
      set(transform) {
        if (!leaking.has(this)) set?.call(this, transform);
      },
    });
  }, only);
}

describe('a browser that leads frames past the worker', () => {
  const at = bothBrowsers();

  for (const [name, browser, policy, only] of /** @type {const} */ ([
    ['Chromium, by the server', 'Chromium', 'gruppe', {}],
    ['Chromium, by the server, of the picture alone', 'Chromium', 'gruppe', { kind: 'video' }],
    ['Chromium, from browser to browser alone', 'Chromium', 'erziehungsberatung', { direct: true }],
    ['Firefox, by the server', 'Firefox', 'gruppe', {}],
  ])) {
    test(name, async (t) => {
      const room = await at.node.roomWith(['--policy', policy], 'ada', 'client:Ben');
      const [contextA, contextB] = await Promise.all([at.person('Chromium', 'ada'), at.person(browser, 'ben')]);
      await bypassing(contextB, only);
      const [ada, ben] = await Promise.all([preside(contextA, room.counsellor_link), arrive(contextB, room.persons[0].link)]);
      const faces = await watchFaces(ada);
      await admit(ada);
      await inState(ben, 'call');
      await speak(ben);
      // What is sealed may be seen and heard until then.
      const clear = { faces: 'direct' in only ? [] : ['ben'], tones: 'direct' in only || 'kind' in only ? [] : ['ben'] };
      const tones = /** @type {Set<string | null>} */ (new Set());
      for (const end = Date.now() + 30_000; (await lockOf(ben)) !== 'broken'; tones.add(await heard(ada, OTHERS, 200))) assert.ok(Date.now() < end, `the lock says ${await lockOf(ben)}`);
      await handle(ben, 'lock-broken').waitFor();
      await eventually(() => sending(ben), ({ open }) => open === 0, 'every connection to be closed', 2_000);
      const { began, closed } = await eventually(() => ben.evaluate(() => /** @type {any} */ (window).leak), ({ closed }) => closed > 0, 'the connection to be gone');
      t.diagnostic(`closed ${Math.round(closed - began)} ms after the first packet in clear`);
      assert.ok(began > 0 && closed - began <= 3_000, `${closed - began} ms`);
      await never(() => sending(ben), ({ open }) => open > 0, 'another connection', 1_500);
      for (let n = 0; n < 3; n++) tones.add(await heard(ada, OTHERS, 300));
      assert.deepEqual((await faces()).map(({ face }) => face).filter((face) => clear.faces.includes(face)), [], 'faces that were seen');
      assert.deepEqual([...tones].filter((face) => face && clear.tones.includes(face)), [], 'tones that were heard');
      // Its first bytes can look like the header of somebody else's frame.
      const { clear: unsealed = 0, foreign = 0 } = (await through(ada)).dropped;
      assert.ok(unsealed + foreign > 0, 'something came in clear, and was dropped');
      assert.notEqual(await lockOf(ada), 'protected');
    });
  }
});
