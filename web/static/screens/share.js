/** Showing one's screen: what to think of before, and why it may not be now. */
import { h } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { primary, quiet } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { tags } from '../ui/dom.js';
import { facts } from './welcome.js';

const { div, p } = tags;

/** @param {{ call: import('../call/call.js').Call, onClose: () => void }} props */
export function ShareDialog({ call, onClose }) {
  const may = call.mayShare.value;
  const begin = () => {
    onClose();
    void call.share();
  };
  return h(
    Dialog,
    { title: t('share.title'), onClose },
    may === 'yes'
      ? facts([['share', t('share.window')], ['close', t('share.close')], ['warn', t('share.messages')]])
      : p(null, may === 'busy' ? t('share.busy') : t('share.rule')),
    div(
      { class: 'dialog-actions' },
      may === 'yes' && primary({ icon: 'share', onClick: begin, autoFocus: true, 'data-test': 'share-go' }, t('share.go')),
      quiet({ onClick: onClose }, may === 'yes' ? t('cancel') : t('close')),
    ),
  );
}
