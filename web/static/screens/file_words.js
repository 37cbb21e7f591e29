/** A file in words: which are allowed, how large one is, how far, and what came of it. **Who did what is said of both sides, and nobody is blamed.** */
import { baseOf, language, t } from '../i18n/i18n.js';
import { nameOf } from './names.js';

/** @typedef {import('../call/file_list.js').FileEntry} FileEntry */

/** "1.4 MB", on one line @param {number} bytes */
export function sizeOf(bytes) {
  const large = bytes >= 1_000_000;
  const format = new Intl.NumberFormat(baseOf(language.value), { style: 'unit', unit: large ? 'megabyte' : 'kilobyte', maximumFractionDigits: large ? 1 : 0 });
  return format.format(large ? bytes / 1_048_576 : Math.max(1, bytes / 1_024)).replace(' ', '\u00a0');
}

/** Which files are handed over, and how many to one person at a time, for the words that say so. @param {import('../call/chat.js').Chat['limits']['files']} files */
export function allowed({ kinds, size, open }) {
  return { kinds: new Intl.ListFormat(baseOf(language.value), { type: 'disjunction' }).format(kinds), size: sizeOf(size), many: open };
}

/** @param {FileEntry} entry @param {import('./names.js').Read} read */
export function stateOf({ state, incoming, own, person, percent, why, blob }, read) {
  const of = { name: nameOf(person, read) };
  switch (state) {
    case 'offered': return incoming ? t('file.care') : t('file.offered');
    case 'next': return t('file.next');
    case 'moving': return t('file.moving', { percent });
    case 'checking': return t('file.checking');
    case 'done': return incoming ? (blob ? t('file.here') : t('file.away')) : t('file.given');
    case 'declined': return own ? t('file.declined.own') : t('file.declined', of);
    case 'cancelled':
      if (incoming) return own ? t('file.cancelled.own') : t('file.withdrawn', of);
      return own ? t('file.withdrawn.own') : t('file.cancelled', of);
    default: return incoming ? t(`file.why.taker.${why && why !== 'many' ? why : 'unknown'}`, of) : t(`file.why.giver.${why ?? 'unknown'}`, of);
  }
}
