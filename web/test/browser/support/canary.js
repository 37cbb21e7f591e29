// Whether something can be read in what others carry: as it is, in base64 wherever that begins, and in what base64 within base64 decodes to.

/** So often one base64 is looked for within another. */
const DEPTH = 4;

/** How bytes look in base64, of both alphabets, by how many others stand before them: the letters that they alone decide. @param {Buffer} bytes */
const lettersOf = (bytes) => [0, 1, 2].flatMap((before) => {
  const letters = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64').slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
  return [letters, letters.replace(/\+/g, '-').replace(/\//g, '_')];
});

/** What to look for, where somebody looks for this. @param {string | Buffer} what @returns {Buffer[]} */
function formsOf(what) {
  const bytes = Buffer.from(/** @type {string} */ (what));
  const words = typeof what === 'string' ? [encodeURIComponent(what), JSON.stringify(what).slice(1, -1), JSON.stringify(what).slice(1, -1).replace(/[^ -~]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)] : [];
  const wide = typeof what === 'string' ? [Buffer.from(what, 'utf16le')] : [];
  return [bytes, ...wide, ...[...lettersOf(bytes), bytes.toString('hex'), ...words].map((text) => Buffer.from(text))];
}

/** It, and all that is base64 in it. @param {Buffer} bytes @param {number} [depth] @returns {Generator<Buffer>} */
function* layersOf(bytes, depth = DEPTH) {
  yield bytes;
  if (depth === 0) return;
  for (const [run] of bytes.toString('latin1').matchAll(/[\w+/-]{16,}/g)) yield* layersOf(Buffer.from(run, 'base64'), depth - 1);
}

/**
 * Those in which it can be read.
 * @param {Buffer[]} all what was carried
 * @param {string | Buffer} what long enough that it is nowhere by chance: ten bytes
 */
export function readIn(all, what) {
  if (Buffer.byteLength(what) < 10) throw new RangeError(`too short to be looked for: ${what}`);
  const forms = formsOf(what);
  return all.filter((bytes) => [...layersOf(bytes)].some((layer) => forms.some((form) => layer.includes(form))));
}

/**
 * Takes the sealing away from what a page says: as long as it would be sealed, and in clear. Its worker, through which picture and sound go, has a
 * sealing of its own. To be called before the page loads, for all who are to understand each other.
 * @param {import('playwright-core').BrowserContext} context
 */
export async function inClear(context) {
  await context.addInitScript(() => {
    if (!window.SubtleCrypto) return; // the empty page before
    const length = 16;
    const { decrypt } = SubtleCrypto.prototype;
    const bytesOf = (/** @type {BufferSource} */ data) => (ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data));
    SubtleCrypto.prototype.encrypt = async (_algorithm, _key, data) => {
      const plain = bytesOf(data);
      const out = new Uint8Array(plain.length + length);
      out.set(plain);
      return out.buffer;
    };
    SubtleCrypto.prototype.decrypt = async function (algorithm, key, data) {
      const bytes = bytesOf(data);
      return bytes.slice(-length).some(Boolean) ? decrypt.call(this, algorithm, key, data) : bytes.slice(0, -length).buffer;
    };
  });
}
