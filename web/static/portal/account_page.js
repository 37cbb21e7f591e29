/** B9: the counsellor's own account: what opens its key besides the password. */
import { h, useLayoutEffect, useRef, useState } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { Refused } from '../call/protocol.js';
import { announce } from '../ui/announce.js';
import { danger, primary, quiet, secondary } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { tags } from '../ui/dom.js';
import { Field } from '../ui/field.js';
import { notice } from '../ui/notice.js';
import { failure, useWrongField } from './form.js';
import { PortalPage } from './frame.js';
import { PasskeyList } from './passkey_list.js';
import { phraseList, phraseSheet } from './phrase_sheet.js';
import { dateWords } from './when.js';

const { bdi, div, form, h2, p, section } = tags;

/** @typedef {import('./account.js').Account} Account */

/**
 * @param {{
 *   service: import('./frame.js').Service, signedIn: import('./frame.js').SignedIn, accounts: import('./account.js').Accounts, account: Account, now: () => number, onBack: () => void,
 * }} props
 */
export function AccountPage({ service, signedIn, accounts, account, now, onBack }) {
  const [phrase, setPhrase] = useState('');
  return h(
    PortalPage,
    {
      service, signedIn, title: t('portal.account.title'), narrow: true, back: { label: t('room.list'), onClick: onBack }, 'data-test': 'account-page',
      lead: p(null, t('portal.account.lead'), ' ', bdi(null, account.name)),
      print: phrase && phraseSheet(phrase, service, account, now()),
    },
    section(
      { class: 'card', 'aria-labelledby': 'recovery' },
      phrase
        ? h(Made, { phrase, onDone: () => setPhrase('') })
        : h(Recovery, { accounts, account, onMade: setPhrase }),
    ),
    h(PasskeyList, { accounts, service }),
  );
}

/** Whether there is a phrase, and making one. @param {{ accounts: import('./account.js').Accounts, account: Account, onMade: (phrase: string) => void }} props */
function Recovery({ accounts, account, onMade }) {
  const [doing, setDoing] = useState(/** @type {'' | 'make' | 'remove'} */ (''));
  const [error, setError] = useState('');
  const { recoveryAt } = account;

  const remove = async () => {
    setDoing('');
    setError('');
    try {
      await accounts.removeRecovery();
      announce(t('portal.recovery.removed'));
    } catch (reason) {
      setError(failure(reason));
    }
  };

  return [
    h2({ id: 'recovery', class: 'card-title' }, t('portal.recovery.title')),
    p(null, t('portal.recovery.body')),
    error && notice({ tone: 'wrong', live: true }, error),
    recoveryAt
      ? notice({ tone: 'good', 'data-test': 'recovery-there' }, t('portal.recovery.there', { date: dateWords(recoveryAt) }))
      : notice({ tone: 'warn', icon: 'key', 'data-test': 'recovery-none' }, t('portal.recovery.none')),
    doing === 'make'
      ? h(MakeForm, { accounts, replaces: !!recoveryAt, onMade, onBack: () => setDoing('') })
      : div(
          { class: 'card-actions' },
          (recoveryAt ? secondary : primary)(
            { icon: 'key', onClick: () => setDoing('make'), 'data-test': 'recovery-make' }, recoveryAt ? t('portal.recovery.again') : t('portal.recovery.make')),
          recoveryAt && quiet({ icon: 'trash', onClick: () => setDoing('remove'), 'data-test': 'recovery-remove' }, t('portal.recovery.remove')),
        ),
    doing === 'remove' &&
      h(
        Dialog,
        { title: t('portal.recovery.remove.title'), onClose: () => setDoing('') },
        p(null, t('portal.recovery.remove.body')),
        div(
          { class: 'dialog-actions' },
          secondary({ onClick: () => setDoing('') }, t('cancel')),
          danger({ icon: 'trash', onClick: () => void remove(), 'data-test': 'recovery-remove-yes' }, t('portal.recovery.remove')),
        ),
      ),
  ];
}

/** The password once more: the key that this browser keeps cannot be read out. @param {{ accounts: import('./account.js').Accounts, replaces: boolean, onMade: (phrase: string) => void, onBack: () => void }} props */
function MakeForm({ accounts, replaces, onMade, onBack }) {
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState('');
  const [error, setError] = useState('');
  const fields = useRef(/** @type {HTMLFormElement | null} */ (null));
  const toWrong = useWrongField(fields);
  useLayoutEffect(() => fields.current?.querySelector('input')?.focus(), []);

  const submit = async () => {
    if (busy) return;
    setBusy(true);
    setWrong('');
    setError('');
    try {
      onMade(await accounts.makeRecovery(password));
    } catch (reason) {
      setBusy(false);
      if (!(reason instanceof Refused) || reason.code !== 'password') return setError(failure(reason));
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
        void submit();
      },
    },
    error && notice({ tone: 'wrong', live: true }, error),
    replaces && p(null, t('portal.recovery.replaces')),
    h(Field, {
      label: t('portal.recovery.password'), name: 'password', type: 'password', autocomplete: 'current-password', required: true, error: wrong,
      value: password, onInput: (event) => setPassword(event.currentTarget.value), 'data-test': 'recovery-password',
    }),
    div(
      { class: 'card-actions' },
      primary({ type: 'submit', icon: 'key', 'aria-disabled': busy || undefined, 'data-test': 'recovery-submit' }, busy ? t('portal.recovery.busy') : t('portal.recovery.submit')),
      quiet({ onClick: onBack }, t('cancel')),
    ),
    p({ class: 'unseen', role: 'status' }, busy && t('portal.recovery.busy')),
  );
}

/** Shown once: with the page it is gone. @param {{ phrase: string, onDone: () => void }} props */
function Made({ phrase, onDone }) {
  const heading = useRef(/** @type {HTMLHeadingElement | null} */ (null));
  useLayoutEffect(() => heading.current?.focus(), []);
  return [
    h2({ id: 'recovery', class: 'card-title', tabIndex: -1, ref: heading }, t('portal.recovery.made')),
    p(null, t('portal.recovery.once')),
    phraseList(phrase, 'phrase'),
    p(null, t('portal.recovery.keep')),
    div(
      { class: 'card-actions' },
      primary({ icon: 'print', onClick: () => window.print(), 'data-test': 'recovery-print' }, t('portal.recovery.print')),
      secondary({ icon: 'check', onClick: onDone, 'data-test': 'recovery-done' }, t('portal.recovery.done')),
    ),
  ];
}
