// A group of twelve and its counsellor: quiet on entry, hands in their order, the word by turns, and nobody writes to another client.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { house } from '../support/house.js';
import { admit, arrive, handle, hangUp, inState, letIn, preside, speak } from '../support/people.js';
import { eventually, heard, never } from '../support/recognise.js';

/** Made by the load test; the others sit at browsers. */
const CROWD = 10;

describe('a group', () => {
  const service = house();
  const folder = mkdtempSync(join(tmpdir(), 'anteroom-group-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  test('muted on entry; two hands in their order; one after the other has the word; written words reach the counsellor alone', { timeout: 280_000 }, async (t) => {
    const scenario = join(folder, 'group.json');
    writeFileSync(scenario, JSON.stringify({ name: 'group', rooms: 1, persons: CROWD + 1, duration: '150s', sealed: true, sound: { share: 1, talk: 'turns' } }));
    const names = Array.from({ length: CROWD }, (_, n) => `client:Person ${n + 1}`);
    const room = await service.node.roomWith(['--policy', 'gruppe'], 'ada', 'client:Ben', 'client:Cem', ...names);
    const ada = await preside(await service.person('ada'), room.counsellor_link, 'audio');
    const ben = await arrive(await service.person('ben', 'phone'), room.persons[0].link, 'audio');
    const cem = await arrive(await service.person('cem'), room.persons[1].link, 'audio');
    const crowd = service.node.command('loadtest', 'join', '--scenario', scenario, '--json', '-', ...room.persons.slice(2).map(({ link }) => link));
    // It is over when the room is, which is the end of the test.
    void crowd.catch(() => {});
    await letIn(ada, CROWD, /^Person/);
    for (const [page, name] of /** @type {const} */ ([[ben, 'Ben'], [cem, 'Cem']])) {
      await admit(ada, name);
      await inState(page, 'call');
    }
    await eventually(() => handle(ada, 'person').count(), (count) => count === CROWD + 2, 'twelve to be in');

    // whoever comes in is silent, reads so, and nobody else can change it: the counsellor has no way to unmute.
    for (const page of [ben, cem]) {
      await handle(page, 'entered-muted').waitFor();
      assert.equal(await handle(page, 'mic').getAttribute('aria-pressed'), 'false');
    }
    const row = (/** @type {string} */ name) => ada.locator('[data-test="person"]', { has: ada.locator('.panel-name', { hasText: name }) });
    for (const name of ['Ben', 'Cem']) assert.equal(await row(name).locator('[data-test="unmute"]').count(), 0);
    const voice = (/** @type {string} */ person) => `[data-test="tile"][data-person="${person}"] video`;
    const [benId, cemId] = await Promise.all(['Ben', 'Cem'].map((name) => row(name).getAttribute('data-person').then(String)));
    await never(() => heard(ada, voice(benId), 500), (found) => found === 'ben', 'somebody who did not switch his sound on', 1_000);

    // they put up their hands; the counsellor hears it, and reads who was first.
    const raise = async (/** @type {import('playwright-core').Page} */ page) => {
      await handle(page, 'more').click();
      await handle(page, 'hand').click();
      await handle(page, 'own-hand').waitFor();
    };
    await raise(cem);
    const up = Date.now();
    await eventually(() => handle(ada, 'hands').innerText(), (words) => words.includes('Cem'), "Cem's hand");
    t.diagnostic(`a hand is seen ${Date.now() - up} ms after it is up`);
    await raise(ben);
    const order = () => handle(ada, 'hands').locator('li').allInnerTexts();
    await eventually(order, (list) => list.join() === 'Cem,Ben', 'the order of the hands');
    await eventually(() => ada.locator('[data-test="live-polite"]').innerText(), (words) => words.includes('Ben'), 'it to be read out to who does not see it');

    // She gives the word to the first: his hand is down, he switches his sound on himself, and all hear him.
    const giveWord = async (/** @type {string} */ name, /** @type {import('playwright-core').Page} */ page) => {
      await row(name).locator('[data-test="person-more"]').click();
      await row(name).locator('[data-test="lower-hand"]').click();
      await eventually(() => handle(page, 'own-hand').count(), (count) => count === 0, `${name}'s hand to be down`);
      await speak(page);
    };
    await giveWord('Cem', cem);
    await eventually(order, (list) => list.join() === 'Ben', 'the next');
    await eventually(() => heard(ben, voice(cemId)), (found) => found === 'cem', "Cem's voice", 30_000);
    // she takes it back; what he says then reaches nobody.
    await row('Cem').locator('[data-test="mute"]').click();
    await handle(cem, 'muted').waitFor();
    await eventually(() => heard(ben, voice(cemId), 800), (found) => found === null, 'silence after him');
    await giveWord('Ben', ben);
    await eventually(() => heard(cem, voice(benId)), (found) => found === 'ben', "Ben's voice", 30_000);
    assert.equal(await handle(ada, 'hands').count(), 0);

    // clients write to the counsellor and to nobody else; she writes to all.
    const texts = (/** @type {import('playwright-core').Page} */ page) => page.locator('[data-test="message-text"]').allTextContents();
    const write = async (/** @type {import('playwright-core').Page} */ page, /** @type {string} */ text) => {
      if ((await handle(page, 'chat-text').isVisible()) === false) await handle(page, 'chat-button').click();
      await handle(page, 'chat-text').fill(text);
      await handle(page, 'chat-send').click();
    };
    await handle(cem, 'chat-button').click();
    await write(ben, 'Mir geht das zu schnell.');
    await handle(ada, 'chat-button').click();
    await eventually(() => texts(ada), (all) => all.join() === 'Mir geht das zu schnell.', 'what Ben has written');
    const choices = await handle(ben, 'chat-to').locator('option').allInnerTexts();
    assert.ok(!choices.some((choice) => /Cem|Klient/.test(choice)), `Ben may write to ${choices}`);
    await write(ada, 'Wir machen eine Pause.');
    await eventually(() => texts(cem), (all) => all.join() === 'Wir machen eine Pause.', "the counsellor's words, and no others");

    // nobody counts who speaks how long. R-067: it ends for all.
    assert.ok(!/Redezeit|Statistik/i.test(await ada.locator('body').innerText()));
    await hangUp(ada, 'end-all');
    await Promise.all([inState(ben, 'ended'), inState(cem, 'ended')]);
  });
});
