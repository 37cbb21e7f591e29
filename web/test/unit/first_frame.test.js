/* When a picture is the new person's. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { FirstFrame, framesOf } from '../../static/call/first_frame.js';
import { report } from './fakes.js';

const frames = (/** @type {object} */ counts) => framesOf(report({ type: 'inbound-rtp', kind: 'video', ...counts }));

test('counts are read from the picture alone, and what lies in the buffer has a bound', () => {
  assert.deepEqual(framesOf(report({ type: 'codec' })), { received: 0, decoded: 0, keyDecoded: -1, waiting: 0 });
  assert.deepEqual(frames({ framesDecoded: 10, keyFramesDecoded: 2, framesReceived: 15, framesDropped: 2 }), { received: 15, decoded: 10, keyDecoded: 2, waiting: 3 });
  assert.equal(frames({ framesDecoded: 10, framesReceived: 500 }).waiting, 15);
  assert.equal(frames({ framesDecoded: 10, framesReceived: 4 }).waiting, 0);
});

test('a slot that was never used shows from the second frame on', () => {
  const first = new FirstFrame(framesOf(report()));
  assert.equal(first.shows(framesOf(report()), 0), false);
  assert.equal(first.shows(frames({ framesDecoded: 1, keyFramesDecoded: 1 }), 50), false);
  assert.equal(first.shows(frames({ framesDecoded: 2, keyFramesDecoded: 1 }), 100), true);
});

test("frames of the old person that were still in the buffer do not show the new person's slot", () => {
  const first = new FirstFrame(frames({ framesDecoded: 100, keyFramesDecoded: 3, framesReceived: 104 }));
  for (const decoded of [101, 102, 103, 104]) assert.equal(first.shows(frames({ framesDecoded: decoded, keyFramesDecoded: 3 }), decoded), false);
  // A late frame of the old person: no key frame.
  assert.equal(first.shows(frames({ framesDecoded: 105, keyFramesDecoded: 3 }), 200), false);
  assert.equal(first.shows(frames({ framesDecoded: 106, keyFramesDecoded: 4 }), 1000), false);
  assert.equal(first.shows(frames({ framesDecoded: 107, keyFramesDecoded: 4 }), 1050), true);
});

test('a still picture shows although no second frame comes', () => {
  const first = new FirstFrame(frames({ framesDecoded: 0 }));
  assert.equal(first.shows(frames({ framesDecoded: 1 }), 1000), false);
  assert.equal(first.shows(frames({ framesDecoded: 1 }), 1199), false);
  assert.equal(first.shows(frames({ framesDecoded: 1 }), 1200), true);
});

test('without counts from before, more frames are awaited than any buffer holds', () => {
  const first = new FirstFrame(null);
  assert.equal(first.shows(frames({ framesDecoded: 50, keyFramesDecoded: 1 }), 0), false);
  assert.equal(first.shows(frames({ framesDecoded: 65, keyFramesDecoded: 1 }), 1000), false);
  first.shows(frames({ framesDecoded: 66, keyFramesDecoded: 1 }), 1050);
  assert.equal(first.shows(frames({ framesDecoded: 67, keyFramesDecoded: 1 }), 1100), true);
});
