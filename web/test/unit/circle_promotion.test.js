/* Moderation that is lent: by the signature of who speaks for the room, for as long as it says so, and never by the server's word. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { toBase64url } from '../../static/e2ee/bytes.js';
import { newDeviceKey } from '../../static/e2ee/keys.js';
import { Room, whole } from './circle_room.js';

/** A counsellor, an interpreter and a client whom she let in. */
async function three() {
  const room = new Room();
  const key = await newDeviceKey();
  const ada = Object.assign(await room.counsellor('ada', { key }), { key });
  const [igor, ben] = [await room.client('igor', { role: 'interpreter' }), await room.client('ben')];
  await room.says(ada);
  for (const one of [igor, ben]) await ada.circle.admit(one.seat);
  await room.says(ada, igor, ben);
  await room.pass(600);
  return { room, ada, igor, ben };
}

/** As the pages do: the server first, then the signature. @param {Room} room @param {any} by @param {any} page */
async function lend(room, by, page) {
  await room.promotes(page, true);
  await by.circle.lend(page.seat.participant, true);
  await room.quiet();
  await room.pass(600);
}

/** @param {Room} room @param {any} by @param {any} page */
async function takeBack(room, by, page) {
  await by.circle.lend(page.seat.participant, false);
  await room.promotes(page, false);
  await room.pass(600);
}

/** Says what no page of ours would. @param {Room} room @param {any} from @param {any} to @param {string[]} rest after the head: participant, person, role, state, verified, speaks, number, subject */
async function forge(room, from, to, rest) {
  const statement = ['anteroom statement v1', ...rest].join('\n');
  const signed = { statement, by: from.own.device, signature: toBase64url(await from.own.sign(new TextEncoder().encode(statement))) };
  room.queue.push({ from: from.seat.participant, to: to.seat.participant, sealed: await from.channels.get(to.own.session).seal({ type: 'state', v: 10_000 + room.clock.time, statements: [signed] }) });
  await room.quiet();
}

test('to whom moderation is lent he reads it, others read it, and whom he lets in is in for all, verified by who knows the room', async () => {
  const { room, ada, igor, ben } = await three();
  assert.deepEqual([igor.circle.lent, ben.circle.people.igor.lent], [false, undefined]);
  await lend(room, ada, igor);
  assert.deepEqual([igor.circle.lent, ben.circle.people.igor, ada.circle.people.igor.lent], [true, { role: 'interpreter', name: '', lent: true }, true]);
  const carl = await room.client('carl');
  await igor.circle.admit(carl.seat);
  await room.says(ada, igor, ben, carl);
  await room.pass(1_200);
  assert.ok(whole([ada, igor, ben, carl]));
  assert.deepEqual([ben.sees(carl), carl.sees(igor), igor.sees(carl)], ['verified', 'verified', 'verified']);
});

test('a counsellor without the secret of the room takes nobody on his word to whom it is lent: taken back, his word counts no more, and whom he let in stays', async () => {
  const room = new Room();
  const [ada, igor, ben] = [await room.client('ada', { role: 'counsellor' }), await room.client('igor', { role: 'interpreter' }), await room.client('ben')];
  await room.says(ada);
  for (const one of [igor, ben]) await ada.circle.admit(one.seat);
  await room.says(ada, igor, ben);
  await room.pass(600);
  await lend(room, ada, igor);
  const carl = await room.client('carl');
  await igor.circle.admit(carl.seat);
  await room.says(ada, igor, ben, carl);
  await room.pass(30_000);
  await takeBack(room, ada, igor);
  await room.pass(1_200);
  assert.ok(whole([ada, igor, ben, carl]));
  await forge(room, igor, ada, ['dora', '', 'client', 'in', 'seen', 'listens', `${room.clock.time + 5}`, (await room.client('dora')).own.device]);
  const dora = /** @type {any} */ (room.pages.get('dora'));
  await room.says(ada, igor, ben, carl, dora);
  assert.equal(ada.sees(dora), 'unknown');
});

test('held: it opens for him as for who speaks for the room, and no longer when it is taken back', async () => {
  const { room, ada, igor, ben } = await three();
  await lend(room, ada, igor);
  for (const { circle } of [ada, igor, ben]) await circle.hold(true);
  await room.pass(600);
  assert.deepEqual([igor.opens(ada), ben.opens(ada)], [true, false]);
  await takeBack(room, ada, igor);
  assert.equal(igor.opens(ada), false);
});

