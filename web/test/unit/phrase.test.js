/* The recovery phrase: easy to write down, and no slip of the pen goes through. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { groupLength, groups, groupsOf, newPhrase, readPhrase } from '../../static/e2ee/phrase.js';

const letters = 'BCDFGHJKLMNPRSTVWXZ';
/** @param {string[]} list */
const spaced = (list) => list.join(' ');

test('a phrase is eight groups of five consonants, reads back, and never comes again', () => {
  const seen = new Set();
  const counts = new Map(Array.from(letters, (letter) => [letter, 0]));
  for (let i = 0; i < 2_000; i++) {
    const phrase = newPhrase();
    assert.match(phrase, /^[BCDFGHJKLMNPRSTVWXZ]{40}$/);
    assert.deepEqual(groupsOf(phrase).map((group) => group.length), Array(groups).fill(groupLength));
    assert.deepEqual(readPhrase(spaced(groupsOf(phrase))), { phrase });
    seen.add(phrase);
    for (const letter of phrase) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  }
  assert.equal(seen.size, 2_000);
  // 80,000 letters, 4,211 of each expected: ten standard deviations are 632.
  for (const [letter, count] of counts) assert.ok(Math.abs(count - 80_000 / 19) < 632, `${letter}: ${count}`);
  assert.ok(groups * (groupLength - 1) * Math.log2(letters.length) > 128);
});

test('it is read in any case, with anything between the letters, and in full width', () => {
  const phrase = newPhrase();
  const apart = groupsOf(phrase);
  const wide = Array.from(phrase, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0)).join('');
  for (const typed of [phrase, spaced(apart).toLowerCase(), apart.join('-'), `  ${apart.join('\n')}.`, apart.join(' \u2013 '), wide]) {
    assert.deepEqual(readPhrase(typed), { phrase }, typed);
  }
});

test('every wrong letter, every two swapped ones and every two swapped groups are found, in their group', () => {
  for (let round = 0; round < 20; round++) {
    const apart = groupsOf(newPhrase());
    for (let at = 0; at < groups; at++) {
      const put = (/** @type {string} */ group) => readPhrase(spaced(apart.with(at, group)));
      const was = Array.from(apart[at]);
      for (let place = 0; place < groupLength; place++) {
        for (const letter of 'ABCDEFGHIJKLMNOPQRSTUVWXYZ019Ä') {
          if (letter !== was[place]) assert.deepEqual(put(was.with(place, letter).join('')), { wrong: [at + 1] });
        }
        for (let other = 0; other < place; other++) {
          if (was[place] !== was[other]) assert.deepEqual(put(was.with(place, was[other]).with(other, was[place]).join('')), { wrong: [at + 1] });
        }
      }
      assert.deepEqual(put(apart[at].slice(1)), { wrong: [at + 1] });
      assert.deepEqual(put(`${apart[at]}B`), { wrong: [at + 1] });
      for (let other = 0; other < at; other++) {
        const swapped = readPhrase(spaced(apart.with(at, apart[other]).with(other, apart[at])));
        // A group can be right in two places only when it is the same.
        if (apart[at] !== apart[other]) assert.deepEqual(swapped, { wrong: [other + 1, at + 1] });
      }
    }
  }
});

test('too few or too many letters are said to be so', () => {
  const phrase = newPhrase();
  for (const typed of ['', ' ', 'BCDF', phrase.slice(1), `${phrase}B`, `${phrase} ${phrase}`, '\u200b', '💥']) assert.deepEqual(readPhrase(typed), { wrong: [] }, typed);
});
