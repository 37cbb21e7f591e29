/** Style sheets of what is loaded later: most people's first page does without their weight. */

/** @type {Map<string, Promise<void>>} */
const loaded = new Map();

/** @param {URL} place @returns {Promise<void>} when it is drawn with; rejects when it does not come */
export function dress({ href }) {
  let coming = loaded.get(href);
  if (!coming) {
    coming = new Promise((done, fail) => {
      const link = document.createElement('link');
      link.rel = 'stylesheet';
      link.href = href;
      link.onload = () => done();
      link.onerror = () => {
        link.remove();
        loaded.delete(href);
        fail(new Error('style sheet'));
      };
      document.head.append(link);
    });
    loaded.set(href, coming);
  }
  return coming;
}
