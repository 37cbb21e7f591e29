/**
 * The media session of a person in the call: what is sent, what is received, and what the server holds of it.
 *
 * **It begins with `enter` and ends with `leave`**; outside it nothing is sent or received. **The server may keep it over a break**, and
 * then it goes on: the same connection, the same slots.
 */
import { computed, effect } from '../third_party/preact.js';
import { Bearing } from './bearing.js';
import { deviceKind } from './env.js';
import { Interruption } from './interruption.js';
import { Own } from './own.js';
import { Pairing } from './pairing.js';
import { Peers } from './peers.js';
import { Receiving } from './receiving.js';
import { Screen } from './screen.js';
import { Views } from './views.js';

/** @typedef {import('./types.js').Tile} Tile */
/** @template T @typedef {import('../third_party/preact.js').ReadonlySignal<T>} ReadonlySignal */

export class MediaSession {
  #peers;
  #pairing;
  #views;
  #bearing;
  #roster;
  /** @type {import('./devices.js').Devices | null} */
  #devices = null;
  /** Whether the server holds it, as far as that is known. */
  #held = false;
  /** Whether the line is spared one's own picture. */
  #spared = false;
  /** Whether the camera was on when the person chose sound alone. */
  #filmed = false;
  /** @type {import('./secrecy.js').Through} */
  #through = null;
  /** @type {(() => void)[]} */
  #effects;

