/* What a message is, and who may write to whom. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressees, isId, lengthMost, mayWrite, newId, readMessage } from '../../static/call/message.js';

const id = 'A'.repeat(22);

test('an id is 128 bits by chance', () => {
  assert.ok(isId(newId()));
  assert.notEqual(newId(), newId());
  for (const other of [null, 7, '', 'A'.repeat(21), 'A'.repeat(23), `${'A'.repeat(21)}/`, `${id}\n`, [id]]) assert.ok(!isId(other), String(other));
});

test('a message and its answer', () => {
  assert.deepEqual(readMessage({ id, text: 'Guten Tag' }), { id, text: 'Guten Tag', private: false });
  assert.deepEqual(readMessage({ id, text: 'Guten Tag', private: true, more: 1 }), { id, text: 'Guten Tag', private: true });
  assert.deepEqual(readMessage({ got: id, id, text: 'x' }), { got: id });
});

test('four thousand units, and not one more', () => {
  assert.equal(lengthMost, 4_000);
  assert.ok(readMessage({ id, text: 'x'.repeat(4_000) }));
  assert.ok(readMessage({ id, text: '😀'.repeat(2_000) }), 'as a text field counts them');
  assert.equal(readMessage({ id, text: 'x'.repeat(4_001) }), null);
  assert.equal(readMessage({ id, text: `${'😀'.repeat(2_000)}x` }), null);
});

const misshapen = /** @type {Record<string, any>[]} */ ([
  {}, { id }, { text: 'x' }, { id, text: '' }, { id, text: ' \n\t ' }, { id, text: 7 }, { id, text: ['x'] }, { id, text: { toString: 'x' } }, { id: 'short', text: 'x' }, { got: 'short' },
]);
for (const content of misshapen) test(`${JSON.stringify(content)} is none`, () => assert.equal(readMessage(content), null));
test('private is true or it is not', () => assert.equal(readMessage({ id, text: 'x', private: 'yes' })?.private, false));

/** @param {string} participant @param {any} role @param {string} [identity] @returns {any} */
const member = (participant, role, identity = 'i') => ({ participant, role, identity });
const [ada, cora, ben, cem, inga] = [member('ada', 'counsellor'), member('cora', 'co-counsellor'), member('ben', 'client'), member('cem', 'client'), member('inga', 'interpreter')];
/** @param {{ participant: string }[]} people */
const names = (people) => people.map(({ participant }) => participant);

test('who moderates writes to each alone, everybody to who moderates, the others only to the room', () => {
  const all = [ada, cora, ben, cem, inga];
  for (const from of all) {
    for (const to of all) {
      if (from === to) continue;
      assert.ok(mayWrite(from, to, false, 'all'));
      assert.equal(mayWrite(from, to, true, 'all'), [ada, cora].includes(from) || [ada, cora].includes(to), `${from.participant} to ${to.participant}`);
      assert.equal(mayWrite(from, to, false, 'counsellors'), mayWrite(from, to, true, 'all'));
    }
  }
});

test('the choice of whom to write to', () => {
  const of = (/** @type {any} */ me, /** @type {any[]} */ members, /** @type {any} */ rule = 'all') => {
    const { room, alone } = addressees(me, members, rule);
    return [names(room), names(alone)];
  };
  assert.deepEqual(of(ada, [ben, cem]), [['ben', 'cem'], ['ben', 'cem']]);
  assert.deepEqual(of(ben, [ada, cem, inga]), [['ada', 'cem', 'inga'], ['ada']]);
  assert.deepEqual(of(ben, [ada]), [['ada'], []], 'of two there is no choice');
  assert.deepEqual(of(ben, [cem]), [['cem'], []]);
  assert.deepEqual(of(ben, []), [[], []]);
  assert.deepEqual(of(ben, [ada, cem], 'counsellors'), [['ada'], []], 'of one counsellor there is no choice either');
  assert.deepEqual(of(ben, [ada, cora, cem], 'counsellors'), [['ada', 'cora'], ['ada', 'cora']]);
  assert.deepEqual(of(ada, [ben, cem], 'counsellors'), [['ben', 'cem'], ['ben', 'cem']]);
});

test('what is for those alone who moderate, although others are there', () => {
  const limited = (/** @type {any} */ me, /** @type {any[]} */ members, /** @type {any} */ rule) => addressees(me, members, rule).limited;
  assert.ok(limited(ben, [ada, cem], 'counsellors'));
  assert.ok(!limited(ben, [ada, cem], 'all'));
  assert.ok(!limited(ben, [ada, cora], 'counsellors'), 'nobody is left out');
  assert.ok(!limited(ada, [ben, cem], 'counsellors'));
});

test('to whom moderation is lent he writes, and is written to, as who moderates', () => {
  const igor = { ...inga, lent: true };
  assert.deepEqual(names(addressees(ben, [igor, cem], 'counsellors').room), [igor.participant]);
  assert.deepEqual(names(addressees(igor, [ben, cem], 'counsellors').alone), ['ben', 'cem']);
});

test('who introduced himself with nothing is written to by nobody', () => {
  assert.deepEqual(names(addressees(ada, [member('old', 'client', ''), ben], 'all').room), ['ben']);
  assert.deepEqual(names(addressees(ada, [member('old', 'client', ''), ben], 'all').alone), ['ben']);
});
