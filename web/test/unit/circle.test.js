/* Who is in by more than the server's word: pages with real keys, and a server that may do as it likes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Channel } from '../../static/e2ee/channel.js';
import { makeIdentity, readIdentity, vouch } from '../../static/e2ee/identity.js';
import { fromBase64url, toBase64url } from '../../static/e2ee/bytes.js';
import { newDeviceKey } from '../../static/e2ee/keys.js';
import { Page, Room, call, whole } from './circle_room.js';

test('an identity is read back, and with any bit changed it is none', async () => {
  const own = await makeIdentity(await newDeviceKey(), null);
  const read = await readIdentity(own.text);
  assert.deepEqual([read?.device, read?.session, read?.tag], [own.device, own.session, own.tag]);
  const bytes = fromBase64url(own.text);
  assert.equal(bytes.length, 227);
  for (let at = 0; at < bytes.length; at += 3) {
    const changed = bytes.slice();
    changed[at] ^= 1;
    assert.equal(await readIdentity(toBase64url(changed)), null, `byte ${at}`);
  }
  for (const not of ['', 'AAAA', '!', `${own.text}AA`]) assert.equal(await readIdentity(not), null);
});

test('two: after the admission each opens what the other seals, and both are verified', async () => {
  const [ada, ben] = await call(new Room(), 1);
  assert.ok(whole([ada, ben]));
  assert.deepEqual([ada.sees(ben), ben.sees(ada)], ['verified', 'verified']);
});

test('eight: the same, by the statements of one', async () => {
  const pages = await call(new Room(), 7);
  assert.ok(whole(pages));
  for (const one of pages) for (const other of pages) if (one !== other) assert.equal(one.sees(other), 'verified');
});

test('whom the server names and nobody stated gets no key and is shown as unknown', async () => {
  const room = new Room();
  const pages = await call(room, 2);
  const ghost = await room.client('ghost');
  const guise = await room.counsellor('guise', { knows: false });
  const before = pages.map(({ begun }) => begun);
  await room.says(...pages, ghost, guise);
  await room.pass(20_000);
  for (const page of pages) {
    assert.deepEqual([page.sees(ghost), page.sees(guise)], ['unknown', 'unknown']);
    assert.ok(!ghost.opens(page) && !guise.opens(page));
    assert.ok(!page.opens(ghost) && !page.opens(guise), 'and nothing of theirs is opened');
  }
  assert.deepEqual(pages.map(({ begun }) => begun), before, 'nobody has changed a key for them');
});

test('who came later opens nothing of before, who left or was removed nothing of after', async () => {
  const room = new Room();
  const [ada, ben, carl] = await call(room, 2);
  const before = { ada: ada.epoch, ben: ben.epoch };
  const dora = await room.client('dora');
  await ada.circle.admit(dora.seat);
  await room.says(ada, ben, carl, dora);
  await room.pass(600);
  assert.ok(whole([ada, ben, carl, dora]));
  for (const [of, key] of Object.entries(before)) {
    const learnt = dora.learnt.get(of === 'ben' ? ben.seat.participant : 'ada') ?? [];
    assert.ok(learnt.every((/** @type {any} */ one) => toBase64url(one.secret) !== toBase64url(key.secret)), of);
  }
  // Removed: the server need not say anything for it to hold.
  await ada.circle.dismiss(carl.seat.participant);
  await room.quiet();
  await room.pass(600);
  assert.ok(whole([ada, ben, dora]));
  for (const one of [ada, ben, dora]) {
    assert.ok(!carl.opens(one), 'the removed one opens what follows');
    assert.equal(one.sees(carl), 'unknown');
  }
  await room.says(ada, dora);
  await room.pass(600);
  assert.ok(!ben.opens(ada) && !ben.opens(dora), 'who left opens what follows');
});

