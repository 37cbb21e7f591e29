// What the counsellor's buttons do to the other side's picture and sound, and what reconnects and second devices do to a seat.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openChromium } from './support/browsers.js';
import { admit, arrive, handle, hangUp, inState, otherVideo, preside, tiles } from './support/people.js';
import { eventually, heard, never, seen } from './support/recognise.js';
import { Node } from './support/server.js';

describe('the counsellor moderates', () => {
  /** @type {Node} */ let node;
  /** @type {import('playwright-core').Browser} */ let chromeA;
  /** @type {import('playwright-core').Browser} */ let chromeB;
  before(async () => {
    [node, chromeA, chromeB] = await Promise.all([Node.start(), openChromium('ada'), openChromium('ben')]);
    await node.counsellor('ada');
  });
  after(async () => {
    await Promise.all([chromeA?.close(), chromeB?.close()]);
    await node?.stop();
  });

  /** A running call of ada and ben. */
  async function call() {
    const room = await node.room('ada', 'client:Ben');
    const contextA = await chromeA.newContext();
    const contextB = await chromeB.newContext();
    const ada = await preside(contextA, room.counsellor_link);
    const ben = await arrive(contextB, room.persons[0].link);
    await admit(ada);
    await inState(ben, 'call');
    const videoOfBen = await otherVideo(ada);
    const videoOfAda = await otherVideo(ben);
    await eventually(() => seen(ada, videoOfBen), (found) => found?.face === 'ben', "ben's picture");
    await eventually(() => seen(ben, videoOfAda), (found) => found?.face === 'ada', "ada's picture");
    return { room, ada, ben, videoOfAda, videoOfBen, contextA, contextB, close: () => Promise.all([contextA.close(), contextB.close()]) };
  }

  test('mute one: silent at once, and only the person himself can speak again', async () => {
    const { ada, ben, videoOfBen, close } = await call();
    await eventually(() => heard(ada, videoOfBen), (found) => found === 'ben', "ben's tone");
    await handle(ada, 'mute').first().click();
    await eventually(() => handle(ben, 'mic').getAttribute('aria-pressed'), (pressed) => pressed === 'false', "ben's own button to say off");
    await eventually(() => heard(ada, videoOfBen), (found) => found === null, 'silence');
    await handle(ben, 'mic').click();
    await eventually(() => heard(ada, videoOfBen), (found) => found === 'ben', "ben's tone again");
    await close();
  });

  test('hold: the client sees the hold screen and hears nothing; going on brings picture and sound back', async () => {
    const { ada, ben, videoOfAda, close } = await call();
    await handle(ada, 'hold').click();
    await inState(ben, 'held');
    await eventually(() => heard(ben, videoOfAda, 800), (found) => found === null, 'silence on hold');
    await handle(ada, 'hold').click();
    await inState(ben, 'call');
    await eventually(() => seen(ben, videoOfAda), (found) => found?.face === 'ada', "ada's picture again");
    await eventually(() => heard(ben, videoOfAda), (found) => found === 'ada', "ada's tone again");
    await close();
  });

  test('put back: the person waits again and needs a new admission', async () => {
    const { ada, ben, close } = await call();
    await handle(ada, 'put-back').first().click();
    await inState(ben, 'waiting');
    await admit(ada);
    await inState(ben, 'call');
    const video = await otherVideo(ada);
    await eventually(() => seen(ada, video), (found) => found?.face === 'ben', "ben's picture after the second admission");
    await close();
  });

  test('remove: the link is dead, also after a reload', async () => {
    const { ada, ben, room, contextB, close } = await call();
    await handle(ada, 'remove').first().click();
    await handle(ada, 'remove-yes').click();
    await inState(ben, 'removed');
    const again = await contextB.newPage();
    await again.goto(room.persons[0].link);
    await inState(again, 'link-revoked', 'link-invalid');
    assert.deepEqual(await eventually(() => tiles(ada), (list) => list.length <= 1, "ben's tile to be gone").then((list) => list.length), 1);
    await close();
  });

  test('decline: outside, told so, and may knock again', async () => {
    const room = await node.room('ada', 'client:Ben');
    const contextA = await chromeA.newContext();
    const contextB = await chromeB.newContext();
    const ada = await preside(contextA, room.counsellor_link);
    const ben = await arrive(contextB, room.persons[0].link);
    await handle(ada, 'waiting-item').waitFor();
    await handle(ada, 'decline').click();
    await inState(ben, 'declined');
    await handle(ben, 'knock').click({ timeout: 20000 });
    await inState(ben, 'waiting');
    await admit(ada);
    await inState(ben, 'call');
    await Promise.all([contextA.close(), contextB.close()]);
  });

  test('the counsellor hangs up: the room pauses at once; she returns and it goes on', async () => {
    const { ada, ben, room, contextA, videoOfAda, close } = await call();
    await hangUp(ada, 'leave');
    await inState(ben, 'paused');
    const again = await preside(contextA, room.counsellor_link);
    await inState(ben, 'call');
    const video = await otherVideo(ben);
    await eventually(() => seen(ben, video), (found) => found?.face === 'ada', "ada's picture");
    assert.ok(again && videoOfAda);
    await close();
  });

  test('a reload keeps the seat; a second tab of the same device takes it over; another device waits', async () => {
    const { ada, ben, room, contextB, close } = await call();
    await ben.reload();
    await inState(ben, 'call');
    const video = await otherVideo(ada);
    await eventually(() => seen(ada, video), (found) => found?.face === 'ben', "ben's picture after the reload");

    const other = await chromeB.newContext();
    const second = await arrive(other, room.persons[0].link);
    await eventually(() => handle(ada, 'waiting-item').getAttribute('data-other-device'), (value) => value === 'true', 'the mark: same link, other device');
    await inState(ben, 'call');
    await admit(ada);
    await inState(second, 'call');
    await inState(ben, 'replaced');
    await other.close();
    await contextB.close();
    await close();
  });
});

