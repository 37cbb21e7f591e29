/** The account's passkeys on its page: which there are, one more, one less. */
import { h, useEffect, useState } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { Refused } from '../call/protocol.js';
import { announce } from '../ui/announce.js';
import { Ask } from '../ui/ask.js';
import { danger, quiet, secondary } from '../ui/button.js';
import { tags } from '../ui/dom.js';
import { Field } from '../ui/field.js';
import { notice } from '../ui/notice.js';
import { cleanText } from '../ui/text.js';
import { failure } from './form.js';
import { PasswordForm } from './password_form.js';
import { dateWords } from './when.js';

const { bdi, div, h2, li, p, section, span, ul } = tags;

/** @typedef {import('./account.js').Passkey} Passkey */

/** Letters of a name; the server takes 128 bytes. */
const longestName = 40;

/** @param {{ accounts: import('./account.js').Accounts, service: import('./frame.js').Service }} props */
export function PasskeyList({ accounts, service }) {
  const [list, setList] = useState(/** @type {Passkey[] | null} */ (null));
  const [adding, setAdding] = useState(false);
  const [leaving, setLeaving] = useState(/** @type {Passkey | null} */ (null));
  const [error, setError] = useState('');

  const refresh = () => accounts.passkeys().then(setList, (reason) => setError(failure(reason)));
  useEffect(() => void refresh(), []);

  /** @param {Passkey} passkey */
  const remove = async ({ id }) => {
    setLeaving(null);
    setError('');
    try {
      await accounts.removePasskey(id);
      announce(t('portal.passkey.removed'));
    } catch (reason) {
      setError(failure(reason));
    }
    await refresh();
  };

  return section(
    { class: 'card', 'aria-labelledby': 'passkeys' },
    h2({ id: 'passkeys', class: 'card-title' }, t('portal.passkey.title')),
    p(null, t('portal.passkey.body')),
    error && notice({ tone: 'wrong', live: true }, error),
    list && list.length > 0 &&
      ul(
        { class: 'passkeys' },
        list.map((passkey) =>
          li(
            { key: passkey.id, class: 'passkey', 'data-test': 'passkey' },
            span({ class: 'card-words' }, bdi(null, cleanText(passkey.name)), span({ class: 'field-hint' }, t('portal.passkey.made', { date: dateWords(passkey.made_at) }))),
            quiet(
              { icon: 'trash', onClick: () => setLeaving(passkey), 'aria-label': `${t('portal.recovery.remove')}: ${cleanText(passkey.name)}`, 'data-test': 'passkey-remove' },
              t('portal.recovery.remove')),
          ),
        ),
      ),
    !accounts.passkeysPossible && notice({ icon: 'info' }, t('portal.passkey.impossible')),
    accounts.passkeysPossible && !adding && list &&
      div({ class: 'card-actions' }, secondary({ icon: 'plus', onClick: () => setAdding(true), 'data-test': 'passkey-add' }, t('portal.passkey.add'))),
    adding &&
      h(AddForm, {
        accounts, service: service.name,
        onDone: (added) => {
          setAdding(false);
          if (added) announce(t('portal.passkey.added'));
          void refresh();
        },
      }),
    leaving &&
      h(
        Ask,
        {
          title: t('portal.passkey.remove.title', { name: cleanText(leaving.name) }), onClose: () => setLeaving(null),
          yes: danger({ icon: 'trash', onClick: () => void remove(leaving), 'data-test': 'passkey-remove-yes' }, t('portal.recovery.remove')),
        },
        p(null, t('portal.passkey.remove.body')),
      ),
  );
}

/** @param {{ accounts: import('./account.js').Accounts, service: string, onDone: (added: boolean) => void }} props */
function AddForm({ accounts, service, onDone }) {
  const [name, setName] = useState('');
  return h(
    PasswordForm,
    {
      test: 'passkey', submit: t('portal.passkey.submit'), busy: t('portal.passkey.busy'), words,
      onSubmit: async (password) => {
        await accounts.addPasskey({ password, name: name.trim() || t('portal.passkey.unnamed'), service });
        onDone(true);
      },
      onBack: () => onDone(false),
    },
    h(Field, {
      label: t('portal.passkey.name'), hint: t('portal.passkey.name.hint'), name: 'passkey', maxLength: longestName, autocomplete: 'off',
      value: name, onInput: (event) => setName(event.currentTarget.value), 'data-test': 'passkey-name',
    }),
  );
}

/** @param {unknown} reason */
function words(reason) {
  switch (reason instanceof Refused ? reason.code : '') {
    case 'prf':
      return t('portal.passkey.prf');
    case 'known':
      return t('portal.passkey.known');
    case 'cancelled':
      return t('portal.passkey.cancelled');
    case 'conflict':
      return t('portal.passkey.many');
    case 'not_allowed':
      return t('portal.passkey.address');
    default:
      return failure(reason);
  }
}
