/* How large pictures are shown: told of the tiles that are there, when the window has come to rest, and never because something was rendered. */
import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';

import { Sizes } from '../../static/screens/sizes.js';

/** @type {Set<object>} elements whose size is watched */
const watched = new Set();
/** @type {() => void} what the browser calls when one of them changed */
let resized = () => {};

class Element extends EventTarget {
  /** @type {object | null} */ video = null;

  /** @param {number} width @param {number} height */
  constructor(width, height) {
    super();
    Object.assign(this, { width, height });
  }

  getBoundingClientRect() {
    return this;
  }

  querySelector() {
    return this.video;
  }
}

/** @param {number} width @param {number} height @returns {any} */
const tile = (width, height) => new Element(width, height);

beforeEach(() => {
  watched.clear();
  Object.assign(globalThis, {
    window: { devicePixelRatio: 2 },
    getComputedStyle: (/** @type {{ objectFit?: string }} */ { objectFit = 'cover' }) => ({ objectFit }),
    ResizeObserver: class {
      /** @param {() => void} changed */
      constructor(changed) {
        resized = changed;
      }
      /** @param {object} element */
      observe(element) {
        watched.add(element);
        resized();
      }
      /** @param {object} element */
      unobserve(element) {
        watched.delete(element);
      }
      disconnect() {
        watched.clear();
      }
    },
  });
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout'] });
});

function world() {
  /** @type {import('../../static/call/views.js').View[][]} */
  const told = [];
  return { told, sizes: new Sizes((views) => told.push(views)) };
}

const a = { participant: 'a', source: 'camera', stage: false, width: 400, height: 200 };

test('rendering tells nothing and starts nothing: a function for each tile, the same each time', () => {
  const { sizes, told } = world();
  const first = sizes.attach('a/camera');
  assert.equal(sizes.attach('a/camera'), first);
  assert.notEqual(sizes.attach('a/screen'), first);
  mock.timers.tick(10_000);
  assert.deepEqual(told, []);
});

test('tiles are told in physical pixels when the window has been at rest for a moment', () => {
  const { sizes, told } = world();
  sizes.attach('a/camera')(tile(200, 100));
  mock.timers.tick(99);
  resized();
  mock.timers.tick(99);
  assert.deepEqual(told, []);
  mock.timers.tick(1);
  assert.deepEqual(told, [[a]]);
});

test('what is not shown at all is not told', () => {
  const { sizes, told } = world();
  sizes.attach('a/camera')(tile(200, 100));
  sizes.attach('b/camera')(tile(0, 0));
  mock.timers.tick(100);
  assert.deepEqual(told, [[a]]);
});

test('what is looked at is told when it changed, and only then', () => {
  const { sizes, told } = world();
  sizes.attach('a/camera')(tile(200, 100));
  sizes.attach('a/screen')(tile(20, 10));
  sizes.look(['a/screen']);
  mock.timers.tick(100);
  assert.deepEqual(told.pop(), [a, { participant: 'a', source: 'screen', stage: true, width: 40, height: 20 }]);
  sizes.look(['a/screen']);
  mock.timers.tick(100);
  assert.deepEqual(told, []);
  sizes.look(['a/camera']);
  mock.timers.tick(100);
  assert.deepEqual(told.pop()?.map(({ stage }) => stage), [true, false]);
});

test('who has gone is forgotten, and comes back as everybody comes', () => {
  const { sizes, told } = world();
  const detach = sizes.attach('a/camera')(tile(200, 100));
  sizes.look(['a/camera']);
  mock.timers.tick(100);
  assert.equal(told.pop()?.[0].stage, true);
  detach();
  mock.timers.tick(100);
  assert.deepEqual(told.pop(), []);
  assert.equal(watched.size, 0);
  sizes.attach('a/camera')(tile(200, 100));
  mock.timers.tick(100);
  assert.deepEqual(told.pop(), [a]);
});

test('behind what covers it nothing is seen', () => {
  const { sizes, told } = world();
  sizes.attach('a/camera')(tile(200, 100));
  sizes.cover(true);
  mock.timers.tick(100);
  assert.deepEqual(told.pop(), []);
  sizes.cover(true);
  mock.timers.tick(100);
  assert.deepEqual(told, []);
  sizes.cover(false);
  mock.timers.tick(100);
  assert.deepEqual(told.pop(), [a]);
});

test('a picture that its tile cuts is drawn larger than the tile, and its first frame tells its shape', () => {
  const { sizes, told } = world();
  const element = tile(100, 200);
  sizes.attach('a/camera')(element);
  mock.timers.tick(100);
  assert.deepEqual(told.pop()?.map(({ width, height }) => [width, height]), [[200, 400]]);
  element.video = { videoWidth: 1280, videoHeight: 640 };
  element.dispatchEvent(new Event('resize'));
  mock.timers.tick(100);
  assert.deepEqual(told.pop()?.map(({ width, height }) => [width, height]), [[800, 400]]);
  element.video = { videoWidth: 1280, videoHeight: 640, objectFit: 'contain' };
  resized();
  mock.timers.tick(100);
  assert.deepEqual(told.pop()?.map(({ width, height }) => [width, height]), [[200, 400]]);
});

test('closed, nothing is watched and nothing is told any more', () => {
  const { sizes, told } = world();
  sizes.attach('a/camera')(tile(200, 100));
  sizes.close();
  mock.timers.tick(1000);
  assert.deepEqual(told, []);
  assert.equal(watched.size, 0);
});
