/** What several screens need of the browser around them: the time, the room there is, a screen that stays lit. */
import { useEffect, useMemo, useState } from '../third_party/preact.js';

/** The time, looked at every `ms` milliseconds as long as the component is shown. @param {number} ms @returns {number} milliseconds since 1970 */
export function useNow(ms) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), ms);
    return () => clearInterval(timer);
  }, [ms]);
  return now;
}

/** Whether a media query holds now. @param {string} query @returns {boolean} */
export function useMedia(query) {
  const media = useMemo(() => matchMedia(query), [query]);
  const [holds, setHolds] = useState(media.matches);
  useEffect(() => {
    const changed = () => setHolds(media.matches);
    media.addEventListener('change', changed);
    return () => media.removeEventListener('change', changed);
  }, [media]);
  return holds;
}

/**
 * What not everybody's page needs to carry, loaded when it is wanted.
 * @template T
 * @param {unknown} wanted whether it is; what failed is tried again when this changes
 * @param {() => Promise<T>} load
 * @returns {T | 'failed' | null} null while it is on its way
 */
export function useLater(wanted, load) {
  const [loaded, setLoaded] = useState(/** @type {T | 'failed' | null} */ (null));
  useEffect(() => {
    if (wanted && (!loaded || loaded === 'failed')) load().then((found) => setLoaded(() => found), () => setLoaded('failed'));
  }, [wanted]);
  return loaded;
}

/** Keeps the screen of a phone from going dark, where the browser can. The lock is lost in the background and taken again. */
export function useWakeLock() {
  useEffect(() => {
    /** @type {WakeLockSentinel | null} */
    let lock = null;
    let gone = false;
    const take = async () => {
      if (document.visibilityState !== 'visible' || !('wakeLock' in navigator)) return;
      try {
        const taken = await navigator.wakeLock.request('screen');
        if (gone) taken.release();
        else lock = taken;
      } catch {
        // A low battery refuses it; the screen then goes dark as always.
      }
    };
    take();
    document.addEventListener('visibilitychange', take);
    return () => {
      gone = true;
      document.removeEventListener('visibilitychange', take);
      lock?.release().catch(() => {});
    };
  }, []);
}
