/* Notes of the waiting room: sealed by the link for both ends and nobody else; nothing goes out in clear that was not said to. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reception } from '../../static/call/reception.js';
import { Roster } from '../../static/call/roster.js';
import { openNote, sealNote } from '../../static/e2ee/note.js';

const half = crypto.getRandomValues(new Uint8Array(32));
const key = { half, device: 'device' };

test('what the one end seals the other opens, whatever is written, and it is always as long', async () => {
  const lengths = new Set();
  for (const text of ['Ich komme später.', 'ä'.repeat(200), '🙂'.repeat(200), 'x']) {
    const sealed = await sealNote(key, 'person', text);
    assert.equal(await openNote(key, 'person', sealed), text);
    lengths.add(sealed.length);
  }
  assert.deepEqual([...lengths], [Math.ceil((828 * 4) / 3)]);
  await assert.rejects(sealNote(key, 'person', '🙂'.repeat(201)), RangeError);
});

test('nothing opens that was turned round, taken to another device, changed, or sealed by another link', async () => {
  const sealed = await sealNote(key, 'counsellor', 'gleich');
  const changed = sealed.slice(0, 30) + (sealed[30] === 'A' ? 'B' : 'A') + sealed.slice(31);
  await assert.rejects(openNote(key, 'person', sealed));
  await assert.rejects(openNote({ half, device: 'another' }, 'counsellor', sealed));
  await assert.rejects(openNote({ half: crypto.getRandomValues(new Uint8Array(32)), device: 'device' }, 'counsellor', sealed));
  await assert.rejects(openNote(key, 'counsellor', changed));
});

/** @param {boolean} known whether this page knows the link */
function start(known) {
  const roster = new Roster(() => 0);
  /** @type {[string, any][]} */
  const asked = [];
  const seal = (/** @type {'person' | 'counsellor'} */ from, /** @type {string} */ text) => sealNote(key, from, text);
  const open = (/** @type {'person' | 'counsellor'} */ from, /** @type {string} */ sealed) => openNote(key, from, sealed);
  const keys = { noteKey: async () => (known ? { seal, open } : null) };
  const reception = new Reception({ request: async (/** @type {string} */ type, /** @type {any} */ body) => void asked.push([type, body]) }, roster, keys);
  return { roster, reception, asked };
}

const rest = () => new Promise((resolve) => setTimeout(resolve, 20));

test('who waits writes sealed where it was said so, and in clear only after reading that it is', async () => {
  const sealed = start(true);
  sealed.roster.apply({ type: 'stay', body: { sealed: true, notes: [] } });
  await sealed.reception.write('hallo', false);
  const [[type, body]] = sealed.asked;
  assert.equal(type, 'note');
  assert.deepEqual(Object.keys(body), ['sealed']);

  const plain = start(true);
  assert.equal(plain.reception.unsealed.value, true);
  await assert.rejects(plain.reception.write('hallo', false));
  await plain.reception.write('hallo', true);
  assert.deepEqual(plain.asked, [['note', { plain: 'hallo' }]]);
});

test('who was answered in clear is told so, and answers so', async () => {
  const { roster, reception, asked } = start(true);
  roster.apply({ type: 'stay', body: { sealed: true, notes: [{ from: 'person', sealed: 'AAAA' }, { from: 'counsellor', plain: 'Gleich.' }] } });
  assert.equal(reception.unsealed.value, true);
  await assert.rejects(reception.write('gut', false));
  await reception.write('gut', true);
  assert.deepEqual(asked, [['note', { plain: 'gut' }]]);
});

test('a counsellor whose page does not know the link writes in clear only after reading so', async () => {
  const { reception, asked } = start(false);
  const waiter = /** @type {any} */ ({ participant: 'p' });
  assert.equal(await reception.seals(waiter), false);
  await assert.rejects(reception.writeTo(waiter, 'gleich', false));
  assert.deepEqual(asked, []);
  await reception.writeTo(waiter, 'gleich', true);
  assert.deepEqual(asked, [['note', { to: 'p', plain: 'gleich' }]]);
});

test('what came is read once it is opened; what does not open says so', async () => {
  const { roster, reception } = start(true);
  const good = await sealNote(key, 'counsellor', 'Gleich.');
  const foreign = await sealNote({ ...key, device: 'another' }, 'counsellor', 'fremd');
  roster.apply({ type: 'stay', body: { sealed: true, notes: [{ from: 'counsellor', sealed: good }, { from: 'counsellor', sealed: foreign }, { from: 'counsellor', plain: 'offen' }] } });
  const [first, second, third] = roster.stay.value.notes;
  assert.equal(reception.read(first), undefined);
  await rest();
  assert.equal(reception.read(first), 'Gleich.');
  assert.equal(reception.read(second), null);
  assert.equal(reception.read(third), 'offen');
});

test('bounds: not blank, two hundred characters', () => {
  const { reception } = start(true);
  assert.deepEqual(['', '  ', 'x', '🙂'.repeat(200), 'x'.repeat(201)].map((text) => reception.fits(text)), [false, false, true, true, false]);
});
