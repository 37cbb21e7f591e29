/** How much of the pictures is sent and received: one question, four answers in words. */
import { h } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { secondary } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { choice, choices } from '../ui/choice.js';
import { tags } from '../ui/dom.js';

const { p } = tags;

/** @type {[import('../call/receiving.js').Preference, import('../ui/icon.js').IconName][]} */
const answers = [['auto', 'bars'], ['high', 'camera'], ['saver', 'down'], ['sound', 'speaker']];

/** @param {{ call: import('../call/call.js').Call, onClose: () => void }} props */
export function PreferenceDialog({ call, onClose }) {
  const now = call.receiving.preference.value;
  return h(
    Dialog,
    { title: t('choice.title'), onClose },
    p(null, t('choice.now', { choice: t(`choice.${now}`) })),
    choices(
      t('choice.title'),
      answers.map(([one, icon]) =>
        choice({
          icon, title: t(`choice.${one}`), note: t(`choice.${one}.note`), first: one === now, 'aria-pressed': one === now, 'data-test': `choice-${one}`,
          onClick: () => {
            onClose();
            void call.receiving.prefer(one);
          },
        }),
      ),
    ),
    secondary({ onClick: onClose }, t('close')),
  );
}
