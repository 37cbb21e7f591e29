/**
 * The words of the interface, in the person's language.
 *
 * **Every key exists in every language**: `en.json` is the type of keys, a test holds the other catalogues to the same keys and
 * placeholders. **Changing the language loses nothing**: whatever calls `t` while rendering is rendered again, and nothing else
 * happens. Sentences are never put together from parts.
 *
 * **A register says the same in another way**: German that says du, German in simple sentences. It is a private-use tag of its language
 * (RFC 5646, section 2.2.7), so that whatever knows the language alone still understands it, and its catalogues hold only the keys that
 * differ: what is the same is said once.
 */
import { computed, signal } from '../third_party/preact.js';

/** @typedef {typeof import('./locales/en.json') & typeof import('../portal/words/en.json') & typeof import('../screens/words/en.json')} Catalogue of all pages */
/** @typedef {'zero' | 'one' | 'two' | 'few' | 'many' | 'other'} Plural */

/**
 * A key of the catalogue; of a plural (`x_one`, `x_other`), what stands before the suffix.
 * @typedef {{ [K in keyof Catalogue]: K extends `${infer Base}_${Plural}` ? Base : K }[keyof Catalogue]} Key
 */

/** @typedef {Record<string, string | number>} Args */

/** The languages there are, each named in itself. */
export const languages = /** @type {const} */ ([
  { code: 'de', name: 'Deutsch', dir: 'ltr' },
  { code: 'en', name: 'English', dir: 'ltr' },
]);

/** Languages and, after each, its registers: what a client may choose among. */
export const varieties = /** @type {const} */ ([
  languages[0],
  { code: 'de-x-du', name: 'Deutsch (Du)', dir: 'ltr', of: 'de' },
  { code: 'de-x-einfach', name: 'Einfaches Deutsch', dir: 'ltr', of: 'de' },
  languages[1],
]);

/** @typedef {typeof languages[number]['code']} Language */
/** @typedef {typeof varieties[number]['code']} Variety a language or one of its registers */

/** The language of a variety: for lists, dates and whatever else has no registers. @param {Variety} code @returns {Language} */
export function baseOf(code) {
  const found = varieties.find((one) => one.code === code);
  return found && 'of' in found ? found.of : /** @type {Language} */ (code);
}

/** @type {import('../third_party/preact.js').Signal<{ code: Variety, words: Record<string, string> }>} */
const current = signal({ code: 'en', words: {} });

/** The language that is shown, in its register. */
export const language = computed(() => current.value.code);

/** The direction of its writing. */
export const direction = computed(() => varieties.find(({ code }) => code === language.value)?.dir ?? 'ltr');

/**
 * Which of several wishes can be met: the first in the order given of which there is the very variety, else the language of its first subtag.
 * @param {...(string | null | undefined)} wishes tags of RFC 5646, in any case
 * @returns {Variety}
 */
export function choose(...wishes) {
  for (const wish of wishes) {
    const tag = wish?.toLowerCase();
    const found = varieties.find(({ code }) => code === tag) ?? languages.find(({ code }) => code === tag?.split('-')[0]);
    if (found) return found.code;
  }
  return 'en';
}

/** Where the catalogues of a variety are that this page needs. @type {((code: Variety) => URL)[]} */
const places = [(code) => new URL(`./locales/${code}.json`, import.meta.url)];

/**
 * Words that are needed on one page alone, for which people on weak lines do not wait elsewhere. To be called before the first words are shown.
 * @param {...(code: Variety) => URL} more
 */
export function speakAlso(...more) {
  places.push(...more);
}

/** Words of what is loaded later itself, in the language that was wished last. @param {(code: Variety) => URL} place @returns {Promise<void>} when they are there */
export function speakLater(place) {
  if (!places.includes(place)) {
    places.push(place);
    loaded.clear();
  }
  return show(wished);
}

/** @type {Map<string, Promise<Record<string, string>>>} */
const loaded = new Map();

/** @param {URL} place @returns {Promise<Record<string, string>>} */
async function words(place) {
  const answer = await fetch(place);
  if (!answer.ok) throw new Error(`catalogue ${place.pathname}: status ${answer.status}`);
  return answer.json();
}

