/** A notice: what happened or what to know, with a picture and, where there is one, the way out beneath it. It stays until its cause is gone. */
import { tags } from './dom.js';
import { icon } from './icon.js';

const { div, p } = tags;

/** @typedef {'info' | 'good' | 'warn' | 'wrong'} Tone */

/** @type {Record<Tone, import('./icon.js').IconName>} */
const pictures = { info: 'info', good: 'check', warn: 'warn', wrong: 'warn' };

/**
 * @param {{ tone?: Tone, icon?: import('./icon.js').IconName, live?: boolean, key?: string, 'data-test'?: string }} props
 *   `live`: it appeared while the person was here, so it is read out. For what must interrupt, use `announceNow` besides.
 * @param {string} text
 * @param {...import('./dom.js').Children} actions
 */
export function notice({ tone = 'info', icon: picture = pictures[tone], live, key, 'data-test': handle }, text, ...actions) {
  return div(
    { key, class: `notice notice-${tone}`, role: live ? 'status' : undefined, 'data-test': handle },
    icon(picture),
    div({ class: 'notice-words' }, p(null, text), actions.some(Boolean) && div({ class: 'notice-actions' }, actions)),
  );
}
