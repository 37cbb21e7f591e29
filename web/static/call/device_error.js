/** Why a microphone or camera did not come, told apart as far as browsers let one: they name the same cause differently. */

/** @typedef {'denied' | 'denied_system' | 'in_use' | 'not_found' | 'insecure' | 'in_app' | 'unanswered' | 'unknown'} DeviceError */

/** Browsers inside other programs, which often have no camera to give. */
const inApp = /\bFBA[NV]\b|Instagram|\bLine\/|MicroMessenger|Snapchat|TikTok|musical_ly|LinkedInApp|; wv\)|GSA\//;

/**
 * @param {unknown} error what getUserMedia rejected with; null when there is no getUserMedia at all
 * @param {import('./env.js').Browser} browser
 * @returns {DeviceError}
 */
export function deviceError(error, { userAgent, secure }) {
  const { name = '', message = '' } = error instanceof Error || (typeof error === 'object' && error) ? /** @type {Error} */ (error) : {};
  if (!secure) return 'insecure';
  if (!error) return 'in_app';
  const mac = /Macintosh/.test(userAgent);
  switch (name) {
    case 'NotAllowedError':
    case 'PermissionDeniedError':
    case 'SecurityError':
      if (inApp.test(userAgent)) return 'in_app';
      return /by system/i.test(message) ? 'denied_system' : 'denied';
    case 'NotFoundError':
    case 'DevicesNotFoundError':
      // Firefox says so too when macOS keeps the devices from it.
      return mac && /object can not be found here/i.test(message) ? 'denied_system' : 'not_found';
    case 'NotReadableError':
    case 'TrackStartError':
    case 'AbortError':
      return 'in_use';
    case 'OverconstrainedError':
      return 'not_found';
    default:
      return 'unknown';
  }
}
