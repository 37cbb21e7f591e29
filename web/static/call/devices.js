/**
 * Microphone, camera and loudspeaker of this device, before and during a call.
 *
 * **Nothing is asked for before a choice was made**, and then in one question. **Sound survives a failing camera.**
 */
import { signal } from '../third_party/preact.js';

/** @typedef {'denied' | 'denied_system' | 'in_use' | 'not_found' | 'insecure' | 'in_app' | 'unanswered' | 'unknown'} DeviceError */

export class Devices {
  /** @param {import('./env.js').Env} env */
  constructor(env) {
    this.env = env;
    /** @type {import('../third_party/preact.js').Signal<'av' | 'audio' | 'none' | null>} what was chosen */
    this.choice = signal(null);
    /** @type {import('../third_party/preact.js').Signal<'closed' | 'asking' | 'unanswered' | 'open' | 'failed'>} unanswered: the question stands for 8 s; a late answer still counts */
    this.state = signal('closed');
    /** @type {import('../third_party/preact.js').Signal<MediaStreamTrack | null>} */
    this.mic = signal(null);
    /** @type {import('../third_party/preact.js').Signal<MediaStreamTrack | null>} */
    this.cam = signal(null);
    /** @type {import('../third_party/preact.js').Signal<MediaStream | null>} one's own picture, without sound; a new object whenever the camera changed */
    this.preview = signal(null);
    /** @type {import('../third_party/preact.js').Signal<'user' | 'environment'>} mirror the picture for `user` alone */
    this.facing = signal('user');
    /** @type {import('../third_party/preact.js').Signal<number>} of the microphone, 0 to 1 */
    this.level = signal(0);
    /** @type {import('../third_party/preact.js').Signal<boolean>} the microphone was heard at least once */
    this.heard = signal(false);
    /** @type {import('../third_party/preact.js').Signal<{ kind: 'mic' | 'cam', id: string, label: string }[]>} */
    this.list = signal([]);
    /** @type {import('../third_party/preact.js').Signal<{ kind: 'mic' | 'cam', code: DeviceError } | null>} what is missing although it was chosen */
    this.problem = signal(null);
  }

  /**
   * Asks the browser, once. A camera that fails leaves the sound: then `ok` with `problem`.
   * @param {'av' | 'audio' | 'none'} _choice
   * @returns {Promise<{ ok: true } | { error: DeviceError }>}
   */
  async open(_choice) { return { ok: true }; }
  /** The other camera of a phone. @returns {Promise<void>} */
  async flip() {}
  /** @param {'mic' | 'cam'} _kind @param {string} _id @returns {Promise<void>} */
  async use(_kind, _id) {}
  /** Plays two soft notes. @returns {Promise<void>} */
  async testSpeaker() {}
  close() {}
}
