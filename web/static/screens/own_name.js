/** What one wants to be called: one field, left empty by who does not want to say. */
import { h, useState } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { primary, quiet } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { tags } from '../ui/dom.js';
import { Field } from '../ui/field.js';
import { cleanText } from '../ui/text.js';
import { imitates, nameLongest } from './names.js';

const { div, form } = tags;

/** @param {{ call: import('../call/call.js').Call, onClose: () => void }} props */
export function NameDialog({ call, onClose }) {
  const [name, setName] = useState(call.confidence.name.value);
  const [error, setError] = useState(/** @type {string | null} */ (null));
  /** @param {Event} event */
  const save = (event) => {
    event.preventDefault();
    const clean = cleanText(name, nameLongest);
    if (imitates(clean, call.me.value?.role ?? 'client')) return setError(t('name.role'));
    call.confidence.callMe(clean);
    onClose();
  };
  return h(
    Dialog,
    { title: t('call.name'), onClose },
    form(
      { onSubmit: save, class: 'dialog-form' },
      h(Field, {
        label: t('name.label'), hint: t(call.moderates.value ? 'name.hint.moderates' : 'name.hint'), error, name: 'called', autocomplete: 'off', maxLength: nameLongest, value: name,
        onInput: (event) => setName(event.currentTarget.value), 'data-test': 'name-field',
      }),
      div({ class: 'dialog-actions' }, primary({ type: 'submit', 'data-test': 'name-save' }, t('name.save')), quiet({ onClick: onClose }, t('cancel'))),
    ),
  );
}
