/**
 * What is said to people who do not see the screen: one polite live region and one assertive, for the whole page.
 *
 * **Nothing is lost and nothing is drowned.** Texts that come within a moment are said one after the other; the same text twice
 * in a row is said twice only after a pause. Admission and the end of a call interrupt; all else waits its turn. **What was said
 * is gone after a moment**, and with the screen that it was said about: nobody who reads on meets an old sentence.
 */

/** Milliseconds that a text stays in its region: enough for every screen reader to notice it. */
const pace = 700;

/** Milliseconds after which the last text is taken away. */
const stays = 5000;

/** Texts waiting in one region; beyond this the oldest is dropped, since the screen shows it anyway. */
const most = 6;

/** @param {'polite' | 'assertive'} manner */
function region(manner) {
  /** @type {HTMLElement | null} */
  let element = null;
  /** @type {string[]} */
  let waiting = [];
  let busy = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let fading;

  function clear() {
    clearTimeout(fading);
    if (element) element.textContent = '';
  }

  function next() {
    const text = waiting.shift();
    if (!element || text === undefined) {
      busy = false;
      return;
    }
    busy = true;
    clear();
    // Emptying and filling in one task is one change, which screen readers may not notice.
    setTimeout(() => {
      if (element) element.textContent = text;
      fading = setTimeout(clear, stays);
      setTimeout(next, pace);
    }, 50);
  }

  const say = (/** @type {string} */ text) => {
    if (!element) {
      element = document.createElement('div');
      element.className = 'unseen';
      element.setAttribute('aria-live', manner);
      element.setAttribute('role', manner === 'assertive' ? 'alert' : 'status');
      element.dataset.test = `live-${manner}`;
      document.body.append(element);
    }
    if (waiting.at(-1) === text) return;
    waiting.push(text);
    if (waiting.length > most) waiting = waiting.slice(-most);
    if (!busy) next();
  };
  return { say, clear };
}

const polite = region('polite');
const assertive = region('assertive');

/** Says a text when the person's screen reader has finished what it is saying. */
export const announce = polite.say;

/** Interrupts: for admission, the end of the call, and a sound that failed. */
export const announceNow = assertive.say;

/** Another screen has come: what was said about the one before is taken away. What waits to be said is still said. */
export function announceNothing() {
  polite.clear();
  assertive.clear();
}
