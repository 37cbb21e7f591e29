/* A file on its way to one person: what is sent when, what is taken, over lines that lose, double and delay. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FileReceiving } from '../../static/call/file_receiving.js';
import { pieceBytes } from '../../static/call/file_rules.js';
import { FileSending } from '../../static/call/file_sending.js';

/** @param {FileSending} sending @param {number} now */
function all(sending, now) {
  const sent = [];
  for (let at = sending.next(now); at !== null; at = sending.next(now)) sent.push(at);
  return sent;
}

test('three pieces are on their way at most', () => {
  const sending = new FileSending(10);
  assert.deepEqual(all(sending, 0), [0, 1, 2]);
  assert.deepEqual(all(sending, 50), []);
  sending.heard(1, 60);
  assert.deepEqual(all(sending, 60), [3]);
  sending.heard(4, 90);
  assert.deepEqual(all(sending, 90), [4, 5, 6]);
  sending.heard(7, 120);
  assert.deepEqual(all(sending, 120), [7, 8, 9]);
  assert.ok(!sending.done);
  sending.heard(10, 150);
  assert.ok(sending.done);
  assert.deepEqual(all(sending, 150), []);
  assert.equal(sending.wait(150), Infinity);
});

test('a line that takes long for them gets one at a time, and as long a rest', () => {
  const sending = new FileSending(10);
  assert.deepEqual(all(sending, 0), [0, 1, 2]);
  sending.heard(3, 900);
  assert.deepEqual(all(sending, 900), []);
  assert.equal(sending.wait(900), 900);
  assert.deepEqual(all(sending, 1_800), [3]);
  sending.heard(4, 2_900);
  assert.equal(sending.wait(2_900), 1_100);
  assert.deepEqual(all(sending, 4_000), [4]);
  sending.heard(5, 4_100);
  assert.deepEqual(all(sending, 4_100), [5, 6, 7], 'quick again');
});

test('what is not answered is sent again, later each time, then it is lost', () => {
  const sending = new FileSending(3);
  all(sending, 0);
  const again = [];
  let lost = 0;
  for (let now = 0; now < 200_000 && !lost; now += 100) {
    if (all(sending, now).length) again.push(now);
    if (sending.lost(now)) lost = now;
  }
  assert.deepEqual(again, [2_000, 6_000, 14_000, 30_000, 60_000]);
  assert.equal(lost, 90_000);
  assert.equal(sending.wait(lost), Infinity, 'nobody is woken for it');
});

test('an answer begins the patience anew', () => {
  const sending = new FileSending(9);
  all(sending, 0);
  all(sending, 2_000);
  sending.heard(1, 5_000);
  assert.deepEqual(all(sending, 5_000), [1]);
  assert.ok(!sending.lost(90_000));
});

test('what the other asks for is sent at once, and once', () => {
  const sending = new FileSending(9);
  all(sending, 0);
  sending.heard(1, 50);
  all(sending, 50);
  // Piece 1 was lost; 2 and 3 came and were answered with what is missing.
  sending.heard(1, 60);
  assert.deepEqual(all(sending, 60), [1, 2, 3]);
  sending.heard(1, 61);
  assert.deepEqual(all(sending, 61), []);
  sending.heard(4, 90);
  assert.deepEqual(all(sending, 90), [4, 5, 6]);
});

test('what cannot be known is not believed', () => {
  const sending = new FileSending(9);
  sending.heard(9, 0);
  assert.equal(sending.known, 0);
  all(sending, 0);
  for (const next of [4, 9, 100, -1, NaN]) sending.heard(next, 10);
  assert.equal(sending.known, 0);
  sending.heard(2, 10);
  sending.heard(1, 11);
  assert.equal(sending.known, 2);
});

test('an answer to what was sent before the repetition counts', () => {
  const sending = new FileSending(9);
  all(sending, 0);
  all(sending, 2_000);
  sending.heard(3, 2_010);
  assert.equal(sending.known, 3);
  assert.deepEqual(all(sending, 4_010), [3], 'after a rest: it took long');
});

test('a pause of the room is nobody’s silence', () => {
  const sending = new FileSending(9);
  all(sending, 0);
  sending.resume(600_000);
  assert.deepEqual(all(sending, 600_000), []);
  assert.deepEqual(all(sending, 602_000), [0]);
});

