/** B9: what the server says of the deletion, to be read, saved and printed; then the window can be emptied. Loaded when a conversation has ended. */
import { useState } from '../third_party/preact.js';
import { day, t, time } from '../i18n/i18n.js';
import { primary, quiet, secondary } from '../ui/button.js';
import { tags } from '../ui/dom.js';
import { save } from '../ui/save.js';
import { dress } from '../ui/style.js';
import { words } from './words.js';

const { dd, div, dl, dt, h2, li, p, section, ul } = tags;

/** Its words and its looks. */
export const ready = () => Promise.all([words(), dress(new URL('../style/receipt.css', import.meta.url))]);

/** @param {string} iso @returns {string} */
const moment = (iso) => t('receipt.moment', { date: day(Date.parse(iso)), time: time(Date.parse(iso)) });

/** @param {import('../call/receipt.js').Facts['stays'][number]} stay */
function remains({ what, count = 0 }) {
  if (what === 'persons') return t('receipt.stays.persons', { n: count });
  if (what === 'links') return t('receipt.stays.links', { n: count });
  return what === 'room' ? t('receipt.stays.room') : t('receipt.stays.copies');
}

/**
 * @param {{ signed: import('../call/receipt.js').Signed, onClear: () => void, open?: boolean }} props
 *   onClear: the window is to be emptied; open: it is shown at once, and not only when asked for
 */
export function Receipt({ signed, onClear, open = false }) {
  const [shown, setShown] = useState(open);
  const { receipt } = signed;
  if (!shown) return div({ class: 'receipt-offer' }, quiet({ icon: 'text', onClick: () => setShown(true), 'data-test': 'receipt-show' }, t('receipt.show')));
  /** @type {[string, string][]} */
  const facts = [
    [t('receipt.pseudonym'), receipt.pseudonym],
    [t('receipt.began'), receipt.began ? moment(receipt.began) : t('receipt.unknown')],
    [t('receipt.ended'), moment(receipt.ended)],
    [t('receipt.policy'), receipt.policy],
    [t('receipt.software'), receipt.software],
  ];
  const times = new Set(receipt.deleted.map(({ at }) => at));
  const at = times.size === 1 ? time(Date.parse(receipt.deleted[0].at)) : null;
  const people = /** @type {[import('../call/types.js').Role, number][]} */ (Object.entries(receipt.people));
  return section(
    { class: 'receipt', 'aria-labelledby': 'receipt-title', 'data-test': 'receipt' },
    h2({ id: 'receipt-title', class: 'receipt-title' }, t('receipt.title')),
    p(null, t('receipt.nobody')),
    dl(
      { class: 'receipt-facts' },
      facts.map(([name, value]) => div({ key: name, class: 'receipt-fact' }, dt(null, name), dd(null, value))),
      div({ class: 'receipt-fact' }, dt(null, t('receipt.people')), dd(null, people.map(([role, n]) => t('receipt.role', { role: t(`role.${role}`), n })).join(', ') || t('receipt.people.none'))),
    ),
    receipt.restarted && p(null, t('receipt.restarted')),
    h2({ class: 'receipt-title' }, at ? t('receipt.deleted.at', { what: t('receipt.deleted'), time: at }) : t('receipt.deleted')),
    ul({ class: 'receipt-list' }, receipt.deleted.map((kind) => li({ key: kind.what }, at ? t(`receipt.kind.${kind.what}`) : t('receipt.deleted.at', { what: t(`receipt.kind.${kind.what}`), time: time(Date.parse(kind.at)) })))),
    h2({ class: 'receipt-title' }, t('receipt.stays')),
    receipt.stays.length > 0 ? ul({ class: 'receipt-list' }, receipt.stays.map((stay) => li({ key: stay.what }, remains(stay)))) : p(null, t('receipt.stays.nothing')),
    p({ class: 'receipt-hint' }, t('receipt.hint')),
    div(
      { class: 'receipt-buttons' },
      primary({ icon: 'down', onClick: () => save(new Blob([JSON.stringify(signed, null, 2)], { type: 'application/json' }), `${t('receipt.file')}-${receipt.pseudonym}.json`), 'data-test': 'receipt-save' }, t('receipt.save')),
      secondary({ icon: 'print', onClick: () => window.print(), 'data-test': 'receipt-print' }, t('receipt.print')),
      secondary({ icon: 'trash', onClick: onClear, 'data-test': 'receipt-clear' }, t('receipt.clear')),
    ),
  );
}
