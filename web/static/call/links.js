/**
 * The link of an invited person: reading it, and asking the server whether it holds.
 *
 * **The secret leaves the address bar at once**, so that neither the history nor a look over the shoulder keeps it, and **never
 * leaves the browser**: what is sent is derived from it.
 */
import { isLinkSecret, linkAuth, sha256 } from '../e2ee/keys.js';
import { utf8 } from '../e2ee/bytes.js';
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
 * @property {boolean} [sealed_only] a browser that cannot encrypt end to end need not knock
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
 * @param {string} secret
 * @returns {Promise<LinkCheck | { error: 'link_invalid' | 'link_revoked' | 'unavailable' }>}
 */
export async function checkLink(env, secret) {
  try {
    return await http(env, 'POST', '/links/check', { auth: await linkAuth(secret) });
  } catch (error) {
    const code = error instanceof Refused ? error.code : 'unavailable';
    return { error: code === 'link_invalid' || code === 'link_revoked' ? code : 'unavailable' };
  }
}

/** What `consent` says in the knock. @param {string} text that was shown @returns {Promise<string>} SHA-256, base64url */
export const consentHash = (text) => sha256(utf8(text));
