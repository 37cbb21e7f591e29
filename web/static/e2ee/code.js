/**
 * What stands for a personal link where somebody has to type: twelve letters and digits.
 *
 * **It follows from the link**, so that whoever can show the link can show the code, and a new link has a new one; nothing of the link follows from the
 * code. **It lets in and seals nothing**: the call is not confirmed until two words were compared. It has 60 bits: what is sent of it was made by slow rounds, so
 * that who reads a server's store cannot find it, and the server never sees it. Go derives the same (`signaling/client/credential`).
 */
import { fromBase64url, toBase64url, utf8 } from './bytes.js';
import { hkdf, sha256 } from './keys.js';

/** Crockford's: without I, L, O and U. */
const letters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const length = 12;
const rounds = 100_000;

/** @param {string} secret of the link @returns {Promise<string>} twelve letters */
export async function linkCode(secret) {
  return spell(await hkdf(fromBase64url(secret), utf8('anteroom link code v1')));
}

/** The first 60 bits. @param {import('./bytes.js').Bytes} bits */
export const spell = (bits) =>
  Array.from({ length }, (_, i) => {
    const at = i * 5;
    const pair = bits[at >> 3] * 256 + bits[(at >> 3) + 1];
    return letters[(pair >> (11 - (at % 8))) & 31];
  }).join('');

/** @param {import('./bytes.js').Bytes} from @param {string} salt @returns {Promise<import('./bytes.js').Bytes>} 32 bytes */
export async function slow(from, salt) {
  const key = await crypto.subtle.importKey('raw', from, 'PBKDF2', false, ['deriveBits']);
  return new Uint8Array(await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt: utf8(salt), iterations: rounds }, key, 256));
}

/** As it stands in a letter, in three groups. @param {string} code */
export const showCode = (code) => (code.match(/.{1,4}/g) ?? []).join('-');

/** Reads it as people write it: in any case, with spaces and hyphens, O for 0, I and L for 1. @param {string} typed @returns {string | null} twelve letters; null where it is none */
export function readCode(typed) {
  const code = typed.toUpperCase().replace(/[\s\-–]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1');
  return code.length === length && Array.from(code).every((letter) => letters.includes(letter)) ? code : null;
}

/** What is sent of it. @param {string} code twelve letters @returns {Promise<string>} base64url */
export const codeAuth = async (code) => toBase64url(await slow(utf8(code), 'anteroom code v1'));

/** What the server keeps of it. @param {string} secret of the link @returns {Promise<string>} base64url of SHA-256 */
export const linkCodeHash = async (secret) => sha256(fromBase64url(await codeAuth(await linkCode(secret))));