  /**
   * @param {import('./env.js').Env} env
   * @param {Pick<import('./connection.js').Connection, 'isOpen' | 'request' | 'tell' | 'doubt'>} signaling
   * @param {import('./roster.js').Roster} roster
   */
  constructor(env, signaling, roster) {
    this.#roster = roster;
    const peers = new Peers(env, signaling, () => this.#views.begin());
    const tell = (/** @type {object} */ self) => signaling.request('self', self);
    this.#peers = peers;
    this.#views = new Views(env, roster.publications, (views) => signaling.tell('view', { views }));
    const tileOf = (/** @type {string} */ participant) => peers.tiles.peek().find((tile) => tile.participant === participant && tile.source === 'camera');
    const pairing = new Pairing(env, {
      say: (type, body) => signaling.request(type, body),
      stream: (participant) => tileOf(participant)?.stream ?? null,
      heard: async (participant) => peers.heard(tileOf(participant)?.slot ?? -1),
      expected: (participant) => roster.members.peek().find((member) => member.participant === participant) ?? { audio: false, video: false },
      wanted: () => !this.#spared && ['auto', 'high'].includes(this.receiving.preference.peek()),
      bounds: () => peers.sending.bounds,
      rest: (rests) => peers.sending.rest(rests),
      sealer: () => (this.#through === 'plain' ? null : this.#through),
    });
    this.#pairing = pairing;
    this.own = new Own((kind, track) => {
      peers.sending.send(kind, track);
      pairing.send(kind, track);
    }, tell);
    this.screen = new Screen(env, (kind, track) => peers.sending.send(kind, track), tell);
    this.receiving = new Receiving((preference) => signaling.request('quality', { choice: preference }), (preference, before) => this.#follow(preference, before), env.browser.saveData ? 'saver' : 'auto');
    peers.sending.save(!!env.browser.saveData);
    this.#thrift();
    /** Of the media connection. */
    this.state = peers.state;
    this.interruption = new Interruption(env);
    this.#bearing = new Bearing(tell);
    /** @type {ReadonlySignal<Tile[]>} */
    this.tiles = computed(() => {
      const paused = new Set(roster.publications.value.filter(({ publication }) => this.receiving.paused.value.includes(publication)).map(({ participant, source }) => `${participant}/${source}`));
      const direct = pairing.shown.value;
      return peers.tiles.value.map((tile) => {
        const { participant, source } = tile;
        if (direct?.participant === participant && source === 'camera') return { ...tile, visible: direct.pictured, paused: false };
        return { ...tile, paused: paused.has(`${participant}/${source}`) };
      });
    });
    /** @type {ReadonlySignal<'yes' | 'rule' | 'busy' | 'unsupported'>} whether one may share a screen now; rule: the room's does not allow it */
    this.mayShare = computed(() => {
      if (!this.screen.supported) return 'unsupported';
      const { share = 'counsellors' } = roster.room.value;
      if (share === 'nobody' || (share === 'counsellors' && !roster.moderates.value)) return 'rule';
      return roster.together.value.some(({ screen }) => screen) ? 'busy' : 'yes';
    });
    const closed = computed(() => !!roster.room.value.frozen || (!roster.moderates.value && (roster.room.value.held || roster.room.value.paused)));
    const height = computed(() => roster.room.value.lines ?? 720);
    this.#effects = [
      effect(() => this.own.hush(closed.value)),
      effect(() => void this.#limit(height.value)),
      effect(() => this.#bearing.be(this.interruption.state.value !== 'none' ? 'interrupted' : peers.state.value === 'broken' ? 'reconnecting' : 'ok')),
      effect(() => void [peers.tiles.value, this.receiving.preference.value, pairing.look()]),
      // A telephone in a pocket films nothing; the sound goes on.
      env.onHidden((hidden) => void (deviceKind(env.browser) === 'phone' && this.own.rest(hidden))),
    ];
  }

  /** @param {import('./devices.js').Devices} devices whose tracks are sent from now on */
  use(devices) {
    this.#devices = devices;
    this.own.use(devices);
    this.interruption.watch(devices);
    void this.#limit(this.#height);
  }

  /** What leads frames from now on. @param {import('./secrecy.js').Through} through */
  lead(through) {
    if (through === this.#through) return;
    this.#through = through;
    this.#pairing.leave();
    this.#peers.lead(through);
  }

  /** Whether the server held a media session of this page when the websocket broke. */
  get held() {
    return this.#held;
  }

  /**
   * @param {import('./protocol.js').State} state
   * @param {'admitted' | 'new' | 'kept'} how new: there is no media session at the server; kept: it went on
   * @param {import('./protocol.js').Relay[]} [relays]
   */
  enter(state, how, relays = []) {
    this.#held = true;
    this.#peers.allow(relays);
    this.#pairing.enter();
    if (how === 'kept') {
      this.#peers.resume();
      this.#views.again();
    } else {
      this.#peers.begin();
    }
    if (how === 'admitted') this.own.enter(state.self);
    else this.own.comeBack(state.self);
    if (!state.self?.screen) this.screen.leave();
    this.receiving.enter(how === 'kept');
    this.#bearing.enter();
  }

  /** @param {import('./protocol.js').Message} event @returns {boolean} whether it was about this */
  apply({ type, body }) {
    switch (type) {
      case 'muted':
        if (body.kind === 'screen') this.screen.muted();
        else this.own.muted(body.kind);
        return true;
      case 'demand':
        if (body.source === 'camera' || body.source === 'screen') this.#peers.sending.demand(body.source, body.layers);
        return true;
      case 'codec':
        this.#peers.sending.encode(body.video);
        return true;
      case 'slots':
        void this.#peers.onSlots(body);
        return true;
      default:
        return this.#pairing.apply({ type, body }) || this.receiving.apply({ type, body });
    }
  }

  /** The roster took an event. @param {string} type of it */
  noted(type) {
    if (type === 'member' || type === 'publication') this.#peers.expect();
    if (type.startsWith('publication')) this.#views.tell();
  }

  /** How large each picture is shown, in physical pixels. @param {import('./views.js').View[]} views the whole list */
  setView(views) {
    this.#views.set(views);
  }

  stats() {
    return this.#pairing.stats() ?? this.#peers.stats();
  }

  /** Nothing is sent or received from here on. */
  leave() {
    this.#bearing.leave();
    this.own.leave();
    this.screen.leave();
    this.receiving.leave();
    this.#pairing.leave();
    this.#peers.close();
    this.#views.end();
    this.#held = false;
  }

  /** Lets go of the devices. */
  release() {
    this.own.close();
    this.interruption.end();
  }

  close() {
    this.leave();
    this.release();
    this.#effects.forEach((stop) => stop());
  }

  /** Who chose sound alone, and then shows himself, wants pictures again. @param {boolean} on */
  film(on) {
    if (!on || this.receiving.preference.peek() !== 'sound') return this.own.set('cam', on);
    this.#filmed = true;
    return this.receiving.prefer('auto');
  }

  /** What is sent follows what is received. @param {import('./receiving.js').Preference} preference @param {import('./receiving.js').Preference} before */
  async #follow(preference, before) {
    this.#peers.sending.save(preference === 'saver');
    this.#thrift();
    if (preference === 'sound') {
      this.#filmed = this.own.cam.peek().state === 'on';
      if (this.#filmed) await this.own.set('cam', false);
    } else if (before === 'sound' && this.#filmed) {
      await this.own.set('cam', true);
    }
  }

  /** The line carries no picture of ours beside the sound, or does again. @param {boolean} on */
  spare(on) {
    this.#spared = on;
    this.own.spare(on);
    this.#thrift();
    this.#pairing.look();
  }

  #thrift() {
    this.#peers.thrift(this.#spared || ['saver', 'sound'].includes(this.receiving.preference.peek()));
  }

  /** Of the camera's picture, at most, by the room's rule. */
  get #height() {
    return this.#roster.room.peek().lines ?? 720;
  }

  /** How large a picture the camera gives and is sent as. @param {number} height by the room's rule */
  async #limit(height) {
    this.#peers.sending.limit(height);
    await this.#devices?.limit(height);
    // What it gives has another size now, or a camera was opened meanwhile.
    this.#peers.sending.limit(this.#height);
  }
}