describe('a mapping that is acknowledged late', () => {
  test('never shows a face under another name', async () => {
    // Three people; the client's acknowledgements of new mappings are held back for 2 s in his page.
    const [node, chromeA, chromeB, chromeC] = await Promise.all([Node.start(), openChromium('ada'), openChromium('ben'), openChromium('cem')]);
    try {
      await node.counsellor('ada');
      const room = await node.room('ada', 'client:Ben', 'companion:Cem');
      const contextB = await chromeB.newContext();
      await contextB.addInitScript(() => {
        const send = WebSocket.prototype.send;
        WebSocket.prototype.send = function (data) {
          if (typeof data === 'string' && data.includes('"slots_ack"')) setTimeout(() => send.call(this, data), 2000);
          else send.call(this, data);
        };
      });
      const ada = await preside(await chromeA.newContext(), room.counsellor_link);
      const ben = await arrive(contextB, room.persons[0].link);
      await admit(ada);
      await inState(ben, 'call');
      const cem = await arrive(await chromeC.newContext(), room.persons[1].link);
      await admit(ada);
      await inState(cem, 'call');

      const roles = { Counsellor: 'ada', Companion: 'cem' };
      const shown = async () => {
        const list = await ben.evaluate((words) => [...document.querySelectorAll('[data-test="tile"]:not([data-self])')]
          .map((tile) => ({ person: /** @type {HTMLElement} */ (tile).dataset.person ?? '', role: words.find((word) => tile.querySelector('.plate')?.textContent?.includes(word)) ?? 'nobody' })), Object.keys(roles));
        const faces = [];
        for (const { person, role } of list) {
          const selector = `[data-test="tile"][data-person="${person}"] video`;
          const visible = await ben.locator(selector).first().isVisible().catch(() => false);
          const found = visible ? await seen(ben, selector) : null;
          if (found) faces.push([role, found.face]);
        }
        return faces;
      };
      const wrong = (/** @type {string[][]} */ faces) => faces.some(([role, face]) => roles[/** @type {keyof typeof roles} */ (role)] !== face);
      await never(shown, wrong, 'a face under another name', 4000);
      await eventually(shown, (faces) => faces.length === 2 && !wrong(faces), 'both faces under their own names', 20000);
      // The slots are mapped anew when one goes and comes back.
      await handle(cem, 'hangup').click();
      await never(shown, wrong, 'a face under another name while one leaves', 3000);
    } finally {
      await Promise.all([chromeA.close(), chromeB.close(), chromeC.close()]);
      await node.stop();
    }
  });
});
