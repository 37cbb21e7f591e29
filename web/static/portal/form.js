/** Parts of forms that only the portal has. */
import { useEffect, useState } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { tags } from '../ui/dom.js';
import { Refused } from '../call/protocol.js';

const { fieldset, input, label, legend, div, span } = tags;

/**
 * One of several, each with its words beside it as one target.
 * @template {string} T
 * @param {{ legend: string, hidden?: boolean, name: string, value: T, options: { value: T, label: string, test?: string }[], onChange: (value: T) => void }} props hidden: the question is on the screen already
 */
export function radios({ legend: words, hidden, name, value, options, onChange }) {
  return fieldset(
    { class: 'radios' },
    legend({ class: hidden ? 'unseen' : 'form-legend' }, words),
    options.map((option) =>
      label(
        { key: option.value, class: 'radio' },
        input({
          type: 'radio', class: 'check-box', name, value: option.value, checked: option.value === value, 'data-test': option.test,
          onChange: () => onChange(option.value),
        }),
        span({ class: 'radio-words' }, option.label),
      ),
    ),
  );
}

/** @param {string} words @param {...import('../ui/dom.js').Children} children */
export function group(words, ...children) {
  return fieldset({ class: 'form-group' }, legend({ class: 'form-legend' }, words), div({ class: 'form-fields' }, children));
}

/**
 * After a try that cannot be sent: the focus goes to the first wrong field, whose error is read out with it.
 * @param {{ current: HTMLFormElement | null }} form
 * @returns {() => void} to be called at each such try; the field is found when the errors have been drawn
 */
export function useWrongField(form) {
  const [tries, setTries] = useState(0);
  useEffect(() => {
    /** @type {HTMLElement | null | undefined} */
    const first = tries > 0 ? form.current?.querySelector('[aria-invalid="true"]') : null;
    first?.focus();
  }, [tries]);
  return () => setTries((before) => before + 1);
}

/** In words, why the server did not do it. @param {unknown} error */
export function failure(error) {
  const code = error instanceof Refused ? error.code : '';
  if (code === 'unavailable') return t('trouble.unavailable');
  if (code === 'too_fast') return t('portal.signin.slow');
  if (code === 'not_found') return t('portal.failed.gone');
  if (code === 'not_allowed') return t('portal.failed.policy');
  if (code === 'running') return t('portal.failed.running');
  if (code === 'not_owner') return t('portal.failed.owner');
  if (code === 'no_counsellor') return t('portal.failed.colleague');
  if (code === 'no_secret') return t('portal.failed.closed');
  if (code === 'unauthenticated') return t('portal.failed.signedout');
  if (code === 'no_policy') return t('portal.failed.rules');
  return code === 'room_full' ? t('portal.failed.full') : t('portal.failed');
}
