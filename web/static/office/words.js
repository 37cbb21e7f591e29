/**
 * The words of this page. They stand apart from those of the call (i18n/locales), for which people on weak lines wait; the language is
 * the same, and so are the rules: every key exists in every language.
 */
import { baseOf, language, say } from '../i18n/i18n.js';
import { effect, signal } from '../third_party/preact.js';

/** @typedef {keyof typeof import('./words/en.json')} Key */

/** @type {import('../third_party/preact.js').Signal<{ code: import('../i18n/i18n.js').Language, words: Record<string, string> }>} */
const current = signal({ code: 'en', words: {} });

/** @param {import('../i18n/i18n.js').Language} code */
async function load(code) {
  const answer = await fetch(new URL(`./words/${code}.json`, import.meta.url));
  if (!answer.ok) throw new Error(`words ${code}: status ${answer.status}`);
  const words = await answer.json();
  // The person may have chosen again meanwhile.
  if (baseOf(language.peek()) === code) current.value = { code, words };
}

/** From now on the words follow the language of the page. @returns {Promise<void>} when the first are there */
export function follow() {
  let first = Promise.resolve();
  effect(() => {
    first = load(baseOf(language.value));
    first.catch(() => {}); // the line is gone; the words before stay
  });
  return first;
}

/** The text of a key. @param {Key} key @param {import('../i18n/i18n.js').Args} [args] */
export function t(key, args) {
  const { code, words } = current.value;
  return say(code, words, key, args);
}
