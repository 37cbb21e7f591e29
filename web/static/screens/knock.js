/**
 * A knock that cannot be missed: a soft sound that comes again, the number in the tab's title, and words for those who do not see.
 *
 * The list of who waits is on the screen itself (panels.js); this is for the counsellor who looks elsewhere.
 */
import { useEffect, useRef } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { announce } from '../ui/announce.js';
import { nameOf } from './names.js';

/** Milliseconds between two knocks of the same person. */
const again = 20_000;

/**
 * @param {{
 *   waiting: import('../call/call.js').Waiter[], read: import('./names.js').Read, sounds: import('./sounds.js').Sounds, title: string,
 * }} props title: what the tab is called when nobody waits
 */
export function Knock({ waiting, read, sounds, title }) {
  const knocking = waiting.filter(({ state }) => state === 'waiting');
  const ids = knocking.map(({ participant }) => participant).join(' ');
  const known = useRef(/** @type {Set<string>} */ (new Set()));

  useEffect(() => {
    const fresh = knocking.filter(({ participant }) => !known.current.has(participant));
    known.current = new Set(knocking.map(({ participant }) => participant));
    for (const person of fresh) announce(t('room.knock', { label: nameOf(person, read) }));
    if (knocking.length === 0) return;
    if (fresh.length > 0) sounds.play('knock');
    const timer = setInterval(() => sounds.play('knock'), again);
    return () => clearInterval(timer);
  }, [ids]);

  const shown = knocking.length > 0 ? `${t('room.title.waiting', { n: knocking.length })} – ${title}` : title;
  useEffect(() => {
    document.title = shown;
  }, [shown]);
  return null;
}
