/**
 * How a camera is sent: three simulcast layers, their scale and whether they are sent at all, from the size that was captured.
 *
 * **There are always three encodings**, since their number is fixed by the first offer; small pictures switch the upper ones off.
 * Chromium drops the *top* layers of small pictures by itself (below 960×540 the third, below 480×270 the second), whatever was
 * asked for; here the layers that remain get the sizes that receivers ask for: 180, 360 and 720 lines.
 */

/** Layers from small to large: id (RFC 8851), lines of the short side, most bits per second. */
const layers = [
  { rid: 'q', lines: 180, maxBitrate: 160_000 },
  { rid: 'h', lines: 360, maxBitrate: 600_000 },
  { rid: 'f', lines: 720, maxBitrate: 1_800_000 },
];

/** Pixels of a picture from which on Chromium sends two, and three layers. */
const pixelsForTwo = 480 * 270;
const pixelsForThree = 960 * 540;

/**
 * @typedef {object} Encoding
 * @property {string} rid
 * @property {boolean} active
 * @property {number} scaleResolutionDownBy
 * @property {number} maxBitrate bits per second
 */

/**
 * What limits a camera beside its size.
 * @typedef {object} Bounds
 * @property {number[] | null} [demand] layers that somebody watches; null while nothing was said: all
 * @property {boolean} [saver] the smallest picture alone
 */

/**
 * @param {number} width of the captured picture, in pixels; upright or not makes no difference
 * @param {number} height
 * @param {Bounds} [bounds]
 * @returns {Encoding[]} three, from small to large
 */
export function encodingsFor(width, height, { demand = null, saver = false } = {}) {
  const pixels = width * height;
  const short = Math.min(width, height);
  const count = pixels >= pixelsForThree ? 3 : pixels >= pixelsForTwo ? 2 : 1;
  const most = saver ? 0 : count - 1;
  // Who asks for a larger layer than there is gets the largest there is.
  const wanted = demand && new Set(demand.map((layer) => Math.min(layer, most)));
  // One layer alone is sent as large as it is: nothing else would show a person better.
  return layers.map(({ rid, lines, maxBitrate }, i) => ({
    rid,
    active: i <= most && (!wanted || wanted.has(i)),
    scaleResolutionDownBy: count === 1 ? 1 : Math.max(1, short / lines),
    maxBitrate: count === 1 ? layers[1].maxBitrate : maxBitrate,
  }));
}

/** How a shared screen is sent: one picture that can be read, few times a second. */
export const screenEncoding = { maxBitrate: 2_000_000, maxFramerate: 15 };

/**
 * Puts a codec and what belongs to it first. None is left out: Firefox then leaves orphan feedback lines, which Chromium refuses.
 * @template {{ mimeType: string }} T
 * @param {T[]} codecs
 * @param {...string} wanted such as `video/VP8`, the best first; what a browser does not have is no matter
 * @returns {T[]}
 */
export function preferring(codecs, ...wanted) {
  const rank = (/** @type {T} */ { mimeType }) => {
    const at = wanted.findIndex((one) => one.toLowerCase() === mimeType.toLowerCase());
    return at < 0 ? wanted.length : at;
  };
  return [...codecs].sort((a, b) => rank(a) - rank(b));
}
