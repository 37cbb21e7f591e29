// Says whose picture and whose tone a page is really showing and playing: from decoded pixels and decoded sound alone.
import { FACES, STRIP, SIZE, checksum } from './media.js';

/**
 * The bits of a picture's strip, as a number. Runs in a page.
 * @param {CanvasImageSource} picture
 * @param {typeof STRIP} STRIP
 * @param {typeof SIZE} SIZE
 * @returns {number | null}
 */
export function bitsOf(picture, STRIP, SIZE) {
  const canvas = document.createElement('canvas');
  canvas.width = SIZE.width;
  canvas.height = STRIP.top + STRIP.height;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) return null;
  context.drawImage(picture, 0, 0, SIZE.width, SIZE.height);
  let bits = 0;
  for (let cell = 0; cell < STRIP.cells; cell++) {
    const box = context.getImageData(cell * STRIP.cell + 7, STRIP.top + 7, 6, 6).data;
    let sum = 0;
    for (let i = 0; i < box.length; i += 4) sum += box[i + 1];
    bits = (bits << 1) | (sum / (box.length / 4) > 128 ? 1 : 0);
  }
  return bits;
}

/**
 * The bits of the strip that a <video> shows now; null when it shows nothing or is hidden. Runs in the page.
 * @param {HTMLVideoElement | null} video
 * @param {typeof STRIP} STRIP
 * @param {typeof SIZE} SIZE
 */
function readStrip(video, STRIP, SIZE) {
  if (!video?.checkVisibility({ visibilityProperty: true }) || !video.videoWidth || video.readyState < 2) return null;
  return bitsOf(video, STRIP, SIZE);
}

/** Both, as a text that a page can run. */
const reading = `(() => { ${bitsOf}; return ${readStrip}; })()`;

/** Whose strip it is. @param {number | null} bits @returns {{face: string, counter: number} | null} null when the check sum is wrong */
export function whose(bits) {
  if (bits === null) return null;
  const number = bits >> 12;
  const counter = (bits >> 4) & 255;
  if (checksum(number, counter) !== (bits & 15)) return null;
  const face = Object.keys(FACES).find((name) => FACES[name].number === number);
  return face ? { face, counter } : null;
}

/**
 * Reads the strip out of the tile of a participant.
 * @param {import('playwright-core').Page} page
 * @param {string} selector of the tile's <video>
 * @returns {Promise<{face: string, counter: number} | null>} null when nothing, or nobody known, is shown
 */
export async function seen(page, selector) {
  const call = [STRIP, SIZE].map((value) => JSON.stringify(value)).join(', ');
  return whose(await page.evaluate(`${reading}(document.querySelector(${JSON.stringify(selector)}), ${call})`));
}

/**
 * From now on looks at every tile of others that the page shows, some 25 times a second: more often than pictures change.
 * @param {import('playwright-core').Page} page
 * @returns {Promise<() => Promise<{plate: string, face: string}[]>>} which faces were seen above which plates since the last call, each once
 */
export async function watchFaces(page) {
  const watch = (/** @type {typeof readStrip} */ read, /** @type {typeof STRIP} */ strip, /** @type {typeof SIZE} */ size) => {
    const found = /** @type {Map<string, Set<number>>} */ (new Map());
    /** @type {any} */ (window).faces = found;
    setInterval(() => {
      for (const tile of document.querySelectorAll('[data-test="tile"]:not([data-self])')) {
        const bits = read(tile.querySelector('video'), strip, size);
        if (bits === null) continue;
        const plate = tile.querySelector('.plate')?.textContent ?? '';
        found.set(plate, (found.get(plate) ?? new Set()).add(bits));
      }
    }, 40);
  };
  await page.evaluate(`(${watch})(${reading}, ${JSON.stringify(STRIP)}, ${JSON.stringify(SIZE)})`);
  return async () => {
    /** @type {[string, number[]][]} */
    const entries = await page.evaluate(() => {
      const { faces } = /** @type {any} */ (window);
      const list = [...faces].map(([plate, bits]) => [plate, [...bits]]);
      faces.clear();
      return list;
    });
    return entries.flatMap(([plate, list]) => [...new Set(list.flatMap((bits) => whose(bits)?.face ?? []))].map((face) => ({ plate, face })));
  };
}

/** Which of the known tones stands out. @param {number[]} levels of each, in dB @returns {string | null} its face; null for none */
export function toneOf(levels) {
  const strongest = levels.indexOf(Math.max(...levels));
  const others = levels.filter((_, i) => i !== strongest);
  // A tone at −70 dB or one that does not stand 15 dB above the others is not a tone.
  if (levels[strongest] < -70 || levels[strongest] - Math.max(...others) < 15) return null;
  return Object.keys(FACES)[strongest];
}

/**
 * Listens to what a media element plays and finds the strongest of the known tones within `ms`.
 * @param {import('playwright-core').Page} page
 * @param {string} selector of the tile's <video>
 * @returns {Promise<string | null>} the face whose tone is heard, or null for silence
 */
