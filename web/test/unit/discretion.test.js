/* How careful a page is: neutral until it is known otherwise, and over a reload. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Discretion } from '../../static/screens/discretion.js';

function storage() {
  const kept = new Map();
  return { getItem: (/** @type {string} */ key) => kept.get(key) ?? null, setItem: (/** @type {string} */ key, /** @type {string} */ value) => void kept.set(key, value), removeItem: (/** @type {string} */ key) => void kept.delete(key), kept };
}
const told = (/** @type {Discretion} */ { exit, neutral }) => [exit.value, neutral.value];

test('neutral and without an exit until the link was asked about', () => assert.deepEqual(told(new Discretion(storage())), [null, true]));

test('what the link says holds, and is known at once after a reload', () => {
  for (const [answer, want] of /** @type {const} */ ([
    [{}, [null, false]], [{ quick_exit: 'https://weather.example/', neutral_title: true }, ['https://weather.example/', true]],
    [{ neutral_title: true }, [null, true]], [{ quick_exit: 'https://weather.example/' }, ['https://weather.example/', false]],
  ])) {
    const tab = storage();
    const page = new Discretion(tab);
    page.learn(answer);
    assert.deepEqual(told(page), want);
    assert.deepEqual(told(new Discretion(tab)), want);
    page.learn({});
    assert.deepEqual(told(new Discretion(tab)), [null, false], 'another link in the same tab');
  }
});

test('the tab forgets it with the seat, and keeps it again for who comes back; the page itself goes on as it was', () => {
  const tab = storage();
  const page = new Discretion(tab);
  page.keep(true);
  assert.equal(tab.kept.size, 0, 'nothing is known yet');
  page.learn({ quick_exit: 'https://weather.example/', neutral_title: true });
  page.keep(false);
  assert.equal(tab.kept.size, 0);
  assert.deepEqual(told(page), ['https://weather.example/', true]);
  page.keep(true);
  assert.deepEqual(told(new Discretion(tab)), ['https://weather.example/', true]);
});

test('no address but one of the web leads out, and what is broken is neutral', () => {
  const page = new Discretion(storage());
  page.learn({ quick_exit: 'javascript:alert(1)' });
  assert.equal(page.exit.value, null);
  for (const broken of ['{', '7', '"x"', '[]']) {
    const tab = storage();
    tab.setItem('anteroom.page', broken);
    assert.doesNotThrow(() => new Discretion(tab), broken);
  }
});
