/**
 * What the others' frames are opened with.
 *
 * **Nothing opens for another participant than the one it is expected of**, nothing opens twice, and what does not open is counted by its reason.
 * **Garbage is cheap**: it costs at most one derivation a frame and few a second, and never the keys of what is genuine.
 * **Pure but for the browser's cryptography**: time is an argument.
 */
import { equal } from './bytes.js';
import { openFrame, takeFrameApart } from './frame.js';
import { partsOfKeyId } from './own_keys.js';
import { deriveFrameKey } from './sframe.js';
import { Window } from './window.js';

/** @typedef {import('./bytes.js').Bytes} Bytes */
/** @typedef {import('./frame.js').Kind} Kind */
/** @typedef {'clear' | 'unbound' | 'foreign' | 'unknown' | 'forged' | 'replayed'} Reason README.md, "Opening" */

/** People that are remembered: more than a room has. */
const sendersMost = 128;
/** How long frames of the epoch before are opened, ms. */
const keptFor = 5_000;
/** New streams of a secret that are tried in a second. */
const triesMost = 8;
/** Streams of a secret that have not opened anything yet. */
const unprovenMost = 4;
/** Frames of a stream that did not open, in a second: further ones are not tried. */
const forgedMost = 20;
const second = 1_000;

/** What one stream of a secret has. */
class Stream {
  window = new Window();
  /** Whether anything has opened. */
  proven = false;
  /** @type {Limit} */
  forged = new Limit(forgedMost);
  key;

  /** @param {Promise<import('./sframe.js').FrameKey>} key */
  constructor(key) {
    this.key = key;
  }
}

/** So many a second. */
class Limit {
  #most;
  #since = -Infinity;
  #count = 0;

  /** @param {number} most */
  constructor(most) {
    this.#most = most;
  }

  /** @param {number} now ms @returns {boolean} whether no more is to be had until the second is over */
  spent(now) {
    if (now - this.#since >= second) {
      this.#since = now;
      this.#count = 0;
    }
    return this.#count >= this.#most;
  }

  take() {
    this.#count++;
  }
}

/** A sender's secret of one epoch. */
class Secret {
  /** @type {Map<number, Stream>} */
  #streams = new Map();
  #tries = new Limit(triesMost);
  /** When it is forgotten, ms. */
  until = Infinity;
  bytes;

  /** @param {Bytes} bytes */
  constructor(bytes) {
    this.bytes = bytes;
  }

  /** @param {number} keyId @param {number} now @returns {Stream | null} null: too many were tried */
  stream(keyId, now) {
    const known = this.#streams.get(keyId);
    if (known) return known;
    if (this.#tries.spent(now)) return null;
    this.#tries.take();
    const unproven = [...this.#streams].filter(([, { proven }]) => !proven);
    if (unproven.length >= unprovenMost) this.#streams.delete(unproven[0][0]);
    const stream = new Stream(deriveFrameKey(this.bytes, keyId));
    this.#streams.set(keyId, stream);
    return stream;
  }
}

export class OthersKeys {
  /** heard: whether anything of his opens; what was opened is remembered in any case. @type {Map<string, { tag: number, secrets: Map<number, Secret>, heard: boolean }>} */
  #senders = new Map();

  /**
   * A sender's secret. Those of his that were known before are kept for a while.
   * @param {string} participant
   * @param {{ tag: number, epoch: number, secret: Bytes }} key of another tag, all earlier ones of his are forgotten: the page is another
   * @param {number} now ms
   */
  learn(participant, { tag, epoch, secret }, now) {
    let sender = this.#senders.get(participant);
    if (sender?.tag !== tag) {
      sender = { tag, secrets: new Map(), heard: true };
      if (this.#senders.size >= sendersMost) this.#senders.delete(this.#senders.keys().next().value ?? '');
      this.#senders.set(participant, sender);
    }
    sender.heard = true;
    const same = sender.secrets.get(epoch);
    // Said twice: what was opened of it stays opened.
    if (same && equal(same.bytes, secret)) return;
    for (const [old, one] of sender.secrets) {
      if (one.until <= now) sender.secrets.delete(old);
      else one.until = Math.min(one.until, now + keptFor);
    }
    sender.secrets.set(epoch, new Secret(secret));
  }

  /** @param {string} participant nothing of whom opens until something of his is learnt again */
  forget(participant) {
    const sender = this.#senders.get(participant);
    if (sender) sender.heard = false;
  }

  /**
   * @param {string | null} participant whose frame it is expected to be
   * @param {Kind} kind
   * @param {Uint8Array} bytes as they came
   * @param {number} now ms
   * @returns {Promise<{ frame: Bytes } | { dropped: Reason, epoch?: number }>} epoch: of `unknown`, what would be needed
   */
  async open(participant, kind, bytes, now) {
    if (participant === null) return { dropped: 'unbound' };
    const sealed = takeFrameApart(bytes, kind);
    if (!sealed) return { dropped: 'clear' };
    const { tag, epoch } = partsOfKeyId(sealed.keyId);
    const sender = this.#senders.get(participant);
    if (sender && sender.tag !== tag) return { dropped: 'foreign' };
    const secret = sender?.heard ? sender.secrets.get(epoch) : null;
    if (!secret || secret.until <= now) return { dropped: 'unknown', epoch };
    const stream = secret.stream(sealed.keyId, now);
    if (!stream || stream.forged.spent(now)) return { dropped: 'forged' };
    if (!stream.window.fresh(sealed.counter)) return { dropped: 'replayed' };
    let frame;
    try {
      frame = await openFrame(await stream.key, kind, sealed);
    } catch {
      stream.forged.take();
      return { dropped: 'forged' };
    }
    // Looked at again: the same frame may have been opened meanwhile.
    if (!stream.window.take(sealed.counter)) return { dropped: 'replayed' };
    stream.proven = true;
    return { frame };
  }
}
