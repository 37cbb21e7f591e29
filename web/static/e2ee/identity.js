/**
 * How a page introduces itself to the others: which device it is, which key it has this time, and what it can prove.
 *
 * **Nothing of it is the server's word**: whoever reads an identity checks its signature, and what it proves with a secret that the server does not have.
 * Layout: README.md, "Identity".
 */
import { concat, fromBase64url, toBase64url, utf8 } from './bytes.js';
import { devicePoint, hkdf } from './keys.js';

/** @typedef {import('./bytes.js').Bytes} Bytes */

const ecdh = { name: 'ECDH', namedCurve: 'P-256' };
const ecdsa = { name: 'ECDSA', namedCurve: 'P-256' };
const signing = { name: 'ECDSA', hash: 'SHA-256' };
const version = 1;
/** Lengths, in their order. */
const parts = /** @type {const} */ ({ version: 1, device: 65, session: 65, proof: 32, signature: 64 });
const length = Object.values(parts).reduce((sum, /** @type {number} */ one) => sum + one, 0);
/** What is signed says what it is. */
const signed = utf8('anteroom identity v1');

/** What is proven: that one holds the person's link, or can open the room's secret. @typedef {'person' | 'counsellor'} Claim */

/**
 * @typedef {object} Identity
 * @property {string} device point of the device key, base64url: the name by which everything knows it
 * @property {string} session point of the session key, base64url
 * @property {CryptoKey} sessionKey
 * @property {Bytes} proof
 * @property {number} tag of its frames' key ids
 */

/**
 * One's own.
 * @typedef {object} Own
 * @property {string} text for the others
 * @property {string} device
 * @property {string} session
 * @property {CryptoKey} agrees private half of the session key
 * @property {(bytes: Bytes) => Promise<Bytes>} sign by the device key
 * @property {number} tag
 */

/** @param {Bytes} secret @param {Claim | 'authority'} claim */
async function macKey(secret, claim) {
  const raw = await hkdf(secret, utf8(`anteroom ${claim} v1`));
  return crypto.subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']);
}

/** @param {Bytes} device @param {Bytes} session */
async function tagOf(device, session) {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', concat(device, session)));
  return digest[0] * 256 + digest[1];
}

/**
 * @param {JsonWebKey} key the device's
 * @param {{ secret: Bytes, claim: Claim } | null} proving null: nothing can be proven
 * @returns {Promise<Own>}
 */
export async function makeIdentity(key, proving) {
  const [pair, signer] = await Promise.all([
    crypto.subtle.generateKey(ecdh, false, ['deriveBits']),
    crypto.subtle.importKey('jwk', key, ecdsa, false, ['sign']),
  ]);
  const session = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  const device = fromBase64url(devicePoint(key));
  const proof = proving ? new Uint8Array(await crypto.subtle.sign('HMAC', await macKey(proving.secret, proving.claim), concat(device, session))) : new Uint8Array(32);
  const body = concat(Uint8Array.of(version), device, session, proof);
  /** @param {Bytes} bytes */
  const sign = async (bytes) => new Uint8Array(await crypto.subtle.sign(signing, signer, bytes));
  return {
    text: toBase64url(concat(body, await sign(concat(signed, body)))), device: toBase64url(device), session: toBase64url(session),
    agrees: pair.privateKey, sign, tag: await tagOf(device, session),
  };
}

/** @param {string} text @returns {Promise<Identity | null>} null where it is none, or not signed by the device it names */
export async function readIdentity(text) {
  try {
    const bytes = fromBase64url(text);
    if (bytes.length !== length || bytes[0] !== version) return null;
    let at = 0;
    const [, device, session, proof, signature] = Object.values(parts).map((one) => bytes.slice(at, (at += one)));
    const [deviceKey, sessionKey] = await Promise.all([
      crypto.subtle.importKey('raw', device, ecdsa, true, ['verify']),
      crypto.subtle.importKey('raw', session, ecdh, true, []),
    ]);
    const body = bytes.subarray(0, length - parts.signature);
    if (!(await crypto.subtle.verify(signing, deviceKey, signature, concat(signed, body)))) return null;
    return { device: toBase64url(device), session: toBase64url(session), sessionKey, proof, tag: await tagOf(device, session) };
  } catch {
    // Not base64url, or not a point of the curve.
    return null;
  }
}

/** @param {Identity} identity @param {Bytes} secret @param {Claim} claim @returns {Promise<boolean>} whether it proves to know the secret */
export async function proves({ device, session, proof }, secret, claim) {
  return crypto.subtle.verify('HMAC', await macKey(secret, claim), proof, concat(fromBase64url(device), fromBase64url(session)));
}

/** Who speaks for the room says so to one person. @param {Bytes} secret the person's (E) @param {string} authority device @param {string} person device */
export async function vouch(secret, authority, person) {
  return toBase64url(new Uint8Array(await crypto.subtle.sign('HMAC', await macKey(secret, 'authority'), concat(fromBase64url(authority), fromBase64url(person)))));
}

/** @param {string} mac @param {Bytes} secret @param {string} authority @param {string} person @returns {Promise<boolean>} */
export async function vouched(mac, secret, authority, person) {
  try {
    return await crypto.subtle.verify('HMAC', await macKey(secret, 'authority'), fromBase64url(mac), concat(fromBase64url(authority), fromBase64url(person)));
  } catch {
    return false;
  }
}

/** @param {string} device @param {string} signature base64url @param {string} text @returns {Promise<boolean>} whether the device has signed it; false where one of them is none */
export async function hasSigned(device, signature, text) {
  try {
    const verifier = await crypto.subtle.importKey('raw', fromBase64url(device), ecdsa, true, ['verify']);
    return await crypto.subtle.verify(signing, verifier, fromBase64url(signature), utf8(text));
  } catch {
    return false;
  }
}
