/* Nothing flows before it is known how; who cannot seal sends nothing until a counsellor has agreed by signature. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Seat } from '../../static/call/seat.js';
import { Secrecy } from '../../static/call/secrecy.js';
import { readIdentity } from '../../static/e2ee/identity.js';
import { newLinkSecret, newRoomSecret, sealLink, sealText, wrapForLink } from '../../static/e2ee/keys.js';
import { settle, world } from './fakes.js';

/** Pages that reach each other, each in a world of its own. */
class House {
  /** @type {Map<string, any>} */ pages = new Map();
  /** @type {{ from: string, to: string, sealed: string }[]} */ queue = [];
  frozen = false; // the server hands nothing on
  secret = newRoomSecret();

  /** @param {string} participant @param {{ role?: string, able?: boolean, unknown?: boolean, wrapped?: ((link: string) => Promise<string>) | null }} [how] */
  async page(participant, { role = 'client', able = true, unknown = false, wrapped = role === 'co-counsellor' ? (/** @type {string} */ link) => wrapForLink(this.secret, link) : null } = {}) {
    const here = world();
    if (!able) /** @type {any} */ (here.env).transforms = { ...here.workers.transforms, RTCRtpScriptTransform: undefined };
    const counsels = role === 'counsellor';
    const link = newLinkSecret();
    const person = `person of ${participant}`;
    const seat = await Seat.take(here.env, counsels ? 'room' : 'link', /** @type {any} */ ({ ...(counsels ? { room: 'r' } : { link, wrapped: await wrapped?.(link) }), lang: 'de', media: 'av' }));
    const page = { participant, role, person: counsels ? undefined : person, sealed_link: counsels || unknown ? undefined : await sealLink(this.secret, role, link), here, seat, through: /** @type {any[]} */ ([]), lock: /** @type {any} */ (null), people: /** @type {any} */ (null), labels: /** @type {any} */ (null), secrecy: /** @type {any} */ (null) };
    page.secrecy = await Secrecy.of(here.env, seat, counsels ? this.secret : null, {
      relay: (to, sealed) => void this.queue.push({ from: participant, to, sealed }),
      onThrough: (through) => void page.through.push(through),
      onLock: (lock) => (page.lock = lock),
      onLabels: (labels) => (page.labels = labels),
      onPeople: (people) => (page.people = people),
    });
    this.pages.set(participant, page);
    page.secrecy.begin({ participant, role });
    return page;
  }

  /** @param {any} page as the server says it */
  static seat = ({ participant, role, person, sealed_link, secrecy }) => ({ participant, role, person, sealed_link, identity: secrecy.identity });

  /** Everybody is in, as the server says. */
  meet() {
    for (const page of this.pages.values()) {
      const others = [...this.pages.values()].filter((one) => one !== page).map(House.seat);
      page.secrecy.learn(others);
      page.secrecy.members(others);
    }
  }

  /** Time passes until it is so. The browser's cryptography takes the time that it takes, which no clock here knows. @param {() => unknown} so @param {string} what */
  async until(so, what) {
    for (const deadline = Date.now() + 10_000; !so(); await this.pass(100)) assert.ok(Date.now() < deadline, `never: ${what}`);
  }

  /** @param {number} ms */
  async pass(ms) {
    for (let at = 0; at < ms; at += 100) {
      for (const { here } of this.pages.values()) await here.clock.advance(100);
      for (let idle = 0; idle < 3; idle++) {
        await settle();
        for (const { from, to, sealed } of this.queue.splice(0)) if (!this.frozen) this.pages.get(to)?.secrecy.hear({ from, sealed });
      }
    }
  }
}

test('a page introduces itself by what it can prove, and its frames go through the worker from the beginning', async () => {
  const house = new House();
  const [ada, ben] = [await house.page('ada', { role: 'counsellor' }), await house.page('ben')];
  for (const { secrecy, through } of [ada, ben]) {
    assert.ok(await readIdentity(secrecy.identity));
    assert.equal(typeof through.at(-1).seal, 'function');
  }
  ada.secrecy.admit(House.seat(ben));
  house.meet();
  const told = (/** @type {any} */ page, /** @type {string} */ type) => page.here.workers.last.told.filter((/** @type {any} */ one) => one.type === type);
  await house.until(() => ada.lock.state === 'protected' && ben.lock.state === 'protected', 'both are protected');
  assert.deepEqual([ada.lock.who, ben.lock.who], [['ben'], ['ada']]);
  for (const [one, other] of [[ada, ben], [ben, ada]]) {
    const sealsWith = () => told(other, 'begin').at(-1);
    await house.until(() => told(one, 'learn').some((/** @type {any} */ key) => key.epoch === sealsWith().epoch), `${one.participant} has the key of the other`);
    assert.deepEqual(told(one, 'learn').find((/** @type {any} */ key) => key.epoch === sealsWith().epoch).secret, sealsWith().secret);
  }
  assert.deepEqual(ada.seat.said.length, 1, 'what she has stated is kept in the tab');
  for (const { secrecy, here } of [ada, ben]) {
    secrecy.close();
    assert.ok(here.workers.last.terminated);
    assert.equal(here.clock.timers.length, 0);
  }
});