test('taken back: what he says then is not heard, and whom he let in or sent out stays so', async () => {
  const { room, ada, igor, ben } = await three();
  await lend(room, ada, igor);
  const [carl, dora] = [await room.client('carl'), await room.client('dora')];
  await igor.circle.admit(carl.seat);
  await igor.circle.dismiss('ben');
  await room.says(ada, igor, carl);
  await room.pass(600);
  await takeBack(room, ada, igor);
  assert.deepEqual([igor.circle.lent, ada.circle.people.igor.lent, carl.circle.people.igor.lent], [false, undefined, undefined]);
  await igor.circle.admit(dora.seat);
  for (const to of [ada, carl]) await forge(room, igor, to, ['dora', '', 'client', 'in', 'seen', 'listens', `${room.clock.time + 5}`, dora.own.device]);
  await room.says(ada, igor, carl, dora, ben);
  await room.pass(600);
  assert.deepEqual([ada.sees(carl), carl.sees(igor), ada.sees(dora), carl.sees(dora), ada.sees(ben), carl.sees(ben)], ['verified', 'verified', 'unknown', 'unknown', 'unknown', 'unknown']);
});

test('a server that says it of somebody lends him nothing: he is shown as he was, and lets nobody in', async () => {
  const { room, ada, igor, ben } = await three();
  await room.promotes(igor, true);
  await room.pass(600);
  assert.deepEqual([igor.circle.lent, ada.circle.people.igor.lent, ben.circle.people.igor.lent], [false, undefined, undefined]);
  const carl = await room.client('carl');
  await igor.circle.admit(carl.seat);
  await room.says(ada, igor, ben, carl);
  await room.pass(600);
  assert.deepEqual([ada.sees(carl), ben.sees(carl), ben.opens(carl), carl.opens(ben)], ['unknown', 'unknown', false, false]);
});

test('together with him the server lends him nothing either: what he signs of himself and of others is not looked at', async () => {
  const { room, ada, igor, ben } = await three();
  await room.promotes(igor, true);
  const carl = await room.client('carl');
  await room.says(ada, igor, ben, carl);
  for (const to of [ada, ben]) {
    await forge(room, igor, to, ['igor', '', 'interpreter', 'in', 'seen', 'moderates', `${room.clock.time + 1}`, igor.own.device]);
    await forge(room, igor, to, ['carl', '', 'client', 'in', 'seen', 'listens', `${room.clock.time + 1}`, carl.own.device]);
  }
  await room.pass(600);
  assert.deepEqual([ada.circle.people.igor.lent, ben.circle.people.igor.lent, ada.sees(carl), ben.sees(carl)], [undefined, undefined, 'unknown', 'unknown']);
});

test('to whom it is lent he lends it to nobody, makes nobody speak, and puts out nobody whose word counts', async () => {
  const { room, ada, igor, ben } = await three();
  const [inge, cleo] = [await room.client('inge', { role: 'companion' }), await room.counsellor('cleo')];
  for (const one of [inge, cleo]) await ada.circle.admit(one.seat);
  await room.says(ada, igor, ben, inge, cleo);
  await lend(room, ada, igor);
  await room.promotes(inge, true);
  await igor.circle.lend('inge', true);
  await igor.circle.dismiss('ada');
  await igor.circle.dismiss('cleo');
  const later = `${room.clock.time + 10}`;
  for (const to of [ada, ben]) {
    await forge(room, igor, to, ['inge', '', 'companion', 'in', 'seen', 'moderates', later, inge.own.device]);
    await forge(room, igor, to, ['ben', '', 'client', 'in', 'seen', 'speaks', later, ben.own.device]);
    for (const other of [ada, cleo]) if (other !== to) await forge(room, igor, to, [other.seat.participant, '', 'client', 'out', 'seen', 'listens', later, other.own.device]);
    await forge(room, igor, to, ['igor', '', 'co-counsellor', 'in', 'seen', 'speaks', later, igor.own.device]);
  }
  await room.pass(600);
  for (const page of [ada, ben]) assert.deepEqual([page.circle.people.igor, page.circle.people.inge.lent], [{ role: 'interpreter', name: '', lent: true }, undefined]);
  assert.deepEqual([ben.sees(ada), ben.sees(cleo), ada.sees(cleo), cleo.sees(ada)], ['verified', 'verified', 'verified', 'verified']);
  // Nor another to whom it is lent, until who lent it puts him out.
  await ada.circle.lend('inge', true);
  await room.pass(600);
  await igor.circle.dismiss('inge');
  await room.pass(600);
  assert.deepEqual([ben.circle.people.inge.lent, ben.sees(inge)], [true, 'verified']);
  await cleo.circle.dismiss('igor');
  await room.pass(600);
  assert.deepEqual([ben.sees(igor), igor.circle.lent], ['unknown', false]);
});

