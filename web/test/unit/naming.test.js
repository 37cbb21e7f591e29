/* What people may call themselves: the rule that the pages keep, of who types and of who reads. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { keeps, ruleFor } from '../../static/call/naming.js';

test('initials are four letters or digits at the most, in any script, with points and spaces', () => {
  for (const name of ['', 'A', 'A. B.', 'Anna', 'Ä. Ö.', 'А. Б.', 'A-B C.', 'M 12']) assert.ok(keeps('initials', name), name);
  for (const name of ['Annas', 'Anna B.', 'A 1234', 'А. Бела', '٣٤٥٦٧', 'A. . . . . . B.', 'e\u0301e\u0301e\u0301e\u0301e\u0301']) assert.ok(!keeps('initials', name), name);
});

test('under none no name is one, and none at all always is; what cannot be told is not', () => {
  assert.ok(!keeps('none', 'A'));
  assert.ok(keeps('none', ''));
  for (const rule of /** @type {const} */ (['free', 'reference', 'first_name'])) assert.ok(keeps(rule, 'Anna Beispiel 08/15'), rule);
});

test('who counsels is called as he likes; whoever else is under the rule, be moderation lent to him or not', () => {
  for (const role of /** @type {const} */ (['counsellor', 'co-counsellor'])) assert.equal(ruleFor('none', role), 'free');
  for (const role of /** @type {const} */ (['client', 'interpreter', 'companion', 'specialist', undefined])) assert.equal(ruleFor('none', role), 'none');
});
