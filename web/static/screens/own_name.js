/** What one wants to be called, as the room's policy has it: one field, left empty by who does not want to say. */
import { h, useState } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { primary, quiet } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { tags } from '../ui/dom.js';
import { Field } from '../ui/field.js';
import { cleanText } from '../ui/text.js';
import { imitates, nameLongest } from './names.js';
import { moderates } from './staff.js';

const { div, form } = tags;

/** @typedef {import('../call/naming.js').NameRule} NameRule */

/** What holds for this page's person. @param {import('../call/call.js').Call} call */
export const ruleOf = (call) => (moderates(call.me.value?.role) ? 'free' : call.room.value.names ?? 'none');

/** What is asked for, in words. @param {Exclude<NameRule, 'none'>} rule */
export const nameLabel = (rule) => (rule === 'free' ? t('name.label') : t(`name.label.${rule}`));

/** @param {{ call: import('../call/call.js').Call, rule: Exclude<NameRule, 'none'>, onClose: () => void }} props */
function NameDialog({ call, rule, onClose }) {
  const [name, setName] = useState(call.confidence.name.value);
  const [error, setError] = useState(/** @type {string | null} */ (null));
  /** @param {Event} event */
  const save = (event) => {
    event.preventDefault();
    const clean = cleanText(name, nameLongest);
    if (imitates(clean, call.me.value?.role ?? 'client')) return setError(t('name.role'));
    if (!call.confidence.callMe(clean)) return setError(t('name.long'));
    onClose();
  };
  return h(
    Dialog,
    { title: t('call.name'), onClose },
    form(
      { onSubmit: save, class: 'dialog-form' },
      h(Field, {
        label: nameLabel(rule), hint: [rule !== 'free' && t(`name.hint.${rule}`), t(call.moderates.value ? 'name.hint.moderates' : 'name.hint')].filter(Boolean).join(' '), error, name: 'called', autocomplete: 'off', maxLength: nameLongest, value: name,
        onInput: (event) => setName(event.currentTarget.value), 'data-test': 'name-field',
      }),
      div({ class: 'dialog-actions' }, primary({ type: 'submit', 'data-test': 'name-save' }, t('name.save')), quiet({ onClick: onClose }, t('cancel'))),
    ),
  );
}

/** The dialog where anything is asked for. @param {{ call: import('../call/call.js').Call, onClose: () => void }} props */
export function OwnName({ call, onClose }) {
  const rule = ruleOf(call);
  return rule !== 'none' && h(NameDialog, { call, rule, onClose });
}
