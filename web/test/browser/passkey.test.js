// Passkeys with Chromium's virtual authenticators: one signs in and opens the rooms without the password; one that cannot is not taken.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openChromium } from './support/browsers.js';
import { look } from './support/look.js';
import { handle, inState, signIn } from './support/people.js';
import { eventually } from './support/recognise.js';
import { Node, PASSWORD } from './support/server.js';

/** @typedef {import('playwright-core').Page} Page */

describe('passkeys', () => {
  /** @type {Node} */ let node;
  /** @type {import('playwright-core').Browser} */ let browser;
  before(async () => {
    [node, browser] = await Promise.all([Node.start({ ANTEROOM_SERVICE_NAME: 'Familienberatung Mitte' }), openChromium('ada')]);
  });
  after(async () => {
    await browser?.close();
    await node?.stop();
  });

  /** A counsellor at the account page, whose device is this authenticator, and who has a room with a title. @param {string} name @param {boolean} hasPrf */
  async function counsellor(name, hasPrf) {
    await node.counsellor(name);
    const context = await browser.newContext({ locale: 'de-DE', viewport: { width: 1280, height: 800 } });
    const page = await signIn(context, node.url, name);
    const devtools = await context.newCDPSession(page);
    await devtools.send('WebAuthn.enable');
    const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2', ctap2Version: 'ctap2_1', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, hasPrf,
        automaticPresenceSimulation: true,
      },
    });
    await handle(page, 'new-room').click();
    await handle(page, 'title').fill('Familie M.');
    await handle(page, 'create').click();
    await handle(page, 'copy-link').first().waitFor();
    await handle(page, 'to-account').click();
    return { context, page, devtools, authenticatorId };
  }

  /** @param {Page} page @param {string} name */
  async function add(page, name) {
    await handle(page, 'passkey-add').click();
    await handle(page, 'passkey-name').fill(name);
    await handle(page, 'passkey-password').fill(PASSWORD);
    await handle(page, 'passkey-submit').click();
  }

  test('added with the password, it signs in alone and opens what the rooms have sealed', { timeout: 120_000 }, async () => {
    const { context, page, devtools, authenticatorId } = await counsellor('ada', true);
    const bodies = /** @type {string[]} */ ([]);
    page.on('request', (request) => bodies.push(request.postData() ?? ''));
    await handle(page, 'passkey-add').click();
    await handle(page, 'passkey-password').fill('quite another password');
    await handle(page, 'passkey-submit').click();
    await page.getByText('Das Passwort stimmt nicht.').waitFor();
    const complaints = await look(page, 'b9-passkey-form');
    await handle(page, 'passkey-name').fill('Computer im Büro');
    await handle(page, 'passkey-password').fill(PASSWORD);
    await handle(page, 'passkey-submit').click();
    await handle(page, 'passkey').waitFor();
    assert.match(await handle(page, 'passkey').innerText(), /Computer im Büro/);
    complaints.push(...await look(page, 'b9-passkeys'));
    const { credentials } = await devtools.send('WebAuthn.getCredentials', { authenticatorId });
    assert.equal(credentials.length, 1);
    assert.equal(credentials[0].isResidentCredential, true);

    await add(page, 'Noch einmal');
    await page.getByText('Auf diesem Gerät haben Sie schon einen Passkey').waitFor();

    await handle(page, 'signout').click();
    await handle(page, 'signin-passkey').waitFor();
    complaints.push(...await look(page, 'b1-sign-in-passkey'));
    await handle(page, 'signin-passkey').click();
    await inState(page, 'portal');
    await handle(page, 'passkey').waitFor();
    await handle(page, 'back').click();
    await page.getByText('Familie M.').first().waitFor();
    await page.reload();
    await page.getByText('Familie M.').first().waitFor();
    assert.equal(bodies.some((body) => /prf|results/.test(body)), false, 'what the function gives stays in the browser');

    // Removed, it is refused with words; the password is still good.
    await handle(page, 'to-account').click();
    await handle(page, 'passkey-remove').click();
    await handle(page, 'passkey-remove-yes').click();
    await eventually(() => handle(page, 'passkey').count(), (count) => count === 0, 'the passkey to be gone');
    await handle(page, 'signout').click();
    await handle(page, 'signin-passkey').click();
    await page.getByText('Dieser Passkey gilt hier nicht').waitFor();
    complaints.push(...await look(page, 'b1-passkey-refused'));
    // The device does not know who holds it.
    await devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
    await handle(page, 'signin-passkey').click();
    await page.getByText('Es wurde kein Passkey benutzt.').waitFor();
    await handle(page, 'user').fill('ada');
    await handle(page, 'password').fill(PASSWORD);
    await handle(page, 'signin').click();
    await handle(page, 'to-account').waitFor();
    assert.deepEqual(complaints, []);
    await context.close();
  });

  test('one that cannot open the key is not added', { timeout: 120_000 }, async () => {
    const { context, page } = await counsellor('bea', false);
    await add(page, 'Alter Schlüssel');
    await handle(page, 'passkey-error').waitFor();
    assert.match(await handle(page, 'passkey-error').innerText(), /PRF/);
    assert.deepEqual(await look(page, 'b9-passkey-without-prf'), []);
    await page.reload();
    await handle(page, 'passkey-add').waitFor();
    assert.equal(await handle(page, 'passkey').count(), 0);
    await context.close();
  });

  test('a new password with another key pair ends it; with the same one it goes on', { timeout: 120_000 }, async () => {
    for (const [name, phrased] of /** @type {const} */ ([['cem', true], ['dora', false]])) {
      const { context, page } = await counsellor(name, true);
      await add(page, 'Telefon');
      await handle(page, 'passkey').waitFor();
      let phrase = '';
      if (phrased) {
        await handle(page, 'recovery-make').click();
        await handle(page, 'recovery-password').fill(PASSWORD);
        await handle(page, 'recovery-submit').click();
        await handle(page, 'phrase').waitFor();
        phrase = (await handle(page, 'phrase').locator('li').allInnerTexts()).join(' ');
      }
      const said = await node.command('counsellor', 'reset', name);
      await page.goto(/https?:\/\/\S+\/setup#\S+/.exec(said)?.[0] ?? '');
      await handle(page, 'password').fill('Kran Nebel Tisch Ampel');
      await handle(page, 'password-again').fill('Kran Nebel Tisch Ampel');
      if (phrased) await handle(page, 'phrase-typed').fill(phrase);
      await handle(page, 'create-account').click();
      await inState(page, 'portal');
      await handle(page, 'signout').click();
      await handle(page, 'signin-passkey').click();
      if (phrased) await page.getByText('Familie M.').first().waitFor();
      else await page.getByText('Dieser Passkey gilt hier nicht').waitFor();
      await context.close();
    }
  });
});
