/** C0: for who has a letter and no link: one field for the code. */
import { h, useRef, useState } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { primary } from '../ui/button.js';
import { tags } from '../ui/dom.js';
import { Field } from '../ui/field.js';
import { Page } from '../ui/frame.js';
import { icon } from '../ui/icon.js';

const { details, div, form, p, summary } = tags;

/** @param {{ service: import('../ui/frame.js').Service, journey: import('./journey.js').Journey }} props */
export function Code({ service, journey }) {
  const [text, setText] = useState('');
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState(/** @type {string | null} */ (null));
  const field = useRef(/** @type {HTMLFormElement | null} */ (null));

  const submit = async () => {
    if (busy) return;
    setBusy(true);
    const error = await journey.type(text);
    setBusy(false);
    if (!error) return;
    setWrong(error);
    field.current?.querySelector('input')?.focus();
  };

  return h(
    Page,
    { service, picture: 'key', title: t('code.title'), lead: p(null, t('code.body')), 'data-test': 'code-page' },
    form(
      {
        class: 'form code-form',
        ref: field,
        noValidate: true,
        onSubmit: (event) => {
          event.preventDefault();
          void submit();
        },
      },
      h(Field, {
        label: t('code.label'), hint: t('code.hint'), error: wrong && wordsFor(wrong), value: text, class: 'input', dir: 'ltr', maxLength: 40, required: true,
        autocomplete: 'off', autocapitalize: 'characters', spellcheck: false, enterkeyhint: 'go', placeholder: 'XXXX-XXXX-XXXX', 'data-test': 'code',
        onInput: (event) => {
          setText(event.currentTarget.value);
          setWrong(null);
        },
      }),
      primary({ type: 'submit', 'aria-disabled': busy || undefined, 'data-test': 'code-go' }, busy ? t('loading') : t('next')),
    ),
    details(
      { class: 'fold' },
      summary(null, t('code.where'), icon('down')),
      div({ class: 'fold-body' }, p(null, t('code.where.body'))),
    ),
  );
}

/** In the language that the page has by then. @param {string} error */
function wordsFor(error) {
  switch (error) {
    case 'incomplete': return t('code.incomplete');
    case 'link_invalid': return t('code.wrong');
    case 'too_fast': return t('code.slow');
    default: return t('trouble.unavailable');
  }
}
