/** A question before something is done: what it is, and two answers, of which the harmless one comes first and has the focus. */
import { h } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { quiet } from './button.js';
import { Dialog } from './dialog.js';
import { tags } from './dom.js';
import { notice } from './notice.js';

const { div } = tags;

/** @typedef {import('./dom.js').Children} Children */

/**
 * @param {{ title: string, yes: Children, error?: string, onClose: () => void, children?: Children, 'data-test'?: string }} props
 *   yes: the button that does it; error: why it was not done, while the question stands; onClose: it is not to be done
 */
export function Ask({ title, yes, error, onClose, children, 'data-test': handle }) {
  return h(
    Dialog,
    { title, onClose, 'data-test': handle },
    children,
    error && notice({ tone: 'wrong', live: true }, error),
    div({ class: 'dialog-actions' }, quiet({ onClick: onClose, autoFocus: true, 'data-test': 'no' }, t('cancel')), yes),
  );
}
