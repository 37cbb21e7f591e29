/**
 * What a text looks like to somebody who glances at it: letters and numbers alone, each as the Latin letter that it could be taken for.
 *
 * After Unicode's "skeleton" (UTS #39, section 4), with a short list of our own: the letters of the scripts that European keyboards and phones offer. Two texts that look alike have the
 * same; what it gives is to be compared, never shown.
 */

/** Of other scripts, of phonetic small capitals and of numbers, by the Latin letter. @type {Record<string, string>} */
const alike = {
  a: 'аαɑᴀ4', b: 'вьъвβʙßƅ', c: 'сϲᴄ', d: 'ԁᴅ', e: 'еεєҽᴇ3', f: 'ғꜰ', g: 'ɡցɢԍ9', h: 'һнʜ', i: 'іιıɪlӏ1|!', j: 'јᴊ', k: 'кκᴋ', m: 'мᴍ', n: 'пηոиɴν',
  o: 'оοօᴏσ0', p: 'рρᴘ', r: 'гяᴦʀɾ', s: 'ѕꜱ5$', t: 'тτᴛ7+', u: 'υսцᴜμ', v: 'ѵᴠ', w: 'ԝѡωᴡ', x: 'хχ', y: 'уγʏ', z: 'ᴢ2',
};

const letterOf = new Map(Object.entries(alike).flatMap(([letter, others]) => [...others].map((other) => [other, letter])));

/** Where whole alphabets of signs begin, in order from A: regional indicators, and letters in black circles and squares, which have no decomposition. */
const signs = [0x1f1e6, 0x1f150, 0x1f170];

/** @param {string} one a code point */
function letter(one) {
  const code = one.codePointAt(0) ?? 0;
  const from = signs.find((begin) => code >= begin && code < begin + 26);
  return from ? String.fromCharCode(97 + code - from) : (letterOf.get(one) ?? one);
}

/** @param {string} text */
export const looks = (text) => [...text.normalize('NFKD').toLowerCase().normalize('NFKD')].map(letter).join('').replace(/[^\p{L}\p{N}]/gu, '');
