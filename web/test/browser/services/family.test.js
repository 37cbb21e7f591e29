// A family counsellor speaks with two parents, asks a colleague in private, and lets the two speak alone for ten minutes.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { house } from '../support/house.js';
import { admit, arrive, handle, hangUp, inState, preside, videoOf } from '../support/people.js';
import { eventually, heard, never, seen } from '../support/recognise.js';

/** How long the ten minutes of this test are, ms. */
const TEN_MINUTES = 8_000;

/** @typedef {import('playwright-core').Page} Page */

describe('family counselling', () => {
  // The service has decided that its rooms may be left open for ten minutes; the shipped policy lets nobody.
  const service = house({
    env: { ANTEROOM_SERVICE_NAME: 'Familienberatung Mitte' },
    policies: 'policies:\n  familie: {base: erziehungsberatung, title: Familienberatung, stay_open: 10m}\n',
  });

  test('two parents, one on a telephone; a word with a colleague; ten minutes alone, and not more', { timeout: 280_000 }, async (t) => {
    const room = await service.node.roomWith(['--policy', 'familie'], 'ada', 'client:Frau B.', 'client:Herr C.', 'co-counsellor:Frau E.');
    const [office, colleagues, hers, his] = [await service.person('ada'), await service.person('eva'), await service.person('ben', 'phone'), await service.person('cem')];
    await hurry(office);

    const ada = await preside(office, room.counsellor_link);
    const mother = await arrive(hers, room.persons[0].link);
    const father = await arrive(his, room.persons[1].link);
    await admit(ada, 'Frau B.');
    await admit(ada, 'Herr C.');
    await Promise.all([inState(mother, 'call'), inState(father, 'call')]);
    // the counsellor reads her own names for them; they, who may not know each other's, read what somebody is here.
    const fatherAtMother = await videoOf(mother, 'Klient');
    const motherAtFather = await videoOf(father, 'Klient');
    const adaAtMother = await videoOf(mother, 'Beratung');
    await videoOf(ada, 'Frau B.');
    const together = async () => {
      await eventually(() => seen(mother, fatherAtMother), (found) => found?.face === 'cem', 'his picture at hers', 30_000);
      await eventually(() => seen(father, motherAtFather), (found) => found?.face === 'ben', 'her picture at his', 30_000);
      await eventually(() => heard(mother, fatherAtMother), (found) => found === 'cem', 'his voice at hers');
    };
    await together();
    await eventually(() => seen(mother, adaAtMother), (found) => found?.face === 'ada', "the counsellor's picture");
    // the telephone shows all of it, and how one hangs up.
    assert.equal(await mother.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, 'nothing is wider than the telephone');
    const red = await handle(mother, 'hangup').boundingBox();
    assert.ok(red && red.y + red.height <= 844 && red.height >= 44, `where one hangs up: ${JSON.stringify(red)}`);

    // Consultation: a colleague comes, and the two counsellors speak with nobody else; the parents read why, and neither hears anything.
    const eva = await preside(colleagues, room.persons[2].link);
    const adaAtEva = await videoOf(eva, 'Beratung');
    await eventually(() => seen(eva, adaAtEva), (found) => found?.face === 'ada', "the counsellor's picture at her colleague's", 30_000);
    await handle(ada, 'consult').click();
    const asked = Date.now();
    await Promise.all([inState(mother, 'held'), inState(father, 'held')]);
    t.diagnostic(`both parents read that they wait ${Date.now() - asked} ms after`);
    await handle(mother, 'held').getByText('Ihre Beratung spricht kurz mit einer Kollegin oder einem Kollegen.').waitFor();
    await eventually(() => heard(mother, adaAtMother, 800), (found) => found === null, 'silence at hers');
    await eventually(() => heard(father, motherAtFather, 800), (found) => found === null, 'silence at his');
    await eventually(() => heard(eva, adaAtEva), (found) => found === 'ada', 'the counsellors to hear each other');
    await never(() => seen(mother, fatherAtMother), (found) => found !== null, 'a picture while they wait', 500);
    await handle(ada, 'consultation').locator('button').click();
    await Promise.all([inState(mother, 'call'), inState(father, 'call')]);
    await together();
    await hangUp(eva, 'leave');

    // the counsellor goes for ten minutes. The parents go on speaking, and read until when; then nobody hears anybody.
    await eventually(() => handle(ada, 'person').count(), (count) => count === 2, 'the colleague to be gone');
    await hangUp(ada, 'leave-open-10');
    const gone = Date.now();
    await handle(mother, 'left-open').waitFor();
    assert.match(await handle(mother, 'left-open').innerText(), /\d+:\d\d/, 'until when');
    await inState(mother, 'call');
    await eventually(() => heard(mother, fatherAtMother, 500), (found) => found === 'cem', 'his voice, without the counsellor');
    assert.ok(Date.now() - gone < TEN_MINUTES, 'so far they were alone');
    await Promise.all([inState(mother, 'paused'), inState(father, 'paused')]);
    const open = Date.now() - gone;
    t.diagnostic(`it was open for ${open} ms of ${TEN_MINUTES}`);
    assert.ok(open > TEN_MINUTES - 1_000 && open < TEN_MINUTES + 4_000, `it was open for ${open} ms`);
    await eventually(() => heard(mother, fatherAtMother, 800), (found) => found === null, 'silence when the time is over');
    await never(() => seen(father, motherAtFather), (found) => found !== null, 'a picture when the time is over', 500);

    // she is back, and it goes on.
    await handle(ada, 'rejoin').click();
    await inState(ada, 'call');
    await Promise.all([inState(mother, 'call'), inState(father, 'call')]);
    await together();
    await hangUp(ada, 'end-all');
    await Promise.all([inState(mother, 'ended'), inState(father, 'ended')]);
  });

  /** Makes the ten minutes of the counsellor's page short, on their way to the server. @param {import('playwright-core').BrowserContext} context */
  async function hurry(context) {
    await context.addInitScript((ms) => {
      window.WebSocket = class extends WebSocket {
        /** @param {any} data */
        send(data) {
          super.send(typeof data === 'string' && data.includes('"leave_open"') ? data.replace('600000', String(ms)) : data);
        }
      };
    }, TEN_MINUTES);
  }
});
