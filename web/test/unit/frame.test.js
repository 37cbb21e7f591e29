/* SFrame and the frame around it: RFC 9605's own vectors, then what nobody may be able to do. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { clearOfVP8, kinds, openFrame, sealFrame, takeFrameApart } from '../../static/e2ee/frame.js';
import { deriveFrameKey, encodeHeader, open, parseHeader, seal, takeApart } from '../../static/e2ee/sframe.js';

/* What Go is held to as well. */
const vectors = JSON.parse(await readFile(new URL('../vectors/sframe.json', import.meta.url), 'utf8'));

const bytes = (/** @type {string} */ hex) => Uint8Array.from(Buffer.from(hex, 'hex'));
const hex = (/** @type {Uint8Array} */ of) => Buffer.from(of).toString('hex');
const secret = Uint8Array.from({ length: 32 }, (_, i) => i);

test("headers are those of RFC 9605; numbers that nobody here gives are no header's", () => {
  let safe = 0;
  for (const { key_id: keyId, counter, encoded } of vectors.headers) {
    if (Number.isSafeInteger(Number(counter))) {
      safe++;
      assert.equal(hex(encodeHeader(Number(keyId), Number(counter))), encoded);
      assert.deepEqual(parseHeader(bytes(encoded)), { keyId: Number(keyId), counter: Number(counter), size: encoded.length / 2 });
    } else {
      assert.equal(parseHeader(bytes(encoded)), null);
    }
  }
  assert.ok(safe > 20);
});

test('every header comes back as it was, and no other bytes make the same one', () => {
  const edges = [0, 1, 7, 8, 127, 128, 255, 256, 65_535, 65_536, 2 ** 24, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1];
  for (const keyId of edges) for (const counter of edges) assert.deepEqual(parseHeader(encodeHeader(keyId, counter)), { keyId, counter, size: encodeHeader(keyId, counter).length });
  for (const longer of ['8000', '8007', '0800', '0807', '900001', '090001', 'a0000001']) assert.equal(parseHeader(bytes(longer)), null, longer);
  for (const cut of ['', '80', '99012345', '09ff', 'ff']) assert.equal(parseHeader(bytes(cut)), null, cut);
});

test("a sealed piece is RFC 9605's, byte for byte", async () => {
  const { key_id: keyId, counter, base_key: base, salt, metadata, plaintext, sealed } = vectors.sframe;
  const key = await deriveFrameKey(bytes(base), keyId);
  assert.equal(hex(key.salt), salt);
  assert.equal(hex(await seal(key, counter, bytes(metadata), bytes(plaintext))), sealed);
  const apart = takeApart(bytes(sealed));
  assert.ok(apart);
  assert.equal(hex(await open(key, bytes(metadata), apart)), plaintext);
});

test('of a picture the first bytes stay readable, of sound none, and both come back', async () => {
  const key = await deriveFrameKey(secret, 0x01020304);
  const frame = Uint8Array.from({ length: 300 }, (_, i) => i * 7);
  for (const [kind, clear] of /** @type {const} */ ([[kinds.microphone, 0], [kinds.camera, clearOfVP8('key')], [kinds.camera, clearOfVP8('delta')], [kinds.screen, 0], [kinds.sound, 0]])) {
    const sealed = await sealFrame(key, 70_000, kind, frame, clear);
    assert.deepEqual(sealed.subarray(0, clear), frame.subarray(0, clear));
    assert.equal(Buffer.from(sealed).indexOf(Buffer.from(frame.subarray(clear, clear + 8))), -1);
    const apart = takeFrameApart(sealed, kind);
    assert.ok(apart);
    assert.deepEqual([apart.keyId, apart.counter, apart.clear.length], [0x01020304, 70_000, clear]);
    assert.deepEqual(await openFrame(key, kind, apart), frame);
  }
});

test('a frame shorter than what is to stay readable, and an empty one, come back too', async () => {
  const key = await deriveFrameKey(secret, 1);
  for (const length of [0, 1, 9, 10]) {
    const frame = new Uint8Array(length).fill(3);
    const apart = takeFrameApart(await sealFrame(key, length, kinds.camera, frame, 10), kinds.camera);
    assert.ok(apart);
    assert.deepEqual(await openFrame(key, kinds.camera, apart), frame);
  }
});

test('one bit anywhere, another kind, another key id or another secret: it does not open', async () => {
  const key = await deriveFrameKey(secret, 0x01020304);
  const frame = Uint8Array.from({ length: 40 }, (_, i) => i);
  const sealed = await sealFrame(key, 5, kinds.camera, frame, 10);
  /** @param {Uint8Array} of @param {import('../../static/e2ee/frame.js').Kind} [kind] @param {import('../../static/e2ee/sframe.js').FrameKey} [by] */
  const opens = async (of, kind = kinds.camera, by = key) => {
    const apart = takeFrameApart(of, kind);
    return apart ? openFrame(by, kind, apart).then(() => true, () => false) : false;
  };
  assert.equal(await opens(sealed), true);
  for (let bit = 0; bit < 8 * sealed.length; bit++) {
    const changed = sealed.slice();
    changed[bit >> 3] ^= 1 << (bit & 7);
    assert.equal(await opens(changed), false, `bit ${bit}`);
  }
  assert.equal(await opens(sealed, kinds.screen), false);
  assert.equal(await opens(sealed, kinds.camera, await deriveFrameKey(secret, 0x01020305)), false);
  assert.equal(await opens(sealed, kinds.camera, await deriveFrameKey(secret.toReversed(), 0x01020304)), false);
});

test('what was never sealed does not open', async () => {
  const key = await deriveFrameKey(secret, 1);
  let looked = 0;
  for (let n = 0; n < 2_000; n++) {
    const noise = crypto.getRandomValues(new Uint8Array(n % 90));
    for (const kind of [kinds.microphone, kinds.camera]) {
      const apart = takeFrameApart(noise, kind);
      if (!apart) continue;
      looked++;
      await assert.rejects(openFrame(key, kind, apart));
    }
  }
  assert.ok(looked > 100, 'some of it looked like a frame');
});
