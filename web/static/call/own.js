/**
 * One's own microphone and camera in the call: what the person wants, what the server lets through, what is sent.
 *
 * **Off is at once, on is when the server agreed**: switching off stops the sending before anything is said; switching on sends
 * nothing before the reply. **What a counsellor switched off stays off** until the person switches it on, over lost lines too:
 * only what was touched is told, so that switching the camera on does not undo a mute that is on its way.
 * While the room is held or paused nothing is sent at all, although the server would not forward it either.
 * Owner of the signals `mic` and `cam`.
 */
import { signal } from '../third_party/preact.js';

/** @typedef {import('./devices.js').Kind} Kind */
/** @typedef {import('./call.js').Own} State */
/** @typedef {import('./devices.js').Devices} Devices */

/** What the server lets through. @typedef {{ audio: boolean, video: boolean, entered_muted?: boolean }} Granted */

/** The word of the protocol. */
const word = /** @type {const} */ ({ mic: 'audio', cam: 'video' });
const kinds = /** @type {const} */ (['mic', 'cam']);

export class Own {
  #send;
  #say;
  /** @type {Devices | null} */
  #devices = null;
  #inside = false;
  #closed = false;
  /** The camera is off because nobody looks at the page. */
  #resting = false;
  /** The line carries no picture of ours beside the sound. */
  #sparing = false;
  /** What the server lets through. */
  #granted = { audio: false, video: false };
  /** What the server was told last, or told us. */
  #told = { audio: false, video: false };
  /** Devices that the browser is being asked for. @type {Set<Kind>} */
  #starting = new Set();
  /** @type {(() => void)[]} */
  #unwatch = [];

  /** @type {import('../third_party/preact.js').Signal<State>} */
  mic = signal({ state: 'none' });
  /** @type {import('../third_party/preact.js').Signal<State>} */
  cam = signal({ state: 'none' });

  /**
   * @param {(kind: Kind, track: MediaStreamTrack | null) => void} send
   * @param {(self: { audio?: boolean, video?: boolean }) => Promise<unknown>} say tells the server what changed; rejects when it did not agree
   */
  constructor(send, say) {
    this.#send = send;
    this.#say = say;
  }

