/** The words of whatever is loaded after the first page, which nobody waits for before: they come with the first screen that says them. */
import { speakLater } from '../i18n/i18n.js';

/** Where they are. @param {import('../i18n/i18n.js').Variety} code */
export const later = (code) => new URL(`./words/${code}.json`, import.meta.url);

/** @returns {Promise<void>} when they are there; what failed is tried again by the next who asks */
export const words = () => speakLater(later);
