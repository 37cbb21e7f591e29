/**
 * The people of the new-conversation form, as changes and never as whole lists.
 *
 * **No change is lost**: several may come before the form is drawn again (autofill, dictation, a slow machine), so each is a function of
 * what stands by then, not of what was drawn.
 */
import { language } from '../i18n/i18n.js';

/** @typedef {import('./rooms.js').Guest} Guest */
/** @typedef {{ key: number, guest: Guest }} Row key: stays with the person while others come and go */

/** @returns {Guest} */
export const newGuest = () => ({ role: 'client', label: '', lang: language.value, child: false, written: false, mayModerate: false, pin: false });

/** @template {object} P @param {P} patch @returns {<T extends P>(before: T) => T} */
export const changed = (patch) => (before) => ({ ...before, ...patch });

/** @param {number} key @param {Partial<Guest>} patch @returns {(rows: Row[]) => Row[]} */
export const changedGuest = (key, patch) => (rows) => rows.map((row) => (row.key === key ? { key, guest: changed(patch)(row.guest) } : row));

/** @param {number} key @returns {(rows: Row[]) => Row[]} */
export const addedGuest = (key) => (rows) => [...rows, { key, guest: newGuest() }];

/** @param {number} dropped @returns {(rows: Row[]) => Row[]} */
export const droppedGuest = (dropped) => (rows) => rows.filter(({ key }) => key !== dropped);