test('the role of who is in is the one that was signed, whatever the server calls him afterwards', async () => {
  const house = new House();
  const [ada, ben, carl] = [await house.page('ada', { role: 'counsellor' }), await house.page('ben'), await house.page('carl')];
  ada.secrecy.admit(House.seat(ben));
  ada.secrecy.admit(House.seat(carl));
  carl.role = 'counsellor';
  house.meet();
  await house.until(() => ben.lock?.state === 'protected' && ada.lock.state === 'protected', 'all are protected');
  const role = (/** @type {any} */ { people }) => Object.fromEntries(Object.entries(people).map(([participant, one]) => [participant, one.role]));
  assert.deepEqual(role(ada), { ben: 'client', carl: 'client' });
  assert.deepEqual(role(ben), { ada: 'counsellor', carl: 'client' });
  for (const { secrecy } of house.pages.values()) secrecy.close();
});

test('a co-counsellor by a link opens the room, verifies who is here by their links, reads the labels and lets somebody in alone', async () => {
  const house = new House();
  const [cem, ben] = [await house.page('cem', { role: 'co-counsellor' }), await house.page('ben')];
  const [ada, room] = [await house.page('ada', { role: 'counsellor' }), house.secret];
  const [label, other] = [await sealText(room, 'label', 'Frau M.'), await sealText(newRoomSecret(), 'label', 'Frau N.')];
  cem.secrecy.learn([{ ...House.seat(ben), label: { sealed: label } }, { role: 'client', label: { sealed: other } }, { role: 'client', label: { plain: 'Frau P.' } }]);
  cem.secrecy.admit(House.seat(ben));
  house.meet();
  await house.until(() => [ada, cem, ben].every(({ lock }) => lock?.state === 'protected'), 'all are protected');
  assert.deepEqual(Object.fromEntries(cem.labels), { [label]: 'Frau M.', [other]: '' });
  assert.equal(ben.labels, null);
  for (const { secrecy } of house.pages.values()) secrecy.close();
});

test('what the link does not open makes no counsellor and breaks no call', async () => {
  const house = new House();
  const ada = await house.page('ada', { role: 'counsellor' });
  for (const [name, wrapped] of Object.entries({ another: () => wrapForLink(house.secret, newLinkSecret()), garbage: async () => 'AAAA', letters: async () => '!' })) {
    const cem = await house.page(name, { role: 'co-counsellor', wrapped });
    house.meet();
    await house.until(() => ada.lock?.unknown.includes(name), 'she is asked about him');
    cem.secrecy.admit(House.seat(ada));
    ada.secrecy.admit(House.seat(cem));
    await house.until(() => cem.lock?.state === 'unverified' && !cem.lock.unknown.length, 'he is in, and nothing is verified for him');
    cem.secrecy.close();
    house.pages.delete(name);
    house.meet();
  }
  ada.secrecy.close();
});

test('without transforms nothing may flow, until the counsellor has opened the room; then it flows plainly for all', async () => {
  const house = new House();
  const [ada, ben] = [await house.page('ada', { role: 'counsellor' }), await house.page('ben', { able: false })];
  assert.equal(ben.through.at(-1), null);
  ada.secrecy.admit(House.seat(ben));
  house.meet();
  await house.until(() => ada.lock?.state === 'unable' && ben.lock?.state === 'unable', 'both see it');
  assert.deepEqual(ada.lock.who, ['ben']);
  assert.equal(ben.through.at(-1), null);
  assert.equal(typeof ada.through.at(-1).seal, 'function');
  await ben.secrecy.open(true);
  await house.pass(1_000);
  assert.equal(ben.through.at(-1), null, 'who needs it does not open it himself');
  await ada.secrecy.open(true);
  await house.until(() => ben.through.at(-1) === 'plain', 'the other hears of it');
  assert.deepEqual([ada.through.at(-1), ben.through.at(-1)], ['plain', 'plain']);
  assert.deepEqual([ada.lock, ben.lock], [{ state: 'open', who: ['ben'], unknown: [] }, { state: 'open', who: ['ada'], unknown: [] }]);
  await ada.secrecy.open(false);
  await house.until(() => ben.through.at(-1) === null, 'it is closed again');
  assert.equal(typeof ada.through.at(-1).seal, 'function');
  for (const { secrecy } of [ada, ben]) secrecy.close();
});

