/**
 * Which files are handed over, how they are called, and the shapes of what two pages say about one.
 *
 * **Pure. Checked by who gives and by who takes.** A file is what its name, its type and its first bytes say alike: nothing that a computer would run, and
 * nothing whose name says something else (e2ee/README.md, "Chat and files").
 */
import { fromBase64url } from '../e2ee/bytes.js';
import { isId } from './message.js';

/** Bytes. */
export const sizeMost = 20 * 1024 * 1024;

/**
 * Bytes of a file that one message carries. Twice written as base64, with what stands around them, they are 40 248 letters or a few more; the server hands on 40 960.
 */
export const pieceBytes = 22 * 1024;

/** Longest name with its ending, in UTF-16 units. */
const nameMost = 100;

/** @typedef {'pdf' | 'jpeg' | 'png'} Kind */

/** @type {Record<Kind, { called: string, type: string, endings: string[], first: number[] }>} */
const kinds = {
  pdf: { called: 'PDF', type: 'application/pdf', endings: ['pdf'], first: [0x25, 0x50, 0x44, 0x46, 0x2d] },
  jpeg: { called: 'JPEG', type: 'image/jpeg', endings: ['jpg', 'jpeg'], first: [0xff, 0xd8, 0xff] },
  png: { called: 'PNG', type: 'image/png', endings: ['png'], first: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] },
};

/** What people call them. */
export const kindNames = Object.values(kinds).map(({ called }) => called);

/** For the browser's own picker. */
export const accepted = Object.values(kinds).flatMap(({ type, endings }) => [type, ...endings.map((ending) => `.${ending}`)]).join(',');

/** @param {string} name */
const endingOf = (name) => /\.([^.]*)$/.exec(plainName(name))?.[1].toLowerCase() ?? '';

/** @param {string} name @param {Kind} kind */
const isCalled = (name, kind) => kinds[kind].endings.includes(endingOf(name));

/** Whether it begins as all of its kind do. @param {Kind} kind @param {Uint8Array} bytes */
export const beginsAs = (kind, bytes) => kinds[kind].first.every((byte, i) => bytes[i] === byte);

/**
 * @param {string} name
 * @param {string} type as the browser has it; empty where it does not know
 * @param {Uint8Array} first bytes
 * @returns {Kind | null} null: it is none that is handed over, or not what it claims
 */
export function kindOf(name, type, first) {
  const found = /** @type {Kind[]} */ (Object.keys(kinds)).find((kind) => isCalled(name, kind));
  return found && (!type || type === kinds[found].type) && beginsAs(found, first) ? found : null;
}

/** Without folders, unseen letters and those that turn the writing round: what is left is what one sees. @param {string} name */
function plainName(name) {
  const last = name.slice(0, 1_024).split(/[/\\]/).at(-1) ?? '';
  return last.normalize('NFC').replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0]/gu, '').replace(/\s+/gu, ' ').replace(/[. ]+$/, '');
}

/**
 * The name under which it is saved: no path, nothing unseen, at most 100 letters, and the ending of what it is.
 * @param {string} name
 * @param {Kind} kind
 */
export function cleanName(name, kind) {
  const plain = plainName(name);
  const ending = isCalled(name, kind) ? endingOf(name) : kinds[kind].endings[0];
  const stem = (isCalled(name, kind) ? plain.slice(0, -ending.length - 1) : plain).replace(/[<>:"|?*]/g, '_').replace(/^[. ]+/, '');
  let short = '';
  for (const letter of stem) {
    if (short.length + letter.length > nameMost - ending.length - 1) break;
    short += letter;
  }
  short = short.trimEnd();
  // Names of devices: Windows opens those, whatever their ending.
  if (/^(con|conin\$|conout\$|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(short.normalize('NFKC'))) short = `_${short.slice(0, nameMost - ending.length - 2)}`;
  return `${short || 'file'}.${ending}`;
}

/** How many pieces a file has. @param {number} size bytes */
export const piecesOf = (size) => Math.ceil(size / pieceBytes);

/**
 * What two pages say about a file.
 * @typedef {{ what: 'offer', id: string, name: string, size: number, kind: Kind, hash: string, private: boolean }} Offer name: clean; hash: SHA-256, base64url
 * @typedef {{ what: 'piece', id: string, at: number, bytes: import('../e2ee/bytes.js').Bytes }} Piece at: its place, from 0
 * @typedef {Offer | Piece | { what: 'seen' | 'take' | 'wait', id: string } | { what: 'got', id: string, next: number } | { what: 'stop', id: string, why: string }} Said
 */

/** @param {unknown} value @param {number} most */
const isCount = (value, most) => Number.isInteger(value) && /** @type {number} */ (value) >= 0 && /** @type {number} */ (value) <= most;

/** @param {Record<string, any>} content @returns {Said | null} null: it says nothing, or what cannot be */
export function readFileSaid(content) {
  const { offer, seen, take, wait, piece, got, stop } = content;
  if (isId(piece)) {
    const { at, bytes } = content;
    if (!isCount(at, piecesOf(sizeMost) - 1) || typeof bytes !== 'string' || bytes.length > Math.ceil((pieceBytes * 4) / 3)) return null;
    try {
      return { what: 'piece', id: piece, at, bytes: fromBase64url(bytes) };
    } catch {
      return null;
    }
  }
  if (isId(got)) return isCount(content.next, piecesOf(sizeMost)) ? { what: 'got', id: got, next: content.next } : null;
  if (isId(stop)) return { what: 'stop', id: stop, why: typeof content.why === 'string' ? content.why : '' };
  if (isId(seen)) return { what: 'seen', id: seen };
  if (isId(take)) return { what: 'take', id: take };
  if (isId(wait)) return { what: 'wait', id: wait };
  if (!isId(offer)) return null;
  const { name, size, kind, hash, private: alone } = content;
  if (typeof name !== 'string' || !Object.keys(kinds).includes(kind) || !isCalled(name, kind)) return null;
  if (!isCount(size, sizeMost) || size === 0 || typeof hash !== 'string' || !/^[\w-]{43}$/.test(hash)) return null;
  return { what: 'offer', id: offer, name: cleanName(name, kind), size, kind, hash, private: alone === true };
}
