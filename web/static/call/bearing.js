/** What the others are told of how one's own connection is, where the server cannot find it out itself. Said when it changes, and again on another socket. */

/** @typedef {'ok' | 'reconnecting' | 'interrupted'} State */

export class Bearing {
  #say;
  #inside = false;
  /** @type {State} */
  #now = 'ok';
  /** @type {State} what the server was told on this socket */
  #told = 'ok';

  /** @param {(self: { connection: State }) => Promise<unknown>} say rejects when the socket broke, after which it is said anew */
  constructor(say) {
    this.#say = say;
  }

  /** In the call, with a socket that the server knows nothing of. */
  enter() {
    this.#inside = true;
    this.#told = 'ok';
    this.#tell();
  }

  leave() {
    this.#inside = false;
  }

  /** @param {State} now */
  be(now) {
    this.#now = now;
    this.#tell();
  }

  #tell() {
    if (!this.#inside || this.#now === this.#told) return;
    this.#told = this.#now;
    this.#say({ connection: this.#now }).catch(() => {});
  }
}
