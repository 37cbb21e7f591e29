// A school counsellor speaks with a pupil whose parents have agreed on paper: what the school has decided is closed, and looks so.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { house } from '../support/house.js';
import { admit, begin, copied, handle, hangUp, inState, plan, signIn, videoOf } from '../support/people.js';
import { eventually, seen } from '../support/recognise.js';
import { locked, unable } from '../support/workers.js';

describe('a school', () => {
  const service = house({ env: { ANTEROOM_SERVICE_NAME: 'Schulberatung Nord' } });

  test('the rules are locks; the parents’ paper opens the door; encrypted or not at all; once, and by the teacher alone', { timeout: 280_000 }, async () => {
    const ada = await signIn(await service.person('ada'), service.node.url, 'ada');

    // S4's list is closed, and said: the waiting room, one conversation for a room (R-010), one who leads (R-063), nobody else's screen, encrypted without exception (P-11).
    await handle(ada, 'new-room').click();
    await handle(ada, 'policy-schule').check();
    const shut = ada.locator('[data-test="rules"] .rule-shut');
    for (const said of ['Der Warteraum ist immer an.', 'Alle stimmen zu', 'Nur Sie leiten das Gespräch.', 'Nur die Beratung kann einen Bildschirm zeigen.', 'Davon gibt es keine Ausnahme.', 'können einander nicht schreiben', 'wartet danach wieder', 'Der Raum bleibt nicht offen']) {
      await shut.filter({ hasText: said }).waitFor();
    }
    assert.equal(await handle(ada, 'kind-series').count(), 0);
    await handle(ada, 'kind-locked').waitFor();
    assert.equal(await handle(ada, 'role').locator('option[value="co-counsellor"]').count(), 0);
    await ada.getByText('Abbrechen').click();

    // Initials stand for the pupil; the parents' consent is there on paper (R-103), the other pupil is asked himself.
    await plan(ada, { policy: 'schule', guests: [{ label: 'K. M.', written: true }, { label: 'B. S.' }] });
    const [link, link2] = await copied(ada, 2);
    assert.ok(!(await service.node.command('room', 'list')).toString().includes('K. M.'), 'initials are sealed, too');
    await begin(ada);
    await handle(ada, 'share-locked').waitFor();

    // K. is not asked again: from the first page straight to picture and sound.
    const first = await service.person('ben', 'phone');
    const kim = await first.newPage();
    await kim.goto(link);
    await handle(kim, 'continue').click();
    await handle(kim, 'media-av').waitFor();
    assert.equal(await handle(kim, 'consent-yes').count(), 0);
    await handle(kim, 'media-av').click();
    await inState(kim, 'waiting');
    await ada.locator('[data-test="waiting-item"]', { hasText: 'K. M.' }).getByText('Einwilligung liegt schriftlich vor').waitFor();
    await admit(ada, 'K. M.');
    await inState(kim, 'call');
    const video = await videoOf(ada, 'K. M.');
    await eventually(() => seen(ada, video), (found) => found?.face === 'ben', "the pupil's picture", 30_000);
    assert.equal((await ada.locator('.plate', { hasText: 'K. M.' }).innerText()).includes('K. M.'), true);
    // P-11: with link and account it is verified at once, and nothing less would do.
    await locked('protected', ada, kim);

    // A browser that cannot encrypt does not come in, and says where it goes on; nothing of it is sent.
    const old = await service.person('cem');
    await unable(old);
    const cannot = await old.newPage();
    await cannot.goto(link2);
    await handle(cannot, 'unsuitable').waitFor();
    assert.equal(await handle(ada, 'waiting-item').count(), 0);

    // the teacher alone leads: no button makes another a leader or invites a colleague, and the pupil has none for anything of the kind.
    await ada.locator('[data-test="person"]', { hasText: 'K. M.' }).locator('[data-test="person-more"]').click();
    assert.equal(await ada.locator('[data-test="promote"]').count(), 0);
    await ada.keyboard.press('Escape');
    for (const button of ['admit', 'hold', 'mute-all', 'share-rule', 'add-person']) assert.equal(await handle(kim, button).count(), 0, button);

    // who goes out waits again, on the same device too.
    await handle(kim, 'hangup').click();
    await handle(kim, 'rejoin').click();
    await inState(kim, 'waiting');
    await admit(ada, 'K. M.');
    await inState(kim, 'call');

    // the room was for once. Afterwards neither link opens anything, nor is there anything in the list of rooms.
    await hangUp(ada, 'end-all');
    await inState(kim, 'ended');
    await handle(ada, 'to-list').click();
    await handle(ada, 'new-room').waitFor();
    await eventually(() => handle(ada, 'start').count(), (count) => count === 0, 'no room to be left');
    for (const gone of [link, link2]) {
      const late = await first.newPage();
      await late.goto(gone);
      await handle(late, 'link-invalid').waitFor();
    }
  });
});
