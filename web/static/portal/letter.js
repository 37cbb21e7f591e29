/** An invitation on paper: for people who come by letter, in their own language and register, in plain words. */
import { baseOf } from '../i18n/i18n.js';
import { tags } from '../ui/dom.js';
import { qr } from '../ui/qr.js';

const { div, h1, li, ol, p, section } = tags;

/** @typedef {import('../i18n/i18n.js').Variety} Variety */
/** @typedef {Awaited<ReturnType<typeof import('../i18n/i18n.js').wordsOf>>} Words */

/**
 * What a letter says.
 * @typedef {object} Letter
 * @property {Variety} lang
 * @property {Words} words
 * @property {string} link
 * @property {{ code: string, address: string } | ''} code what can be typed, and where; empty: the link alone
 * @property {boolean} [pin] the person is asked for one; it is told by telephone, and stands in no letter
 * @property {number} [starts_at]
 */

/** @param {number} ms @param {Variety} lang */
const fullDay = (ms, lang) => new Intl.DateTimeFormat(baseOf(lang), { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }).format(ms);
/** @param {number} ms @param {Variety} lang */
const timeIn = (ms, lang) => new Intl.DateTimeFormat(baseOf(lang), { hour: 'numeric', minute: '2-digit' }).format(ms);

/** The same as text, for a message. @param {Letter} letter @param {import('../ui/frame.js').Service} service */
export function messageText({ lang, words, link, pin, starts_at }, { name, phone }) {
  return [
    words('portal.invite.letter', { service: name }),
    starts_at && words('portal.invite.letter.at', { date: fullDay(starts_at, lang), time: timeIn(starts_at, lang) }),
    `${words(starts_at ? 'portal.letter.open' : 'portal.letter.open.any')}\n${link}`,
    pin && words('portal.letter.pin'),
    words('portal.invite.letter.keep'),
    phone && words('help.phone', { phone }),
  ].filter(Boolean).join('\n\n');
}

/** @param {Letter} letter @param {import('../ui/frame.js').Service} service */
export function letterPage({ lang, words, link, code, pin, starts_at }, { name, phone }) {
  const date = starts_at && words('portal.invite.letter.at', { date: fullDay(starts_at, lang), time: timeIn(starts_at, lang) });
  return section(
    { class: 'letter', lang, 'aria-label': words('portal.invite.title') },
    p({ class: 'letter-house' }, name),
    h1({ class: 'letter-title' }, words('portal.invite.letter', { service: name })),
    date && p({ class: 'letter-date' }, date),
    div(
      { class: 'letter-way' },
      ol({ class: 'letter-steps' }, li(null, words('portal.letter.step1')), li(null, words('portal.letter.step2')), li(null, words('portal.letter.step3'))),
      qr(link, words('portal.invite.qr')),
    ),
    // Nobody types a whole link who has a code.
    p(null, code ? words('portal.letter.code', { address: code.address }) : words('portal.letter.typed')),
    code ? p({ class: 'letter-code', dir: 'ltr', 'data-test': 'letter-code' }, code.code) : p({ class: 'letter-link', dir: 'ltr' }, link),
    pin && p(null, words('portal.letter.pin')),
    p(null, words('portal.invite.letter.keep')),
    phone && p({ class: 'letter-phone' }, words('help.phone', { phone })),
  );
}

