/** Where the keyboard is after the screen changed: at the new screen's heading, so that it is read out and Tab goes on from there. */

/** Puts the focus on the page's main heading (`h1` with `tabindex="-1"`). */
export function focusHeading() {
  const heading = document.querySelector('h1');
  if (heading instanceof HTMLElement) heading.focus({ preventScroll: true });
}