test('a client page that is loaded again comes back without a counsellor; a foreign device with the same link does not', async () => {
  const room = new Room();
  const ada = await room.counsellor('ada');
  await room.says(ada);
  const [benKey, carlKey] = [await newDeviceKey(), await newDeviceKey()];
  const [ben, carl] = [await room.client('ben', { key: benKey }), await room.client('carl', { key: carlKey })];
  for (const one of [ben, carl]) await ada.circle.admit(one.seat);
  await room.says(ada, ben, carl);
  await room.pass(600);
  const again = await room.client('ben', { key: benKey });
  await room.says(again, carl);
  await room.pass(600);
  assert.ok(carl.circle.standing.ben === 'verified', 'Carl knows what Ada said of this device');
  assert.ok(!again.opens(carl), 'whom Ben may believe he hears of Ada alone, who is away');
  await room.says(ada, again, carl);
  await room.pass(600);
  assert.ok(whole([ada, again, carl]));
  const other = await room.client('ben');
  await room.says(ada, other, carl);
  await room.pass(600);
  assert.equal(ada.sees(other), 'unknown');
  assert.ok(!other.opens(ada) && !other.opens(carl));
});

test('a counsellor whose page is loaded again learns from the others what she had said', async () => {
  const room = new Room();
  const key = await newDeviceKey();
  const ada = await room.counsellor('ada', { key });
  await room.says(ada);
  const ben = await room.client('ben');
  await ada.circle.admit(ben.seat);
  await room.says(ada, ben);
  await room.pass(600);
  const again = await room.counsellor('ada', { key });
  await room.says(again, ben);
  await room.pass(600);
  assert.ok(whole([again, ben]));
  assert.deepEqual([again.sees(ben), ben.sees(again)], ['verified', 'verified']);
});

test('without the link secret, or without the room key, it is a call all the same, and called unverified', async () => {
  for (const [knows, linked] of [[true, false], [false, true], [false, false]]) {
    const room = new Room();
    const ada = await room.counsellor('ada', { knows });
    const ben = await room.client('ben', { linked });
    await room.says(ada);
    await ada.circle.admit(ben.seat);
    await room.says(ada, ben);
    await room.pass(600);
    assert.ok(whole([ada, ben]));
    assert.deepEqual([ada.sees(ben), ben.sees(ada)], ['unverified', 'unverified'], `${knows} ${linked}`);
  }
});

test('a guise of a counsellor who comes first gives way to the one who proves it', async () => {
  const room = new Room();
  const [ada, guise, ben] = [await room.counsellor('ada'), await room.counsellor('guise', { knows: false }), await room.client('ben')];
  await guise.circle.admit(ben.seat);
  await room.says(guise, ben);
  await room.pass(600);
  assert.equal(ben.sees(guise), 'unverified');
  await ada.circle.admit(ben.seat);
  await room.says(guise, ada, ben);
  await room.pass(600);
  assert.deepEqual([ben.sees(ada), ben.sees(guise)], ['verified', 'unknown']);
  assert.ok(ben.opens(ada) && !guise.opens(ben));
});

test('a server that loses half of the messages delays, and nothing else; one that loses all is shown', async () => {
  const room = new Room();
  let state = 3;
  const lucky = () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) < 2 ** 31;
  room.server = (message) => (lucky() ? [message] : []);
  const pages = await call(room, 2);
  await room.pass(20_000);
  assert.ok(whole(pages), 'from the first message on');
  await pages[0].circle.renew();
  await room.pass(20_000);
  assert.ok(whole(pages));
  room.server = () => [];
  await pages[0].circle.renew();
  await room.pass(20_000);
  assert.equal(pages[0].sees(pages[1]), 'waiting');
  room.server = (message) => [message];
  await pages[1].circle.unknown('ada');
  await room.quiet();
  assert.ok(pages[1].opens(pages[0]));
  assert.equal(pages[0].sees(pages[1]), 'verified');
});

test('a server that repeats, reorders, changes, and gives messages to others does no more than lose them', async () => {
  const room = new Room();
  const pages = await call(room, 3);
  /** @type {any[]} */
  const kept = [];
  room.server = (message) => {
    kept.push(message);
    const [another] = kept;
    return [
      { ...message, sealed: `${message.sealed.slice(0, -4)}AAAA` }, { ...message, from: message.to, to: message.from }, { ...message, from: pages.find(({ seat }) => ![message.from, message.to].includes(seat.participant))?.seat.participant ?? '' },
      message, message, another,
    ];
  };
  for (const page of pages) await page.circle.renew();
  await room.pass(20_000);
  assert.ok(whole(pages));
  for (const one of pages) for (const other of pages) if (one !== other) assert.equal(one.sees(other), 'verified');
});

