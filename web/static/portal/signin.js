/** B1: who are you. */
import { h, useState } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { Refused } from '../call/protocol.js';
import { linkButton, primary, secondary } from '../ui/button.js';
import { tags } from '../ui/dom.js';
import { Field } from '../ui/field.js';
import { notice } from '../ui/notice.js';
import { failure } from './form.js';
import { PortalPage } from './frame.js';

const { div, form, p } = tags;

/** @param {{ service: import('./frame.js').Service, accounts: import('./account.js').Accounts }} props */
export function SignIn({ service, accounts }) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState('');

  /** @param {() => Promise<void>} way */
  const enter = async (way) => {
    if (busy) return;
    setBusy(true);
    setError('');
    try {
      await way();
    } catch (reason) {
      setError(words(reason));
      setBusy(false);
    }
  };

  return h(
    PortalPage,
    { service, title: t('portal.signin.title'), narrow: true, lead: p(null, t('portal.signin.lead')) },
    form(
      {
        class: 'form card',
        onSubmit: (event) => {
          event.preventDefault();
          void enter(() => accounts.signIn(name, password));
        },
      },
      error && notice({ tone: 'wrong', live: true }, error),
      h(Field, {
        label: t('portal.signin.user'), name: 'username', autocomplete: 'username', autocapitalize: 'none', spellcheck: false, required: true,
        value: name, onInput: (event) => setName(event.currentTarget.value), 'data-test': 'user',
      }),
      h(Field, {
        label: t('portal.signin.password'), name: 'password', type: 'password', autocomplete: 'current-password', required: true,
        value: password, onInput: (event) => setPassword(event.currentTarget.value), 'data-test': 'password',
      }),
      primary({ type: 'submit', 'aria-disabled': busy || undefined, 'data-test': 'signin' }, busy ? t('portal.signin.busy') : t('portal.signin.submit')),
      accounts.passkeysPossible &&
        secondary(
          { icon: 'key', 'aria-disabled': busy || undefined, onClick: () => void enter(() => accounts.signInByPasskey().catch(byPasskey)), 'data-test': 'signin-passkey' },
          t('portal.signin.passkey'),
        ),
      p({ class: 'unseen', role: 'status' }, busy && t('portal.signin.busy')),
    ),
    div(null, linkButton({ kind: 'quiet', icon: 'key', href: '/code' }, t('portal.signin.code'))),
    div(null, linkButton({ kind: 'quiet', icon: 'globe', href: '/network' }, t('portal.network'))),
  );
}

/** What differs in words from a password that was wrong. @param {unknown} reason @returns {never} */
function byPasskey(reason) {
  const code = reason instanceof Refused ? reason.code : '';
  throw code === 'unauthenticated' || code === 'key' ? new Refused('passkey') : reason;
}

/** @param {unknown} reason */
function words(reason) {
  const code = reason instanceof Refused ? reason.code : '';
  if (code === 'unauthenticated') return t('portal.signin.wrong');
  if (code === 'key') return t('portal.signin.key');
  if (code === 'passkey') return t('portal.signin.passkey.wrong');
  if (code === 'cancelled') return t('portal.passkey.cancelled');
  if (code === 'prf') return t('portal.signin.passkey.prf');
  if (code === 'not_allowed') return t('portal.passkey.address');
  return failure(reason);
}
