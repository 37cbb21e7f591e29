/* Files from page to page: over a server that loses and refuses, and from pages that keep to no rule. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { Files } from '../../static/call/files.js';
import { pieceBytes, sizeMost } from '../../static/call/file_rules.js';
import { newId } from '../../static/call/message.js';
import { Pace } from '../../static/call/pace.js';
import { toBase64url } from '../../static/e2ee/bytes.js';
import { Clock, settle } from './fakes.js';

/** @param {number} size @param {string} [name] @param {string} [type] */
function pdf(size, name = 'Brief.pdf', type = 'application/pdf') {
  const bytes = new Uint8Array(size).map((_, i) => (i * 13) % 256);
  bytes.set(Buffer.from('%PDF-1.7').subarray(0, size));
  return Object.assign(new Blob([bytes], { type }), { name, lastModified: 0, webkitRelativePath: '', bytes });
}

/** @param {string} participant @returns {any} */
const member = (participant) => ({ participant, role: 'client', identity: 'i' });

/** Pages, and what goes between them. */
class Line {
  clock = new Clock();
  /** @type {Map<string, Files>} */ pages = new Map();
  /** @type {{ from: string, to: string, content: any, at: number }[]} */ said = [];
  /** @type {any[]} */ offers = [];
  /** Whether a message is lost. @type {(from: string, content: any) => boolean} */ loses = () => false;
  may = true;
  delay = 20;

  /** @param {string} name */
  page(name) {
    const say = (/** @type {string} */ to, /** @type {any} */ content) => {
      const copy = JSON.parse(JSON.stringify(content));
      this.said.push({ from: name, to, content: copy, at: this.clock.now() });
      if (!this.loses(name, copy)) this.clock.setTimeout(() => this.pages.get(to)?.hear(member(name), copy, () => this.may), this.delay);
    };
    const files = new Files(this.clock, { say, pace: new Pace(this.clock, say), onOffer: (entry) => this.offers.push(entry) });
    this.pages.set(name, files);
    return files;
  }

  /** Time passes until it is so. @param {() => unknown} so @param {string} what */
  async until(so, what, longest = 200_000) {
    for (let ms = 0; !so(); ms += 100) {
      assert.ok(ms < longest, `never: ${what}`);
      await this.clock.advance(100);
    }
  }

  /** @param {string} name @param {string} what */
  count(name, what) {
    return this.said.filter(({ from, content }) => from === name && what in content).length;
  }
}

function two() {
  const line = new Line();
  const [ada, ben] = [line.page('ada'), line.page('ben')];
  return { line, ada, ben, of: (/** @type {Files} */ files, i = 0) => files.list.value[i] };
}

test('offered, seen, taken by a click, checked, and whole', async () => {
  const { line, ada, ben, of } = two();
  const source = pdf(5 * pieceBytes + 17);
  assert.equal(await ada.offer(source, [member('ben')], false), 'offered');
  await line.clock.advance(60_000);
  assert.deepEqual([of(ada).state, of(ben).state, of(ben).name, of(ben).size], ['offered', 'offered', 'Brief.pdf', source.size]);
  assert.equal(line.count('ada', 'offer'), 1, 'seen is not said again');
  assert.equal(line.count('ada', 'piece'), 0, 'nothing comes that nobody took');
  assert.equal(line.offers.length, 1);
  ben.accept(of(ben).id);
  await line.until(() => of(ada).state === 'done', 'the giver knows');
  assert.equal(of(ben).state, 'done');
  const blob = /** @type {Blob} */ (of(ben).blob);
  assert.equal(blob.type, 'application/octet-stream', 'never of a type that a browser would show');
  assert.deepEqual(new Uint8Array(await blob.arrayBuffer()), source.bytes);
  assert.equal(of(ada).percent, 100);
  await line.clock.advance(5_000);
  assert.equal(line.clock.timers.length, 0, 'nothing is looked after any more');
});

for (const [name, source, word] of /** @type {[string, any, string][]} */ ([
  ['nothing', pdf(0), 'empty'], ['a program', pdf(9, 'Brief.exe'), 'kind'], ['a page', pdf(9, 'Brief.pdf', 'text/html'), 'kind'],
  ['what begins otherwise', pdf(9, 'Bild.png', 'image/png'), 'kind'], ['too large', { ...pdf(9), size: sizeMost + 1 }, 'large'],
  ['gone from the disk', { name: 'a.pdf', type: '', size: 9, slice: () => ({ arrayBuffer: () => Promise.reject(new Error()) }) }, 'unreadable'],
])) {
  test(`${name} is not offered`, async () => {
    const { line, ada } = two();
    assert.equal(await ada.offer(source, [member('ben')], false), word);
    assert.deepEqual([ada.list.value, line.said], [[], []]);
  });
}