test('a hundred knocks, declined ones and names change no key; each removal changes it once', async () => {
  const room = new Room();
  const [ada, ben] = await call(room, 1);
  const before = [ada.epoch, ben.epoch];
  for (let n = 0; n < 100; n++) {
    const knocker = await room.client(`knocker ${n}`);
    room.pages.delete(knocker.seat.participant);
    await room.says(ada, ben);
    await room.pass(100);
  }
  assert.deepEqual([ada.epoch, ben.epoch], before);
});

test('who is put back seals for nobody, an old "in" said again does not bring him back, a new one does', async () => {
  const room = new Room();
  /** @type {any[]} */
  const old = [];
  room.server = (message) => {
    old.push(message);
    return [message];
  };
  const [ada, ben, carl] = await call(room, 2);
  await ada.circle.dismiss(carl.seat.participant);
  await room.quiet();
  room.queue.push(...old);
  await room.quiet();
  await room.pass(600);
  assert.deepEqual([ben.sees(carl), carl.sees(ben)], ['unknown', 'waiting']);
  assert.ok(![ada, ben].some((one) => one.opens(carl)), 'what he seals now opens for nobody');
  await ada.circle.admit(carl.seat);
  await room.quiet();
  await room.pass(600);
  assert.ok(whole([ada, ben, carl]), 'put back and let in again');
});

test('a number as high as can be, signed by anybody, keeps nobody in and nobody out', async () => {
  const room = new Room();
  const [ada, ben, carl] = await call(room, 2);
  const forge = async (/** @type {Page} */ about, /** @type {string} */ state, number = Number.MAX_SAFE_INTEGER) => {
    const statement = ['anteroom statement v1', about.seat.participant, about.seat.person, 'client', state, 'verified', 'speaks', number, about.own.device].join('\n');
    return { statement, by: carl.own.device, signature: toBase64url(await carl.own.sign(new TextEncoder().encode(statement))) };
  };
  const forged = [await forge(carl, 'in'), await forge(ben, 'out')];
  for (const to of [ada, ben]) {
    const identity = await readIdentity(to.own.text);
    assert.ok(identity);
    const channel = await Channel.between(carl.own, identity);
    for (let n = 0; n < 40; n++) await channel.seal({ type: 'nothing' });
    room.queue.push({ from: carl.seat.participant, to: to.seat.participant, sealed: await channel.seal({ type: 'state', v: 1, mac: 'AAAA', statements: forged }) });
  }
  await room.quiet();
  await room.pass(600);
  assert.deepEqual([ada.sees(ben), ben.sees(ada)], ['verified', 'verified']);
  await ada.circle.dismiss(carl.seat.participant);
  await room.quiet();
  await room.pass(600);
  assert.deepEqual([ada.sees(carl), ben.sees(carl)], ['unknown', 'unknown']);
  assert.ok(whole([ada, ben]) && !carl.opens(ada) && !carl.opens(ben));
});

test('an identity that the server kept, of somebody who once could open the room, admits nobody', async () => {
  const room = new Room();
  const old = await room.counsellor('eve');
  const carl = await room.client('carl');
  await old.circle.admit(carl.seat);
  await room.quiet();
  old.circle.end();
  room.pages.delete('eve');
  const [ada, ben] = await call(room, 1);
  room.pages.set('carl', carl);
  const seats = [ada.seat, ben.seat, old.seat, carl.seat];
  for (const page of [ada, ben, carl]) await page.circle.members(seats);
  await room.quiet();
  await room.pass(5_000);
  for (const page of [ada, ben]) assert.deepEqual([page.circle.standing.eve, page.sees(carl)], ['unknown', 'unknown']);
  assert.ok(!carl.opens(ada) && !carl.opens(ben));
});

test('what asks for keys in the moment of an admission gets none of before', async () => {
  const room = new Room();
  const [ada, ben] = await call(room, 1);
  const before = toBase64url(ben.epoch.secret);
  const carl = await room.client('carl');
  await ada.circle.admit(carl.seat);
  await room.says(ada, ben, carl);
  for (let n = 0; n < 10; n++) {
    await carl.circle.unknown(ben.seat.participant);
    await room.quiet();
    await room.pass(5);
  }
  await room.pass(600);
  assert.ok(carl.opens(ben));
  assert.ok(carl.learnt.get(ben.seat.participant).every((/** @type {any} */ { secret }) => toBase64url(secret) !== before));
});

