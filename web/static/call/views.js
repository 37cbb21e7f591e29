/**
 * How large each picture is shown, told to the server, which sends no more than that.
 *
 * **Told when it changed, at most five times a second**: a window that is being drawn larger must not use up the messages one may send.
 */

/** @typedef {import('./protocol.js').Publication} Publication */
/** @typedef {{ participant: string, source: import('./types.js').Source, width: number, height: number, stage?: boolean }} View in physical pixels; stage: what the person looks at */

const mostOften = 200;
const most = 64;

export class Views {
  #env;
  #publications;
  #tell;
  /** @type {View[]} */
  #wanted = [];
  #told = '';
  #inside = false;
  /** @type {any} */
  #timer = null;

  /**
   * @param {Pick<import('./env.js').Env, 'setTimeout' | 'clearTimeout'>} env
   * @param {{ readonly value: Publication[] }} publications
   * @param {(views: { publication: string, width: number, height: number, stage?: boolean }[]) => void} tell
   */
  constructor(env, publications, tell) {
    this.#env = env;
    this.#publications = publications;
    this.#tell = tell;
  }

  /** The server holds a new media session, which knows nothing of before. */
  begin() {
    this.#inside = true;
    this.#told = '';
    this.tell();
  }

  /** The websocket is back; what was told while it broke may not have arrived. */
  again() {
    this.#told = '';
    this.tell();
  }

  end() {
    this.#inside = false;
    this.#env.clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** @param {View[]} views the whole list */
  set(views) {
    this.#wanted = views.slice(0, most);
    this.tell();
  }

  /** Tells what is shown, if that is not what was told; also after publications came or went. */
  tell() {
    if (!this.#inside || this.#timer) return;
    const publications = this.#publications.value;
    const views = this.#wanted.flatMap(({ participant, source, width, height, stage }) => {
      const found = publications.find((one) => one.participant === participant && one.source === source);
      if (!found) return [];
      return [{ publication: found.publication, width: Math.round(width), height: Math.round(height), ...(stage && { stage }) }];
    });
    const text = JSON.stringify(views);
    if (text === this.#told) return;
    this.#told = text;
    this.#tell(views);
    this.#timer = this.#env.setTimeout(() => {
      this.#timer = null;
      this.tell();
    }, mostOften);
  }
}
