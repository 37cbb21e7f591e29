/* Who is here and who waits, as the server's messages build it up. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Roster } from '../../static/call/roster.js';
import { welcome } from './fakes.js';

const name = { plain: '' };
/** @param {string} participant @param {object} [more] */
const member = (participant, more) => ({ participant, role: 'client', name, audio: true, video: true, connection: 'ok', ...more });
/** @param {string} participant @param {object} [more] */
const waiting = (participant, more) => ({
  participant, person: 'x', role: 'client', label: name, name, lang: 'de', device: 'phone', media: 'av', consent: true, waited_ms: 4000,
  other_device: false, state: 'waiting', ...more,
});
/** @param {Roster} roster @param {string} type @param {any} body */
const say = (roster, type, body) => assert.equal(roster.apply({ type, body }), true);
/** @param {{ value: { participant: string }[] }} list */
const ids = (list) => list.value.map(({ participant }) => participant).join(' ');

function counsellors() {
  const roster = new Roster(() => 1_000_000);
  roster.welcome(welcome({
    participant: 'b', role: 'counsellor', phase: 'in',
    state: { counsellor: 'here', room: { held: false, paused: false }, members: [member('x')], publications: [], waiting: [waiting('w')] },
  }));
  return roster;
}

test('a waiting client sees the counsellor and the room, nobody else', () => {
  const roster = new Roster(() => 0);
  roster.welcome(welcome({ other_device: true }));
  assert.deepEqual(roster.me.value, { participant: 'me', role: 'client' });
  assert.equal(roster.moderates.value, false);
  assert.equal(roster.otherDevice.value, true);
  assert.equal(roster.counsellor.value, 'absent');
  say(roster, 'counsellor', { counsellor: 'here' });
  assert.equal(roster.counsellor.value, 'here');
  assert.equal(ids(roster.members), '');
});

test('the waiting list keeps the order of arrival, and counts the time by this clock', () => {
  const roster = counsellors();
  assert.equal(roster.moderates.value, true);
  assert.equal(roster.waiting.value[0].since, 996_000);
  say(roster, 'waiting', waiting('v', { waited_ms: 0 }));
  say(roster, 'waiting', waiting('w', { state: 'declined', waited_ms: 5000 }));
  assert.equal(ids(roster.waiting), 'w v');
  assert.equal(roster.waiting.value[0].state, 'declined');
  say(roster, 'waiting_gone', { participant: 'w', reason: 'left' });
  say(roster, 'waiting_gone', { participant: 'nobody', reason: 'left' });
  assert.equal(ids(roster.waiting), 'v');
});

test('who closes the page is gone at once, and has his place when it was only loaded anew', () => {
  const roster = counsellors();
  say(roster, 'waiting', waiting('v'));
  say(roster, 'waiting', waiting('w', { state: 'gone' }));
  assert.equal(ids(roster.waiting), 'v');
  say(roster, 'waiting', waiting('w'));
  assert.equal(ids(roster.waiting), 'w v');
  say(roster, 'waiting', waiting('w', { state: 'gone' }));
  say(roster, 'waiting_gone', { participant: 'w', reason: 'left' });
  say(roster, 'waiting', waiting('w'));
  assert.equal(ids(roster.waiting), 'v w');
});

test('members keep the order of joining while they change, and take their publications with them', () => {
  const roster = counsellors();
  say(roster, 'member', member('y'));
  say(roster, 'publication', { publication: 'u1', participant: 'y', source: 'camera' });
  say(roster, 'publication', { publication: 'u2', participant: 'x', source: 'camera' });
  say(roster, 'publication', { publication: 'u2', participant: 'x', source: 'camera' });
  say(roster, 'member', member('x', { audio: false }));
  assert.equal(ids(roster.members), 'x y');
  assert.equal(roster.members.value[0].audio, false);
  say(roster, 'member_gone', { participant: 'y', reason: 'left' });
  assert.deepEqual(roster.publications.value.map(({ publication }) => publication), ['u2']);
  say(roster, 'publication_gone', { publication: 'u2' });
  assert.deepEqual(roster.publications.value, []);
});

test('a member sees that the counsellor lost the line, went, and came back', () => {
  const roster = new Roster(() => 0);
  roster.welcome(welcome({ phase: 'in', state: { counsellor: 'here', room: { held: false, paused: false }, members: [member('b', { role: 'counsellor' })] } }));
  assert.equal(roster.counsellor.value, 'here');
  say(roster, 'member', member('b', { role: 'counsellor', connection: 'reconnecting' }));
  assert.equal(roster.counsellor.value, 'away');
  say(roster, 'member', member('b', { role: 'counsellor' }));
  assert.equal(roster.counsellor.value, 'here');
  say(roster, 'member_gone', { participant: 'b', reason: 'left' });
  assert.equal(roster.counsellor.value, 'away');
});

