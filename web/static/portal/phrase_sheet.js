/** A recovery phrase as it is read: in numbered groups, on the screen and on paper. */
import { t } from '../i18n/i18n.js';
import { groupsOf } from '../e2ee/phrase.js';
import { tags } from '../ui/dom.js';
import { cleanText } from '../ui/text.js';
import { dateWords } from './when.js';

const { h1, li, ol, p, section } = tags;

/** @param {string} phrase @param {string} [handle] */
export function phraseList(phrase, handle) {
  return ol({ class: 'phrase', translate: false, 'aria-label': t('portal.recovery.title'), 'data-test': handle }, groupsOf(phrase).map((group, at) => li({ key: at, class: 'phrase-group' }, group)));
}

/**
 * What comes out of the printer: it says what it is for, and for which account.
 * @param {string} phrase @param {import('./frame.js').Service} service @param {import('./account.js').Account} account @param {number} now ms
 */
export function phraseSheet(phrase, { name }, account, now) {
  return section(
    { class: 'letter', 'aria-label': t('portal.recovery.title') },
    p({ class: 'letter-house' }, name),
    h1({ class: 'letter-title' }, t('portal.recovery.sheet', { name: cleanText(account.name) })),
    p(null, t('portal.recovery.sheet.made', { date: dateWords(now) })),
    phraseList(phrase),
    p(null, t('portal.recovery.sheet.use')),
    p(null, t('portal.recovery.keep')),
  );
}