export async function heard(page, selector, ms = 1500) {
  const levels = await page.evaluate(async ({ selector, tones, ms }) => {
    const video = /** @type {HTMLVideoElement | null} */ (document.querySelector(selector));
    const stream = /** @type {MediaStream | null} */ (video && video.srcObject);
    if (!stream || stream.getAudioTracks().length === 0) return null;
    const context = new AudioContext();
    await context.resume();
    const source = context.createMediaStreamSource(new MediaStream(stream.getAudioTracks()));
    const analyser = context.createAnalyser();
    analyser.fftSize = 4096;
    source.connect(analyser);
    const bins = new Float32Array(analyser.frequencyBinCount);
    const best = tones.map(() => -200);
    const end = performance.now() + ms;
    while (performance.now() < end) {
      await new Promise((done) => setTimeout(done, 50));
      analyser.getFloatFrequencyData(bins);
      tones.forEach((tone, i) => {
        const bin = Math.round((tone * analyser.fftSize) / context.sampleRate);
        best[i] = Math.max(best[i], bins[bin - 1], bins[bin], bins[bin + 1]);
      });
    }
    await context.close();
    return best;
  }, { selector, tones: Object.values(FACES).map((face) => face.tone), ms });
  return levels && toneOf(levels);
}

/**
 * Measures lip-sync of somebody with `flash` devices: how many ms the beep is heard after the flash is seen, for each of the flashes within so long.
 * @param {import('playwright-core').Page} page
 * @param {string} selector of the tile's <video>
 * @param {number} ms
 * @returns {Promise<number[]>} in order
 */
export function lips(page, selector, ms) {
  return page.evaluate(async ({ selector, ms }) => {
    const video = /** @type {HTMLVideoElement} */ (document.querySelector(selector));
    const stream = /** @type {MediaStream} */ (video.srcObject);
    const audio = new AudioContext();
    await audio.resume();
    const analyser = audio.createAnalyser();
    analyser.fftSize = 256;
    /** @type {MediaStreamAudioSourceNode | null} */
    let source = null;
    // What stands between the received sound and the analyser keeps up to 100 ms after every stall of a busy machine; a new one keeps nothing.
    const listen = () => {
      source?.disconnect();
      source = audio.createMediaStreamSource(new MediaStream(stream.getAudioTracks()));
      source.connect(analyser);
    };
    listen();
    const canvas = document.createElement('canvas');
    canvas.width = 32; canvas.height = 18;
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d', { willReadFrequently: true }));
    const samples = new Float32Array(analyser.fftSize);
    const flashes = /** @type {number[]} */ ([]);
    const beeps = /** @type {number[]} */ ([]);
    let wasBright = true;
    let wasLoud = true;
    const frame = () => {
      context.drawImage(video, 0, 0, 32, 18);
      const [r, g, b] = context.getImageData(16, 12, 1, 1).data;
      const bright = r + g + b > 500;
      if (bright && !wasBright) flashes.push(performance.now());
      wasBright = bright;
      video.requestVideoFrameCallback(frame);
    };
    video.requestVideoFrameCallback(frame);
    const end = performance.now() + ms;
    let quiet = 0;
    while (performance.now() < end) {
      await new Promise((done) => setTimeout(done, 4));
      analyser.getFloatTimeDomainData(samples);
      const loud = samples.some((sample) => Math.abs(sample) > 0.05);
      quiet = loud ? 0 : quiet + 1;
      if (loud && !wasLoud) { beeps.push(performance.now()); wasLoud = true; }
      if (quiet > 20 && wasLoud) {
        wasLoud = false;
        listen();
      }
    }
    return flashes.map((at) => beeps.map((beep) => beep - at).sort((x, y) => Math.abs(x) - Math.abs(y))[0]).filter((offset) => offset !== undefined && Math.abs(offset) < 500);
  }, { selector, ms });
}

/**
 * The same of a page's own `flash` devices, before anything is sent: what the instrument itself takes, at both ends of it.
 * @param {import('playwright-core').Page} page
 * @param {number} ms
 */
export async function ownLips(page, ms) {
  await page.evaluate(async () => {
    const video = document.createElement('video');
    video.id = 'own-lips';
    video.muted = true;
    video.srcObject = new MediaStream(/** @type {any} */ (window).flashing.getTracks().map((/** @type {MediaStreamTrack} */ track) => track.clone()));
    video.style.cssText = 'position:fixed;inset:0 auto auto 0;inline-size:32px;opacity:.01;pointer-events:none';
    document.body.append(video);
    await video.play();
  });
  const offsets = await lips(page, '#own-lips', ms);
  await page.evaluate(() => document.getElementById('own-lips')?.remove());
  return offsets;
}

/**
 * Waits until `probe` gives something that `accept` takes; fails with the last value.
 * @template T
 * @param {() => Promise<T>} probe
 * @param {(value: T) => boolean} accept
 * @param {string} what
 */
export async function eventually(probe, accept, what, ms = 15000) {
  const end = Date.now() + ms;
  let last;
  while (Date.now() < end) {
    last = await probe();
    if (accept(last)) return last;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`${what}: still ${JSON.stringify(last)} after ${ms} ms`);
}

/**
 * Holds that `probe` never gives something that `forbidden` takes for `ms`.
 * @template T
 * @param {() => Promise<T>} probe
 * @param {(value: T) => boolean} forbidden
 * @param {string} what
 */
export async function never(probe, forbidden, what, ms = 2000) {
  const end = Date.now() + ms;
  let probes = 0;
  while (Date.now() < end || probes < 3) {
    const value = await probe();
    probes++;
    if (forbidden(value)) throw new Error(`${what}: ${JSON.stringify(value)}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}