test('a welcome after a break replaces everything', () => {
  const roster = counsellors();
  say(roster, 'member', member('y'));
  say(roster, 'speaker', { dominant: 'y', speaking: ['y'] });
  roster.welcome(welcome({ participant: 'b', role: 'counsellor', phase: 'in', state: { counsellor: 'here', room: { held: true, paused: false }, members: [] } }));
  assert.equal(ids(roster.members) + ids(roster.waiting), '');
  assert.equal(roster.room.value.held, true);
  assert.deepEqual(roster.speaker.value, { dominant: '', speaking: [] });
});

test('what is no matter of the roster is left to others', () => {
  assert.equal(counsellors().apply({ type: 'slots', body: {} }), false);
});

test('the lists have a bound', () => {
  const roster = counsellors();
  for (let i = 0; i < 1100; i++) roster.apply({ type: 'member', body: member(`m${i}`) });
  assert.equal(roster.members.value.length, 1024);
});

test('whether one’s own camera is reserved is what the server said last, and nobody’s outside', () => {
  const roster = new Roster(() => 0);
  const self = { audio: true, video: true, video_reserved: true };
  roster.welcome(welcome({ phase: 'in', state: { counsellor: 'here', room: { held: false, paused: false }, self, members: [], publications: [] } }));
  assert.equal(roster.camReserved.value, true);
  say(roster, 'video_reserved', { on: false });
  assert.equal(roster.camReserved.value, false);
  say(roster, 'video_reserved', { on: true });
  assert.equal(roster.camReserved.value, true);
  roster.clear();
  assert.equal(roster.camReserved.value, false);
});

test("one's own hand is as the server says, in the state and after", () => {
  const roster = new Roster(() => 0);
  const state = { counsellor: 'here', room: { held: false, paused: false }, self: { audio: true, video: true, hand: 4 } };
  roster.welcome(welcome({ phase: 'in', state: /** @type {any} */ (state) }));
  assert.equal(roster.hand.value, 4);
  say(roster, 'own_hand', { hand: 0 });
  assert.equal(roster.hand.value, 0);
  say(roster, 'own_hand', { hand: 6 });
  roster.clear();
  assert.equal(roster.hand.value, 0);
});

test('to whom moderation is lent he is told who waits and whose they are, and without it neither', () => {
  const roster = new Roster(() => 1_000_000);
  roster.welcome(welcome({
    participant: 'i', role: 'interpreter', phase: 'in',
    state: { counsellor: 'here', room: { held: false, paused: false }, self: { audio: true, video: true }, members: [member('x'), member('a', { role: 'counsellor' })], publications: [{ publication: 'u', participant: 'x', source: 'camera' }] },
  }));
  assert.deepEqual([roster.promoted.value, roster.moderates.value], [false, false]);
  say(roster, 'promoted', { on: true, members: [member('x', { person: 'p', label: name }), member('a', { role: 'counsellor' })], waiting: [waiting('w')], exits: [] });
  assert.deepEqual([roster.promoted.value, roster.moderates.value, ids(roster.waiting), roster.members.value[0].person, roster.publications.value.length], [true, true, 'w', 'p', 1]);
  say(roster, 'promoted', { on: false, members: [member('x'), member('a', { role: 'counsellor' })] });
  assert.deepEqual([roster.promoted.value, roster.moderates.value, ids(roster.waiting), roster.members.value[0].person], [false, false, '', undefined]);
  roster.welcome(welcome({ participant: 'i', role: 'interpreter', phase: 'in', state: { counsellor: 'here', room: { held: false, paused: false }, self: { audio: true, video: true, promoted: true }, members: [], publications: [], waiting: [] } }));
  assert.equal(roster.moderates.value, true);
  roster.replace({ counsellor: 'here', room: { held: false, paused: false } });
  assert.deepEqual([roster.promoted.value, roster.moderates.value], [false, false]);
});

test('a counsellor is here while somebody is to whom moderation is lent', () => {
  const roster = new Roster(() => 1_000_000);
  roster.welcome(welcome({ phase: 'in', state: { counsellor: 'here', room: { held: false, paused: false }, self: { audio: true, video: true }, members: [member('i', { role: 'interpreter', promoted: true }), member('a', { role: 'counsellor' })], publications: [] } }));
  say(roster, 'member_gone', { participant: 'a', reason: 'left' });
  assert.equal(roster.counsellor.value, 'here');
  say(roster, 'member', member('i', { role: 'interpreter' }));
  assert.equal(roster.counsellor.value, 'away');
});

test('a consent is there to be withdrawn where the server says that one is asked, outside and in', () => {
  const roster = new Roster(() => 0);
  const room = { held: false, paused: false };
  const asked = [];
  roster.welcome(welcome({ state: { counsellor: 'here', room, stay: { notes: [] } } }));
  asked.push(roster.consentAsked.value);
  say(roster, 'stay', { notes: [], consent_asked: true });
  asked.push(roster.consentAsked.value);
  roster.admitted({ counsellor: 'here', room, self: { audio: true, video: true, consent_asked: true }, members: [], publications: [] });
  asked.push(roster.consentAsked.value);
  roster.admitted({ counsellor: 'here', room, self: { audio: true, video: true }, members: [], publications: [] });
  asked.push(roster.consentAsked.value);
  assert.deepEqual(asked, [false, true, true, false]);
});
