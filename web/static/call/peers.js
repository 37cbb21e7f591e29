/**
 * The media connection of an admitted person: made, grown, repaired and made anew.
 *
 * **One offer at a time**, and only while the websocket stands. **A broken connection is repaired in place** (ICE restart);
 * when that does not help, a new connection with the next generation replaces it. **Where nothing leads to the server**, relays are tried.
 * Owner of the signal `state`.
 */
import { signal } from '../third_party/preact.js';
import { Peer } from './peer.js';
import { Pulse } from './pulse.js';
import { Refused } from './protocol.js';
import { Sending } from './sending.js';
import { Slots } from './slots.js';
import { svcCodecs } from './svc.js';

/** @typedef {import('./peer.js').Kind} Kind */

const disconnectedFor = 1_500;
/** How far repairs are apart of a line that falls silent as soon as it stands: ever further. One that has stood for a while is repaired at once. */
const repairFirst = 2_500;
const repairLast = 20_000;
const stoodFor = 5_000;
/** What the server did not take of a connection that stands is asked for again. */
const offeredAgain = 3_000;
/** Refusals that pass. */
const passing = ['lost', 'too_fast', 'unavailable'];
const connectWithin = 10_000;
/**
 * Before this no relay is asked: it costs the server a connection for each, and who reaches the server itself needs none. ICE tries UDP and
 * TCP at once (RFC 6544), the relay is reached by TLS, so that this wait is the last rung of the ladder.
 */
const relayAfter = 2_000;
const rebuildFirst = 300;
const rebuildLast = 8_000;
/** Most pairs that receive, whatever the server wants: 64 m-lines with those that send. */
const mostPairs = 30;

export class Peers {
  #env;
  #signaling;
  #onSession;
  #slots;
  /** @type {Peer | null} */
  #peer = null;
  /** Counts the connections of this page, from 1. It never begins anew: the server may remember the last one although its session is lost. */
  #generation = 0;
  /** @type {import('./secrecy.js').Through} */
  #through = null;
  /** Whether there is to be a connection, as soon as it is known what leads its frames. */
  #begun = false;
  /** @type {{ restart: boolean } | null} the offer that is due */
  #due = null;
  /**
   * The connection that makes an offer now. Nothing waits for one that was closed meanwhile: what a browser was doing with it then never
   * settles (W3C WebRTC, section 4.4.1: "if connection.[[IsClosed]] is true, abort these steps").
   * @type {Peer | null}
   */
  #offering = null;
  /** Whether the present connection had an answer. */
  #answered = false;
  #rebuilds = 0;
  /** When the pulse last made it repair, how long it leaves the line alone afterwards (ms), and since when the line stands. */
  #repaired = -Infinity;
  #pace = 0;
  #since = -Infinity;
  /** @type {any} until an offer is made again that the server did not take */
  #again = null;
  /** @type {any} of the patience with the present state */
  #timer = null;
  /** @type {any} until relays are tried */
  #rung = null;
  /** @type {RTCIceServer[]} */
  #relays = [];
  #pulse;
  /** Of this browser, where it can send VP9 with spatial layers; undefined before it was tried. @type {import('./svc.js').Codecs | null | undefined} */
  #codecs;
  /** Whether sound is to cost little. */
  #thrift = false;

  /** @type {import('../third_party/preact.js').Signal<'none' | 'connecting' | 'connected' | 'broken'>} */
  state = signal('none');

