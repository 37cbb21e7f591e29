/* Counsellors among themselves: who lets in, puts out, holds and comes back, and that none of it breaks the call. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { makeIdentity } from '../../static/e2ee/identity.js';
import { toBase64url } from '../../static/e2ee/bytes.js';
import { linkE2ee, newDeviceKey, newLinkSecret } from '../../static/e2ee/keys.js';
import { Page, Room, call, whole } from './circle_room.js';

/** Two counsellors, the second let in by the first, and a client. */
async function two() {
  const room = new Room();
  const [ada, ben] = await call(room, 1);
  const cleo = await room.counsellor('cleo');
  await ada.circle.admit(cleo.seat);
  await room.says(ada, ben, cleo);
  await room.pass(600);
  return { room, ada, ben, cleo };
}

test('two counsellors who can open the room know each other, and each lets people in', async () => {
  const room = new Room();
  const [ada, eve] = [await room.counsellor('ada'), await room.counsellor('eve')];
  await room.says(ada, eve);
  const [ben, carl] = [await room.client('ben'), await room.client('carl')];
  await ada.circle.admit(ben.seat);
  await eve.circle.admit(carl.seat);
  await room.says(ada, eve, ben, carl);
  await room.pass(600);
  assert.ok(whole([ada, eve, ben, carl]));
  for (const one of [ada, eve]) for (const other of [ben, carl]) assert.deepEqual([one.sees(other), other.sees(one)], ['verified', 'verified']);
});

test('held: what counsellors say opens for counsellors alone, and for everybody again afterwards', async () => {
  const { room, ada, ben, cleo } = await two();
  assert.ok(whole([ada, ben, cleo]));
  for (const { circle } of [ada, ben, cleo]) await circle.hold(true);
  await room.quiet();
  await room.pass(600);
  assert.deepEqual([cleo.opens(ada), ada.opens(cleo), ben.opens(ada), ben.opens(cleo), ada.opens(ben)], [true, true, false, false, true]);
  for (const { circle } of [ada, ben, cleo]) await circle.hold(false);
  await room.quiet();
  await room.pass(600);
  assert.ok(whole([ada, ben, cleo]));
});

test('groups: each has keys of its own, and the lock tells of those alone who are in it', async () => {
  const { room, ada, ben, cleo } = await two();
  const dora = await room.client('dora');
  await ada.circle.admit(dora.seat);
  const all = [ada, ben, cleo, dora];
  await room.says(...all);
  await room.pass(600);
  assert.ok(whole(all));
  /** @param {Map<any, number>} groups */
  const place = async (groups) => {
    const group = (/** @type {any} */ one) => groups.get(one) ?? 0;
    const speaks = (/** @type {any} */ one) => one === ada || one === cleo;
    // As the server tells it: who moderates of everybody, the others of their own group and of who moderates.
    for (const one of all) {
      await one.circle.members(all.filter((other) => speaks(one) || speaks(other) || group(one) === group(other)).map((other) => ({ ...other.seat, apart: group(one) !== group(other) })));
    }
    await room.quiet();
    await room.pass(1_200);
  };
  await place(new Map([[ben, 1], [dora, 1]]));
  assert.deepEqual([ben.opens(dora), dora.opens(ben), ada.opens(ben), cleo.opens(dora), ben.opens(ada), ada.opens(cleo)], [true, true, false, false, false, true]);
  assert.deepEqual(Object.keys(ben.circle.standing), ['dora']);
  // The counsellor comes in, one goes to another group: as a join and a leave.
  await place(new Map([[ben, 1], [dora, 2], [ada, 1]]));
  assert.deepEqual([ben.opens(dora), dora.opens(ben), ben.opens(ada), ada.opens(ben), cleo.opens(ada)], [false, false, true, true, false]);
  // That somebody was put out reaches every group, from wherever it is said.
  await cleo.circle.dismiss('dora');
  await room.pass(600);
  await place(new Map());
  assert.equal(ben.sees(dora), 'unknown');
  assert.ok(whole([ada, ben, cleo]));
});

