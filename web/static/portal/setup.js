/** The one-time link: a new counsellor's name and password, or a new password for an account that exists. */
import { h, useEffect, useRef, useState } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { Refused } from '../call/protocol.js';
import { readPhrase } from '../e2ee/phrase.js';
import { Loading } from '../screens/pages.js';
import { primary } from '../ui/button.js';
import { tags } from '../ui/dom.js';
import { Area, Check, Field } from '../ui/field.js';
import { notice } from '../ui/notice.js';
import { failure, radios, useWrongField } from './form.js';
import { PortalPage } from './frame.js';
import { shortest, strengthOf } from './strength.js';

const { a, form, p } = tags;

/** What is said about a password while it is typed. @type {Record<import('./strength.js').Strength, import('../i18n/i18n.js').Key>} */
const advice = {
  short: 'portal.strength.short', name: 'portal.strength.name', common: 'portal.strength.common', simple: 'portal.strength.simple',
  fair: 'portal.strength.fair', good: 'portal.strength.good',
};

/**
 * @typedef {{
 *   service: import('./frame.js').Service, accounts: import('./account.js').Accounts, token: string, onDone: () => void, onSignIn: () => void,
 * }} Props
 */

/** @param {Props} props */
export function SetUp(props) {
  const { service, accounts, token, onSignIn } = props;
  const [purpose, setPurpose] = useState(/** @type {import('./account.js').Purpose | null} */ (null));
  const [error, setError] = useState('');

  const ask = () => {
    setError('');
    accounts.purposeOf(token).then(setPurpose, (reason) => setError(words(reason)));
  };
  useEffect(ask, []);

  if (purpose) return h(SetUpForm, { ...props, purpose });
  if (!error) return h(Loading, { service });
  return h(
    PortalPage,
    { key: 'failed', service, title: t('portal.setup.title'), narrow: true, 'data-test': 'setup-failed' },
    notice({ tone: 'wrong', live: true }, error),
    primary({ icon: 'refresh', onClick: ask, 'data-test': 'retry' }, t('again')),
    toSignIn(onSignIn),
  );
}

