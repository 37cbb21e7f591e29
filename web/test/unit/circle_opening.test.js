/* Going on without encryption, because a browser cannot: nobody opens a room but a counsellor, and everybody sees it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Circle } from '../../static/e2ee/circle.js';
import { makeIdentity } from '../../static/e2ee/identity.js';
import { Openness } from '../../static/e2ee/openness.js';
import { newDeviceKey } from '../../static/e2ee/keys.js';
import { Room, call, whole } from './circle_room.js';

/** @param {Room} room @param {string} participant */
async function withoutTransforms(room, participant) {
  const one = await room.client(participant);
  one.circle.end();
  one.circle = new Circle(/** @type {any} */ (room.clock.env), one.own, one.seat, { link: room.links.get(one.seat.person) ?? null, room: null, linkOf: () => null }, {
    relay: (to, sealed) => room.queue.push({ from: participant, to, sealed }),
    onStanding: (standing) => (one.told = standing),
    onOpen: (open) => one.opened.push(open),
    keep: () => {},
    frames: { begin: () => {}, end: () => {}, learn: () => {}, forget: () => {} },
  }, { able: false });
  return one;
}

test('a browser that cannot: everybody sees it, it is given no key, and the counsellor alone opens the room for it', async () => {
  const room = new Room();
  const [ada, ben] = await call(room, 1);
  const old = await withoutTransforms(room, 'old');
  await ada.circle.admit(old.seat);
  await room.says(ada, ben, old);
  await room.pass(2_000);
  assert.deepEqual([ada.sees(old), ben.sees(old)], ['unable', 'unable']);
  assert.ok(whole([ada, ben]), 'the others go on');
  assert.ok(!old.opens(ada) && !old.opens(ben));
  assert.deepEqual([ada.opened, ben.opened, old.opened], [[], [], []]);
  // A client's word opens nothing.
  await ben.circle.open(true);
  await room.pass(1_000);
  assert.deepEqual([ada.opened, ben.opened, old.opened], [[], [], []]);
  await ada.circle.open(true);
  await room.pass(1_000);
  assert.deepEqual([ada.opened, ben.opened, old.opened], [['open'], ['open'], ['open']]);
  // Who comes later hears of it.
  const late = await room.client('late');
  await ada.circle.admit(late.seat);
  await room.says(ada, ben, old, late);
  await room.pass(1_000);
  assert.deepEqual(late.opened, ['open']);
  await ada.circle.open(false);
  await room.pass(1_000);
  for (const one of [ada, ben, old, late]) assert.deepEqual(one.opened, ['open', 'closed'], one.seat.participant);
});

test('an opening that was signed by somebody else, changed or kept from before a closing opens nothing', async () => {
  const room = new Room();
  const [ada, ben] = await call(room, 1);
  const words = new Openness(() => room.clock.time, (device) => device === ada.own.device);
  const strange = await makeIdentity(await newDeviceKey(), null);
  const forger = new Openness(() => room.clock.time, () => true);
  await forger.say(strange, true);
  assert.equal(await words.hear(forger.signed), false);
  assert.equal(await words.hear({ ...forger.signed, by: ada.own.device }), false);
  const hers = new Openness(() => room.clock.time, () => true);
  await hers.say(ada.own, true);
  const opened = hers.signed;
  assert.ok(opened);
  for (const not of [null, {}, { ...opened, word: opened.word.replace('open', 'opened') }, { ...opened, word: `${opened.word}0` }, { ...opened, signature: 'AAAA' }, { ...opened, by: 'AAAA' }]) {
    assert.equal(await words.hear(not), false);
  }
  assert.equal(words.open, false);
  assert.ok(await words.hear(opened));
  assert.equal(words.open, true);
  await hers.say(ada.own, false);
  assert.ok(await words.hear(hers.signed));
  assert.equal(words.open, false);
  assert.equal(await words.hear(opened), false, 'the old one again');
  assert.equal(words.open, false);
  assert.deepEqual([ada.opened, ben.opened], [[], []]);
});

test('an opening does not outlive the standing of who has said it', async () => {
  const room = new Room();
  const [ada, ben] = await call(room, 1);
  const words = new Openness(() => room.clock.time, (device) => counting.has(device));
  const counting = new Set([ada.own.device]);
  await words.say(ada.own, true);
  assert.equal(words.open, true);
  counting.clear();
  assert.equal(words.open, false);
  assert.equal(words.signed, null);
  assert.deepEqual(ben.opened, []);
});

test('a room that was closed again stays closed when the counsellor has loaded her page anew and an old opening comes back', async () => {
  const room = new Room();
  const key = await newDeviceKey();
  const ada = await room.counsellor('ada', { key });
  const ben = await room.client('ben');
  await ada.circle.admit(ben.seat);
  await room.says(ada, ben);
  await room.pass(600);
  await ada.circle.open(true);
  await room.pass(600);
  assert.deepEqual(ben.opened, ['open']);
  room.server = () => [];
  await ada.circle.open(false);
  await room.pass(600);
  ada.circle.end();
  room.server = (message) => [message];
  const again = await room.counsellor('ada', { key, said: ada.kept, word: ada.word });
  await room.says(again, ben);
  await room.pass(2_000);
  assert.deepEqual([again.opened, ben.opened], [[], ['open', 'closed']]);
});

test('to a page to which nobody has proven anything an opening is a claim, until two words have shown who said it', async () => {
  const room = new Room();
  const ada = await room.counsellor('ada', { knows: false });
  const [ben, cem] = [await room.client('ben'), await room.client('cem')];
  for (const one of [ben, cem]) await ada.circle.admit(one.seat);
  await room.says(ada, ben, cem);
  await room.pass(600);
  await ada.circle.open(true);
  await room.pass(600);
  assert.deepEqual([ada.opened, ben.opened, cem.opened], [['open'], ['claimed'], ['claimed']]);
  await ada.circle.compare('ben', 'de');
  await room.pass(2_000);
  await Promise.all([[ada, ben], [ben, ada]].map(([one, other]) => one.circle.same(other.seat.participant, other.own.session)));
  await room.pass(1_000);
  assert.deepEqual([ben.opened, cem.opened], [['claimed', 'open'], ['claimed']]);
  await ada.circle.open(false);
  await room.pass(600);
  assert.deepEqual([ben.opened, cem.opened], [['claimed', 'open', 'closed'], ['claimed', 'closed']]);
});
