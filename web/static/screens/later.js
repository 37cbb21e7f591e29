/** The words of what is loaded later itself, which nobody waits for before. */
import { speakLater } from '../i18n/i18n.js';

/** @type {Promise<void> | null} */
let coming = null;

/** @returns {Promise<void>} when they are there; what failed to come is tried again with the next call */
export function words() {
  coming ??= speakLater((code) => new URL(`./words/${code}.json`, import.meta.url)).catch((error) => {
    coming = null;
    throw error;
  });
  return coming;
}
