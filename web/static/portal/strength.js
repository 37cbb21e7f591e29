/**
 * Whether a password is good enough to protect counsellors' keys, and what would make it better.
 *
 * Judged in the browser alone: the password goes nowhere. **Length is what counts** (NIST SP 800-63B, section 5.1.1.2: no rules about kinds of
 * letters); what a guesser tries first is refused.
 */

/** @typedef {'short' | 'name' | 'common' | 'simple' | 'fair' | 'good'} Strength the first four are refused */

export const shortest = 12;
const longEnough = 18;

/** What leaked lists begin with, as pieces: a password that is little else is no secret. */
const common = [
  'password', 'passwort', 'kennwort', 'geheim', 'qwertz', 'qwerty', 'uiop', 'asdf', 'ghjk', 'yxcv', 'zxcv', 'bnm', 'letmein', 'welcome', 'willkommen', 'iloveyou', 'hallo', 'hello',
  'schatz', 'sommer', 'winter', 'admin', 'login', 'test', 'master', 'dragon', 'monkey', 'fussball', 'football', 'beratung', 'anteroom', '1234', '4321', '2580', '1qaz',
];

/**
 * @param {string} password
 * @param {string} name the user name, which must not be most of it
 * @returns {Strength}
 */
export function strengthOf(password, name) {
  const letters = Array.from(password.normalize('NFKC'));
  if (letters.length < shortest) return 'short';
  const text = letters.join('').toLowerCase();
  const own = name.trim().normalize('NFKC').toLowerCase();
  for (const piece of own.split(/[^\p{L}\p{N}]+/u).concat(own)) {
    if (piece.length > 3 && text.includes(piece) && text.replaceAll(piece, '').length < shortest - 4) return 'name';
  }
  let rest = text;
  for (const piece of common) rest = rest.split(piece).join('');
  // Runs of digits and marks are what people hang behind a word.
  if (rest.replace(/[^\p{L}]/gu, '').length < 4 && rest.length < shortest && rest.length < text.length) return 'common';
  if (new Set(letters).size < 5 || isRun(text)) return 'simple';
  return letters.length >= longEnough ? 'good' : 'fair';
}

/** Mostly steps of one in the same direction, as in abcdefgh or 98765432. @param {string} text */
function isRun(text) {
  let steps = 0;
  for (let i = 1; i < text.length; i++) if (Math.abs(text.charCodeAt(i) - text.charCodeAt(i - 1)) <= 1) steps++;
  return steps > (text.length * 2) / 3;
}
