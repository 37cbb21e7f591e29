// Makes the film that people of the load test send as their camera's picture, so that a browser can recognise it.
import { FACES, SIZE, STRIP, checksum } from './media.js';

/**
 * A film of a face's strip as an IVF file with VP8, encoded by a real browser.
 * @param {import('playwright-core').Browser} browser a Chromium
 * @param {string} url of a page in a secure context: nothing else may encode
 * @param {keyof typeof FACES} face
 * @param {number} seconds
 * @returns {Promise<Buffer>}
 */
export async function film(browser, url, face, seconds) {
  const { number } = FACES[face];
  const strips = Array.from({ length: seconds * SIZE.fps }, (_, counter) => (number << 12) | ((counter & 255) << 4) | checksum(number, counter & 255));
  const page = await browser.newPage();
  await page.goto(url);
  const text = await page.evaluate(async ({ strips, SIZE, STRIP }) => {
    const frames = /** @type {Uint8Array[]} */ ([]);
    const encoder = new VideoEncoder({
      output: (chunk) => {
        const data = new Uint8Array(chunk.byteLength);
        chunk.copyTo(data);
        frames.push(data);
      },
      error: (error) => { throw error; },
    });
    encoder.configure({ codec: 'vp8', width: SIZE.width, height: SIZE.height, bitrate: 150_000, framerate: SIZE.fps });
    const canvas = new OffscreenCanvas(SIZE.width, SIZE.height);
    const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d'));
    for (const [n, bits] of strips.entries()) {
      context.fillStyle = '#305030';
      context.fillRect(0, 0, SIZE.width, SIZE.height);
      for (let cell = 0; cell < STRIP.cells; cell++) {
        context.fillStyle = (bits >> (STRIP.cells - 1 - cell)) & 1 ? '#fff' : '#000';
        context.fillRect(cell * STRIP.cell, STRIP.top, STRIP.cell, STRIP.height);
      }
      const frame = new VideoFrame(canvas, { timestamp: (n * 1e6) / SIZE.fps });
      encoder.encode(frame, { keyFrame: n === 0 });
      frame.close();
    }
    await encoder.flush();
    // The container: 32 bytes, then 12 before each frame, all numbers little-endian.
    const file = new Uint8Array(32 + frames.reduce((sum, frame) => sum + 12 + frame.length, 0));
    const view = new DataView(file.buffer);
    file.set(new TextEncoder().encode('DKIF'), 0);
    view.setUint16(6, 32, true);
    file.set(new TextEncoder().encode('VP80'), 8);
    view.setUint16(12, SIZE.width, true);
    view.setUint16(14, SIZE.height, true);
    view.setUint32(16, SIZE.fps, true);
    view.setUint32(20, 1, true);
    view.setUint32(24, frames.length, true);
    let at = 32;
    for (const [n, frame] of frames.entries()) {
      view.setUint32(at, frame.length, true);
      view.setUint32(at + 4, n, true);
      file.set(frame, at + 12);
      at += 12 + frame.length;
    }
    let text = '';
    for (const byte of file) text += String.fromCharCode(byte);
    return btoa(text);
  }, { strips, SIZE, STRIP });
  await page.close();
  return Buffer.from(text, 'base64');
}
