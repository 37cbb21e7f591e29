/* The quick exit: white first, then everything else, and the page goes whatever fails. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

Object.assign(globalThis, { document: { documentElement: {} } });
const { leaveQuickly } = await import('../../static/screens/exit.js');

/** @param {{ stop?: () => void, clear?: () => void, draws?: boolean }} [page] what fails in it; draws: unless it is hidden */
function leave({ draws = true, ...fails } = {}) {
  /** @type {string[]} */
  const log = [];
  /** @type {(() => void)[]} */
  const later = [];
  const window = {
    document: { documentElement: { classList: { add: (/** @type {string} */ name) => log.push(name) } }, querySelectorAll: () => [], title: 'Video conversation', pictureInPictureElement: null },
    sessionStorage: { clear: () => (log.push('clear'), fails.clear?.()) },
    location: { replace: (/** @type {string} */ to) => log.push(`replace ${to}`) },
    requestAnimationFrame: (/** @type {() => void} */ next) => draws && (log.push('drawn'), next()),
    setTimeout: (/** @type {() => void} */ next) => later.push(next),
  };
  leaveQuickly(/** @type {any} */ (window), 'https://weather.example/', () => (log.push('stop'), fails.stop?.()));
  for (const next of later) next();
  return { log, window };
}

const fail = () => {
  throw new Error('not now');
};
const all = ['gone', 'drawn', 'stop', 'clear', 'replace https://weather.example/'];

test('white, then silent, then forgotten, then away', () => {
  const { log, window } = leave();
  assert.deepEqual(log, all);
  assert.notEqual(window.document.title, 'Video conversation');
});

test('a page that draws nothing goes all the same, and once', () => assert.deepEqual(leave({ draws: false }).log, all.filter((what) => what !== 'drawn')));

test('what fails keeps nobody here', () => assert.deepEqual(leave({ stop: fail, clear: fail }).log, all));