test('declined', async () => {
  const { line, ada, ben, of } = two();
  await ada.offer(pdf(9), [member('ben')], false);
  await line.clock.advance(100);
  ben.cancel(of(ben).id);
  await line.clock.advance(1_000);
  assert.deepEqual([of(ada).state, of(ben).state], ['declined', 'declined']);
  assert.deepEqual([of(ada).own, of(ben).own], [false, true], 'each knows who');
  assert.equal(line.count('ada', 'piece'), 0);
});

for (const who of /** @type {const} */ (['ada', 'ben'])) {
  test(`${who === 'ada' ? 'the giver' : 'the taker'} cancels in the middle, and the other is told, though it was lost`, async () => {
    const { line, ada, ben, of } = two();
    await ada.offer(pdf(100 * pieceBytes), [member('ben')], false);
    await line.clock.advance(100);
    ben.accept(of(ben).id);
    await line.until(() => of(ada).percent > 10, 'it moves');
    let lost = 1;
    line.loses = (_, content) => 'stop' in content && lost-- > 0;
    (who === 'ada' ? ada : ben).cancel(of(ada).id);
    await line.until(() => of(ada).state === 'cancelled' && of(ben).state === 'cancelled', 'both know', 10_000);
    const pieces = line.count('ada', 'piece');
    await line.clock.advance(20_000);
    assert.equal(line.count('ada', 'piece'), pieces);
    assert.equal(of(ben).blob, null);
    assert.deepEqual([of(ada).own, of(ben).own], [who === 'ada', who === 'ben'], 'each knows who');
  });
}

test('a giver whose page was loaded anew has not taken it back', async () => {
  const { line, ada, ben, of } = two();
  await ada.offer(pdf(9), [member('ben')], false);
  await line.clock.advance(100);
  ada.end();
  ben.accept(of(ben).id);
  await line.clock.advance(1_000);
  assert.deepEqual([of(ben).state, of(ben).why], ['failed', 'unknown']);
});

test('it went wrong here, and the word of it was lost: the other hears the same once more', async () => {
  const { line, ada, ben, of } = two();
  const source = pdf(9 * pieceBytes);
  await ada.offer(source, [member('ben')], false);
  await line.clock.advance(100);
  Object.assign(source, { slice: () => ({ arrayBuffer: () => Promise.reject(new Error()) }) });
  let lost = 1;
  line.loses = (_, content) => 'stop' in content && lost-- > 0;
  ben.accept(of(ben).id);
  await line.until(() => of(ben).state === 'failed', 'the taker knows', 10_000);
  assert.deepEqual([of(ada).why, of(ben).why], ['changed', 'changed']);
});

test('what the server refuses or loses is said again: offers, answers, pieces', async () => {
  const { line, ada, ben, of } = two();
  let seed = 3;
  line.loses = () => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31 < 0.15;
  const source = pdf(60 * pieceBytes + 1);
  await ada.offer(source, [member('ben')], false);
  await line.until(() => of(ben), 'the offer');
  ben.accept(of(ben).id);
  await line.until(() => of(ada).state === 'done', 'all of it');
  assert.deepEqual(new Uint8Array(await /** @type {Blob} */ (of(ben).blob).arrayBuffer()), source.bytes);
});

test('nobody answers an offer: it was not delivered', async () => {
  const { line, ada, of } = two();
  line.loses = () => true;
  await ada.offer(pdf(9), [member('ben')], false);
  await line.clock.advance(12_000);
  assert.deepEqual([of(ada).state, of(ada).why, line.count('ada', 'offer')], ['failed', 'unreached', 4]);
});

test('the taker is silent in the middle: given up after a minute and a half, at both', async () => {
  const { line, ada, ben, of } = two();
  await ada.offer(pdf(100 * pieceBytes), [member('ben')], false);
  await line.clock.advance(100);
  ben.accept(of(ben).id);
  await line.until(() => of(ada).percent > 10, 'it moves');
  line.loses = () => true;
  const [pieces] = [line.count('ada', 'piece')];
  await line.clock.advance(89_000);
  assert.deepEqual([of(ada).state, of(ben).state], ['moving', 'moving']);
  await line.clock.advance(5_000);
  assert.deepEqual([of(ada).state, of(ada).why, of(ben).state, of(ben).why], ['failed', 'lost', 'failed', 'lost']);
  assert.ok(line.count('ada', 'piece') - pieces <= 3 + 5, 'a bounded number of times');
});

