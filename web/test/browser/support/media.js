// Writes the camera and microphone files that a browser plays as its fake devices, so that the other side can tell
// whose picture and sound it got: each person has a colour, a number in the picture's bit strip, and a tone.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Width, height (pixels) and rate (frames per second) of every generated picture. */
export const SIZE = { width: 320, height: 180, fps: 10 };

/** The bit strip: 16 cells in one row at the top of the picture: 4 bits person, 8 bits frame counter, 4 bits their check sum. */
export const STRIP = { cells: 16, cell: 20, top: 0, height: 20 };

/**
 * Who is who: `number` in the strip, `luma`/`cb`/`cr` of the background, `tone` in hertz.
 * @typedef {{number: number, luma: number, cb: number, cr: number, tone: number}} Face
 */
/** @type {Record<string, Face>} */
export const FACES = {
  ada: { number: 1, luma: 90, cb: 110, cr: 190, tone: 440 },
  ben: { number: 2, luma: 110, cb: 190, cr: 100, tone: 700 },
  cem: { number: 3, luma: 140, cb: 80, cr: 110, tone: 1100 },
  eva: { number: 4, luma: 120, cb: 120, cr: 70, tone: 1700 },
};

const FRAMES = 100;

/** The four check bits of a person's number and a frame counter. */
export function checksum(/** @type {number} */ person, /** @type {number} */ counter) {
  return (person ^ (counter >> 4) ^ (counter & 15) ^ 0b1010) & 15;
}

/** The 16 bits of a frame's strip, most significant first. */
export function stripBits(/** @type {number} */ person, /** @type {number} */ counter) {
  return (person << 12) | (counter << 4) | checksum(person, counter);
}

/**
 * Writes `<folder>/<name>.y4m` and `<folder>/<name>.wav` for a face and returns their paths.
 * @param {string} folder
 * @param {keyof typeof FACES} name
 */
export function writeDevices(folder, name) {
  mkdirSync(folder, { recursive: true });
  const camera = join(folder, `${name}.y4m`);
  const microphone = join(folder, `${name}.wav`);
  writeFileSync(camera, pictures(FACES[name]));
  writeFileSync(microphone, sound(FACES[name]));
  return { camera, microphone };
}

/** @param {Face} face */
function pictures(face) {
  const { width, height, fps } = SIZE;
  const head = Buffer.from(`YUV4MPEG2 W${width} H${height} F${fps}:1 Ip A1:1 C420jpeg\n`);
  const frameHead = Buffer.from('FRAME\n');
  const chunks = [head];
  for (let n = 0; n < FRAMES; n++) {
    const luma = Buffer.alloc(width * height, face.luma);
    const bits = stripBits(face.number, n);
    for (let cell = 0; cell < STRIP.cells; cell++) {
      const value = (bits >> (STRIP.cells - 1 - cell)) & 1 ? 235 : 16;
      for (let y = STRIP.top; y < STRIP.top + STRIP.height; y++) {
        luma.fill(value, y * width + cell * STRIP.cell, y * width + (cell + 1) * STRIP.cell);
      }
    }
    // A moving bar, so that the encoder always has something to send.
    const x = (n * 12) % (width - 40);
    for (let y = 80; y < 140; y++) luma.fill(200, y * width + x, y * width + x + 40);
    const quarter = (width / 2) * (height / 2);
    chunks.push(frameHead, luma, Buffer.alloc(quarter, face.cb), Buffer.alloc(quarter, face.cr));
  }
  return Buffer.concat(chunks);
}

/**
 * Ten seconds of the face's tone in syllables of 280 ms with 120 ms between: noise suppression takes an even tone for noise.
 * @param {Face} face
 */
function sound(face) {
  const rate = 48000;
  const samples = rate * 10;
  const data = Buffer.alloc(samples * 2);
  for (let i = 0; i < samples; i++) {
    const at = (i / rate) % 0.4;
    const edge = Math.min(1, at / 0.02, (0.28 - at) / 0.02);
    const gain = at < 0.28 ? Math.max(0, edge) * 0.5 : 0;
    data.writeInt16LE(Math.round(Math.sin((2 * Math.PI * face.tone * i) / rate) * gain * 32767), i * 2);
  }
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + data.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(data.length, 40);
  return Buffer.concat([head, data]);
}
