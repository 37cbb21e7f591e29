// A room of fourteen: two people in browsers, twelve made by the load test, whose pictures and voices a browser shows and hears.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openChromium } from './support/browsers.js';
import { film } from './support/film.js';
import { admit, arrive, handle, inState, letIn, preside } from './support/people.js';
import { eventually, seen } from './support/recognise.js';
import { Node } from './support/server.js';

const CROWD = 12;

describe('a room of fourteen', () => {
  /** @type {Node} */ let node;
  /** @type {import('playwright-core').Browser} */ let chromeA;
  /** @type {import('playwright-core').Browser} */ let chromeB;
  /** @type {string} */ let folder;
  before(async () => {
    node = await Node.start();
    [chromeA, chromeB] = await Promise.all([openChromium('ada'), openChromium('ben')]);
    await node.counsellor('ada');
    folder = mkdtempSync(join(tmpdir(), 'anteroom-crowd-'));
  });
  after(async () => {
    await Promise.all([chromeA?.close(), chromeB?.close()]);
    await node?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('nine tiles a page, everybody seen, the voices heard; it ends for all', { timeout: 180000 }, async () => {
    const picture = join(folder, 'film.ivf');
    const scenario = join(folder, 'crowd.json');
    writeFileSync(picture, await film(chromeA, node.url, 'cem', 2));
    writeFileSync(scenario, JSON.stringify({
      name: 'crowd', rooms: 1, persons: CROWD + 1, duration: '20s', view: 'grid', sealed: true, sound: { share: 1, talk: 'turns' },
      camera: { share: 1, frame_rate: 10, packet: 1100, layers: [{ lines: 180, bitrate: 150000 }] },
    }));
    const names = Array.from({ length: CROWD }, (_, n) => `client:Person ${n + 1}`);
    const room = await node.room('ada', 'client:Ben', ...names);
    const ada = await preside(await chromeA.newContext({ viewport: { width: 1280, height: 800 } }), room.counsellor_link);
    const ben = await arrive(await chromeB.newContext({ viewport: { width: 1280, height: 800 } }), room.persons[0].link);
    await admit(ada);
    await inState(ben, 'call');
    const crowd = node.command('loadtest', 'join', '--scenario', scenario, '--picture', picture, '--json', '-', ...room.persons.slice(1).map(({ link }) => link));
    await letIn(ada, CROWD);

    // Ben has two pages; on both every picture is somebody's.
    await handle(ben, 'page-next').waitFor();
    const others = () => ben.evaluate(() => [...document.querySelectorAll('[data-test="tile"]:not([data-self])')].filter((tile) => tile.checkVisibility()).map((tile) => /** @type {HTMLElement} */ (tile).dataset.person));
    const shown = new Set();
    for (const page of ['first', 'second']) {
      if (page === 'second') await ben.keyboard.press('ArrowRight');
      const people = await eventually(others, (list) => list.length > 0 && (page === 'first' || !list.some((person) => shown.has(person))), `the ${page} page`);
      assert.ok(people.length <= 8, `${people.length} others on a page`);
      for (const person of people) {
        shown.add(person);
        await eventually(() => seen(ben, `[data-test="tile"][data-person="${person}"] video`), (found) => found !== null && ['ada', 'cem'].includes(found.face), `the picture of ${person}`, 30000);
      }
    }
    assert.equal(shown.size, CROWD + 1, 'people that Ben has seen');

    const result = JSON.parse(/** @type {string} */ (await crowd));
    assert.equal(result.joined, CROWD);
    assert.equal(result.total.packets_strange > 0, true, 'the browsers\' own pictures and voices reached the crowd');
    assert.ok(result.figures.loss < 0.01, `${result.figures.loss} of the packets were lost`);
    await Promise.all([ada.context().close(), ben.context().close()]);
  });
});
