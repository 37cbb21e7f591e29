/**
 * How large each person's picture is shown, in physical pixels, told when it changed and the window has come to rest.
 *
 * **Rendering changes nothing here**: it asks for a function (`attach`) that is the same each time; tiles that come and go, and effects,
 * do the rest. **Who has gone is forgotten.**
 */

/** How long the window is to be at rest, ms. */
const rest = 100;

/** @typedef {import('../call/views.js').View} View */

export class Sizes {
  #tell;
  /** Tiles by what they show, `participant/source`. @type {Map<Element, string>} */
  #tiles = new Map();
  /** What is looked at. @type {Set<string>} */
  #stage = new Set();
  /** One function per key as long as its tile is there, or every rendering would attach anew. @type {Map<string, (element: HTMLElement) => () => void>} */
  #attachments = new Map();
  #covered = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer = undefined;
  #observer = new ResizeObserver(() => this.#soon());

  /** @param {(views: View[]) => void} tell gets the whole list */
  constructor(tell) {
    this.#tell = tell;
  }

  /** @param {string} key of the tile @returns {(element: HTMLElement) => () => void} to be called with its element; gives the way to let go of it */
  attach(key) {
    let attach = this.#attachments.get(key);
    if (!attach) {
      attach = (element) => this.#attach(key, element);
      this.#attachments.set(key, attach);
    }
    return attach;
  }

  /** @param {string} key @param {HTMLElement} element */
  #attach(key, element) {
    this.#tiles.set(element, key);
    this.#observer.observe(element);
    // The first picture tells its shape. Such events do not bubble, but they can be caught.
    const shaped = () => this.#soon();
    element.addEventListener('resize', shaped, true);
    return () => {
      element.removeEventListener('resize', shaped, true);
      this.#tiles.delete(element);
      this.#attachments.delete(key);
      this.#stage.delete(key);
      this.#observer.unobserve(element);
      this.#soon();
    };
  }

  /** What is looked at from now on; once its tiles are there. @param {string[]} keys */
  look(keys) {
    if (keys.length === this.#stage.size && keys.every((key) => this.#stage.has(key))) return;
    this.#stage = new Set(keys);
    this.#soon();
  }

  /** Whether something stands before all of it, so that nothing is seen. @param {boolean} covered */
  cover(covered) {
    if (covered === this.#covered) return;
    this.#covered = covered;
    this.#soon();
  }

  #soon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#now(), rest);
  }

  #now() {
    const fine = window.devicePixelRatio || 1;
    const views = this.#covered ? [] : [...this.#tiles].map(([element, key]) => {
      const { width, height } = drawn(element);
      const [participant, source] = key.split('/');
      return {
        participant, source: /** @type {import('../call/types.js').Source} */ (source), stage: this.#stage.has(key),
        width: Math.round(width * fine), height: Math.round(height * fine),
      };
    });
    this.#tell(views.filter(({ width, height }) => width > 0 && height > 0));
  }

  close() {
    clearTimeout(this.#timer);
    this.#observer.disconnect();
  }
}

/**
 * How large the whole picture is drawn: larger than its tile where the tile cuts it, as an upright phone does with a wide picture.
 * @param {Element} tile
 */
function drawn(tile) {
  const { width, height } = tile.getBoundingClientRect();
  const video = tile.querySelector('video');
  if (!video?.videoHeight || getComputedStyle(video).objectFit !== 'cover') return { width, height };
  const ratio = video.videoWidth / video.videoHeight;
  return { width: Math.max(width, height * ratio), height: Math.max(height, width / ratio) };
}
