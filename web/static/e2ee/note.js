/**
 * Notes between the waiting room and those who moderate, sealed by the person's link.
 *
 * Who waits knows nobody of the room yet, and shares no session key with anybody: what both ends know and the server does not is the link's secret.
 * **Every note is as long as the longest**: its length says nothing. Layout: README.md, "Notes of the waiting room".
 */
import { concat, fromBase64url, fromUtf8, toBase64url, utf8 } from './bytes.js';
import { hkdf } from './keys.js';

/** @typedef {import('./bytes.js').Bytes} Bytes */

/** What a note is sealed by. @typedef {{ half: Bytes, device: string }} NoteKey half: E of the person's link; device: of the page that waits, base64url */

/** Bytes of the text, filled up with zeros. */
const length = 800;
const nonceLength = 12;

/** @param {NoteKey} key */
const aes = async ({ half }) => crypto.subtle.importKey('raw', await hkdf(half, utf8('anteroom note v1')), 'AES-GCM', false, ['encrypt', 'decrypt']);

/** Who wrote it and to which device's waiting it belongs: none is turned round or taken to another day. @param {NoteKey} key @param {'person' | 'counsellor'} from */
const about = ({ device }, from) => utf8(`anteroom note v1\n${from}\n${device}`);

/** @param {NoteKey} key @param {'person' | 'counsellor'} from who writes @param {string} text at most 800 bytes @returns {Promise<string>} base64url */
export async function sealNote(key, from, text) {
  const bytes = utf8(text);
  if (bytes.length > length) throw new RangeError('the note is too long');
  const iv = crypto.getRandomValues(new Uint8Array(nonceLength));
  const plain = concat(bytes, new Uint8Array(length - bytes.length));
  return toBase64url(concat(iv, new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: about(key, from) }, await aes(key), plain))));
}

/** @param {NoteKey} key @param {'person' | 'counsellor'} from who is said to have written @param {string} sealed @returns {Promise<string>} @throws where it was sealed otherwise */
export async function openNote(key, from, sealed) {
  const bytes = fromBase64url(sealed);
  const plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: bytes.subarray(0, nonceLength), additionalData: about(key, from) }, await aes(key), bytes.subarray(nonceLength));
  return fromUtf8(new Uint8Array(plain)).replace(/\0+$/, '');
}