/** @param {Props & { purpose: import('./account.js').Purpose }} props */
function SetUpForm({ service, accounts, token, purpose, onDone, onSignIn }) {
  // An account that exists gets a new password; its names stay.
  const anew = purpose.publicKey !== null;
  const [name, setName] = useState(purpose.name);
  const [displayName, setDisplayName] = useState(purpose.displayName);
  const [kept, setKept] = useState(purpose.recoveryKey !== null);
  const [typed, setTyped] = useState('');
  const [foreign, setForeign] = useState(false);
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
  const read = readPhrase(typed);
  const phrase = 'phrase' in read ? read.phrase : '';

  const submit = async () => {
    setTried(true);
    if (busy) return;
    if (weak || differ || !name.trim() || (kept && !phrase)) return toWrong();
    setBusy(true);
    setError('');
    setForeign(false);
    try {
      await accounts.setUp({ token, purpose, name, displayName: displayName.trim() || name.trim(), password, ...(kept ? { phrase } : {}) });
      onDone();
    } catch (reason) {
      setBusy(false);
      if (!(reason instanceof Refused) || reason.code !== 'phrase') return setError(words(reason));
      setForeign(true);
      toWrong();
    }
  };

  return h(
    PortalPage,
    {
      key: 'form', service, title: anew ? t('portal.reset.title') : t('portal.setup.title'), narrow: true,
      lead: p(null, anew ? t('portal.reset.body') : t('portal.setup.body')), 'data-test': 'setup',
    },
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
        label: t('portal.signin.user'), hint: anew ? undefined : t('portal.setup.user.hint'), name: 'username', autocomplete: 'username', autocapitalize: 'none', spellcheck: false,
        required: true, maxLength: 120, readOnly: purpose.name !== '', error: tried && !name.trim() ? t('portal.setup.noname') : null,
        value: name, onInput: (event) => setName(event.currentTarget.value), 'data-test': 'user',
      }),
      !anew && h(Field, {
        label: t('portal.setup.display'), hint: t('portal.setup.display.hint'), name: 'display', autocomplete: 'name', maxLength: 80,
        value: displayName, onInput: (event) => setDisplayName(event.currentTarget.value), 'data-test': 'display-name',
      }),
      purpose.recoveryKey !== null && radios({
        legend: t('portal.reset.phrase'), name: 'kept', value: kept ? 'yes' : 'no',
        options: [
          { value: 'yes', label: t('portal.reset.phrase.yes'), test: 'phrase-yes' },
          { value: 'no', label: t('portal.reset.phrase.no'), test: 'phrase-no' },
        ],
        onChange: (value) => setKept(value === 'yes'),
      }),
      kept && h(Area, {
        label: t('portal.recovery.title'), hint: t('portal.phrase.hint'), name: 'phrase', rows: 3, class: 'phrase-typed', required: true, autocomplete: 'off', autocapitalize: 'characters',
        spellcheck: false, maxLength: 200, dir: 'ltr', error: foreign ? t('portal.phrase.foreign') : tried && 'wrong' in read ? slip(read.wrong) : null,
        value: typed, 'data-test': 'phrase-typed',
        onInput: (event) => {
          setForeign(false);
          setTyped(event.currentTarget.value);
        },
      }),
      kept && p({ class: 'strength', role: 'status', 'data-strength': 'good' }, phrase && !foreign && t('portal.phrase.right')),
      anew && !kept && notice({ tone: 'warn', live: purpose.recoveryKey !== null, 'data-test': 'loss' }, purpose.recoveryKey === null ? t('portal.reset.loss.none') : t('portal.reset.loss')),
      h(Field, {
        label: anew ? t('portal.reset.password') : t('portal.signin.password'), hint: t('portal.setup.password.hint'), name: 'password', type: show ? 'text' : 'password',
        autocomplete: 'new-password', required: true, minLength: shortest, error: tried && weak ? t(advice[strength]) : null, spellcheck: false, autocapitalize: 'none',
        value: password, onInput: (event) => setPassword(event.currentTarget.value), 'data-test': 'password',
      }),
      p({ class: 'strength', role: 'status', 'data-strength': strength }, password.length > 0 && !(tried && weak) && t(advice[strength])),
      h(Field, {
        label: t('portal.setup.repeat'), name: 'repeat', type: show ? 'text' : 'password', autocomplete: 'new-password', required: true,
        error: tried && differ ? t('portal.setup.differ') : null, spellcheck: false, autocapitalize: 'none',
        value: repeat, onInput: (event) => setRepeat(event.currentTarget.value), 'data-test': 'password-again',
      }),
      h(Check, { label: t('portal.setup.show'), checked: show, onChange: (event) => setShow(event.currentTarget.checked) }),
      primary(
        { type: 'submit', 'aria-disabled': busy || undefined, 'data-test': 'create-account' },
        anew ? (busy ? t('portal.reset.busy') : t('portal.reset.submit')) : busy ? t('portal.setup.busy') : t('portal.setup.submit'),
      ),
    ),
    !anew && toSignIn(onSignIn),
  );
}

/** @param {() => void} onSignIn */
function toSignIn(onSignIn) {
  return p(null, t('portal.setup.have'), ' ', a({
    href: '/',
    onClick: (event) => {
      event.preventDefault();
      onSignIn();
    },
  }, t('portal.signin.submit')));
}

/** Where the pen slipped. @param {number[]} wrong */
function slip(wrong) {
  return wrong.length === 0 ? t('portal.phrase.length') : t('portal.phrase.wrong', { n: wrong.length, groups: wrong.join(', ') });
}

/** @param {unknown} reason */
function words(reason) {
  const code = reason instanceof Refused ? reason.code : '';
  if (code === 'token') return t('portal.setup.invalid');
  if (code === 'conflict') return t('portal.setup.taken');
  return failure(reason);
}
