/** Where one's own picture stands before the other's: in a corner of the stage, to which it is drawn by finger or mouse. */
import { direction } from '../i18n/i18n.js';

/** @typedef {'top-start' | 'top-end' | 'bottom-start' | 'bottom-end'} Corner */

/** In the order in which "Move my own picture" goes round. @type {Corner[]} */
export const corners = ['top-end', 'bottom-end', 'bottom-start', 'top-start'];

/**
 * Lets a tile be drawn by finger or mouse to the nearest corner of the stage. (By keyboard: "Move my own picture" in the menu.)
 * @param {(corner: Corner) => void} onCorner
 */
export function draggable(onCorner) {
  return (/** @type {HTMLElement} */ element) => {
    /** @type {{ x: number, y: number } | null} */
    let start = null;
    /** @param {PointerEvent} event */
    const down = (event) => {
      if (!element.dataset.corner) return;
      start = { x: event.clientX, y: event.clientY };
      element.setPointerCapture(event.pointerId);
      element.classList.add('tile-dragged');
    };
    /** @param {PointerEvent} event */
    const move = (event) => {
      if (start) element.style.setProperty('transform', `translate(${event.clientX - start.x}px, ${event.clientY - start.y}px)`);
    };
    const up = () => {
      if (!start) return;
      start = null;
      const box = element.getBoundingClientRect();
      const stage = element.parentElement?.getBoundingClientRect();
      element.style.removeProperty('transform');
      element.classList.remove('tile-dragged');
      if (!stage) return;
      const vertical = box.top + box.height / 2 < stage.top + stage.height / 2 ? 'top' : 'bottom';
      const atStart = (box.left + box.width / 2 < stage.left + stage.width / 2) === (direction.value === 'ltr');
      onCorner(`${vertical}-${atStart ? 'start' : 'end'}`);
    };
    element.addEventListener('pointerdown', down);
    element.addEventListener('pointermove', move);
    element.addEventListener('pointerup', up);
    element.addEventListener('pointercancel', up);
    return () => {
      element.removeEventListener('pointerdown', down);
      element.removeEventListener('pointermove', move);
      element.removeEventListener('pointerup', up);
      element.removeEventListener('pointercancel', up);
    };
  };
}
