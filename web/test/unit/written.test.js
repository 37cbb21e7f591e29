/* What somebody wrote: cleaned, its lines kept, addresses found and nothing else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cleanWritten, partsOf } from '../../static/ui/written.js';

const cleaned = /** @type {[string, string, string][]} */ ([
  ['plain text stays', 'Guten Tag, Frau Müller!', 'Guten Tag, Frau Müller!'],
  ['markup is text', '<img src=x onerror=alert(1)> **fett** [a](b)', '<img src=x onerror=alert(1)> **fett** [a](b)'],
  ['lines stay lines', 'eins\nzwei\r\ndrei\rvier\u2028fünf', 'eins\nzwei\ndrei\nvier\nfünf'],
  ['a page of empty lines is one', `eins${'\n'.repeat(500)}zwei\n \n \n \ndrei`, 'eins\n\nzwei\n\ndrei'],
  ['tabs and odd spaces are spaces', 'a\tb\u00a0c\u3000d', 'a b c d'],
  ['control characters go', 'a\u0000b\u0007c\u007f\u009b', 'abc'],
  ['bidi overrides and isolates go', '\u202egnp.exe\u202c \u2066x\u2069 \u200f', 'gnp.exe x'],
  ['zero-width characters go', 'a\u200bb\ufeffc\u2060d\u00ade', 'abcde'],
  ['joined emoji stay', '👩‍👩‍👧 ❤️', '👩‍👩‍👧 ❤️'],
  ['Persian keeps its joiner', 'می\u200cخواهم', 'می\u200cخواهم'],
  ['composed', 'Mu\u0308ller', 'Müller'],
  ['a tower of marks is four high', `Z${'\u030d'.repeat(2_000)}`, `Z${'\u030d'.repeat(4)}`],
  ['tags that nobody sees go', 'a\u{e0041}\u{e0042}b', 'ab'],
  ['nothing but nothing', ' \n\u3164\u200b\n ', ''],
]);
for (const [what, raw, clean] of cleaned) {
  test(what, () => {
    assert.equal(cleanWritten(raw), clean);
    assert.equal(cleanWritten(clean), clean, 'cleaned once is clean');
  });
}

/** What is a link in a text, as `host href`, and whether all of the text is still there. @param {string} text */
function links(text) {
  const parts = partsOf(text);
  assert.equal(parts.map((part) => part.text).join(''), text);
  return parts.filter(({ href }) => href).map(({ host, href }) => `${host} ${href}`);
}

const found = /** @type {[string, string[]][]} */ ([
  ['kein Link', []],
  ['https://beratung.example', ['beratung.example https://beratung.example/']],
  ['Siehe http://beratung.example/a?b=c#d, bitte.', ['beratung.example http://beratung.example/a?b=c#d']],
  ['(https://beratung.example/a)', ['beratung.example https://beratung.example/a']],
  ['https://de.wikipedia.example/wiki/Rat_(Amt).', ['de.wikipedia.example https://de.wikipedia.example/wiki/Rat_(Amt)']],
  ['„https://beratung.example/a“? »https://beratung.example/b«!', ['beratung.example https://beratung.example/a', 'beratung.example https://beratung.example/b']],
  ['HTTPS://Beratung.Example:8443/A', ['beratung.example:8443 https://beratung.example:8443/A']],
  ['https://a.example und\nhttps://b.example', ['a.example https://a.example/', 'b.example https://b.example/']],
  ['https://bücher.example', ['xn--bcher-kva.example https://xn--bcher-kva.example/']],
  ['https://аррӏе.example', ['xn--80ak6aa92e.example https://xn--80ak6aa92e.example/']],
  ['https://bank.example@evil.example/', []],
  ['https://bank.example:x@evil.example/', []],
  ['javascript:alert(1) data:text/html,x file:///etc/passwd ftp://a.example mailto:a@b.example tel:110 blob:x', []],
  ['www.beratung.example', []],
  ['https://', []],
  ['https://]', []],
  ['https://a.example/"onclick="x', ['a.example https://a.example/']],
  ['https://a.example/<script>', ['a.example https://a.example/']],
  ['https://a.example...', ['a.example https://a.example/']],
]);
for (const [text, expected] of found) test(`${JSON.stringify(text)} has ${expected.length} links`, () => assert.deepEqual(links(text), expected));

test('a long text of addresses and brackets takes no time', () => {
  const begun = performance.now();
  links('https://a.example/'.repeat(222));
  links(`https://a.example/${')'.repeat(3_900)}`);
  links(`https://a.example/${'('.repeat(1_900)}${')'.repeat(1_900)}`);
  cleanWritten('\n '.repeat(2_000));
  assert.ok(performance.now() - begun < 500);
});
