// What people may call themselves, as the room's policy has it: who waits is asked for that, types no more than that, and is called so by the others.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openChromium } from './support/browsers.js';
import { look } from './support/look.js';
import { admit, arrive, handle, inState, preside, signIn } from './support/people.js';
import { eventually } from './support/recognise.js';
import { Node } from './support/server.js';

describe('names', () => {
  /** @type {Node} */ let node;
  /** @type {import('playwright-core').Browser} */ let chrome;
  before(async () => {
    node = await Node.start();
    await node.counsellor('ada');
    chrome = await openChromium('ada');
  });
  after(async () => {
    await chrome?.close();
    await node?.stop();
  });

  test('a school asks for initials and takes no more; the others read them', { timeout: 200_000 }, async () => {
    const context = await chrome.newContext({ locale: 'de-DE' });
    const room = await node.roomWith(['--policy', 'schule'], 'ada', 'client:', 'client:');
    const ada = await preside(context, room.counsellor_link, 'audio');
    const ben = await arrive(await chrome.newContext({ locale: 'de-DE' }), room.persons[0].link, 'audio');
    const asked = handle(ben, 'own-name');
    assert.equal(await asked.innerText(), 'Meine Anfangsbuchstaben');
    await asked.click();
    await handle(ben, 'name-field').fill('Benjamin');
    await handle(ben, 'name-save').click();
    await ben.locator('.field-error').waitFor();
    assert.match(await ben.locator('.field-error').innerText(), /höchstens vier Buchstaben/);
    assert.deepEqual(await look(ben, 'names-initials'), []);
    await handle(ben, 'name-field').fill('B. M.');
    await handle(ben, 'name-save').click();
    await handle(ben, 'called-now').getByText('B. M.').waitFor();
    assert.deepEqual(await look(ben, 'names-waiting'), []);
    await admit(ada);
    await inState(ben, 'call');
    await eventually(() => ada.locator('.plate').allInnerTexts(), (plates) => plates.some((plate) => plate.includes('B. M.')), 'the initials at the counsellor');
    await ada.close();
    await ben.close();
  });

  test('where people are to be protected nobody is asked, waiting or in the call', { timeout: 120_000 }, async () => {
    const room = await node.roomWith(['--policy', 'schutz'], 'ada', 'client:');
    const ada = await preside(await chrome.newContext({ locale: 'de-DE' }), room.counsellor_link, 'audio', room.counsellor_pin);
    const ben = await arrive(await chrome.newContext({ locale: 'de-DE' }), room.persons[0].link, 'audio', room.persons[0].pin);
    await handle(ben, 'company-alone').waitFor();
    assert.equal(await handle(ben, 'own-name').count(), 0);
    await admit(ada);
    await inState(ben, 'call');
    await handle(ben, 'more').click();
    await handle(ben, 'withdraw').waitFor();
    assert.equal(await handle(ben, 'own-name').count(), 0);
    await handle(ada, 'more').click();
    await handle(ada, 'own-name').waitFor(); // who counsels is called as she likes
  });

  test('the form says beside the label what fits, by the rules that are chosen', { timeout: 120_000 }, async () => {
    const ada = await signIn(await chrome.newContext({ locale: 'de-DE' }), node.url, 'ada');
    await handle(ada, 'new-room').click();
    const hint = handle(ada, 'label-hint');
    for (const [policy, words] of Object.entries({ schule: 'genügen Anfangsbuchstaben', jobcenter: 'ein Name oder ein Aktenzeichen', gruppe: 'genügt der Vorname', schutz: 'besser eine Notiz als einen Namen' })) {
      await handle(ada, `policy-${policy}`).check();
      await hint.getByText(words).waitFor();
    }
    assert.deepEqual(await look(ada, 'names-form'), []);
    await handle(ada, 'policy-erziehungsberatung').check();
    assert.match(await hint.innerText(), /^Am Namen erkennen Sie/);
  });
});