  /** @param {Devices} devices whose tracks are sent, also those that come and go later */
  use(devices) {
    this.#unwatch.forEach((stop) => stop());
    this.#devices = devices;
    this.#unwatch = [
      ...kinds.map((kind) => devices[kind].subscribe((track) => this.#onTrack(kind, track))),
      ...kinds.map((kind) => devices.exchanging[kind].subscribe((busy) => busy || this.#onTrack(kind, devices[kind].peek()))),
      devices.state.subscribe(() => this.#settle()),
    ];
  }

  /**
   * Let in: what the person wants holds, as far as the server agrees. The room's rule may want everybody to come in with the sound off: that
   * is the person's to switch on, by a tap after coming in.
   * @param {Granted | undefined} granted as the server has it
   */
  enter(granted = { audio: false, video: false }) {
    if (granted.entered_muted) this.#hold('mic', 'entry');
    this.#inside = true;
    this.#granted = { ...granted };
    this.#told = { ...granted };
    this.#settle();
    this.#flow();
  }

  /**
   * Back in the room after a break or a reload: what the server has off stays off, since a counsellor may have done it meanwhile.
   * @param {Granted | undefined} granted
   */
  comeBack(granted = { audio: false, video: false }) {
    this.#told = { ...granted };
    for (const kind of kinds) {
      // What the line is spared was said by this page, not by a counsellor.
      if (granted[word[kind]] || (kind === 'cam' && this.#sparing)) continue;
      this.#hold(kind, kind === 'mic' && granted.entered_muted ? 'entry' : this.#inside ? 'counsellor' : undefined);
    }
    this.enter(granted);
  }

  /** It is off until the person switches it on. @param {Kind} kind @param {State['mutedBy']} [by] */
  #hold(kind, by) {
    if (this[kind].peek().state === 'on') this.#off(kind, by);
    // A device that the browser has yet to give must not switch itself on when it comes.
    else if (this.#opening()) this.#set(kind, { state: 'off', ...(by === 'entry' && { mutedBy: by }) });
  }

  /** Whether the browser has yet to answer which devices it gives. */
  #opening() {
    const state = this.#devices?.state.peek();
    return state === 'asking' || state === 'unanswered';
  }

  /** Tells the server what is on, when that is known and the server was told otherwise. */
  #settle() {
    const changed = kinds.filter((kind) => this.#on(kind) !== this.#told[word[kind]]);
    if (this.#inside && changed.length > 0 && !this.#opening()) void this.#agree(changed);
  }

  /** Put back, or gone. */
  leave() {
    this.#inside = false;
    this.#flow();
  }

  /** Nobody is to hear or see anything for now: the room is held or paused. @param {boolean} closed */
  hush(closed) {
    this.#closed = closed;
    this.#flow();
  }

  /** A counsellor switched it off. @param {'audio' | 'video'} what */
  muted(what) {
    const kind = what === 'audio' ? 'mic' : 'cam';
    this.#granted[what] = this.#told[what] = false;
    if (this[kind].peek().state === 'on') this.#off(kind, 'counsellor');
  }

  /** The page went out of sight, and came back. @param {boolean} hidden */
  async rest(hidden) {
    if (hidden === this.#resting) return;
    if (hidden && this.cam.peek().state !== 'on') return;
    this.#resting = hidden;
    await this.set('cam', !hidden);
  }

  /** The line is too thin for one's own picture, or no longer. The camera stays open. @param {boolean} on */
  spare(on) {
    this.#sparing = on;
    if (on) this.#granted.video = false;
    this.#flow();
    this.#settle();
  }

  /** @param {Kind} kind @param {boolean} on */
  async set(kind, on) {
    if (!on) {
      this.#granted[word[kind]] = this.#told[word[kind]] = false;
      this.#off(kind);
      if (this.#inside) await this.#tell([kind]).catch(() => {});
      return;
    }
    const devices = this.#devices;
    if (this[kind].peek().state === 'on' || !devices || this.#starting.has(kind)) return;
    this.#starting.add(kind);
    const problem = await devices.start(kind);
    this.#starting.delete(kind);
    if (this.#devices !== devices) return;
    this.#set(kind, { state: !problem ? 'on' : problem === 'not_found' ? 'none' : 'blocked' });
    if (!problem && this.#inside) await this.#agree([kind]);
  }

  /** Lets go of the devices; they belong to whoever opened them. */
  close() {
    this.leave();
    this.#unwatch.forEach((stop) => stop());
    this.#unwatch = [];
    this.#devices = null;
    for (const kind of kinds) this.#set(kind, { state: 'none' });
  }

  /** @param {Kind} kind @param {State} state */
  #set(kind, state) {
    this[kind].value = state;
    this.#flow();
  }

  /** @param {Kind} kind @param {State['mutedBy']} [mutedBy] */
  #off(kind, mutedBy) {
    if (this[kind].peek().state !== 'on') return;
    this.#set(kind, mutedBy ? { state: 'off', mutedBy } : { state: 'off' });
    // The camera's light goes out; the microphone stays open, to notice that one speaks while it is off.
    if (kind === 'cam') this.#devices?.stop('cam');
  }

  /** @param {Kind} kind @param {MediaStreamTrack | null} track */
  #onTrack(kind, track) {
    const { state } = this[kind].peek();
    if (this.#starting.has(kind)) return;
    if (track && state === 'off' && kind === 'cam') this.#devices?.stop('cam');
    else if (track && state !== 'off' && state !== 'on') this.#set(kind, { state: 'on' });
    else if (!track && state === 'on' && !this.#devices?.exchanging[kind].peek()) {
      this.#set(kind, { state: 'ended' });
      if (this.#inside && !this.#opening()) {
        this.#granted[word[kind]] = false;
        void this.#tell([kind]).catch(() => {});
      }
    }
    this.#settle();
    this.#flow();
  }

  /** What the others are to have. @param {Kind} kind */
  #on(kind) {
    return this[kind].peek().state === 'on' && !(kind === 'cam' && this.#sparing);
  }

  /** Asks for what was switched on; without an agreement it is off again, and the screen says so. @param {Kind[]} changed */
  async #agree(changed) {
    try {
      await this.#tell(changed);
    } catch {
      for (const kind of changed) if (this.#on(kind) && !this.#granted[word[kind]]) this.#off(kind);
    }
  }

  /** Tells how these stand, and nothing of the others. @param {Kind[]} changed */
  async #tell(changed) {
    /** @type {{ audio?: boolean, video?: boolean }} */
    const said = {};
    for (const kind of changed) said[word[kind]] = this.#told[word[kind]] = this.#on(kind);
    await this.#say(said);
    // Meanwhile the counsellor, or the person, may have switched it off.
    for (const kind of changed) this.#granted[word[kind]] = said[word[kind]] === true && this.#on(kind);
    this.#flow();
  }

  /** Sends what may be sent, and nothing else. */
  #flow() {
    for (const kind of kinds) {
      const open = this.#inside && !this.#closed && this[kind].peek().state === 'on' && this.#granted[word[kind]];
      this.#send(kind, open ? (this.#devices?.[kind].peek() ?? null) : null);
    }
  }
}
