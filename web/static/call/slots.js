/**
 * Whom each receive slot carries, and when its picture may be seen.
 *
 * **No face appears under another's name**: a slot that changed is hidden first, acknowledged when nothing of its last person is on the
 * way any more, and shown from the first key frame that was decoded after. Owner of the signal `tiles`.
 */
import { signal } from '../third_party/preact.js';
import { FirstFrame, framesOf } from './first_frame.js';

/** @typedef {import('./types.js').Tile} Tile */
/** @typedef {import('./peer.js').Peer} Peer */

/** How often hidden slots are looked at while a picture is expected, and for how long; then only every second. */
const soon = 50;
const expectedFor = 5_000;
const later = 1_000;
/** A browser that does not give its counts does not keep the others waiting for their acknowledgement. */
const countsWithin = 500;
/**
 * The server has stopped the old picture before it tells a new mapping, but the mapping may overtake packets. They have arrived when no
 * frame came for this long, which is also longer than a browser answers with counts of before (Chromium keeps them for 50 ms).
 */
const quiet = 100;
const quietWithin = 500;

/**
 * A slot that changed. `first` decides from when on it is seen; until the counts of before are known there is none.
 * @typedef {{ first: FirstFrame | null, marked: Promise<void> }} Hidden
 */

export class Slots {
  #env;
  #acknowledge;
  /** @type {Peer | null} */
  #peer = null;
  /** @type {import('../third_party/preact.js').Signal<Tile[]>} */
  tiles = signal([]);
  /** @type {Map<number, Hidden>} */
  #hidden = new Map();
  #expectedUntil = 0;
  /** @type {any} */
  #timer = null;

  /** @param {Pick<import('./env.js').Env, 'setTimeout' | 'clearTimeout' | 'now'>} env @param {(seq: number) => void} acknowledge */
  constructor(env, acknowledge) {
    this.#env = env;
    this.#acknowledge = acknowledge;
  }

  /** Empties all slots; a new connection has new streams and counts from zero. @param {Peer | null} peer */
  reset(peer) {
    this.#peer = peer;
    this.#hidden.clear();
    this.#env.clearTimeout(this.#timer);
    this.#timer = null;
    this.tiles.value = [];
  }

  /**
   * Every mapping holds, whatever its number: the websocket keeps their order. One with a lower number is the first of a new media session, and
   * one that comes again, after a break, wants its acknowledgement again.
   * @param {import('./protocol.js').Slots} mapping the whole of it
   */
  async apply({ seq, slots }) {
    const peer = this.#peer;
    if (!peer) return;
    peer.expect(slots);
    const before = new Map(this.tiles.value.map((tile) => [tile.slot, tile]));
    const hiddenBefore = this.#hidden;
    this.#hidden = new Map();
    /** @type {Tile[]} */
    const tiles = [];
    for (const { slot, participant, source } of slots) {
      const stream = peer.stream(slot);
      if (!stream) continue;
      const old = before.get(slot);
      const same = old?.participant === participant && old.source === source;
      const visible = same && old.visible;
      if (!visible) this.#hidden.set(slot, (same && hiddenBefore.get(slot)) || this.#mark(peer, slot));
      tiles.push({ slot, participant, source, stream, visible, paused: false });
    }
    this.tiles.value = tiles;
    // Also those that an earlier mapping changed: the acknowledgement speaks for everything up to this one.
    await Promise.all([...this.#hidden.values()].map(({ marked }) => marked));
    if (this.#peer !== peer) return;
    this.#acknowledge(seq);
    this.expect();
  }

  /** Hides a slot, and notes what was decoded of it so far. @param {Peer} peer @param {number} slot @returns {Hidden} */
  #mark(peer, slot) {
    /** @type {Hidden} */
    const hidden = { first: null, marked: Promise.resolve() };
    hidden.marked = this.#atRest(peer, slot).then((frames) => {
      hidden.first = new FirstFrame(frames);
    });
    return hidden;
  }

  /** The counts of a slot when nothing of its last person comes any more. @param {Peer} peer @param {number} slot */
  async #atRest(peer, slot) {
    const until = this.#env.now() + quietWithin;
    let frames = await this.#frames(peer, slot);
    // In a slot that was never used nothing can be on the way.
    while (frames && frames.received > 0 && this.#peer === peer && this.#env.now() < until) {
      await new Promise((resolve) => this.#env.setTimeout(() => resolve(null), quiet));
      const now = await this.#frames(peer, slot);
      if (!now || now.received === frames.received) return now;
      frames = now;
    }
    return frames;
  }

  /** @param {Peer} peer @param {number} slot */
  async #frames(peer, slot) {
    const report = await this.#counts(peer, slot);
    return report && framesOf(report);
  }

  /** @param {Peer} peer @param {number} slot @returns {Promise<RTCStatsReport | null>} */
  #counts(peer, slot) {
    return new Promise((resolve) => {
      const timer = this.#env.setTimeout(() => resolve(null), countsWithin);
      peer.videoStats(slot).catch(() => null).then((report) => {
        this.#env.clearTimeout(timer);
        resolve(report);
      });
    });
  }

  /** A picture is likely to come soon: somebody was mapped, or switched the camera on. */
  expect() {
    this.#expectedUntil = this.#env.now() + expectedFor;
    this.#env.clearTimeout(this.#timer);
    this.#timer = null;
    this.#look();
  }

  #look() {
    if (this.#hidden.size === 0) return;
    const pause = this.#env.now() < this.#expectedUntil ? soon : later;
    this.#timer = this.#env.setTimeout(async () => {
      const timer = this.#timer;
      await this.#check();
      // Meanwhile another look may have been set up.
      if (this.#timer === timer) this.#look();
    }, pause);
  }

  async #check() {
    const peer = this.#peer;
    if (!peer) return;
    const waiting = [...this.#hidden].filter(([, { first }]) => first);
    const frames = await Promise.all(waiting.map(([slot]) => this.#frames(peer, slot)));
    if (this.#peer !== peer) return;
    const time = this.#env.now();
    const shown = waiting.filter(([slot, hidden], i) => this.#hidden.get(slot) === hidden && frames[i] && hidden.first?.shows(frames[i], time));
    if (shown.length === 0) return;
    for (const [slot] of shown) this.#hidden.delete(slot);
    this.tiles.value = this.tiles.value.map((tile) => (shown.some(([slot]) => slot === tile.slot) ? { ...tile, visible: true } : tile));
  }
}