test('where nobody has proven anything an opening is asked of this person as well: until then nothing leaves, and what was agreed to ends when it is closed', async () => {
  const house = new House();
  const [ada, ben] = [await house.page('ada', { role: 'counsellor' }), await house.page('ben', { unknown: true })];
  ada.secrecy.admit(House.seat(ben));
  house.meet();
  await house.until(() => ben.lock?.state === 'unverified', 'he is not known');
  ben.secrecy.agree();
  assert.equal(typeof ben.through.at(-1).seal, 'function', 'there is nothing to agree to');
  for (let round = 0; round < 2; round++) {
    await ada.secrecy.open(true);
    await house.until(() => ben.lock.state === 'asked', 'he is asked');
    assert.deepEqual([ada.through.at(-1), ben.through.at(-1)], ['plain', null]);
    ben.secrecy.agree();
    assert.deepEqual([ben.through.at(-1), ben.lock.state], ['plain', 'open']);
    await ada.secrecy.open(false);
    await house.until(() => ben.lock.state === 'unverified', 'it is closed again');
    assert.equal(typeof ben.through.at(-1).seal, 'function');
  }
  for (const { secrecy } of [ada, ben]) secrecy.close();
});

test('a browser that has sent what was not sealed sends nothing any more, whatever is opened afterwards', async () => {
  const house = new House();
  const ada = await house.page('ada', { role: 'counsellor' });
  const sender = { getStats: async () => new Map([['1', { type: 'outbound-rtp', kind: 'audio', packetsSent: 9, bytesSent: 900 }]]) };
  const { workers, clock } = ada.here;
  ada.through.at(-1).seal(/** @type {any} */ (sender), 'microphone');
  const answers = () => workers.last.onmessage({ data: { type: 'counts', counts: { 1: { passed: 9, bytes: 899, dropped: {} } } } });
  await clock.advance(1_000);
  await settle();
  answers();
  await settle();
  assert.equal(ada.through.at(-1), null);
  assert.deepEqual(ada.lock, { state: 'broken', who: [], unknown: [] });
  await ada.secrecy.open(true);
  assert.equal(ada.through.at(-1), null);
  ada.secrecy.close();
});

test('what a frozen room has swallowed is told again as soon as it goes on, be it held besides or not', async () => {
  const house = new House();
  const [ada, ben] = [await house.page('ada', { role: 'counsellor' }), await house.page('ben')];
  house.meet();
  await ada.secrecy.admit(House.seat(ben));
  await house.until(() => ben.people?.ada, 'they know each other');
  const freeze = (/** @type {boolean} */ frozen) => {
    house.frozen = frozen;
    for (const { secrecy } of [ada, ben]) secrecy.hold(true, frozen);
  };
  freeze(true);
  for (const { secrecy } of [ada, ben]) secrecy.naming('free');
  ben.secrecy.callMe('Ben');
  await house.pass(20_000);
  assert.equal(ada.people.ben.name, '');
  await house.pass(1_000);
  freeze(false);
  await house.pass(600);
  assert.equal(ada.people.ben.name, 'Ben');
});

test('a name that does not keep the room\'s rule is neither said nor shown, whichever page was told another rule; who counsels is called as she likes', async () => {
  const house = new House();
  const [ada, ben] = [await house.page('ada', { role: 'counsellor' }), await house.page('ben')];
  house.meet();
  await ada.secrecy.admit(House.seat(ben));
  ben.secrecy.naming('free');
  ada.secrecy.naming('initials');
  assert.ok(ben.secrecy.callMe('Benjamin'));
  assert.ok(ada.secrecy.callMe('Frau Berger'));
  await house.until(() => ben.people?.ada?.name === 'Frau Berger', 'she is called so');
  await house.pass(2_000);
  assert.equal(ada.people.ben.name, '', 'more than initials is not shown');
  assert.ok(ben.secrecy.callMe('B. M.'));
  await house.until(() => ada.people.ben.name === 'B. M.', 'initials are shown');
  ada.secrecy.naming('none');
  assert.equal(ada.people.ben.name, '', 'nothing is shown where nothing is asked');
  assert.equal(ben.people.ada.name, 'Frau Berger');
  ben.secrecy.naming('initials');
  assert.ok(!ben.secrecy.callMe('Benjamin'), 'the page of who types says no');
  assert.equal(ben.seat.name, 'B. M.', 'and what was said before stands');
  ada.secrecy.naming('free');
  await house.pass(1_000);
  assert.equal(ada.people.ben.name, 'B. M.');
  ben.secrecy.naming('none');
  assert.ok(ben.secrecy.callMe(''), 'no name is never refused');
  for (const { secrecy } of [ada, ben]) secrecy.close();
});
