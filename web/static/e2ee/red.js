/**
 * Sound that carries its own past (RFC 2198): one payload of several blocks, the oldest first, the newest without a length.
 *
 * **Each block is sealed by itself, once**: so the server can still take the newest out for who does not know the format, and what comes a second time is
 * the very bytes of before. Pure: bytes in, bytes out.
 */
import { concat } from './bytes.js';

/** @typedef {import('./bytes.js').Bytes} Bytes */
/** offset: how much older than the newest, in ticks of the RTP clock; 0 for the newest. @typedef {{ type: number, offset: number, data: Uint8Array }} Block */

/** The longest that an older block may be (10 bits). */
export const longestBlock = 1023;

/** @param {Uint8Array} bytes @returns {Block[] | null} null where it is none */
export function takeRed(bytes) {
  /** @type {{ type: number, offset: number, length: number }[]} */
  const heads = [];
  let at = 0;
  for (; bytes[at] & 0x80; at += 4) {
    if (at + 4 >= bytes.length) return null;
    heads.push({ type: bytes[at] & 0x7f, offset: (bytes[at + 1] << 6) | (bytes[at + 2] >> 2), length: ((bytes[at + 2] & 3) << 8) | bytes[at + 3] });
  }
  if (at >= bytes.length) return null;
  const type = bytes[at++];
  /** @type {Block[]} */
  const blocks = [];
  for (const { type: older, offset, length } of heads) {
    if (at + length > bytes.length) return null;
    blocks.push({ type: older, offset, data: bytes.subarray(at, (at += length)) });
  }
  return [...blocks, { type, offset: 0, data: bytes.subarray(at) }];
}

/** @param {Block[]} blocks the newest last; older ones not longer than `longestBlock` @returns {Bytes} */
export function putRed(blocks) {
  const heads = blocks.slice(0, -1).map(({ type, offset, data: { length } }) => Uint8Array.of(0x80 | type, offset >> 6, ((offset & 0x3f) << 2) | (length >> 8), length & 0xff));
  return concat(...heads, Uint8Array.of(blocks[blocks.length - 1].type), ...blocks.map(({ data }) => data));
}
