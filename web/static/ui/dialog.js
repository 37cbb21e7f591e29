/**
 * A dialog: the browser's own `<dialog>`, so that focus stays inside, Escape closes it and the page behind is inert.
 *
 * **Focus comes back.** When it closes, the element that had the focus before has it again (or the page's heading, where that
 * element is gone).
 */
import { createContext, useContext, useId, useLayoutEffect, useRef } from '../third_party/preact.js';
import { tags } from './dom.js';
import { focusHeading } from './focus.js';

const { dialog, div, h2 } = tags;

/** What stands at the foot of every dialog of a page: what is behind a dialog cannot be reached. */
export const DialogFoot = createContext(/** @type {(() => import('./dom.js').Children) | null} */ (null));

/**
 * Shown as long as it is rendered. The first focusable element gets the focus: put the harmless choice first.
 * @param {{ title: string, onClose: () => void, children?: import('./dom.js').Children, 'data-test'?: string }} props
 *   `onClose` is called when the person closes it (Escape, a press outside); the caller then stops rendering it
 */
export function Dialog({ title, onClose, children, 'data-test': handle }) {
  const element = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const id = useId();
  const foot = useContext(DialogFoot);

  useLayoutEffect(() => {
    const box = element.current;
    if (!box) return;
    const before = document.activeElement;
    // Safari before 15.4 has no modal dialogs: there it stands open above the page, which is usable, if not inert.
    if (box.showModal) box.showModal();
    else box.setAttribute('open', '');
    return () => {
      if (box.close && box.open) box.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
      else focusHeading();
    };
  }, []);

  return dialog(
    {
      ref: element,
      class: 'dialog',
      'aria-labelledby': id,
      'data-test': handle,
      // Escape, also the second one, which browsers do not let a page refuse.
      onCancel: (event) => {
        event.preventDefault();
        onClose();
      },
      onClose,
      // A press on the backdrop arrives at the dialog element itself, never at its content.
      onClick: (event) => {
        if (event.target === element.current) onClose();
      },
    },
    div({ class: 'dialog-body' }, h2({ id, class: 'dialog-title' }, title), children),
    foot?.(),
  );
}
