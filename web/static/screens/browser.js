/**
 * Which browser this is, as far as a person must know it before anything else: whether it can hold a call at all, and the way out of one that cannot.
 *
 * Pure: everything it judges by is passed in. **A guess from the user agent never keeps anybody out**; only what is missing does.
 */

/**
 * @typedef {object} Abilities
 * @property {string} userAgent
 * @property {number} maxTouchPoints
 * @property {boolean} secure the page is a secure context
 * @property {boolean} peer there is RTCPeerConnection
 * @property {boolean} media there is navigator.mediaDevices with getUserMedia
 */

/** @typedef {'ok' | 'in_app' | 'insecure' | 'old'} Suitability */

/** Apps that open links in a window of their own, where cameras are often missing. */
const inApp = /\b(FBAN|FBAV|FB_IAB|Instagram|Line\/|MicroMessenger|Twitter|Snapchat|TikTok|musical_ly|Bytedance|LinkedInApp|Pinterest|WhatsApp|Telegram)\b|; wv\)/;

/** @param {Abilities} abilities @returns {Suitability} */
export function suitability({ userAgent, secure, peer, media }) {
  if (peer && media) return 'ok';
  if (!secure) return 'insecure';
  return inApp.test(userAgent) ? 'in_app' : 'old';
}

/** @typedef {'ios' | 'android' | 'mac' | 'windows' | 'other'} System */

/** @param {Pick<Abilities, 'userAgent' | 'maxTouchPoints'>} browser @returns {System} */
export function system({ userAgent, maxTouchPoints }) {
  // An iPad calls itself a Macintosh; no Macintosh has a touch screen.
  if (/iPhone|iPod|iPad/.test(userAgent) || (/Macintosh/.test(userAgent) && maxTouchPoints > 1)) return 'ios';
  if (/Android/.test(userAgent)) return 'android';
  if (/Macintosh/.test(userAgent)) return 'mac';
  return /Windows/.test(userAgent) ? 'windows' : 'other';
}

/** The way out of an app's own window. @param {Pick<Abilities, 'userAgent' | 'maxTouchPoints'>} browser @returns {import('../i18n/i18n.js').Key[]} */
export function inAppSteps(browser) {
  const open = system(browser) === 'ios' ? 'unsuitable.inapp.2.ios' : 'unsuitable.inapp.2.android';
  return ['unsuitable.inapp.1', open, 'unsuitable.inapp.3'];
}
