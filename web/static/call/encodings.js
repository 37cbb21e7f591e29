/**
 * How a camera is sent: its layers, their scale and whether they are sent at all, from the size that was captured.
 *
 * **There are always three encodings**, since their number is fixed by the first offer; small pictures switch the upper ones off.
 * **In VP8 each is a simulcast layer. In VP9 the first carries all layers in one stream**, and the others are off: Chromium makes spatial
 * layers of the first encoding alone.
 * Chromium drops the *top* layers of small pictures by itself (below 960×540 the third, below 480×270 the second), whatever was
 * asked for; here the layers that remain get the sizes that receivers ask for: 180, 360 and 720 lines, or 1080 where the room allows it.
 */

/** Layers from small to large: id (RFC 8851), pixels of the short side, most bits per second. */
const layers = [
  { rid: 'q', short: 180, maxBitrate: 160_000 },
  { rid: 'h', short: 360, maxBitrate: 600_000 },
  { rid: 'f', short: 720, maxBitrate: 1_800_000 },
];

/** In place of the largest, where the room allows it and the camera gives more than that. */
const full = { rid: 'f', short: 1080, maxBitrate: 3_000_000 };

/** Pixels of a picture from which on Chromium sends two, and three layers. */
const pixelsForTwo = 480 * 270;
const pixelsForThree = 960 * 540;

/**
 * @typedef {object} Encoding
 * @property {string} rid
 * @property {boolean} active
 * @property {string} [scalabilityMode] of a stream with spatial layers (W3C WebRTC-SVC, section 6)
 * @property {number} scaleResolutionDownBy
 * @property {number} maxBitrate bits per second
 */

/**
 * What limits a camera beside its size.
 * @typedef {object} Bounds
 * @property {number[] | null} [demand] layers that somebody watches; null while nothing was said: all
 * @property {boolean} [saver] the smallest picture alone
 * @property {'vp8' | 'vp9'} [codec]
 * @property {number} [height] of a picture (its width where it is upright), at most, by the room's rule: 720 or 1080
 */

/**
 * @param {number} width of the captured picture, in pixels; upright or not makes no difference
 * @param {number} height
 * @param {Bounds} [bounds]
 * @returns {Encoding[]} three, from small to large
 */
export function encodingsFor(width, height, { demand = null, saver = false, codec = 'vp8', height: allowed = 720 } = {}) {
  const pixels = width * height;
  const short = Math.min(width, height);
  const count = pixels >= pixelsForThree ? 3 : pixels >= pixelsForTwo ? 2 : 1;
  const most = saver ? 0 : count - 1;
  // Who asks for a larger layer than there is gets the largest there is.
  const wanted = demand && new Set(demand.map((layer) => Math.min(layer, most)));
  const ladder = allowed >= full.short && short > layers[2].short ? [...layers.slice(0, 2), full] : layers;
  // One layer alone is sent as large as it is: nothing else would show a person better.
  const simulcast = ladder.map(({ rid, maxBitrate, ...layer }, i) => ({
    rid,
    active: i <= most && (!wanted || wanted.has(i)),
    scaleResolutionDownBy: count === 1 ? 1 : Math.max(1, short / layer.short),
    maxBitrate: count === 1 ? layers[1].maxBitrate : maxBitrate,
  }));
  if (codec === 'vp8') return simulcast;
  // Each layer needs those below it, so the highest that is wanted says how many there are. Each is twice as large as the one below, and
  // keeps its size when those above it are left out. The bits are those of all together: as many as VP8 needs for the largest alone.
  const top = wanted ? Math.max(0, ...wanted) : most;
  const stream = {
    ...simulcast[0],
    active: !wanted || wanted.size > 0,
    scalabilityMode: top === 0 ? 'L1T3' : `L${top + 1}T3_KEY`,
    scaleResolutionDownBy: simulcast[count - 1].scaleResolutionDownBy * 2 ** (count - 1 - top),
    maxBitrate: simulcast[top].maxBitrate,
  };
  return [stream, ...simulcast.slice(1).map((layer) => ({ ...layer, active: false }))];
}

/**
 * Takes from an answer what it would switch on although it is off: Chromium sends every layer that the answer accepts, and in VP9 it would
 * send three streams in place of one. A layer that is marked `~` stays as it is (RFC 8853, section 5.1).
 * @param {string} sdp
 * @param {string[]} off ids of layers
 * @returns {string}
 */
export function pausing(sdp, off) {
  return sdp.replace(/^(a=simulcast:recv )(.*)$/gm, (_, head, list) => head + list.trim().split(';').map((/** @type {string} */ rid) => (off.includes(rid) ? `~${rid}` : rid)).join(';'));
}

/**
 * Makes an answer ask for sound that costs little: a packet each 60 ms, 14 kbit/s, nothing sent twice. Headers cost most: at 20 ms two thirds
 * (RFC 7587, section 6.1; RFC 8866, section 6.4).
 * @param {string} sdp
 * @returns {string} with the first line of sound changed, the microphone's
 */
export function thrifty(sdp) {
  const [head, mic, ...rest] = sdp.split(/(?=^m=)/m);
  const opus = /^a=rtpmap:(\d+) opus\//im.exec(mic ?? '')?.[1];
  if (!mic?.startsWith('m=audio') || !opus) return sdp;
  const thrift = mic
    .replace(/^(m=audio \S+ \S+)(.*)$/m, (_, begin, types) => [begin, opus, ...types.trim().split(' ').filter((/** @type {string} */ type) => type !== opus)].join(' '))
    .replace(new RegExp(`^(a=fmtp:${opus} .*?)\\r?$`, 'm'), '$1;maxaveragebitrate=14000\r')
    .replace(/^a=(ptime|maxptime):.*\r?\n/gm, '');
  return [head, `${thrift}a=ptime:60\r\n`, ...rest].join('');
}

/**
 * How a camera is sent to one alone: one picture, as large as the largest layer.
 * @param {number} width of the captured picture, in pixels
 * @param {number} height
 * @param {{ saver?: boolean, height?: number }} bounds
 * @returns {{ scaleResolutionDownBy: number, maxBitrate: number }}
 */
export function soloFor(width, height, { saver = false, height: allowed = 720 }) {
  const short = Math.min(width, height);
  const layer = saver ? layers[0] : allowed >= full.short && short > layers[2].short ? full : (layers.find((one) => one.short >= short) ?? layers[2]);
  return { scaleResolutionDownBy: Math.max(1, short / layer.short), maxBitrate: layer.maxBitrate };
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