/** The language's catalogues, and over them what its register says otherwise. @param {Variety} code */
async function load(code) {
  const base = baseOf(code);
  const layers = base === code ? [base] : [base, code];
  return Object.assign({}, ...await Promise.all(layers.flatMap((layer) => places.map((place) => words(place(layer))))));
}

/** @param {Variety} code */
function catalogue(code) {
  let coming = loaded.get(code);
  if (!coming) {
    coming = load(code);
    loaded.set(code, coming);
    coming.catch(() => loaded.get(code) === coming && loaded.delete(code));
  }
  return coming;
}

/** Counts the wishes, and which of them is shown: catalogues come in any order, and an older wish never undoes a newer one. */
let wishes = 0;
let met = 0;

/** The last of them that has not failed. @type {Variety} */
let wished = 'en';

/** Whether the person has chosen; nothing else decides from then on. */
let chosen = false;

/** @param {Variety} code @returns {Promise<void>} when its words are there; on an error (the line is gone) the present language stays */
async function show(code) {
  const wish = ++wishes;
  wished = code;
  const words = await catalogue(code).catch((error) => {
    if (wish === wishes) wished = language.peek();
    throw error;
  });
  if (wish < met) return;
  met = wish;
  if (current.peek().words !== words) current.value = { code, words };
  document.documentElement.lang = code;
  document.documentElement.dir = direction.value;
}

/** Shows the language, in the register, that the person has chosen. @param {Variety} code */
export function setLanguage(code) {
  chosen = true;
  return show(code);
}

/** Shows the language that the browser or the link asks for, the last that asks; nothing happens once the person has chosen. @param {Variety} code */
export async function proposeLanguage(code) {
  if (!chosen) await show(code);
}

/**
 * The text of a key. `{name}` in it is replaced by `args.name`; `args.n` chooses among plural forms.
 * @param {Key} key
 * @param {Args} [args]
 * @returns {string}
 */
export function t(key, args) {
  const { code, words } = current.value;
  return say(code, words, key, args);
}

/**
 * The words of another language or register than the one shown: for a letter to somebody who reads that one.
 * @param {Variety} code
 * @returns {Promise<(key: Key, args?: Args) => string>}
 */
export async function wordsOf(code) {
  const words = await catalogue(code);
  return (key, args) => say(code, words, key, args);
}

/** The text of a key of any catalogue. @param {Variety} code @param {Record<string, string>} words @param {string} key @param {Args} [args] */
export function say(code, words, key, args) {
  const form = args && typeof args.n === 'number' ? words[`${key}_${new Intl.PluralRules(baseOf(code)).select(args.n)}`] : undefined;
  const text = form ?? words[key] ?? words[`${key}_other`] ?? '';
  return args ? text.replace(/\{(\w+)\}/g, (whole, name) => (name in args ? isolate(args[name]) : whole)) : text;
}

/** Letters written from right to left: Hebrew, Arabic and their relatives. */
const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

/** Keeps a name of the other writing direction from turning the sentence around it (Unicode UAX #9, isolates). @param {string | number} value */
function isolate(value) {
  const text = String(value);
  return rightToLeft.test(text) !== (direction.value === /** @type {string} */ ('rtl')) ? `\u2068${text}\u2069` : text;
}

/** A time of day, "14:00" or "2:00 PM". @param {number} ms since 1970 */
export function time(ms) {
  return new Intl.DateTimeFormat(baseOf(language.value), { hour: 'numeric', minute: '2-digit' }).format(ms);
}

/** A day, "Thursday, 12 March". @param {number} ms since 1970 */
export function day(ms) {
  return new Intl.DateTimeFormat(baseOf(language.value), { weekday: 'long', day: 'numeric', month: 'long' }).format(ms);
}

/** A length of time as a clock, "3:07" or "1:02:03". @param {number} ms */
export function clock(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (/** @type {number} */ n) => String(n).padStart(2, '0');
  const rest = `${Math.floor(seconds / 60) % 60}:${two(seconds % 60)}`;
  return seconds < 3600 ? rest : `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}
