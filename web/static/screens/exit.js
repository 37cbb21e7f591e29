/**
 * C12: the quick exit. For whoever must not be seen here when somebody else comes near.
 *
 * **First the screen is white, then everything else**: nothing of it is waited for. **Nothing stays in the tab**, and "Back" leads to no call: the page's place in
 * the history is the other page's. After GOV.UK's "Exit this page": a button on every screen, and the Shift key three times.
 */
import { h, useEffect } from '../third_party/preact.js';
import { t } from '../i18n/i18n.js';
import { announceNow } from '../ui/announce.js';
import { danger } from '../ui/button.js';
import { DialogFoot } from '../ui/dialog.js';
import { tags } from '../ui/dom.js';
import { onPresses } from './pressing.js';
import { within } from './thrice.js';

const { div, p, section } = tags;

/** How long the white is waited for before everything else stops, in ms. */
const soon = 50;

/**
 * @param {Window} window
 * @param {string} to a harmless page
 * @param {() => void} stop camera, microphone, connection, sounds
 */
export function leaveQuickly(window, to, stop) {
  const { document, location, sessionStorage } = window;
  document.documentElement.classList.add('gone');
  document.title = t('title.neutral');
  if (document.pictureInPictureElement) document.exitPictureInPicture().catch(() => {});
  for (const media of document.querySelectorAll('video, audio')) /** @type {HTMLMediaElement} */ (media).srcObject = null;
  let left = false;
  const leave = () => {
    if (left) return;
    left = true;
    // Whatever fails, the page goes.
    for (const each of [stop, () => sessionStorage.clear()]) {
      try {
        each();
      } catch {
        continue;
      }
    }
    location.replace(to);
  };
  // Closing connections takes longer than drawing white: not before it is drawn, and in a page that draws nothing all the same.
  window.requestAnimationFrame(() => window.setTimeout(leave));
  window.setTimeout(leave, soon);
}

/**
 * A page with the exit above everything, where there is one.
 * @param {{ to: string | null, onExit: (to: string) => void, children?: any }} props
 */
export function Protected({ to, onExit, children }) {
  useEffect(() => {
    if (!to) return;
    return watchKeys(() => onExit(to));
  }, [to]);
  const leave = to ? () => h(Exit, { onExit: () => onExit(to) }) : null;
  return h(
    DialogFoot.Provider, { value: leave },
    div({ class: to ? 'protected' : undefined }, leave && section({ class: 'exit', 'aria-label': t('exit.button') }, p({ class: 'exit-keys', id: 'exit-keys' }, t('exit.keys')), leave()), children),
  );
}

/** @param {{ onExit: () => void }} props */
function Exit({ onExit }) {
  return danger({ class: 'exit-button', icon: 'leave', 'aria-describedby': 'exit-keys', onClick: onExit, 'data-test': 'exit' }, t('exit.button'));
}

/** Leads out at the third press, and tells those who do not see how many are left. @param {() => void} leave @returns {() => void} to end it */
function watchKeys(leave) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let over;
  const stop = onPresses('Shift', (count) => {
    clearTimeout(over);
    if (count === 3) return leave();
    announceNow(t(count === 1 ? 'exit.two' : 'exit.one'));
    over = setTimeout(() => announceNow(t('exit.over')), within);
  });
  return () => {
    clearTimeout(over);
    stop();
  };
}
