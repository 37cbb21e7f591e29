/* The small groups of a room: who is with whom, and how people are spread. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { areTogether, spread } from '../../static/call/groups.js';
import { Roster } from '../../static/call/roster.js';

const client = (/** @type {number | undefined} */ group) => ({ role: /** @type {const} */ ('client'), ...(group && { group }) });
const counsellor = (/** @type {number | undefined} */ group) => ({ role: /** @type {const} */ ('counsellor'), ...(group && { group }) });

test('within a group, and those who moderate while the room is held', () => {
  for (const held of [false, true]) {
    assert.equal(areTogether(client(1), client(1), held), true);
    assert.equal(areTogether(client(undefined), counsellor(undefined), held), true);
    assert.equal(areTogether(client(1), client(2), held), false);
    assert.equal(areTogether(client(1), counsellor(undefined), held), false);
    assert.equal(areTogether(counsellor(1), counsellor(undefined), held), held);
    assert.equal(areTogether({ role: 'interpreter', promoted: true, group: 1 }, counsellor(undefined), held), held, 'as is to whom moderation is lent');
  }
});

test('spread evenly: everybody is somewhere, and no group has two more than another', () => {
  for (let groups = 2; groups <= 8; groups++) {
    for (let n = 0; n <= 40; n++) {
      const people = Array.from({ length: n }, (_, i) => `p${i}`);
      const places = spread(people, groups);
      assert.deepEqual(Object.keys(places), people);
      const sizes = Array.from({ length: groups }, (_, i) => Object.values(places).filter((group) => group === i + 1).length);
      assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1, `${n} in ${groups}: ${sizes}`);
    }
  }
});

test('who is moved is told of his group at once, and sees nobody of another', () => {
  const roster = new Roster(() => 0);
  const member = (/** @type {string} */ participant, /** @type {object} */ more) => ({ participant, name: { plain: '' }, audio: true, video: true, connection: 'ok', ...more });
  const ada = member('ada', counsellor(undefined));
  roster.welcome(/** @type {any} */ ({
    participant: 'ben', role: 'client', other_device: false,
    state: { counsellor: 'here', room: { held: false, paused: false, groups: 2 }, self: { audio: true, video: true }, members: [ada, member('eva', client(undefined))] },
  }));
  const together = () => roster.together.value.map(({ participant }) => participant);
  assert.deepEqual(together(), ['ada', 'eva']);
  roster.apply(/** @type {any} */ ({ type: 'grouped', body: { group: 2, members: [ada, member('cem', client(2))] } }));
  assert.deepEqual([roster.group.value, together(), roster.counsellor.value], [2, ['cem'], 'here']);
  roster.apply(/** @type {any} */ ({ type: 'member', body: member('ada', counsellor(2)) }));
  assert.deepEqual(together(), ['ada', 'cem']);
  roster.apply(/** @type {any} */ ({ type: 'member_gone', body: { participant: 'cem', reason: 'group' } }));
  assert.deepEqual(together(), ['ada']);
});
