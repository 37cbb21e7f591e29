/** What the server may refuse: it is run, and the screen has the words for it when it was. */
import { useState } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';

/** What a screen says of a code; of every other, that it did not work. @typedef {Record<string, import('../i18n/i18n.js').Key>} Refusals */

/** @param {{ words?: Refusals, onDone?: () => void }} [props] */
export function useAction({ words = {}, onDone } = {}) {
  const [error, setError] = useState('');
  /** @param {Promise<void>} doing @param {string} [name] whom it concerns, where the screen shows several */
  const run = (doing, name) => {
    setError('');
    doing.then(
      () => onDone?.(),
      (reason) => {
        const why = t(words[reason instanceof Error && 'code' in reason ? String(reason.code) : ''] ?? 'room.failed');
        setError(name ? t('room.failed.name', { label: name, why }) : why);
      },
    );
  };
  return { error, run };
}
