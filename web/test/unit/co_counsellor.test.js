/* A co-counsellor who came by a link and can open the room's secret: he speaks for the room beside the owner, before her and without her, until he is sent out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { makeIdentity } from '../../static/e2ee/identity.js';
import { linkE2ee, newDeviceKey, newLinkSecret } from '../../static/e2ee/keys.js';
import { Page, Room, whole } from './circle_room.js';

class House extends Room {
  /** Whoever came by a co-counsellor's link: R opens, and the links of the others are told. @param {string} participant @param {{ person?: string, room?: any }} [how] */
  async colleague(participant, { person = `person of ${participant}`, room = this.secret } = {}) {
    const link = this.links.get(person) ?? (await linkE2ee(newLinkSecret()));
    this.links.set(person, link);
    const own = await makeIdentity(await newDeviceKey(), room ? { secret: room, claim: 'counsellor' } : { secret: link, claim: 'person' });
    const page = new Page(own, { participant, role: 'co-counsellor', person }, { link, room, linkOf: (/** @type {string} */ one) => (room ? this.links.get(one) ?? null : null) }, this);
    this.pages.set(participant, page);
    return page;
  }
}

/** @param {Page[]} pages what each sees of each, in one word where it is one */
const seen = (pages) => [...new Set(pages.flatMap((one) => pages.filter((other) => other !== one).map((other) => one.sees(other))))].join(' ');

test('he comes first and lets a client in alone; the owner comes later and takes all of it as it is', async () => {
  const house = new House();
  const [cem, ben] = [await house.colleague('cem'), await house.client('ben')];
  await house.says(cem);
  await cem.circle.admit(ben.seat);
  await house.says(cem, ben);
  await house.pass(600);
  assert.ok(whole([cem, ben]));
  assert.equal(seen([cem, ben]), 'verified');
  const ada = await house.counsellor('ada');
  await house.says(cem, ben, ada);
  await house.pass(600);
  assert.ok(whole([cem, ben, ada]));
  assert.equal(seen([cem, ben, ada]), 'verified');
});

test('the owner leaves, and he lets in another one: who was there before is no stranger to him', async () => {
  const house = new House();
  const [ada, cem, ben, eva] = [await house.counsellor('ada'), await house.colleague('cem'), await house.client('ben'), await house.client('eva')];
  await ada.circle.admit(ben.seat);
  await house.says(ada, cem, ben);
  await house.pass(600);
  await house.says(cem, ben);
  await cem.circle.admit(eva.seat);
  await house.says(cem, ben, eva);
  await house.pass(600);
  assert.ok(whole([cem, ben, eva]));
  assert.equal(seen([cem, ben, eva]), 'verified');
  await house.says(cem, ben, eva, ada);
  await house.pass(600);
  assert.ok(whole([cem, ben, eva, ada]));
  assert.equal(seen([cem, ben, eva, ada]), 'verified');
});

test('he comes later and is believed by who he is; each lets in somebody, also the owner with her own word about him', async () => {
  const house = new House();
  const [ada, ben] = [await house.counsellor('ada'), await house.client('ben')];
  await ada.circle.admit(ben.seat);
  await house.says(ada, ben);
  const [cem, dan, eva] = [await house.colleague('cem'), await house.client('dan'), await house.client('eva')];
  await house.says(ada, ben, cem);
  await house.pass(600);
  assert.equal(seen([ada, ben, cem]), 'verified');
  await ada.circle.admit(cem.seat);
  await house.quiet();
  assert.match(ada.kept.find((/** @type {any} */ { statement }) => statement.includes('\ncem\n')).statement, /\nco-counsellor\nin\nverified\nspeaks\n/);
  await cem.circle.admit(dan.seat);
  await house.says(ada, ben, cem, dan);
  await ada.circle.admit(eva.seat);
  await house.says(ada, ben, cem, dan, eva);
  await house.pass(600);
  assert.ok(whole([ada, ben, cem, dan, eva]));
  assert.equal(seen([ada, ben, cem, dan, eva]), 'verified');
});

