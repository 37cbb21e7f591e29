/**
 * Which page of the portal is open, kept in the fragment of the address, so that reloading and the browser's back button do what people expect.
 * A room's id is random and says nothing.
 */
import { signal } from '../third_party/preact.js';

/** @typedef {{ page: 'rooms' } | { page: 'new' } | { page: 'account' } | { page: 'room', room: string }} Route */

/** @param {string} hash @returns {Route} */
export function parseRoute(hash) {
  if (hash === '#new') return { page: 'new' };
  if (hash === '#account') return { page: 'account' };
  const room = /^#room=([\w-]{1,128})$/.exec(hash)?.[1];
  return room ? { page: 'room', room } : { page: 'rooms' };
}

/** @param {Route} route */
export function hashOf(route) {
  return route.page === 'room' ? `#room=${route.room}` : route.page === 'rooms' ? '#' : `#${route.page}`;
}

export class Router {
  #window;
  /** @type {import('../third_party/preact.js').Signal<Route>} */
  route;

  /** @param {Pick<Window, 'location' | 'history' | 'addEventListener'>} window */
  constructor(window) {
    this.#window = window;
    this.route = signal(parseRoute(window.location.hash));
    window.addEventListener('popstate', () => {
      this.route.value = parseRoute(window.location.hash);
    });
  }

  /** @param {Route} route */
  go(route) {
    const { pathname, hash } = this.#window.location;
    const next = hashOf(route);
    // Pages stand at the root, also when the way began at /setup.
    if (pathname !== '/' || next !== (hash || '#')) this.#window.history.pushState(null, '', `/${next}`);
    this.route.value = route;
  }
}
