/** Giving a file to the browser to be kept. */

/** How long a saved file's address holds, in milliseconds: browsers read it after the click. */
const savedWithin = 60_000;

/** Gives it to the browser to be kept. @param {Blob} blob @param {string} name */
export function save(blob, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  // Some older browsers follow no link that is nowhere.
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), savedWithin);
}