test('it ends when the server says so, with going away, and over a reload it is what it was', async () => {
  const { room, ada, igor, ben } = await three();
  await lend(room, ada, igor);
  await room.promotes(igor, false);
  await room.pass(600);
  assert.deepEqual([igor.circle.lent, ben.circle.people.igor.lent], [false, undefined]);
  await lend(room, ada, igor);
  assert.equal(ben.circle.people.igor.lent, true);
  await room.says(ada, ben);
  await room.pass(600);
  await room.promotes(igor, false);
  await room.says(ada, ben, igor);
  await room.pass(600);
  assert.deepEqual([igor.circle.lent, ben.circle.people.igor.lent], [false, undefined]);
  const key = await newDeviceKey();
  const inge = await room.client('inge', { role: 'companion', key });
  await ada.circle.admit(inge.seat);
  await room.says(ada, ben, inge);
  await lend(room, ada, inge);
  inge.circle.end();
  const again = await room.client('inge', { role: 'companion', key });
  again.seat.promoted = true;
  await room.says(ada, ben, again);
  await room.pass(1_200);
  assert.deepEqual([again.circle.lent, ben.circle.people.inge.lent], [true, true]);
  // The counsellor's page is loaded anew while the server has forgotten it.
  ada.circle.end();
  const back = await room.counsellor('ada', { key: ada.key, said: ada.kept });
  again.seat = { ...again.seat, promoted: false };
  await room.says(back, ben, again);
  await room.pass(1_200);
  assert.deepEqual([again.circle.lent, ben.circle.people.inge.lent], [false, undefined]);
});

test('with the lender gone he goes on letting people in; who came in by him alone calls nobody verified until a counsellor is back', async () => {
  const { room, ada, igor, ben } = await three();
  await lend(room, ada, igor);
  await room.says(igor, ben);
  const carl = await room.client('carl', { linked: false });
  await igor.circle.admit(carl.seat);
  await room.says(igor, ben, carl);
  await room.pass(1_200);
  assert.ok(whole([igor, ben, carl]));
  assert.deepEqual([carl.sees(igor), carl.sees(ben), ben.sees(carl)], ['unverified', 'unverified', 'unverified']);
  await room.says(ada, igor, ben, carl);
  await room.pass(30_000);
  assert.ok(whole([ada, igor, ben, carl]));
  await takeBack(room, ada, igor);
  await room.pass(1_200);
  assert.ok(whole([ada, igor, ben, carl]));
  assert.deepEqual([carl.circle.people.igor.lent, ben.sees(carl)], [undefined, 'unverified']);
});

test('he opens the room for nobody without encryption', async () => {
  const { room, ada, igor, ben } = await three();
  await lend(room, ada, igor);
  await igor.circle.open(true);
  await room.pass(600);
  assert.deepEqual([ada.opened, igor.opened, ben.opened], [[], [], []]);
});

test('where nobody has proven anything it is the same, over a reload of his as well', async () => {
  const room = new Room();
  const ada = await room.counsellor('ada', { knows: false });
  const key = await newDeviceKey();
  const [igor, ben, dora] = [await room.client('igor', { role: 'interpreter', key }), await room.client('ben'), await room.client('dora')];
  await room.says(ada);
  for (const one of [igor, ben]) await ada.circle.admit(one.seat);
  await room.says(ada, igor, ben);
  await room.pass(600);
  await lend(room, ada, igor);
  await igor.circle.admit(dora.seat);
  await room.says(ada, igor, ben, dora);
  await room.pass(1_200);
  assert.ok(whole([ada, igor, ben, dora]));
  igor.circle.end();
  const again = await room.client('igor', { role: 'interpreter', key });
  again.seat.promoted = true;
  await room.says(ada, again, ben, dora);
  await room.pass(1_200);
  assert.ok(whole([ada, again, ben, dora]));
  assert.equal(again.circle.lent, true);
  await takeBack(room, ada, again);
  await room.pass(1_200);
  assert.ok(whole([ada, again, ben, dora]));
  assert.deepEqual([again.circle.lent, dora.circle.people.igor.lent], [false, undefined]);
});
