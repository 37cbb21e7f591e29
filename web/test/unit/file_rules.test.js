/* Which files are handed over, what they are called when they are saved, and that a piece of one gets through the server. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { accepted, beginsAs, cleanName, kindOf, pieceBytes, piecesOf, readFileSaid, sizeMost } from '../../static/call/file_rules.js';
import { toBase64url } from '../../static/e2ee/bytes.js';
import { Channel } from '../../static/e2ee/channel.js';
import { makeIdentity, readIdentity } from '../../static/e2ee/identity.js';
import { newDeviceKey } from '../../static/e2ee/keys.js';

const bytes = { pdf: Buffer.from('%PDF-1.7\n'), jpeg: Buffer.from([0xff, 0xd8, 0xff, 0xe0]), png: Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), exe: Buffer.from('MZ\u0090') };

const files = /** @type {[string, string, Buffer, string | null][]} */ ([
  ['Bescheid.pdf', 'application/pdf', bytes.pdf, 'pdf'],
  ['BESCHEID.PDF', '', bytes.pdf, 'pdf'],
  ['Foto.jpg', 'image/jpeg', bytes.jpeg, 'jpeg'],
  ['Foto.jpeg', 'image/jpeg', bytes.jpeg, 'jpeg'],
  ['Bild.png', 'image/png', bytes.png, 'png'],
  ['program.exe', 'application/x-msdownload', bytes.exe, null],
  ['program.pdf', 'application/pdf', bytes.exe, null],
  ['Bescheid.exe', 'application/pdf', bytes.pdf, null],
  ['Bescheid.pdf.exe', 'application/pdf', bytes.pdf, null],
  ['Bescheid', 'application/pdf', bytes.pdf, null],
  ['Bescheid.pdf', 'text/html', bytes.pdf, null],
  ['Foto.png', 'image/png', bytes.jpeg, null],
  ['Bild.svg', 'image/svg+xml', Buffer.from('<svg'), null],
  ['seite.html', 'text/html', Buffer.from('<html>'), null],
  ['rechnung\u202efdp.exe', 'application/pdf', bytes.pdf, null],
  ['leer.pdf', 'application/pdf', Buffer.alloc(0), null],
]);
for (const [name, type, first, kind] of files) test(`${JSON.stringify(name)}, ${type || 'no type'}, is ${kind}`, () => assert.equal(kindOf(name, type, first), kind));

test('the picker is told the same', () => assert.equal(accepted, 'application/pdf,.pdf,image/jpeg,.jpg,.jpeg,image/png,.png'));
test('the first bytes', () => {
  assert.ok(beginsAs('jpeg', bytes.jpeg));
  assert.ok(!beginsAs('png', bytes.jpeg));
  assert.ok(!beginsAs('pdf', bytes.pdf.subarray(0, 4)));
});

const names = /** @type {[string, any, string][]} */ ([
  ['Bescheid vom 3.4.2025.pdf', 'pdf', 'Bescheid vom 3.4.2025.pdf'],
  ['Foto.JPG', 'jpeg', 'Foto.jpg'],
  ['../../x.exe', 'pdf', 'x.exe.pdf'],
  ['../../../etc/passwd', 'pdf', 'passwd.pdf'],
  ['C:\\Windows\\system32\\brief.pdf', 'pdf', 'brief.pdf'],
  ['rechnung\u202efdp.exe', 'pdf', 'rechnungfdp.exe.pdf'],
  ['a\u0000b\u0007c\n.pdf', 'pdf', 'abc.pdf'],
  ['a\u200bb\u2066c\ufeff.pdf', 'pdf', 'abc.pdf'],
  ['x.pdf\u202e', 'pdf', 'x.pdf'],
  ['x.pdf. . ', 'pdf', 'x.pdf'],
  ['....pdf', 'pdf', 'file.pdf'],
  ['.pdf', 'pdf', 'file.pdf'],
  ['', 'png', 'file.png'],
  ['..', 'png', 'file.png'],
  ['/', 'png', 'file.png'],
  ['.htaccess', 'png', 'htaccess.png'],
  ['a<b>:"|?*c.pdf', 'pdf', 'a_b______c.pdf'],
  ['CON.pdf', 'pdf', '_CON.pdf'],
  ['com1.tar.pdf', 'pdf', '_com1.tar.pdf'],
  ['Mu\u0308ller.pdf', 'pdf', 'Müller.pdf'],
  ['عقد الإيجار.pdf', 'pdf', 'عقد الإيجار.pdf'],
]);
for (const [raw, kind, clean] of names) {
  test(`${JSON.stringify(raw)} is saved as ${clean}`, () => {
    assert.equal(cleanName(raw, kind), clean);
    assert.equal(cleanName(clean, kind), clean, 'cleaned once is clean');
  });
}

