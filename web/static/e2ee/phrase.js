/**
 * The recovery phrase: what a counsellor writes on paper to open the account's key without the password.
 *
 * **Forty capital letters in eight groups of five.** Consonants alone, so that no group reads as a word, and without Q and Y; no digits, so
 * that O and 0 or I and 1 are never asked for. Four letters of each group are random, which makes 135 bits; the fifth checks the group.
 * **A slip is found before anything is tried, and in which group**: a wrong letter, two letters swapped and two groups swapped are always
 * found, because the nineteen letters count as numbers modulo a prime.
 */

const alphabet = 'BCDFGHJKLMNPRSTVWXZ';
export const groups = 8;
export const groupLength = 5;

/**
 * Each letter of a group has a weight of its own, 1 to 5, and the weighted sum is the group's number, from 1.
 * @param {string} group @param {number} number
 */
function holds(group, number) {
  const sum = Array.from(group).reduce((sum, letter, at) => sum + (at + 1) * alphabet.indexOf(letter), 0);
  return sum % alphabet.length === number;
}

/** @returns {string} the letters, without spaces */
export function newPhrase() {
  let phrase = '';
  for (let number = 1; number <= groups; number++) {
    let group = '';
    while (group.length < groupLength - 1) group += randomLetter();
    phrase += Array.from(alphabet, (check) => group + check).find((whole) => holds(whole, number));
  }
  return phrase;
}

function randomLetter() {
  // 247 is the largest multiple of 19 in a byte: what lies above would make some letters likelier.
  for (;;) {
    const [byte] = crypto.getRandomValues(new Uint8Array(1));
    if (byte < 247) return alphabet[byte % alphabet.length];
  }
}

/** As it is shown and written down. @param {string} phrase @returns {string[]} the groups */
export const groupsOf = (phrase) => phrase.match(/.{1,5}/g) ?? [];

/**
 * @param {string} typed in any case, with anything between the letters
 * @returns {{ phrase: string } | { wrong: number[] }} wrong: the numbers of the groups that are not right, from 1; none where the letters are too few or too many
 */
export function readPhrase(typed) {
  const pieces = typed.normalize('NFKC').toUpperCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const whole = pieces.join('');
  // Who wrote the groups apart is told which one lacks a letter.
  const apart = pieces.length === groups ? pieces : whole.length === groups * groupLength ? groupsOf(whole) : null;
  if (!apart) return { wrong: [] };
  const wrong = apart.flatMap((group, at) => (isGroup(group) && holds(group, at + 1) ? [] : [at + 1]));
  return wrong.length > 0 ? { wrong } : { phrase: whole };
}

/** @param {string} text */
const isGroup = (text) => text.length === groupLength && Array.from(text).every((letter) => alphabet.includes(letter));
