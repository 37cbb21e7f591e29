/**
 * What people who do not moderate may call themselves, as the room's policy says. Pure.
 *
 * Names are sealed from page to page (e2ee/README.md, "Names"): nobody but the pages can keep the rule, and **both keep it**. Who types is stopped before, with
 * words; who reads shows nothing of a name that does not keep it.
 */
import { mayModerate } from './role.js';

/** What is asked for. @typedef {'free' | 'reference' | 'first_name' | 'initials' | 'none'} NameRule */

/** Letters and digits that initials have at most. */
const initialsMost = 4;
/** All of it, with points and spaces, as a reader counts. */
const withPointsMost = 12;

/** @param {NameRule} rule of the room @param {import('./types.js').Role | undefined} role of whose name it is @returns {NameRule} what holds for him: who counsels is called as he likes */
export const ruleFor = (rule, role) => (mayModerate(role) ? 'free' : rule);

/** Whether a name keeps the rule; no name always does. @param {NameRule} rule that holds for the person @param {string} name */
export function keeps(rule, name) {
  if (!name || rule === 'free' || rule === 'reference' || rule === 'first_name') return true;
  return rule === 'initials' && (name.match(/[\p{L}\p{N}]/gu) ?? []).length <= initialsMost && [...name].length <= withPointsMost;
}
