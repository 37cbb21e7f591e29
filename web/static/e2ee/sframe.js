/**
 * SFrame: one key id, one counter, one sealed piece (RFC 9605, with AES_128_GCM_SHA256_128).
 *
 * **There is one way to write a header**, and what is written in another way is none. **No nonce is chosen here**: it follows from the key's salt and
 * from the counter, and whoever holds the counter never uses one twice. **Go does the same** (`signaling/client/frame`).
 */
import { concat, utf8 } from './bytes.js';

/** @typedef {import('./bytes.js').Bytes} Bytes */

const suite = 4;
export const tagLength = 16;
const saltLength = 12;

/** @param {number} value whole, below 2^53 @returns {Bytes} big-endian, as short as can be; zero takes one byte */
function shortest(value) {
  const bytes = [];
  for (let rest = value; rest > 0 || bytes.length === 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Uint8Array.from(bytes);
}

/** @param {Uint8Array} bytes @returns {number} */
const numberOf = (bytes) => bytes.reduce((sum, byte) => sum * 256 + byte, 0);

/**
 * RFC 9605, section 4.3.
 * @param {number} keyId @param {number} counter both whole, below 2^53
 * @returns {Bytes}
 */
export function encodeHeader(keyId, counter) {
  const [id, count] = [keyId, counter].map((value) => (value < 8 ? null : shortest(value)));
  const config = (id ? 0x80 | ((id.length - 1) << 4) : keyId << 4) | (count ? 0x08 | (count.length - 1) : counter);
  return concat(Uint8Array.of(config), id ?? new Uint8Array(), count ?? new Uint8Array());
}

/**
 * @param {Uint8Array} bytes
 * @returns {{ keyId: number, counter: number, size: number } | null} null where it is no header, not the one way to write it, or beyond 2^53
 */
export function parseHeader(bytes) {
  if (bytes.length === 0) return null;
  let size = 1;
  /** @param {number} bits four of the first byte */
  const field = (bits) => {
    if (bits < 8) return bits;
    const digits = bytes.subarray(size, size + bits - 7);
    size += bits - 7;
    return numberOf(digits);
  };
  const keyId = field(bytes[0] >> 4);
  const counter = field(bytes[0] & 0x0f);
  if (size > bytes.length || keyId > Number.MAX_SAFE_INTEGER || counter > Number.MAX_SAFE_INTEGER) return null;
  if (encodeHeader(keyId, counter).length !== size) return null;
  return { keyId, counter, size };
}

/**
 * What one key id seals with.
 * @typedef {object} FrameKey
 * @property {number} keyId
 * @property {CryptoKey} key
 * @property {Bytes} salt
 */

/**
 * RFC 9605, section 4.4.2.
 * @param {BufferSource} secret the sender's, of the epoch
 * @param {number} keyId below 2^53
 * @returns {Promise<FrameKey>}
 */
export async function deriveFrameKey(secret, keyId) {
  const base = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey', 'deriveBits']);
  const suffix = new Uint8Array(10);
  new DataView(suffix.buffer).setBigUint64(0, BigInt(keyId));
  suffix[9] = suite;
  /** @param {string} label */
  const how = (label) => ({ name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: concat(utf8(label), suffix) });
  const [key, salt] = await Promise.all([
    crypto.subtle.deriveKey(how('SFrame 1.0 Secret key '), base, { name: 'AES-GCM', length: 128 }, false, ['encrypt', 'decrypt']),
    crypto.subtle.deriveBits(how('SFrame 1.0 Secret salt '), base, 8 * saltLength),
  ]);
  return { keyId, key, salt: new Uint8Array(salt) };
}

/** @param {Bytes} salt @param {number} counter @returns {Bytes} RFC 9605, section 4.4.3 */
function nonceOf(salt, counter) {
  const nonce = salt.slice();
  for (let at = saltLength - 1, rest = counter; rest > 0; at--, rest = Math.floor(rest / 256)) nonce[at] ^= rest % 256;
  return nonce;
}

/** @param {Bytes} salt @param {number} counter @param {Uint8Array} header @param {Uint8Array} metadata */
const algorithm = (salt, counter, header, metadata) => ({
  name: 'AES-GCM', iv: nonceOf(salt, counter), additionalData: concat(header, metadata), tagLength: 8 * tagLength,
});

/**
 * @param {FrameKey} frameKey @param {number} counter never twice with this key
 * @param {Uint8Array} metadata authenticated, and not part of what is returned
 * @param {Uint8Array} plain
 * @returns {Promise<Bytes>} header, ciphertext, tag
 */
export async function seal({ keyId, key, salt }, counter, metadata, plain) {
  const header = encodeHeader(keyId, counter);
  return concat(header, new Uint8Array(await crypto.subtle.encrypt(algorithm(salt, counter, header, metadata), key, /** @type {Bytes} */ (plain))));
}

/**
 * What `seal` returned, as it came: taken apart and not opened.
 * @typedef {object} Sealed
 * @property {number} keyId
 * @property {number} counter
 * @property {Uint8Array} header
 * @property {Uint8Array} body ciphertext and tag
 */

/** @param {Uint8Array} bytes @returns {Sealed | null} null where they were not sealed */
export function takeApart(bytes) {
  const header = parseHeader(bytes);
  if (!header || bytes.length < header.size + tagLength) return null;
  return { keyId: header.keyId, counter: header.counter, header: bytes.subarray(0, header.size), body: bytes.subarray(header.size) };
}

/**
 * @param {FrameKey} frameKey that of the key id
 * @param {Uint8Array} metadata as it was sealed with
 * @param {Sealed} sealed
 * @returns {Promise<Bytes>}
 * @throws {DOMException} OperationError: another key or metadata, or a byte was changed
 */
export async function open({ key, salt }, metadata, { counter, header, body }) {
  return new Uint8Array(await crypto.subtle.decrypt(algorithm(salt, counter, header, metadata), key, /** @type {Bytes} */ (body)));
}
