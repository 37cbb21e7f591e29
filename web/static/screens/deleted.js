/** What a page at the end says of the deletion: no more than is known. The receipt itself comes when it is there. */
import { h } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { notice } from '../ui/notice.js';
import { useLater } from './hooks.js';

/** @param {{ receipt: import('../call/receipt.js').Receipt, onClear: () => void, open?: boolean }} props the others as those of `Receipt` */
export function Deletion({ receipt, onClear, open }) {
  const state = receipt.state.value;
  const signed = receipt.signed.value;
  const paper = useLater(state === 'here', () => import('./receipt.js').then(async (module) => (await module.ready(), module)));
  if (state === 'none') return null;
  if (state !== 'here') return notice({ icon: state === 'coming' ? 'wait' : 'info', live: true, 'data-test': 'deleting' }, state === 'coming' ? t('end.deleting') : t('end.undeclared'));
  return [
    notice({ tone: 'good', live: true, 'data-test': 'deleted' }, t('end.deleted')),
    signed && paper && paper !== 'failed' && h(paper.Receipt, { signed, onClear, open }),
  ];
}
