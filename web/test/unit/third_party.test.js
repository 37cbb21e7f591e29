/* The vendored files are what their headers say: nobody changed a byte after they were made. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

const folder = new URL('../../static/third_party/', import.meta.url);

for (const name of ['preact.js', 'qr.js']) {
  test(`${name} matches the sum in its header`, async () => {
    const text = await readFile(new URL(name, folder), 'utf8');
    const end = text.indexOf('*/\n') + 3;
    const said = /sha256 of everything below this comment: ([0-9a-f]{64})/.exec(text.slice(0, end))?.[1];
    assert.equal(createHash('sha256').update(text.slice(end)).digest('hex'), said);
  });
}

test('the QR encoder makes a code with its three finder patterns', async () => {
  const { default: encodeQR } = await import(new URL('qr.js', folder).href);
  const framed = encodeQR('https://example.org/j#0123456789', 'raw', { ecc: 'medium', border: 1 });
  const rows = framed.slice(1, -1).map((/** @type {boolean[]} */ row) => row.slice(1, -1));
  const finder = '1111111 1000001 1011101 1011101 1011101 1000001 1111111'.split(' ');
  const corner = (/** @type {number} */ y, /** @type {number} */ x) =>
    finder.map((_, i) => rows[y + i].slice(x, x + 7).map(Number).join(''));
  const far = rows.length - 7;
  assert.deepEqual(corner(0, 0), finder);
  assert.deepEqual(corner(0, far), finder);
  assert.deepEqual(corner(far, 0), finder);
});
