/* Two words that are compared by voice: the same where nobody stands between, and few tries for who does. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { toBase64url } from '../../static/e2ee/bytes.js';
import { Comparisons } from '../../static/e2ee/comparisons.js';
import { Comparison } from '../../static/e2ee/comparison.js';
import { makeIdentity } from '../../static/e2ee/identity.js';
import { newDeviceKey } from '../../static/e2ee/keys.js';
import { Clock, Room, call } from './circle_room.js';

test('two words: the same on both sides when nobody stands between, and then both are verified', async () => {
  const room = new Room();
  const ada = await room.counsellor('ada', { knows: false });
  const ben = await room.client('ben', { linked: false });
  await ada.circle.admit(ben.seat);
  await room.says(ada, ben);
  await room.pass(1_000);
  assert.deepEqual([ada.sees(ben), ben.sees(ada)], ['unverified', 'unverified']);
  await ben.circle.compare('ada', 'de');
  await room.pass(2_000);
  assert.deepEqual([ada.words, ben.words], [[], []], 'a client begins none');
  // Words that were shown of another page, which has had the seat meanwhile.
  await ada.circle.same('ben', ada.own.session);
  assert.equal(ada.sees(ben), 'unverified');
  await ada.circle.same('ben', ben.own.session);
  assert.equal(ada.sees(ben), 'unverified', 'without words there is nothing that could be the same');
  await ada.circle.compare('ben', 'de');
  await room.pass(2_000);
  assert.equal(ada.words.length > 0, true);
  assert.deepEqual(ada.words.at(-1), ben.words.at(-1));
  await ada.circle.same('ben', ben.own.session);
  await ben.circle.same('ada', ada.own.session);
  await room.pass(1_000);
  assert.deepEqual([ada.sees(ben), ben.sees(ada)], ['verified', 'verified']);
});

test('a page that was loaded again knows with whom two words were the same, and nobody else', async () => {
  const room = new Room();
  const key = await newDeviceKey();
  const ada = await room.counsellor('ada', { knows: false });
  const ben = await room.client('ben', { linked: false, key });
  await ada.circle.admit(ben.seat);
  await room.says(ada, ben);
  await room.pass(1_000);
  await ada.circle.compare('ben', 'de');
  await room.pass(2_000);
  await ben.circle.same('ada', ada.own.session);
  assert.deepEqual(ben.known, [ada.own.device]);
  const again = await room.client('ben', { linked: false, key, known: ben.known });
  await room.says(ada, again);
  await room.pass(2_000);
  assert.equal(again.sees(ada), 'verified');
  // Another device of hers, or whoever says so, was not among the two.
  const eve = await room.counsellor('eve', { knows: false });
  const elsewhere = await room.client('ben', { linked: false, key, known: ben.known });
  await eve.circle.admit(elsewhere.seat);
  await room.says(eve, elsewhere);
  await room.pass(2_000);
  assert.equal(elsewhere.sees(eve), 'unverified');
});

test('two words come about on a line that loses two messages of five', async () => {
  const room = new Room();
  const [ada, ben] = await call(room, 1);
  let n = 0;
  room.server = (message) => ([1, 3].includes(n++ % 5) ? [] : [message]);
  await ada.circle.compare(ben.seat.participant, 'de');
  await room.pass(6_000);
  assert.ok(ada.words.length > 0 && ben.words.length > 0);
  assert.deepEqual(ada.words.at(-1), ben.words.at(-1));
});

test('whoever stands between shows other words, and has few tries', async () => {
  const clock = new Clock();
  const parties = ['ada', 'ben', 'eve to ada', 'eve to ben'].map((name) => ({ device: toBase64url(new TextEncoder().encode(name)), session: toBase64url(new TextEncoder().encode(`${name} session`)) }));
  const [ada, ben, toAda, toBen] = parties;
  let same = 0;
  const tries = 300;
  for (let n = 0; n < tries; n++) {
    const [a, b, m, w] = [new Comparison(true, ada, toAda), new Comparison(false, ben, toBen), new Comparison(false, toAda, ada), new Comparison(true, toBen, ben)];
    for (const [one, two] of [[a, m], [w, b]]) {
      for (let step = 0; step < 2; step++) {
        await two.hear(await one.say());
        await one.hear(await two.say());
      }
      assert.ok(one.done && two.done);
      assert.deepEqual(await one.words(), await two.words());
    }
    if (String(await a.words()) === String(await b.words())) same++;
  }
  assert.ok(same <= 1, `${same} of ${tries} were the same`);
  // Nobody changes his number after he has heard the other's.
  const [a, m] = [new Comparison(true, ada, toAda), new Comparison(false, toAda, ada)];
  await m.hear(await a.say());
  await a.hear(await m.say());
  await m.hear(await a.say());
  assert.equal(await a.hear({ nonce: toBase64url(new Uint8Array(16)) }), false);
  assert.equal(await a.hear({ hash: 'another' }), false);
  assert.equal(await a.words(), null);
  // And nobody asks a page until the words are the same.
  const said = [];
  const comparisons = new Comparisons(/** @type {any} */ (clock.env), ben, (_, one) => said.push(one));
  for (let n = 0; n < 100; n++) {
    await comparisons.hear(toBen, await new Comparison(true, toBen, ben).say(), true);
    clock.time += 60_000;
  }
  assert.equal(said.length, 5);
  // Nor under ever new sessions, nor when it is not his to begin.
  for (let n = 0; n < 100; n++) {
    const session = await makeIdentity(await newDeviceKey(), null);
    await comparisons.hear(session, await new Comparison(true, session, ben).say(), n > 50);
    if (n === 50) assert.equal(said.length, 5);
    clock.time += 60_000;
  }
  assert.equal(said.length, 40);
});

test('a page takes part in no comparison that it has not begun, unless the other speaks for the room', async () => {
  const room = new Room();
  const [ada, ben, carl] = await call(room, 2);
  for (const [from, to] of [[carl, ben], [carl, ada]]) {
    const channel = from.channels.get(to.own.session);
    room.queue.push({ from: from.seat.participant, to: to.seat.participant, sealed: await channel.seal({ type: 'words', hash: toBase64url(new Uint8Array(32)), lang: 'de' }) });
  }
  const answers = /** @type {string[]} */ ([]);
  room.server = (message) => {
    if (message.to === carl.seat.participant) answers.push(message.from);
    return [message];
  };
  await room.quiet();
  assert.deepEqual(answers, []);
});
