/**
 * A setting in a line: what it is, what holds now, and a switch at the end of the line. The whole line is what one presses.
 *
 * The words for what holds are for the eye; assistive technology hears `aria-checked`.
 */
import { tags } from './dom.js';
import { icon } from './icon.js';

const { button, span } = tags;

/**
 * @param {Omit<import('./dom.js').Props<'button'>, 'icon'> & { icon: import('./icon.js').IconName, on: boolean, now: string }} props now: in words, what holds
 * @param {string} name
 */
export function switchLine({ icon: picture, on, now, ...props }, name) {
  return button(
    { type: 'button', role: 'switch', 'aria-checked': on, ...props, class: 'switch' },
    icon(picture),
    span({ class: 'switch-words' }, span({ class: 'switch-name' }, name), span({ class: 'switch-now', 'aria-hidden': 'true' }, now)),
    span({ class: 'switch-drawn', 'aria-hidden': 'true' }),
  );
}
