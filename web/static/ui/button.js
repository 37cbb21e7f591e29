/**
 * Buttons: a word on every one, and one primary button per screen.
 *
 * Plain functions, not components: they hold no state.
 */
import { tags, classes } from './dom.js';
import { icon } from './icon.js';

const { button, a, span } = tags;

/** @typedef {import('./dom.js').Children} Children */
/** @typedef {import('./dom.js').Props<'button'>} ButtonProps */
/** @typedef {ButtonProps & { icon?: import('./icon.js').IconName }} IconButtonProps */

/**
 * @param {string} kind
 * @param {IconButtonProps} props
 * @param {Children[]} label
 */
function make(kind, { icon: picture, class: extra, ...props }, label) {
  return button(
    { type: 'button', ...props, class: classes('button', kind, typeof extra === 'string' && extra) },
    picture && icon(picture),
    span({ class: 'button-label' }, label),
  );
}

/** The one thing to do on this screen. @param {IconButtonProps} props @param {...Children} label */
export const primary = (props, ...label) => make('button-primary', props, label);

/** Something else one may do. @param {IconButtonProps} props @param {...Children} label */
export const secondary = (props, ...label) => make('button-secondary', props, label);

/** Ends or removes something. @param {IconButtonProps} props @param {...Children} label */
export const danger = (props, ...label) => make('button-danger', props, label);

/** A way out that should not draw the eye. @param {IconButtonProps} props @param {...Children} label */
export const quiet = (props, ...label) => make('button-quiet', props, label);

/**
 * A link that looks like a button: for what a browser opens itself, such as a telephone number.
 * @param {import('./dom.js').Props<'a'> & { icon?: import('./icon.js').IconName, kind?: 'primary' | 'secondary' | 'quiet' }} props
 * @param {...Children} label
 */
export function linkButton({ icon: picture, kind = 'secondary', ...props }, ...label) {
  return a({ ...props, class: `button button-${kind}` }, picture && icon(picture), span({ class: 'button-label' }, label));
}

/**
 * A button that is on or off, with a stable name ("Sound"), a word for what *is* ("on") and a title for what a press will do.
 * The state word is for the eye; assistive technology hears `aria-pressed`.
 * @param {Omit<ButtonProps, 'icon'> & {
 *   pressed: boolean,
 *   on: { icon: import('./icon.js').IconName, state: string, title?: string },
 *   off: { icon: import('./icon.js').IconName, state: string, title?: string },
 * }} props
 * @param {string} name
 */
export function toggle({ pressed, on, off, ...props }, name) {
  const now = pressed ? on : off;
  return button(
    {
      type: 'button',
      ...props,
      class: classes('button', 'bar-button', !pressed && 'bar-button-off'),
      'aria-pressed': pressed,
      title: now.title,
    },
    icon(now.icon),
    span({ class: 'bar-name' }, name),
    span({ class: 'bar-state', 'aria-hidden': 'true' }, now.state),
  );
}

/**
 * A button of the call's bar that does one thing: a picture over a word.
 * @param {IconButtonProps & { tone?: 'plain' | 'danger', badge?: number }} props
 * @param {string} name
 */
export function barButton({ icon: picture, tone = 'plain', badge, class: extra, ...props }, name) {
  return button(
    { type: 'button', ...props, class: classes('button', 'bar-button', tone === 'danger' && 'bar-button-danger', typeof extra === 'string' && extra) },
    picture && icon(picture),
    span({ class: 'bar-name' }, name),
    badge ? span({ class: 'badge' }, badge) : null,
  );
}