test('a line that is away for half a minute goes on where it was', async () => {
  const { line, ada, ben, of } = two();
  const source = pdf(100 * pieceBytes);
  await ada.offer(source, [member('ben')], false);
  await line.clock.advance(100);
  ben.accept(of(ben).id);
  await line.until(() => of(ada).percent > 30, 'it moves');
  line.loses = () => true;
  await line.clock.advance(30_000);
  line.loses = () => false;
  await line.until(() => of(ada).state === 'done', 'the rest');
  assert.ok(line.count('ada', 'piece') < 115);
});

test('ten pieces a second, over all people; one file at a time for each', async () => {
  const line = new Line();
  const ada = line.page('ada');
  const names = ['ben', 'cem', 'dan'];
  const pages = names.map((name) => line.page(name));
  await ada.offer(pdf(30 * pieceBytes, 'eins.pdf'), names.map(member), false);
  await ada.offer(pdf(20 * pieceBytes, 'zwei.pdf'), [member('ben')], true);
  await line.clock.advance(500);
  assert.equal(ada.list.value.length, 4);
  const [one, two] = pages[0].list.value;
  assert.deepEqual([one.private, two.private], [false, true]);
  pages[0].accept(two.id);
  await line.clock.advance(300);
  pages.forEach((page) => page.accept(page.list.value[0].id));
  await line.clock.advance(1_000);
  assert.deepEqual([pages[0].list.value[0].state, pages[0].list.value[1].state], ['next', 'moving'], 'what was begun goes on');
  await line.until(() => ada.list.value.every(({ state }) => state === 'done'), 'all four');
  const pieces = line.said.filter(({ content }) => 'piece' in content);
  assert.ok(pieces.length >= 110 && pieces.length <= 112, 'one that was asked for just as it began comes twice');
  for (const { at } of pieces) assert.ok(pieces.filter((other) => other.at >= at && other.at < at + 1_000).length <= 10);
  const seconds = (pieces[pieces.length - 1].at - pieces[0].at) / 1_000;
  assert.ok(seconds < 13, `110 pieces in ${seconds} s`);
});

test('a queued one is not given up, however long the first takes', async () => {
  const { line, ada, ben, of } = two();
  line.delay = 500;
  await ada.offer(pdf(60 * pieceBytes, 'gross.pdf'), [member('ben')], false);
  await ada.offer(pdf(9, 'klein.pdf'), [member('ben')], false);
  await line.clock.advance(600);
  ben.accept(of(ben, 0).id);
  ben.accept(of(ben, 1).id);
  await line.clock.advance(95_000);
  assert.deepEqual([of(ben, 0).state, of(ben, 1).state], ['moving', 'next']);
  await line.until(() => of(ada, 1).state === 'done' && of(ada, 0).state === 'done', 'both');
  assert.deepEqual([of(ben, 0).state, of(ben, 1).state], ['done', 'done']);
});

test('three open offers to a person, no more', async () => {
  const { line, ada, ben, of } = two();
  for (const name of ['a.pdf', 'b.pdf', 'c.pdf']) assert.equal(await ada.offer(pdf(9, name), [member('ben')], false), 'offered');
  assert.equal(await ada.offer(pdf(9), [member('ben')], false), 'many');
  await line.clock.advance(100);
  ben.cancel(of(ben).id);
  await line.clock.advance(100);
  assert.equal(await ada.offer(pdf(9), [member('ben')], false), 'offered');
});

test('the room is closed for a while: nothing is sent, nothing is given up', async () => {
  const { line, ada, ben, of } = two();
  await ada.offer(pdf(100 * pieceBytes), [member('ben')], false);
  await line.clock.advance(100);
  ben.accept(of(ben).id);
  await line.until(() => of(ada).percent > 30, 'it moves');
  ada.close(true);
  ben.close(true);
  await line.clock.advance(1_000);
  const said = line.said.length;
  await line.clock.advance(100_000);
  assert.equal(line.said.length, said);
  ada.close(false);
  ben.close(false);
  await line.until(() => of(ada).state === 'done', 'the rest');
});

test('who goes away takes his files with him', async () => {
  const { line, ada, ben, of } = two();
  await ada.offer(pdf(100 * pieceBytes), [member('ben')], false);
  await line.clock.advance(100);
  ben.accept(of(ben).id);
  await line.until(() => of(ada).percent > 30, 'it moves');
  ada.people([member('cem')]);
  ben.people([]);
  assert.deepEqual([of(ada).why, of(ben).why], ['gone', 'gone']);
});

