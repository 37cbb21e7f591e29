/** B9: the counsellor's own account: what opens its key besides the password. */
import { h, useLayoutEffect, useRef, useState } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { announce } from '../ui/announce.js';
import { Ask } from '../ui/ask.js';
import { danger, primary, quiet, secondary } from '../ui/button.js';
import { tags } from '../ui/dom.js';
import { notice } from '../ui/notice.js';
import { failure } from './form.js';
import { PortalPage } from './frame.js';
import { useKeyCode } from './handover.js';
import { PasskeyList } from './passkey_list.js';
import { PasswordForm } from './password_form.js';
import { phraseList, phraseSheet } from './phrase_sheet.js';
import { dateWords } from './when.js';

const { bdi, div, h2, p, section } = tags;

/** @typedef {import('./account.js').Account} Account */

/**
 * @param {{
 *   service: import('./frame.js').Service, signedIn: import('./frame.js').SignedIn, accounts: import('./account.js').Accounts, account: Account, now: () => number, onBack: () => void,
 * }} props
 */
export function AccountPage({ service, signedIn, accounts, account, now, onBack }) {
  const [phrase, setPhrase] = useState('');
  const code = useKeyCode(account.key.publicKey);
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
    section(
      { class: 'card', 'aria-labelledby': 'key-code' },
      h2({ id: 'key-code', class: 'card-title' }, t('portal.account.code')),
      p(null, t('portal.account.code.body')),
      p({ class: 'code-text', dir: 'ltr', 'data-test': 'key-code' }, code),
    ),
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
      ? h(
          PasswordForm,
          {
            test: 'recovery', submit: t('portal.recovery.submit'), busy: t('portal.recovery.busy'), words: failure,
            onSubmit: async (password) => onMade(await accounts.makeRecovery(password)), onBack: () => setDoing(''),
          },
          recoveryAt && p(null, t('portal.recovery.replaces')),
        )
      : div(
          { class: 'card-actions' },
          (recoveryAt ? secondary : primary)(
            { icon: 'key', onClick: () => setDoing('make'), 'data-test': 'recovery-make' }, recoveryAt ? t('portal.recovery.again') : t('portal.recovery.make')),
          recoveryAt && quiet({ icon: 'trash', onClick: () => setDoing('remove'), 'data-test': 'recovery-remove' }, t('portal.recovery.remove')),
        ),
    doing === 'remove' &&
      h(
        Ask,
        {
          title: t('portal.recovery.remove.title'), onClose: () => setDoing(''),
          yes: danger({ icon: 'trash', onClick: () => void remove(), 'data-test': 'recovery-remove-yes' }, t('portal.recovery.remove')),
        },
        p(null, t('portal.recovery.remove.body')),
      ),
  ];
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