test('a name has a hundred letters at most, whole ones, and its ending', () => {
  for (const raw of [`${'x'.repeat(5_000)}.pdf`, `${'x'.repeat(500)}.pdf`, `${'😀'.repeat(200)}.pdf`, `${'x'.repeat(95)}😀😀.pdf`, `CON.${'x'.repeat(200)}.pdf`]) {
    const clean = cleanName(raw, 'pdf');
    assert.ok(clean.length <= 100, clean);
    assert.ok(clean.endsWith('.pdf'));
    assert.ok(!/\p{Cs}/u.test(clean));
  }
});

const id = 'A'.repeat(22);
const offer = { offer: id, name: 'Brief.pdf', size: 7, kind: 'pdf', hash: 'h'.repeat(43) };

test('an offer, and what is no offer', () => {
  assert.deepEqual(readFileSaid(offer), { what: 'offer', id, name: 'Brief.pdf', size: 7, kind: 'pdf', hash: offer.hash, private: false });
  assert.equal(/** @type {any} */ (readFileSaid({ ...offer, name: '../a/Brief.pdf', private: true })).name, 'Brief.pdf');
  for (const wrong of [
    { offer: 'x' }, { name: 7 }, { name: 'Brief.exe' }, { name: 'rechnung\u202efdp.exe' }, { name: '../../x.exe' }, { kind: 'exe' }, { kind: 'toString' }, { kind: '__proto__' }, { kind: 'png' },
    { size: 0 }, { size: -1 }, { size: 1.5 }, { size: sizeMost + 1 }, { size: '7' }, { size: NaN }, { hash: '' }, { hash: 7 }, { hash: 'h'.repeat(44) },
  ]) assert.equal(readFileSaid({ ...offer, ...wrong }), null, JSON.stringify(wrong));
});

test('what else is said', () => {
  for (const what of ['seen', 'take', 'wait']) {
    assert.deepEqual(readFileSaid({ [what]: id }), { what, id });
    assert.equal(readFileSaid({ [what]: '../' }), null);
  }
  assert.deepEqual(readFileSaid({ stop: id, why: 'lost' }), { what: 'stop', id, why: 'lost' });
  assert.deepEqual(readFileSaid({ stop: id, why: {} }), { what: 'stop', id, why: '' });
  assert.deepEqual(readFileSaid({ got: id, next: 931 }), { what: 'got', id, next: 931 });
  for (const next of [-1, 932, 0.5, '1', null]) assert.equal(readFileSaid({ got: id, next }), null);
  assert.equal(readFileSaid({}), null);
});

test('a piece', () => {
  assert.deepEqual(readFileSaid({ piece: id, at: 2, bytes: 'AQID' }), { what: 'piece', id, at: 2, bytes: new Uint8Array([1, 2, 3]) });
  for (const wrong of [{ at: -1 }, { at: 931 }, { at: 0.5 }, { at: 'x' }, { bytes: 'A' }, { bytes: '/+/+' }, { bytes: 7 }, { bytes: 'A'.repeat(pieceBytes * 2) }]) {
    assert.equal(readFileSaid({ piece: id, at: 0, bytes: 'AQID', ...wrong }), null, JSON.stringify(wrong).slice(0, 40));
  }
});

test('twenty megabytes are 931 pieces, and the largest, sealed, is no longer than the server hands on', async () => {
  assert.equal(piecesOf(sizeMost), 931);
  assert.equal(piecesOf(1), 1);
  assert.equal(piecesOf(pieceBytes), 1);
  assert.equal(piecesOf(pieceBytes + 1), 2);
  const limits = await readFile(new URL('../../../signaling/wire/limits.go', import.meta.url), 'utf8');
  const most = Number(/MaxSealed\s*=\s*(\d+) << 10/.exec(limits)?.[1]) << 10;
  const [own, other] = [await makeIdentity(await newDeviceKey(), null), await makeIdentity(await newDeviceKey(), null)];
  const channel = await Channel.between(own, /** @type {any} */ (await readIdentity(other.text)));
  const sealed = await channel.seal({ type: 'file', piece: id, at: 930, bytes: toBase64url(new Uint8Array(pieceBytes)) });
  // The number of a message has up to sixteen digits; here it had one.
  const longest = sealed.length + Math.ceil((15 * 4) / 3);
  assert.ok(longest <= most, `${longest} of ${most}`);
  assert.ok(longest > most - 1_366, 'a larger one, by a kibibyte, would not get through');
});
