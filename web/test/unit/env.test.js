/* When waiting for a timer would waste time, and when it would not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { browserEnv } from '../../static/call/env.js';

test('woken by the network coming back or changing its kind, not by estimates of its speed, and no more once unsubscribed', () => {
  const network = Object.assign(new EventTarget(), { type: 'wifi' });
  const document = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  const window = Object.assign(new EventTarget(), { document, navigator: { userAgent: '', maxTouchPoints: 0, connection: network } });
  let woken = 0;
  const stop = browserEnv(/** @type {any} */ (window)).onWake(() => woken++);
  /** @param {EventTarget} target @param {string} type @returns {number} how often it woke */
  const tell = (target, type) => {
    woken = 0;
    target.dispatchEvent(new Event(type));
    return woken;
  };
  assert.equal(tell(network, 'change'), 0);
  network.type = 'cellular';
  assert.equal(tell(network, 'change'), 1);
  assert.equal(tell(network, 'change'), 0);
  assert.equal(tell(window, 'online'), 1);
  assert.equal(tell(window, 'pageshow'), 1);
  assert.equal(tell(document, 'visibilitychange'), 1);
  document.visibilityState = 'hidden';
  assert.equal(tell(document, 'visibilitychange'), 0);
  stop();
  document.visibilityState = 'visible';
  network.type = 'wifi';
  assert.deepEqual([tell(network, 'change'), tell(window, 'online'), tell(document, 'visibilitychange')], [0, 0, 0]);
});
