/** What takes the password once more: the key that this browser keeps cannot be read out. */
import { h, useLayoutEffect, useRef, useState } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { Refused } from '../call/protocol.js';
import { primary, quiet } from '../ui/button.js';
import { tags } from '../ui/dom.js';
import { Field } from '../ui/field.js';
import { notice } from '../ui/notice.js';
import { useWrongField } from './form.js';

const { div, form, p } = tags;

/**
 * @param {{
 *   test: string, submit: string, busy: string, words: (reason: unknown) => string, children?: any,
 *   onSubmit: (password: string) => Promise<void>, onBack: () => void,
 * }} props test: what its handles begin with; submit, busy: what the button says, and while it is done; words: of a failure other than a wrong password; onSubmit: whatever replaces the form is its caller's
 */
export function PasswordForm({ test, submit, busy: doing, words, children, onSubmit, onBack }) {
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState('');
  const [error, setError] = useState('');
  const fields = useRef(/** @type {HTMLFormElement | null} */ (null));
  const toWrong = useWrongField(fields);
  useLayoutEffect(() => fields.current?.querySelector('input')?.focus(), []);

  const send = async () => {
    if (busy) return;
    setBusy(true);
    setWrong('');
    setError('');
    try {
      await onSubmit(password);
    } catch (reason) {
      setBusy(false);
      if (!(reason instanceof Refused) || reason.code !== 'password') return setError(words(reason));
      setWrong(t('portal.password.wrong'));
      toWrong();
    }
  };

  return form(
    {
      class: 'form',
      ref: fields,
      onSubmit: (event) => {
        event.preventDefault();
        void send();
      },
    },
    error && notice({ tone: 'wrong', live: true, 'data-test': `${test}-error` }, error),
    children,
    h(Field, {
      label: t('portal.recovery.password'), name: 'password', type: 'password', autocomplete: 'current-password', required: true, error: wrong,
      value: password, onInput: (event) => setPassword(event.currentTarget.value), 'data-test': `${test}-password`,
    }),
    div(
      { class: 'card-actions' },
      primary({ type: 'submit', icon: 'key', 'aria-disabled': busy || undefined, 'data-test': `${test}-submit` }, busy ? doing : submit),
      quiet({ onClick: onBack }, t('cancel')),
    ),
    p({ class: 'unseen', role: 'status' }, busy && doing),
  );
}
