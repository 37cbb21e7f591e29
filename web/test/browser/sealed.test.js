// What the server has of a call: with every packet in its hands, from the first one on, it finds nobody's face and nobody's voice; of a room that was opened it finds both.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { openChromium, openFirefox, syntheticDevices } from './support/browsers.js';
import { CAPTURE, assemble, captured, capturing, opened, recognised, sealedBy } from './support/capture.js';
import { countable } from './support/lines.js';
import { admit, arrive, handle, inState, moderate, otherVideo, preside, speak, videoOf } from './support/people.js';
import { eventually, heard, never, seen } from './support/recognise.js';
import { Node } from './support/server.js';
import { begun, learnt, locked, overheard, unable } from './support/workers.js';
import { sending } from './support/ways.js';

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {import('./support/capture.js').Key} Key */

describe('what the server is sent', () => {
  /** @type {Node} */ let node;
  /** @type {string} */ let folder;
  /** @type {string} */ let file;
  /** @type {import('playwright-core').Browser} */ let chrome;
  /** @type {import('playwright-core').Browser} */ let firefox;
  /** Where what was kept is decoded. @type {Page} */ let bench;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'anteroom-capture-'));
    file = join(folder, 'packets');
    [node, chrome, firefox] = await Promise.all([Node.start({ [CAPTURE]: file }, [], capturing()), openChromium('ada'), openFirefox()]);
    await node.counsellor('ada');
    bench = await chrome.newPage();
    await bench.goto(node.url);
  });
  after(async () => {
    await Promise.all([chrome?.close(), firefox?.close()]);
    await node?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** @type {import('playwright-core').BrowserContext[]} */
  const contexts = [];
  afterEach(() => Promise.all(contexts.splice(0).map((context) => context.close())));

  /** Somebody's context. Few threads: pictures are VP8, whatever machine this is. @param {import('playwright-core').Browser} browser @param {keyof typeof import('./support/media.js').FACES} face */
  async function person(browser, face) {
    const context = await browser.newContext();
    contexts.push(context);
    await context.addInitScript(() => Object.defineProperty(Navigator.prototype, 'hardwareConcurrency', { get: () => 2 }));
    await Promise.all([overheard(context), countable(context), syntheticDevices(context, face)]);
    return context;
  }

  /** Each sees and hears the other. */
  async function meet(/** @type {Page} */ ada, /** @type {Page} */ ben) {
    await Promise.all(/** @type {const} */ ([[ada, 'ben'], [ben, 'ada']]).map(async ([page, face]) => {
      const video = await otherVideo(page);
      await eventually(() => seen(page, video), (found) => found?.face === face, `${face}'s picture`, 30_000);
      await eventually(() => heard(page, video, 500), (found) => found === face, `${face}'s tone`, 30_000);
    }));
  }

  test('a whole call of Chromium and Firefox: every frame is sealed, and nothing opens without the keys', async (t) => {
    const from = captured(file).length;
    const room = await node.roomWith(['--policy', 'gruppe'], 'ada', 'client:Ben');
    const [contextA, contextB] = await Promise.all([person(chrome, 'ada'), person(firefox, 'ben')]);
    const [ada, ben] = await Promise.all([preside(contextA, room.counsellor_link), arrive(contextB, room.persons[0].link)]);
    await admit(ada);
    await inState(ben, 'call');
    await speak(ben);
    await meet(ada, ben);
    const keys = (await Promise.all([ada, ben].map(begun))).flat();
    await Promise.all([contextA.close(), contextB.close()]);

    const streams = assemble(captured(file, from));
    const frames = (/** @type {boolean} */ video) => streams.filter((one) => one.video === video).flatMap((stream) => stream.frames.map((frame) => ({ stream, frame })));
    t.diagnostic(`${frames(true).length} pictures, ${frames(false).length} packets of sound, ${new Set(streams.map(({ peer }) => peer)).size} people`);
    assert.ok(frames(true).length > 20 && frames(false).length > 100, 'something was kept');
    assert.equal(new Set(streams.map(({ peer }) => peer)).size, 2, 'of both');
    for (const { stream, frame } of [...frames(true), ...frames(false)]) {
      const by = sealedBy(stream, frame);
      assert.ok(by && keys.some(({ tag, epoch }) => by.tag === tag && by.epoch === epoch), `a ${stream.video ? 'picture' : 'packet of sound'} that no page has sealed: ${frame.subarray(0, 24).toString('hex')}`);
    }
    assert.deepEqual(await recognised(bench, streams), { faces: [], tones: [] }, 'who is recognised in what the server has');
    // With the keys of the pages, which the server does not have, the same packets show both: they were there to be found.
    assert.deepEqual(await recognised(bench, await opened(streams, keys)), { faces: ['ada', 'ben'], tones: ['ada', 'ben'] });
  });

  test('of a room that was opened the same packets show everybody; before and afterwards nothing leaves the browser that cannot seal', async () => {
    const room = await node.roomWith(['--policy', 'gruppe'], 'ada', 'client:Ben', 'companion:Cem');
    const [contextA, contextB, contextC] = await Promise.all([person(chrome, 'ada'), person(chrome, 'ben'), person(chrome, 'cem')]);
    await unable(contextB);
    const [ada, ben, cem] = await Promise.all([preside(contextA, room.counsellor_link), arrive(contextB, room.persons[0].link), arrive(contextC, room.persons[1].link)]);
    const from = captured(file).length;
    for (const [name, page] of /** @type {const} */ ([['Ben', ben], ['Cem', cem]])) {
      await admit(ada, name);
      await inState(page, 'call');
      await speak(page);
    }
    await locked('unable', ada, ben, cem);
    // The others go on among themselves.
    const [cemAtAda, adaAtCem] = [await videoOf(ada, 'Cem'), await videoOf(cem, 'Counsellor')];
    await eventually(() => seen(ada, cemAtAda), (found) => found?.face === 'cem', "cem's picture", 30_000);
    await eventually(() => heard(cem, adaAtCem), (found) => found === 'ada', "ada's tone", 30_000);
    assert.deepEqual(await sending(ben), { packets: 0, open: 0 }, 'of the browser that cannot seal');
    const tags = async () => new Set((await Promise.all([ada, cem].map(begun))).flat().map(({ tag }) => tag));
    /** Whether all of it is sealed by the two. @param {import('./support/capture.js').Packet[]} packets */
    const sealed = async (packets) => {
      const known = await tags();
      const streams = assemble(packets);
      assert.ok(streams.some(({ video, frames }) => video && frames.length > 0) && streams.some(({ video, frames }) => !video && frames.length > 0), 'something was kept');
      return streams.every((stream) => stream.frames.every((frame) => known.has(sealedBy(stream, frame)?.tag ?? -1)));
    };
    const closed = captured(file, from);
    assert.ok(await sealed(closed), 'something came that neither of the two has sealed');
    assert.deepEqual(await recognised(bench, assemble(closed)), { faces: [], tones: [] });

    await handle(ada, 'lock-offer').click();
    await handle(ada, 'lock-open-yes').click();
    await locked('open', ada);
    // Their links were not made in her browser: to them she is a counsellor on the server's word alone.
    await locked('asked', ben, cem);
    await never(() => Promise.all([ben, cem].map(sending)), (all) => all.some(({ open }) => open > 0), 'a connection of who has not agreed', 2_000);
    for (const page of [ben, cem]) await handle(page, 'lock-agree').click();
    await locked('open', ada, ben, cem);
    const opening = captured(file).length;
    await Promise.all(/** @type {const} */ ([[ada, 'Ben', 'ben'], [cem, 'Client', 'ben'], [ben, 'Counsellor', 'ada']]).map(async ([page, name, face]) => {
      await eventually(async () => seen(page, await videoOf(page, name)), (found) => found?.face === face, `${face}'s picture`, 30_000);
      await eventually(async () => heard(page, await videoOf(page, name), 500), (found) => found === face, `${face}'s tone`, 30_000);
    }));
    await eventually(async () => recognised(bench, assemble(captured(file, opening))), ({ faces, tones }) => faces.length === 3 && tones.length === 3, 'the server to recognise everybody', 30_000);

    await handle(ada, 'lock').click();
    await handle(ada, 'lock-close').click();
    await locked('unable', ada, ben, cem);
    await eventually(() => sending(ben), ({ open }) => open === 0, 'no connection of his that is left');
    // What was on the way.
    await new Promise((done) => setTimeout(done, 500));
    const closing = captured(file).length;
    await never(() => sending(ben), ({ open }) => open > 0, 'a connection of the browser that cannot seal', 3_000);
    await eventually(async () => seen(ada, await videoOf(ada, 'Cem')), (found) => found?.face === 'cem', "cem's picture, sealed again", 30_000);
    assert.ok(await sealed(captured(file, closing)), 'something came that neither of the two has sealed');
  });

  test('who comes later opens nothing of before, and who was put back nothing of what follows', async () => {
    const room = await node.roomWith(['--policy', 'gruppe'], 'ada', 'client:Ben', 'companion:Cem');
    const [contextA, contextB, contextC] = await Promise.all([person(chrome, 'ada'), person(chrome, 'ben'), person(chrome, 'cem')]);
    const [ada, ben] = await Promise.all([preside(contextA, room.counsellor_link), arrive(contextB, room.persons[0].link)]);
    const from = captured(file).length;
    await admit(ada);
    await inState(ben, 'call');
    await speak(ben);
    await meet(ada, ben);
    const cem = await arrive(contextC, room.persons[1].link);
    const came = captured(file).length;
    await admit(ada);
    await inState(cem, 'call');
    await speak(cem);
    await eventually(async () => seen(cem, await videoOf(cem, 'Counsellor')), (found) => found?.face === 'ada', "ada's picture", 30_000);
    await eventually(async () => heard(cem, await videoOf(cem, 'Client')), (found) => found === 'ben', "ben's tone", 30_000);

    const before = await Promise.all([ada, ben].map(begun));
    await moderate(ada, 'put-back', 'Cem');
    await inState(cem, 'waiting');
    await eventually(() => Promise.all([ada, ben].map(begun)), (now) => now.every((keys, at) => keys.length > before[at].length), 'another secret of both');
    const his = await learnt(cem);
    assert.ok(his.length > 0);
    // What was sealed before and is on the way.
    await new Promise((done) => setTimeout(done, 1_000));
    const went = captured(file).length;
    await meet(ada, ben);
    const theirs = (await Promise.all([ada, ben].map(begun))).flat();
    assert.deepEqual(await learnt(cem), his, 'who was put back learns nothing more');

    const all = captured(file);
    const part = (/** @type {number} */ since, /** @type {number} */ until) => assemble(all.slice(since, until));
    const count = (/** @type {import('./support/capture.js').Stream[]} */ streams) => streams.reduce((sum, { frames }) => sum + frames.length, 0);
    for (const streams of [part(from, came), part(went, all.length)]) {
      assert.ok(count(streams) > 50, `${count(streams)} frames`);
      assert.equal(count(await opened(streams, his)), 0, 'frames that open with what he was given');
      assert.equal(count(await opened(streams, theirs)), count(streams), 'frames that open with the keys of the two');
    }
    // While he was there they were his to open.
    assert.deepEqual(await recognised(bench, await opened(part(came, went), his)), { faces: ['ada', 'ben'], tones: ['ada', 'ben'] });
  });
});
