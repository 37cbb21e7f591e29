/**
 * The six digits that a person was told by telephone: what was typed, and what the server gives for them. Loaded where they are asked for.
 *
 * **They are sent once, in the body of a request**, and kept nowhere. What comes back is good with the link and for this device alone.
 */
import { devicePoint, newDeviceKey } from '../e2ee/keys.js';
import { shown } from './entry.js';
import { http } from './http.js';
import { Refused } from './protocol.js';

/** What the server gives, and the key of the device that it is for. @typedef {{ key: JsonWebKey, pass: string }} Pass */

/** Digits as keyboards have them: Latin, Arabic, Persian, full width. Each row begins where the last four bits are 0. */
const digits = /[0-9٠-٩۰-۹０-９]/g;
/** What people set between them, and marks of the writing direction that come along when something is pasted. */
const between = /[\s.,/·\u2010-\u2015\u200b-\u200f\u202a-\u202e\u2060-\u2069-]/g;

/** @param {string} text as it was typed or pasted @returns {string | null} six digits; null where it is something else */
export function readPIN(text) {
  const pin = text.replace(between, '').replace(digits, (digit) => String((digit.codePointAt(0) ?? 0) & 15));
  return /^[0-9]{6}$/.test(pin) ? pin : null;
}

/**
 * @param {import('./links.js').Network} env
 * @param {string} entry as entry.js has it
 * @param {string} text as it was typed
 * @returns {Promise<Pass | { error: string, left?: number }>} `incomplete` where it is no PIN, and nothing was asked; left: how many wrong ones may still be typed
 */
export async function passFor(env, entry, text) {
  const pin = readPIN(text);
  if (!pin) return { error: 'incomplete' };
  try {
    const key = await newDeviceKey();
    const { pass } = await http(env, 'POST', '/links/pin', { ...(await shown(entry)), device: devicePoint(key), pin });
    return { key, pass };
  } catch (error) {
    return error instanceof Refused ? { error: error.code, left: error.details?.left } : { error: 'unavailable' };
  }
}
