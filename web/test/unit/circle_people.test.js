/* What the people of a room say to each other through the circle: messages and names, to who is in alone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { nameMost } from '../../static/e2ee/circle.js';
import { Page, Room, call, whole } from './circle_room.js';

test('what people say reaches whoever is in, and nobody who is not', async () => {
  const room = new Room();
  const [ada, ben] = await call(room, 1);
  const eve = await room.client('eve');
  await room.says(ada, ben, eve);
  await room.pass(1_000);
  await ada.circle.say('client 0', { type: 'chat', text: 'Guten Tag' });
  await ada.circle.say('eve', { type: 'chat', text: 'not for you' });
  await ada.circle.say('client 0', { type: 'state', statements: [] });
  await eve.circle.say('ada', { type: 'chat', text: 'let me in' });
  await room.pass(1_000);
  assert.deepEqual([ada.said, ben.said, eve.said], [[], [{ from: 'ada', type: 'chat', text: 'Guten Tag' }], []]);
});

test('a page that is given another seat goes on where it was: what it says there is not taken for old', async () => {
  const room = new Room();
  const [ada, ben] = await call(room, 1);
  ben.circle.end();
  const channels = ben.channels;
  const again = new Page(ben.own, { ...ben.seat, participant: 'another seat' }, { link: room.links.get(ben.seat.person) ?? null, room: null, linkOf: () => null }, room, { channels });
  room.pages.delete(ben.seat.participant);
  room.pages.set('another seat', again);
  await room.says(ada);
  await ada.circle.admit(again.seat);
  await room.says(ada, again);
  await room.pass(1_500);
  assert.ok(whole([ada, again]));
  assert.deepEqual([ada.sees(again), again.sees(ada)], ['verified', 'verified']);
});

test('what people call themselves is known to who is in alone, whoever comes later too, until it is taken back', async () => {
  const room = new Room();
  const [ada, ben] = await call(room, 1);
  const carl = await room.client('carl');
  const calls = (/** @type {Page} */ one, /** @type {Page} */ other) => one.circle.people[other.seat.participant]?.name;
  await ada.circle.callMe('Frau Berger');
  await room.pass(600);
  assert.equal(calls(ben, ada), 'Frau Berger');
  await room.says(ada, ben, carl);
  await room.pass(600);
  assert.equal(calls(carl, ada), '', 'he is in the room, as the server says, and stated by nobody');
  await ada.circle.admit(carl.seat);
  await carl.circle.callMe('x'.repeat(1000));
  await room.pass(600);
  assert.equal(calls(carl, ada), 'Frau Berger');
  assert.equal(calls(ada, carl)?.length, nameMost);
  await ada.circle.callMe('');
  await room.pass(600);
  assert.deepEqual([calls(ben, ada), calls(carl, ada)], ['', '']);
});

test('nobody is called anything by the word of who is not in', async () => {
  const room = new Room();
  const [ada] = await call(room, 1);
  const carl = await room.client('carl');
  await carl.circle.callMe('Frau Berger');
  await room.says(ada, carl);
  await room.pass(600);
  assert.deepEqual(Object.keys(ada.circle.people), []);
});

test('what a lost line swallowed is told again when it is back, and not of itself', async () => {
  const room = new Room();
  const [, ben, carl] = await call(room, 2);
  const away = (/** @type {{ from: string, to: string, sealed: string }} */ message) => (message.from === ben.seat.participant && message.to === carl.seat.participant ? [] : [message]);
  room.server = away;
  await ben.circle.callMe('Ben');
  await room.pass(16_000);
  room.server = (message) => [message];
  await room.pass(16_000);
  assert.equal(carl.circle.people[ben.seat.participant].name, '');
  await ben.circle.again();
  await room.quiet();
  assert.equal(carl.circle.people[ben.seat.participant].name, 'Ben');
});
