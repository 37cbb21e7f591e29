/**
 * What somebody has written, made safe to show: it is text, it cannot turn its surroundings around, and addresses in it can be told from words.
 *
 * **Nothing is markup.** What may be opened is http and https alone, without a name or password before the host, which would make another place look like the host's.
 */

/** As ui/text.js; but lines stay lines, and letters may be joined, which emoji and Persian need. */
const unseen = /(?![\n\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0]/gu;
const towering = /(\p{M}{4})\p{M}+/gu;

/** @param {string} raw of bounded length */
export function cleanWritten(raw) {
  return raw.normalize('NFC').replace(/\r\n?|[\u0085\u2028\u2029]/g, '\n').replace(/[^\S\n\ufeff]/gu, ' ').replace(unseen, '').replace(towering, '$1').replace(/\n(?: *\n){2,}/g, '\n\n').trim();
}

/** @typedef {{ text: string, href?: string, host?: string }} Part of a text; with `href` it is an address, as the browser reads it */

/** @param {string} text clean @returns {Part[]} which together are the text */
export function partsOf(text) {
  /** @type {Part[]} */
  const parts = [];
  let from = 0;
  for (const match of text.matchAll(/https?:\/\/[^\s<>"{}|\\^`]+/giu)) {
    const address = withoutStop(match[0]);
    const url = addressOf(address);
    if (!url) continue;
    if (match.index > from) parts.push({ text: text.slice(from, match.index) });
    parts.push({ text: address, href: url.href, host: url.host });
    from = match.index + address.length;
  }
  if (from < text.length) parts.push({ text: text.slice(from) });
  return parts;
}

/** Full stops and brackets at its end belong to the sentence; but a bracket that was opened in it is its own. @param {string} address */
function withoutStop(address) {
  let unopened = address.split(')').length - address.split('(').length;
  let end = address.length;
  for (; end > 0; end--) {
    const last = address[end - 1];
    if ((last === ')' && unopened <= 0) || !/[.,;:!?)\]'‘’“”«»…]/.test(last)) break;
    if (last === ')') unopened--;
  }
  return address.slice(0, end);
}

/** @param {string} address */
function addressOf(address) {
  try {
    const url = new URL(address);
    return (url.protocol === 'http:' || url.protocol === 'https:') && !url.username && !url.password ? url : null;
  } catch {
    return null;
  }
}
