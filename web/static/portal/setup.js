/** The one-time link of a new counsellor: name, password, and nothing else. */
import { h, useRef, useState } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { Refused } from '../call/protocol.js';
import { primary } from '../ui/button.js';
import { tags } from '../ui/dom.js';
import { Check, Field } from '../ui/field.js';
import { notice } from '../ui/notice.js';
import { failure, useWrongField } from './form.js';
import { PortalPage } from './frame.js';
import { shortest, strengthOf } from './strength.js';

const { form, p } = tags;

/** What is said about a password while it is typed. @type {Record<import('./strength.js').Strength, import('../i18n/i18n.js').Key>} */
const advice = {
  short: 'portal.strength.short', name: 'portal.strength.name', common: 'portal.strength.common', simple: 'portal.strength.simple',
  fair: 'portal.strength.fair', good: 'portal.strength.good',
};

/**
 * @param {{
 *   service: import('./frame.js').Service, accounts: import('./account.js').Accounts, token: string, onDone: () => void, onSignIn: () => void,
 * }} props
 */
export function SetUp({ service, accounts, token, onDone, onSignIn }) {
  const [name, setName] = useState('');
  const [displayName, setDisplayName] = useState('');
  const [password, setPassword] = useState('');
  const [repeat, setRepeat] = useState('');
  const [show, setShow] = useState(false);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState('');
  const fields = useRef(/** @type {HTMLFormElement | null} */ (null));
  const toWrong = useWrongField(fields);

  const strength = strengthOf(password, name);
  const weak = strength !== 'fair' && strength !== 'good';
  const differ = password !== repeat;

  const submit = async () => {
    setTried(true);
    if (busy) return;
    if (weak || differ || !name.trim()) return toWrong();
    setBusy(true);
    setError('');
    try {
      await accounts.setUp({ token, name, displayName: displayName.trim() || name.trim(), password });
      onDone();
    } catch (reason) {
      setError(words(reason));
      setBusy(false);
    }
  };

  return h(
    PortalPage,
    { service, title: t('portal.setup.title'), narrow: true, lead: p(null, t('portal.setup.body')), 'data-test': 'setup' },
    form(
      {
        class: 'form card',
        ref: fields,
        noValidate: true,
        onSubmit: (event) => {
          event.preventDefault();
          void submit();
        },
      },
      error && notice({ tone: 'wrong', live: true }, error),
      h(Field, {
        label: t('portal.signin.user'), hint: t('portal.setup.user.hint'), name: 'username', autocomplete: 'username', autocapitalize: 'none', spellcheck: false,
        required: true, maxLength: 120, error: tried && !name.trim() ? t('portal.setup.noname') : null,
        value: name, onInput: (event) => setName(event.currentTarget.value), 'data-test': 'user',
      }),
      h(Field, {
        label: t('portal.setup.display'), hint: t('portal.setup.display.hint'), name: 'display', autocomplete: 'name', maxLength: 80,
        value: displayName, onInput: (event) => setDisplayName(event.currentTarget.value), 'data-test': 'display-name',
      }),
      h(Field, {
        label: t('portal.signin.password'), hint: t('portal.setup.password.hint'), name: 'password', type: show ? 'text' : 'password', autocomplete: 'new-password',
        required: true, minLength: shortest, error: tried && weak ? t(advice[strength]) : null, spellcheck: false, autocapitalize: 'none',
        value: password, onInput: (event) => setPassword(event.currentTarget.value), 'data-test': 'password',
      }),
      p({ class: 'strength', role: 'status', 'data-strength': strength }, password.length > 0 && !(tried && weak) && t(advice[strength])),
      h(Field, {
        label: t('portal.setup.repeat'), name: 'repeat', type: show ? 'text' : 'password', autocomplete: 'new-password', required: true,
        error: tried && differ ? t('portal.setup.differ') : null, spellcheck: false, autocapitalize: 'none',
        value: repeat, onInput: (event) => setRepeat(event.currentTarget.value), 'data-test': 'password-again',
      }),
      h(Check, { label: t('portal.setup.show'), checked: show, onChange: (event) => setShow(event.currentTarget.checked) }),
      primary({ type: 'submit', 'aria-disabled': busy || undefined, 'data-test': 'create-account' }, busy ? t('portal.setup.busy') : t('portal.setup.submit')),
    ),
    p(null, t('portal.setup.have'), ' ', tags.a({ href: '/', onClick: (event) => {
      event.preventDefault();
      onSignIn();
    } }, t('portal.signin.submit'))),
  );
}

/** @param {unknown} reason */
function words(reason) {
  const code = reason instanceof Refused ? reason.code : '';
  if (code === 'token') return t('portal.setup.invalid');
  if (code === 'conflict') return t('portal.setup.taken');
  return failure(reason);
}