test('a client who was let in by him is verified for the owner by the link, and he for the client by what he says of it', async () => {
  const house = new House();
  const [cem, ben] = [await house.colleague('cem'), await house.client('ben')];
  const link = house.links.get(ben.seat.person);
  house.links.delete(ben.seat.person);
  await house.says(cem);
  await cem.circle.admit(ben.seat);
  await house.says(cem, ben);
  await house.pass(600);
  assert.equal(seen([cem, ben]), 'unverified', 'his page does not have the link yet');
  house.links.set(ben.seat.person, /** @type {any} */ (link));
  await cem.circle.informed();
  await house.pass(600);
  assert.ok(whole([cem, ben]));
  assert.equal(seen([cem, ben]), 'verified');
});

test('what does not open makes no speaker of him, and the call goes on: his own link says who she is', async () => {
  const house = new House();
  const [ada, cem] = [await house.counsellor('ada'), await house.colleague('cem', { room: null })];
  await house.says(ada, cem);
  // Her page asks its person about him.
  assert.deepEqual([ada.sees(cem), cem.sees(ada)], ['unknown', 'verified']);
  await ada.circle.admit(cem.seat);
  await house.pass(600);
  assert.deepEqual([ada.sees(cem), cem.sees(ada)], ['verified', 'verified']);
  assert.ok(whole([ada, cem]));
  assert.match(ada.kept[0].statement, /\nin\nverified\nlistens\n/, 'his link proves who he is, and not that he speaks');
});

test('sent out, his device counts no more; whom he had let in stays', async () => {
  const house = new House();
  const [ada, cem, ben, eva] = [await house.counsellor('ada'), await house.colleague('cem'), await house.client('ben'), await house.client('eva')];
  await house.says(ada, cem);
  await house.pass(600);
  await cem.circle.admit(ben.seat);
  await house.says(ada, cem, ben);
  await house.pass(600);
  assert.equal(seen([ada, cem, ben]), 'verified');
  const before = ben.epoch;
  await ada.circle.dismiss('cem');
  await house.quiet();
  // The server goes on as if nothing had happened.
  await cem.circle.admit(eva.seat);
  await house.says(ada, cem, ben, eva);
  await house.pass(600);
  assert.deepEqual([ada.sees(cem), ben.sees(cem), ada.sees(eva), ben.sees(eva)], ['unknown', 'unknown', 'unknown', 'unknown']);
  assert.deepEqual([ada.sees(ben), ben.sees(ada)], ['verified', 'verified']);
  assert.ok(whole([ada, ben]));
  assert.notEqual(ben.epoch.epoch, before.epoch);
  assert.ok(!cem.opens(ben) && !cem.opens(ada) && !eva.opens(ben));
});

test('with another device and what he still knows he does not come back beside who sent him out, but by her word', async () => {
  const house = new House();
  const [ada, cem, ben] = [await house.counsellor('ada'), await house.colleague('cem'), await house.client('ben')];
  await ada.circle.admit(ben.seat);
  await house.says(ada, cem, ben);
  await house.pass(600);
  await ada.circle.dismiss('cem');
  await house.says(ada, ben);
  // As the same person, as another, and as if with an account.
  for (const guise of [await house.colleague('cem again', { person: 'person of cem' }), await house.colleague('dora'), await house.counsellor('emil')]) {
    await house.says(ada, ben, guise);
    await house.pass(600);
    assert.deepEqual([ada.sees(guise), ben.sees(guise)], ['unknown', 'unknown'], guise.seat.participant);
    assert.ok(!guise.opens(ada) && !guise.opens(ben));
    await house.says(ada, ben);
  }
  const colleague = await house.counsellor('fritz');
  await house.says(ada, ben, colleague);
  await house.pass(600);
  await ada.circle.admit(colleague.seat);
  await house.pass(600);
  assert.equal(seen([ada, ben, colleague]), 'verified');
  assert.ok(whole([ada, ben, colleague]));
});

test('when nobody who counts is here any more, the owner is believed with another device too', async () => {
  const house = new House();
  const [ada, cem, ben] = [await house.counsellor('ada'), await house.colleague('cem'), await house.client('ben')];
  await ada.circle.admit(ben.seat);
  await house.says(ada, cem, ben);
  await house.pass(600);
  await ada.circle.dismiss('cem');
  await house.says(ada, ben);
  await house.says(ben);
  const again = await house.counsellor('ada again');
  await house.says(ben, again);
  await again.circle.admit(ben.seat);
  await house.pass(600);
  assert.ok(whole([ben, again]));
  assert.equal(seen([ben, again]), 'verified');
});
