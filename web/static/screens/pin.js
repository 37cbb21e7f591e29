/** C0b: the six digits that were told by telephone. One question, before anything is agreed to or asked of camera and microphone. */
import { h, useRef, useState } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { linkButton, primary, secondary } from '../ui/button.js';
import { tags } from '../ui/dom.js';
import { Field } from '../ui/field.js';
import { dial, Page } from '../ui/frame.js';
import { icon } from '../ui/icon.js';

const { details, div, form, p, summary } = tags;

/** @typedef {{ service: import('../ui/frame.js').Service, journey: import('./journey.js').Journey }} Props */
/** @typedef {{ error: string, left?: number }} Wrong */

/** @param {Props} props */
export function Pin({ service, journey }) {
  const [locked, setLocked] = useState(false);
  return locked ? h(Locked, { service, onAgain: () => setLocked(false) }) : h(Asked, { service, journey, onLocked: () => setLocked(true) });
}

/** @param {Props & { onLocked: () => void }} props */
function Asked({ service, journey, onLocked }) {
  const [text, setText] = useState('');
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState(/** @type {Wrong | null} */ (null));
  const fields = useRef(/** @type {HTMLFormElement | null} */ (null));

  const submit = async () => {
    if (busy) return;
    setBusy(true);
    const answer = await journey.prove(text);
    setBusy(false);
    if (!answer) return;
    if (answer.error === 'pin_locked') return onLocked();
    // The link itself holds no longer: the page that says so comes.
    if (answer.error.startsWith('link_') || answer.error === 'early') return void journey.check();
    setWrong(answer);
    // A wrong one is typed anew, not mended.
    if (answer.error === 'pin_wrong') setText('');
    fields.current?.querySelector('input')?.focus();
  };

  return h(
    Page,
    { service, picture: 'phone', title: t('pin.title'), lead: p(null, t('pin.body')), 'data-test': 'pin-page' },
    form(
      {
        class: 'form code-form',
        ref: fields,
        noValidate: true,
        onSubmit: (event) => {
          event.preventDefault();
          void submit();
        },
      },
      h(Field, {
        label: t('pin.label'), error: wrong && wordsFor(wrong), value: text, dir: 'ltr', maxLength: 40, required: true,
        inputmode: 'numeric', autocomplete: 'off', spellcheck: false, enterkeyhint: 'go', 'data-test': 'pin',
        onInput: (event) => {
          setText(event.currentTarget.value);
          setWrong(null);
        },
      }),
      primary({ type: 'submit', 'aria-disabled': busy || undefined, 'data-test': 'pin-go' }, busy ? t('loading') : t('next')),
    ),
    details(
      { class: 'fold' },
      summary(null, t('pin.none'), icon('down')),
      div({ class: 'fold-body' }, p(null, service.phone ? t('pin.none.phone', { phone: service.phone }) : t('pin.none.body'))),
    ),
  );
}

/** In the language that the page has by then. @param {Wrong} wrong */
function wordsFor({ error, left = 0 }) {
  switch (error) {
    case 'incomplete': return t('pin.incomplete');
    case 'pin_wrong': return t('pin.wrong', { n: left });
    case 'too_fast': return t('code.slow');
    default: return t('trouble.unavailable');
  }
}

/** Nobody types any more until the service has said so: a person is called, and not sent away. @param {{ service: Props['service'], onAgain: () => void }} props */
function Locked({ service, onAgain }) {
  const { phone } = service;
  return h(Page, {
    service,
    picture: 'lock',
    title: t('pin.locked.title'),
    'data-test': 'pin-locked',
    lead: [p(null, t('pin.locked.body')), p(null, phone ? t('pin.locked.phone', { phone }) : t('pin.locked.nophone'))],
    actions: [
      phone && linkButton({ kind: 'primary', icon: 'phone', href: dial(phone) }, t('call.phone', { phone })),
      secondary({ onClick: onAgain, 'data-test': 'pin-again' }, t('pin.again')),
    ],
  });
}
