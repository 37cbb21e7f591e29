/** A link as a picture that a telephone's camera reads. Drawn here, sent nowhere. */
import encodeQR from '../third_party/qr.js';
import { tags } from './dom.js';

const { svg, path, rect } = tags;

/**
 * @param {string} text
 * @param {string} label what it is, for those who do not see it
 */
export function qr(text, label) {
  const rows = encodeQR(text, 'raw', { ecc: 'medium', border: 4 });
  const size = rows.length;
  // One run of dark modules per line segment: a path of some hundred commands instead of a thousand boxes.
  const d = rows.map((row, y) => runs(row).map(([from, to]) => `M${from} ${y}h${to - from}v1h${from - to}z`).join('')).join('');
  return svg(
    { class: 'qr', viewBox: `0 0 ${size} ${size}`, role: 'img', 'aria-label': label, 'shape-rendering': 'crispEdges' },
    rect({ width: size, height: size, fill: '#ffffff' }),
    path({ d, fill: '#000000' }),
  );
}

/** Where dark modules begin and end in a row. @param {boolean[]} row @returns {[number, number][]} */
function runs(row) {
  /** @type {[number, number][]} */
  const found = [];
  row.forEach((dark, x) => {
    if (!dark) return;
    const last = found[found.length - 1];
    if (last && last[1] === x) last[1] = x + 1;
    else found.push([x, x + 1]);
  });
  return found;
}
