// A job centre invites by letter: a code that is typed, an identity card that nobody else sees, a form that is shown when it was asked for.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { syntheticScreen } from '../support/browsers.js';
import { house } from '../support/house.js';
import { admit, arrive, begin, copied, handle, hangUp, inState, moderate, plan, signIn, videoOf } from '../support/people.js';
import { eventually, heard, never, seen } from '../support/recognise.js';

describe('a job centre', () => {
  const service = house({ env: { ANTEROOM_SERVICE_NAME: 'Jobcenter Mitte', ANTEROOM_SERVICE_PHONE: '030 123456' } });

  test('a letter, a code, a card that the counsellor alone sees, a form on request, and the receipt', { timeout: 280_000 }, async (t) => {
    const [office, home, helper] = [await service.person('ada'), await service.person('ben', 'phone'), await service.person('cem')];
    await syntheticScreen(home, 'eva');

    // The counsellor plans the appointment, for a client and for somebody who helps him, and prints the client's letter.
    const ada = await signIn(office, service.node.url, 'ada');
    await plan(ada, { policy: 'jobcenter', guests: [{ label: 'Aktenzeichen 4711' }, { label: 'Frau C., Betreuerin', role: 'companion' }] });
    const [link, link2] = await copied(ada, 2);
    await ada.evaluate(() => { window.print = () => {}; });
    await handle(ada, 'print').first().click();

    // the letter has the service and its telephone number, a picture of the link, and a code for who has only a keyboard; and nothing about the person.
    const letter = await ada.locator('.letter').textContent();
    for (const said of ['Jobcenter Mitte', '030 123456', `${new URL(service.node.url).host}/code`]) assert.ok(letter?.includes(said), `the letter says ${said}: ${letter}`);
    assert.ok(!letter?.includes('4711'), 'the letter names nobody');
    assert.equal(await ada.locator('.letter svg').count() > 0, true, 'a picture of the link');
    const code = (await handle(ada, 'letter-code').textContent()) ?? '';
    await ada.evaluate(() => void window.dispatchEvent(new Event('afterprint')));
    await begin(ada);

    // he types it, and nothing else is asked of him: no name, no mail address, no password.
    const ben = await home.newPage();
    await ben.goto(`${service.node.url}/code`);
    await handle(ben, 'code').fill(code.toLowerCase());
    await handle(ben, 'code-go').click();
    await handle(ben, 'continue').waitFor();
    assert.equal(await ben.locator('input').count(), 0, 'nothing to fill in');
    // whom to call stands on every page.
    const number = async (/** @type {string} */ where) => assert.match(await ben.locator('body').innerText(), /030\s123456/, where);
    await number('the first page');
    await handle(ben, 'continue').click();
    // that he need not, and what he agrees to, before anything is switched on.
    await handle(ben, 'consent-yes').waitFor();
    await number('the consent');
    assert.match(await ben.locator('main').innerText(), /freiwillig/);
    await handle(ben, 'consent-yes').click();
    await handle(ben, 'media-av').click();
    await inState(ben, 'waiting');
    await number('the waiting room');
    assert.match(await handle(ben, 'waiting').innerText(), /Hier kann Sie niemand sehen oder hören/);

    // The counsellor reads whom she has invited, and that he has agreed. Nobody comes in before she says so.
    const entry = ada.locator('[data-test="waiting-item"]', { hasText: 'Aktenzeichen 4711' });
    await entry.getByText('Einwilligung').first().waitFor();
    assert.equal(await handle(ben, 'tile').count(), 0);
    await admit(ada, 'Aktenzeichen 4711');
    await inState(ben, 'call');
    const cem = await arrive(helper, link2);
    await admit(ada, 'Frau C.');
    await inState(cem, 'call');
    // Nobody passes his link on: there is no way to invite from a client's page.
    assert.equal(await handle(ben, 'add-person').count(), 0);
    const benAtAda = await videoOf(ada, 'Aktenzeichen 4711');
    const benAtCem = await videoOf(cem, 'Klient');
    for (const [page, video] of /** @type {const} */ ([[ada, benAtAda], [cem, benAtCem]])) await eventually(() => seen(page, video), (found) => found?.face === 'ben', "the client's picture", 30_000);

    // he shows his identity card to the counsellor, and to nobody else; he reads so, and he alone ends it. He is still heard by all.
    await moderate(ada, 'reserve-video', 'Aktenzeichen 4711');
    const reserved = Date.now();
    await handle(ben, 'reserved').getByText('Nur Ihre Beratung sieht Ihr Bild').waitFor();
    await eventually(() => seen(cem, benAtCem), (found) => found === null, 'his picture to be gone for the other');
    t.diagnostic(`not seen by the third ${Date.now() - reserved} ms after`);
    await eventually(() => seen(ada, benAtAda), (found) => found?.face === 'ben', 'the counsellor to see him');
    await never(() => seen(cem, benAtCem), (found) => found !== null, 'a picture that is not for her', 1_000);
    await eventually(() => heard(cem, benAtCem), (found) => found === 'ben', 'his tone');
    await handle(ben, 'show-to-all').click();
    await eventually(() => seen(cem, benAtCem), (found) => found?.face === 'ben', 'his picture, for all again');

    // he wants to show a form. He cannot before she allows it; then he is reminded what else is on his screen.
    await handle(ben, 'more').click();
    await handle(ben, 'share').click();
    assert.equal(await handle(ben, 'share-go').count(), 0, 'not yet');
    await ben.keyboard.press('Escape');
    await handle(ada, 'share-rule').click();
    await handle(ben, 'share-allowed').waitFor();
    await handle(ben, 'more').click();
    await handle(ben, 'share').click();
    await handle(ben, 'share-go').click();
    await handle(ben, 'sharing').waitFor();
    const shown = '[data-test="tile"][data-source="screen"] video';
    await eventually(() => seen(ada, shown), (found) => found?.face === 'eva', 'the form', 30_000);
    await handle(ada, 'share-rule').click();
    await eventually(() => handle(ben, 'sharing').count(), (count) => count === 0, 'the form to be put away when the counsellor no longer allows it');

    // she ends it for all. Both read what was deleted, and the code of the letter leads nowhere.
    await hangUp(ada, 'end-all');
    const ended = Date.now();
    await Promise.all([handle(ada, 'receipt').waitFor(), ...[ben, cem].map((page) => handle(page, 'deleted').waitFor())]);
    t.diagnostic(`deleted, and proven, ${Date.now() - ended} ms after the end`);
    assert.ok(Date.now() - ended < 5_000);
    await number('the end');
    await handle(ben, 'receipt-show').click();
    await handle(ben, 'receipt').getByText('Klient/in: 1').waitFor();
    const late = await home.newPage();
    await late.goto(`${service.node.url}/code`);
    await handle(late, 'code').fill(code);
    await handle(late, 'code-go').click();
    await late.locator('.field-error').waitFor();
    await late.goto(link);
    await handle(late, 'link-invalid').waitFor();
  });

});
