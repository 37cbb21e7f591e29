// A co-counsellor who comes by a link: he speaks for the room as its owner does, also when she is gone; and what the server was sent and keeps opens nothing.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { fromBase64url, toBase64url } from '../../static/e2ee/bytes.js';
import { linkE2ee, unwrapByLink } from '../../static/e2ee/keys.js';
import { openChromium, syntheticDevices } from './support/browsers.js';
import { admit, arrive, begin, copied, copies, handle, hangUp, inState, plan, preside, signIn } from './support/people.js';
import { Node } from './support/server.js';
import { locked, locks, locksKept } from './support/workers.js';

/** @typedef {import('playwright-core').Page} Page */

describe('a co-counsellor by a link', () => {
  /** @type {Node} */ let node;
  /** @type {import('playwright-core').Browser} */ let browser;
  /** All that went between pages and server. @type {string[]} */
  const passed = [];
  before(async () => {
    [node, browser] = await Promise.all([Node.start(), openChromium('ada')]);
    await node.counsellor('ada');
  });
  after(async () => {
    await browser?.close();
    await node?.stop();
  });

  /** @param {keyof typeof import('./support/media.js').FACES} face */
  async function person(face) {
    const context = await browser.newContext();
    await Promise.all([locksKept(context), syntheticDevices(context, face)]);
    context.on('page', (page) => page.on('websocket', (socket) => {
      for (const event of /** @type {const} */ (['framesent', 'framereceived'])) socket.on(/** @type {any} */ (event), (/** @type {any} */ { payload }) => passed.push(String(payload)));
    }));
    context.on('request', (request) => passed.push(request.url(), request.postData() ?? ''));
    context.on('response', async (response) => response.url().includes('/api/') && passed.push(await response.text().catch(() => '')));
    await copies(context);
    return context;
  }

  /** Makes a room at the portal for these and enters it. @param {[string, string][]} guests label and role */
  async function roomFor(...guests) {
    const page = await signIn(await person('ada'), node.url, 'ada');
    await plan(page, { guests: guests.map(([label, role]) => ({ label, role })) });
    const links = await copied(page, guests.length);
    await begin(page);
    return { page, links };
  }

  /** Files of the node's state. @param {string} folder @returns {Buffer[]} */
  const kept = (folder) => readdirSync(folder, { withFileTypes: true, recursive: true }).filter((one) => one.isFile()).map((one) => readFileSync(join(one.parentPath, one.name)));

  test('three locks say protected; he lets in another one alone, after a reload too; the server has no secret of it', async () => {
    const { page: ada, links } = await roomFor(['Cem K.', 'co-counsellor'], ['Ben M.', 'client'], ['Eva S.', 'client'], ['Dan T.', 'client']);
    const [cem, ben] = [await preside(await person('ben'), links[0]), await arrive(await person('ben'), links[1])];
    await locked('protected', ada, cem);
    await admit(ada, 'Ben M.');
    await inState(ben, 'call');
    await locked('protected', ada, cem, ben);

    await hangUp(ada, 'leave');
    const eva = await arrive(await person('ben'), links[2]);
    // By the label, which is sealed with the room's secret.
    await admit(cem, 'Eva S.');
    await inState(eva, 'call');
    await locked('protected', cem, ben, eva);

    await cem.reload();
    await inState(cem, 'call');
    await locked('protected', cem, ben, eva);
    const dan = await arrive(await person('ben'), links[3]);
    await admit(cem, 'Dan T.');
    await inState(dan, 'call');
    await locked('protected', cem, ben, eva, dan);

    await handle(ada, 'rejoin').click();
    await inState(ada, 'call');
    await locked('protected', ada, cem, ben, eva, dan);
    const others = (await Promise.all([cem, ben, eva, dan].map(locks))).flat().filter((state) => !['alone', 'pending', 'protected'].includes(state));
    assert.deepEqual(others, []);

    const secrets = links.map((link) => link.split('#')[1]);
    const wrapped = passed.flatMap((text) => [...text.matchAll(/"wrapped_secret":"([\w-]{80})"/g)].map(([, found]) => found));
    assert.ok(wrapped.length > 0);
    const room = await unwrapByLink(wrapped[0], secrets[0]);
    const halves = await Promise.all(secrets.map(linkE2ee));
    const all = [room, ...secrets.map((secret) => fromBase64url(secret)), ...halves];
    const files = kept(node.state);
    assert.ok(passed.length > 100 && files.length > 1);
    for (const [n, secret] of all.entries()) {
      for (const form of [Buffer.from(secret), ...[toBase64url(secret), Buffer.from(secret).toString('base64').replace(/=+$/, ''), Buffer.from(secret).toString('hex')].map((text) => Buffer.from(text))]) {
        assert.ok(!files.some((file) => file.includes(form)), `secret ${n} is kept`);
        assert.ok(!passed.some((text) => text.includes(form.toString())), `secret ${n} was sent`);
      }
    }
  });
});
