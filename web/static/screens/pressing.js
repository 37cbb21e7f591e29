/** A key that is pressed three times by itself, anywhere on the page. */
import { Thrice } from './thrice.js';

/** @param {string} key as keyboard events name it @param {(count: 1 | 2 | 3) => void} pressed how often in a row @returns {() => void} to end it */
export function onPresses(key, pressed) {
  const thrice = new Thrice(key);
  const down = (/** @type {KeyboardEvent} */ { key, repeat }) => repeat || thrice.down(key);
  const up = (/** @type {KeyboardEvent} */ { key }) => {
    const count = thrice.up(key, performance.now());
    if (count > 0) pressed(/** @type {1 | 2 | 3} */ (count));
  };
  const other = () => thrice.other();
  document.addEventListener('keydown', down, true);
  document.addEventListener('keyup', up, true);
  document.addEventListener('pointerdown', other, true);
  return () => {
    document.removeEventListener('keydown', down, true);
    document.removeEventListener('keyup', up, true);
    document.removeEventListener('pointerdown', other, true);
  };
}
