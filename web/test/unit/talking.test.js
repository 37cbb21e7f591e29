/* Speaking while the microphone is off: noticed, and calm. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Ear, TalkingUnheard } from '../../static/call/talking.js';
import { Clock } from './fakes.js';

/** Looks ten times a second. */
function listener() {
  const ear = new Ear();
  let now = 1_795_340_000_000;
  return {
    /** @param {number} level @param {number} ms how long it lasts @returns {number | null} after how many ms it was first said, or unsaid */
    hear(level, ms, said = true) {
      const begin = now;
      for (const end = now + ms; now < end; ) {
        now += 100;
        if (ear.hear(level, now) === said) return now - begin;
      }
      return null;
    },
    /** @param {number} ms */
    wait: (ms) => (now += ms),
  };
}

test('a second of speech is said', () => {
  const one = listener();
  assert.equal(one.hear(0.1, 5000), null, 'the room');
  assert.equal(one.hear(0.5, 5000), 1000);
});

test('speech with pauses between the words is said, a cough or a door is not', () => {
  const one = listener();
  one.hear(0, 1000);
  for (let i = 0; i < 20; i++) {
    assert.equal(one.hear(1, 400), null, 'now and then');
    assert.equal(one.hear(0, 1100), null);
  }
  one.hear(0, 3000);
  let said = null;
  for (let i = 0; i < 10 && said === null; i++) {
    said = one.hear(0.4, 300);
    if (said === null) said = one.hear(0.1, 200);
  }
  assert.notEqual(said, null, 'words');
});

test('it is unsaid four seconds after the last word, and not in between', () => {
  const one = listener();
  one.hear(0.5, 5000);
  for (let i = 0; i < 5; i++) {
    assert.equal(one.hear(0, 3500, false), null, 'a pause for breath');
    one.hear(0.5, 200, false);
  }
  assert.equal(one.hear(0, 10_000, false), 4000);
  assert.equal(one.hear(0, 10_000), null);
});

test('a page that looked away for long takes one loud look for no more than a moment', () => {
  const one = listener();
  one.hear(0, 200);
  for (let i = 0; i < 3; i++) {
    one.wait(60_000);
    assert.equal(one.hear(1, 100), null);
  }
});

test('it is listened while the microphone is off alone, and begins anew each time', async () => {
  const clock = new Clock();
  let looks = 0;
  const unheard = new TalkingUnheard(clock, () => (looks++, 1));
  await clock.advance(3000);
  assert.equal(looks, 0);
  unheard.listen(true);
  unheard.listen(true);
  await clock.advance(900);
  assert.deepEqual([looks, unheard.talking.value], [9, false]);
  await clock.advance(300);
  assert.equal(unheard.talking.value, true);
  unheard.listen(false);
  assert.equal(unheard.talking.value, false);
  assert.equal(clock.timers.length, 0);
  unheard.listen(true);
  await clock.advance(900);
  assert.equal(unheard.talking.value, false);
});