test('a server that lets somebody come and go all the time does not put off the secret that the removed one lacks', async () => {
  const room = new Room();
  const [ada, ben, carl, dora] = await call(room, 3);
  room.server = (message) => (message.from === 'ada' && message.to === dora.seat.participant ? [] : [message]);
  await ada.circle.dismiss(carl.seat.participant);
  await room.quiet();
  for (let n = 0; n < 6; n++) {
    await ada.circle.members((n % 2 ? [ada, ben, dora] : [ada, ben]).map(({ seat }) => seat));
    await room.pass(450);
  }
  assert.ok(ada.begun > 0 && !carl.opens(ada));
  assert.equal(ada.sees(dora), 'waiting', 'and who has not got it is shown as such');
});

test('who knows the link of another, and is no counsellor by the server, speaks for nobody', async () => {
  const room = new Room();
  const carl = await room.client('carl');
  const ben = await room.client('ben');
  const ghost = await room.client('ghost');
  // Carl has Ben's link as well.
  const theirs = room.links.get(ben.seat.person ?? '');
  assert.ok(theirs);
  const identity = await readIdentity(ben.own.text);
  assert.ok(identity);
  const channel = await Channel.between(carl.own, identity);
  await room.says(carl, ben, ghost);
  for (let n = 0; n < 20; n++) await channel.seal({ type: 'nothing' });
  room.queue.push({ from: 'carl', to: 'ben', sealed: await channel.seal({ type: 'state', v: 1, mac: await vouch(theirs, carl.own.device, ben.own.device), statements: [] }) });
  await room.quiet();
  await room.pass(600);
  assert.deepEqual([ben.sees(carl), ben.sees(ghost)], ['unknown', 'unknown']);
});

test('a role that the server invents makes nobody speak for the room', async () => {
  const room = new Room();
  const [ada, ben] = await call(room, 1);
  const carl = await room.client('carl');
  const seat = { ...carl.seat, role: 'co-counsellor' };
  await ada.circle.admit(seat);
  for (const page of [ada, ben]) await page.circle.members([ada.seat, ben.seat, seat]);
  await room.quiet();
  const identity = await readIdentity(ben.own.text);
  assert.ok(identity);
  const dora = await room.client('dora');
  const statement = ['anteroom statement v1', 'dora', dora.seat.person, 'client', 'in', 'verified', 'listens', room.clock.time, dora.own.device].join('\n');
  const signed = { statement, by: carl.own.device, signature: toBase64url(await carl.own.sign(new TextEncoder().encode(statement))) };
  const channel = await Channel.between(carl.own, identity);
  for (let n = 0; n < 20; n++) await channel.seal({ type: 'nothing' });
  room.queue.push({ from: 'carl', to: ben.seat.participant, sealed: await channel.seal({ type: 'state', v: 1, mac: '', statements: [signed] }) });
  await room.quiet();
  for (const page of [ada, ben]) await page.circle.members([ada.seat, ben.seat, seat, dora.seat]);
  await room.quiet();
  await room.pass(600);
  assert.equal(ben.circle.people.carl.role, 'co-counsellor');
  assert.equal(ben.sees(dora), 'unknown');
});

test('who has never answered is waited for at once, and nobody is called verified before', async () => {
  const room = new Room();
  const ada = await room.counsellor('ada');
  await room.says(ada);
  const ben = await room.client('ben');
  room.server = () => [];
  await ada.circle.admit(ben.seat);
  await room.says(ada, ben);
  assert.equal(ada.sees(ben), 'waiting');
  await room.pass(20_000);
  assert.deepEqual([ada.sees(ben), ben.sees(ada)], ['waiting', 'unknown']);
});

test('a counsellor who is not heard of any more is missed', async () => {
  const room = new Room();
  const [ada, ben] = await call(room, 1);
  await room.pass(300_000);
  assert.equal(ben.sees(ada), 'verified');
  room.server = ({ from, ...message }) => (from === 'ada' ? [] : [{ from, ...message }]);
  await room.pass(60_000);
  assert.equal(ben.sees(ada), 'waiting');
});

