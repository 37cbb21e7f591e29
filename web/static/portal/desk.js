/**
 * A counsellor's way from "Start" into the room: how to take part, the devices, the call; and back to the list.
 *
 * No DOM: the screens read `step` and `room` and call methods. Owner of both signals.
 */
import { batch, effect, signal } from '../third_party/preact.js';

/** @typedef {import('../call/types.js').MediaChoice} MediaChoice */
/** @typedef {'away' | 'choose' | 'asking' | 'denied' | 'joined'} Step joined: `call.phase` tells the rest */

export class Desk {
  /** @type {import('../third_party/preact.js').Signal<Step>} */
  step = signal('away');
  /** @type {import('../third_party/preact.js').Signal<string | null>} the room one is going to, or in */
  room = signal(null);
  /** @type {import('../third_party/preact.js').Signal<import('../call/devices.js').DeviceError | null>} why nothing could be opened */
  problem = signal(null);
  /** @type {MediaChoice} */
  media = 'av';

  /**
   * @param {import('../call/call.js').Call} call
   * @param {import('../call/devices.js').Devices} devices
   * @param {() => string} language
   * @param {() => string} called what clients are to call the counsellor; empty: by the role
   */
  constructor(call, devices, language, called = () => '') {
    this.call = call;
    this.devices = devices;
    this.language = language;
    this.called = called;
    // The camera's light goes out with the call, whatever ended it.
    effect(() => {
      if (['ended', 'removed', 'replaced', 'left', 'failed'].includes(call.phase.value)) devices.close();
    });
  }

  /** After a reload: back into the room that this tab was in. @param {string | null} room as the address says @returns {Promise<boolean>} */
  async resume(room) {
    const resuming = this.call.resumeIfPossible({ devices: this.devices, by: 'room' });
    if (this.call.phase.value === 'idle') return resuming;
    batch(() => {
      this.room.value = room;
      this.step.value = 'joined';
    });
    return resuming;
  }

  /** @param {string} room */
  start(room) {
    batch(() => {
      this.room.value = room;
      this.step.value = 'choose';
    });
  }

  /** @param {MediaChoice} media */
  async choose(media) {
    this.media = media;
    this.problem.value = null;
    if (media !== 'none') this.step.value = 'asking';
    const answer = await this.devices.open(media);
    // Meanwhile one may have gone on without, or back to the list.
    const room = this.room.value;
    if (this.media !== media || !room || this.step.value === 'away') return;
    if ('error' in answer) {
      batch(() => {
        this.problem.value = answer.error;
        this.step.value = 'denied';
      });
      return;
    }
    this.step.value = 'joined';
    await this.call.joinRoom(room, { lang: this.language(), media, name: this.called(), devices: this.devices });
  }

  /** Into the room again, after stepping out or from another window. */
  async rejoin() {
    await this.devices.open(this.media);
    await this.call.rejoin();
  }

  /** Back to the list. */
  leave() {
    this.devices.close();
    batch(() => {
      this.step.value = 'away';
      this.room.value = null;
    });
  }
}