  /**
   * @param {import('./env.js').Env} env
   * @param {Pick<import('./connection.js').Connection, 'isOpen' | 'request' | 'tell' | 'doubt'>} signaling the websocket
   * @param {() => void} onSession the server holds a new media session, which knows nothing of before
   */
  constructor(env, signaling, onSession) {
    this.#env = env;
    this.#signaling = signaling;
    this.#onSession = onSession;
    this.#slots = new Slots(env, (seq) => signaling.tell('slots_ack', { seq }));
    this.tiles = this.#slots.tiles;
    /** What one sends. */
    this.sending = new Sending(env, () => this.#want(false));
    this.#pulse = new Pulse(env, (beats) => this.#onBeat(beats));
  }

  /** Where a connection may lead over when nothing else does. @param {RTCIceServer[]} relays */
  allow(relays) {
    this.#relays = relays;
  }

  /** What leads frames from now on: by another there is another connection, and none by nothing. @param {import('./secrecy.js').Through} through */
  lead(through) {
    if (through === this.#through) return;
    this.#through = through;
    if (!this.#begun) return;
    if (through) this.begin();
    else this.#stop();
  }

  /** The server holds no media session of ours: make the first connection. */
  begin() {
    this.#rebuilds = 0;
    this.#begun = true;
    if (this.#through) this.#build(this.#through);
  }

  /** The websocket is back and the server kept the media session. */
  resume() {
    if (!this.#peer) this.begin();
    else if (this.state.value !== 'connected') this.#repair();
    // An offer whose answer was lost: new credentials settle it, whatever became of it at the server.
    else if (this.#due) this.#want(true);
  }

  /** @param {import('./protocol.js').Slots} mapping */
  async onSlots(mapping) {
    const pairs = Math.min(mapping.pairs, mostPairs);
    if (this.#peer && pairs > this.#peer.pairs) {
      this.#peer.grow(pairs);
      this.#want(false);
    }
    await this.#slots.apply(mapping);
  }

  /** Somebody's picture is about to come. */
  expect() {
    this.#slots.expect();
  }

  /** Whether sound is to cost little; it is agreed on anew with the server. @param {boolean} on */
  thrift(on) {
    if (on === this.#thrift) return;
    this.#thrift = on;
    if (this.#peer) this.#want(false);
  }

  stats() {
    return this.#peer?.stats() ?? null;
  }

  /** @param {number} slot @returns {Promise<number>} packets of its sound that have come */
  async heard(slot) {
    return (await this.#peer?.heard(slot).catch(() => 0)) ?? 0;
  }

  /** Nothing is sent or received any more. */
  close() {
    this.#begun = false;
    this.#stop();
  }

  #stop() {
    this.#clear();
    this.state.value = 'none';
  }

  #clear() {
    this.#env.clearTimeout(this.#timer);
    this.#env.clearTimeout(this.#rung);
    this.#env.clearTimeout(this.#again);
    this.#timer = null;
    this.#pulse.end();
    this.sending.end();
    this.#slots.reset(null);
    this.#peer?.close();
    this.#peer = null;
    this.#offering = null;
    this.#due = null;
  }

  /** @param {NonNullable<import('./secrecy.js').Through>} through */
  #build(through) {
    const pairs = Math.max(1, this.#peer?.pairs ?? 0);
    this.#clear();
    if (this.#codecs === undefined) this.#codecs = svcCodecs(this.#env);
    const peer = new Peer(this.#env, (state) => this.#peer === peer && this.#onState(state), through === 'plain' ? null : through, this.#codecs);
    peer.grow(pairs);
    this.#peer = peer;
    this.#answered = false;
    this.#generation++;
    this.#slots.reset(peer);
    // What was broken is so until it stands again, however often it is made anew.
    if (this.state.value !== 'broken') this.state.value = 'connecting';
    this.#patience(connectWithin, () => this.#rebuild());
    this.#climb(peer);
    this.sending.begin(peer);
    this.#want(false);
  }

  /** The connection is beyond repair. */
  #rebuild() {
    this.state.value = 'broken';
    const pause = Math.min(rebuildLast, rebuildFirst * 2 ** Math.min(this.#rebuilds++, 10));
    this.#patience(pause, () => {
      // Without the websocket nobody could answer an offer: its welcome goes on from here.
      if (!this.#through) return;
      if (this.#signaling.isOpen) this.#build(this.#through);
      else this.#due = { restart: true };
    });
  }

  /** @param {RTCPeerConnectionState} state */
  #onState(state) {
    if (state === 'connected') {
      this.#stands();
    } else if (state === 'disconnected' && this.state.value === 'connected') {
      // Otherwise it is being repaired already.
      this.#patience(disconnectedFor, () => this.#repair());
    } else if (state === 'failed') {
      if (this.state.value === 'connected') this.#repair();
      else this.#rebuild();
    }
  }

  #stands() {
    this.#env.clearTimeout(this.#timer);
    this.#env.clearTimeout(this.#rung);
    this.#rebuilds = 0;
    if (this.state.value !== 'connected') this.#since = this.#env.now();
    this.state.value = 'connected';
    if (this.#peer) this.#pulse.begin(this.#peer.count);
  }

  /** @param {boolean} beats */
  #onBeat(beats) {
    if (beats) return this.#stands();
    if (this.state.value !== 'connected') return;
    const now = this.#env.now();
    this.#pace = now - this.#since >= stoodFor ? 0 : Math.min(repairLast, Math.max(repairFirst, 2 * this.#pace));
    const left = this.#repaired + this.#pace - now;
    if (left > 0) {
      this.state.value = 'broken';
      this.#patience(left, () => this.#repair());
      return;
    }
    this.#repaired = now;
    // What carried picture and sound may have carried the websocket too.
    this.#signaling.doubt();
    this.#repair();
  }

  /** New ICE credentials on the same connection; if they do not help in time, a new connection. */
  #repair() {
    this.state.value = 'broken';
    this.#patience(connectWithin, () => this.#rebuild());
    if (this.#peer) this.#climb(this.#peer);
    this.#want(true);
  }

  /** Tries the relays, if nothing leads to the server in time. @param {Peer} peer */
  #climb(peer) {
    this.#env.clearTimeout(this.#rung);
    this.#rung = this.#env.setTimeout(() => {
      if (this.#peer === peer && peer.relay(this.#relays)) this.#want(true);
    }, relayAfter);
  }

  /** @param {number} ms @param {() => void} then */
  #patience(ms, then) {
    this.#env.clearTimeout(this.#timer);
    this.#timer = this.#env.setTimeout(then, ms);
  }

  /** @param {boolean} restart */
  #want(restart) {
    this.#due = { restart: restart || (this.#due?.restart ?? false) };
    if (this.#peer && this.#offering !== this.#peer) void this.#offer(this.#peer);
  }

  /** The connection stands, whatever the server did not take of it. @param {boolean} restart */
  #offerAgain(restart) {
    this.#env.clearTimeout(this.#again);
    this.#again = this.#env.setTimeout(() => this.#want(restart), offeredAgain);
  }

  /** @param {Peer} peer */
  async #offer(peer) {
    this.#offering = peer;
    while (this.#due && this.#signaling.isOpen) {
      const { restart } = this.#due;
      this.#due = null;
      try {
        const offer = await peer.offer(restart);
        if (this.#peer !== peer) return;
        const { sdp } = await this.#signaling.request('offer', { generation: this.#generation, ...offer, ...(this.#codecs && !this.sending.relieved && { svc: true }) });
        if (this.#peer !== peer) return;
        await peer.answer(sdp, this.#thrift);
        if (this.#peer !== peer) return;
        if (!this.#answered) this.#onSession();
        this.#answered = true;
      } catch (error) {
        if (this.#peer !== peer) return;
        if (!this.#signaling.isOpen) this.#due = { restart: true };
        else if (this.state.value === 'connected' && error instanceof Refused && passing.includes(error.code)) this.#offerAgain(restart);
        else this.#rebuild();
        break;
      }
    }
    this.#offering = null;
  }
}
