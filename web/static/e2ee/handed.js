/**
 * A room's secret that is given to a colleague, who has the room from then on.
 *
 * **It proves nothing before its giver has said his code**: the colleague's public key is the server's word, and so is whose it is that the secret comes from. But
 * nobody except the two accounts could have wrapped it, so one code, heard by telephone, shows that nobody stands between. Go derives the same
 * (`signaling/client/credential`).
 */
import { concat, fromBase64url, toBase64url } from './bytes.js';
import { slow, spell } from './code.js';
import { agree, anonymous, ecdh, open, pointLength, seal, unwrapRoomSecret, wrapKey } from './keys.js';

/** @typedef {import('./bytes.js').Bytes} Bytes */
/** @typedef {import('./keys.js').AccountKey} AccountKey */

const handed = 'anteroom room secret handed v1';

/** @param {Bytes} receiver @returns {Promise<{ ephemeral: Bytes, shared: Bytes }>} */
async function once(receiver) {
  const pair = await crypto.subtle.generateKey(ecdh, false, ['deriveBits']);
  const ephemeral = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  return { ephemeral, shared: await agree(pair.privateKey, receiver) };
}

/**
 * Wraps a secret that this account knows by itself, so that nobody but the two could have wrapped it.
 * @param {Bytes} secret @param {AccountKey} account @param {string} colleague the public key @returns {Promise<string>} base64url
 */
export async function wrapForColleague(secret, { publicKey, privateKey }, colleague) {
  const [receiver, sender] = [fromBase64url(colleague), fromBase64url(publicKey)];
  const { ephemeral, shared } = await once(receiver);
  const points = concat(sender, ephemeral);
  const key = await wrapKey(concat(shared, await agree(privateKey, receiver)), handed, points, receiver);
  return toBase64url(concat(points, await seal(key, secret, new Uint8Array())));
}

/** Wraps a secret that proves nothing here either, as anybody could. @param {Bytes} secret @param {string} colleague the public key @returns {Promise<string>} base64url */
export async function wrapForAnybody(secret, colleague) {
  const receiver = fromBase64url(colleague);
  const { ephemeral, shared } = await once(receiver);
  return toBase64url(concat(ephemeral, await seal(await wrapKey(shared, anonymous, ephemeral, receiver), secret, new Uint8Array())));
}

/**
 * Opens a room's secret, whoever has wrapped it.
 * @param {string} wrapped @param {AccountKey} account
 * @returns {Promise<{ secret: Bytes, own: boolean, from?: string }>} from: the public key of the colleague who has handed it over
 * @throws when it was wrapped for somebody else, or changed
 */
export async function unwrapAny(wrapped, account) {
  const bytes = fromBase64url(wrapped);
  if (bytes.length <= 2 * pointLength) return unwrapRoomSecret(wrapped, account);
  const [sender, points, ephemeral] = [bytes.slice(0, pointLength), bytes.slice(0, 2 * pointLength), bytes.slice(pointLength, 2 * pointLength)];
  const shared = concat(await agree(account.privateKey, ephemeral), await agree(account.privateKey, sender));
  const key = await wrapKey(shared, handed, points, fromBase64url(account.publicKey));
  return { secret: await open(key, bytes.subarray(2 * pointLength), new Uint8Array()), own: false, from: toBase64url(sender) };
}

/**
 * What the owner of an account says of his public key. Made by slow rounds: another key with the same code is out of reach.
 * @param {string} publicKey @returns {Promise<string>} twelve letters
 */
export const keyCode = async (publicKey) => spell(await slow(fromBase64url(publicKey), 'anteroom key code v1'));
