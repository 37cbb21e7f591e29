/* Layers of a camera by its captured size, and the order of codecs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { encodingsFor, preferring } from '../../static/call/encodings.js';

for (const [width, height, expected] of /** @type {const} */ ([
  [1920, 1080, '6 3 1.5'], [1280, 720, '4 2 1'], [720, 1280, '4 2 1'], [960, 540, '3 1.5 1'], [640, 480, '2.6666666666666665 1.3333333333333333 off'],
  [640, 360, '2 1 off'], [360, 640, '2 1 off'], [480, 270, '1.5 1 off'], [320, 240, '1 off off'], [320, 180, '1 off off'], [160, 90, '1 off off'],
])) {
  test(`${width}×${height} is sent at scales ${expected}`, () => {
    const encodings = encodingsFor(width, height);
    assert.deepEqual(encodings.map(({ rid }) => rid), ['q', 'h', 'f']);
    assert.equal(encodings.map(({ active, scaleResolutionDownBy }) => (active ? scaleResolutionDownBy : 'off')).join(' '), expected);
    assert.ok(encodings.every(({ scaleResolutionDownBy }) => scaleResolutionDownBy >= 1), 'nothing is enlarged, active or not');
  });
}

test('a room of 1080 lines has them in the largest layer, where the camera does, and pays for them', () => {
  const top = (/** @type {number} */ width, /** @type {number} */ height, /** @type {any} */ bounds) => {
    const [q, h, f] = encodingsFor(width, height, bounds);
    return [q, h, f].map(({ scaleResolutionDownBy, maxBitrate }) => `${Math.round(Math.min(width, height) / scaleResolutionDownBy)} ${maxBitrate}`).join(', ');
  };
  assert.equal(top(1920, 1080, { height: 1080 }), '180 160000, 360 600000, 1080 3000000');
  assert.equal(top(1080, 1920, { height: 1080 }), '180 160000, 360 600000, 1080 3000000');
  assert.equal(top(3840, 2160, { height: 1080 }), '180 160000, 360 600000, 1080 3000000');
  for (const [width, height, allowed] of /** @type {const} */ ([[1920, 1080, 720], [1280, 720, 1080], [1920, 1080, undefined]])) {
    assert.equal(top(width, height, { height: allowed }), '180 160000, 360 600000, 720 1800000');
  }
  const [stream] = encodingsFor(1920, 1080, { height: 1080, codec: 'vp9' });
  assert.deepEqual([stream.scalabilityMode, stream.scaleResolutionDownBy, stream.maxBitrate], ['L3T3_KEY', 1, 3_000_000]);
});

test('a preferred codec comes first and none is lost', () => {
  const codecs = ['video/H264', 'video/VP8', 'video/rtx', 'video/vp8', 'video/AV1'].map((mimeType) => ({ mimeType }));
  assert.equal(preferring(codecs, 'video/VP8').map(({ mimeType }) => mimeType).join(' '), 'video/VP8 video/vp8 video/H264 video/rtx video/AV1');
  assert.deepEqual(preferring([], 'video/VP8'), []);
});