test('the end lets go of all of it', async () => {
  const { line, ada, ben, of } = two();
  await ada.offer(pdf(100 * pieceBytes), [member('ben')], false);
  await line.clock.advance(100);
  ben.accept(of(ben).id);
  await line.until(() => of(ada).percent > 30, 'it moves');
  const offering = ada.offer(pdf(9), [member('ben')], false);
  ada.end();
  ben.end();
  await offering;
  assert.deepEqual([ada.list.value, ben.list.value], [[], []]);
  const said = line.said.length;
  await line.clock.advance(60_000);
  assert.ok(line.said.length <= said + 3);
  assert.equal(line.clock.timers.length, 0);
});

test('the file changes while it is read', async () => {
  const { line, ada, ben, of } = two();
  const source = pdf(9 * pieceBytes);
  const slice = source.slice.bind(source);
  Object.assign(source, { slice: (/** @type {number} */ from, /** @type {number} */ to) => (from === 5 * pieceBytes ? pdf(pieceBytes).slice(0) : slice(from, to)) });
  await ada.offer(source, [member('ben')], false);
  await line.clock.advance(100);
  ben.accept(of(ben).id);
  await line.until(() => of(ben).state === 'failed', 'the sum does not hold');
  assert.deepEqual([of(ben).why, of(ben).blob], ['wrong', null]);
  await line.until(() => of(ada).state === 'failed', 'the giver hears of it');
  assert.equal(of(ada).why, 'wrong');
});

test('the file goes away while it is read', async () => {
  const { line, ada, ben, of } = two();
  const source = pdf(9 * pieceBytes);
  const slice = source.slice.bind(source);
  Object.assign(source, { slice: (/** @type {number} */ from, /** @type {number} */ to) => (from === 5 * pieceBytes ? { arrayBuffer: () => Promise.reject(new Error()) } : slice(from, to)) });
  await ada.offer(source, [member('ben')], false);
  await line.clock.advance(100);
  ben.accept(of(ben).id);
  await line.until(() => of(ada).state === 'failed' && of(ben).state === 'failed', 'both know');
  assert.deepEqual([of(ada).why, of(ben).why], ['changed', 'changed']);
});

/** Ben's page, and somebody who says what he likes. */
function hostile() {
  const line = new Line();
  const ben = line.page('ben');
  const say = (/** @type {any} */ content, from = 'eve') => ben.hear(member(from), { type: 'file', ...content }, () => line.may);
  const offer = (/** @type {any} */ more = {}) => ({ offer: newId(), name: 'a.pdf', size: 2 * pieceBytes, kind: 'pdf', hash: 'h'.repeat(43), ...more });
  return { line, ben, say, offer, last: () => ben.list.value[ben.list.value.length - 1] };
}
/** @param {number} length */
const piece = (length) => toBase64url(pdf(length).bytes);

test('offers en masse: three of one person, twenty in all', async () => {
  const { line, ben, say, offer } = hostile();
  for (let i = 0; i < 500; i++) say(offer());
  assert.equal(ben.list.value.length, 3);
  for (let who = 0; who < 50; who++) for (let i = 0; i < 5; i++) say(offer(), `eve${who}`);
  assert.equal(ben.list.value.length, 20);
  await line.clock.advance(60_000);
  assert.ok(line.said.length <= 40 + 50 * 5, 'and they are not answered without bound');
  for (const { at } of line.said) assert.ok(line.said.filter((other) => other.at >= at && other.at < at + 1_000).length <= 40, 'nor faster than this socket bears');
});

test('offers that are doubled, misnamed or not allowed', () => {
  const { line, ben, say, offer } = hostile();
  const one = offer();
  say(one);
  say(one);
  say({ ...one, name: 'b.pdf' });
  assert.deepEqual(ben.list.value.map(({ name }) => name), ['a.pdf']);
  for (const name of ['../../x.exe', 'rechnung\u202efdp.exe', 'x.html', 'x']) say(offer({ name }));
  line.may = false;
  say(offer());
  assert.equal(ben.list.value.length, 1);
});

test('what was declined is not offered again', async () => {
  const { ben, say, offer, last } = hostile();
  const one = offer();
  say(one);
  ben.cancel(one.offer);
  say(one);
  assert.deepEqual([ben.list.value.length, last().state], [1, 'declined']);
});

test('pieces of what nobody took, or another gives', () => {
  const { ben, say, offer, last } = hostile();
  const one = offer();
  say(one);
  for (let i = 0; i < 100; i++) say({ piece: one.offer, at: 0, bytes: piece(pieceBytes) });
  assert.equal(last().state, 'offered');
  ben.accept(one.offer);
  say({ piece: one.offer, at: 0, bytes: piece(pieceBytes) }, 'mallory');
  say({ stop: one.offer, why: 'cancelled' }, 'mallory');
  assert.equal(last().state, 'next');
});

