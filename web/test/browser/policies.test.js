// What a counselling service has decided about its rooms: counsellors choose among its policies, read what they mean, and find locks in the call
// where they would look for a button.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openChromium } from './support/browsers.js';
import { look } from './support/look.js';
import { handle, office, signIn } from './support/people.js';
import { Node } from './support/server.js';

const own = `
offered: [beratung, schulsozialarbeit]
policies:
  beratung:
    base: erziehungsberatung
    title: Beratung
    reentry: 5m
    share: counsellors
    consent_text:
      de: |
        Das Gespräch mit uns ist freiwillig.
        Sie haben keine Nachteile, wenn Sie lieber anrufen.

        Nichts wird aufgenommen, auch nicht <b>heimlich</b>.
  schulsozialarbeit: {base: schule, title: Schulsozialarbeit, end_after: 3m}
`;

describe('policies', () => {
  /** @type {Node} */ let node;
  /** @type {import('playwright-core').Browser} */ let browser;
  const folder = mkdtempSync(join(tmpdir(), 'anteroom-policies-'));
  before(async () => {
    const file = join(folder, 'policies.yaml');
    writeFileSync(file, own);
    [node, browser] = await Promise.all([Node.start({ ANTEROOM_SERVICE_NAME: 'Familienberatung Mitte', ANTEROOM_POLICIES: file }), openChromium('ada')]);
    await node.counsellor('ada');
  });
  after(async () => {
    await browser?.close();
    await node?.stop();
    rmSync(folder, { recursive: true });
  });

  /** @param {{ width: number, height: number }} [viewport] */
  const context = (viewport = { width: 1280, height: 800 }) => browser.newContext({ locale: 'de-DE', viewport });

  test('the form names the service’s rules, and what they close cannot be chosen', { timeout: 120_000 }, async () => {
    const page = await signIn(await context(), node.url, 'ada');
    await handle(page, 'new-room').click();
    const rules = handle(page, 'rules');
    await rules.waitFor();
    assert.equal(await rules.getAttribute('data-policy'), 'beratung');
    await rules.getByText('5 Minuten lang zurückkommen').waitFor();
    await rules.getByText('Wer im Gespräch ist, kann allen schreiben.').waitFor();
    await handle(page, 'kind-series').check();
    await handle(page, 'role').selectOption('co-counsellor');

    await handle(page, 'policy-schulsozialarbeit').check();
    await rules.getByText('„Schulsozialarbeit“, von Ihrer Einrichtung festgelegt:').waitFor();
    await rules.getByText('Klientinnen und Klienten können einander nicht schreiben, nur der Beratung.').waitFor();
    await rules.getByText('Wer hinausgeht, wartet danach wieder').waitFor();
    assert.equal(await handle(page, 'kind-series').count(), 0, 'no second session to choose');
    await handle(page, 'kind-locked').getByText('Von Ihrer Einrichtung festgelegt').waitFor();
    await handle(page, 'create').click();
    await page.getByText('Nach den gewählten Regeln leiten nur Sie das Gespräch.').waitFor();
    await handle(page, 'role').selectOption('client');
    await page.getByText('Nach den gewählten Regeln leiten nur Sie das Gespräch.').waitFor({ state: 'detached' });
    assert.equal(await handle(page, 'role').locator('option[value="co-counsellor"]').count(), 0, 'no colleague to choose');
    assert.deepEqual(await look(page, 'b3-policies'), []);
    await handle(page, 'create').click();
    await handle(page, 'copy-link').first().waitFor();
    assert.match(await node.command('room', 'list'), / once +schulsozialarbeit /);
    await handle(page, 'rules').getByText('„Schulsozialarbeit“, von Ihrer Einrichtung festgelegt:').waitFor();
    assert.deepEqual(await look(page, 'b4-policies'), []);
    await handle(page, 'add-person').click();
    assert.equal(await handle(page, 'role').locator('option[value="co-counsellor"]').count(), 0, 'no colleague to choose later');
    await page.context().close();
  });

  test('people agree in the words of the service, and in those of the pages where it has none', { timeout: 120_000 }, async () => {
    const room = await node.roomWith(['--policy', 'beratung'], 'ada', 'client:Ben');
    for (const { lang, look: name, viewport } of [
      { lang: 'de-DE', look: 'c3-own-words', viewport: { width: 390, height: 844 } }, { lang: 'de-DE', look: '', viewport: { width: 1280, height: 800 } }, { lang: 'en-GB', look: '', viewport: { width: 390, height: 844 } },
    ]) {
      const own = await browser.newContext({ locale: lang, viewport });
      const page = await own.newPage();
      await page.goto(room.persons[0].link);
      await page.locator('#language').selectOption(lang.slice(0, 2));
      await handle(page, 'continue').click();
      await handle(page, 'consent-yes').waitFor();
      assert.equal(await handle(page, 'consent-own').count(), lang === 'de-DE' ? 1 : 0);
      if (lang === 'de-DE') {
        assert.deepEqual(await handle(page, 'consent-own').locator('p').allTextContents(), ['Das Gespräch mit uns ist freiwillig.\nSie haben keine Nachteile, wenn Sie lieber anrufen.', 'Nichts wird aufgenommen, auch nicht <b>heimlich</b>.']);
        await page.locator('#language').selectOption('de-x-du');
        await handle(page, 'consent-own').getByText('Das Gespräch mit uns').waitFor();
      }
      if (name) assert.deepEqual(await look(page, name), []);
      await own.close();
    }
  });

  test('in the call a lock with words stands where the switch would be', { timeout: 120_000 }, async () => {
    for (const policy of ['beratung', 'schulsozialarbeit']) {
      const { page } = await office(await context(), node, 'ada', { policy });
      await handle(page, 'share-locked').getByText('Nur die Beratung zeigt einen Bildschirm').waitFor();
      await handle(page, 'share-locked').getByText('Von Ihrer Einrichtung festgelegt').waitFor();
      assert.equal(await handle(page, 'share-rule').count(), 0);
      await handle(page, 'lock').click();
      await handle(page, 'lock-dialog').waitFor();
      assert.equal(await handle(page, 'lock-never').count(), policy === 'schulsozialarbeit' ? 1 : 0);
      if (policy === 'schulsozialarbeit') assert.deepEqual(await look(page, 'b6-policies'), []);
      await page.context().close();
    }
  });
});
