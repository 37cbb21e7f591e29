/** When a conversation is, in words. */
import { day, language, t, time } from '../i18n/i18n.js';

/** @param {{ starts_at?: number, ends_at?: number }} room */
export function whenWords({ starts_at, ends_at }) {
  if (!starts_at) return t('portal.rooms.anytime');
  return ends_at ? t('portal.when.range', { date: day(starts_at), from: time(starts_at), to: time(ends_at) }) : t('portal.when', { date: day(starts_at), from: time(starts_at) });
}

/** A date that is still looked at in years, "12 March 2026". @param {number} ms */
export const dateWords = (ms) => new Intl.DateTimeFormat(language.value, { day: 'numeric', month: 'long', year: 'numeric' }).format(ms);
