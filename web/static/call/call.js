/**
 * One person's call: from the knock to the end.
 *
 * **A screen reads signals and calls methods; nothing else.** Every signal has one owner, named beside it.
 * **Nothing leaves the device before a counsellor lets the person in**: the media connection is made on `admitted` and closed on `put_back`.
 * **Nothing stays behind**: at the end, on removal and when the link no longer holds, what the tab kept is erased.
 */
import { signal } from '../third_party/preact.js';

/** @typedef {import('./env.js').Env} Env */
/** @typedef {{ plain: string } | { sealed: string }} Text what a person reads about a person; clean it (ui/text.js) before it is shown */
/** @typedef {'counsellor' | 'co-counsellor' | 'interpreter' | 'companion' | 'client'} Role */
/** @typedef {'av' | 'audio' | 'none'} MediaChoice */
/** @typedef {'microphone' | 'camera' | 'screen' | 'screen_audio'} Source */

/**
 * @typedef {'idle' | 'connecting' | 'waiting' | 'declined' | 'call' | 'ended' | 'removed' | 'replaced' | 'left' | 'failed'} Phase
 * `replaced`: the seat is open in another tab or on another device; `left`: one hung up oneself; `failed`: see `failure`
 */

/**
 * @typedef {object} Member
 * @property {string} participant
 * @property {Role} role
 * @property {Text} name as the person gave it
 * @property {Text} [label] as the counsellor calls the person: counsellors alone see it
 * @property {string} [person] the invited person: counsellors alone see it
 * @property {boolean} audio whether the person's sound is on
 * @property {boolean} video
 * @property {'ok' | 'reconnecting'} connection
 */

/**
 * @typedef {object} Waiter
 * @property {string} participant
 * @property {string} person
 * @property {Role} role
 * @property {Text} label
 * @property {Text} name
 * @property {string} lang
 * @property {'phone' | 'tablet' | 'computer'} device
 * @property {MediaChoice} media
 * @property {boolean} consent
 * @property {boolean} other_device the same link is open on another device
 * @property {'waiting' | 'declined' | 'reconnecting'} state
 * @property {number} since when the person came, by this device's clock (ms since 1970)
 */

/**
 * One receive slot that carries somebody.
 * @typedef {object} Tile
 * @property {number} slot
 * @property {string} participant
 * @property {Source} source
 * @property {MediaStream} stream sound and picture; the same object as long as the media connection lives
 * @property {boolean} visible false until a picture of this very person was decoded: never show the picture before
 */

/**
 * One's own microphone or camera.
 * @typedef {object} Own
 * @property {'on' | 'off' | 'none' | 'blocked' | 'ended'} state
 *   none: not chosen, or there is no device; blocked: the browser refuses it; ended: the device went away or the permission was taken back
 * @property {'counsellor'} [mutedBy] who switched it off, where it was not the person
 */

/**
 * @typedef {object} JoinOptions
 * @property {string} lang
 * @property {MediaChoice} media
 * @property {string} [consent] the hash of the consent text that was shown and agreed to (`consentHash` of links.js)
 * @property {import('./devices.js').Devices} devices already opened with the same choice
 */

