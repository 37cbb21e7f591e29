/* One's own picture: drawn by finger or mouse, it stays in the nearest corner. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { corners, draggable } from '../../static/screens/drag.js';

/** A tile of 20 by 10 in a stage of 100 by 100. */
function tile({ corner = 'top-end' } = {}) {
  /** @type {Set<string>} */
  const classes = new Set();
  /** @type {Map<string, string>} */
  const style = new Map();
  const element = Object.assign(new EventTarget(), {
    classes, style: { setProperty: style.set.bind(style), removeProperty: style.delete.bind(style) }, styled: style,
    dataset: { corner }, captured: 0, at: { left: 0, top: 0 },
    classList: { add: classes.add.bind(classes), remove: classes.delete.bind(classes) },
    setPointerCapture: () => element.captured++,
    getBoundingClientRect: () => ({ ...element.at, width: 20, height: 10 }),
    parentElement: { getBoundingClientRect: () => ({ left: 0, top: 0, width: 100, height: 100 }) },
  });
  /** @param {string} type @param {number} [clientX] @param {number} [clientY] */
  const point = (type, clientX = 0, clientY = 0) => element.dispatchEvent(Object.assign(new Event(type), { clientX, clientY, pointerId: 1 }));
  return { element, point };
}

test('wherever it is let go, it goes to the nearest corner', () => {
  for (const [left, top, corner] of /** @type {const} */ ([[0, 0, 'top-start'], [80, 44, 'top-end'], [39, 46, 'bottom-start'], [41, 90, 'bottom-end']])) {
    const { element, point } = tile();
    /** @type {string[]} */
    const chosen = [];
    draggable((one) => chosen.push(one))(/** @type {any} */ (element));
    point('pointerdown', 5, 5);
    assert.ok(element.classes.has('tile-dragged'));
    point('pointermove', 25, 15);
    assert.equal(element.styled.get('transform'), 'translate(20px, 10px)');
    element.at = { left, top };
    point('pointerup');
    assert.deepEqual(chosen, [corner]);
    assert.deepEqual([element.classes.size, element.styled.size, element.captured], [0, 0, 1]);
  }
});

test('a tile that stands in no corner is not drawn, and neither is one that was let go of', () => {
  for (const corner of ['', 'top-end']) {
    const { element, point } = tile({ corner });
    let chosen = 0;
    const detach = draggable(() => chosen++)(/** @type {any} */ (element));
    if (corner) detach();
    point('pointermove', 9, 9);
    point('pointerdown', 5, 5);
    point('pointermove', 9, 9);
    point('pointerup');
    assert.deepEqual([element.classes.size, element.styled.size, chosen], [0, 0, 0]);
  }
});

test('the menu goes round all four corners', () => {
  assert.deepEqual([...corners].sort(), ['bottom-end', 'bottom-start', 'top-end', 'top-start']);
});