test('of two counsellors who put each other out, the one who did it first stays, on every page', async () => {
  const { room, ada, ben, cleo } = await two();
  room.server = () => [];
  await cleo.circle.dismiss('ada');
  await room.pass(100);
  await ada.circle.dismiss('cleo');
  room.server = (message) => [message];
  await room.pass(2_000);
  assert.deepEqual([ben.sees(ada), ben.sees(cleo)], ['unknown', 'verified']);
  // Who is let in anew brings no word back that he spoke while he was out.
  await cleo.circle.admit(ada.seat);
  await room.pass(2_000);
  assert.ok(whole([ada, ben, cleo]));
  assert.deepEqual([ben.sees(ada), ben.sees(cleo), cleo.sees(ada)], ['verified', 'verified', 'verified']);
});

test('without the room\'s secret two counsellors let people in for each other all the same, and nobody is called verified', async () => {
  const room = new Room();
  const ada = await room.counsellor('ada', { knows: false });
  const [ben, carl] = [await room.client('ben'), await room.client('carl')];
  const link = await linkE2ee(newLinkSecret());
  const own = await makeIdentity(await newDeviceKey(), { secret: link, claim: 'person' });
  const cleo = new Page(own, { participant: 'cleo', role: 'co-counsellor', person: 'person of cleo' }, { link, room: null, linkOf: () => null }, room);
  room.pages.set('cleo', cleo);
  await room.says(ada);
  await ada.circle.admit(ben.seat);
  await ada.circle.admit(cleo.seat);
  await room.says(ada, ben, cleo);
  await room.pass(600);
  await cleo.circle.admit(carl.seat);
  await room.says(ada, ben, cleo, carl);
  await room.pass(1_200);
  const all = [ada, ben, cleo, carl];
  assert.deepEqual(all.map((page) => all.filter((other) => other !== page).map((other) => page.sees(other))), all.map(() => ['unverified', 'unverified', 'unverified']));
  assert.ok(whole(all));
});

test('a counsellor who was put out and is let in by the other with a new device believes her', async () => {
  const { room, ada, ben, cleo } = await two();
  await ada.circle.dismiss('cleo');
  await room.pass(600);
  ada.circle.end();
  const again = await room.counsellor('ada');
  await room.says(again, ben, cleo);
  await room.pass(600);
  await again.circle.admit(cleo.seat);
  await again.circle.admit(ben.seat);
  await room.pass(1_200);
  assert.ok(whole([again, ben, cleo]));
  assert.deepEqual([cleo.sees(again), again.sees(cleo)], ['verified', 'verified']);
});

test('however much one counsellor has stated, another puts him out and lets people in', async () => {
  const { room, ada, ben, cleo } = await two();
  const channel = cleo.channels.get(ada.own.session);
  for (let n = 0; n < 600; n += 40) {
    const statements = await Promise.all(Array.from({ length: 40 }, async (_, at) => {
      const statement = ['anteroom statement v1', `p${n + at}`, '', 'client', 'in', 'seen', 'speaks', room.clock.time, `${n + at}`.padStart(87, 'A')].join('\n');
      return { statement, by: cleo.own.device, signature: toBase64url(await cleo.own.sign(new TextEncoder().encode(statement))) };
    }));
    room.queue.push({ from: 'cleo', to: 'ada', sealed: await channel.seal({ type: 'state', v: 1000 + n, statements }) });
    await room.quiet();
  }
  await ada.circle.dismiss('cleo');
  const dan = await room.client('dan');
  await ada.circle.admit(dan.seat);
  await room.says(ada, ben, cleo, dan);
  await room.pass(2_000);
  assert.deepEqual([ada.sees(cleo), ben.sees(cleo), ada.sees(dan), ben.sees(dan)], ['unknown', 'unknown', 'verified', 'verified']);
});