test("who shows another's identity, or signs another's session as his, takes nothing from him", async () => {
  const room = new Room();
  const [ada, ben] = await call(room, 1);
  const thief = { participant: 'a thief', role: 'client', identity: ben.own.text };
  await ada.circle.members([ada.seat, thief, ben.seat]);
  await room.quiet();
  assert.deepEqual([ada.circle.standing['a thief'], ada.sees(ben)], ['unknown', 'verified']);
  await ada.circle.members([ada.seat, thief]);
  await ada.circle.members([ada.seat, thief, ben.seat]);
  await room.quiet();
  await room.pass(600);
  assert.deepEqual([ada.circle.standing['a thief'], ada.sees(ben)], ['unknown', 'verified']);
  assert.ok(whole([ada, ben]));
});

test('who left may come back in his time, and afterwards only by a new admission; whom the server hides can be removed', async () => {
  const room = new Room();
  const [ada, ben, carl] = await call(room, 2);
  await room.says(ada, ben);
  await room.pass(599_000);
  await room.says(ada, ben, carl);
  await room.pass(600);
  assert.ok(whole([ada, ben, carl]));
  await ada.circle.members([ada.seat, ben.seat]);
  await ada.circle.dismiss(carl.seat.participant);
  await room.quiet();
  await room.pass(600);
  assert.equal(ben.sees(carl), 'unknown');
  await ada.circle.admit(carl.seat);
  await room.says(ada, ben, carl);
  await room.pass(600);
  assert.ok(whole([ada, ben, carl]));
  await room.says(ada, ben);
  await room.pass(601_000);
  await room.says(ada, ben, carl);
  await room.pass(600);
  assert.deepEqual([ada.sees(carl), ben.sees(carl)], ['unknown', 'unknown']);
  await ada.circle.admit(carl.seat);
  await room.pass(600);
  ada.circle.comeBack(60_000);
  await room.says(ada, ben);
  await room.pass(61_000);
  await room.says(ada, ben, carl);
  await room.pass(600);
  assert.deepEqual([ada.sees(carl), ben.sees(carl)], ['unknown', 'unknown']);
});

test('a counsellor whose page is loaded again knows whom she had put out, whatever the server lost', async () => {
  const room = new Room();
  const key = await newDeviceKey();
  const ada = await room.counsellor('ada', { key });
  await room.says(ada);
  const [ben, carl] = [await room.client('ben'), await room.client('carl')];
  for (const one of [ben, carl]) await ada.circle.admit(one.seat);
  await room.says(ada, ben, carl);
  await room.pass(600);
  const kept = JSON.parse(JSON.stringify(ada.kept));
  await ada.circle.dismiss('carl');
  await room.quiet();
  const said = JSON.parse(JSON.stringify(ada.kept));
  assert.equal(said.length, kept.length);
  room.server = (message) => (message.from === 'ben' ? [] : [message]);
  const again = await room.counsellor('ada', { key, said });
  await room.says(again, ben, carl);
  await room.pass(600);
  assert.equal(again.sees(carl), 'unknown');
  assert.ok(!carl.opens(again));
  await again.circle.admit(carl.seat);
  await room.quiet();
  assert.equal(again.kept.length, said.length, 'of each device the last word alone is kept');
});

test('a flood of messages of one costs the others nothing but their turn', async (t) => {
  const room = new Room();
  const [ada, ben, carl] = await call(room, 2);
  const opened = t.mock.method(crypto.subtle, 'decrypt');
  const flood = Array.from({ length: 10_000 }, () => ada.circle.relayed(carl.seat.participant, 'AAAA'));
  await ada.circle.dismiss(carl.seat.participant);
  await Promise.all(flood);
  assert.ok(opened.mock.callCount() < 100, `${opened.mock.callCount()}`);
  await room.quiet();
  await room.pass(600);
  assert.ok(whole([ada, ben]));
});

test('ended: no timer, no key, nothing opens', async () => {
  const room = new Room();
  const [ada, ben] = await call(room, 1);
  ada.circle.end();
  ben.circle.end();
  assert.equal(room.clock.timers.length, 0);
  assert.deepEqual([ada.epoch, ada.learnt.size], [null, 0]);
  await room.says(ada, ben);
  assert.equal(ada.epoch, null);
});

