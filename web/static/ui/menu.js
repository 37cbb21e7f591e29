/**
 * A button that opens a short list of further actions.
 *
 * A disclosure, not an ARIA menu: its items are ordinary buttons, reached with Tab, which every person and every screen reader
 * knows. Escape, a press elsewhere and a chosen item close it; the focus returns to the button.
 */
import { useId, useLayoutEffect, useRef, useState } from '../third_party/preact.js';
import { tags, classes } from './dom.js';
import { icon } from './icon.js';

const { div, button, span, ul, li } = tags;

/**
 * @typedef {object} Item
 * @property {string} label
 * @property {import('./icon.js').IconName} [icon]
 * @property {() => void} onClick
 * @property {string} [name] a fuller name for assistive technology, beginning with the label
 * @property {boolean} [off] there is nothing to do now; it stays where it is, or the others would move under the finger
 * @property {boolean} [danger]
 * @property {string} [test] the item's `data-test`
 */

/**
 * @param {{
 *   label: string, icon?: import('./icon.js').IconName, items: Item[], bar?: boolean, up?: boolean, name?: string, 'data-test'?: string,
 * }} props `bar`: drawn as a button of the call's bar; `up`: opens upwards; `name`: a fuller name for assistive technology, beginning with the label
 */
export function Menu({ label, icon: picture = 'more', items, bar, up, name, 'data-test': handle }) {
  const [open, setOpen] = useState(false);
  const root = useRef(/** @type {HTMLDivElement | null} */ (null));
  const opener = useRef(/** @type {HTMLButtonElement | null} */ (null));
  const id = useId();

  // Before it is drawn: Escape closes a list from the moment at which it can be seen.
  useLayoutEffect(() => {
    if (!open) return;
    /** @param {Event} event */
    const outside = (event) => {
      if (event.target instanceof Node && !root.current?.contains(event.target)) setOpen(false);
    };
    /** @param {KeyboardEvent} event */
    const escape = (event) => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      setOpen(false);
      opener.current?.focus();
    };
    document.addEventListener('pointerdown', outside);
    document.addEventListener('focusin', outside);
    document.addEventListener('keydown', escape, true);
    const list = root.current?.querySelector('ul');
    list?.scrollIntoView({ block: 'nearest' });
    list?.querySelector('button')?.focus({ preventScroll: true });
    return () => {
      document.removeEventListener('pointerdown', outside);
      document.removeEventListener('focusin', outside);
      document.removeEventListener('keydown', escape, true);
    };
  }, [open]);

  return div(
    { class: classes('menu', up && 'menu-up'), ref: root },
    button(
      {
        type: 'button',
        ref: opener,
        class: bar ? 'button bar-button' : 'button button-quiet menu-opener',
        'aria-expanded': open,
        'aria-controls': open ? id : undefined,
        'aria-label': name,
        'data-test': handle,
        onClick: () => setOpen(!open),
      },
      icon(picture),
      span({ class: bar ? 'bar-name' : 'button-label' }, label),
    ),
    open &&
      ul(
        { class: 'menu-list', id },
        items.map((item) =>
          li(
            { key: item.label },
            button(
              {
                type: 'button',
                class: classes('menu-item', item.danger && 'menu-item-danger'),
                'aria-label': item.name,
                'aria-disabled': item.off || undefined,
                'data-test': item.test,
                onClick: () => {
                  if (item.off) return;
                  setOpen(false);
                  opener.current?.focus();
                  item.onClick();
                },
              },
              item.icon && icon(item.icon),
              span(null, item.label),
            ),
          ),
        ),
      ),
  );
}