export class Call {
  /** @param {Env} env */
  constructor(env) {
    this.env = env;
    /** @type {import('../third_party/preact.js').Signal<Phase>} */
    this.phase = signal('idle');
    /** @type {import('../third_party/preact.js').Signal<string | null>} a code of PROTOCOL.md, or `early` */
    this.failure = signal(null);
    /** @type {import('../third_party/preact.js').Signal<{ state: 'ok' | 'reconnecting' | 'lost', since: number }>} lost: for 30 s; it is still tried */
    this.connection = signal({ state: 'ok', since: 0 });
    /** @type {import('../third_party/preact.js').Signal<{ participant: string, role: Role } | null>} */
    this.me = signal(null);
    /** @type {import('../third_party/preact.js').Signal<boolean>} whether one may admit and moderate */
    this.moderates = signal(false);
    /** @type {import('../third_party/preact.js').Signal<'here' | 'away' | 'absent'>} */
    this.counsellor = signal('absent');
    /** @type {import('../third_party/preact.js').Signal<{ held: boolean, paused: boolean, ends_at?: number }>} */
    this.room = signal({ held: false, paused: false });
    /** @type {import('../third_party/preact.js').Signal<Member[]>} everybody else, in the order of joining */
    this.members = signal([]);
    /** @type {import('../third_party/preact.js').Signal<Waiter[]>} for counsellors, in the order of arrival */
    this.waiting = signal([]);
    /** @type {import('../third_party/preact.js').Signal<boolean>} the same link is open on another device */
    this.otherDevice = signal(false);
    /** @type {import('../third_party/preact.js').Signal<{ dominant: string, speaking: string[] }>} */
    this.speaker = signal({ dominant: '', speaking: [] });
    /** @type {import('../third_party/preact.js').Signal<Tile[]>} */
    this.tiles = signal([]);
    /** @type {import('../third_party/preact.js').Signal<Own>} */
    this.mic = signal({ state: 'none' });
    /** @type {import('../third_party/preact.js').Signal<Own>} */
    this.cam = signal({ state: 'none' });
    /** @type {import('../third_party/preact.js').Signal<boolean>} the browser plays no sound before a tap */
    this.audioBlocked = signal(false);
    /** @type {import('../third_party/preact.js').Signal<number>} rises with every `unlockAudio`: play the elements again when it does, in the same task */
    this.unlocks = signal(0);
    /** @type {import('../third_party/preact.js').Signal<'good' | 'mid' | 'bad'>} of the line, with a hysteresis of 5 s */
    this.quality = signal('good');
  }

  /** Knocks with a link. Resolves when waiting, admitted or failed: `phase` tells. @param {string} _secret @param {JoinOptions} _options @returns {Promise<void>} */
  async joinWithLink(_secret, _options) {}

  /** A signed-in counsellor enters an own room. @param {string} _room @param {Omit<JoinOptions, 'consent'>} _options @returns {Promise<void>} */
  async joinRoom(_room, _options) {}

  /**
   * After a reload: takes the seat again that this tab held; opens the devices as chosen then.
   * @param {{ devices: import('./devices.js').Devices }} _options
   * @returns {Promise<boolean>} false when the tab holds none
   */
  async resumeIfPossible(_options) { return false; }

  /** Comes back after hanging up, from the page that hung up (`phase` is `left`), or takes the seat back (`replaced`). @returns {Promise<void>} */
  async rejoin() {}

  /** @param {boolean} _on @returns {Promise<void>} `mic` tells how it went */
  async setMic(_on) {}
  /** @param {boolean} _on @returns {Promise<void>} `cam` tells how it went */
  async setCam(_on) {}
  /** Hangs up. */
  async leave() {}
  /** Knocks again after having been declined; at the earliest 10 s later. */
  async knock() {}
  /** How large each picture is shown, in physical pixels; the list is complete. @param {{ participant: string, source: Source, width: number, height: number }[]} _views */
  setView(_views) {}

  /** The page calls this when an element refused to play (`NotAllowedError`). */
  soundRefused() {}
  /** To be called inside a tap. */
  unlockAudio() {}

  // What counsellors do. Each rejects with an Error that has the `code` of PROTOCOL.md.
  /** @param {string} _participant @returns {Promise<void>} */
  async admit(_participant) {}
  /** @param {string} _participant @returns {Promise<void>} */
  async decline(_participant) {}
  /** @param {string} _participant @returns {Promise<void>} */
  async putBack(_participant) {}
  /** @param {string} _participant @returns {Promise<void>} */
  async remove(_participant) {}
  /** @param {string} _participant @param {'audio' | 'video'} _kind @returns {Promise<void>} */
  async mute(_participant, _kind) {}
  /** @returns {Promise<void>} */
  async muteAll() {}
  /** @param {boolean} _on @returns {Promise<void>} */
  async hold(_on) {}
  /** @returns {Promise<void>} */
  async end() {}

  /** Stops everything without a word to the server: the page goes away. */
  close() {}
}