/** @param {number} size */
function file(size) {
  const whole = new Uint8Array(size).map((_, i) => (i * 7) % 251);
  whole.set(Buffer.from('%PDF-'));
  return { whole, piece: (/** @type {number} */ at) => whole.slice(at * pieceBytes, (at + 1) * pieceBytes) };
}

test('pieces in their order make the whole', () => {
  const { whole, piece } = file(2 * pieceBytes + 5);
  const receiving = new FileReceiving({ size: whole.length, kind: 'pdf' });
  for (const at of [0, 1, 2]) assert.equal(receiving.take(at, piece(at)), 'taken');
  assert.ok(receiving.done);
  assert.deepEqual(receiving.bytes, whole);
  assert.equal(receiving.take(2, piece(2)), 'passed');
  assert.equal(receiving.take(3, new Uint8Array(pieceBytes)), 'passed', 'more than there is');
});

test('wrong order and doubled ones change nothing', () => {
  const { whole, piece } = file(3 * pieceBytes);
  const receiving = new FileReceiving({ size: whole.length, kind: 'pdf' });
  assert.equal(receiving.take(1, piece(1)), 'passed');
  assert.equal(receiving.take(0, piece(0)), 'taken');
  assert.equal(receiving.take(0, new Uint8Array(pieceBytes)), 'passed');
  assert.equal(receiving.take(2, piece(2)), 'passed');
  assert.equal(receiving.next, 1);
  receiving.take(1, piece(1));
  receiving.take(2, piece(2));
  assert.deepEqual(receiving.bytes, whole);
});

test('a piece of another length is not of this file', () => {
  const { whole, piece } = file(pieceBytes + 5);
  const begun = () => {
    const receiving = new FileReceiving({ size: whole.length, kind: 'pdf' });
    receiving.take(0, piece(0));
    return receiving;
  };
  for (const length of [0, 1, 4, 6, pieceBytes]) assert.equal(begun().take(1, new Uint8Array(length)), 'wrong', String(length));
  assert.equal(new FileReceiving({ size: whole.length, kind: 'pdf' }).take(0, piece(0).subarray(1)), 'wrong');
});

test('what begins otherwise is not what was offered', () => {
  const { whole, piece } = file(2 * pieceBytes);
  assert.equal(new FileReceiving({ size: whole.length, kind: 'png' }).take(0, piece(0)), 'wrong');
});

test('no room is made for what has not begun', () => {
  assert.equal(new FileReceiving({ size: 20 << 20, kind: 'pdf' }).bytes.length, 0);
});

// Any line: each piece and each answer is lost, doubled or late by chance; the same chance each time.
for (const [name, loss, delay] of /** @type {[string, number, number][]} */ ([['a good line', 0, 20], ['a bad line', 0.2, 120], ['a very bad line', 0.4, 300]])) {
  test(`a file gets through ${name}`, () => {
    let seed = 7;
    const random = () => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
    const { whole, piece } = file(40 * pieceBytes - 3);
    const [sending, receiving] = [new FileSending(40), new FileReceiving({ size: whole.length, kind: 'pdf' })];
    /** @type {{ at: number, run: (now: number) => void }[]} */
    let under = [];
    const send = (/** @type {number} */ now, /** @type {(now: number) => void} */ run) => {
      for (let copies = random() < loss ? 0 : random() < loss ? 2 : 1; copies > 0; copies--) under.push({ at: now + delay, run });
    };
    let now = 0;
    let most = 0;
    for (; now < 900_000 && !sending.done; now += 10) {
      const due = under.filter(({ at }) => at <= now);
      under = under.filter(({ at }) => at > now);
      for (const { run } of due) run(now);
      for (let at = sending.next(now); at !== null; at = sending.next(now)) {
        const sent = at;
        most = Math.max(most, at - sending.known + 1);
        send(now, (then) => {
          receiving.take(sent, piece(sent));
          send(then, (heard) => sending.heard(receiving.next, heard));
        });
      }
      assert.ok(!sending.lost(now));
    }
    assert.deepEqual(receiving.bytes, whole);
    assert.ok(most <= 3);
  });
}
