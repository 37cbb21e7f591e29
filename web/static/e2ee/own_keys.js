/**
 * What one seals with: a secret for each epoch, a stream of it for each sender object, and the counters.
 *
 * **No nonce twice**: a stream takes a number that nobody else has in its epoch, its counter begins at zero there and only rises, and another epoch
 * has another secret. Before the first epoch, and when an epoch has no more numbers, nothing is sealed: what is not sealed is not sent.
 */
import { equal } from './bytes.js';
import { deriveFrameKey } from './sframe.js';

/** @typedef {import('./bytes.js').Bytes} Bytes */
/** @typedef {import('./sframe.js').FrameKey} FrameKey */
/** @typedef {{ epoch: number, tag: number, secret: Bytes, taken: number }} Epoch epoch: below 256; tag: below 65536; taken: streams so far */

const streamsMost = 255;
/** Epochs that may come again: a circle begins each once. */
const knownMost = 16;
/** Frames of one stream; at fifty a second more than two years. */
const framesMost = 2 ** 32;

/** README.md, "Media: epochs and keys". @param {number} tag @param {number} epoch @param {number} stream */
export const keyIdOf = (tag, epoch, stream) => tag * 65_536 + epoch * 256 + stream;

/** @param {number} keyId @returns {{ tag: number, epoch: number, stream: number }} */
export const partsOfKeyId = (keyId) => ({ tag: Math.floor(keyId / 65_536), epoch: Math.floor(keyId / 256) % 256, stream: keyId % 256 });

export class OwnKeys {
  /** @type {Epoch | null} */
  #epoch = null;
  /** The last ones: of a secret that is begun again the streams go on. @type {Epoch[]} */
  #known = [];
  #onSpent;

  /** @param {() => void} onSpent the epoch has no numbers left: another one is needed */
  constructor(onSpent = () => {}) {
    this.#onSpent = onSpent;
  }

  /** Everything is sealed with this from now on. @param {{ epoch: number, tag: number, secret: Bytes }} epoch */
  begin({ epoch, tag, secret }) {
    this.#epoch = this.#known.find((one) => equal(one.secret, secret)) ?? { epoch, tag, secret, taken: 0 };
    this.#known = [this.#epoch, ...this.#known.filter((one) => one !== this.#epoch)].slice(0, knownMost);
  }

  /** Nothing is sealed any more. */
  end() {
    this.#epoch = null;
  }

  /** A new stream: of one sender object, as long as that lives. */
  stream() {
    return new Stream(() => this.#epoch, () => this.#onSpent());
  }
}

/** One sender's keys and counters, over all epochs. */
class Stream {
  #now;
  #spent;
  /** @type {Epoch | null} that the key is of */
  #epoch = null;
  /** @type {Promise<FrameKey> | null} null where the epoch had no number left */
  #key = null;
  #counter = 0;

  /** @param {() => Epoch | null} now @param {() => void} spent */
  constructor(now, spent) {
    this.#now = now;
    this.#spent = spent;
  }

  /** @returns {Promise<{ key: FrameKey, counter: number } | null>} what the next frame is sealed with, and no other; null: it must not be sent */
  async next() {
    const epoch = this.#now();
    if (!epoch) return null;
    if (epoch !== this.#epoch) this.#enter(epoch);
    if (!this.#key || this.#counter >= framesMost) {
      this.#spent();
      return null;
    }
    // Taken before anything is waited for: two frames at once are two counters.
    const counter = this.#counter++;
    return { key: await this.#key, counter };
  }

  /** @param {Epoch} epoch */
  #enter(epoch) {
    this.#epoch = epoch;
    this.#counter = 0;
    this.#key = epoch.taken < streamsMost ? deriveFrameKey(epoch.secret, keyIdOf(epoch.tag, epoch.epoch, ++epoch.taken)) : null;
  }
}
