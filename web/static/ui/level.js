/** The level of a microphone as a row of bars: proof, before and during a call, that one is heard. */
import { effect, useEffect, useRef } from '../third_party/preact.js';
import { tags } from './dom.js';

const { div, span } = tags;

const bars = 12;

/**
 * A picture only: the words beside it ("We can hear you") carry the meaning.
 * @param {{ level: import('../third_party/preact.js').ReadonlySignal<number> }} props level: 0 (silent) to 1
 */
export function Level({ level }) {
  const element = useRef(/** @type {HTMLDivElement | null} */ (null));
  // Written past the renderer: the level changes some twenty times a second, and only class names with it.
  useEffect(
    () =>
      effect(() => {
        const lit = Math.round(Math.min(1, Math.max(0, level.value)) * bars);
        element.current?.childNodes.forEach((bar, i) => {
          if (bar instanceof HTMLElement) bar.classList.toggle('lit', i < lit);
        });
      }),
    [level],
  );
  return div(
    { class: 'level', 'aria-hidden': 'true', ref: element },
    Array.from({ length: bars }, (_, i) => span({ key: i, class: 'level-bar' })),
  );
}