test('pieces in any order, doubled, too long, too many', async () => {
  const { line, ben, say, offer, last } = hostile();
  const whole = pdf(2 * pieceBytes).bytes;
  const one = offer({ hash: createHash('sha256').update(whole).digest('base64url') });
  const at = (/** @type {number} */ n) => ({ piece: one.offer, at: n, bytes: toBase64url(whole.subarray(n * pieceBytes, (n + 1) * pieceBytes)) });
  say(one);
  ben.accept(one.offer);
  say(at(1));
  say(at(0));
  say(at(0));
  say({ piece: one.offer, at: 2, bytes: piece(pieceBytes) });
  assert.deepEqual([last().state, last().percent], ['moving', 50]);
  say(at(1));
  say(at(1));
  await line.until(() => last().state === 'done', 'it is whole');
  assert.equal(last().blob?.size, 2 * pieceBytes);
  say(at(1));
  assert.equal(last().state, 'done');
});

for (const [name, bytes] of /** @type {[string, string][]} */ ([['too short', piece(9)], ['too long', toBase64url(new Uint8Array(pieceBytes))]])) {
  test(`a last piece that is ${name} ends it`, () => {
    const { ben, say, offer, last } = hostile();
    const one = offer({ size: pieceBytes + 10 });
    say(one);
    ben.accept(one.offer);
    say({ piece: one.offer, at: 0, bytes: piece(pieceBytes) });
    say({ piece: one.offer, at: 1, bytes });
    assert.deepEqual([last().state, last().why], ['failed', 'wrong']);
  });
}

test('a program that was offered as a letter ends with its first piece', () => {
  const { ben, say, offer, last } = hostile();
  const one = offer();
  say(one);
  ben.accept(one.offer);
  say({ piece: one.offer, at: 0, bytes: toBase64url(new Uint8Array(pieceBytes)) });
  assert.deepEqual([last().state, last().why], ['failed', 'wrong']);
});

test('another file than the sum says is not given out', async () => {
  const { line, ben, say, offer, last } = hostile();
  const one = offer({ size: 9 });
  say(one);
  ben.accept(one.offer);
  say({ piece: one.offer, at: 0, bytes: piece(9) });
  await line.until(() => last().state === 'failed', 'the sum');
  assert.equal(last().blob, null);
});

test('one that never comes, and one that never ends, are given up', async () => {
  const { line, ben, say, offer, last } = hostile();
  const one = offer({ size: 20 * pieceBytes });
  say(one);
  ben.accept(one.offer);
  await line.clock.advance(91_000);
  assert.deepEqual([last().state, last().why], ['failed', 'lost']);
  const two = offer({ size: 20 * pieceBytes });
  say(two);
  ben.accept(two.offer);
  say({ piece: two.offer, at: 0, bytes: piece(pieceBytes) });
  for (let i = 0; i < 95 && last().state === 'moving'; i++) {
    say({ piece: two.offer, at: 0, bytes: piece(pieceBytes) });
    await line.clock.advance(1_000);
  }
  assert.deepEqual([last().state, last().why], ['failed', 'lost'], 'the same piece over and over is no progress');
});

test('the list is bounded, and so is what is kept for saving', async () => {
  const { line, ben, say, offer } = hostile();
  for (let i = 0; i < 200; i++) {
    const one = offer({ name: `${i}.pdf` });
    say(one);
    ben.cancel(one.offer);
    await line.clock.advance(300);
  }
  assert.equal(ben.list.value.length, 60);
  assert.equal(ben.list.value.at(-1)?.name, '199.pdf');
  // Seen from outside: of four of the largest the first is let go of.
  for (let i = 0; i < 4; i++) {
    const one = offer({ size: 1 });
    say(one);
    ben.list.value = ben.list.value.map((entry) => (entry.id === one.offer ? { ...entry, state: 'done', blob: /** @type {any} */ ({ size: sizeMost }) } : entry));
  }
  const whole = pdf(9).bytes;
  const last = offer({ size: 9, hash: createHash('sha256').update(whole).digest('base64url') });
  say(last);
  ben.accept(last.offer);
  say({ piece: last.offer, at: 0, bytes: toBase64url(whole) });
  await line.until(() => ben.list.value.at(-1)?.state === 'done', 'the last');
  await settle();
  assert.deepEqual(ben.list.value.slice(-5).map(({ blob }) => !!blob), [false, false, true, true, true]);
});
