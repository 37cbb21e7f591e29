/**
 * What is not one's own to change: what holds, beside a lock, and who has decided it. It stands where a switch or button would be, so that
 * nobody looks for one.
 */
import { tags } from './dom.js';
import { icon } from './icon.js';

const { p, span } = tags;

/** @param {string} what in words, what holds @param {string} who has decided it @param {string} [test] */
export function lockedLine(what, who, test) {
  return p({ class: 'locked', 'data-test': test }, icon('lock'), span({ class: 'switch-words' }, span({ class: 'switch-name' }, what), ' ', span({ class: 'switch-now' }, who)));
}
