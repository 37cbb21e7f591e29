/** The link of an invited person: reading it, and asking the server whether it holds. */

/**
 * @typedef {object} LinkCheck
 * @property {'open' | 'early'} status
 * @property {string} service
 * @property {import('./call.js').Role} role
 * @property {string} lang
 * @property {number} [starts_at] ms since 1970, by the server's clock
 * @property {number} [opens_at]
 * @property {number} now
 * @property {'click' | 'none'} consent
 */

/**
 * The secret of the page's address, which is then taken out of the address bar and the history.
 * @param {Pick<Location, 'hash' | 'pathname' | 'search'>} _location
 * @param {Pick<History, 'replaceState'>} _history
 * @returns {string | null} null when there is none, or none that can be one
 */
export function readLink(_location, _history) { return null; }

/**
 * @param {Pick<import('./env.js').Env, 'fetch' | 'crypto'>} _env
 * @param {string} _secret
 * @returns {Promise<LinkCheck | { error: 'link_invalid' | 'link_revoked' | 'unavailable' }>}
 */
export async function checkLink(_env, _secret) { return { error: 'unavailable' }; }

/** What `consent` says in the knock: SHA-256 of the text that was shown, base64url. @param {Pick<import('./env.js').Env, 'crypto'>} _env @param {string} _text */
export async function consentHash(_env, _text) { return ''; }
