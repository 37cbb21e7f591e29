/** What people typed about people, made safe to show: it is text, it is short, and it cannot turn its surroundings around. */

/** Control characters, invisible and zero-width characters, and those that change the writing direction (Unicode Cc, Cf, Zl, Zp, and fillers). */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0]/gu;

/** Marks that one letter may carry; no script needs more, and a hundred of them reach over the lines around the name. */
const towering = /(\p{M}{4})\p{M}+/gu;

/** Letters that a name may have, as a reader counts them; how many of them there is room for, the style sheets decide. */
const longest = 120;

/** More than this is not even looked at: a name of ten thousand letters must not cost time. */
const farthest = 512;

/**
 * A name or label as it may be shown: NFC, without unseen characters, white space folded, at most 4 marks on a letter.
 * @param {string} raw @param {number} [most] graphemes
 */
export function cleanText(raw, most = longest) {
  const text = raw.slice(0, farthest).normalize('NFC').replace(/\s+/gu, ' ').replace(unseen, '').replace(towering, '$1').trim();
  const letters = graphemes(text);
  return letters.length <= most ? text : `${letters.slice(0, most - 1).join('').trimEnd()}…`;
}

/** @param {string} text */
function graphemes(text) {
  // Firefox before 125 has no Segmenter; code points are near enough for cutting.
  if (!('Segmenter' in Intl)) return Array.from(text);
  return Array.from(new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(text), ({ segment }) => segment);
}

/** One or two letters that stand for a person whose picture is off. @param {string} raw */
export function initials(raw) {
  const words = cleanText(raw).split(' ').filter((word) => /^[\p{L}\p{N}]/u.test(word));
  const picked = words.length > 1 ? [words[0], words[words.length - 1]] : words;
  return picked.map((word) => graphemes(word)[0]?.toLocaleUpperCase() ?? '').join('');
}
