/**
 * Choice cards: big answers to the one question of a screen. One tap is the answer; there is nothing to confirm.
 *
 * A card with `aria-pressed` is one of several settings, of which one holds: it is drawn with the round mark of such lists, and leads nowhere.
 */
import { tags, classes } from './dom.js';
import { icon } from './icon.js';

const { button, div, span } = tags;

/**
 * @param {import('./dom.js').Props<'button'> & {
 *   icon: import('./icon.js').IconName, second?: import('./icon.js').IconName, title: string, note?: string, first?: boolean,
 * }} props `second` is a further picture, `first` marks the answer most people give
 */
export function choice({ icon: picture, second, title, note, first, ...props }) {
  return button(
    { type: 'button', ...props, class: classes('choice', first && 'choice-first') },
    span({ class: 'choice-icons' }, icon(picture), second && icon(second)),
    span({ class: 'choice-words' }, span({ class: 'choice-title' }, title), note && span({ class: 'choice-note' }, note)),
    'aria-pressed' in props ? span({ class: 'choice-mark' }, props['aria-pressed'] && icon('check')) : icon('forward', 'choice-arrow'),
  );
}

/** @param {string} label what the cards answer, for those who do not see them @param {...import('./dom.js').Children} cards */
export function choices(label, ...cards) {
  return div({ class: 'choices', role: 'group', 'aria-label': label }, cards);
}
