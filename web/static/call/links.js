/**
 * The link of an invited person: reading it, and asking the server whether it holds.
 *
 * **The secret leaves the address bar at once**, so that neither the history nor a look over the shoulder keeps it, and **never
 * leaves the browser**: what is sent is derived from it.
 */
import { isLinkSecret, sha256 } from '../e2ee/keys.js';
import { utf8 } from '../e2ee/bytes.js';
import { secretOf, shown } from './entry.js';
import { http } from './http.js';
import { Refused } from './protocol.js';

/** @typedef {Pick<import('./env.js').Env, 'fetch' | 'setTimeout' | 'clearTimeout'>} Network */

/**
 * @typedef {object} LinkCheck
 * @property {'open' | 'early'} status
 * @property {string} service
 * @property {import('./types.js').Role} role
 * @property {string} lang
 * @property {number} [starts_at] ms since 1970, by the server's clock
 * @property {number} [opens_at]
 * @property {number} now
 * @property {'click' | 'none'} consent
 * @property {'child'} [wording] in which words the consent is asked for; missing: as of everybody
 * @property {Record<string, string>} [consent_text] in the service's own words, by language or register; missing, or missing in the language: the page's own
 * @property {boolean} [sealed_only] a browser that cannot encrypt end to end need not knock
 * @property {string} [quick_exit] where the exit of every screen leads; missing: there is none
 * @property {boolean} [neutral_title] title and icon of the page say nothing of counselling
 * @property {boolean} [sound_only] nobody's camera is shown there, or to be asked for
 * @property {boolean} [pin] six digits are asked for that were told by telephone
 * @property {string} [wrapped_secret] of a co-counsellor: the room's secret, readable with the link's
 */

/**
 * The secret of the page's address, which is then taken out of the address bar and the history.
 * @param {Pick<Location, 'hash' | 'pathname' | 'search'>} location
 * @param {Pick<History, 'replaceState'>} history
 * @returns {string | null} null when there is none, or none that can be one
 */
export function readLink(location, history) {
  if (location.hash.length < 2) return null;
  // Some mail programs put a full stop or a bracket behind a link when they make it clickable.
  const secret = location.hash.slice(1).replace(/[^\w-].*$/s, '');
  history.replaceState(null, '', location.pathname + location.search);
  return isLinkSecret(secret) ? secret : null;
}

/**
 * @param {Network} env
 * @param {string} entry as entry.js has it
 * @returns {Promise<LinkCheck | { error: 'link_invalid' | 'link_revoked' | 'too_fast' | 'unavailable' }>} too_fast: of a code, which was not even looked at
 */
export async function checkLink(env, entry) {
  try {
    return await http(env, 'POST', '/links/check', await shown(entry));
  } catch (error) {
    const code = error instanceof Refused ? error.code : 'unavailable';
    if (code === 'too_fast' && !secretOf(entry)) return { error: code };
    return { error: code === 'link_invalid' || code === 'link_revoked' ? code : 'unavailable' };
  }
}

/** What `consent` says in the knock. @param {string} text that was shown @returns {Promise<string>} SHA-256, base64url */
export const consentHash = (text) => sha256(utf8(text));