test('clocks that are hours apart, either way, are no matter', async () => {
  const room = new Room();
  const ada = await room.counsellor('ada');
  /** The same page, with a clock that goes wrong. @param {Page} page @param {number} by ms */
  const wrong = ({ own, seat, circle }, by) => {
    circle.end();
    const env = { ...room.clock.env, now: () => room.clock.time + by };
    const page = new Page(own, seat, { link: room.links.get(seat.person), room: null, linkOf: () => null }, /** @type {any} */ ({ queue: room.queue, clock: { env } }));
    room.pages.set(seat.participant, page);
    return page;
  };
  const [ben, carl] = [wrong(await room.client('ben'), -3 * 3_600_000), wrong(await room.client('carl'), 3 * 3_600_000)];
  await room.says(ada);
  for (const one of [ben, carl]) await ada.circle.admit(one.seat);
  await room.says(ada, ben, carl);
  await room.pass(600);
  assert.ok(whole([ada, ben, carl]));
  await ada.circle.dismiss(carl.seat.participant);
  await room.quiet();
  await room.pass(600);
  assert.equal(ben.sees(carl), 'unknown');
});

test('sessions without end take the place of none that is known: what was said once is never heard again', async () => {
  const room = new Room();
  const [ada, ben] = await call(room, 1);
  const kept = /** @type {{ from: string, to: string, sealed: string }[]} */ ([]);
  room.server = (message) => {
    if (message.from === ben.seat.participant) kept.push(message);
    return [message];
  };
  await ben.circle.callMe('the first name');
  await room.pass(600);
  await ben.circle.callMe('the second name');
  await room.pass(600);
  for (let n = 0; n < 600; n += 100) {
    const ghosts = await Promise.all(Array.from({ length: 100 }, async (_, at) => ({ participant: `ghost ${n + at}`, role: 'client', identity: (await makeIdentity(await newDeviceKey(), null)).text })));
    await ada.circle.members([ada.seat, ...ghosts]);
  }
  // And none keeps out who comes afterwards.
  const dan = await room.client('dan');
  await ada.circle.admit(dan.seat);
  await ada.circle.members([ada.seat, dan.seat]);
  await dan.circle.members([ada.seat, dan.seat]);
  await room.quiet();
  assert.equal(ada.sees(dan), 'verified');
  await ada.circle.members([ada.seat, ben.seat]);
  for (const message of kept) await ada.circle.relayed(message.from, message.sealed);
  await room.quiet();
  await room.pass(600);
  assert.deepEqual([ada.sees(ben), ada.circle.people[ben.seat.participant].name], ['verified', 'the second name']);
});

test('who is not in is told nothing of who is', async () => {
  const room = new Room();
  const [ada, ben] = await call(room, 1);
  const carl = await room.client('carl');
  await room.says(ada, ben, carl);
  await room.pass(600);
  assert.deepEqual([carl.sees(ben), carl.sees(ada)], ['unknown', 'verified']);
});

test('who left while his counsellor loaded her page anew is out in his time all the same', async () => {
  const room = new Room();
  const key = await newDeviceKey();
  const ada = await room.counsellor('ada', { key });
  const ben = await room.client('ben');
  await ada.circle.admit(ben.seat);
  await room.says(ada, ben);
  await room.pass(600);
  ada.circle.end();
  const again = await room.counsellor('ada', { key, said: ada.kept, reentry: 60_000 });
  await room.says(again);
  await room.pass(61_000);
  await room.says(again, ben);
  await room.pass(600);
  assert.equal(again.sees(ben), 'unknown');
});

test('whom the server shows in another seat, and the counsellor removes there, is out of his own', async () => {
  const room = new Room();
  const [ada, ben] = await call(room, 1);
  const elsewhere = { ...ben.seat, participant: 'another seat' };
  await ada.circle.members([ada.seat, elsewhere]);
  await ada.circle.dismiss('another seat');
  await room.says(ada, ben);
  await room.pass(600);
  assert.equal(ada.sees(ben), 'unknown');
});

test('who was put out is told so, whatever the server does', async () => {
  const room = new Room();
  const [ada, ben] = await call(room, 1);
  await ada.circle.dismiss(ben.seat.participant);
  await room.pass(600);
  assert.equal(ben.sees(ada), 'waiting');
});
