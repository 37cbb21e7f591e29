/**
 * A part of the page that covers all of it on a phone.
 *
 * **Nothing beneath can be reached meanwhile**, by finger, keyboard or screen reader, **and it ends where the keyboard begins**.
 */
import { useLayoutEffect } from '../third_party/preact.js';

/** @param {{ current: HTMLElement | null }} panel @param {string} within the selector of what it covers @param {boolean} covers now */
export function useSheet(panel, within, covers) {
  useLayoutEffect(() => {
    const element = panel.current;
    if (!covers || !element) return;
    /** @type {HTMLElement[]} */
    const beneath = [];
    for (let at = element; at.parentElement && !at.matches(within); at = at.parentElement) {
      for (const other of at.parentElement.children) if (other !== at && other instanceof HTMLElement && !other.inert) beneath.push(other);
    }
    for (const one of beneath) one.inert = true;
    const seen = window.visualViewport;
    const fit = () => {
      element.style.insetBlockStart = `${seen?.offsetTop ?? 0}px`;
      element.style.blockSize = seen ? `${seen.height}px` : '';
    };
    fit();
    seen?.addEventListener('resize', fit);
    seen?.addEventListener('scroll', fit);
    return () => {
      seen?.removeEventListener('resize', fit);
      seen?.removeEventListener('scroll', fit);
      element.style.insetBlockStart = element.style.blockSize = '';
      for (const one of beneath) one.inert = false;
    };
  }, [covers]);
}
