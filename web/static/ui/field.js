/** One field of a form: label above, hint and error below, both read out with the field. */
import { useId } from '../third_party/preact.js';
import { tags, classes } from './dom.js';
import { icon } from './icon.js';

const { div, label: labelElement, input, select, p, textarea } = tags;

/**
 * @typedef {object} Words
 * @property {string} label
 * @property {string} [hint] what to know before typing
 * @property {string | null} [error] what is wrong and how to mend it; empty when nothing is
 * @property {boolean} [optional]
 */

/** @param {Words & { id: string, children: import('./dom.js').Children }} props */
function Frame({ label, hint, error, id, children }) {
  return div(
    { class: classes('field', error && 'field-wrong') },
    labelElement({ class: 'field-label', for: id }, label),
    hint && p({ class: 'field-hint', id: `${id}-hint` }, hint),
    children,
    error && p({ class: 'field-error', id: `${id}-error` }, icon('warn'), error),
  );
}

/** @param {Words & { id: string }} props */
function described({ id, hint, error }) {
  return [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ') || undefined;
}

/**
 * A line of text. Use as a component: `h(Field, { label: t('signin.user'), name: 'user', … })`.
 * @param {Words & Omit<import('./dom.js').Props<'input'>, 'label' | 'size'>} props
 */
export function Field({ label, hint, error, ...props }) {
  const id = useId();
  return Frame({
    label, hint, error, id,
    children: input({
      type: 'text',
      ...props,
      id,
      class: 'input',
      'aria-describedby': described({ id, label, hint, error }),
      'aria-invalid': error ? true : undefined,
    }),
  });
}

/**
 * The same for what takes more than one line.
 * @param {Words & Omit<import('./dom.js').Props<'textarea'>, 'label'>} props
 */
export function Area({ label, hint, error, ...props }) {
  const id = useId();
  return Frame({
    label, hint, error, id,
    children: textarea({
      ...props,
      id,
      class: classes('input', typeof props.class === 'string' && props.class),
      'aria-describedby': described({ id, label, hint, error }),
      'aria-invalid': error ? true : undefined,
    }),
  });
}

/**
 * A choice from a list, drawn by the browser's own control: the one that works on every phone.
 * @param {Words & Omit<import('./dom.js').Props<'select'>, 'label' | 'size'> & { children?: import('./dom.js').Children }} props
 */
export function Select({ label, hint, error, children, ...props }) {
  const id = useId();
  return Frame({
    label, hint, error, id,
    children: div(
      { class: 'select' },
      select(
        { ...props, id, class: 'input', 'aria-describedby': described({ id, label, hint, error }), 'aria-invalid': error ? true : undefined },
        children,
      ),
      icon('down', 'select-arrow'),
    ),
  });
}

/**
 * A box to tick, with its words beside it as one target.
 * @param {{ label: string, hint?: string } & Omit<import('./dom.js').Props<'input'>, 'label' | 'type'>} props
 */
export function Check({ label, hint, ...props }) {
  const id = useId();
  return div(
    { class: 'check' },
    input({ ...props, id, type: 'checkbox', class: 'check-box', 'aria-describedby': hint ? `${id}-hint` : undefined }),
    labelElement({ for: id, class: 'check-label' }, label, hint && p({ class: 'field-hint', id: `${id}-hint` }, hint)),
  );
}
