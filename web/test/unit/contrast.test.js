/* Everybody can read it: contrast of both themes, computed from tokens.css (WCAG 2.2, 1.4.3 and 1.4.11). */
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { test } from 'node:test';

const folder = new URL('../../static/style/', import.meta.url);
const tokens = await readFile(new URL('tokens.css', folder), 'utf8');

/** The custom properties between a selector and its closing brace. @param {string} selector */
function block(selector) {
  const start = tokens.indexOf(`${selector} {`);
  assert.notEqual(start, -1, selector);
  const text = tokens.slice(start, tokens.indexOf('}', start));
  return Object.fromEntries([...text.matchAll(/--([\w-]+):\s*([^;]+);/g)].map(([, name, value]) => [name, value.trim()]));
}

const themes = {
  light: block(':root'),
  dark: block(":root[data-theme='dark']"),
};

/** WCAG 2.2, relative luminance. @param {string} colour as #rrggbb */
function luminance(colour) {
  const [r, g, b] = [1, 3, 5]
    .map((i) => parseInt(colour.slice(i, i + 2), 16) / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** @param {string} one @param {string} other */
function contrast(one, other) {
  const [a, b] = [luminance(one), luminance(other)].sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
}

const text = [
  ['ink', 'paper sheet tint stage'],
  ['ink-soft', 'paper sheet tint stage'],
  ['brand', 'paper sheet'],
  ['on-brand', 'brand brand-strong'],
  ['on-brand-soft', 'brand-soft'],
  ['on-danger', 'danger danger-strong'],
  ['on-danger-soft', 'danger-soft paper sheet tint'],
  ['on-warm-soft', 'warm-soft'],
  ['warm', 'paper sheet'],
  ['on-tile', 'tile'],
  ['on-plate', 'plate'],
];
const edges = [
  ['edge', 'paper sheet tint'],
  ['focus', 'paper sheet tint stage'],
  ['brand', 'paper sheet stage tint'],
  ['danger', 'paper sheet stage'],
];

for (const [theme, values] of Object.entries(themes)) {
  for (const [pairs, least] of /** @type {[string[][], number][]} */ ([[text, 4.5], [edges, 3]])) {
    for (const [ink, grounds] of pairs) {
      for (const ground of grounds.split(' ')) {
        test(`${theme}: ${ink} on ${ground} reaches ${least}`, () => {
          const found = contrast(values[ink], values[ground]);
          assert.ok(found >= least, `${values[ink]} on ${values[ground]} has ${found.toFixed(2)}`);
        });
      }
    }
  }
}

test('the dark theme is the same by wish of the system and by attribute', () => {
  assert.deepEqual(block(":root:not([data-theme='light'])"), themes.dark);
});

for (const name of await readdir(folder)) {
  test(`${name} knows no left and right`, async () => {
    const css = (await readFile(new URL(name, folder), 'utf8')).replace(/\/\*[\s\S]*?\*\//g, '').replace(/safe-area-inset-(left|right)/g, '');
    const physical = css.match(/(?<![\w-])((margin|padding|border|inset)-)?(left|right|top|bottom)(-[\w-]+)?\s*:|text-align:\s*(left|right)|(?<![\w-])(min-|max-)?(width|height)\s*:(?![^{]*\)\s*\{)/g);
    assert.equal(physical, null);
  });
}
