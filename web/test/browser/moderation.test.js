// What the counsellor's buttons do to the other side's picture and sound, and what reconnects and second devices do to a seat.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openChromium, syntheticDevices } from './support/browsers.js';
import { admit, arrive, handle, hangUp, inState, moderate, otherVideo, preside, tiles } from './support/people.js';
import { eventually, heard, never, seen, watchFaces } from './support/recognise.js';
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
    await moderate(ada, 'put-back');
    await inState(ben, 'waiting');
    await admit(ada);
    await inState(ben, 'call');
    const video = await otherVideo(ada);
    await eventually(() => seen(ada, video), (found) => found?.face === 'ben', "ben's picture after the second admission");
    await close();
  });

  test('remove: the link is dead, also after a reload', async () => {
    const { ada, ben, room, contextB, close } = await call();
    await moderate(ada, 'remove');
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
    // Her page is a new one, and knows of nobody whom it has let in: she says that she goes on with him.
    await handle(again, 'stranger-yes').click();
    const video = await otherVideo(ben);
    await eventually(() => seen(ben, video), (found) => found?.face === 'ada', "ada's picture");
    assert.ok(again && videoOfAda);
    await close();
  });

  test('who is found in the room and is not to be spoken with goes to the waiting room', async () => {
    const { ada, ben, room, contextA, close } = await call();
    await hangUp(ada, 'leave');
    await inState(ben, 'paused');
    const again = await preside(contextA, room.counsellor_link);
    await handle(again, 'stranger-no').click();
    await inState(ben, 'waiting');
    await admit(again);
    await inState(ben, 'call');
    assert.equal(await handle(again, 'stranger').count(), 0);
    await close();
  });

  test('a reload keeps the seat', async () => {
    const { ada, ben, close } = await call();
    await ben.reload();
    await inState(ben, 'call');
    const video = await otherVideo(ada);
    await eventually(() => seen(ada, video), (found) => found?.face === 'ben', "ben's picture after the reload");
    await never(() => handle(ada, 'waiting-item').count(), (count) => count > 0, 'somebody in the waiting room', 300);
    await close();
  });

  test('a second tab of the same device takes the seat over, and the first takes it back', async () => {
    const { ada, ben, contextB, close } = await call();
    // A duplicated tab begins with a copy of what the first one keeps.
    const kept = await ben.evaluate(() => Object.entries(sessionStorage));
    const twin = await contextB.newPage();
    await twin.addInitScript((items) => items.forEach(([key, value]) => sessionStorage.setItem(key, value)), kept);
    await twin.goto(ben.url());
    await inState(twin, 'call');
    await inState(ben, 'replaced');
    const video = await otherVideo(ada);
    await eventually(() => seen(ada, video), (found) => found?.face === 'ben', "ben's picture from the second tab");
    await handle(ben, 'here').click();
    await inState(ben, 'call');
    await inState(twin, 'replaced');
    const again = await otherVideo(ada);
    await eventually(() => seen(ada, again), (found) => found?.face === 'ben', "ben's picture from the first tab again");
    await never(() => handle(ada, 'waiting-item').count(), (count) => count > 0, 'somebody in the waiting room', 300);
    await close();
  });

  test('another device with the same link waits, marked so; admitting it closes the first', async () => {
    const { ada, ben, room, close } = await call();
    const other = await chromeB.newContext();
    const second = await arrive(other, room.persons[0].link);
    await eventually(() => handle(ada, 'waiting-item').getAttribute('data-other-device'), (value) => value === 'true', 'the mark: same link, other device');
    assert.match(await second.locator('[data-test="waiting"]').innerText(), /other device/, 'the person who waits is told');
    await inState(ben, 'call');
    await admit(ada);
    await inState(second, 'call');
    await inState(ben, 'replaced');
    await other.close();
    await close();
  });

  test('mappings that arrive late and are acknowledged late never show a face under another name', async () => {
    const room = await node.room('ada', 'client:Ben', 'companion:Cem', 'interpreter:Eva');
    const contexts = [chromeA, chromeB, chromeA, chromeB].map((chrome) => chrome.newContext());
    const [contextA, contextB, contextC, contextE] = await Promise.all(contexts);
    await syntheticDevices(contextC, 'cem');
    await syntheticDevices(contextE, 'eva');
    // Ben hears of every mapping a second late, and the server hears of his acknowledgement a second after that.
    await contextB.addInitScript(() => {
      const late = 1000;
      window.WebSocket = class extends WebSocket {
        /** @param {any} data */
        send(data) {
          if (data.includes('"slots_ack"')) setTimeout(() => super.send(data), late);
          else super.send(data);
        }
        get onmessage() {
          return super.onmessage;
        }
        set onmessage(hear) {
          if (hear) /** @type {any} */ (window).tell = (/** @type {object} */ message) => hear.call(this, new MessageEvent('message', { data: JSON.stringify(message) }));
          super.onmessage = hear && ((event) => (event.data.includes('"slots"') ? setTimeout(() => hear.call(this, event), late) : hear.call(this, event)));
        }
      };
    });
    const ada = await preside(contextA, room.counsellor_link);
    const ben = await arrive(contextB, room.persons[0].link);
    await admit(ada);
    await inState(ben, 'call');
    const faces = await watchFaces(ben);
    const cem = await arrive(contextC, room.persons[1].link);
    await admit(ada);
    await inState(cem, 'call');

    /** @type {Record<string, string>} */
    const names = { Counsellor: 'ada', Companion: 'cem', Interpreter: 'eva' };
    /** Until all these faces were seen, nobody's was seen under a name that is not theirs. */
    const meet = (/** @type {string[]} */ ...wanted) => {
      const met = /** @type {Set<string>} */ (new Set());
      return eventually(async () => {
        for (const { plate, face } of await faces()) {
          const [role] = Object.keys(names).filter((word) => plate.includes(word));
          assert.equal(names[role], face, `${face} under the plate "${plate}"`);
          met.add(face);
        }
        return [...met];
      }, (list) => wanted.every((face) => list.includes(face)), `${wanted} to be seen`, 20000);
    };
    await meet('ada', 'cem');
    // Cem goes and Eva comes: she gets the slot that was his.
    const eva = await arrive(contextE, room.persons[2].link);
    await handle(cem, 'hangup').click();
    await admit(ada);
    await inState(eva, 'call');
    await meet('ada', 'eva');
    // And the other way round, within one slot.
    await handle(eva, 'hangup').click();
    await handle(cem, 'rejoin').click();
    await inState(cem, 'call');
    await meet('ada', 'cem');
    // Pictures that are still on the way when the mapping says otherwise: the slots change their people, the packets do not.
    const [ofAda, ofCem] = await ben.evaluate(() => ['Counsellor', 'Companion'].map((word) => /** @type {HTMLElement} */ (
      [...document.querySelectorAll('[data-test="tile"]')].find((tile) => tile.querySelector('.plate')?.textContent?.includes(word))).dataset.person));
    await ben.evaluate((slots) => /** @type {any} */ (window).tell({ type: 'slots', seq: 9999, body: { seq: 9999, pairs: 2, slots } }),
      [ofCem, ofAda].map((participant, slot) => ({ slot, participant, source: 'camera' })));
    await faces();
    await never(faces, (list) => list.length > 0, 'a face while the slots carry the wrong people');
    await Promise.all([contextA, contextB, contextC, contextE].map((context) => context.close()));
  });
});
