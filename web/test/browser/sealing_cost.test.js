// What it costs to seal and to open a frame of 720 lines: in the code of it alone, and on the way through a worker.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openChromium, openFirefox } from './support/browsers.js';
import { Node } from './support/server.js';

/** What frames of a call at 1280 by 720 have, in bytes; every hundredth picture is a key frame. */
const SIZES = { key: 40_000, delta: 6_000, sound: 80 };
const FRAMES = 1_000;
/** The goal is 0.3 ms a frame, and what a worker adds is no part of it. These are what a machine with other work may take, in ms. */
const MOST = { sealing: 1.5, worker: 10, together: 5 };

/** @typedef {{ mean: number, p95: number }} Times in ms */

describe('what sealing costs', () => {
  /** @type {Node} */ let node;
  before(async () => { node = await Node.start(); });
  after(() => node?.stop());

  /**
   * Runs in a page of the node's.
   * @param {{ sizes: typeof SIZES, count: number }} how
   * @returns {Promise<Record<'pictures' | 'sound', Record<'sealed' | 'opened' | 'worker', Times>> & { together: number }>}
   *   worker: from one thread to the worker, through it and back, sealed there; together: each of so many pictures in a row
   */
  async function measure({ sizes, count }) {
    const base = /** @type {HTMLScriptElement} */ (document.querySelector('script[type=module]')).src;
    const load = (/** @type {string} */ path) => import(new URL(path, base).href);
    const [{ sealing, opening, noCounts }, { OwnKeys }, { OthersKeys }] = await Promise.all(['e2ee/transform.js', 'e2ee/own_keys.js', 'e2ee/others_keys.js'].map(load));
    const secret = crypto.getRandomValues(new Uint8Array(32));
    const key = { epoch: 1, tag: 77, secret };
    const frameOf = (/** @type {'pictures' | 'sound'} */ what, /** @type {number} */ n) => {
      const type = n % 100 === 0 ? 'key' : 'delta';
      const data = new Uint8Array(what === 'sound' ? sizes.sound : sizes[type]);
      crypto.getRandomValues(data.subarray(0, 1_000));
      return what === 'sound' ? { data: data.buffer } : { data: data.buffer, type };
    };
    const timesOf = (/** @type {number[]} */ times) => ({ mean: times.reduce((sum, one) => sum + one, 0) / times.length, p95: times.sort((a, b) => a - b)[Math.floor(times.length * 0.95)] });

    /** @param {'pictures' | 'sound'} what */
    const alone = async (what) => {
      const kind = what === 'sound' ? 0 : 1;
      const [own, others] = [new OwnKeys(), new OthersKeys()];
      own.begin(key);
      others.learn('ada', key, 0);
      const seal = sealing(own.stream(), kind, noCounts());
      const open = opening(others, { participant: 'ada', kind }, noCounts(), { now: () => performance.now(), onUnknown: () => {} });
      const sealed = /** @type {number[]} */ ([]);
      const opened = /** @type {number[]} */ ([]);
      for (let n = 0; n < count + 50; n++) {
        const frame = frameOf(what, n);
        let out = 0;
        const controller = { enqueue: () => out++ };
        const begun = performance.now();
        await seal(frame, controller);
        const between = performance.now();
        await open(frame, controller);
        const done = performance.now();
        if (out !== 2) throw new Error('a frame did not come through');
        // The first ones are before the code is compiled.
        if (n < 50) continue;
        sealed.push(between - begun);
        opened.push(done - between);
      }
      return { sealed: timesOf(sealed), opened: timesOf(opened) };
    };

    // The worker as it is in a call, with frames that come by a stream of the page's.
    const address = new URL('e2ee/worker.js', base).href;
    const worker = new Worker(/** @type {any} */ (window).trustedTypes?.createPolicy('anteroom', { createScriptURL: () => address }).createScriptURL('') ?? address, { type: 'module' });
    worker.postMessage({ type: 'begin', ...key });
    /** @param {number} kind */
    const through = (kind) => {
      const [into, out] = [new TransformStream(undefined, { highWaterMark: 1_000 }), new TransformStream(undefined, { highWaterMark: 1_000 })];
      worker.postMessage({ type: 'streams', readable: into.readable, writable: out.writable, options: { id: kind + 1, does: 'seal', kind } }, [into.readable, out.writable]);
      return { writer: into.writable.getWriter(), reader: out.readable.getReader() };
    };
    /** @param {'pictures' | 'sound'} what @param {ReturnType<typeof through>} ends */
    const oneByOne = async (what, { writer, reader }) => {
      /** @type {number[]} */
      const times = [];
      for (let n = 0; n < count / 2 + 50; n++) {
        const frame = frameOf(what, n);
        const begun = performance.now();
        void writer.write(frame);
        await reader.read();
        if (n >= 50) times.push(performance.now() - begun);
      }
      return timesOf(times);
    };
    const pictures = through(1);
    const result = {
      pictures: { ...(await alone('pictures')), worker: await oneByOne('pictures', pictures) },
      sound: { ...(await alone('sound')), worker: await oneByOne('sound', through(0)) },
      together: 0,
    };
    const begun = performance.now();
    for (let n = 0; n < count; n++) void pictures.writer.write(frameOf('pictures', n));
    for (let n = 0; n < count; n++) await pictures.reader.read();
    result.together = (performance.now() - begun) / count;
    return result;
  }

  for (const [name, open] of /** @type {const} */ ([
    ['Chromium', () => openChromium('ada')],
    // Its clock says whole milliseconds otherwise.
    ['Firefox', () => openFirefox({ 'privacy.reduceTimerPrecision': false })],
  ])) {
    test(name, async (t) => {
      const browser = await open();
      try {
        const page = await browser.newPage();
        await page.goto(`${node.url}/j`);
        const found = await page.evaluate(measure, { sizes: SIZES, count: FRAMES });
        const ms = (/** @type {Times} */ { mean, p95 }) => `${mean.toFixed(3)} (p95 ${p95.toFixed(3)})`;
        for (const what of /** @type {const} */ (['pictures', 'sound'])) {
          const { sealed, opened, worker } = found[what];
          t.diagnostic(`${what}, ms a frame: sealed ${ms(sealed)}, opened ${ms(opened)}, through the worker and back ${ms(worker)}`);
          assert.ok(sealed.mean <= MOST.sealing && opened.mean <= MOST.sealing, `${what}: sealed in ${ms(sealed)} ms, opened in ${ms(opened)} ms`);
          assert.ok(worker.mean <= MOST.worker, `${what}: ${ms(worker)} ms through the worker`);
        }
        t.diagnostic(`${FRAMES} pictures in a row through the worker: ${found.together.toFixed(3)} ms each`);
        assert.ok(found.together <= MOST.together, `${found.together} ms each`);
      } finally {
        await browser.close();
      }
    });
  }
});
