/**
 * What is said to people who do not see the screen: one polite live region and one assertive, for the whole page.
 *
 * **Nothing is lost and nothing is drowned.** Texts that come within a moment are said one after the other; the same text twice
 * in a row is said twice only after a pause. Admission and the end of a call interrupt; all else waits its turn.
 */

/** Milliseconds that a text stays in its region: enough for every screen reader to notice it. */
const pace = 700;

/** Texts waiting in one region; beyond this the oldest is dropped, since the screen shows it anyway. */
const most = 6;

/** @param {'polite' | 'assertive'} manner */
function region(manner) {
  /** @type {HTMLElement | null} */
  let element = null;
  /** @type {string[]} */
  let waiting = [];
  let busy = false;

  function next() {
    const text = waiting.shift();
    if (!element || text === undefined) {
      busy = false;
      return;
    }
    busy = true;
    element.textContent = '';
    // Emptying and filling in one task is one change, which screen readers may not notice.
    setTimeout(() => {
      if (element) element.textContent = text;
      setTimeout(next, pace);
    }, 50);
  }

  return (/** @type {string} */ text) => {
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
}

/** Says a text when the person's screen reader has finished what it is saying. */
export const announce = region('polite');

/** Interrupts: for admission, the end of the call, and a sound that failed. */
export const announceNow = region('assertive');
