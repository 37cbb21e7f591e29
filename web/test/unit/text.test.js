/* Names of strangers: cleaned, cut, and never able to turn the sentence around them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cleanText, initials } from '../../static/ui/text.js';

const cases = /** @type {[string, string, string][]} */ ([
  ['a plain name stays', 'Frau Müller', 'Frau Müller'],
  ['markup is text', '<b>Ada</b>', '<b>Ada</b>'],
  ['control characters go', 'A\u0000d\u0007a\u007f', 'Ada'],
  ['bidi overrides go', '\u202eevil\u202c \u2066x\u2069', 'evil x'],
  ['zero-width characters go', 'A\u200bd\u200da\ufeff', 'Ada'],
  ['white space is folded', '  a \n\t b\u00a0c ', 'a b c'],
  ['composed', 'Mu\u0308ller', 'Müller'],
  ['nothing but nothing', '\u3164\u200b\u2028', ''],
  ['a tower of marks is four high', `Z${'\u030d'.repeat(200)}oe`, `Z${'\u030d'.repeat(4)}oe`],
  ['a tower with unseen characters between too', `Z${'\u030d\u200d'.repeat(100)}`, `Z${'\u030d'.repeat(4)}`],
  ['marks that scripts need stay', 'ภูมิใจ ก็ที่ สู่ בְּרֵאשִׁ֖ית Nguyễn क्ष्म्य', 'ภูมิใจ ก็ที่ สู่ בְּרֵאשִׁ֖ית Nguyễn क्ष्म्य'.normalize('NFC')],
  ['letters with marks count once', '👩‍🦰'.repeat(3), '👩🦰'.repeat(3)],
]);
for (const [what, raw, clean] of cases) test(what, () => assert.equal(cleanText(raw), clean));

test('ten thousand letters become a hundred and twenty', () => {
  assert.equal(cleanText('x'.repeat(10_000)), `${'x'.repeat(119)}…`);
  assert.ok([...new Intl.Segmenter().segment(cleanText('é́́'.repeat(400)))].length <= 120);
});

test('initials are of the first and the last word', () => {
  assert.equal(initials('Frau von Müller'), 'FM');
  assert.equal(initials('ada'), 'A');
  assert.equal(initials('★ !'), '');
  assert.equal(initials('محمد علي'), 'مع');
});
