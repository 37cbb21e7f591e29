/* Which advice a browser gets: the permission switch is somewhere else in each. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advice, permissionSwitch } from '../../static/screens/advice.js';
import { suitability, system } from '../../static/screens/browser.js';

const agents = /** @type {[string, number, string, string, string][]} */ ([
  ['Chrome on Windows', 0, 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36', 'chrome', 'windows'],
  ['Edge on Windows', 0, 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0', 'chrome', 'windows'],
  ['Firefox on Linux', 0, 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'firefox', 'other'],
  ['Firefox on Android', 5, 'Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0', 'firefox', 'android'],
  ['Safari on a Mac', 0, 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15', 'safari', 'mac'],
  ['Chrome on a Mac', 0, 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36', 'chrome', 'mac'],
  ['Safari on an iPad', 5, 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15', 'ios', 'ios'],
  ['Chrome on an iPhone', 5, 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0 Mobile/15E148 Safari/604.1', 'ios', 'ios'],
  ['Samsung Internet', 5, 'Mozilla/5.0 (Linux; Android 15; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36', 'android', 'android'],
]);

for (const [what, maxTouchPoints, userAgent, found, on] of agents) {
  test(what, () => {
    assert.equal(permissionSwitch({ userAgent, maxTouchPoints }), found);
    assert.equal(system({ userAgent, maxTouchPoints }), on);
    assert.ok(advice('denied', 'av', { userAgent, maxTouchPoints }).steps.length >= 2);
  });
}

const whole = { userAgent: agents[0][2], maxTouchPoints: 0, secure: true, peer: true, media: true };

test('only what is missing keeps somebody out, never a name', () => {
  assert.equal(suitability({ ...whole, userAgent: 'FBAN/FBIOS Instagram' }), 'ok');
  assert.equal(suitability({ ...whole, media: false, userAgent: 'Mozilla/5.0 (iPhone) [FBAN/FBIOS;FBAV/500]' }), 'in_app');
  assert.equal(suitability({ ...whole, media: false, secure: false }), 'insecure');
  assert.equal(suitability({ ...whole, peer: false }), 'old');
});
