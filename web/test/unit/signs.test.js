/* The silent sign: sealed for those who moderate alone, said until one of them has it, and kept to by who reads. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Signs } from '../../static/call/signs.js';
import { signal } from '../../static/third_party/preact.js';

/** @param {string} participant @param {any} role @param {string} [identity] */
const member = (participant, role, identity = 'i') => ({ participant, role, name: { plain: '' }, audio: true, video: true, connection: /** @type {const} */ ('ok'), identity });
const people = { ada: member('ada', 'counsellor'), ben: member('ben', 'client'), cem: member('cem', 'client'), dana: member('dana', 'co-counsellor') };

/** A page of one of them. @param {'ada' | 'ben' | 'cem'} who @param {{ rule?: boolean, others?: (keyof typeof people)[] }} [more] */
function page(who, { rule = true, others = /** @type {(keyof typeof people)[]} */ (Object.keys(people).filter((one) => one !== who)) } = {}) {
  /** @type {[string, any][]} */
  const said = [];
  /** @type {{ at: number, then: () => void }[]} */
  let timers = [];
  const world = {
    clock: 0,
    now: () => world.clock,
    setTimeout: (/** @type {() => void} */ then, /** @type {number} */ ms) => {
      const timer = { at: world.clock + ms, then };
      timers.push(timer);
      return timer;
    },
    clearTimeout: (/** @type {any} */ timer) => (timers = timers.filter((one) => one !== timer)),
    pass(/** @type {number} */ ms) {
      const end = world.clock + ms;
      for (let next; (next = timers.sort((a, b) => a.at - b.at)[0]) && next.at <= end; ) {
        timers.shift();
        world.clock = next.at;
        next.then();
      }
      world.clock = end;
    },
  };
  const members = signal(others.map((one) => people[one]));
  const room = signal({ held: false, paused: false, ...(rule && { silent_sign: true }) });
  const signs = new Signs(world, { say: (to, content) => said.push([to, content]), me: signal({ participant: who, role: people[who].role }), members, room });
  signs.show(true);
  return { signs, said, world, members };
}
const id = 'AAAAAAAAAAAAAAAAAAAAAA';

test('it goes to those who moderate and to nobody else, until one of them has it', () => {
  const { signs, said, world } = page('ben');
  signs.give();
  assert.deepEqual(said.map(([to, { type }]) => [to, type]), [['ada', 'sign'], ['dana', 'sign']]);
  assert.equal(signs.own.value, 'going', 'no tick yet');
  signs.give();
  assert.equal(said.length, 2, 'one at a time');
  world.pass(2_000);
  assert.equal(said.length, 4);
  signs.hear('cem', { type: 'sign', got: said[0][1].id });
  signs.hear('ada', { type: 'sign', got: id });
  assert.equal(signs.own.value, 'going', 'another client, or another sign, says nothing');
  signs.hear('dana', { type: 'sign', got: said[0][1].id });
  assert.equal(signs.own.value, 'there');
  world.pass(3_000);
  assert.equal(signs.own.value, 'none');
  world.pass(20_000);
  assert.equal(said.length, 4);
});

test('where nobody has it in ten seconds, it says so', () => {
  const { signs, said, world } = page('ben', { others: ['ada'] });
  signs.give();
  world.pass(9_999);
  assert.deepEqual([said.length, signs.own.value], [4, 'going']);
  world.pass(1);
  assert.equal(signs.own.value, 'failed');
});

test('who may: by the policy, who does not moderate, and while somebody is there to read it', () => {
  for (const [who, more, may] of /** @type {const} */ ([
    ['ben', {}, true], ['ada', {}, false], ['ben', { rule: false }, false], ['ben', { others: ['cem'] }, false],
  ])) {
    const { signs, said } = page(who, /** @type {any} */ (more));
    signs.give();
    assert.deepEqual([signs.may.value, said.length > 0], [may, may], `${who} ${JSON.stringify(more)}`);
  }
});

test('who moderates reads it once of each, answers, and puts it away', () => {
  const { signs, said, world, members } = page('ada');
  signs.hear('ben', { type: 'sign', id });
  world.pass(1_000);
  signs.hear('ben', { type: 'sign', id });
  assert.deepEqual(said, [['ben', { type: 'sign', got: id }], ['ben', { type: 'sign', got: id }]]);
  assert.deepEqual(signs.given.value.map(({ member, at }) => [member.participant, at]), [['ben', 1_000]]);
  signs.putAway('ben');
  assert.equal(signs.given.value.length, 0);
  signs.hear('cem', { type: 'sign', id });
  members.value = [people.ben];
  assert.equal(signs.given.value.length, 0, 'who has gone');
});

test('a page that keeps to no rule is not heard, and no flood is answered', () => {
  for (const [who, more, from, content] of /** @type {const} */ ([
    ['ada', { rule: false }, 'ben', { id }], ['ada', {}, 'dana', { id }], ['ben', {}, 'cem', { id }], ['ada', {}, 'stranger', { id }], ['ada', {}, 'ben', { id: 7 }], ['ada', {}, 'ben', {}],
  ])) {
    const { signs, said } = page(who, more);
    signs.hear(from, /** @type {any} */ ({ type: 'sign', ...content }));
    assert.deepEqual([said, signs.given.value], [[], []], `${who} of ${from}`);
  }
  const { signs, said } = page('ada');
  for (let n = 0; n < 100; n++) signs.hear('ben', { type: 'sign', id });
  assert.equal(said.length, 5);
});

test('nothing is answered before a screen shows it; what was said before is there then, and the next time is answered', () => {
  const { signs, said } = page('ada', { others: ['ben'] });
  signs.show(false);
  signs.hear('ben', { type: 'sign', id });
  assert.deepEqual([said, signs.given.value.length], [[], 1]);
  signs.show(true);
  signs.hear('ben', { type: 'sign', id });
  assert.deepEqual(said, [['ben', { type: 'sign', got: id }]]);
  assert.equal(signs.given.value.length, 1);
});
