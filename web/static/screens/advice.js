/**
 * What a person reads when camera or microphone do not come: why, and what to do in this browser, on this system. Nobody needs it before he has been asked.
 *
 * Pure: what it judges by is passed in.
 */
import { inAppSteps, system } from './browser.js';

/** @typedef {import('./browser.js').Abilities} Abilities */
/** @typedef {import('./browser.js').System} System */
/** @typedef {import('../i18n/i18n.js').Key} Key */
/** @typedef {'chrome' | 'firefox' | 'safari' | 'android' | 'ios'} Switch where the browser keeps its permission switch */

/** @param {Pick<Abilities, 'userAgent' | 'maxTouchPoints'>} browser @returns {Switch} */
export function permissionSwitch(browser) {
  const { userAgent } = browser;
  const on = system(browser);
  // Every browser on an iPhone is Safari inside.
  if (on === 'ios') return 'ios';
  if (/Firefox\//.test(userAgent)) return 'firefox';
  if (on === 'android') return 'android';
  return /Chrome\/|Chromium\/|Edg\//.test(userAgent) ? 'chrome' : /Safari\//.test(userAgent) ? 'safari' : 'chrome';
}

/** What to do when the browser refuses, step by step. @type {Record<Switch, Key[]>} */
const switchSteps = {
  chrome: ['steps.chrome.1', 'steps.chrome.2', 'steps.retry'],
  firefox: ['steps.firefox.1', 'steps.firefox.2', 'steps.retry'],
  safari: ['steps.safari.1', 'steps.safari.2', 'steps.retry'],
  ios: ['steps.ios.1', 'steps.ios.2', 'steps.ios.3', 'steps.retry'],
  android: ['steps.android.1', 'steps.android.2', 'steps.android.3', 'steps.retry'],
};

/** What to do when the system refuses the browser. @type {Record<System, Key[]>} */
const systemSteps = {
  mac: ['steps.mac.1', 'steps.mac.2', 'steps.mac.3'],
  windows: ['steps.windows.1', 'steps.windows.2', 'steps.retry'],
  ios: ['steps.phone.1', 'steps.phone.2', 'steps.retry'],
  android: ['steps.phone.1', 'steps.phone.2', 'steps.retry'],
  other: ['steps.other.1', 'steps.retry'],
};

/**
 * @typedef {object} Advice
 * @property {Key} title
 * @property {Key} body
 * @property {Key[]} steps
 */

/**
 * What a person reads when camera or microphone do not come.
 * @param {import('../call/devices.js').DeviceError} code
 * @param {'av' | 'audio' | 'none'} wanted
 * @param {Pick<Abilities, 'userAgent' | 'maxTouchPoints'>} browser
 * @returns {Advice}
 */
export function advice(code, wanted, browser) {
  const sound = wanted === 'audio';
  switch (code) {
    case 'denied':
      return { title: sound ? 'denied.title.audio' : 'denied.title.av', body: 'denied.body', steps: switchSteps[permissionSwitch(browser)] };
    case 'denied_system':
      return { title: 'denied.system.title', body: 'denied.system.body', steps: systemSteps[system(browser)] };
    case 'in_use':
      return { title: 'inuse.title', body: 'inuse.body', steps: [] };
    case 'not_found':
      return { title: sound ? 'notfound.title.audio' : 'notfound.title.av', body: 'notfound.body', steps: [] };
    case 'unanswered':
      return { title: 'unanswered.title', body: 'unanswered.body', steps: [] };
    case 'in_app':
      return { title: 'unsuitable.inapp.title', body: 'unsuitable.inapp.body', steps: inAppSteps(browser) };
    case 'insecure':
      return { title: 'unsuitable.insecure.title', body: 'unsuitable.insecure.body', steps: [] };
    default:
      return { title: 'failed.title', body: 'failed.body', steps: [] };
  }
}
